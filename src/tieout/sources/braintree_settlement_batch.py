"""Braintree settlement batch report (Braintree 结算批次).

A JSON array of transactions as Braintree's interface gives them, with amounts as texts. It lists what was charged and
refunded, and when it is paid out, without fees; so it gives transactions of a trade bill. A refund names the
transaction that it takes back, and is written without a sign. Members about the payer are not read. Times are UTC.

Rules: `domain.md` 2.2; `formats.md` 2.11.
"""

from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.sources._amounts import Amount
from tieout.sources._json_rows import BRACKETS, JsonFormat
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    amount = pl.col("_amount_minor")
    is_refund = pl.col("_origin").is_not_null()
    return frame.with_columns(
        amount_minor=pl.when(is_refund).then(-amount.abs()).otherwise(amount),
        type=pl.when(is_refund).then(pl.lit("refund")).otherwise(pl.lit("transaction")),
    )


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    return frame.with_columns(
        channel_txn_id=pl.coalesce("_origin", "_id"),
        channel_refund_id=pl.when(pl.col("_origin").is_not_null()).then("_id"),
        merchant_order_no=pl.coalesce("_order", "_origin_order"),
    )


FORMAT: Final = JsonFormat(
    table=TableFormat(
        record=ChannelTransaction,
        timezone="UTC",
        evidence="files",
        constants={"channel": "braintree", "bill_kind": "trade"},
        columns=(
            Key("id", to="_id"),
            Key("orderId", to="_order", needed=False, verbatim=True, optional=True),
            Moment("createdAt", to="occurred_at", needed=True),
            Text("status", to="status"),
            Currency("amount.currencyCode"),
            Amount("amount.value", to="_amount", needed=True),
            Key("refundedTransaction.id", to="_origin", needed=False, optional=True),
            Key("refundedTransaction.orderId", to="_origin_order", needed=False, verbatim=True, optional=True),
            Text("merchantAccountId", to="_account"),
        ),
        footers=(BRACKETS,),
        ignored=(
            *("customer", "customFields", "refunds", "statusHistory", "disputes", "disbursementDetails"),
            *("paymentMethodSnapshot", "legacyId", "purchaseOrderNumber"),
        ),
        derive=_derive,
        shape=_shape,
    )
)
