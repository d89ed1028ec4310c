"""Events: accountable facts, each the sum of lines that it traces to."""

import hashlib
from collections.abc import Sequence

import polars as pl

from tieout.model import Event
from tieout.reconciliations._common.findings import as_json
from tieout.reconciliations._common.periods import Period
from tieout.tables import Table, schema_of
from tieout.tables._keys import numbers_of, telling_of

__all__ = ["EVENT_GROUP", "EVENT_SOURCE", "events_table", "posted_whole", "runs_of_lines", "summed_runs"]

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
    has_runs: bool = False,
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
        has_runs: Whether facts are runs of lines already, with `source_line_end`, and no two of a group touch each other.
    """
    group = [
        *EVENT_GROUP,
        *scope,
        *details,
        *(name for name in identity or () if name not in {*EVENT_GROUP, *scope, *details}),
    ]
    events, lines = _grouped(facts, group, further, keep_nothing=keep_nothing)
    told = _in_order(lines) if has_runs else runs_of_lines(lines, ["event"])
    runs = told.with_columns(
        pl.when(pl.col("source_line_end") > pl.col("source_line")).then("source_line_end").alias("source_line_end")
    )
    parts = [name.removeprefix("source_") for name in (*EVENT_SOURCE, "source_line", "source_line_end")]
    source = pl.struct(pl.col(f"source_{part}").alias(part) for part in parts)
    known = pl.col("source_file").is_not_null() | pl.col("source_line").is_not_null()
    if runs.height == events.height:
        traced = runs.select("event", sources=pl.when(known).then(pl.concat_list(source)).otherwise([]))
    else:
        traced = runs.group_by("event", maintain_order=True).agg(source.filter(known).alias("sources"))
    events = events.join(traced, on="event", how="left", maintain_order="left")
    named = (
        [*EVENT_GROUP, *(name for name in scope if name in events.columns), *details] if identity is None else identity
    )
    frame = events.with_columns(
        pl.Series("event_id", _event_ids(_stems(events, named)), dtype=pl.String),
        (as_json(*details) if details else pl.lit("{}")).alias("details"),
    )
    absent = [
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema_of(Event).items() if name not in frame.columns
    ]
    return Table(
        frame.with_columns(absent).select(pl.col(name).cast(dtype) for name, dtype in schema_of(Event).items()), Event
    )


def _grouped(
    facts: pl.DataFrame, group: Sequence[str], further: Sequence[str], *, keep_nothing: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Facts of one group as one event, in the order of the groups: the events, and their lines by the number of the event."""
    numbers = numbers_of(facts, group).alias("number")
    named, telling = dict.fromkeys(group), telling_of(facts, group)
    if numbers.n_unique() == numbers.len():
        sums = facts.select(*named, pl.col("amount_minor").fill_null(0), *further, numbers)
    else:
        said = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in further]
        sums = facts.group_by(numbers).agg(pl.col(*named).first(), pl.col("amount_minor").sum(), *said)
    if not keep_nothing:
        sums = sums.filter(pl.col("amount_minor") != 0)
    events = (sums.sort(*telling, nulls_last=True) if telling else sums).with_row_index("event")
    ends = [name for name in ("source_line_end",) if name in facts.columns]
    lines = facts.select(*EVENT_SOURCE, "source_line", *ends, numbers).join(
        events.select("event", "number"), on="number"
    )
    return events.drop("number"), lines.drop("number")


def _in_order(runs: pl.DataFrame) -> pl.DataFrame:
    """Runs of lines in the order in which `runs_of_lines` gives them."""
    wanted = ["event", *EVENT_SOURCE, "source_line", "source_line_end"]
    return runs.select(wanted).sort(wanted, nulls_last=True)


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


def _event_ids(stems: pl.Series) -> list[str]:
    sha256 = hashlib.sha256
    return [sha256(stem).hexdigest()[:16] for stem in stems.cast(pl.Binary)]


def summed_runs(
    facts: pl.DataFrame, by: Sequence[str], *, sums: Sequence[str], latest: Sequence[str] = ()
) -> pl.DataFrame:
    """Facts as runs of lines, of which the first of each group and file has what all of them sum to, and the others nothing.

    Args:
        facts: Rows with `by`, the source columns and `source_line`.
        by: Columns of the group.
        sums: Columns of amounts; what no fact of a group says is null.
        latest: Columns of days, of which each run has the group's last.
    """
    group = [*by, *EVENT_SOURCE]
    said = [pl.when(pl.col(name).is_not_null().any()).then(pl.col(name).sum()).alias(name) for name in sums]
    told = facts.group_by(group).agg(*said, *(pl.col(name).max() for name in latest))
    runs = runs_of_lines(facts, by).join(told, on=group, how="left", nulls_equal=True, maintain_order="left")
    is_first = pl.int_range(pl.len()).over(group) == 0
    return runs.with_columns(
        pl.when(is_first).then(name).otherwise(pl.when(pl.col(name).is_not_null()).then(0)).alias(name) for name in sums
    )


def runs_of_lines(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """The lines of each group as runs: `by`, the file, `source_line` and `source_line_end`, few even for long bills.

    Args:
        frame: Rows with `by`, the source columns and `source_line`.
        by: Columns of the group.
    """
    group = [*by, *EVENT_SOURCE]
    # Lines are many: they are sorted by the number of their group, not by all that names it.
    numbered = frame.with_columns(numbers_of(frame, group).alias("number"))
    groups = numbered.select(*group, "number").unique("number")
    telling = telling_of(groups, group)
    groups = (groups.sort(*telling, nulls_last=True) if telling else groups).with_row_index("group")
    lines = (
        numbered.select("number", "source_line")
        .unique()
        .join(groups.select("number", "group"), on="number")
        .sort("group", "source_line", nulls_last=True)
    )
    goes_on = (pl.col("group") == pl.col("group").shift()) & (
        pl.col("source_line") - pl.col("source_line").shift() == 1
    )
    begins = lines.select(~goes_on.fill_null(value=False)).to_series()
    ends = begins.shift(-1, fill_value=True)
    runs = lines.filter(begins).with_columns(lines["source_line"].filter(ends).alias("source_line_end"))
    named = groups.drop("number").join(runs.drop("number"), on="group", maintain_order="right")
    return named.drop("group").select(*group, "source_line", "source_line_end")
