"""The workflow of a case: its states, what may be done in which, and how it may end (`domain.md` 2.7, 6.3)."""

from enum import StrEnum
from types import MappingProxyType

from tieout.errors import InvalidTransition

__all__ = ["OPEN_STATES", "CaseState", "Resolution", "allowed_in", "next_state"]


class CaseState(StrEnum):
    """Where the handling of a case stands."""

    OPEN = "open"
    AUTO_ACCEPTED = "auto_accepted"
    ASSIGNED = "assigned"
    INVESTIGATING = "investigating"
    CLAIMED = "claimed"
    CLAIM_ACCEPTED = "claim_accepted"
    CLAIM_REJECTED = "claim_rejected"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    REVIEWED = "reviewed"
    ARCHIVED = "archived"


OPEN_STATES = frozenset(CaseState) - {
    CaseState.AUTO_ACCEPTED,
    CaseState.RESOLVED,
    CaseState.REVIEWED,
    CaseState.ARCHIVED,
}
"""States in which somebody has to work on it."""


class Resolution(StrEnum):
    """How a case ended."""

    MATCHED_MANUALLY = "matched_manually"
    CORRECTED_SOURCE = "corrected_source"
    ADJUSTED_STOCK = "adjusted_stock"
    ADJUSTING_VOUCHER = "adjusting_voucher"
    CLAIMED_RECOVERED = "claimed_recovered"
    CLAIMED_REJECTED = "claimed_rejected"
    WRITTEN_OFF = "written_off"
    TIMING_DIFFERENCE = "timing_difference"
    FALSE_POSITIVE = "false_positive"
    DUPLICATE_CASE = "duplicate_case"


_NEW = (CaseState.OPEN, CaseState.REOPENED)
_WORKED_ON = (*_NEW, CaseState.ASSIGNED, CaseState.INVESTIGATING)
_ANSWERED = (CaseState.CLAIM_ACCEPTED, CaseState.CLAIM_REJECTED)
_UNDECIDED = (*_WORKED_ON, CaseState.CLAIMED, *_ANSWERED)


def _all(states: tuple[CaseState, ...], to: CaseState) -> dict[CaseState, CaseState]:
    return dict.fromkeys(states, to)


def _same(states: tuple[CaseState, ...]) -> dict[CaseState, CaseState]:
    return {state: state for state in states}


_STEPS = MappingProxyType(
    {
        # Handing over a case that is worked on already leaves it where it stands.
        "assign": {**_same(_UNDECIDED), **_all((*_NEW, CaseState.ASSIGNED), CaseState.ASSIGNED)},
        "start": _all((*_NEW, CaseState.ASSIGNED), CaseState.INVESTIGATING),
        "comment": _same(tuple(CaseState)),
        "attach": _same(tuple(state for state in CaseState if state is not CaseState.ARCHIVED)),
        "accept": _all(_WORKED_ON, CaseState.RESOLVED),
        "auto_accept": _all(_NEW, CaseState.AUTO_ACCEPTED),
        "write_off": _all((*_WORKED_ON, *_ANSWERED), CaseState.RESOLVED),
        "claim": _all(_WORKED_ON, CaseState.CLAIMED),
        "claim_accepted": _all((CaseState.CLAIMED,), CaseState.CLAIM_ACCEPTED),
        "claim_rejected": _all((CaseState.CLAIMED,), CaseState.CLAIM_REJECTED),
        "claim_credited": _all((CaseState.CLAIM_ACCEPTED,), CaseState.RESOLVED),
        "resolve": _all((*_WORKED_ON, *_ANSWERED), CaseState.RESOLVED),
        "reopen": _all((CaseState.RESOLVED, CaseState.AUTO_ACCEPTED), CaseState.REOPENED),
        "review": _all((CaseState.RESOLVED, CaseState.AUTO_ACCEPTED), CaseState.REVIEWED),
        "archive": _all((CaseState.REVIEWED,), CaseState.ARCHIVED),
    }
)


def allowed_in(state: CaseState) -> tuple[str, ...]:
    """Actions that a state allows, in the order in which a case goes through them.

    Example:
        >>> allowed_in(CaseState.CLAIMED)
        ('assign', 'comment', 'attach', 'claim_accepted', 'claim_rejected')
    """
    return tuple(action for action, to in _STEPS.items() if state in to and action != "auto_accept")


def next_state(action: str, state: str, *, case_id: str) -> CaseState:
    """The state after an action.

    Raises:
        InvalidTransition: The state does not allow it; the error lists what it does.

    Example:
        >>> str(next_state("claim", "open", case_id="c1"))
        'claimed'
    """
    now = CaseState(state)
    to = _STEPS[action].get(now)
    if to is None:
        allowed = allowed_in(now)
        raise InvalidTransition(
            f"data.invalid_transition: it is {now}, where {action} is not possible",
            where=f"case {case_id}",
            state=now,
            allowed=allowed,
            hint=f"possible are {', '.join(allowed)}",
        )
    return to
