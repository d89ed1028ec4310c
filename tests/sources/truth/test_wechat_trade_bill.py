"""Real WeChat trade bills, record by record, with values typed from looking at the files."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import BillKind, ChannelTransaction


def without_place(record):
    return {name: getattr(record, name) for name in FIELDS}


FIELDS = (
    "channel",
    "bill_kind",
    "channel_txn_id",
    "channel_refund_id",
    "merchant_order_no",
    "type",
    "amount",
    "fee",
    "net",
    "balance_after",
    "occurred_at",
    "status",
)


def payment(**said):
    nothing = {"channel_refund_id": None, "balance_after": None, "type": "SUCCESS", "status": "SUCCESS"}
    return {"channel": "wechat_pay", "bill_kind": BillKind.TRADE, **nothing, **said}


def test_the_example_of_2014_has_two_payments_of_one_fen_without_a_fee(samples):
    batch = tieout.read(samples / "payment" / "wechat_merchant_trade" / "wxdoc-bill-all-2014.csv")

    first, last = batch.records
    fen, nothing = Money("0.01", "CNY"), Money("0.00", "CNY")
    assert (ChannelTransaction, [2, 3]) == (batch.records.record, [one.provenance.line for one in (first, last)])
    assert without_place(first) == payment(
        channel_txn_id="1001690740201411100005734289",
        merchant_order_no="1415640626",
        amount=fen,
        fee=nothing,
        net=fen,
        occurred_at=datetime(2014, 11, 10, 8, 33, 45, tzinfo=UTC),
    )
    assert without_place(last) == payment(
        channel_txn_id="1002780740201411100005729794",
        merchant_order_no="1415635270",
        amount=fen,
        fee=nothing,
        net=fen,
        occurred_at=datetime(2014, 11, 10, 8, 46, 14, tzinfo=UTC),
    )


def test_a_payment_of_six_yuan_in_2019_costs_four_fen(samples):
    batch = tieout.read(samples / "payment" / "wechat_merchant_trade" / "wxjava-bill-all-2019.csv")

    (only,) = batch.records
    assert without_place(only) == payment(
        channel_txn_id="XXXXXXXXXXXXX",
        merchant_order_no="XXXXXXXXXX",
        amount=Money("6.00", "CNY"),
        fee=Money("-0.04", "CNY"),
        net=Money("5.96", "CNY"),
        occurred_at=datetime(2019, 7, 25, 0, 35, 41, tzinfo=UTC),
    )
    # The file is an excerpt of 48 lines, and says so.
    assert "file: 总交易单数: 48 = 1 records: IS OFF BY 47" in [str(check) for check in batch.control.failures]
