"""Real Alipay fund bills, line by line, with values typed from looking at the files."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import SettlementLineType


def test_three_tickets_of_an_airline_in_2012(samples):
    batch = tieout.read(samples / "payment" / "alipay_fund_detail" / "rongyifu-alipay-fund-detail-20121229.csv")

    first, second, last = batch.records
    assert first.line_id == "54632446537371"
    assert first.platform == "alipay"
    assert first.platform_order_id == "3226563"
    assert first.type is SettlementLineType.SALE
    assert first.amount == Money("2274.00", "CNY")
    assert first.posted_at == datetime(2012, 12, 29, 13, 2, 6, tzinfo=UTC)
    assert first.description == "在线支付"
    assert first.provenance.line == 6
    assert second.amount == Money("393.00", "CNY")
    assert second.posted_at == datetime(2012, 12, 29, 12, 31, 32, tzinfo=UTC)
    assert last.line_id == "54628332402591"
    assert last.platform_order_id == "3226491"
    assert last.amount == Money("1111.00", "CNY")
    assert last.posted_at == datetime(2012, 12, 29, 12, 24, 45, tzinfo=UTC)
    assert last.provenance.line == 8
    # 15 of 18 lines were left out of the excerpt.
    assert "file: 收入合计 笔数: 18 = 3 records: IS OFF BY 15" in [str(check) for check in batch.control.failures]
    assert not any(name in str(batch.records.to_polars().rows()) for name in ("张三", "李四", "王五"))


def test_a_sale_of_a_taobao_shop_in_2026(samples):
    batch = tieout.read(samples / "payment" / "alipay_fund_detail" / "taobao-shop-alipay-fund-2026-test-row.csv")

    (only,) = batch.records
    assert only.line_id == "1570757242119060731"
    assert only.platform_order_id == "5116032541422009305"
    assert only.type is SettlementLineType.SALE
    assert only.amount == Money("146.92", "CNY")
    assert only.posted_at == datetime(2026, 5, 13, 1, 10, 28, tzinfo=UTC)
    assert only.description == "0010001|交易收款-交易收款"
