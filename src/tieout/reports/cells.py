"""Columns that many reports have, made in one line each, and where their records stand in files."""

from collections.abc import Iterable, Sequence

import polars as pl

from tieout.outcome import Outcome
from tieout.reports.report import Column, Kind

__all__ = [
    "SOURCE",
    "SOURCE_COLUMNS",
    "count",
    "currency",
    "day",
    "flag",
    "money",
    "number",
    "share",
    "stacked",
    "text",
]

SOURCE = ("source_file", "source_line")
"""Columns that say where a record stands."""


def text(name: str, title: str, title_zh: str) -> Column:
    """A column of words."""
    return Column(name=name, title=title, title_zh=title_zh)


def money(name: str, title: str, title_zh: str) -> Column:
    """A column of whole minor units of `currency`."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.MONEY)


def count(name: str, title: str, title_zh: str) -> Column:
    """A column of whole numbers."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.COUNT)


def number(name: str, title: str, title_zh: str, unit: str = "") -> Column:
    """A column of numbers with a unit of their own."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.NUMBER, unit=unit)


def share(name: str, title: str, title_zh: str) -> Column:
    """A column of shares; null where the denominator is zero."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.SHARE)


def day(name: str, title: str, title_zh: str) -> Column:
    """A column of days."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.DATE)


def flag(name: str, title: str, title_zh: str) -> Column:
    """A column of yes and no."""
    return Column(name=name, title=title, title_zh=title_zh, kind=Kind.FLAG)


def currency() -> Column:
    """The column with the currency that amounts are in."""
    return Column(name="currency", title="Currency", title_zh="币种")


SOURCE_COLUMNS = (
    Column(name="source_file", title="File", title_zh="来源文件"),
    Column(name="source_line", title="Row", title_zh="行号", kind=Kind.COUNT),
)
"""The columns of `SOURCE`, as people read them."""


def stacked(outcomes: Iterable[Outcome], side: str, names: Sequence[str]) -> pl.DataFrame | None:
    """The records of one side of several outcomes, each once, as columns; None where no outcome has the side.

    A record that several outcomes took, such as the parcels of all couriers, is to be told apart by the caller.

    Args:
        outcomes: Outcomes of one reconciliation.
        side: Name of the side.
        names: Columns to take; one that a side lacks is null. `outcome` is added: the place of the outcome.
    """
    frames = []
    for place, one in enumerate(outcomes):
        records = one.records.get(side)
        if records is None:
            continue
        wanted = [pl.col(name) if name in records.columns else pl.lit(None).alias(name) for name in names]
        frames.append(records.select(pl.lit(place, dtype=pl.Int32).alias("outcome"), *wanted))
    return pl.concat(frames, how="vertical_relaxed") if frames else None
