"""Business days: which days count, and how many lie between two dates."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import attrs
import polars as pl

from tieout.errors import MatcherError

__all__ = ["BusinessDays"]

_WEEK = 7
_SATURDAY, _SUNDAY = 6, 7


@attrs.frozen(init=False)
class BusinessDays:
    """A calendar of business days.

    From one date to another it is as many business days as there are from the first date on, the second not counted: Friday to
    Monday is one. So a date that is no business day counts as the next one that is: Saturday to Monday is none, as a sale on a
    Saturday is processed on the Monday.

    Attributes:
        holidays: Days off that fall on a working day of the week, ascending.
        workdays: Days at work that fall on a weekend (调休), ascending.
        weekend: Days of the week that are off: 1 is Monday, 7 Sunday.

    Example:
        >>> calendar = BusinessDays(holidays=[date(2026, 10, 1), date(2026, 10, 2)], workdays=[date(2026, 10, 10)])
        >>> calendar.between(date(2026, 9, 30), date(2026, 10, 5)), calendar.between(date(2026, 10, 12), date(2026, 10, 9))
        (1, -2)
    """

    holidays: tuple[date, ...]
    workdays: tuple[date, ...]
    weekend: tuple[int, ...]

    def __init__(
        self,
        *,
        holidays: Iterable[date] = (),
        workdays: Iterable[date] = (),
        weekend: Iterable[int] = (_SATURDAY, _SUNDAY),
    ) -> None:
        """Say which days are off.

        Args:
            holidays: Days off; one on a weekend changes nothing.
            workdays: Days at work although the week says otherwise; one on a working day of the week changes nothing.
            weekend: Days of the week that are off; may be empty.

        Raises:
            MatcherError: Something that is no date, a day that is both, or no day of the week that is none.
        """
        off, on = _dates(holidays, "holidays"), _dates(workdays, "workdays")
        both = sorted(off & on)
        if both:
            raise MatcherError(f"{both[0]} is a holiday and a workday", where="BusinessDays")
        days = _weekend(weekend)
        self.__attrs_init__(  # pyright: ignore[reportAttributeAccessIssue]  # attrs makes it
            holidays=tuple(sorted(day for day in off if day.isoweekday() not in days)),
            workdays=tuple(sorted(day for day in on if day.isoweekday() in days)),
            weekend=days,
        )

    def __repr__(self) -> str:
        given = [
            f"{name}={list(days)!r}"
            for name, days in (("holidays", self.holidays), ("workdays", self.workdays))
            if days
        ]
        if self.weekend != (_SATURDAY, _SUNDAY):
            given.append(f"weekend={list(self.weekend)!r}")
        return f"BusinessDays({', '.join(given)})"

    def is_business_day(self, day: date) -> bool:
        """Whether work is done on that day."""
        return day in self.workdays or not (day.isoweekday() in self.weekend or day in self.holidays)

    def between(self, first: date, second: date) -> int:
        """Business days from the first date to the second; negative when the second is earlier."""
        days = pl.DataFrame({"first": [first], "second": [second]}, schema={"first": pl.Date, "second": pl.Date})
        return int(days.select(self.between_expr(pl.col("first"), pl.col("second"))).item())

    def between_expr(self, first: pl.Expr, second: pl.Expr) -> pl.Expr:
        """The same of columns of dates, as Int64; null where one is null."""
        earlier, later = pl.min_horizontal(first, second), pl.max_horizontal(first, second)
        is_working = tuple(day not in self.weekend for day in range(1, _WEEK + 1))
        count = pl.business_day_count(earlier, later, week_mask=is_working, holidays=self.holidays).cast(pl.Int64)
        if self.workdays:
            count += self._workdays_before(later) - self._workdays_before(earlier)
        sign = pl.when(second >= first).then(1).otherwise(-1).cast(pl.Int64)
        return pl.when(first.is_not_null() & second.is_not_null()).then(count * sign)

    def _workdays_before(self, day: pl.Expr) -> pl.Expr:
        """How many of the days at work that fall on a weekend lie before a day."""
        return pl.lit(pl.Series(self.workdays, dtype=pl.Date)).search_sorted(day, side="left").cast(pl.Int64)


def _dates(days: Any, argument: str) -> frozenset[date]:  # noqa: ANN401 - anything may be given
    if isinstance(days, (str, date)) or not isinstance(days, Iterable):
        raise MatcherError(f"{argument}= is a list of dates, got {days!r}", where="BusinessDays")
    found = tuple(days)
    for day in found:
        if not isinstance(day, date) or isinstance(day, datetime):
            raise MatcherError(f"{argument}= takes dates, got {day!r}", where="BusinessDays", hint="date(2026, 10, 1)")
    return frozenset(found)


def _weekend(days: Any) -> tuple[int, ...]:  # noqa: ANN401 - anything may be given
    found = tuple(days) if isinstance(days, Iterable) and not isinstance(days, str) else (days,)
    for day in found:
        if type(day) is not int or not 1 <= day <= _WEEK:
            raise MatcherError(f"weekend= takes days of the week from 1 to {_WEEK}, got {day!r}", where="BusinessDays")
    if len(set(found)) == _WEEK:
        raise MatcherError("every day of the week is off; no business day is left", where="BusinessDays")
    return tuple(sorted(set(found)))
