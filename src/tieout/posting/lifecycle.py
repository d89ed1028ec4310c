"""Life of a voucher: what can be done to it in which state, and by whom (`domain.md` 2.7)."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import attrs

from tieout.model import Voucher, VoucherStatus
from tieout.outcome import Summary
from tieout.posting.reversal import name_of

__all__ = [
    "ALLOWED",
    "FIXED",
    "Act",
    "Action",
    "full_name",
    "missing_signature",
    "moved_note",
    "state_before_review",
    "summary_of",
    "why_not",
    "why_not_by",
]


class Action(StrEnum):
    """What is done to a voucher, and what is done to others on its account."""

    PREPARE = "prepare"
    SIGN = "sign"
    REVIEW = "review"
    UNREVIEW = "unreview"
    POST = "post"
    REVERSE = "reverse"
    CORRECT = "correct"
    VOID = "void"
    DELETE = "delete"
    RENUMBER = "renumber"
    LOCK = "lock"


@attrs.frozen(kw_only=True)
class Act:
    """One thing that was done to one voucher.

    Attributes:
        action: What was done.
        voucher_id: The voucher; None for what was done to a whole period.
        name: Its period, word and number afterwards, such as `2026-10 记-5`; before, when it was deleted.
        by: Who did it.
        note: What else there is to say, such as the day it was moved from; None when there is nothing.
    """

    action: Action
    voucher_id: str | None
    name: str
    by: str
    note: str | None = None

    @classmethod
    def on(cls, action: Action, voucher: Voucher, by: str, note: str | None = None) -> "Act":
        """What was done to a voucher, under the name that it has."""
        return cls(action=action, voucher_id=voucher.voucher_id, name=full_name(voucher), by=by, note=note)


ALLOWED: Mapping[VoucherStatus, tuple[Action, ...]] = MappingProxyType(
    {
        VoucherStatus.DRAFT: (Action.PREPARE,),
        VoucherStatus.PREPARED: (Action.SIGN, Action.REVIEW, Action.DELETE, Action.VOID),
        VoucherStatus.CASHIER_SIGNED: (Action.REVIEW, Action.DELETE, Action.VOID),
        VoucherStatus.REVIEWED: (Action.UNREVIEW, Action.POST, Action.VOID),
        VoucherStatus.POSTED: (Action.REVERSE, Action.CORRECT),
        VoucherStatus.REVERSED: (),
    }
)
"""What can be done to a voucher in each state."""

FIXED = frozenset({VoucherStatus.REVIEWED, VoucherStatus.POSTED, VoucherStatus.REVERSED})
"""States in which a voucher's number does not change any more."""

_PASSIVE = {
    Action.SIGN: "signed by a cashier",
    Action.REVIEW: "reviewed",
    Action.UNREVIEW: "unreviewed",
    Action.POST: "posted",
    Action.REVERSE: "reversed",
    Action.CORRECT: "corrected",
    Action.VOID: "voided",
    Action.DELETE: "deleted",
}


_SIGNATURES = {
    VoucherStatus.PREPARED: ("preparer",),
    VoucherStatus.CASHIER_SIGNED: ("preparer", "cashier"),
    VoucherStatus.REVIEWED: ("preparer", "reviewer"),
    VoucherStatus.POSTED: ("preparer", "reviewer", "poster"),
    VoucherStatus.REVERSED: ("preparer", "reviewer", "poster"),
}


def full_name(voucher: Voucher) -> str:
    """Period, word and number, such as `2026-10 记-5`; word and id for a draft."""
    return f"{voucher.period} {name_of(voucher)}"


def why_not(voucher: Voucher, action: Action) -> str | None:
    """Why the state of a voucher forbids an action, and what it allows; None when it does not forbid it."""
    allowed = ALLOWED[voucher.status]
    if action in allowed:
        return None
    state = voucher.status.value.replace("_", " ")
    rest = f"it allows {', '.join(allowed)}" if allowed else "nothing more is done to it"
    return f"{full_name(voucher)} is {state} and cannot be {_PASSIVE[action]}; {rest}"


def why_not_by(voucher: Voucher, action: Action, by: str) -> str | None:
    """Why somebody may not do it; None when he may.

    Who made a voucher does not check it. A cashier neither checks vouchers nor books what he received and paid
    (会计法: 出纳人员不得兼任稽核和收入、支出、费用、债权债务账目的登记工作).
    """
    if action in {Action.REVIEW, Action.UNREVIEW} and by == voucher.preparer:
        return f"{full_name(voucher)} was prepared by {by}, who cannot {action} it"
    if action in {Action.REVIEW, Action.UNREVIEW, Action.POST} and by == voucher.cashier:
        return f"{full_name(voucher)} was signed by {by} as cashier, who cannot {action} it"
    return None


def missing_signature(voucher: Voucher) -> str | None:
    """Who must have signed a voucher in its state and has not, such as `reviewer`; None when nobody is missing."""
    needed = _SIGNATURES.get(voucher.status, ())
    return next((name for name in needed if getattr(voucher, name) is None), None)


def state_before_review(voucher: Voucher) -> VoucherStatus:
    """The state to which a voucher returns when its review is taken back."""
    return VoucherStatus.PREPARED if voucher.cashier is None else VoucherStatus.CASHIER_SIGNED


def moved_note(wanted: dt.date, day: dt.date) -> str | None:
    """What the trail says of a voucher that was moved to another day; None when it was not."""
    return None if wanted == day else f"moved from {wanted}, which is locked"


def summary_of(vouchers: Iterable[Voucher]) -> Summary:
    """How many vouchers each period has in each state."""
    counts = Counter((voucher.period, voucher.status) for voucher in vouchers)
    sections = tuple(
        (
            period,
            tuple(
                (state.value.replace("_", " "), f"{counts[period, state]:,}")
                for state in VoucherStatus
                if counts[period, state]
            ),
        )
        for period in sorted({period for period, _ in counts})
    )
    return Summary(title="Journal", sections=sections)
