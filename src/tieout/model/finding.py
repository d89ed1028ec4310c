"""Findings: match groups, discrepancies and accountable events, which a reconciliation hands on."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from moneyed import Money

from tieout.model._record import EMPTY, record
from tieout.model.after_sale import ResponsibleParty
from tieout.model.provenance import Provenance

__all__ = ["Discrepancy", "DiscrepancyState", "Event", "MatchGroup", "MatchStatus", "Severity"]


class MatchStatus(StrEnum):
    """Whether a match may be relied on."""

    CONFIRMED = "confirmed"
    SUGGESTED = "suggested"


class Severity(StrEnum):
    """How much a discrepancy matters (`domain.md` 6.3)."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class DiscrepancyState(StrEnum):
    """Stage of a discrepancy (`domain.md` 2.7)."""

    OPEN = "open"
    AUTO_ACCEPTED = "auto_accepted"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    CLAIMED = "claimed"
    CLAIM_ACCEPTED = "claim_accepted"
    CLAIM_REJECTED = "claim_rejected"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"
    ARCHIVED = "archived"


@record
class MatchGroup:
    """Records of two sides that belong together.

    Attributes:
        group: Number of the group, 0-based, in the order of its smallest left position.
        rule: Name of the rule that made it.
        status: Whether it may be relied on.
        score: Evidence for it, 0 to 1; 1 is an exact key without contradiction.
        left: The caller's own objects of the left side.
        right: The caller's own objects of the right side.
        left_positions: Their 0-based positions in the left input.
        right_positions: Their 0-based positions in the right input.
    """

    group: int
    rule: str
    status: MatchStatus
    score: Decimal
    left: tuple[Any, ...] = ()
    right: tuple[Any, ...] = ()
    left_positions: tuple[int, ...] = ()
    right_positions: tuple[int, ...] = ()


@record
class Discrepancy:
    """One thing that does not agree, with what it costs.

    Attributes:
        discrepancy_id: Stable hash of type, keys and sources: the same finding has the same id in every run.
        type: Dotted code, such as `courier.overweight`.
        severity: How much it matters.
        impact: actual - expected, signed; positive is charged too much. Zero when no money differs.
        expected: What should have been there; None when it cannot be computed.
        actual: What is there; None when nothing is.
        claimable: Whether the other side owes the impact by the contract.
        factor: What explains the difference, such as `weight`; None when nothing was tried or explains it.
        secondary: Other types that the same line also shows, without money of their own.
        keys: The identifiers that name it, such as tracking number, bill and charge type.
        evidence: The facts behind it, as text, such as our and their weight.
        diffs: Fields that differ, each as `expected -> actual`.
        reason: One sentence for a person, in English.
        reason_zh: The same sentence in Chinese.
        next_step: What to do first, in English.
        next_step_zh: The same in Chinese.
        responsible_party: Who caused it, where that can be inferred.
        period: Accounting period, `2026-10`.
        state: Where its handling stands.
        owner: Role or person who handles it.
        due_on: Day by which it must be handled.
        cause: Cause code found by the investigation.
        resolution: How it ended.
        provenance: Where the actual figure stands, or the record that lacks its counterpart.
    """

    discrepancy_id: str
    type: str
    severity: Severity
    impact: Money
    expected: Money | None = None
    actual: Money | None = None
    claimable: bool = False
    factor: str | None = None
    secondary: tuple[str, ...] = ()
    keys: Mapping[str, str] = EMPTY
    evidence: Mapping[str, str] = EMPTY
    diffs: Mapping[str, str] = EMPTY
    reason: str | None = None
    reason_zh: str | None = None
    next_step: str | None = None
    next_step_zh: str | None = None
    responsible_party: ResponsibleParty | None = None
    period: str | None = None
    state: DiscrepancyState = DiscrepancyState.OPEN
    owner: str | None = None
    due_on: date | None = None
    cause: str | None = None
    resolution: str | None = None
    provenance: Provenance | None = None


@record
class Event:
    """One accountable fact that posting turns into voucher lines.

    Attributes:
        event_id: Stable hash of kind, document and sources; posting it twice gives the same voucher.
        kind: Dotted code, such as `courier.bill`, that a voucher template exists for.
        occurred_on: Accounting day.
        document: Document whose events are posted together, such as a bill's number.
        party: Other side, such as the carrier code.
        shop_id: Shop it belongs to; None when shops share it.
        book_id: Book it belongs to; None until a book takes it.
        amount: Tax-inclusive amount as the kind defines it; a credit is negative.
        tax_rate: VAT rate inside `amount` as a fraction; None when there is none or it is unknown.
        tax: VAT inside `amount` as a document states it, signed alike; None where it follows from the rate.
        subsidy: Part of `amount` that the platform funds, signed alike; None when there is none.
        original: Tax-inclusive amount of the sale that this takes back, in whole or in part; None where it takes back none.
        taken_before: What earlier events took back of `original`; None when nothing.
        details: What distinguishes events of one kind, such as `leg`.
        sources: Lines that the amount is the sum of, as runs.
    """

    event_id: str
    kind: str
    occurred_on: date
    document: str
    party: str | None = None
    shop_id: str | None = None
    book_id: str | None = None
    amount: Money
    tax_rate: Decimal | None = None
    tax: Money | None = None
    subsidy: Money | None = None
    original: Money | None = None
    taken_before: Money | None = None
    details: Mapping[str, str] = EMPTY
    sources: tuple[Provenance, ...] = ()
