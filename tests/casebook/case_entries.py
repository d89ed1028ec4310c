"""Entries of cases, as a run would write them."""

from tieout.casebook import SYSTEM
from tieout.casebook.log import Draft


def body(**others):
    """What a run says of a case that it opens."""
    return {
        "reconciliation": "courier_bill",
        "discrepancy_id": "d1",
        "type": "courier.overweight",
        "severity": "low",
        "currency": "CNY",
        "impact_minor": 90,
        "expected_minor": 260,
        "actual_minor": 350,
        "claimable": True,
        "keys": {"carrier": "sf", "tracking_no": "SF1"},
        "evidence": {"ours": "0.86", "theirs": "1.30"},
        "reason": "billed 1.30 kg",
        "reason_zh": "计费重量偏高",
        "owner": "logistics",
        "due_on": "2026-10-10",
        "period": "2026-10",
        "run": 1,
        **others,
    }


def note(cases, kind, subject="c1", *, actor=SYSTEM, reason=None, **said):
    """Write one entry."""
    with cases.store.writing() as connection:
        return cases._note(connection, [Draft(kind=kind, subject=subject, body=said, reason=reason)], actor=actor)[0]
