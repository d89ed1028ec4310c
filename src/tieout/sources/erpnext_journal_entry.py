"""ERPNext journal entries, as they are exported and imported (ERPNext 日记账分录).

A text or a sheet. What the entry says as a whole stands on its first row alone; rows below go on with it. An ID is the entry's;
files for import leave it blank, and each filled head begins an entry.

Debit and Credit are in the currency of the account. In the currency of the company they are read where the file says them;
without those columns, a line whose account is kept in another currency than the company's is refused, for what it is in the books
is nowhere said.

Rules from ERPNext's definition of the form (its labels are the captions) and the columns that at least seven public programs
write.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model.currency import exponent, from_units
from tieout.privacy import PiiClass
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._batch import Finding
from tieout.sources._faults import CellFault
from tieout.sources._grid import LINE
from tieout.sources._measures import Number
from tieout.sources._order_rows import FINDINGS_MAX
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Currency, Key, Remark, Text

__all__ = ["FORMAT"]

_LINE: Final = "{} (Accounting Entries)"
_DEBIT, _CREDIT = _LINE.format("Debit"), _LINE.format("Credit")
_SIDES: Final = ("debit", "credit")
_OTHER: Final = "foreign_amount_currency"


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The amounts of the books, and beside them those of the account where its currency is another."""
    said = pl.any_horizontal(pl.col(f"_book_{side}_minor").is_not_null() for side in _SIDES)
    own = [pl.when(pl.col(f"_number_{side}") != 0).then(pl.col(f"_number_{side}")) for side in _SIDES]
    return frame.with_columns(
        *(
            pl.when(said).then(f"_book_{side}_minor").otherwise(f"_own_{side}_minor").alias(f"{side}_minor")
            for side in _SIDES
        ),
        pl.when(pl.col(_OTHER).is_not_null()).then(pl.coalesce(own)).alias("_foreign"),
        (~said & (pl.coalesce(own).is_not_null())).alias("_is_own"),
        pl.coalesce("_line_reference", "reference").alias("reference"),
        pl.col("_dimension_1").str.to_lowercase(),
    )


def _refuse(reading: Reading) -> Iterator[CellFault]:
    values = reading.values
    if "currency" not in values.columns:
        return
    is_other = (pl.col("_is_own") & (pl.col(_OTHER) != pl.col("currency"))).fill_null(value=False)
    for row in values.select(is_other.arg_true()).to_series():
        code, currency = values[_OTHER][row], values["currency"][row]
        yield CellFault(
            row=row,
            column=_DEBIT,
            reason="amount.other_currency",
            found=None,
            problem=f"the line's amount is in {code}, and the file does not say it in {currency}",
            expected="the columns 'Debit in Company Currency' and 'Credit in Company Currency'",
        )


def _totals(reading: Reading) -> Iterator[Check]:
    """Total Debit and Total Credit of each entry against its lines; where they are not, each is a finding."""
    for side in _SIDES:
        total = f"_total_{side}_minor"
        entries = reading.frame.group_by("_record", maintain_order=True).agg(
            pl.col(LINE).min(),
            pl.col("voucher_id", "currency", total).first(),
            pl.col(f"{side}_minor").sum(),
        )
        stated = entries.filter(pl.col(total).is_not_null())
        if stated.is_empty():
            continue
        wrong = stated.filter(pl.col(total) != pl.col(f"{side}_minor"))
        shown = wrong.head(FINDINGS_MAX).select(LINE, "voucher_id", "currency", total, f"{side}_minor")
        for line, name, code, said, found in shown.iter_rows():
            figures = [f"{from_units(units, code):.{exponent(code)}f}" for units in (said, found)]
            text = f"entry {name}: Total {side.capitalize()} says {figures[0]}, its lines come to {figures[1]}"
            reading.findings.append(Finding(check="totals", sheet=reading.site.grid.sheet, line=line, text=text))
        yield Check(
            name=f"entries whose lines come to Total {side.capitalize()}",
            side=reading.site.grid.sheet or "file",
            currency=None,
            total=stated.height,
            parts={"that do": stated.height - wrong.height},
        )


FORMAT: Final = voucher_format(
    [
        Key("ID", to="_voucher_id", needed=False, optional=True),
        Date("Posting Date", to="date"),
        Text("Entry Type", to="entry_type", optional=True),
        Text("Company", to="_aux_company", optional=True),
        Text(("Reference Number", "Cheque/Reference No"), to="reference", optional=True),
        Remark("User Remark", to="narration", optional=True),
        Amount("Total Debit", to="_total_debit", optional=True),
        Amount("Total Credit", to="_total_credit", optional=True),
        Text(_LINE.format("Account"), to="account", needed=True),
        Amount(_DEBIT, to="_own_debit"),
        Amount(_CREDIT, to="_own_credit"),
        Number(_DEBIT, to="_number_debit"),
        Number(_CREDIT, to="_number_credit"),
        Amount(_LINE.format("Debit in Company Currency"), to="_book_debit", optional=True),
        Amount(_LINE.format("Credit in Company Currency"), to="_book_credit", optional=True),
        Currency(_LINE.format("Account Currency"), to=_OTHER, optional=True, needed=False),
        Number(_LINE.format("Exchange Rate"), to="fx_rate", optional=True),
        Text(_LINE.format("Party Type"), to="_dimension_1", optional=True),
        Text(_LINE.format("Party"), to="_member_1", optional=True),
        Text(_LINE.format("Cost Center"), to="_aux_cost_center", optional=True),
        Text(_LINE.format("Project"), to="_aux_project", optional=True),
        Text(_LINE.format("Reference Name"), to="_line_reference", optional=True),
        Remark(_LINE.format("User Remark"), to="summary", optional=True),
    ],
    VoucherRows(by=("_record",), rows=_rows),
    headed=(
        "_voucher_id",
        *("date", "entry_type", "_aux_company", "reference", "narration", "_total_debit_minor", "_total_credit_minor"),
    ),
    refuse=_refuse,
    checks=_totals,
    personal={_LINE.format("Party"): PiiClass.NAME, "Pay To / Recd From": PiiClass.NAME},
    ignored=(
        *(
            "Series",
            "Title",
            "Reference Date",
            "Cheque/Reference Date",
            "Is Opening",
            "Pay To / Recd From",
            "Multi Currency",
        ),
        *(
            "Difference (Dr - Cr)",
            "Remark",
            "Document Status",
            "Finance Book",
            "Mode of Payment",
            "Bill No",
            "Bill Date",
        ),
        *map(
            _LINE.format,
            (
                "ID",
                "Account Type",
                "Against Account",
                "Bank Account",
                "Is Advance",
                "Reference Type",
                "Reference Due Date",
            ),
        ),
    ),
    evidence="columns only",
)
