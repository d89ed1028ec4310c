"""Values: two columns made comparable exactly, whatever types they came in.

Numbers of both sides become whole numbers of one scale, days become day numbers, instants become nanoseconds. Nothing passes
through a float: an amount at the edge of its tolerance is inside, always.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import count
from typing import Any

import attrs
import polars as pl
from moneyed import CURRENCIES

from tieout.errors import WrongColumnType
from tieout.matching._names import cell
from tieout.matching._sides import Found
from tieout.matching.conditions._base import Form
from tieout.matching.conditions._markers import known_text, says_nothing
from tieout.model.currency import exponent, from_units

__all__ = ["Comparable", "Kind", "comparable", "decimals_of"]

Cell = Callable[[str], pl.Expr]
_NARROW_END = 2**63
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
        whole: Type of the whole numbers that numbers, dates and times become.
    """

    kind: Kind
    left: Found
    right: Found
    scale: int = 0
    is_money: bool = False
    whole: pl.DataType = attrs.field(factory=pl.Int128)

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
            Form(f"text:{one.currency or one.column}", cell(one.currency or one.column).cast(pl.String))
            for one in (self.left, self.right)
        )
        return (value, (currency[0], currency[1]))

    def _form(self, found: Found) -> Form:
        if self._is_plain:
            return Form(f"whole:{found.column}", cell(found.column).cast(pl.Int64))
        return self.form(found)

    @property
    def _is_plain(self) -> bool:
        """Whether equal values are equal whole numbers as they stand; currencies are a form of their own."""
        sides = (self.left, self.right)
        if self.kind is not Kind.NUMBER or any(one.dtype.base_type() not in _WHOLE_TYPES for one in sides):
            return False
        is_one_unit = self.left.is_minor == self.right.is_minor
        return is_one_unit and all(one.times == 1 for one in sides)

    @property
    def reach(self) -> int:
        """The largest magnitude that `value` takes on either side."""
        if self.kind in {Kind.TEXT, Kind.FLAG}:
            return 0
        return max(
            found.values.reach * self._step(found) if found.values is not None and found.dtype != pl.Null else 0
            for found in (self.left, self.right)
        )

    def narrowed(self) -> "Comparable":
        """The same, with its whole numbers in 64 bits where they fit: for comparisons of equality."""
        return attrs.evolve(self, whole=pl.Int64()) if self.reach < _NARROW_END else self

    @property
    def is_one_currency(self) -> bool:
        """Whether all amounts of both sides are of one and the same known currency."""
        codes = [_codes(found) for found in (self.left, self.right)]
        return codes[0] is not None and codes[0] == codes[1] and len(codes[0]) == 1

    def form(self, found: Found) -> Form:
        """The comparable value on one side's own frame."""
        name = f"{self.kind}.{self.scale}.{found.times}.{self.whole}:{found.column}"
        return Form(name, self.value(found, cell))

    def value(self, found: Found, cell: Cell) -> pl.Expr:
        """The comparable value of one side: text, Boolean, or a whole number.

        Args:
            found: That side's column.
            cell: Column name to expression, on whichever frame it is to stand.
        """
        if self.kind is Kind.TEXT:
            return known_text(cell(found.column).cast(pl.String))
        if self.kind is Kind.FLAG:
            return cell(found.column).cast(pl.Boolean)
        if self.kind is Kind.NUMBER:
            return self._number(found, cell)
        step = self._step(found)
        value = cell(found.column).to_physical().cast(self.whole)
        return value if step == 1 else value * step

    def same_currency(self, left: Cell, right: Cell) -> pl.Expr:
        """Whether the currencies agree, true where it is no money; null where one is unknown."""
        if not self.is_money or self.left.currency is None or self.right.currency is None or self.is_one_currency:
            return pl.lit(value=True)
        codes = left(self.left.currency).cast(pl.String), right(self.right.currency).cast(pl.String)
        return known_text(codes[0]) == codes[1]

    def codeless(self, left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
        """What stands for the currency of money, by the side where nothing is known of it."""
        if not self.is_money:
            return {}
        codes = {"left": left.get(self.left.currency or ""), "right": right.get(self.right.currency or "")}
        return {side: code for side, code in codes.items() if says_nothing(code)}

    def plain(self, found: Found, row: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever the column holds
        """A record's value as a person reads it: money in whole units."""
        value = row.get(found.column)
        if value is None or not found.is_minor:
            return value
        code = row.get(found.currency or "")
        return None if code not in CURRENCIES else from_units(value, str(code))

    def _step(self, found: Found) -> int:
        """What the column's physical whole number is multiplied by; the most that it can be, where the currency decides."""
        if self.kind is not Kind.NUMBER:
            return _UNIT_NS[found.dtype.time_unit] if isinstance(found.dtype, pl.Datetime) else 1
        return int(Fraction(found.times) * 10 ** (self.scale - _scale(found) + decimals_of(found.times)))

    def _number(self, found: Found, cell: Cell) -> pl.Expr:
        value, step = cell(found.column).to_physical().cast(self.whole), self._step(found)
        if found.is_minor:
            factors = {code: 10 ** (self.scale - exponent(code)) for code in _codes(found) or CURRENCIES}
            if len(set(factors.values())) > 1 or _codes(found) is None:
                codes = cell(found.currency or "").cast(pl.String)
                return value * codes.replace_strict(factors, default=None, return_dtype=pl.Int64).cast(self.whole)
            (step,) = set(factors.values())
        return value if step == 1 else value * step


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
    has_units = left.is_minor or right.is_minor
    if has_units:
        _require_currencies(left, right, where)
    has_codes = left.currency is not None and right.currency is not None
    is_money = has_units or (has_codes and (left.is_amount or right.is_amount))
    scale = max(_scale(left), _scale(right), scale_min, _MONEY_SCALE if has_units else 0)
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


def _codes(found: Found) -> frozenset[str] | None:
    """The currencies of a column of money; None when some are unknown or missing."""
    if found.codes is None or not found.codes.codes:
        return None
    known = frozenset(code for code in found.codes.codes if code in CURRENCIES)
    return known if known == found.codes.codes else None


def _scale(found: Found) -> int:
    """Decimals of the values, once they are multiplied."""
    own = found.dtype.scale if isinstance(found.dtype, pl.Decimal) else 0
    return own + decimals_of(found.times)


def decimals_of(number: Decimal) -> int:
    """Decimals that a number needs to be written out; what the caller's decimal context rounds to does not matter.

    Example:
        >>> decimals_of(Decimal("0.050")), decimals_of(Decimal("1E+2"))
        (2, 0)
    """
    return next(at for at in count() if not Fraction(number) * 10**at % 1)


def _columns(found: Found, *, is_money: bool) -> tuple[str, ...]:
    return (found.column, found.currency) if is_money and found.currency else (found.column,)
