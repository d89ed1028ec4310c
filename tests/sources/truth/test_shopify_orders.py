"""Shopify's orders as a person reads them."""

from datetime import UTC, datetime
from decimal import Decimal

from moneyed import Money

import tieout
from tieout.model import Funder, OrderStatus


def usd(amount):
    return Money(amount, "USD")


def test_first_last_and_oddest_order_of_the_masked_export(samples):
    batch = tieout.read(samples / "order/shopify_orders_export/orders_export_1.masked.csv")
    orders = list(batch.records)
    first, last = orders[0], orders[-1]
    (odd,) = [order for order in orders if order.platform_order_id == "#1024"]

    assert ("#1411", OrderStatus.PAID, 2, None) == (
        first.platform_order_id,
        first.status,
        first.provenance.line,
        first.provenance.line_end,
    )
    assert (usd("159.00"), usd("30.00"), usd("125.40")) == (
        first.goods_gross,
        first.freight_charged,
        first.merchant_receivable,
    )
    assert [(usd("63.60"), "ENVTSEEZONA40", Funder.MERCHANT)] == [
        (one.amount, one.code, one.funder) for one in first.discounts
    ]
    assert first.tax_included  # 19 % of Germany are in the 125.40
    assert datetime(2022, 1, 11, 9, 32, 31, tzinfo=UTC) == first.paid_at
    assert ("DE", "c29955478388813.1") == (first.ship_to.country, first.merchant_order_no)

    assert ("#1003", OrderStatus.CLOSED, usd("92.00"), 264) == (
        last.platform_order_id,
        last.status,
        last.buyer_payable,
        last.provenance.line,
    )

    assert (12, 248, 259) == (len(odd.lines), odd.provenance.line, odd.provenance.line_end)
    assert (usd("929.00"), usd("836.10")) == (odd.goods_gross, odd.buyer_payable)
    assert ("Cruise Leggings - Ocean Blue / L", None, Decimal(1), usd("86.00")) == (
        odd.lines[2].title,
        odd.lines[2].sku,
        odd.lines[2].quantity,
        odd.lines[2].unit_price,
    )
    refunds = {one.platform_order_id: one.amount for one in batch.others["Refund"]}
    assert (usd("42.00"), usd("75.60")) == (refunds["#1350"], refunds["#1324"])
    assert "#1411" not in refunds
