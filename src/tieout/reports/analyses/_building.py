"""Building a report of sections of figures."""

from collections.abc import Iterable, Sequence

import attrs
import polars as pl

from tieout.reports.data import ReportData
from tieout.reports.metrics import facts_of
from tieout.reports.report import Column, Kind, Report, Section
from tieout.reports.tabled import Layout, table

__all__ = ["SHARE", "built", "facts_told", "only", "ranked", "with_pareto"]

SHARE = (
    Column(name="share", title="Share", title_zh="占比", kind=Kind.SHARE),
    Column(name="cumulated", title="Cumulated", title_zh="累计占比", kind=Kind.SHARE),
)


def facts_told(data: ReportData) -> tuple[tuple[str, str], ...]:
    """What a report of a period is of."""
    return (("book", data.name), ("period", data.period), ("as of", data.as_of.isoformat()))


def built(
    data: ReportData,
    name: str,
    title: str,
    title_zh: str,
    sections: Iterable[Section | Layout | None],
    *,
    see: Sequence[str] = (),
) -> Report | None:
    """A report of the sections that the data allow, and which others to see besides; None where they allow none."""
    facts = facts_of(data)
    made = [table(one, facts) if isinstance(one, Layout) else one for one in sections]
    held = [one for one in made if one is not None]
    if not held:
        return None
    return Report(name=name, title=title, title_zh=title_zh, facts=facts_told(data), sections=held, see=see)


def with_pareto(section: Section | None, column: str) -> Section | None:
    """A section sorted by a column, the largest first, with each row's share of the sum and what the rows so far come to.

    Args:
        section: The section; with a currency the shares are of the sums of each.
        column: A column of amounts or counts, not negative.
    """
    if section is None:
        return None
    over = [name for name in section.key if name == "currency"]
    rest = [name for name in section.key if name not in over]
    down = [False] * len(over) + [True] + [False] * len(rest)
    frame = section.frame.sort(*over, column, *rest, descending=down, nulls_last=True)
    value = pl.col(column).fill_null(0)
    whole, so_far = value.sum(), value.cum_sum()
    if over:
        whole, so_far = whole.over(over), so_far.over(over)
    divisor = pl.when(whole > 0).then(whole).cast(pl.Float64)
    shares = [(value / divisor).alias("share"), (so_far / divisor).alias("cumulated")]
    totals = section.totals
    if totals is not None:
        nothing = [pl.lit(None, dtype=pl.Float64).alias(one.name) for one in SHARE]
        totals = totals.with_columns(nothing)
    return attrs.evolve(
        section,
        columns=(*section.columns, *SHARE),
        frame=frame.with_columns(shares),
        totals=totals,
        plot=section.plot or "pareto",
    )


def only(section: Section | None, wanted: pl.Expr) -> Section | None:
    """A section of some of its rows, without totals; None where none is left."""
    if section is None:
        return None
    frame = section.frame.filter(wanted)
    behind = section.behind
    if behind is not None:
        kept = frame.select(section.key)
        behind = behind.each(lambda part: part.join(kept, on=list(section.key), how="semi", nulls_equal=True))
    return attrs.evolve(section, frame=frame, details=behind, totals=None) if frame.height else None


def ranked(section: Section | None, column: str, order: Sequence[str]) -> Section | None:
    """A section in the order that the values of a column have by their nature."""
    if section is None:
        return None
    rank = {name: place for place, name in enumerate(order)}
    place = pl.col(column).replace_strict(rank, default=len(rank), return_dtype=pl.Int64)
    rest = [name for name in section.key if name != column]
    return attrs.evolve(section, frame=section.frame.sort(place, column, *rest, nulls_last=True))
