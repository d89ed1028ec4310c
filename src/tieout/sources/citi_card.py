"""Citi credit card activity (花旗银行信用卡账单).

A text: the header, one movement a line, newest first. Days are `12/31/2026`; expenses stand in Debit, payments and credits in
Credit with a minus, all in USD. What is pending is set apart. The holder's name is not read.

Rules: `formats.md` 6.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Text

__all__ = ["FORMAT"]


def _signed(values: pl.DataFrame) -> pl.DataFrame:
    spent, given = pl.col("_spent_minor"), pl.col("_given_minor")
    amount = given.abs().fill_null(0) - spent.fill_null(0)
    return values.with_columns(amount_minor=pl.when(spent.is_not_null() | given.is_not_null()).then(amount))


FORMAT: Final = bank_table(
    currency="USD",
    evidence="files",
    date_format="%m/%d/%Y",
    signed=_signed,
    columns=(
        Date("Date", to="booked_on"),
        Memo("Description", to="memo"),
        Amount("Debit", to="_spent"),
        Amount("Credit", to="_given"),
        Text("Status", to="_status"),
        Text("Member Name", to="_holder"),
    ),
    either=(("_spent_minor", "_given_minor"),),
    is_apart=lambda cell: cell("Status").str.to_lowercase() == "pending",
)
