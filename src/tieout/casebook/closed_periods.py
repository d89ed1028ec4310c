"""Closed periods: records of a locked period that change later are work of the next open one, and reopen nothing in place."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, select

from tieout.casebook.canonical import canonical, digest
from tieout.casebook.log import Draft, entries
from tieout.casebook.policies import Policies
from tieout.casebook.redirecting import open_period
from tieout.casebook.run_tables import match_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import OPEN_STATES

__all__ = ["REVIEW", "REVIEW_TYPE", "closed_cases", "closed_drafts", "closed_matches"]

REVIEW = "rereview"
"""What the cases of a re-review name as their reconciliation: no run looks for them."""
REVIEW_TYPE = "general.rereview_change"
_STEP = 500
_NAMED = 500
Closed = dict[str, tuple[str, str]]
"""Period and reconciliation of what a locked period closed, by id."""


def closed_matches(connection: Connection, groups: Iterable[str], shut: frozenset[str]) -> Closed:
    """Those of some matches that hold and are of locked periods: of a scope whose last run is of one.

    Args:
        connection: Where to read.
        groups: Ids of matches.
        shut: The locked periods.
    """
    wanted = sorted(groups)
    if not shut or not wanted:
        return {}
    periods: dict[tuple[str, str], Any] = {
        (one.body["reconciliation"], one.body.get("scope") or ""): one.body.get("period")
        for one in entries(connection, kinds=["run"])
    }
    found: Closed = {}
    now = match_now.c
    for step in in_steps(wanted, _STEP):
        query = select(now.group_id, now.reconciliation, now.scope).where(now.group_id.in_(step))
        for row in connection.execute(query):
            period = periods.get((row.reconciliation, row.scope))
            if period in shut:
                found[row.group_id] = period, row.reconciliation
    return found


def closed_cases(connection: Connection, cases: Iterable[str], shut: frozenset[str]) -> Closed:
    """Those of some cases that are over in locked periods; what is open was carried on.

    Args:
        connection: Where to read.
        cases: Their ids.
        shut: The locked periods.
    """
    found: Closed = {}
    if not shut:
        return found
    columns = case_now.c
    for step in in_steps(sorted(cases), _STEP):
        query = select(columns.case_id, columns.period, columns.reconciliation, columns.state)
        for row in connection.execute(query.where(columns.case_id.in_(step))):
            if row.period in shut and row.state not in OPEN_STATES:
                found[row.case_id] = row.period, row.reconciliation
    return found


def closed_drafts(
    connection: Connection, closed: Mapping[str, tuple[str, str]], *, policies: Policies, on: date
) -> tuple[list[Draft], tuple[str, ...]]:
    """Entries that say which locked periods records changed of, and their cases: new, or open again where they were over.

    Args:
        connection: Where to read.
        closed: As `closed_matches` and `closed_cases`.
        policies: Who looks at it, and by when.
        on: Day of the import.

    Returns:
        The entries, and the ids of the cases.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    for one, about in closed.items():
        groups.setdefault(about, []).append(one)
    drafts, ids = [], []
    for (period, reconciliation), touched in sorted(groups.items()):
        discrepancy = digest(canonical([REVIEW, "records", period, reconciliation]))[:16]
        case_id = digest(canonical([REVIEW, discrepancy]))[:16]
        said = {
            "reconciliation": reconciliation,
            "count": len(touched),
            "of": sorted(touched)[:_NAMED],
            "case": case_id,
        }
        drafts.append(Draft(kind="period.touched", subject=period, body=said))
        ids.append(case_id)
        standing = connection.scalar(select(case_now.c.state).where(case_now.c.case_id == case_id))
        target = open_period(connection, period)
        if standing is None:
            body = _body(period, reconciliation, target, policies=policies, on=on)
            drafts.append(Draft(kind="case.opened", subject=case_id, body={**body, "discrepancy_id": discrepancy}))
        elif standing not in OPEN_STATES:
            body = {"period": target, "because": "a record that changed"}
            drafts.append(Draft(kind="case.reopened", subject=case_id, body=body))
    return drafts, tuple(ids)


def _body(period: str, reconciliation: str, target: str, *, policies: Policies, on: date) -> dict[str, Any]:
    handling = policies.handling(REVIEW_TYPE, amount=Decimal(0), currency=None, on=on)
    return {
        "reconciliation": REVIEW,
        "type": REVIEW_TYPE,
        "severity": handling.severity.value,
        "currency": None,
        "impact_minor": 0,
        "claimable": False,
        "keys": {},
        "evidence": {"change": "records", "reconciliation": reconciliation, "closed_period": period},
        "reason": f"records of the closed period {period} changed: run {reconciliation} of it again",
        "reason_zh": f"已关账期间{period}的记录有变动：请复核{reconciliation}",
        "next_step": handling.playbook,
        "next_step_zh": handling.playbook_zh,
        "period": target,
        "owner": handling.owner,
        "escalate_to": handling.escalate_to,
        "due_on": handling.due_on.isoformat(),
        "records": [],
    }
