"""HSBC Hong Kong credit card statement (香港汇丰银行信用卡交易记录).

A text: the header, one movement a line, newest first. Days are `31/12/2026`; `Credit / Debit` says which way the amount goes,
however it is signed: `DEBIT` is an expense. What is not posted yet is set apart.

Rules: columns of double-entry-generator, `formats.md` 6; no file was seen.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, bank_table
from tieout.sources._cash import LOSS, direction
from tieout.sources._times import Date
from tieout.sources._words import Currency, Text

__all__ = ["FORMAT"]


def _signed(values: pl.DataFrame) -> pl.DataFrame:
    amount = pl.col("_sum_minor").abs()
    return values.with_columns(amount_minor=pl.when(pl.col("_direction") == LOSS).then(-amount).otherwise(amount))


FORMAT: Final = bank_table(
    timezone="Asia/Hong_Kong",
    evidence="columns only",
    date_format="%d/%m/%Y",
    signed=_signed,
    columns=(
        Date("Transaction date", to="_traded_on", needed=True),
        Date("Post date", to="booked_on"),
        Memo("Description", to="memo"),
        Amount("Billing amount", to="_sum", needed=True),
        Currency("Billing currency"),
        direction("Credit / Debit"),
        Text("Transaction status", to="_status"),
    ),
    is_apart=lambda cell: cell("Transaction status").str.to_lowercase().str.contains("pending|declined|authori[sz]ed"),
    ignored=("Merchant name", "Country / region", "Area / district"),
)
