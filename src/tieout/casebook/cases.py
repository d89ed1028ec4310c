"""A case: a discrepancy as somebody's work, with all that was said and decided about it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import attrs
from moneyed import Money
from sqlalchemy import RowMapping

from tieout.casebook.log import Entry
from tieout.casebook.policies import Policies
from tieout.casebook.proposals import money_of
from tieout.casebook.workflow import CaseState, Resolution, allowed_in
from tieout.model import ResponsibleParty, Severity

__all__ = ["Attachment", "Case", "case_of"]


@attrs.frozen(kw_only=True)
class Attachment:
    """Evidence, by reference.

    Attributes:
        label: What it proves, such as `refund_proof`.
        ref: Where it lies.
        sha256: Hash of its bytes; None where it is a number of another system.
    """

    label: str
    ref: str
    sha256: str | None = None


@attrs.frozen(kw_only=True)
class Case:
    """One case as it stands, with its history.

    Attributes:
        case_id: Stable through all runs.
        version: Number of the last entry about it; `seen` of a decision.
        reconciliation: Which reconciliation found it.
        discrepancy_id: Id of the discrepancy there.
        type: Type of discrepancy, such as `courier.overweight`.
        severity: How much it matters.
        state: Where its handling stands.
        is_open: Whether somebody has to work on it.
        allowed: What may be done to it as it stands.
        impact: actual - expected, signed; None where no money is in it.
        expected: What should have been there; None when it cannot be computed.
        actual: What is there; None when nothing is.
        absorbed_minor: Part of the impact that manual links took over, smallest units.
        claimable: Whether the other side owes the impact.
        keys: Identifiers that name it.
        evidence: Facts behind it.
        reason: One sentence, in English.
        reason_zh: The same in Chinese.
        next_step: What to do first, in English.
        next_step_zh: The same in Chinese.
        playbook: What its team does with cases of this sort, in English.
        playbook_zh: The same in Chinese.
        entity: Whom it is about, such as `carrier/sf`; None when nobody is named.
        period: Accounting period.
        owner: Role that owns it.
        escalate_to: Role above it; None where there is none.
        assignee: Person who works on it; None while nobody does.
        opened_at: When it was first found.
        due_on: Day by which it must be handled; None where nobody said.
        resolved_at: When it ended; None while it is open.
        resolved_by: Who ended it, or asked for it.
        cause: What caused it.
        responsible: Who caused it; None until that is found.
        resolution: How it ended.
        awaits: Role whose approval it waits for; None when it waits for none.
        attachments: Its evidence, by reference.
        missing: Evidence that its type needs and that is not there.
        flags: What is wrong with how it was handled, such as `general.evidence_missing`.
        claim_id: Claim that it was last part of.
        is_recurring: Whether the same keeps happening.
        is_gone: Whether the last run does not find it any more.
        last_run: Entry of the run that last found it.
        source: File and line of the actual figure; None where it has none.
        history: Every entry about it, in order.
    """

    case_id: str
    version: int
    reconciliation: str
    discrepancy_id: str
    type: str
    severity: Severity
    state: CaseState
    is_open: bool
    allowed: tuple[str, ...]
    impact: Money | None
    expected: Money | None
    actual: Money | None
    absorbed_minor: int
    claimable: bool
    keys: Mapping[str, str]
    evidence: Mapping[str, str]
    reason: str | None
    reason_zh: str | None
    next_step: str | None
    next_step_zh: str | None
    playbook: str
    playbook_zh: str
    entity: str | None
    period: str | None
    owner: str | None
    escalate_to: str | None
    assignee: str | None
    opened_at: datetime
    due_on: date | None
    resolved_at: datetime | None
    resolved_by: str | None
    cause: str | None
    responsible: ResponsibleParty | None
    resolution: Resolution | None
    awaits: str | None
    attachments: tuple[Attachment, ...]
    missing: tuple[str, ...]
    flags: str | None
    claim_id: str | None
    is_recurring: bool
    is_gone: bool
    last_run: int
    source: str | None
    history: tuple[Entry, ...] = attrs.field(repr=False)


_AS_THEY_ARE = (
    *("case_id", "version", "reconciliation", "discrepancy_id", "type", "is_open", "absorbed_minor", "claimable"),
    *("reason", "reason_zh", "next_step", "next_step_zh", "entity", "period", "owner", "assignee", "resolved_by"),
    *("cause", "awaits", "flags", "claim_id", "is_recurring", "is_gone", "last_run"),
)


def case_of(
    row: RowMapping, *, attachments: Iterable[RowMapping], history: Iterable[Entry], policies: Policies
) -> Case:
    """A case of its row, its attachments and its entries."""
    state, rule = CaseState(row["state"]), policies.rule(row["type"])
    attached = tuple(Attachment(label=one["label"], ref=one["ref"], sha256=one["sha256"]) for one in attachments)
    there = {one.label for one in attached}
    facts: dict[str, Any] = {name: row[name] for name in _AS_THEY_ARE}
    return Case(
        **facts,
        severity=Severity(row["severity"]),
        state=state,
        allowed=("approve", "refuse", "assign", "comment", "attach") if row["awaits"] else allowed_in(state),
        impact=money_of(row["impact_minor"], row["currency"]),
        expected=money_of(row["expected_minor"], row["currency"]),
        actual=money_of(row["actual_minor"], row["currency"]),
        keys=json.loads(row["keys"]),
        evidence=json.loads(row["evidence"]),
        playbook=rule.playbook or "",
        playbook_zh=rule.playbook_zh or "",
        escalate_to=row["escalate_to"] or policies.lead_of(row["owner"], type=row["type"]),
        opened_at=datetime.fromisoformat(row["opened_at"]),
        due_on=None if row["due_on"] is None else date.fromisoformat(row["due_on"]),
        resolved_at=None if row["resolved_at"] is None else datetime.fromisoformat(row["resolved_at"]),
        responsible=None if row["responsible"] is None else ResponsibleParty(row["responsible"]),
        resolution=None if row["resolution"] is None else Resolution(row["resolution"]),
        attachments=attached,
        missing=tuple(label for label in policies.checklist(row["type"]).required if label not in there),
        source=None if row["source_file"] is None else f"{row['source_file']}:{row['source_line']}",
        history=tuple(history),
    )
