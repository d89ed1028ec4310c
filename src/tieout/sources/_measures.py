"""Columns of numbers: plain ones, whole ones, weights and lengths."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError, MoneyError
from tieout.money import DecimalMark, parse_amount
from tieout.money.columns import parsed_decimals
from tieout.sources._columns import EMPTY_WORDS, Column, resolve, without
from tieout.sources._faults import Conventions, Parsed, Unreadable

__all__ = ["Count", "Length", "Number", "Weight", "in_unit_expr"]

_DECIMAL: Final = pl.Decimal(28, 8)
_PLAIN_NUMBER: Final = r"^[+-]?(?:\d{1,15}|\d{1,3}(?:,\d{3}){1,4})(?:\.\d{0,8})?$"
_LIMIT: Final = 10**15
_GRAMS: Final = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "t": Decimal(1_000_000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
    "斤": Decimal(500),
}
_CENTIMETRES: Final = {
    "mm": Decimal("0.1"),
    "cm": Decimal(1),
    "m": Decimal(100),
    "in": Decimal("2.54"),
    "ft": Decimal("30.48"),
}
_UNIT_NAMES: Final = {
    "克": "g",
    "公斤": "kg",
    "千克": "kg",
    "吨": "t",
    "kgs": "kg",
    "lbs": "lb",
    "厘米": "cm",
    "毫米": "mm",
    "米": "m",
}
_NUMBER_FIRST: Final = re.compile(r"^(?P<number>[^A-Za-z斤克公千吨厘毫米]*)(?P<unit>[A-Za-z斤克公千吨厘毫米]*)\.?$")


@attrs.frozen
class Number(Column):
    """An exact number without unit: a quantity, a rate.

    Attributes:
        percent: Whether the file writes 6 for 0.06; a `%` sign says so itself.
    """

    percent: bool = attrs.field(kw_only=True, default=False)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        factor = Decimal("0.01") if self.percent else Decimal(1)

        def slowly(text: str) -> Decimal:
            share = Decimal("0.01") if text.rstrip().endswith(("%", "％")) else factor
            return _parse_decimal_text(text.rstrip(" %％"), conventions, "number") * share

        values, faults = resolve(self, cells, _fast_decimal(cells, factor, conventions).alias(self.name), slowly)
        return Parsed(values=values, faults=faults)


@attrs.frozen
class _Measure(Column):
    """A number with a unit, in the unit of the record's field; a unit in the cell wins over the declared one."""

    unit: str = attrs.field(kw_only=True)
    _factors: Mapping[str, Decimal] = attrs.field(init=False, repr=False, factory=dict)
    _what: str = attrs.field(init=False, repr=False, default="number")

    def __attrs_post_init__(self) -> None:
        if self.unit not in self._factors:
            raise InputError(f"a unit of {', '.join(self._factors)} is needed, got {self.unit!r}", where=self.caption)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        fast = _fast_decimal(cells, self._factors[self.unit], conventions).alias(self.name)
        fast = fast.zip_with((fast >= 0).fill_null(value=False), pl.Series([None], dtype=_DECIMAL))
        values, faults = resolve(self, cells, fast, lambda text: self._slowly(text, conventions))
        return Parsed(values=values, faults=faults)

    def _slowly(self, text: str, conventions: Conventions) -> Decimal:
        parts = _NUMBER_FIRST.match(text)
        unit = parts["unit"].lower() if parts else ""
        factor = self._factors.get(_UNIT_NAMES.get(unit, unit) or self.unit)
        if parts is None or factor is None:
            raise Unreadable(f"{self._what}.unreadable", f"is not a {self._what}", self._expected)
        value = _parse_decimal_text(parts["number"], conventions, self._what) * factor
        if value < 0:
            raise Unreadable(f"{self._what}.negative", f"is a negative {self._what}", self._expected)
        return value

    @property
    def _expected(self) -> str:
        return f"a {self._what} in {self.unit}"


@attrs.frozen
class Weight(_Measure):
    """A weight, to exact grams (1 lb = 453.59237 g).

    Attributes:
        unit: Unit of the file: `g`, `kg`, `t`, `lb`, `oz` or `斤`.
    """

    _factors: Mapping[str, Decimal] = attrs.field(init=False, repr=False, factory=lambda: _GRAMS)
    _what: str = attrs.field(init=False, repr=False, default="weight")


@attrs.frozen
class Length(_Measure):
    """A length, to exact centimetres (1 in = 2.54 cm).

    Attributes:
        unit: Unit of the file: `mm`, `cm`, `m`, `in` or `ft`.
    """

    _factors: Mapping[str, Decimal] = attrs.field(init=False, repr=False, factory=lambda: _CENTIMETRES)
    _what: str = attrs.field(init=False, repr=False, default="length")


def in_unit_expr(number: pl.Expr, unit: pl.Expr, units: Mapping[str, str]) -> pl.Expr:
    """Weights in exact grams, or lengths in exact centimetres, where another column says the unit; null for other units.

    Args:
        number: The numbers.
        unit: The file's word for the unit, on each line.
        units: What the words mean, such as `{"L": "lb", "K": "kg"}`.
    """
    known = {word: (_GRAMS | _CENTIMETRES)[meant] for word, meant in units.items()}
    return pl.coalesce(
        pl.when(unit == word).then((number * pl.lit(factor)).cast(_DECIMAL)) for word, factor in known.items()
    )


@attrs.frozen
class Count(Column):
    """A whole number."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        cells = without(cells, EMPTY_WORDS)
        fast = parsed_decimals(cells.alias(self.name), decimals=0)

        def slowly(text: str) -> int:
            value = _parse_decimal_text(text, conventions, "whole number")
            if value != int(value):
                raise Unreadable("number.unreadable", "is not a whole number", "a whole number")
            return int(value)

        values, faults = resolve(self, cells, fast, slowly)
        return Parsed(values=values, faults=faults)


def _fast_decimal(cells: pl.Series, factor: Decimal, conventions: Conventions) -> pl.Series:
    """Plain numbers times a factor, exactly; null for everything else."""
    cell = pl.col("cell")
    if conventions.decimal_mark is DecimalMark.COMMA:
        cell = cell.str.replace_many([".", ","], [",", "."])
    plain = pl.when(cell.str.contains(_PLAIN_NUMBER)).then(cell.str.replace_all(",", "", literal=True))
    number = plain.cast(_DECIMAL, strict=False)
    # As text, for of a Decimal Polars makes a literal with numpy's help, whose import takes longer than a small file.
    exact = pl.lit(str(factor)).cast(pl.Decimal(38, max(-int(factor.as_tuple().exponent), 0)))
    scaled = number if factor == 1 else (number * exact).cast(_DECIMAL, strict=False)
    return cells.alias("cell").to_frame().select(scaled.alias("value"))["value"]


def _parse_decimal_text(text: str, conventions: Conventions, what: str) -> Decimal:
    unreadable = Unreadable(f"{what.replace(' ', '_')}.unreadable", f"is not a {what}", f"a {what}")
    try:
        value = parse_amount(text, decimal_mark=conventions.decimal_mark)
    except (MoneyError, InvalidOperation) as cause:
        raise unreadable from cause
    if abs(value) >= _LIMIT:
        raise unreadable
    return value
