"""Periods: the calendar months that books are kept by."""

import re
from calendar import monthrange
from datetime import date, datetime

import attrs

from tieout.errors import PostingError

__all__ = ["Period"]

_TEXT = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
_MONTHS = 12


@attrs.frozen(order=True)
class Period:
    """An accounting period (会计期间): one calendar month (`domain.md` 6.2).

    Attributes:
        year: Four digits.
        month: 1 to 12.

    Example:
        >>> period = Period.parse("2026-12")
        >>> str(period.next), period.first_day.isoformat(), period.last_day.isoformat()
        ('2027-01', '2026-12-01', '2026-12-31')
    """

    year: int
    month: int

    @classmethod
    def parse(cls, text: object, *, where: str = "period") -> "Period":
        """The period that a text such as `2026-10` names.

        Args:
            text: Year and month.
            where: What the error names.

        Raises:
            PostingError: It is not `YYYY-MM`.
        """
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise PostingError(f"a month written like '2026-10' is needed, got {text!r}", where=where)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        """The period of a day.

        Raises:
            PostingError: It is no day.
        """
        given: object = day
        if not isinstance(given, date) or isinstance(given, datetime):
            raise PostingError(f"a day is needed, got {type(given).__name__}", where="date")
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def next(self) -> "Period":
        """The month after it."""
        if self.month == _MONTHS:
            return Period(self.year + 1, 1)
        return Period(self.year, self.month + 1)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
