"""Fuel surcharge (燃油附加费): a percentage by date on freight and bearing surcharges (`domain.md` 3.1 step 8)."""

from datetime import date
from decimal import Decimal
from typing import Final

import polars as pl
from attrs import frozen

from tieout.tariffs._toml import Node
from tieout.tariffs.periods import Period, read_period

__all__ = ["PERCENT_SCALE", "Fuel", "FuelRate", "percent_column", "read_fuel"]

PERCENT_SCALE: Final = 10**6  # a percentage of at most six decimals as a whole number


@frozen(kw_only=True)
class FuelRate:
    """A percentage and the dates it holds for.

    Attributes:
        period: From its first day to the day after its last.
        percent: The percentage; 18.5 means 18.5 %.
    """

    period: Period
    percent: Decimal


@frozen(kw_only=True)
class Fuel:
    """The fuel table of a tariff.

    Attributes:
        rates: Percentages, ascending by date, without overlap.
    """

    rates: tuple[FuelRate, ...]

    def percent_on(self, day: date | None) -> Decimal | None:
        """The percentage of a day; None when the table does not cover it."""
        return next((rate.percent for rate in self.rates if rate.period.holds(day)), None)


def percent_column(frame: pl.DataFrame, fuel: Fuel) -> pl.Series:
    """The percentage of each parcel's date, in millionths of a percent; null where the table does not cover it."""
    percents = [(day, fuel.percent_on(day)) for day in frame["rate_date"].unique().to_list()]
    known = pl.DataFrame(
        [(day, None if percent is None else int(percent * PERCENT_SCALE)) for day, percent in percents],
        schema={"rate_date": pl.Date, "fuel_percent": pl.Int64},
        orient="row",
    )
    joined = frame.select("rate_date").join(known, on="rate_date", how="left", nulls_equal=True, maintain_order="left")
    return joined["fuel_percent"]


def read_fuel(node: Node | None) -> Fuel | None:
    """Read the `fuel` table of a version: one `percent`, or `percents` by date.

    An entry of `percents` holds until the next one begins, unless it says `to`.

    Raises:
        RateCardError: Both or neither are given, or the dates do not ascend.
    """
    if node is None:
        return None
    children = node.tables("percents")
    if node.has("percent") == bool(children):
        raise node.error("exactly one of 'percent' and 'percents' is needed", "percent")
    rates = _read_rates(children) if children else [FuelRate(period=Period(), percent=node.percent("percent"))]
    node.finish()
    return Fuel(rates=tuple(rates))


def _read_rates(children: tuple[Node, ...]) -> list[FuelRate]:
    read: list[tuple[Node, Period, Decimal]] = []
    for child in children:
        period, percent = read_period(child), child.percent("percent")
        child.finish()
        if read:
            previous = read[-1][1]
            if period.start is None or (previous.start is not None and period.start <= previous.start):
                raise child.error(f"the dates must ascend, found {period.start} after {previous.start}", "from")
            if previous.end is not None and previous.end > period.start:
                raise child.error(f"this overlaps the entry before it, which ends on {previous.end}", "from")
        read.append((child, period, percent))
    starts = [period.start for _, period, _ in read[1:]] + [None]
    return [
        FuelRate(period=Period(start=period.start, end=period.end or following), percent=percent)
        for (_, period, percent), following in zip(read, starts, strict=True)
    ]
