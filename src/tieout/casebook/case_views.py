"""The view of cases: what the entries about a case come to."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    bindparam,
    case,
    false,
    or_,
    select,
)

from tieout.casebook.canonical import canonical
from tieout.casebook.case_tables import case_span
from tieout.casebook.log import Entry
from tieout.casebook.schema import case_now
from tieout.casebook.views import Projection
from tieout.casebook.workflow import OPEN_STATES, CaseState, Resolution

__all__ = ["CASES", "ENTITIES", "entity_of", "update_rows"]

_NEEDED = ("reconciliation", "discrepancy_id", "type", "severity")
_FACTS = (
    *("type", "severity", "currency", "impact_minor", "expected_minor", "actual_minor", "absorbed_minor", "claimable"),
    *("reason", "reason_zh", "next_step", "next_step_zh", "party", "period", "owner", "escalate_to", "due_on"),
    *("source_file", "source_sha256", "source_line"),
)
"""What a run says of a case, and a later run may say otherwise."""
_KEPT = frozenset({"owner", "escalate_to", "due_on"})
"""What people may have set meanwhile, which a later run leaves alone."""
_DECIDED = (
    *("owner", "escalate_to", "due_on", "assignee", "severity", "cause", "responsible", "resolution"),
    *("awaits", "is_recurring", "flags", "claim_id", "impact_minor", "absorbed_minor", "period"),
)
"""What a decision about a case may say."""
_ENDED = ("resolved_at", "resolved_by", "cause", "responsible", "resolution", "awaits", "flags")
ENTITIES = (
    *(("carrier", "carrier"), ("shop_id", "shop"), ("platform", "platform"), ("channel", "channel")),
    *(("account", "account"), ("warehouse", "warehouse"), ("sku", "sku"), ("role", "role")),
)
"""Identifiers that tell whom a case is about, the most telling first, with the word for it."""


def entity_of(keys: Mapping[str, Any]) -> str | None:
    """Whom a case is about, by its identifiers; None when they name nobody.

    Example:
        >>> entity_of({"bill_no": "B1", "carrier": "sf"})
        'carrier/sf'
    """
    return next((f"{word}/{keys[key]}" for key, word in ENTITIES if keys.get(key)), None)


def update_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str,
    computed: Mapping[str, ColumnElement[Any] | int] | None = None,
) -> None:
    """Write columns of rows that are there, many at once.

    Args:
        connection: Where to write.
        table: A view.
        rows: Columns by name, with the key; rows of the same columns that stand together go in one statement.
        key: Column that names the row.
        computed: What the database works out, by column.
    """
    for names, group in groupby(rows, key=lambda row: tuple(sorted(row))):
        others: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name != key}
        statement = table.update().where(table.c[key] == bindparam(f"new_{key}")).values({**others, **(computed or {})})
        connection.execute(statement, [{f"new_{name}": row[name] for name in names} for row in group])


def _opened(connection: Connection, new: Sequence[Entry]) -> None:
    rows = [
        {
            **dict.fromkeys(_FACTS),
            **_facts(one.body),
            **{name: one.body[name] for name in _NEEDED},
            "case_id": one.subject,
            "version": one.seq,
            "state": CaseState.OPEN.value,
            "is_open": True,
            "impact_minor": one.body.get("impact_minor") or 0,
            "absorbed_minor": one.body.get("absorbed_minor") or 0,
            "claimable": bool(one.body.get("claimable")),
            "keys": canonical(one.body.get("keys") or {}),
            "evidence": canonical(one.body.get("evidence") or {}),
            "entity": entity_of(one.body.get("keys") or {}),
            "opened_at": one.at,
            "attachments": 0,
            "comments": 0,
            "is_recurring": False,
            "is_gone": False,
            "last_run": one.body.get("run") or one.seq,
        }
        for one in new
    ]
    connection.execute(case_now.insert(), rows)


def _facts(body: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: body[name] for name in _FACTS if name in body}
    if "responsible_party" in body:
        found["party"] = body["responsible_party"]
    return found


def _found_again(one: Entry) -> dict[str, Any]:
    row = {name: value for name, value in _facts(one.body).items() if name not in _KEPT}
    for name in ("keys", "evidence"):
        if name in one.body:
            row[name] = canonical(one.body[name] or {})
    if "run" in one.body:
        row["last_run"] = one.body["run"]
    if "impact_minor" in row:
        row.setdefault("absorbed_minor", 0)  # what is found again is whole again
    return {**row, "case_id": one.subject, "version": one.seq, "is_gone": False}


def _changed(connection: Connection, new: Sequence[Entry]) -> None:
    update_rows(connection, case_now, [_found_again(one) for one in new], key="case_id")


def _reopened(connection: Connection, new: Sequence[Entry]) -> None:
    ended = dict.fromkeys(_ENDED)
    back = {**ended, "state": CaseState.REOPENED.value, "is_open": True}
    rows = [{**_found_again(one), **back, **_again_due(one)} for one in new]
    update_rows(connection, case_now, rows, key="case_id")


def _again_due(one: Entry) -> dict[str, Any]:
    """A case that is open again has its days again."""
    return {"due_on": one.body["due_on"]} if "due_on" in one.body else {}


_ENDS_BY_ITSELF = (
    CaseState.OPEN.value,
    CaseState.REOPENED.value,
    CaseState.ASSIGNED.value,
    CaseState.INVESTIGATING.value,
)


def _gone(connection: Connection, new: Sequence[Entry]) -> None:
    """What no run finds any more is over, unless the other side was asked for the money already."""
    # Not IN: a list of values cannot be given with many rows at once.
    is_over = or_(*(case_now.c.state == state for state in _ENDS_BY_ITSELF))
    rows = [
        {"case_id": one.subject, "version": one.seq, "is_gone": True, "awaits": None, **_run_of(one)} for one in new
    ]
    update_rows(connection, case_now, rows, key="case_id")
    ends = [
        {
            "case_id": one.subject,
            "resolved_at": one.at,
            "resolved_by": one.actor,
            "resolution": one.body.get("resolution") or Resolution.CORRECTED_SOURCE.value,
            "taken": "absorbed_minor" in one.body,
            "absorbed": one.body.get("absorbed_minor", 0),
        }
        for one in new
    ]
    columns = case_now.c
    is_taken = and_(is_over, bindparam("end_taken", type_=Boolean()))  # a link or a split has its impact
    computed = {
        name: case((is_over, bindparam(f"end_{name}")), else_=columns[name])
        for name in ("resolved_at", "resolved_by", "resolution")
    }
    statement = (
        case_now.update()
        .where(columns.case_id == bindparam("end_case_id"))
        .values(
            **computed,
            is_open=case((is_over, false()), else_=columns.is_open),
            state=case((is_over, CaseState.RESOLVED.value), else_=columns.state),
            absorbed_minor=case(
                (is_taken, bindparam("end_absorbed", type_=BigInteger())), else_=columns.absorbed_minor
            ),
            impact_minor=case((is_taken, 0), else_=columns.impact_minor),
        )
    )
    connection.execute(statement, [{f"end_{name}": value for name, value in row.items()} for row in ends])


def _run_of(one: Entry) -> dict[str, Any]:
    told = {"last_run": "run", "period": "period"}
    return {column: one.body[name] for column, name in told.items() if name in one.body}


def _decided(connection: Connection, new: Sequence[Entry]) -> None:
    counted = {"decision.comment": "comments", "decision.attach": "attachments"}.get(new[0].kind)
    computed = {} if counted is None else {counted: case_now.c[counted] + 1}
    update_rows(connection, case_now, [_decision(one) for one in new], key="case_id", computed=computed)


def _decision(one: Entry) -> dict[str, Any]:
    body = one.body
    row = {"case_id": one.subject, "version": one.seq, **{name: body[name] for name in _DECIDED if name in body}}
    state = body.get("state")
    if state is None:
        return row
    row |= {"state": state, "is_open": state in OPEN_STATES}
    if state in {CaseState.RESOLVED, CaseState.AUTO_ACCEPTED}:
        row |= {"resolved_at": one.at, "resolved_by": body.get("maker") or one.actor, "awaits": None}
    elif state == CaseState.REOPENED:
        row |= dict.fromkeys(_ENDED)
    return row


_BY_KIND = {"case.opened": _opened, "case.changed": _changed, "case.gone": _gone, "case.reopened": _reopened}


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    for kind, group in groupby((one for one in new if one.subject is not None), key=lambda one: one.kind):
        told = list(group)
        _BY_KIND.get(kind, _decided)(connection, told)
        _span(connection, kind, told)


def _span(connection: Connection, kind: str, new: Sequence[Entry]) -> None:
    """Begin spans of cases that are open from here on, end those of cases that are so no more."""
    if kind == "case.opened":
        rows = [
            {"seq": one.seq, "case_id": one.subject, "opened_at": one.at, "due_on": one.body.get("due_on")}
            for one in new
        ]
        connection.execute(case_span.insert(), rows)
        return
    postponed = [one for one in new if kind == "decision.assign" and "due_on" in one.body]
    if postponed:
        days = [{"the_case": one.subject, "the_day": one.body["due_on"]} for one in postponed]
        connection.execute(_POSTPONE, days)
    moved = [one for one in new if kind in _MAY_MOVE or "state" in one.body]
    if not moved:
        return
    back = [one for one in moved if kind == "case.reopened" or one.body.get("state") == CaseState.REOPENED]
    if back:
        connection.execute(_BEGIN, [{"the_seq": one.seq, "the_case": one.subject, "the_time": one.at} for one in back])
    else:
        connection.execute(_END, [{"the_case": one.subject, "the_time": one.at} for one in moved])


_MAY_MOVE = ("case.gone", "case.reopened")
_CASE = bindparam("the_case", type_=Text())
_BEGIN = case_span.insert().from_select(
    ["seq", "case_id", "opened_at", "due_on"],
    select(
        bindparam("the_seq", type_=BigInteger()),
        case_now.c.case_id,
        bindparam("the_time", type_=Text()),
        case_now.c.due_on,
    ).where(
        case_now.c.case_id == _CASE,
        ~select(case_span.c.seq).where(case_span.c.case_id == _CASE, case_span.c.closed_at.is_(None)).exists(),
    ),
)
_POSTPONE = (
    case_span.update()
    .where(case_span.c.case_id == _CASE, case_span.c.closed_at.is_(None))
    .values(due_on=bindparam("the_day", type_=Text()))
)
_END = (
    case_span.update()
    .where(
        case_span.c.case_id == _CASE,
        case_span.c.closed_at.is_(None),
        select(case_now.c.case_id).where(case_now.c.case_id == _CASE, ~case_now.c.is_open).exists(),
    )
    .values(closed_at=bindparam("the_time", type_=Text()))
)
CASES = Projection(("case.", "decision.", "claim.", "approval."), (case_now, case_span), _apply)
"""Keeps `case_now` and `case_span`.

What a decision says of a case stands in the body of its entry, so no entry needs the row before it.
"""
