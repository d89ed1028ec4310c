"""Orders of Taobao, JD, Pinduoduo and Douyin as a person reads them."""

from datetime import UTC, datetime
from decimal import Decimal

from moneyed import Money

import tieout
from tieout.model import DiscountKind, Funder, OrderStatus


def cny(amount):
    return Money(amount, "CNY")


def test_taobaos_orders_of_2017(samples):
    first, *_, last = tieout.read(samples / "order/taobao_order/ExportOrderList201707.csv").records

    assert ("35153131473293579", OrderStatus.PAID) == (first.platform_order_id, first.status)
    assert (cny("201.12"), cny("0.00"), cny("201.12")) == (
        first.goods_gross,
        first.freight_charged,
        first.merchant_receivable,
    )
    assert datetime(2017, 7, 7, 16, 42, 32, tzinfo=UTC) == first.created_at
    assert datetime(2017, 7, 7, 16, 42, 39, tzinfo=UTC) == first.paid_at
    assert ((), None) == (first.lines, first.ship_to)
    assert ("29911142123210814", cny("236.55"), 6) == (
        last.platform_order_id,
        last.buyer_payable,
        last.provenance.line,
    )


def test_taobaos_lines_of_2017(samples):
    lines = list(tieout.read(samples / "order/taobao_order/ExportOrderDetailList201707.csv").records)

    assert ("35153131473293579", None, "YO-PAN-20-WITHGLASS", cny("239.00"), Decimal(1)) == (
        lines[0].platform_order_id,
        lines[0].platform_sub_order_id,
        lines[0].sku,
        lines[0].unit_price,
        lines[0].quantity,
    )
    assert (cny("1009.00"), None, None) == (lines[3].unit_price, lines[3].line_discount, lines[3].line_paid)


def test_jds_order_that_was_split(samples):
    batch = tieout.read(samples / "order/jd_order/jd-order-20151231-real-row.csv")
    (order,) = batch.records

    assert ("11729384072", OrderStatus.CLOSED) == (order.platform_order_id, order.status)
    assert (cny("1097.00"), cny("932.45")) == (order.goods_gross, order.merchant_receivable)
    assert [(DiscountKind.OTHER, Funder.MERCHANT, cny("164.55"))] == [
        (one.kind, one.funder, one.amount) for one in order.discounts
    ]
    assert [("1953814331", cny("758.00"))] == [(one.platform_sku_id, one.unit_price) for one in order.lines]
    assert datetime(2015, 12, 31, 15, 20, 30, tzinfo=UTC) == order.paid_at
    assert ["order 11729384072: 订单金额 says 1097.00, its parts come to 758.00"] == [
        finding.text for finding in batch.control.findings
    ]


def test_pinduoduos_test_rows(samples):
    first, _, last = tieout.read(samples / "order/pdd_order/pdd-order-test-rows.csv").records

    assert ("260517-607198974342268", OrderStatus.COMPLETED, None) == (
        first.platform_order_id,
        first.status,
        first.paid_at,
    )
    assert datetime(2026, 5, 31, 16, 3, tzinfo=UTC) == last.paid_at
    assert (cny("17.80"), cny("17.80"), ()) == (last.buyer_payable, last.merchant_receivable, last.discounts)


def test_douyins_test_rows(samples):
    first, second, last = tieout.read(samples / "order/douyin_order/douyin-order-snippet.csv").records

    assert ("6917926768823643751", "300400008") == (first.platform_order_id, first.lines[0].sku)
    assert (OrderStatus.COMPLETED, OrderStatus.SHIPPED, OrderStatus.PAID) == (first.status, second.status, last.status)
    assert (cny("74.90"), cny("28.90"), cny("49.90")) == (
        first.goods_gross,
        first.buyer_payable,
        first.merchant_receivable,
    )
    assert [(Funder.PLATFORM, cny("5.00"), True), (Funder.INFLUENCER, cny("8.00"), True)] == [
        (one.funder, one.amount, one.settled_to_merchant) for one in second.discounts
    ]
    assert cny("33.00") == second.merchant_receivable
    assert datetime(2026, 9, 24, 5, 18, 29, tzinfo=UTC) == first.completed_at
    assert (None, None) == (last.shipped_at, last.completed_at)
