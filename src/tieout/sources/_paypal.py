"""PayPal's reports of typed rows: what their rows are called, what their event codes mean, and the totals that they declare.

A report is a text in UTF-8 whose first cells say the type of the row: RH and FH head the report and the file, SH a section
(an account and its period), CH names the columns, SB are the lines, SF sums up a section and RF the report for each currency,
SC and RC count the lines, FF ends the file. Amounts are whole numbers of hundredths without a sign, whatever the currency:
PayPal's specification says that 100 yen and 100.00 dollars are both 10000. The direction stands in a cell beside, as DR or
CR.
"""

from collections.abc import Iterator
from typing import Final

import attrs
import polars as pl

from tieout.model.currency import is_currency
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._captions import Row
from tieout.sources._cash import GAIN, LOSS, by_direction, direction
from tieout.sources._columns import Column
from tieout.sources._faults import CellFault, Conventions
from tieout.sources._grid import LINE
from tieout.sources._line_types import ByWords, fee_or_refund
from tieout.sources._reading import Reading
from tieout.sources._totals import declared_count, declared_sum, declared_whole, doubt_missing_total, doubt_total
from tieout.sources._typed_rows import rows_of_type
from tieout.sources._words import Choice, Currency, Key, Remark, Text

__all__ = ["COLUMNS", "IGNORED", "LINE_TYPES", "contradictions", "is_no_line", "report_checks", "sections", "signed"]

_LINES: Final[dict[str, str]] = {"SB": "line"}
_WAYS: Final[dict[str, str]] = {"CR": GAIN, "DR": LOSS}
_OTHERS: Final = ("RH", "FH", "SH", "SF", "SC", "RF", "RC", "FF")

LINE_TYPES: Final[ByWords] = {
    "^T00": ("sale", "unknown"),
    "^T01": fee_or_refund("payment_fee"),
    "^T02": "fx_fee",
    "^T03": "transfer",
    "^T04|^T06|^T17|^T1101": "withdrawal",
    "^T07": "transfer",
    "^T08|^T09": "adjustment",
    "^T1105|^T1110|^T1111": ("reserve_release", "reserve_hold"),
    "^T1108|^T1109": fee_or_refund("payment_fee"),
    "^T1104|^T1114|^T1115": "transfer",
    "^T11": ("unknown", "sale_refund"),
    "^T1200|^T1203|^T1204": "adjustment",
    "^T12": ("chargeback_reversal", "chargeback"),
    "^T14": "interest",
    "^T15|^T21": ("reserve_release", "reserve_hold"),
    "^T19": "adjustment",
    "^T20|^T22": "transfer",
}
"""Line types by PayPal's event codes (`domain.md` 4.2); payments that were sent, and what else is not listed, are unknown."""

COLUMNS: Final[tuple[Column, ...]] = (
    Choice("CH", _LINES, to="_row", needed=True),
    Key("Invoice ID", to="_invoice", needed=False),
    Key("PayPal Reference ID", to="_reference", needed=False),
    Text("PayPal Reference ID Type", to="_reference_type"),
    direction("Transaction Debit or Credit"),
    Currency("Gross Transaction Currency"),
    Choice("Fee Debit or Credit", _WAYS, to="_fee_direction"),
    Amount("Gross Transaction Amount", to="_gross", implied=2, needed=True),
    Text("Fee Currency", to="_fee_currency"),
    Remark("Custom Field", to="_custom", optional=True),
)
"""The columns that all of PayPal's reports of typed rows share and that are read alike."""

IGNORED: Final = ("Consumer ID", "Payment Tracking ID", "Store ID", "Bank Reference ID")

_FOOTER_AMOUNTS: Final = (("gross credits", 2), ("gross debits", 3), ("fee credits", 4), ("fee debits", 5))
_AVAILABLE: Final = ((6, 7), (8, 9))  # direction and amount of a balance: at the beginning, at the end
_TOTAL: Final = ((10, 11), (12, 13))
_COUNT: Final = 18


def is_no_line(kind: pl.Expr) -> pl.Expr:
    """Whether a row is of a type that is known and no line."""
    return kind.is_in(_OTHERS)


def signed(*, fee: str) -> tuple[pl.Expr, pl.Expr]:
    """Gross amount, as `amount_minor`, and fee with their directions as their signs; null is an amount without a direction.

    Args:
        fee: Column of the fee.
    """
    gross = by_direction(pl.col("_gross_minor"), pl.col("_direction"))
    return (
        pl.when(pl.col("_direction").is_not_null()).then(gross).alias("amount_minor"),
        by_direction(pl.col(fee), pl.col("_fee_direction")).alias(fee),
    )


def contradictions(reading: Reading, *, fee: str) -> Iterator[CellFault]:
    """Lines with a fee of which nobody knows the direction, or that is in another currency than the line."""
    has_fee = pl.col(fee).fill_null(0) != 0
    homeless = has_fee & pl.col("_fee_direction").is_null()
    other = has_fee & pl.col("_fee_currency").is_not_null() & (pl.col("_fee_currency") != pl.col("currency"))
    for caption, is_wrong, reason, problem, expected in (
        ("Fee Debit or Credit", homeless, "value.missing", "is blank beside a fee", "DR or CR"),
        ("Fee Currency", other, "amount.other_currency", "is not the currency of the line", "one currency a line"),
    ):
        for row in reading.values.select(is_wrong.fill_null(value=False).arg_true()).to_series():
            cells = reading.cells(caption)
            found = None if cells is None else cells[row]
            yield CellFault(row=row, column=caption, reason=reason, found=found, problem=problem, expected=expected)


@attrs.frozen(kw_only=True)
class _Section:
    """One section of a report.

    Attributes:
        first: Line from which it runs.
        last: Line before which it ends.
        account: PayPal's id of the account; None when the file does not say it.
    """

    first: int
    last: float
    account: str | None


def sections(reading: Reading) -> list[_Section]:
    """The sections of a report in order; one for a file that has no section header."""
    heads = rows_of_type(reading, "SH")
    if not heads:
        return [_Section(first=0, last=float("inf"), account=None)]
    ends = [row.line for row in heads[1:]] + [float("inf")]
    accounts = [row.cells[3] if len(row.cells) > 3 else None for row in heads]  # noqa: PLR2004 - the fourth cell
    return [
        _Section(first=row.line if at else 0, last=end, account=account or None)
        for at, (row, end, account) in enumerate(zip(heads, ends, accounts, strict=True))
    ]


def report_checks(reading: Reading, *, fee: str) -> Iterator[Check]:
    """What the footers of sections, of the report and of the file declare, against the lines.

    Args:
        reading: The reading, its values parsed.
        fee: Column of the signed fee.
    """
    several = len(sections(reading)) > 1
    for section in sections(reading):
        is_inside = pl.col(LINE).is_between(section.first, section.last)
        suffix = f" {section.account}" if several else ""
        for row in rows_of_type(reading, "SF", "SC"):
            if section.first <= row.line < section.last:
                yield from _row_checks(reading, row, suffix, is_inside, fee)
    of_report = rows_of_type(reading, "RF", "RC")
    if not of_report:
        doubt_missing_total(reading, "RF", is_export=bool(rows_of_type(reading, "RH")))
    for row in of_report:
        yield from _row_checks(reading, row, "", pl.lit(value=True), fee)


def _row_checks(reading: Reading, row: Row, suffix: str, is_inside: pl.Expr, fee_column: str) -> Iterator[Check]:
    kind = row.cells[0]
    if kind in {"SC", "RC"}:
        yield from _count_check(reading, f"{kind}{suffix} lines", row, is_inside)
    else:
        yield from _footer_checks(reading, f"{kind}{suffix}", row, is_inside, fee_column)


def _count_check(reading: Reading, name: str, row: Row, is_inside: pl.Expr) -> Iterator[Check]:
    count = _whole(reading, row, 1, name)
    if count is not None:
        yield declared_count(reading, name, is_inside & (pl.col("_row").is_not_null()), count)


def _footer_checks(reading: Reading, name: str, row: Row, is_inside: pl.Expr, fee_column: str) -> Iterator[Check]:
    """Sums, count and balances that a footer says for one currency."""
    currency = row.cells[1] if len(row.cells) > 1 else ""
    if not is_currency(currency):
        doubt_total(reading, f"currency of {name}, line {row.line}", currency)
        return
    is_own = (is_inside & (pl.col("currency") == currency)).fill_null(value=False)
    gross, fee = (pl.when(is_own).then(pl.col(column)).fill_null(0) for column in ("amount_minor", fee_column))
    sums = (gross.clip(lower_bound=0), -gross.clip(upper_bound=0), fee.clip(lower_bound=0), -fee.clip(upper_bound=0))
    for (label, at), value in zip(_FOOTER_AMOUNTS, sums, strict=True):
        total = _hundredths(reading, row, at, currency)
        if total is not None:
            yield declared_sum(reading, f"{name} {currency} {label}", value, total, currency=currency)
    count = _whole(reading, row, _COUNT, f"{name} {currency} lines")
    if count is not None:
        yield declared_count(reading, f"{name} {currency} lines", is_own, count)
    yield from _balance_check(reading, f"{name} {currency}", row, currency, gross + fee)


def _balance_check(reading: Reading, name: str, row: Row, currency: str, net: pl.Expr) -> Iterator[Check]:
    """That lines lead from the balance before to the one after: the available one, or the one with what is held back."""
    checks = []
    for label, (before_at, after_at) in (("available", _AVAILABLE), ("total", _TOTAL)):
        before, after = (_balance(reading, row, *at, currency) for at in (before_at, after_at))
        if before is not None and after is not None:
            moved = declared_sum(reading, f"{name} closing {label} balance", net, after, currency=currency)
            checks.append(attrs.evolve(moved, parts={"opening balance": before, **moved.parts}))
    if checks:
        yield next((check for check in checks if check.holds), checks[0])


def _balance(reading: Reading, row: Row, way_at: int, at: int, currency: str) -> int | None:
    amount = _hundredths(reading, row, at, currency)
    if amount is None or row.cells[way_at] not in {"CR", "DR"}:
        return None
    return amount if row.cells[way_at] == "CR" else -amount


def _hundredths(reading: Reading, row: Row, at: int, currency: str) -> int | None:
    """An amount of a footer in minor units; None when it is absent or cannot be read."""
    text = row.cells[at] if at < len(row.cells) else ""
    column = Amount("total", to="total", implied=2)
    found = column.parse(pl.Series([text or None], dtype=pl.String), Conventions(where="", currency=currency)).values[0]
    if found is None and text:
        doubt_total(reading, f"cell {at + 1} of line {row.line}", text)
    return None if found is None else int(found)


def _whole(reading: Reading, row: Row, at: int, name: str) -> int | None:
    return declared_whole(reading, (row.cells[at] if at < len(row.cells) else "") or None, name=name)
