"""Views of runs: which matches hold now, what runs last said of cases, and which decisions are in question."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.bulk import insert_rows
from tieout.casebook.case_views import update_rows
from tieout.casebook.log import Entry
from tieout.casebook.run_tables import case_clue, case_record, finding_now, match, match_now
from tieout.casebook.views import Projection

__all__ = ["FINDINGS", "MATCHES", "in_steps"]

_STEP = 10_000
_TALK = frozenset({"decision.comment", "decision.attach", "decision.assign"})
"""Decisions that leave open whether an earlier one still holds."""
_SAID = ("scope", "figures", "content", "facts")


def in_steps(items: Sequence[Any], size: int = _STEP) -> Iterator[Sequence[Any]]:
    """The items, some thousand at a time: as many as one statement may name."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _matches(connection: Connection, new: Sequence[Entry]) -> None:
    """Matches as the rows of these entries leave them."""
    columns = match.c
    for seqs in in_steps([one.seq for one in new]):
        found = select(columns.id, columns.group_id, columns.change, columns.reconciliation, columns.scope)
        last: dict[str, RowMapping] = {}
        for row in connection.execute(found.where(columns.seq.in_(seqs)).order_by(columns.id)).mappings():
            last[row["group_id"]] = row
        ids = list(last)
        for step in in_steps(ids):
            connection.execute(match_now.delete().where(match_now.c.group_id.in_(step)))
        names = ("group_id", "id", "reconciliation", "scope", "change")
        rows = [tuple(row[name] for name in names) for row in last.values() if row["change"] != "gone"]
        insert_rows(connection, match_now, rows, ("group_id", "match_id", "reconciliation", "scope", "state"))


MATCHES = Projection(("run", "match."), (match_now,), _matches)
"""Keeps `match_now`."""


def _findings(connection: Connection, new: Sequence[Entry]) -> None:
    for one_kind in _by_kind(new):
        kind = one_kind[0].kind
        if kind == "case.opened":
            _opened(connection, one_kind)
        elif kind == "case.gone":
            _gone(connection, one_kind)
        elif kind in {"case.changed", "case.reopened"}:
            _said(connection, one_kind)
        elif kind.startswith("decision.") and kind not in _TALK:
            rows = [{"case_id": one.subject, "surfaced_at": None, "because": None} for one in one_kind]
            update_rows(connection, finding_now, rows, key="case_id")


def _by_kind(new: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries about cases, those of one kind that stand together in one list."""
    group: list[Entry] = []
    for one in new:
        if one.subject is None:
            continue
        if group and group[-1].kind != one.kind:
            yield group
            group = []
        group.append(one)
    if group:
        yield group


def _opened(connection: Connection, new: Sequence[Entry]) -> None:
    names = ("case_id", "reconciliation", *_SAID, "is_gone", "by_itself")
    rows = [
        (one.subject, one.body["reconciliation"], *(one.body.get(name) or "" for name in _SAID), False, False)
        for one in new
    ]
    insert_rows(connection, finding_now, rows, names)
    _keep_records(connection, new)


def _said(connection: Connection, new: Sequence[Entry]) -> None:
    rows = []
    for one in new:
        row = {name: one.body[name] for name in _SAID if name in one.body}
        if row:
            row |= {"is_gone": False, "by_itself": False}
        if one.body.get("surfaced"):
            row |= {"surfaced_at": one.seq, "because": one.body.get("because")}
        if row:
            rows.append({"case_id": one.subject, **row})
    update_rows(connection, finding_now, rows, key="case_id")
    told = list({one.subject: one for one in new if "records" in one.body}.values())  # the last word about each
    for step in in_steps([one.subject for one in told]):
        for table in (case_record, case_clue):
            connection.execute(table.delete().where(table.c.case_id.in_(step)))
    _keep_records(connection, told)


def _gone(connection: Connection, new: Sequence[Entry]) -> None:
    rows = []
    for one in new:
        row = {"case_id": one.subject, "is_gone": True, "by_itself": bool(one.body.get("by_itself"))}
        if one.body.get("decision"):  # which is in force again
            row |= {"surfaced_at": None, "because": None}
        rows.append(row)
    update_rows(connection, finding_now, rows, key="case_id")


def _keep_records(connection: Connection, new: Sequence[Entry]) -> None:
    told = [(one.subject, {(kind, key) for kind, key, _ in one.body.get("records") or ()}) for one in new]
    rows = [(case_id, *record) for case_id, records in told for record in sorted(records)]
    insert_rows(connection, case_record, rows, ("case_id", "kind", "key"))
    clues = [(one.subject, clue) for one in new for clue in one.body.get("clues") or ()]
    insert_rows(connection, case_clue, clues, ("case_id", "clue"))


FINDINGS = Projection(("case.", "decision."), (finding_now, case_record, case_clue), _findings)
"""Keeps `finding_now`, `case_record` and `case_clue`."""
