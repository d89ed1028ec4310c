"""Matches: only what a run changes of them is written, and what holds now is a view."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs
import polars as pl
from sqlalchemy import Connection, Table, func, select

from tieout.archive import Fault
from tieout.casebook.bulk import insert_rows
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.log import entries
from tieout.casebook.run_tables import match, match_clue, match_member, match_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import record_now

__all__ = [
    "PROVEN",
    "MatchChanges",
    "alive_keys",
    "append_rows",
    "match_changes",
    "match_faults",
    "rows_digest",
    "seen_flags",
    "write_changes",
]

_BATCH = 10_000
PROVEN = ("group_id", "change", "members", "rule", "score")
_CHANGES = {
    "group_id": pl.String,
    "change": pl.String,
    "rule": pl.String,
    "score": pl.String,
    "members": pl.String,
}


@attrs.frozen(kw_only=True)
class MatchChanges:
    """What a run changes of the matches.

    Attributes:
        rows: `group_id`, `change` (confirmed or gone), `rule`, `score`, `members`.
        new: The groups found that were not held before, with their `refs` and `group`.
    """

    rows: pl.DataFrame = attrs.field(repr=False)
    new: pl.DataFrame = attrs.field(repr=False)

    @property
    def written(self) -> str:
        """Digest of what is written of them: the entry holds it, and so proves the rows."""
        return rows_digest(self.rows.select(PROVEN).rows())

    def count(self, change: str) -> int:
        """How many there are of a change."""
        return self.rows.filter(pl.col("change") == change).height


def match_changes(
    connection: Connection, groups: pl.DataFrame, seen: pl.DataFrame, *, reconciliation: str, scope: str
) -> MatchChanges:
    """What differs between the matches that hold and those that a run found.

    A match that is not found is gone when the run looked at it: it is of the same scope and all of its records that are still
    there were given; or one of its records was compared, and is in another match now or in none.

    Args:
        connection: Where to look.
        groups: As `groups_of`.
        seen: `kind`, `key`, `is_compared` of the records of the run.
        reconciliation: Name of the reconciliation.
        scope: What the run looked at.
    """
    holding = _held(connection, reconciliation, scope, groups["group_id"].to_list(), seen)
    states = holding.select("group_id", "state")
    joined = groups.join(states, on="group_id", how="left")
    written = joined.filter(pl.col("state").is_null() | (pl.col("state") == "reopened"))
    missing = holding.join(groups, on="group_id", how="anti")
    gone = missing.filter(pl.col("group_id").is_in(_gone(connection, missing, seen, scope).implode()))
    rows = pl.concat(
        [
            written.select(*(name for name in _CHANGES if name != "change")).with_columns(change=pl.lit("confirmed")),
            _texts(connection, gone).with_columns(change=pl.lit("gone")),
        ],
        how="diagonal",
    ).select(pl.col(name).cast(kind) for name, kind in _CHANGES.items())
    return MatchChanges(rows=rows, new=joined.filter(pl.col("state").is_null()).select("group_id", "refs", "group"))


def _held(
    connection: Connection, reconciliation: str, scope: str, found: Sequence[str], seen: pl.DataFrame
) -> pl.DataFrame:
    """Matches of a reconciliation that hold and concern a run: `group_id`, `match_id`, `scope`, `state`."""
    now = match_now.c
    query = select(now.group_id, now.match_id, now.scope, now.state).where(now.reconciliation == reconciliation)
    rows = list(connection.execute(query.where(now.scope == scope)).all())
    others = connection.scalar(
        select(func.count()).select_from(match_now).where(now.reconciliation == reconciliation, now.scope != scope)
    )
    if others:
        keys = seen.filter("is_compared")["key"].unique().to_list()
        ids = set(found) - {row.group_id for row in rows}
        for step in in_steps(keys):
            ids |= set(connection.scalars(select(match_member.c.group_id).where(match_member.c.key.in_(step))))
        for step in in_steps(sorted(ids)):
            rows += connection.execute(query.where(now.scope != scope, now.group_id.in_(step))).all()
    schema = {"group_id": pl.String, "match_id": pl.Int64, "scope": pl.String, "state": pl.String}
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row").unique(
        "group_id", maintain_order=True
    )


def _gone(connection: Connection, missing: pl.DataFrame, seen: pl.DataFrame, scope: str) -> pl.Series:
    """Which of the matches that a run did not find do not hold any more."""
    members = _members(connection, missing)
    told = members.join(seen_flags(seen), on=["kind", "key"], how="left").with_columns(
        pl.col("is_compared").is_not_null().alias("is_given"), pl.col("is_compared").fill_null(value=False)
    )
    unseen = told.filter(~pl.col("is_given"))["key"].unique().to_list()
    alive = pl.col("key").is_in(pl.Series(sorted(alive_keys(connection, unseen)), dtype=pl.String).implode())
    looked = told.group_by("group_id").agg(
        (pl.col("is_given") | ~alive).all().alias("is_whole"), pl.col("is_compared").any().alias("is_elsewhere")
    )
    scopes = missing.select("group_id", pl.col("scope") == scope)
    over = looked.join(scopes, on="group_id").filter((pl.col("scope") & pl.col("is_whole")) | pl.col("is_elsewhere"))
    return over["group_id"]


def seen_flags(seen: pl.DataFrame) -> pl.DataFrame:
    """Each record once: `kind`, `key`, and whether it was compared on any side."""
    return seen.group_by("kind", "key").agg(pl.col("is_compared").any())


def alive_keys(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of some keys whose record the book holds now."""
    found: set[str] = set()
    for step in in_steps(keys):
        found |= set(connection.scalars(select(record_now.c.key).where(record_now.c.key.in_(step))))
    return found


def _members(connection: Connection, missing: pl.DataFrame) -> pl.DataFrame:
    texts = _texts(connection, missing).with_columns(
        pl.col("members").str.json_decode(pl.List(pl.List(pl.String))).alias("member")
    )
    return texts.explode("member").select(
        "group_id", pl.col("member").list.get(1).alias("kind"), pl.col("member").list.get(2).alias("key")
    )


def _texts(connection: Connection, holding: pl.DataFrame) -> pl.DataFrame:
    """What was written of matches that hold."""
    names = ("group_id", "rule", "score", "members")
    query = select(*(match.c[name] for name in names))
    rows: list[Any] = []
    for step in in_steps(holding["match_id"].sort().to_list()):
        rows += connection.execute(query.where(match.c.id.in_(step)).order_by(match.c.id)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")


def write_changes(
    connection: Connection, changes: MatchChanges, clues: pl.DataFrame, *, seq: int, reconciliation: str, scope: str
) -> None:
    """Write what a run changes; the entry of the run follows, and with it the view.

    Args:
        connection: Of `Store.writing`.
        changes: What differs.
        clues: As `clues_of`.
        seq: Number of the run's entry.
        reconciliation: Name of the reconciliation.
        scope: What the run looked at.
    """
    rows = changes.rows.with_columns(
        seq=pl.lit(seq, dtype=pl.Int64), reconciliation=pl.lit(reconciliation), scope=pl.lit(scope)
    )
    append_rows(connection, match, rows)
    known: set[str] = set()
    for step in in_steps(changes.new["group_id"].to_list()):
        known |= set(connection.scalars(select(match_member.c.group_id).where(match_member.c.group_id.in_(step))))
    fresh = changes.new.filter(~pl.col("group_id").is_in(sorted(known))) if known else changes.new
    members = fresh.explode("refs").unnest("refs").select("key", "kind", "group_id").unique()
    append_rows(connection, match_member, members.sort("key", "kind", "group_id"))
    told = fresh.join(clues, on="group", how="inner").select("clue", "group_id").unique()
    append_rows(connection, match_clue, told.sort("clue", "group_id"))


def rows_digest(rows: Iterable[tuple[str | None, ...]]) -> str:
    """Digest of the id, change, members, rule and score of matches, whatever their order."""
    return digest(canonical(sorted(rows)))


def match_faults(connection: Connection) -> Iterator[Fault]:
    """Rows of matches that are not what the entries say that brought them, and members that their matches do not name."""
    rows = connection.execute(
        select(match.c.seq, *(match.c[name] for name in PROVEN)).order_by(match.c.seq),
        execution_options={"yield_per": _BATCH},
    )
    found = {seq: rows_digest(tuple(row[1:]) for row in part) for seq, part in groupby(rows, key=lambda row: row.seq)}
    for one in entries(connection, kinds=["run", "match."]):
        told = one.body.get("matches_written")
        if told != found.pop(one.seq, rows_digest(())):
            yield Fault(f"matches of entry {one.seq}", "they are not what the entry says")
    for seq in sorted(found):
        yield Fault(f"matches of entry {seq}", "no such entry wrote any")


def append_rows(connection: Connection, table: Table, rows: pl.DataFrame) -> None:
    """Insert the rows of a frame, whose columns are named like those of the table."""
    insert_rows(connection, table, rows.rows(), rows.columns)
