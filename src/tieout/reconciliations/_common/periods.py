"""Periods of a reconciliation (对账周期): a day, an ISO week, a month, or any range of days."""

import re
from datetime import date, timedelta

import attrs

from tieout.errors import InputError

__all__ = ["Period"]

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_ONE_DAY = timedelta(days=1)


@attrs.frozen(order=True)
class Period:
    """The days that one run is for, both ends included.

    Attributes:
        first: First day.
        last: Last day, not before the first.

    Example:
        >>> [str(Period.parse(text).last) for text in ("2026-10-05", "2026-W41", "2026-02", "2026-10-01/2026-10-15")]
        ['2026-10-05', '2026-10-11', '2026-02-28', '2026-10-15']
        >>> Period.parse("2026-02").contains(date(2026, 3, 1))
        False
    """

    first: date
    last: date

    def __attrs_post_init__(self) -> None:
        if self.last < self.first:
            raise InputError(f"a period ends before it begins: {self.first} to {self.last}", where="period")

    @classmethod
    def parse(cls, text: object) -> "Period":
        """The period that a text names.

        Args:
            text: A day `2026-10-05`, an ISO week `2026-W41`, a month `2026-10`, or a range of days
                `2026-10-01/2026-10-15`, both ends included; a Period is given back.

        Raises:
            InputError: It is none of these.
        """
        if isinstance(text, Period):
            return text
        days = _days(text) if isinstance(text, str) else None
        if days is None:
            raise InputError(
                f"a period is needed, got {text!r}",
                where="period",
                hint="'2026-10-05', '2026-W41', '2026-10' or '2026-10-01/2026-10-15'",
            )
        return cls(*days)

    def contains(self, day: date) -> bool:
        """Whether a day lies within it."""
        return self.first <= day <= self.last

    @property
    def label(self) -> str:
        """How a person names it: the month where it is a whole month, else its days.

        Example:
            >>> Period.parse("2026-10").label, Period.parse("2026-10-01/2026-10-02").label
            ('2026-10', '2026-10-01/2026-10-02')
        """
        if (self.first, self.last) == _month(self.first.year, self.first.month):
            return f"{self.first:%Y-%m}"
        return f"{self.first}" if self.first == self.last else f"{self.first}/{self.last}"

    def __str__(self) -> str:
        return self.label


def _days(text: str) -> tuple[date, date] | None:
    try:
        if found := _DAY.fullmatch(text):
            day = date(*map(int, found.groups()))
            return day, day
        if found := _WEEK.fullmatch(text):
            year, week = map(int, found.groups())
            return date.fromisocalendar(year, week, 1), date.fromisocalendar(year, week, 7)
        if found := _MONTH.fullmatch(text):
            return _month(*map(int, found.groups()))
        first, slash, last = text.partition("/")
        if slash and _DAY.fullmatch(first) and _DAY.fullmatch(last):
            return date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return None


def _month(year: int, month: int) -> tuple[date, date]:
    after = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, 1), after - _ONE_DAY
