"""Ending: what is looked at when a case ends: whether its evidence is there, and whether the same keeps happening."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, or_, select

from tieout.casebook.canonical import moment_text
from tieout.casebook.case_tables import attachment_now
from tieout.casebook.policies import Policies
from tieout.casebook.schema import case_now
from tieout.errors import CasebookError

__all__ = ["EVIDENCE_MISSING", "finish"]

EVIDENCE_MISSING = "general.evidence_missing"
"""What a case is flagged with that ended without the evidence its type needs."""
_AT_ONCE = 500
_SHOWN = 5
Made = Sequence[tuple[RowMapping, dict[str, Any]]]
Group = tuple[str, str | None, str]


def finish(connection: Connection, policies: Policies, made: Made) -> None:
    """Say in the bodies of decisions what is missing, and what recurs.

    Raises:
        CasebookError: Evidence is missing that a case cannot end without.
    """
    _flag_missing(connection, policies, made)
    _mark_recurring(connection, policies, made)


def _flag_missing(connection: Connection, policies: Policies, made: Made) -> None:
    checklists = {row["type"]: policies.checklist(row["type"]) for row, _ in made}
    asked = [row["case_id"] for row, _ in made if checklists[row["type"]].required]
    there: dict[str, set[str]] = {}
    for start in range(0, len(asked), _AT_ONCE):
        columns = attachment_now.c
        query = select(columns.case_id, columns.label).where(columns.case_id.in_(asked[start : start + _AT_ONCE]))
        for case_id, label in connection.execute(query):
            there.setdefault(case_id, set()).add(label)
    refused: list[str] = []
    for row, body in made:
        checklist = checklists[row["type"]]
        missing = [label for label in checklist.required if label not in there.get(row["case_id"], ())]
        if missing and checklist.refuse:
            refused.append(f"case {row['case_id']} needs {', '.join(missing)}")
        body["flags"] = EVIDENCE_MISSING if missing else None
        body.pop(
            "evidence_missing", None
        )  # what was missing when an approval was asked for may be there when it is given
        if missing:
            body["evidence_missing"] = missing
    if refused:
        more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        raise CasebookError(
            f"{EVIDENCE_MISSING}: {'; '.join(refused[:_SHOWN])}{more}",
            where="case_ids",
            hint="attach it with attach(..., label=...) first",
        )


def _mark_recurring(connection: Connection, policies: Policies, made: Made) -> None:
    """The n-th case of one type, entity and cause that opened within so many days is a recurring one (C71)."""
    times, days = policies.recurrence
    span = timedelta(days=days)
    given = [(row, body) for row, body in made if body.get("cause")]
    if not given:
        return
    moments = [datetime.fromisoformat(row["opened_at"]) for row, _ in given]
    opened = _opened(connection, {_group(*one) for one in given}, min(moments) - span, max(moments) + span)
    for (row, body), moment in zip(given, moments, strict=True):
        seen = opened.setdefault(_group(row, body), [])
        at = bisect_left(seen, moment)
        seen.insert(at, moment)
        body["is_recurring"] = _is_dense(seen, at, times, span)


def _group(row: RowMapping, body: dict[str, Any]) -> Group:
    return row["type"], row["entity"], body["cause"]


def _opened(connection: Connection, groups: set[Group], first: datetime, last: datetime) -> dict[Group, list[datetime]]:
    """When the cases opened, within a time, that ended with these causes before."""
    columns = case_now.c
    found: dict[Group, list[datetime]] = {}
    entities: dict[tuple[str, str], list[str | None]] = {}
    for kind, entity, cause in groups:
        entities.setdefault((kind, cause), []).append(entity)
    for (kind, cause), named in sorted(entities.items()):
        query = (
            select(columns.entity, columns.opened_at)
            .where(columns.type == kind, columns.cause == cause)
            .where(columns.opened_at >= moment_text(first), columns.opened_at <= moment_text(last))
            .order_by(columns.opened_at)
        )
        if len(named) <= _AT_ONCE:  # of more, all of the type are looked at
            listed = columns.entity.in_([one for one in named if one is not None])
            query = query.where(or_(listed, columns.entity.is_(None)) if None in named else listed)
        for entity, opened_at in connection.execute(query):
            if (kind, entity, cause) in groups:
                found.setdefault((kind, entity, cause), []).append(datetime.fromisoformat(opened_at))
    return found


def _is_dense(moments: list[datetime], at: int, times: int, span: timedelta) -> bool:
    """Whether so many of sorted moments, the one at the position among them, lie within a span."""
    first, last = max(0, at - times + 1), min(at, len(moments) - times)
    return any(moments[start + times - 1] - moments[start] <= span for start in range(first, last + 1))
