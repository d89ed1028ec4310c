"""Metrics as declarations: a figure is measures of fact frames over measures of fact frames (`domain.md` section 9)."""

from collections.abc import Sequence
from enum import StrEnum

import attrs
import polars as pl

from tieout.errors import ReportError

__all__ = ["Better", "How", "Measure", "Metric", "Unit", "count", "distinct", "median", "p90", "total"]


class Unit(StrEnum):
    """What a figure is counted in."""

    SHARE = "share"  # Float64, 0.25 is 25 %
    MONEY = "money"  # whole minor units of its currency
    COUNT = "count"
    DAYS = "days"  # of 24 hours
    KG = "kg"
    PIECES = "pieces"


class Better(StrEnum):
    """Which way is good news."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


class How(StrEnum):
    """How rows become one figure.

    `MEDIAN` is the middle value, of two middle ones their mean. `P90` is the smallest value that at least nine tenths of the rows
    do not exceed (nearest rank).
    """

    SUM = "sum"
    COUNT = "count"
    DISTINCT = "distinct"
    MEDIAN = "median"
    P90 = "p90"


@attrs.frozen(kw_only=True, eq=False)
class Measure:
    """What is made of the rows of one fact frame.

    Attributes:
        fact: Name of the fact frame.
        how: How its rows become one figure.
        column: What is added up or looked at; of `DISTINCT` what is counted once; empty for `COUNT`.
        where: Which rows count; None for all.
        on: Column with the day that puts a row into a period; empty for the first one of the fact.
        standing: Whether it is what stands at the end, whatever its day, such as what is open: it is not confined to the period.
        sign: -1 for what is taken off.
        optional: Whether the figure is made without it when the data have no such facts; the note says that it is left out.
    """

    fact: str
    how: How = attrs.field(converter=How)
    column: str = ""
    where: pl.Expr | None = None
    on: str = ""
    standing: bool = False
    sign: int = 1
    optional: bool = False

    @property
    def is_money(self) -> bool:
        """Whether it adds up amounts, which are of a currency."""
        return self.column.endswith("_minor")

    @property
    def adds(self) -> bool:
        """Whether the figures of groups add up to that of all."""
        return self.how in {How.SUM, How.COUNT, How.DISTINCT}

    def minus(self) -> "Measure":
        """The same, taken off."""
        return attrs.evolve(self, sign=-self.sign)

    def where_there(self) -> "Measure":
        """The same, left out where the data have no such facts."""
        return attrs.evolve(self, optional=True)


def total(fact: str, column: str, where: pl.Expr | None = None, *, on: str = "", standing: bool = False) -> Measure:
    """The sum of a column."""
    return Measure(fact=fact, how=How.SUM, column=column, where=where, on=on, standing=standing)


def count(fact: str, where: pl.Expr | None = None, *, on: str = "", standing: bool = False) -> Measure:
    """How many rows there are."""
    return Measure(fact=fact, how=How.COUNT, where=where, on=on, standing=standing)


def distinct(fact: str, column: str, where: pl.Expr | None = None, *, on: str = "", standing: bool = False) -> Measure:
    """How many different values a column has; rows without one do not count."""
    return Measure(fact=fact, how=How.DISTINCT, column=column, where=where, on=on, standing=standing)


def median(fact: str, column: str, where: pl.Expr | None = None, *, on: str = "", standing: bool = False) -> Measure:
    """The middle value of a column."""
    return Measure(fact=fact, how=How.MEDIAN, column=column, where=where, on=on, standing=standing)


def p90(fact: str, column: str, where: pl.Expr | None = None, *, on: str = "", standing: bool = False) -> Measure:
    """The value that nine tenths of a column's rows do not exceed."""
    return Measure(fact=fact, how=How.P90, column=column, where=where, on=on, standing=standing)


def _measures(given: Measure | Sequence[Measure]) -> tuple[Measure, ...]:
    return (given,) if isinstance(given, Measure) else tuple(given)


@attrs.frozen(kw_only=True, eq=False)
class Metric:
    """A figure that can be told apart by dimensions.

    Attributes:
        name: What programs call it, such as `after_sale_rate`; unique.
        title: Heading in English.
        title_zh: Heading in Chinese.
        formula: What it is, as `domain.md` section 9 says it.
        of: What is added up; several are added, those with sign -1 taken off.
        per: What it is divided by; empty for nothing. A share of zero is null.
        unit: What it is counted in.
        better: Which way is good news.
        scale: What the numerator is multiplied by before it is divided, such as 1000 for a figure per kilogram of grams.
        less_from: The figure is this less the quotient, such as 1 for an accuracy; None for the quotient itself.
        note: What to know about it.
    """

    name: str
    title: str
    title_zh: str
    formula: str
    of: tuple[Measure, ...] = attrs.field(converter=_measures)
    per: tuple[Measure, ...] = attrs.field(default=(), converter=_measures)
    unit: Unit = attrs.field(converter=Unit)
    better: Better = attrs.field(default=Better.NEITHER, converter=Better)
    scale: int = 1
    less_from: int | None = None
    note: str = ""

    def __attrs_post_init__(self) -> None:
        rank = [one for one in (*self.of, *self.per) if not one.adds]
        if rank and (self.per or len(self.of) > 1):
            raise ReportError("a median or p90 stands alone", where=f"metric {self.name}")
        if not self.of:
            raise ReportError("it adds nothing up", where=f"metric {self.name}")

    @property
    def measures(self) -> tuple[Measure, ...]:
        """All that it is made of."""
        return (*self.of, *self.per)

    @property
    def is_money(self) -> bool:
        """Whether amounts are in it, so that it is of one currency."""
        return any(one.is_money for one in self.measures)

    @property
    def is_rank(self) -> bool:
        """Whether it is a median or p90, which groups do not add up to."""
        return not self.of[0].adds

    @property
    def column(self) -> str:
        """Its column in frames: money in whole minor units says so."""
        return f"{self.name}_minor" if self.unit is Unit.MONEY else self.name
