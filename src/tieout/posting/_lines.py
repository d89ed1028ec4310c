"""Lines: what vouchers say as columns, one row a line, for all that is counted by the million."""

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any, Final, Protocol, TypeAlias

import polars as pl
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import Voucher
from tieout.model.currency import to_units

__all__ = ["LINES", "HasLines", "VouchersLike", "lines_of"]

_DECIMALS: Final = 16  # of rates
_RATE: Final = pl.Decimal(38, _DECIMALS)
LINES: Final[Mapping[str, pl.DataType]] = {
    "voucher_id": pl.String(),
    "book_id": pl.String(),
    "period": pl.String(),
    "date": pl.Date(),
    "word": pl.String(),
    "number": pl.Int64(),
    "part": pl.Int64(),
    "kind": pl.String(),
    "status": pl.String(),
    "line_no": pl.Int64(),
    "summary": pl.String(),
    "account": pl.String(),
    "account_name": pl.String(),
    "role": pl.String(),
    "debit_minor": pl.Int64(),
    "credit_minor": pl.Int64(),
    "currency": pl.String(),
    "foreign_minor": pl.Int64(),
    "foreign_currency": pl.String(),
    "fx_rate": _RATE,
    "quantity": pl.Decimal(38, 8),
    "aux": pl.String(),
    "tax_rate": _RATE,
    "tax_base_minor": pl.Int64(),
    "reversal_of": pl.String(),
}
"""The columns of voucher lines: of the voucher, then of the line. Amounts are whole minor units on their own side, red below 0;
`foreign_minor`, `quantity` and `tax_base_minor` are signed as that side; `aux` is JSON text with sorted keys, null for none."""

_NEEDED: Final = ("voucher_id", "date", "account", "debit_minor", "credit_minor", "currency")


class HasLines(Protocol):
    """What knows the lines of its vouchers as columns, such as `Vouchers`."""

    @property
    def lines(self) -> pl.DataFrame:
        """One row a line, with columns of `LINES`."""
        ...  # pyright takes a bare docstring for a body that returns None


VouchersLike: TypeAlias = HasLines | pl.DataFrame | Iterable[Voucher]
"""Vouchers, or a frame of their lines."""


def lines_of(vouchers: VouchersLike) -> pl.DataFrame:
    """The lines of vouchers as columns of `LINES`, in the order of the vouchers.

    Args:
        vouchers: What knows its lines as columns, a frame of lines, or vouchers. A frame may lack columns, which are null
            then, but for voucher_id, date, account, debit_minor, credit_minor and currency.

    Raises:
        PostingError: It is none of these, or a frame lacks a column that is needed or has one of another type.

    Example:
        >>> from datetime import date
        >>> from tieout.model import JournalLine
        >>> lines = (
        ...     JournalLine(line_no=1, summary="运费", account="5601.05", debit=Money("3.30", "CNY")),
        ...     JournalLine(line_no=2, summary="运费", account="2202.01", credit=Money("3.30", "CNY")),
        ... )
        >>> voucher = Voucher(voucher_id="a", period="2026-10", word="记", date=date(2026, 10, 31), lines=lines)
        >>> lines_of([voucher]).select("account", "debit_minor", "credit_minor").rows()
        [('5601.05', 330, None), ('2202.01', None, 330)]
    """
    if isinstance(vouchers, pl.DataFrame):
        return _conformed(vouchers)
    if isinstance(vouchers, Voucher):
        return _encoded([vouchers])
    columns = getattr(vouchers, "lines", None)
    if isinstance(columns, pl.DataFrame):
        return _conformed(columns)
    given: list[Any] = list(vouchers) if isinstance(vouchers, Iterable) else [vouchers]
    others = {type(one).__name__ for one in given if not isinstance(one, Voucher)}
    if others:
        raise PostingError(f"vouchers or a frame of their lines are needed, got {', '.join(sorted(others))}")
    return _encoded(given)


def _conformed(frame: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in _NEEDED if name not in frame.columns]
    if missing:
        found = ", ".join(frame.columns) or "nothing"
        raise PostingError(f"missing columns: {', '.join(missing)}; found: {found}", where="lines of vouchers")
    columns = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in LINES.items()
    ]
    try:
        return frame.select(columns)
    except pl.exceptions.PolarsError as cause:
        raise PostingError(f"a column is of another type: {cause}", where="lines of vouchers") from cause


def _encoded(given: Iterable[Voucher]) -> pl.DataFrame:
    vouchers = list(given)
    lines = [line for voucher in vouchers for line in voucher.lines]
    owners = pl.Series([at for at, voucher in enumerate(vouchers) for _ in voucher.lines], dtype=pl.Int64)
    series: dict[str, pl.Series] = {}
    for name in ("voucher_id", "book_id", "period", "date", "word", "number", "part", "kind", "status", "reversal_of"):
        values = pl.Series(list(map(attrgetter(name), vouchers)), dtype=LINES[name])
        series[name] = values.gather(owners)
    for name in ("line_no", "summary", "account", "account_name", "role"):
        series[name] = pl.Series(list(map(attrgetter(name), lines)), dtype=LINES[name])
    amounts = {
        "debit_minor": "debit",
        "credit_minor": "credit",
        "foreign_minor": "foreign_amount",
        "tax_base_minor": "tax_base",
    }
    for name, field in amounts.items():
        series[name] = pl.Series(list(map(_minor, map(attrgetter(field), lines))), dtype=LINES[name])
    sides = [line.credit if line.debit is None else line.debit for line in lines]  # one of them, and never of zero
    series["currency"] = pl.Series([None if side is None else side.currency.code for side in sides], dtype=pl.String)
    codes = [None if money is None else money.currency.code for money in map(attrgetter("foreign_amount"), lines)]
    series["foreign_currency"] = pl.Series(codes, dtype=pl.String)
    for name in ("fx_rate", "quantity", "tax_rate"):
        series[name] = _decimals(name, list(map(attrgetter(name), lines)))
    series["aux"] = pl.Series(_aux_texts(list(map(attrgetter("aux"), lines))), dtype=pl.String)
    return pl.DataFrame({name: series[name] for name in LINES})


def _minor(amount: Money | None) -> int | None:
    return None if amount is None else to_units(amount.amount, amount.currency.code)


def _decimals(name: str, values: list[Decimal | None]) -> pl.Series:
    """Exact decimals by way of their text, which is many times as fast as handing over the objects."""
    dtype: Any = LINES[name]
    for value in {value for value in values if value is not None}:
        places = value.normalize().as_tuple().exponent
        if isinstance(places, int) and -places > dtype.scale:
            raise PostingError(f"{value} has more than the {dtype.scale} decimals that a column holds", where=name)
    return pl.Series([None if value is None else f"{value:f}" for value in values], dtype=pl.String).cast(dtype)


def _aux_texts(values: list[Mapping[str, str]]) -> list[str | None]:
    known: dict[Mapping[str, str], str | None] = {}
    for value in values:
        if value not in known:
            known[value] = json.dumps(dict(value), ensure_ascii=False, sort_keys=True) if value else None
    return [known[value] for value in values]
