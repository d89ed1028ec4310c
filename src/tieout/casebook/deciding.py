"""Deciding: what people do about cases, one at a time or ten thousand at once."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Connection, RowMapping

from tieout.casebook.actors import Actor, Role, require_actor
from tieout.casebook.approving import ApprovalsDesk
from tieout.casebook.case_desk import Body, Cases, Decided, Seen, clean
from tieout.casebook.claiming import ClaimsDesk
from tieout.casebook.ending import finish
from tieout.casebook.given import of_kind
from tieout.casebook.workflow import CaseState, Resolution
from tieout.errors import CasebookError, NotAllowed
from tieout.model import ResponsibleParty

__all__ = ["Cause", "DecisionsDesk"]

Word = TypeVar("Word", Role, Resolution, ResponsibleParty)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ACCEPTED = (Resolution.FALSE_POSITIVE, Resolution.TIMING_DIFFERENCE, Resolution.DUPLICATE_CASE)


class Cause(StrEnum):
    """Causes that are often found. Any other text will do; the same text for the same cause lets recurrence be seen."""

    WRONG_WEIGHT = "wrong_weight"
    WRONG_RATE = "wrong_rate"
    WRONG_ZONE = "wrong_zone"
    WRONG_ITEM = "wrong_item"
    AMOUNT_CHANGED_MIDWAY = "amount_changed_midway"
    UNRECORDED_MOVEMENT = "unrecorded_movement"
    THEFT = "theft"
    DAMAGE = "damage"
    LOSS = "loss"
    UNIT_ERROR = "unit_error"
    LABEL_SWAP = "label_swap"
    LATE_BOOKING = "late_booking"
    ENTERED_TWICE = "entered_twice"
    SYSTEM_FAULT = "system_fault"
    UNKNOWN = "unknown"


class DecisionsDesk(ClaimsDesk, ApprovalsDesk):
    """Assigning, working on, ending, reopening and reviewing cases.

    Every call takes one case id or several, and is done for all of them or for none. `seen` is the `version` of the case that
    the caller looked at, or of the list; when something was noted about the case since, the call is refused.

    Errors of every call:
        CasebookError: A case is unknown or named twice, a text is missing, or the actor is none.
        NotAllowed: The actor has not the role for it, or would check their own work.
        InvalidTransition: The case's state does not allow it.
        DecisionConflict: It changed since the caller looked at it.
    """

    def assign(
        self,
        case_ids: Cases,
        to: str | None = None,
        *,
        actor: Actor,
        role: Role | str | None = None,
        due_on: date | None = None,
        reason: str | None = None,
        seen: Seen = None,
    ) -> Decided:
        """Give cases to a person, or hand them to another team, which then owns them.

        Args:
            case_ids: Which.
            to: Name of the person; None to leave it to the team.
            actor: Who gives them.
            role: Team that owns them from now on; None to leave them with the one that does.
            due_on: Another day by which they must be handled; None to leave it.
            reason: Why.
            seen: Versions that the actor looked at.
        """
        team = None if role is None else _word(Role, role, "role")
        person = _person(to)
        if person is None and team is None:
            raise CasebookError("a person or a role is needed", where="assign")

        def body(row: RowMapping) -> Body:
            made: Body = {}
            if person is not None or (team is not None and team != row["owner"]):
                made["assignee"] = person
            if team is not None:
                made |= {"owner": team.value, "escalate_to": self.policies.lead_of(team, type=row["type"])}
            return made if due_on is None else {**made, "due_on": due_on.isoformat()}

        return self._decide("assign", case_ids, actor=actor, reason=clean(reason, name="reason"), seen=seen, body=body)

    def start(self, case_ids: Cases, *, actor: Actor, reason: str | None = None, seen: Seen = None) -> Decided:
        """Begin to investigate; a case that nobody has is the actor's from then on."""
        return self._decide("start", case_ids, actor=actor, reason=clean(reason, name="reason"), seen=seen)

    def comment(self, case_ids: Cases, text: str, *, actor: Actor, seen: Seen = None) -> Decided:
        """Say something about cases. Phones, cards and the like are masked before it is kept."""
        said = clean(text, name="text", needed=True)
        return self._decide("comment", case_ids, actor=actor, reason=None, seen=seen, body=lambda _: {"text": said})

    def attach(
        self,
        case_ids: Cases,
        ref: str,
        *,
        actor: Actor,
        label: str = "evidence",
        sha256: str | None = None,
        reason: str | None = None,
        seen: Seen = None,
    ) -> Decided:
        """Attach evidence by reference; its content is never kept.

        Args:
            case_ids: Which.
            ref: Where it lies: the number of a chat, a path, an address.
            actor: Who attaches it.
            label: What it proves, such as `refund_proof`; checklists name these.
            sha256: Hash of its bytes, 64 hex digits; None where it is a number of another system.
            reason: Why.
            seen: Versions that the actor looked at.
        """
        given = None if sha256 is None else of_kind(sha256, str, "text", where="sha256").strip().lower()
        if given is not None and not _SHA256.fullmatch(given):
            raise CasebookError(f"64 hex digits are needed, got {sha256!r}", where="sha256")
        made = {
            "ref": clean(ref, name="ref", needed=True),
            "label": clean(label, name="label", needed=True),
            "sha256": given,
        }
        return self._decide(
            "attach", case_ids, actor=actor, reason=clean(reason, name="reason"), seen=seen, body=lambda _: dict(made)
        )

    def accept(
        self,
        case_ids: Cases,
        *,
        actor: Actor,
        reason: str,
        resolution: Resolution | str = Resolution.FALSE_POSITIVE,
        cause: str | None = None,
        responsible: ResponsibleParty | str | None = None,
        seen: Seen = None,
    ) -> Decided:
        """Let cases stand as they are: nothing is to be corrected or booked.

        The library itself (`SYSTEM`) accepts what is within the tolerance of the policies; such cases are `auto_accepted`.

        Args:
            case_ids: Which.
            actor: Who accepts.
            reason: Why; it has to be said.
            resolution: `false_positive`, `timing_difference` or `duplicate_case`.
            cause: What caused it, where that is known.
            responsible: Who caused it.
            seen: Versions that the actor looked at.
        """
        ended = _word(Resolution, resolution, "resolution")
        if ended not in _ACCEPTED:
            raise CasebookError(f"one of {', '.join(_ACCEPTED)} is needed, got {ended}", where="resolution")
        made = _ending(ended, cause, responsible)
        said = clean(reason, name="reason", needed=True)
        if Role.SYSTEM in require_actor(actor).roles:
            return self._auto_accept(case_ids, actor=actor, reason=said, made=made, seen=seen)
        return self._end("accept", case_ids, actor=actor, reason=said, seen=seen, made=lambda _: dict(made))

    def write_off(
        self,
        case_ids: Cases,
        *,
        actor: Actor,
        reason: str,
        cause: str | None = None,
        responsible: ResponsibleParty | str | None = None,
        seen: Seen = None,
    ) -> Decided:
        """Give up the amounts of cases. Above the write-off limit it waits for somebody else's approval.

        Args:
            case_ids: Which.
            actor: Who gives it up.
            reason: Why; it has to be said.
            cause: What caused it, where that is known.
            responsible: Who caused it.
            seen: Versions that the actor looked at.
        """
        made = _ending(Resolution.WRITTEN_OFF, cause, responsible)
        said = clean(reason, name="reason", needed=True)
        return self._end("write_off", case_ids, actor=actor, reason=said, seen=seen, made=lambda _: dict(made))

    def resolve(
        self,
        case_ids: Cases,
        *,
        actor: Actor,
        cause: str,
        responsible: ResponsibleParty | str,
        resolution: Resolution | str | None = None,
        quantity: int | None = None,
        reason: str | None = None,
        seen: Seen = None,
    ) -> Decided:
        """End cases, with what caused them and who.

        Whose fault it was decides the next step, which comes back as a proposal: our own is corrected by an adjusting voucher,
        that of a platform, courier, channel, bank or customer by a letter with identifiers and amounts.

        Args:
            case_ids: Which.
            actor: Who resolves them.
            cause: What caused them, such as `wrong_zone`.
            responsible: Who caused them.
            resolution: How they end. Unless given: what came of the claim; else `adjusting_voucher` where money differs and it
                was our own fault; else `corrected_source`.
            quantity: Pieces to add to the stock, for `adjusted_stock`; negative takes away.
            reason: Why.
            seen: Versions that the actor looked at.
        """
        party = _word(ResponsibleParty, responsible, "responsible")
        given = None if resolution is None else _word(Resolution, resolution, "resolution")
        if quantity is not None and given is not Resolution.ADJUSTED_STOCK:
            raise CasebookError("a quantity goes with resolution='adjusted_stock'", where="quantity")
        common = _ending(None, clean(cause, name="cause", needed=True), party)

        def made(row: RowMapping) -> Body:
            ended = {**common, "resolution": (given or _usual(row, party)).value}
            return ended if quantity is None else {**ended, "quantity": quantity}

        return self._end("resolve", case_ids, actor=actor, reason=clean(reason, name="reason"), seen=seen, made=made)

    def reopen(self, case_ids: Cases, *, actor: Actor, reason: str, seen: Seen = None) -> Decided:
        """Take up cases again that were resolved or accepted; the reason has to be said. Their days begin anew."""
        said = clean(reason, name="reason", needed=True)
        today = self.policies.day_of(self.clock())

        def body(row: RowMapping) -> Body:
            days = self.policies.rule(row["type"]).days or 0
            return {"due_on": self.policies.calendar.add_working_days(today, days).isoformat()}

        return self._decide("reopen", case_ids, actor=actor, reason=said, seen=seen, body=body)

    def review(self, case_ids: Cases, *, actor: Actor, reason: str | None = None, seen: Seen = None) -> Decided:
        """Sign off cases that somebody else ended.

        Raises:
            NotAllowed: The actor ended one of them; nobody checks their own work, an administrator neither.
        """

        def body(row: RowMapping) -> Body:
            if row["resolved_by"] == actor.name:
                raise NotAllowed(
                    f"{actor.name} ended it and cannot review it",
                    where=f"case {row['case_id']}",
                    hint="somebody else can",
                )
            return {}

        return self._decide("review", case_ids, actor=actor, reason=clean(reason, name="reason"), seen=seen, body=body)

    def _end(
        self,
        action: str,
        case_ids: Cases,
        *,
        actor: Actor,
        reason: str | None,
        seen: Seen,
        made: Callable[[RowMapping], Body],
    ) -> Decided:
        """End cases, or ask for the approval that their amount needs."""
        return self._decide(
            action,
            case_ids,
            actor=actor,
            reason=reason,
            seen=seen,
            body=made,
            approved_as=lambda body: _approved_as(action, body),
            finish=self._finish,
        )

    def _auto_accept(self, case_ids: Cases, *, actor: Actor, reason: str | None, made: Body, seen: Seen) -> Decided:
        def body(row: RowMapping) -> Body:
            if not self.policies.is_within_tolerance(row["impact_minor"], row["currency"]):
                raise NotAllowed(
                    f"{actor.name} may accept what is within the tolerance alone",
                    where=f"case {row['case_id']}",
                    hint=f"the limit is {self.policies.said.auto_accept_limit} {self.policies.currency}",
                )
            return dict(made)

        return self._decide(
            "accept",
            case_ids,
            actor=actor,
            reason=reason,
            seen=seen,
            body=body,
            step="auto_accept",
            finish=self._finish,
        )

    def _finish(self, connection: Connection, made: Sequence[tuple[RowMapping, Body]]) -> None:
        finish(connection, self.policies, made)


def _approved_as(action: str, body: Body) -> str:
    """What the approval of an end goes by, whichever the call.

    A case that is let stand is accepted; one of which the party agreed to pay and no line says that it did is given up.
    """
    resolution = str(body["resolution"])
    if action != "resolve":
        return action
    if resolution in _ACCEPTED:
        return "accept"
    is_unpaid = resolution == Resolution.CLAIMED_RECOVERED and body.get("from") == CaseState.CLAIM_ACCEPTED
    return Resolution.CLAIMED_REJECTED.value if is_unpaid else resolution


def _ending(resolution: Resolution | None, cause: str | None, responsible: ResponsibleParty | str | None) -> Body:
    """What every end of a case says."""
    made: Body = {}
    if resolution is not None:
        made["resolution"] = resolution.value
    said = clean(cause, name="cause")
    if said is not None:
        made["cause"] = said
    if responsible is not None:
        made["responsible"] = _word(ResponsibleParty, responsible, "responsible").value
    return made


def _person(name: str | None) -> str | None:
    """A name as an actor bears it. It is not masked: who is named so has to be found again."""
    return None if clean(name, name="to") is None else str(name).strip()


def _usual(row: RowMapping, party: ResponsibleParty) -> Resolution:
    """How a case ends where nobody says it."""
    if row["state"] == CaseState.CLAIM_ACCEPTED:
        return Resolution.CLAIMED_RECOVERED
    if row["state"] == CaseState.CLAIM_REJECTED:
        return Resolution.CLAIMED_REJECTED
    if party is ResponsibleParty.INTERNAL and row["impact_minor"]:
        return Resolution.ADJUSTING_VOUCHER
    return Resolution.CORRECTED_SOURCE


def _word(words: type[Word], given: str, name: str) -> Word:
    try:
        return words(of_kind(given, str, "a word", where=name))
    except ValueError:
        known = ", ".join(words)
        raise CasebookError(f"one of {known} is needed, got {given!r}", where=name) from None
