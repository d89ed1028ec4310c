"""Dates inside order and transaction numbers.

A number that must hold a calendar date checks itself far better than one digit does.
"""

import time
from collections.abc import Mapping
from types import MappingProxyType

import attrs
import polars as pl

__all__ = ["DATES", "EmbeddedDate"]

_LENGTHS = {"%Y%m%d": 8, "%y%m%d": 6}


@attrs.frozen(kw_only=True)
class EmbeddedDate:
    """A date at a fixed place of a number.

    Attributes:
        start: Position of its first digit.
        form: `%Y%m%d` or `%y%m%d`.
        chance: Share of random numbers that hold a date of this century there.
    """

    start: int
    form: str
    chance: float

    def holds(self, number: str) -> bool:
        """Whether the digits there are a date."""
        try:
            time.strptime(self._part(number), self.form)
        except ValueError:
            return False
        return True

    def holds_expr(self, number: pl.Expr) -> pl.Expr:
        """`holds` on a column whose cells all have the form that the date is for."""
        part = number.str.slice(self.start, _LENGTHS[self.form])
        return part.str.to_date(self.form, strict=False).is_not_null()

    def _part(self, number: str) -> str:
        return number[self.start : self.start + _LENGTHS[self.form]]


DATES: Mapping[str, EmbeddedDate] = MappingProxyType(
    {
        "yymmdd_at_0": EmbeddedDate(start=0, form="%y%m%d", chance=365.25 * 100 / 10**6),
        "yyyymmdd_at_0": EmbeddedDate(start=0, form="%Y%m%d", chance=365.25 * 100 / 10**8),
        "yyyymmdd_at_10": EmbeddedDate(start=10, form="%Y%m%d", chance=365.25 * 100 / 10**8),
    }
)
"""The dates by name; a pattern in the platform table names the one it uses."""
