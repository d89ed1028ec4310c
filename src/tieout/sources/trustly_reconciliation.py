"""Trustly settlement reconciliation file (Trustly 交易对账, P11KREC).

A text of typed rows without captions: H heads it, T are the transactions that were created in the period, with the
status that they have now, L holds their number and total. A refund names the transaction that it takes back. Times
are UTC.

Rules: Trustly's reporting reference (Americas); `domain.md` 2.2; `formats.md` 2.11.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import ChannelTransaction
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._trustly import TRANSACTION, trailer_checks
from tieout.sources._typed_rows import ROW_TYPE, RowLayouts, TypedRowsFormat
from tieout.sources._words import Choice, Currency, Key, Text

__all__ = ["FORMAT"]

_BACK: Final = "(?i)^(?:refund|return|reversal)"


def _derive(frame: pl.DataFrame) -> pl.DataFrame:
    is_back = pl.col("type").str.contains(_BACK).fill_null(value=False)
    return frame.with_columns(
        amount_minor=pl.when(is_back).then(-pl.col("_amount_minor").abs()).otherwise(pl.col("_amount_minor"))
    )


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    is_back = pl.col("type").str.contains(_BACK)
    return frame.with_columns(
        channel_txn_id=pl.coalesce(pl.when(is_back).then("_origin"), "_id"),
        channel_refund_id=pl.when(is_back).then("_id"),
    )


def _checks(reading: Reading) -> Iterator[Check]:
    usual = (pl.col("_amount_minor"), pl.col("_amount_minor").abs(), pl.col("amount_minor"))
    yield from trailer_checks(reading, {"transactions": ("transaction", usual)})


FORMAT: Final = TypedRowsFormat(
    layouts=RowLayouts(records={"T": TRANSACTION}, others=("H", "L"), may_lack=1),
    table=TableFormat(
        record=ChannelTransaction,
        timezone="UTC",
        evidence="columns only",
        constants={"channel": "trustly", "bill_kind": "trade"},
        marks=("^P11KREC$",),
        columns=(
            Choice(ROW_TYPE, {"T": "transaction"}, to="_row", needed=True),
            Key("transaction id", to="_id"),
            Moment("created at", to="occurred_at", needed=True),
            Key("original transaction id", to="_origin", needed=False),
            Key("merchant reference", to="merchant_order_no", needed=False, verbatim=True),
            Text("transaction type", to="type"),
            Text("transaction status", to="status"),
            Currency("currency"),
            Amount("amount", to="_amount", needed=True),
        ),
        ignored=TRANSACTION,
        is_apart=lambda cell: cell(ROW_TYPE).is_in(["H", "L"]),
        derive=_derive,
        shape=_shape,
        checks=_checks,
    ),
)
