"""Amazon's settlement reports: the row of totals, and what both layouts say in it.

The first row below the header has the period, the day of the deposit, the total and the currency of the settlement, and no
transaction. It is set apart, becomes a Settlement and, where something is paid out, a Payout, and its total is checked.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import attrs
import polars as pl
from moneyed import Money

from tieout.errors import MoneyError
from tieout.keys import clean_expr
from tieout.model import Payout, Settlement
from tieout.model.currency import from_units, is_currency, negated
from tieout.money import DecimalMark, parse_money, to_minor
from tieout.proof import Check
from tieout.sources._decimal_marks import told_decimal_mark
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._totals import declared_sum, doubt_total
from tieout.tables import Table

__all__ = ["check_totals", "currency_by_settlement", "decimal_mark_in", "headers_of", "is_totals_row"]

_ID, _TOTAL = "settlement-id", "total-amount"


@attrs.frozen(kw_only=True)
class _Totals:
    """The row of totals of one settlement.

    Attributes:
        settlement_id: Its number.
        total: What is paid out, signed; None when the cell is no amount.
        said: What its cell says.
        currency: Its currency.
        moments: Start, end and deposit.
    """

    settlement_id: str
    total: Money | None
    said: str | None
    currency: str
    moments: tuple[Any, Any, Any]


def is_totals_row(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """Whether a row is the row of totals: it has one, and no transaction."""
    return cell(_TOTAL).is_not_null() & cell("transaction-type").is_null() & cell("posted-date").is_null()


def decimal_mark_in(*captions: str) -> Callable[[Reading], DecimalMark]:
    """What tells the decimal mark of a file: marketplaces of the euro write a comma."""

    def told(reading: Reading) -> DecimalMark:
        mark = told_decimal_mark([reading.apart(_TOTAL), *(reading.cells(caption) for caption in captions)])
        if mark is DecimalMark.COMMA:
            reading.note("decimal_mark.told", "amounts are taken to have a decimal comma, as most of them show")
        return mark

    return told


def currency_by_settlement(reading: Reading) -> pl.Series | None:
    """The currency of each line: its own, else that of its settlement's row of totals."""
    by_id = _currencies(reading)
    cells = reading.cells(_ID)
    if cells is None:
        return None
    ids = _bare(cells)
    own = reading.cells("currency")
    of_settlement = ids.replace_strict(list(by_id), list(by_id.values()), default=None, return_dtype=pl.String)
    codes = of_settlement if own is None else own.str.to_uppercase().zip_with(own.is_not_null(), of_settlement)
    known = [code for code in codes.drop_nulls().unique().to_list() if is_currency(code)]
    return codes.zip_with(codes.is_in(known).fill_null(value=False), pl.Series([None], dtype=pl.String)).alias(
        "currency"
    )


def _bare(numbers: pl.Series) -> pl.Series:
    """Numbers of settlements without guards, as the records have them."""
    return numbers.to_frame("number").select(clean_expr(pl.col("number")))["number"]


def _currencies(reading: Reading) -> dict[str, str]:
    pairs = zip(_bare(reading.apart(_ID)), reading.apart("currency"), strict=True)
    return {number: code.upper() for number, code in pairs if number is not None and code is not None}


def _totals(reading: Reading) -> Iterator[_Totals]:
    conventions = reading.conventions
    if conventions is None:
        return
    captions = (f"{_ID.removesuffix('-id')}-start-date", f"{_ID.removesuffix('-id')}-end-date", "deposit-date")
    moments = [_MOMENT.parse(reading.apart(caption), conventions).values for caption in captions]
    by_id = _currencies(reading)
    rows = zip(_bare(reading.apart(_ID)), reading.apart(_TOTAL), *moments, strict=True)
    for number, said, start, end, deposit in rows:
        code = conventions.currency if isinstance(conventions.currency, str) else by_id.get(number)
        if number is None or code is None or not is_currency(code):
            continue
        try:
            total = parse_money(said, code, decimal_mark=conventions.decimal_mark)
        except MoneyError:
            total = None
        yield _Totals(settlement_id=number, total=total, said=said, currency=code, moments=(start, end, deposit))


_MOMENT: Final = Moment("", to="at", timezone="UTC", day_first=".")


def headers_of(reading: Reading) -> Mapping[str, Table[Any]]:
    """The Settlement of each row of totals, and the Payout where its total is above zero."""
    settlements, payouts = [], []
    for totals in _totals(reading):
        start, end, deposit = totals.moments
        settlements.append(
            Settlement(
                settlement_id=totals.settlement_id,
                platform="amazon",
                shop_id=reading.constant("shop_id"),
                period_start=start,
                period_end=end,
                currency=totals.currency,
                reserve_previous=_reserve(reading, totals, "previous"),
                reserve_current=_reserve(reading, totals, "current"),
                net=totals.total,
                provenance=reading.provenance(),
            )
        )
        if totals.total is not None and totals.total.amount > 0:
            payouts.append(
                Payout(
                    payout_id=totals.settlement_id,
                    platform="amazon",
                    shop_id=reading.constant("shop_id"),
                    settlement_ids=(totals.settlement_id,),
                    amount=negated(totals.total),
                    expected_at=deposit,
                    provenance=reading.provenance(),
                )
            )
    return {
        "Settlement": Table.from_records(settlements, record=Settlement),
        "Payout": Table.from_records(payouts, record=Payout),
    }


def _reserve(reading: Reading, totals: _Totals, which: str) -> Money | None:
    """The reserve of the period before, or the one held back now; None when no line speaks of it."""
    words = pl.col("description").str.to_lowercase()
    is_of = (pl.col("settlement_id") == totals.settlement_id) & words.str.contains(f"{which} reserve", literal=True)
    lines = reading.frame.filter(is_of)
    if lines.is_empty():
        return None
    held = int(lines["amount_minor"].sum())
    return Money(from_units(held if which == "previous" else -held, totals.currency), totals.currency)


def check_totals(reading: Reading, value: pl.Expr) -> Iterator[Check]:
    """The total of each settlement against the sum of its lines.

    Args:
        reading: The reading, its values parsed.
        value: What a line adds to the total, on the parsed columns.
    """
    said = set()
    for totals in _totals(reading):
        said.add(totals.settlement_id)
        if totals.total is not None:
            of_settlement = pl.when(pl.col("settlement_id") == totals.settlement_id).then(value)
            name = f"{_TOTAL} {totals.settlement_id}"
            yield declared_sum(reading, name, of_settlement, to_minor(totals.total), currency=totals.currency)
        else:
            doubt_total(reading, f"{_TOTAL} {totals.settlement_id}", totals.said)
    silent = sorted(set(reading.values["settlement_id"].drop_nulls()) - said)
    if silent:
        text = f"no row of totals for settlement {', '.join(silent)}: its lines could not be checked"
        reading.doubt("total.missing", f"{_TOTAL} of every settlement is there", text)
