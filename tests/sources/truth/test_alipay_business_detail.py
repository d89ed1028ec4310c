"""A real Alipay trade bill, record by record, with values typed from looking at the file."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import BillKind

FEN = Money("0.01", "CNY")


def test_six_trades_of_one_fen_and_four_refunds(samples):
    batch = tieout.read(samples / "payment" / "alipay_business_detail" / "qding-alipay-biz-detail-20190916.csv")

    records = list(batch.records)
    trade, refund, last = records[0], records[1], records[9]
    assert [one.type for one in records] == ["交易", "退款"] * 4 + ["交易", "交易"]
    assert (trade.channel, trade.bill_kind) == ("alipay", BillKind.TRADE)
    assert trade.channel_txn_id == "2019091622001458860515315453"
    assert trade.channel_refund_id is None
    assert trade.merchant_order_no == "service_1568601259302"
    assert (trade.amount, trade.fee, trade.net) == (FEN, 0 * FEN, FEN)
    assert trade.occurred_at == datetime(2019, 9, 16, 2, 55, 23, tzinfo=UTC)
    assert (refund.channel_txn_id, refund.merchant_order_no) == (trade.channel_txn_id, trade.merchant_order_no)
    assert refund.channel_refund_id == "re_test_1568602607356"
    assert (refund.amount, refund.fee, refund.net) == (-FEN, 0 * FEN, -FEN)
    assert refund.occurred_at == datetime(2019, 9, 16, 2, 56, 48, tzinfo=UTC)
    assert records[8].merchant_order_no == "20190916165659224L3VUQRL9"
    assert last.channel_txn_id == "2019091622001458860517860493"
    assert last.merchant_order_no == "qd_201909161844073417CB0wPzR"
    assert last.amount == FEN
    assert last.occurred_at == datetime(2019, 9, 16, 10, 43, 34, tzinfo=UTC)
    assert last.provenance.line == 15
    assert batch.control.holds
