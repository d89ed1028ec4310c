"""Heading: the part of a run that has no lines: it compares bill headers and whole months, by figures of the other parts."""

from collections.abc import Iterator, Mapping
from datetime import date

import attrs
import polars as pl

from tieout._spark.parts import Part
from tieout.reconciliations._courier.keeping import told_of
from tieout.reconciliations._courier.months import MonthFigures, open_months
from tieout.reconciliations._courier.parting import Told
from tieout.reconciliations._courier.running import Run, Steps
from tieout.reconciliations._courier.whole import FIGURES

__all__ = ["OPEN_MONTHS", "Head", "OpenMonths"]

OPEN_MONTHS = "open_months"
_HERE = 0


@attrs.frozen
class OpenMonths:
    """The months of which the run before missed something.

    Attributes:
        types: The charge types that the contract settles by the month.
    """

    types: tuple[str, ...]

    def __call__(self, items: pl.DataFrame) -> Iterator[Part]:
        """Those of a piece of its open items."""
        yield _HERE, OPEN_MONTHS, pl.DataFrame({"month": open_months(items, self.types)}, schema={"month": pl.Date})


@attrs.frozen(kw_only=True, eq=False)
class Head:
    """The part of a run that has no lines, and compares the bill headers and the months.

    Attributes:
        told: What it tells the other parts.
        run: The run of the part.
        steps: What its steps came to.
    """

    told: Told
    run: Run
    steps: Steps

    @classmethod
    def of(cls, told: Told, known: Mapping[str, pl.DataFrame], months: MonthFigures | None = None) -> "Head":
        """The part, by what is known of the whole.

        Args:
            told: What every part is told.
            known: Figures of the survey.
            months: What months are decided by; None while that is not known.
        """
        made = known.get("figures", pl.DataFrame(schema=FIGURES))
        own = attrs.evolve(told, whole=attrs.evolve(told.whole, figures=made, months=months))
        run = own.run(own.placed({}))
        steps = run.steps()
        bills, still_open = told_of(
            steps.weighed,
            steps.judged,
            as_of=run.as_of,
            memory_days=run.settings.memory_days,
            period=run.settings.period,
        )
        whole = attrs.evolve(told.whole, whole_bills=bills, open_months=still_open)
        return cls(told=attrs.evolve(told, whole=whole), run=run, steps=steps)

    def keeps_as(self, other: "Head") -> bool:
        """Whether the other parts carry the same records when this tells them and when another does.

        Args:
            other: The same part of the run, knowing more or less.
        """
        return _said_of_old(self) == _said_of_old(other)


def _said_of_old(head: Head) -> tuple[set[str | None], set[date]]:
    """What decides which records are carried: those of recent months are in any case."""
    whole = head.told.whole
    is_old = whole.open_months.dt.month_end() < head.run.since
    return set(whole.whole_bills), set(whole.open_months.filter(is_old))
