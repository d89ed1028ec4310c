"""Events: accountable facts, each the sum of lines that it traces to."""

import hashlib
from collections.abc import Sequence

import polars as pl

from tieout.model import Event
from tieout.reconciliations._common.findings import as_json
from tieout.reconciliations._common.periods import Period
from tieout.tables import Table, schema_of

__all__ = ["EVENT_GROUP", "EVENT_SOURCE", "events_table", "posted_whole", "runs_of_lines"]

EVENT_SOURCE = ("source_format", "source_file", "source_sha256", "source_sheet")
EVENT_GROUP = ("kind", "document", "party", "occurred_on", "currency", "tax_rate")


def events_table(
    facts: pl.DataFrame,
    *,
    details: Sequence[str] = (),
    scope: Sequence[str] = ("book_id", "shop_id"),
    further: Sequence[str] = (),
    identity: Sequence[str] | None = None,
    keep_nothing: bool = False,
) -> Table[Event]:
    """One event per group of facts, with its lines as runs; events of nothing are left out, or kept.

    An event's id says what it is, not what it amounts to: a corrected bill keeps its ids, so that posting sees the change.

    Args:
        facts: `EVENT_GROUP`, `amount_minor`, the source columns, `source_line`, and the columns of the two lists.
        details: Columns that tell events of one kind apart and become their details; one that is null says nothing.
        scope: Columns of the event itself that facts of one group share; an empty list for facts that say none.
        further: Further columns of amounts, such as `subsidy_minor`; an event has the sum of what its facts say, else none.
        identity: Columns that name an event for good, where its day or a detail may still change; None for all that tell events
            apart.
        keep_nothing: Whether an event of nothing stays: it takes the place of one of something that was posted before.
    """
    group = [
        *EVENT_GROUP,
        *scope,
        *details,
        *(name for name in identity or () if name not in {*EVENT_GROUP, *scope, *details}),
    ]
    said = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in further]
    sums = (
        facts.group_by(group)
        .agg(pl.col("amount_minor").sum(), *said, pl.struct(*EVENT_SOURCE, "source_line").alias("lines"))
        .filter((pl.col("amount_minor") != 0) | keep_nothing)
        .sort(*group, nulls_last=True)
        .with_row_index("event")
    )
    lines = sums.select("event", "lines").explode("lines").unnest("lines")
    runs = runs_of_lines(lines, ["event"]).with_columns(
        pl.when(pl.col("source_line_end") > pl.col("source_line")).then("source_line_end").alias("source_line_end")
    )
    parts = [name.removeprefix("source_") for name in (*EVENT_SOURCE, "source_line", "source_line_end")]
    source = pl.struct(pl.col(f"source_{part}").alias(part) for part in parts)
    known = pl.col("source_file").is_not_null() | pl.col("source_line").is_not_null()
    traced = runs.group_by("event", maintain_order=True).agg(source.filter(known).alias("sources"))
    events = sums.drop("lines").join(traced, on="event", how="left", maintain_order="left")
    named = (
        [*EVENT_GROUP, *(name for name in scope if name in events.columns), *details] if identity is None else identity
    )
    frame = events.with_columns(
        pl.Series("event_id", [_event_id(stem) for stem in _stems(events, named)], dtype=pl.String),
        (as_json(*details) if details else pl.lit("{}")).alias("details"),
    )
    absent = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema_of(Event).items() if name not in frame.columns
    ]
    return Table(
        frame.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in schema_of(Event).items()), Event
    )


def posted_whole(facts: pl.DataFrame, period: Period | None, by: Sequence[str]) -> pl.DataFrame:
    """Facts of which a run posts the events, each event with all that is remembered of it.

    Those of the period; without a period those of which the run was given at least one: an event keeps its id, so one that was
    posted in part before is seen as changed, not as another.

    Args:
        facts: `occurred_on`, `is_opening` and the columns of `by`.
        period: Days that are posted.
        by: Columns that tell events apart.
    """
    if period is not None:
        return facts.filter(pl.col("occurred_on").is_between(period.first, period.last))
    given = facts.filter(~pl.col("is_opening")).select(by).unique()
    return facts.join(given, on=list(by), how="semi", nulls_equal=True)


def _stems(events: pl.DataFrame, named: Sequence[str]) -> pl.Series:
    words = [pl.col(name).cast(pl.String).fill_null("None") for name in named]
    return events.select(pl.concat_str(words, separator="|")).to_series()


def _event_id(stem: str) -> str:
    return hashlib.sha256(stem.encode()).hexdigest()[:16]


def runs_of_lines(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The lines of each group as runs: `by`, the file, `source_line` and `source_line_end`, few even for long bills.

    Args:
        frame: Rows with `by`, the source columns and `source_line`.
        by: Columns of the group.
    """
    group = [*by, *EVENT_SOURCE]
    # Groups are few and lines many: the lines are sorted by the number of their group, not by all that names it.
    groups = (
        frame.group_by(group)
        .agg(pl.col("source_line").unique().sort(nulls_last=True))
        .sort(group, nulls_last=True)
        .with_row_index("group")
    )
    lines = groups.select("group", "source_line").explode("source_line")
    step = pl.col("source_line") - pl.int_range(pl.len()).over("group")
    runs = (
        lines.with_columns(step.alias("run"))
        .group_by("group", "run")
        .agg(pl.col("source_line").min(), pl.col("source_line").max().alias("source_line_end"))
        .sort("group", "source_line", nulls_last=True)
    )
    return groups.drop("source_line").join(runs.drop("run"), on="group", maintain_order="right").drop("group")
