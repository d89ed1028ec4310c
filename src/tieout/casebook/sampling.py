"""Sampling: what somebody else than its maker has to look at again, drawn so that drawing it again gives the same."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import polars as pl
from sqlalchemy import Connection, select

from tieout.casebook.actors import SYSTEM
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.closing_tables import sample_item_now
from tieout.casebook.log import Entry, entries
from tieout.casebook.schema import case_now, entry
from tieout.casebook.workflow import Resolution
from tieout.outcome import Outcome

__all__ = ["SHARE", "Item", "draw", "needed_items", "within_tolerance"]

SHARE = 10
"""Per cent of what tolerances took in that is looked at (`domain.md` 6.4)."""
_HIGH = ("critical", "high")
_MANUAL = frozenset({"decision.link", "decision.unlink", "decision.split"})
_TALK = frozenset({"decision.comment", "decision.attach", "decision.review"})
_WITHIN = "within tolerance"
_AT_ONCE = 500


@attrs.frozen(kw_only=True)
class Item:
    """One thing to look at again.

    Attributes:
        item: `case:ID`, `decision:ENTRY` or `unit:DIGEST`.
        why: `high`, `write_off`, `manual` or `auto_accepted`.
        makers: Who made it, and so may not review it.
        told: What it is, for people.
    """

    item: str
    why: str
    makers: tuple[str, ...]
    told: str


def draw(names: Iterable[str], *, seed: str, share: int = SHARE) -> list[str]:
    """So many per cent of some names, rounded up, by chance that the seed fixes.

    Each name is ranked by a hash of the seed and itself: whoever has both draws the same, in any order and on any machine.

    Args:
        names: Names, each once.
        seed: Such as a run's id.
        share: Per cent, 0 to 100.

    Returns:
        The names drawn, sorted.

    Example:
        >>> draw([f"u{number}" for number in range(20)], seed="run 1")
        ['u10', 'u12']
    """
    ranked = sorted(names, key=lambda name: digest(f"{seed}\n{name}"))
    return sorted(ranked[: -(-len(ranked) * share // 100)])


def within_tolerance(outcome: Outcome) -> dict[str, str]:
    """Units whose difference a tolerance took in: a digest of where their records stand, and the same in words."""
    units = outcome.units.filter(pl.col("verdict") == _WITHIN)
    gaps = {unit: (gap, currency) for unit, gap, currency in units.select("unit", "gap_minor", "currency").iter_rows()}
    places: dict[int, list[str]] = {unit: [] for unit in gaps}
    for side, frame in sorted(outcome.records.items()):
        lined = frame.filter(pl.col("unit").is_in(list(gaps))).select(
            "unit", "source_file", "source_sha256", "source_line"
        )
        for unit, file, sha256, line in lined.iter_rows():
            places[unit].append(f"{side} {file or sha256 or ''}:{'' if line is None else line}")
    found: dict[str, str] = {}
    for unit, some in places.items():
        told = "; ".join(sorted(some))
        name = digest(canonical([outcome.reconciliation, told, *gaps[unit]]))[:16]
        found[name] = f"{told} ({gaps[unit][0]} {gaps[unit][1]})"
    return found


def needed_items(connection: Connection, run: Entry) -> Iterator[Item]:
    """What has to be looked at of the cases of a run, all of it: high and critical ones, write-offs, and what was linked by hand.

    Args:
        connection: Where to read.
        run: Its entry.
    """
    columns = case_now.c
    reconciliation, period = run.body.get("reconciliation"), run.body.get("period")
    query = select(
        columns.case_id, columns.type, columns.severity, columns.resolution, columns.impact_minor, columns.currency
    )
    query = query.where(columns.reconciliation == reconciliation, columns.period.is_not_distinct_from(period))
    rows = list(connection.execute(query.order_by(columns.case_id)))
    ids = [row.case_id for row in rows]
    makers = _makers(connection, ids)
    for row in rows:
        is_given_up = row.resolution == Resolution.WRITTEN_OFF
        if row.severity in _HIGH or is_given_up:
            told = f"{row.type}, {row.severity}, {row.impact_minor} {row.currency or ''}".rstrip()
            why = "write_off" if is_given_up else "high"
            yield Item(item=f"case:{row.case_id}", why=why, makers=makers.get(row.case_id, ()), told=told)
    yield from _by_hand(connection, run, frozenset(ids))


def _by_hand(connection: Connection, run: Entry, ids: frozenset[str]) -> Iterator[Item]:
    """Decisions about who belongs to whom that no other sample has."""
    elsewhere = select(sample_item_now.c.item).where(
        sample_item_now.c.why == "manual", sample_item_now.c.sample_id != run.subject
    )
    seen = frozenset(connection.scalars(elsewhere))
    for one in entries(connection, kinds=sorted(_MANUAL)):
        is_of = one.subject in ids or one.body.get("reconciliation") == run.body.get("reconciliation")
        if is_of and f"decision:{one.seq}" not in seen:
            told = f"{one.kind.partition('.')[2]} by {one.actor}, {one.reason or 'no reason said'}"
            yield Item(item=f"decision:{one.seq}", why="manual", makers=(one.actor,), told=told)


def _makers(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Who decided something about cases: nobody of them checks it."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        query = select(entry.c.subject, entry.c.kind, entry.c.actor, entry.c.body).where(
            entry.c.subject.in_(ids[start : start + _AT_ONCE])
        )
        for row in connection.execute(query):
            if row.kind.startswith(("decision.", "claim.", "approval.")) and row.kind not in _TALK:
                found.setdefault(row.subject, set()).update({row.actor, json.loads(row.body).get("maker") or row.actor})
    return {case_id: tuple(sorted(names - {SYSTEM.name})) for case_id, names in found.items()}
