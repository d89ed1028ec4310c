"""Periods of validity: from a date, inclusive, to a date, exclusive; either end may be open."""

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import or_

import polars as pl
from attrs import frozen

from tieout.tariffs._toml import Node

__all__ = ["Period", "in_periods", "read_period", "read_periods"]


@frozen(kw_only=True)
class Period:
    """A span of days.

    Attributes:
        start: First day, inclusive; None for open.
        end: Day after the last one; None for open.

    Example:
        >>> spring = Period(start=date(2026, 1, 1), end=date(2026, 4, 1))
        >>> spring.holds(date(2026, 3, 31)), spring.holds(date(2026, 4, 1))
        (True, False)
    """

    start: date | None = None
    end: date | None = None

    def __str__(self) -> str:
        return f"[{self.start or '...'}, {self.end or '...'})"

    def holds(self, day: date | None) -> bool:
        """Whether the day lies in it; an unknown day lies only in a period that is open at both ends."""
        if day is None:
            return self.start is None and self.end is None
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)

    def overlaps(self, other: "Period") -> bool:
        """Whether some day lies in both."""
        ends_before = self.end is not None and other.start is not None and self.end <= other.start
        starts_after = other.end is not None and self.start is not None and other.end <= self.start
        return not (ends_before or starts_after)


def in_periods(day: pl.Expr, periods: Iterable[Period]) -> pl.Expr:
    """Whether each date lies in any of the periods; unknown dates do not."""
    tests = []
    for period in periods:
        test = day.is_not_null()
        if period.start is not None:
            test = test & (day >= pl.lit(period.start))
        if period.end is not None:
            test = test & (day < pl.lit(period.end))
        tests.append(test)
    return reduce(or_, tests, pl.lit(False))


def read_period(node: Node) -> Period:
    """Read `from` and `to` of a table.

    Raises:
        RateCardError: A date is none, or `to` does not come after `from`.
    """
    period = Period(start=node.day("from"), end=node.day("to"))
    if period.start is not None and period.end is not None and period.end <= period.start:
        raise node.error(
            f"'to' is the day after the last one and must come after 'from', found {period.start} and {period.end}",
            "to",
        )
    return period


def read_periods(nodes: Iterable[Node]) -> tuple[Period, ...]:
    """Read an array of tables that hold `from` and `to` only."""
    periods = []
    for node in nodes:
        periods.append(read_period(node))
        node.finish()
    return tuple(periods)
