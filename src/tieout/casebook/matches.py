"""Matches: only what a run changes of them is written, and what holds now is a view."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import attrs
import polars as pl
from sqlalchemy import Connection, Select, Table, func, select

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
    "clues_digest",
    "match_changes",
    "match_faults",
    "rows_digest",
    "seen_flags",
    "write_changes",
]

_BATCH = 10_000
PROVEN = ("group_id", "change", "members", "rule", "score", "reconciliation", "scope")
_CHANGES = {
    "group_id": pl.String,
    "change": pl.String,
    "rule": pl.String,
    "score": pl.String,
    "members": pl.String,
    "reconciliation": pl.String,
    "scope": pl.String,
}
_MEMBER = ("key", "kind", "group_id")
_TOLD = ("group_id", "rule", "score", "members")


@attrs.frozen(kw_only=True)
class MatchChanges:
    """What a run changes of the matches.

    Attributes:
        rows: `group_id`, `change` (confirmed or gone), `rule`, `score`, `members`, `reconciliation`, `scope`.
        new: `key`, `kind`, `group_id` of the members of groups that the book never had.
        clues: `clue`, `group_id` of those groups: by which identifiers a late record would belong to one.
    """

    rows: pl.DataFrame = attrs.field(repr=False)
    new: pl.DataFrame = attrs.field(repr=False)
    clues: pl.DataFrame = attrs.field(repr=False)

    @property
    def written(self) -> str:
        """Digest of what is written of them: the entry holds it, and so proves the rows."""
        return rows_digest(self.rows.select(PROVEN).rows())

    @property
    def clues_written(self) -> str:
        """Digest of the clues that are written."""
        return clues_digest(self.clues.rows())

    def count(self, change: str) -> int:
        """How many there are of a change."""
        return self.rows.filter(pl.col("change") == change).height


def match_changes(
    connection: Connection,
    groups: pl.DataFrame,
    clues: pl.DataFrame,
    seen: pl.DataFrame,
    *,
    reconciliation: str,
    scope: str,
) -> MatchChanges:
    """What differs between the matches that hold and those that a run found.

    A match that is not found is gone when the run looked at it: it is of the same scope and all of its records that are still
    there were given; or one of its records was compared, and is in another match now or in none.

    Args:
        connection: Where to look.
        groups: As `groups_of`.
        clues: As `clues_of`.
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
            written.select(_TOLD).with_columns(change=pl.lit("confirmed")),
            _texts(connection, gone).with_columns(change=pl.lit("gone")),
        ],
        how="diagonal",
    ).with_columns(reconciliation=pl.lit(reconciliation), scope=pl.lit(scope))
    new = _never_had(connection, joined.filter(pl.col("state").is_null()).select("group_id", "refs", "group"))
    members = new.select("group_id", "refs").explode("refs").unnest("refs").select("key", "kind", "group_id")
    told = new.join(clues, on="group", how="inner").select("clue", "group_id").unique()
    return MatchChanges(
        rows=rows.select(pl.col(name).cast(kind) for name, kind in _CHANGES.items()),
        new=members.unique().sort("key", "kind", "group_id"),
        clues=told.sort("clue", "group_id"),
    )


def _never_had(connection: Connection, groups: pl.DataFrame) -> pl.DataFrame:
    """Those of some groups that no run found before: the members and clues of the others stand already."""
    known: set[str] = set()
    for step in in_steps(groups["group_id"].to_list()):
        known |= set(connection.scalars(select(match_member.c.group_id).where(match_member.c.group_id.in_(step))))
    return groups.filter(~pl.col("group_id").is_in(sorted(known))) if known else groups


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
    return _exploded(_texts(connection, missing))


def _exploded(texts: pl.DataFrame) -> pl.DataFrame:
    """Members of matches, one a row: `group_id`, `kind`, `key`."""
    member = pl.col("members").str.json_decode(pl.List(pl.List(pl.String))).alias("member")
    return (
        texts.with_columns(member)
        .explode("member")
        .select("group_id", pl.col("member").list.get(1).alias("kind"), pl.col("member").list.get(2).alias("key"))
    )


def _texts(connection: Connection, holding: pl.DataFrame) -> pl.DataFrame:
    """What was written of matches that hold."""
    names = ("group_id", "rule", "score", "members")
    query = select(*(match.c[name] for name in names))
    rows: list[Any] = []
    for step in in_steps(holding["match_id"].sort().to_list()):
        rows += connection.execute(query.where(match.c.id.in_(step)).order_by(match.c.id)).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")


def write_changes(connection: Connection, changes: MatchChanges, *, seq: int) -> None:
    """Write what a run changes; the entry of the run follows, and with it the view.

    Args:
        connection: Of `Store.writing`.
        changes: What differs.
        seq: Number of the run's entry.
    """
    append_rows(connection, match, changes.rows.with_columns(seq=pl.lit(seq, dtype=pl.Int64)))
    append_rows(connection, match_member, changes.new)
    append_rows(connection, match_clue, changes.clues)


def rows_digest(rows: Iterable[tuple[str | None, ...]]) -> str:
    """Digest of what is proven of matches (`PROVEN`), whatever their order."""
    return digest(canonical(sorted(rows)))


def clues_digest(rows: Iterable[tuple[int, str]]) -> str:
    """Digest of clues and the groups that they are of, whatever their order."""
    return digest("\n".join(f"{clue} {group_id}" for clue, group_id in sorted(rows)))


def match_faults(connection: Connection) -> Iterator[Fault]:
    """Rows of matches, their members and clues that are not what the entries say that brought them."""
    rows = list(_row_faults(connection))
    yield from rows
    if not rows:  # members are held to the matches, so these have to be right
        yield from _member_faults(connection)
    yield from _clue_faults(connection)


def _row_faults(connection: Connection) -> Iterator[Fault]:
    rows = connection.execute(
        select(match.c.seq, *(match.c[name] for name in PROVEN)).order_by(match.c.id),
        execution_options={"yield_per": _BATCH},
    )
    found: dict[int, str] = {}
    for seq, part in groupby(rows, key=lambda row: row.seq):
        found[seq] = "" if seq in found else rows_digest(tuple(row[1:]) for row in part)
    for one in entries(connection, kinds=["run", "match."]):
        told = one.body.get("matches_written")
        if told != found.pop(one.seq, rows_digest(())):
            yield Fault(f"matches of entry {one.seq}", "they are not what the entry says")
    for seq in sorted(found):
        yield Fault(f"matches of entry {seq}", "no such entry wrote any")


def _member_faults(connection: Connection) -> Iterator[Fault]:
    """Members against what the matches themselves say."""
    texts = _frame(connection, select(match.c.group_id, match.c.members).distinct(), ("group_id", "members"))
    named = _exploded(texts).unique()
    stands = _frame(connection, select(match_member.c.key, match_member.c.kind, match_member.c.group_id), _MEMBER)
    for differing, told in (
        (named.join(stands, on=_MEMBER, how="anti"), "missing: its match names it"),
        (stands.join(named, on=_MEMBER, how="anti"), "its match does not name it"),
    ):
        for key, kind, group_id in differing.select(_MEMBER).sort(_MEMBER).iter_rows():
            yield Fault(f"member {kind} {key} of match {group_id}", told)


def _clue_faults(connection: Connection) -> Iterator[Fault]:
    """Clues against the entry of the run that found their match first."""
    first = select(match.c.group_id, func.min(match.c.seq).label("seq")).group_by(match.c.group_id).subquery()
    query = (
        select(first.c.seq, match_clue.c.clue, match_clue.c.group_id)
        .outerjoin_from(match_clue, first, first.c.group_id == match_clue.c.group_id)
        .order_by(first.c.seq)
    )
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    found = {
        seq: clues_digest((row.clue, row.group_id) for row in part) for seq, part in groupby(rows, lambda row: row.seq)
    }
    if found.pop(None, None) is not None:
        yield Fault("identifiers of matches", "some are of matches that are not there")
    for one in entries(connection, kinds=["run"]):
        if one.body.get("clues_written") != found.pop(one.seq, clues_digest(())):
            yield Fault(f"identifiers of the matches of entry {one.seq}", "they are not what the entry says")


def _frame(connection: Connection, query: Select[Any], names: Sequence[str]) -> pl.DataFrame:
    """Rows of texts, read in steps."""
    schema = dict.fromkeys(names, pl.String)
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        parts = [
            pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row") for rows in result.partitions()
        ]
    return pl.concat([pl.DataFrame(schema=schema), *parts])


def append_rows(connection: Connection, table: Table, rows: pl.DataFrame) -> None:
    """Insert the rows of a frame, whose columns are named like those of the table."""
    insert_rows(connection, table, rows.rows(), rows.columns)
