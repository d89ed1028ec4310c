"""Real WeChat fund bills, line by line, with values typed from looking at the files."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import SettlementLineType


def test_two_refunds_of_one_fen_each(samples):
    batch = tieout.read(samples / "payment" / "wechat_merchant_fund" / "wechatpay-fundflow-20210201.csv")

    first, last = batch.records
    assert first.line_id == "4200000920202101197964319284"
    assert first.refund_id == "50300806962021020105978994968"
    assert first.platform_order_id is None
    assert first.type is SettlementLineType.SALE_REFUND
    assert first.amount == Money("-0.01", "CNY")
    assert first.posted_at == datetime(2021, 2, 1, 5, 54, 1, tzinfo=UTC)
    assert first.description == "退款总金额0.01元;含手续费0.00元"
    assert last.refund_id == "50300907032021020105978998710"
    assert last.amount == Money("-0.01", "CNY")
    assert last.posted_at == datetime(2021, 2, 1, 6, 0, 45, tzinfo=UTC)
    # A gain of one fen was left out of the excerpt.
    assert [str(check) for check in batch.control.failures] == [
        "file: 收入金额: 0.01 CNY = 0.00 CNY records: IS OFF BY 0.01 CNY",
        "file: 资金流水总笔数: 3 = 2 records: IS OFF BY 1",
        "file: 收入笔数: 1 = 0 records: IS OFF BY 1",
    ]


def test_a_refund_for_want_of_stock_in_2018(samples):
    batch = tieout.read(samples / "payment" / "wechat_merchant_fund" / "wxdoc-fundflow-2018.csv")

    (only,) = batch.records
    assert only.line_id == "1900009231201802015884652186"
    assert only.refund_id == "50000305742018020103387128253"
    assert only.amount == Money("-0.02", "CNY")
    assert only.posted_at == datetime(2018, 1, 31, 20, 21, 23, tzinfo=UTC)
    assert only.description == "缺货"
