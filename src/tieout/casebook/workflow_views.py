"""Views of the workflow: approvals, claims and attachments, as their entries tell them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, case, update

from tieout.casebook.canonical import canonical
from tieout.casebook.case_tables import approval_now, attachment_now, claim_now
from tieout.casebook.log import Entry
from tieout.casebook.views import Projection

__all__ = ["WORKFLOW"]

_CLAIM = ("currency", "claimed_minor", "billed_minor", "expected_minor", "bill_no", "tracking_no", "type", "reason")


def _asked(connection: Connection, new: Sequence[Entry]) -> None:
    rows = [
        {
            "approval_id": one.seq,
            "case_id": one.subject,
            "action": one.body["action"],
            "state": "asked",
            "level": one.body["level"],
            "amount_minor": one.body["amount_minor"],
            "currency": one.body["currency"],
            "decision": canonical(one.body["decision"]),
            "reason": one.reason,
            "maker": one.actor,
            "asked_at": one.at,
        }
        for one in new
    ]
    connection.execute(approval_now.insert(), rows)


def _answered(connection: Connection, new: Sequence[Entry]) -> None:
    state = new[0].kind.removeprefix("approval.")
    rows = [{"asked": one.body["approval"], "decided_by": one.actor, "decided_at": one.at} for one in new]
    statement = (
        update(approval_now)
        .where(approval_now.c.approval_id == bindparam("asked"))
        .values(state=state, decided_by=bindparam("decided_by"), decided_at=bindparam("decided_at"))
    )
    connection.execute(statement, rows)


def _lapsed(connection: Connection, new: Sequence[Entry]) -> None:
    """A case that no run finds any more, or whose records changed, waits for nothing."""
    statement = (
        update(approval_now)
        .where(approval_now.c.case_id == bindparam("about"), approval_now.c.state == "asked")
        .values(state="lapsed", decided_at=bindparam("lapsed_at"))
    )
    connection.execute(statement, [{"about": one.subject, "lapsed_at": one.at} for one in new])


def _claimed(connection: Connection, new: Sequence[Entry]) -> None:
    rows = [
        {
            **{name: one.body[name] for name in _CLAIM},
            "claim_id": one.body["claim_id"],
            "case_id": one.subject,
            "party": one.body["party"],
            "state": "sent",
            "credited_minor": 0,
            "sent_at": one.at,
        }
        for one in new
        if "claim_id" in one.body
    ]
    if rows:
        connection.execute(claim_now.insert(), rows)


def _claim_told(connection: Connection, new: Sequence[Entry]) -> None:
    """Accepted or rejected by the party."""
    state = new[0].kind.removeprefix("claim.")
    _write_claims(
        connection,
        [
            {
                **_line(one),
                "new_state": state,
                "new_accepted_minor": one.body["accepted_minor"],
                "new_answered_at": one.at,
                "new_reference": one.body.get("reference"),
            }
            for one in new
        ],
    )


def _credited(connection: Connection, new: Sequence[Entry]) -> None:
    columns = claim_now.c
    total = columns.credited_minor + bindparam("more")
    statement = (
        update(claim_now)
        .where(columns.claim_id == bindparam("the_claim"), columns.case_id == bindparam("the_case"))
        .values(
            credited_minor=total,
            state=case((total >= columns.accepted_minor, "credited"), else_=columns.state),
            credited_at=bindparam("new_credited_at"),
            reference=bindparam("new_reference"),
        )
    )
    rows = [
        {
            **_line(one),
            "more": one.body["credited_minor"],
            "new_credited_at": one.at,
            "new_reference": one.body.get("reference"),
        }
        for one in new
    ]
    connection.execute(statement, rows)


def _line(one: Entry) -> dict[str, Any]:
    return {"the_claim": one.body["claim_id"], "the_case": one.subject}


def _write_claims(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    columns = claim_now.c
    names = [name for name in rows[0] if name.startswith("new_")]
    statement = (
        update(claim_now)
        .where(columns.claim_id == bindparam("the_claim"), columns.case_id == bindparam("the_case"))
        .values({name.removeprefix("new_"): bindparam(name) for name in names})
    )
    connection.execute(statement, list(rows))


def _attached(connection: Connection, new: Sequence[Entry]) -> None:
    rows = [
        {
            "seq": one.seq,
            "case_id": one.subject,
            "label": one.body.get("label") or "",
            "ref": one.body.get("ref") or "",
            "sha256": one.body.get("sha256"),
            "attached_by": one.actor,
            "attached_at": one.at,
        }
        for one in new
    ]
    connection.execute(attachment_now.insert(), rows)


_BY_KIND = {
    "approval.asked": _asked,
    "approval.given": _answered,
    "approval.refused": _answered,
    "case.gone": _lapsed,
    "case.reopened": _lapsed,
    "decision.claim": _claimed,
    "claim.accepted": _claim_told,
    "claim.rejected": _claim_told,
    "claim.credited": _credited,
    "decision.attach": _attached,
}


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    for kind, group in groupby((one for one in new if one.subject is not None), key=lambda one: one.kind):
        _BY_KIND[kind](connection, list(group))


WORKFLOW = Projection(tuple(_BY_KIND), (approval_now, claim_now, attachment_now), _apply)
"""Keeps `approval_now`, `claim_now` and `attachment_now`."""
