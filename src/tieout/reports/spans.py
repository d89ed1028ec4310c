"""Spans of days: the period of a report, and the ones that it is compared with."""

import re
from datetime import date, timedelta

import attrs
import polars as pl

from tieout.errors import ReportError

__all__ = ["GRAINS", "Span", "grain_expr"]

GRAINS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m", "quarter": "", "year": "%Y"}
"""Lengths into which a period can be cut, and how each is written."""
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_DAY = r"\d{4}-\d{2}-\d{2}"
_DAYS = re.compile(rf"({_DAY})(?:/({_DAY}))?", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_LAST_MONTH = 12


@attrs.frozen
class Span:
    """Days of a report, both ends included.

    Attributes:
        first: First day.
        last: Last day.
    """

    first: date
    last: date

    @classmethod
    def parse(cls, text: str) -> "Span":
        """The span that a period's label names.

        Args:
            text: `2026-10`, `2026-10-05`, `2026-W41` or `2026-10-01/2026-10-15`.

        Raises:
            ReportError: It is none of these.

        Example:
            >>> str(Span.parse("2026-02").last)
            '2026-02-28'
        """
        try:
            if found := _MONTH.fullmatch(text):
                return cls.month(int(found[1]), int(found[2]))
            if found := _WEEK.fullmatch(text):
                year, week = int(found[1]), int(found[2])
                return cls(date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7))
            if found := _DAYS.fullmatch(text):
                return cls(date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1]))
        except ValueError:
            pass
        raise ReportError(f"a period is needed, got {text!r}", where="period", hint="such as 2026-10")

    @classmethod
    def month(cls, year: int, month: int) -> "Span":
        """All days of a month."""
        after = date(year + 1, 1, 1) if month == _LAST_MONTH else date(year, month + 1, 1)
        return cls(date(year, month, 1), after - timedelta(days=1))

    @property
    def is_month(self) -> bool:
        """Whether it is one whole month."""
        return self == self.month(self.first.year, self.first.month)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def label(self) -> str:
        """How a person names it."""
        if self.is_month:
            return f"{self.first:%Y-%m}"
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"

    @property
    def previous(self) -> "Span":
        """The month before a month, else as many days just before it."""
        last = self.first - timedelta(days=1)
        if self.is_month:
            return self.month(last.year, last.month)
        return Span(last - timedelta(days=self.days - 1), last)

    @property
    def year_before(self) -> "Span":
        """The same month or days of the year before; 29 February becomes the 28th."""
        if self.is_month:
            return self.month(self.first.year - 1, self.first.month)
        return Span(_year_before(self.first), _year_before(self.last))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)


def grain_expr(day: pl.Expr, grain: str) -> pl.Expr:
    """The label of the day, week, month, quarter or year that a day is in.

    Args:
        day: Date expression.
        grain: One of `GRAINS`.
    """
    if grain == "quarter":
        return pl.concat_str([day.dt.year().cast(pl.String), pl.lit("-Q"), day.dt.quarter().cast(pl.String)])
    return day.dt.strftime(GRAINS[grain])
