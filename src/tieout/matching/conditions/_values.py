"""Values: two columns made comparable exactly, whatever types they came in.

Numbers of both sides become whole numbers of one scale, days become day numbers, instants become nanoseconds. Nothing passes
through a float: an amount at the edge of its tolerance is inside, always.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

import attrs
import polars as pl
from moneyed import CURRENCIES

from tieout.errors import WrongColumnType
from tieout.matching._sides import Found
from tieout.matching.conditions._base import Form
from tieout.model.currency import exponent, from_units

__all__ = ["Comparable", "Kind", "comparable"]

Cell = Callable[[str], pl.Expr]
_WHOLE = pl.Int128()
_MONEY_SCALE = 4  # no ISO 4217 currency has more decimals
_WHOLE_TYPES = {pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32}
_UNIT_NS = {"ns": 1, "us": 1_000, "ms": 1_000_000}


class Kind(StrEnum):
    """What two columns both hold."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "datetime"
    FLAG = "boolean"


@attrs.frozen(kw_only=True, eq=False)
class Comparable:
    """Two columns that can be compared exactly.

    Attributes:
        kind: What they hold.
        left: Found column of the left side.
        right: Found column of the right side.
        scale: Decimals that numbers are written out to; 0 for other kinds.
        is_money: Whether they are amounts whose currencies must agree.
    """

    kind: Kind
    left: Found
    right: Found
    scale: int = 0
    is_money: bool = False

    @property
    def left_columns(self) -> tuple[str, ...]:
        """Columns of the left side that the value is made of."""
        return _columns(self.left, is_money=self.is_money)

    @property
    def right_columns(self) -> tuple[str, ...]:
        """Columns of the right side that the value is made of."""
        return _columns(self.right, is_money=self.is_money)

    @property
    def forms(self) -> tuple[tuple[Form, Form], ...]:
        """The value, and the currency of money, on each side's own frame."""
        value = (self._form(self.left), self._form(self.right))
        if not self.is_money:
            return (value,)
        currency = tuple(
            Form(f"text:{one.currency or one.column}", pl.col(one.currency or one.column).cast(pl.String))
            for one in (self.left, self.right)
        )
        return (value, (currency[0], currency[1]))

    def _form(self, found: Found) -> Form:
        if self._is_plain:
            return Form(f"whole:{found.column}", pl.col(found.column).cast(pl.Int64))
        return Form(f"{self.kind}.{self.scale}:{found.column}", self.value(found, pl.col))

    @property
    def _is_plain(self) -> bool:
        """Whether equal values are equal whole numbers as they stand; currencies are a form of their own."""
        sides = (self.left, self.right)
        if self.kind is not Kind.NUMBER or any(one.dtype.base_type() not in _WHOLE_TYPES for one in sides):
            return False
        return all(one.is_minor for one in sides) or not self.is_money

    def value(self, found: Found, cell: Cell) -> pl.Expr:
        """The comparable value of one side: text, Boolean, or Int128.

        Args:
            found: That side's column.
            cell: Column name to expression, on whichever frame it is to stand.
        """
        if self.kind is Kind.TEXT:
            return _text(cell(found.column))
        if self.kind is Kind.FLAG:
            return cell(found.column).cast(pl.Boolean)
        if self.kind is Kind.NUMBER:
            return _number(found, cell, self.scale)
        unit = _UNIT_NS[found.dtype.time_unit] if isinstance(found.dtype, pl.Datetime) else 1
        return cell(found.column).to_physical().cast(_WHOLE) * unit

    def same_currency(self, left: Cell, right: Cell) -> pl.Expr:
        """Whether the currencies agree, true where it is no money; null where one is unknown."""
        if not self.is_money or self.left.currency is None or self.right.currency is None:
            return pl.lit(value=True)
        return left(self.left.currency).cast(pl.String) == right(self.right.currency).cast(pl.String)

    def plain(self, found: Found, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the column holds
        """A record's value as a person reads it: money in whole units."""
        value = row.get(found.column)
        if value is None or not found.is_minor:
            return value
        code = row.get(found.currency or "")
        return None if code not in CURRENCIES else from_units(value, str(code))


def comparable(left: Found, right: Found, *, where: str, scale_min: int = 0) -> Comparable:
    """Two found columns, made comparable.

    Args:
        left: The left side's.
        right: The right side's.
        where: What compares them, for errors.
        scale_min: Decimals that a tolerance needs.

    Raises:
        WrongColumnType: Their types cannot be compared exactly, floats among them, or money meets what has no currency.
    """
    for side, found in (("left", left), ("right", right)):
        if found.dtype.is_float():
            raise WrongColumnType(
                f"column {found.column!r} is float, and floats are not compared",
                where=f"{side} side, {where}",
                hint=f'make it exact first: pl.col("{found.column}").round(2).cast(pl.Decimal(18, 2)), or whole minor units',
            )
    kinds = {_kind(found) for found in (left, right) if found.dtype != pl.Null}
    kind = kinds.pop() if kinds else Kind.TEXT
    if kinds or kind is None:
        raise WrongColumnType(
            f"{left.column!r} is {left.dtype} on the left and {right.column!r} is {right.dtype} on the right",
            where=where,
            hint=_hint(left, right),
        )
    if kind is Kind.INSTANT:
        _require_same_awareness(left, right, where)
    if kind is not Kind.NUMBER:
        return Comparable(kind=kind, left=left, right=right)
    is_money = left.is_minor or right.is_minor
    if is_money:
        _require_currencies(left, right, where)
    scale = max(_scale(left), _scale(right), scale_min, _MONEY_SCALE if is_money else 0)
    return Comparable(kind=kind, left=left, right=right, scale=scale, is_money=is_money)


def _kind(found: Found) -> Kind | None:
    dtype = found.dtype
    if dtype.is_integer() or dtype.is_decimal():
        return Kind.NUMBER
    by_type: dict[Any, Kind] = {
        pl.String: Kind.TEXT,
        pl.Categorical: Kind.TEXT,
        pl.Enum: Kind.TEXT,
        pl.Date: Kind.DATE,
        pl.Datetime: Kind.INSTANT,
        pl.Boolean: Kind.FLAG,
    }
    return by_type.get(dtype.base_type())


def _hint(left: Found, right: Found) -> str:
    if {_kind(left), _kind(right)} == {Kind.DATE, Kind.INSTANT}:
        return "say which day an instant is on: convert_time_zone, then .dt.date(), in a column of its own"
    return "cast one of them, so that both sides hold the same kind of value"


def _require_same_awareness(left: Found, right: Found, where: str) -> None:
    zones = [found.dtype.time_zone for found in (left, right) if isinstance(found.dtype, pl.Datetime)]
    if len({zone is None for zone in zones}) > 1:
        raise WrongColumnType(
            f"only one of {left.column!r} and {right.column!r} has a time zone",
            where=where,
            hint='for Chinese exports: pl.col(...).dt.replace_time_zone("Asia/Shanghai")',
        )


def _require_currencies(left: Found, right: Found, where: str) -> None:
    for side, found in (("left", left), ("right", right)):
        if found.currency is None and found.dtype != pl.Null:
            raise WrongColumnType(
                f"column {found.column!r} has no currency column beside it, and the other side is money",
                where=f"{side} side, {where}",
                hint="add a `currency` column with ISO 4217 codes",
            )


def _scale(found: Found) -> int:
    return found.dtype.scale if isinstance(found.dtype, pl.Decimal) else 0


def _columns(found: Found, *, is_money: bool) -> tuple[str, ...]:
    return (found.column, found.currency) if is_money and found.currency else (found.column,)


def _text(column: pl.Expr) -> pl.Expr:
    text = column.cast(pl.String)
    return pl.when(text.str.strip_chars() != "").then(text)


def _number(found: Found, cell: Cell, scale: int) -> pl.Expr:
    value = cell(found.column)
    if not found.is_minor:
        step: int = 10 ** (scale - _scale(found))
        return value.to_physical().cast(_WHOLE) * step
    factors = {code: 10 ** (scale - exponent(code)) for code in CURRENCIES}
    factor = cell(found.currency or "").cast(pl.String).replace_strict(factors, default=None, return_dtype=pl.Int64)
    return value.cast(_WHOLE) * factor.cast(_WHOLE)
