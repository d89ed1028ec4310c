"""Zoho Books manual journals, as they are imported (Zoho Books 手工凭证).

A text in UTF-8 with a mark. Rows of one Reference Number and date are one journal. A side without an amount is zero, and a line
may have both sides: a clearing account that was debited for one thing and credited for another need not be two lines. Accounts go
by name.

Notes are Zoho's words on the whole journal, but programs that put a marketplace's settlement into Zoho write other ones on each
line: they go on behind the line's Description, and the order number that they name is the line's reference.

Rules from the real output of such a program; `formats.md` 7.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Currency, Key, Remark, Text
from tieout.sources._zoho import order_of

__all__ = ["FORMAT"]


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    words = pl.concat_str("summary", "_notes", separator="; ", ignore_nulls=True)
    return frame.with_columns(summary=pl.when(words != "").then(words), reference=order_of(pl.col("_notes")))


FORMAT: Final = voucher_format(
    [
        Key("Reference Number", to="voucher_id"),
        Date(("Date", "Journal Date"), to="date"),
        Text("Journal Type", to="entry_type"),
        Text(("GL_Account", "Account"), to="account", needed=True),
        Remark("Description", to="summary"),
        Amount("Debit", to="debit"),
        Amount("Credit", to="credit"),
        Remark("Notes", to="_notes", optional=True),
        Text("Contact Name", to="_aux_contact", optional=True),
        Text("Project Name", to="_aux_project", optional=True),
        Currency(("Currency", "Currency Code"), optional=True, needed=False),
    ],
    VoucherRows(by=("voucher_id", "date"), rows=_rows),
    evidence="files",
)
