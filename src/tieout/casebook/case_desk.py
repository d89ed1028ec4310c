"""The case desk: how every decision about cases is taken: looked up, allowed, checked, approved where it must be, and noted."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, texts_of
from tieout.casebook.log import Draft, Entry
from tieout.casebook.proposals import Proposal, propose
from tieout.casebook.schema import case_now, entry
from tieout.casebook.workflow import CaseState, next_state
from tieout.errors import CasebookError, DecisionConflict, InvalidTransition
from tieout.privacy import mask_text

__all__ = ["CaseDesk", "Cases", "Decided", "Seen", "clean", "ids_of", "proposals_of"]

Cases = str | Iterable[str]
"""One case id, or several."""
Seen = int | Mapping[str, int] | None
"""`Case.version` that the caller looked at: one number for all cases, or one for each."""
Body = dict[str, Any]
_AT_ONCE = 500  # ids of one query: databases bound how many parameters a statement has
_SHOWN = 5
_LONGEST = 20_000
_BLOCKED = frozenset({"accept", "write_off", "resolve", "claim"})
"""What a case that waits for an approval is not open to."""


@attrs.frozen(kw_only=True)
class Decided:
    """What a decision came to.

    Attributes:
        entries: What was noted, in order.
        case_ids: Cases that it was made for, in the order in which they were given.
        awaiting: Those of them that wait for somebody's approval, and are as they were until then.
        proposals: What is to be done outside: vouchers, stock, letters. The library says it, the caller does it.
    """

    entries: tuple[Entry, ...] = attrs.field(repr=False)
    case_ids: tuple[str, ...]
    awaiting: tuple[str, ...] = ()
    proposals: tuple[Proposal, ...] = attrs.field(default=(), repr=False)


def clean(text: str | None, *, name: str, needed: bool = False) -> str | None:
    """A text for the log: masked, and not endless.

    Args:
        text: What somebody wrote.
        name: What it is called in an error.
        needed: Whether there has to be one.

    Raises:
        CasebookError: It is no text, there is none, or it is too long.

    Example:
        >>> clean(" call 13800005678 ", name="reason")
        'call 138****5678'
    """
    given: object = text
    if given is not None and not isinstance(given, str):
        raise CasebookError(f"text is needed, got {type(given).__name__}", where=name)
    stripped = (text or "").strip()
    if needed and not stripped:
        raise CasebookError("it has to be said, for whoever reads it in thirty years", where=name)
    if len(stripped) > _LONGEST:
        raise CasebookError(f"{len(stripped):,} characters, at most {_LONGEST:,} are kept", where=name)
    return mask_text(stripped) if stripped else None


def ids_of(given: Cases) -> tuple[str, ...]:
    """Ids of cases as a caller gave them.

    Raises:
        CasebookError: One is no text, or is named twice.
    """
    ids = texts_of(given, "ids of cases", where="case_ids")
    if len(set(ids)) != len(ids):
        twice = Counter(ids).most_common(1)[0][0]
        raise CasebookError(f"case {twice} is named twice", where="case_ids")
    return ids


def proposals_of(made: Iterable[tuple[RowMapping, Mapping[str, Any]]]) -> tuple[Proposal, ...]:
    """What follows from decisions that end cases."""
    found = (propose(row, body) for row, body in made if "resolution" in body)
    return tuple(one for one in found if one is not None)


class CaseDesk(Desk):
    """What the desks of decisions, claims and approvals share."""

    def _decide(
        self,
        action: str,
        given: Cases,
        *,
        actor: Actor,
        reason: str | None,
        seen: Seen,
        body: Callable[[RowMapping], Mapping[str, Any]] | None = None,
        approved_as: Callable[[Body], str] | None = None,
        finish: Callable[[Connection, Sequence[tuple[RowMapping, Body]]], None] | None = None,
        step: str | None = None,
    ) -> Decided:
        """Take one decision for cases, for all of them or for none.

        Args:
            action: What, as the permissions have it.
            given: Which cases.
            actor: Who.
            reason: Why, cleaned.
            seen: Versions that they looked at.
            body: What becomes of a case, besides its state.
            approved_as: What `needs_approval` is asked for; None when nothing needs to be approved.
            finish: Completes the bodies of all, when all are known.
            step: Step of the workflow, where it is called otherwise than the action.
        """
        require_actor(actor)
        ids = ids_of(given)
        with self.store.writing() as connection:
            rows = self._rows(connection, ids, seen)
            made = [(row, self._stepped(action, row, actor, step or action)) for row in rows]
            for row, found in made:
                found.update(body(row) if body is not None else {})
            if finish is not None:
                finish(connection, made)
            asked, direct = self._split(made, approved_as)
            drafts = [self._asking(action, row, found, level, reason) for row, found, level in asked]
            drafts += [
                Draft(kind=f"decision.{action}", subject=row["case_id"], body=found, reason=reason)
                for row, found in direct
            ]
            new = self._note(connection, drafts, actor=actor)
        return Decided(
            entries=new,
            case_ids=ids,
            awaiting=tuple(row["case_id"] for row, _, _ in asked),
            proposals=proposals_of(direct),
        )

    def _stepped(self, action: str, row: RowMapping, actor: Actor, step: str) -> Body:
        """The state that a case goes to, and who it is taken on by when nobody had it."""
        self._require(actor, action, row)
        if row["awaits"] is not None and action in _BLOCKED:
            raise InvalidTransition(
                f"data.invalid_transition: it waits for the approval of {row['awaits']}",
                where=f"case {row['case_id']}",
                state=row["state"],
                allowed=("approve", "refuse", "comment", "attach", "assign"),
                hint="it can be given, or refused by the one who asked for it too",
            )
        to = next_state(step, row["state"], case_id=row["case_id"])
        if to == row["state"]:
            return {}
        made: Body = {"from": row["state"], "state": to.value}
        if to in {CaseState.INVESTIGATING, CaseState.RESOLVED, CaseState.CLAIMED} and row["assignee"] is None:
            made["assignee"] = actor.name  # who decides about a case that nobody has takes it on
        return made

    def _require(self, actor: Actor, action: str, row: RowMapping) -> None:
        self.policies.require(actor, action, owner=row["owner"], escalate_to=self._lead(row), assignee=row["assignee"])

    def _lead(self, row: RowMapping) -> str | None:
        found: str | None = row["escalate_to"]
        return found or self.policies.lead_of(row["owner"], type=row["type"])

    def _split(
        self, made: Sequence[tuple[RowMapping, Body]], approved_as: Callable[[Body], str] | None
    ) -> tuple[list[tuple[RowMapping, Body, str]], list[tuple[RowMapping, Body]]]:
        asked: list[tuple[RowMapping, Body, str]] = []
        direct: list[tuple[RowMapping, Body]] = []
        for row, found in made:
            level = None
            if approved_as is not None:
                level = self.policies.needs_approval(approved_as(found), row["impact_minor"], row["currency"])
            if level is None:
                direct.append((row, found))
            else:
                asked.append((row, found, level))
        return asked, direct

    def _asking(self, action: str, row: RowMapping, decision: Body, level: str, reason: str | None) -> Draft:
        roles = self.policies.roles_of(level, owner=row["owner"], escalate_to=self._lead(row))
        return Draft(
            kind="approval.asked",
            subject=row["case_id"],
            reason=reason,
            body={
                "action": action,
                "level": level,
                "awaits": roles[0],
                "amount_minor": row["impact_minor"],
                "currency": row["currency"],
                "decision": decision,
            },
        )

    def _rows(self, connection: Connection, ids: Sequence[str], seen: Seen = None) -> list[RowMapping]:
        """Cases as they stand, in the order of their ids.

        Raises:
            CasebookError: One of them is not in the book.
            DecisionConflict: Something was said about one of them since the caller looked at it.
        """
        found: dict[str, RowMapping] = {}
        for start in range(0, len(ids), _AT_ONCE):
            query = select(case_now).where(case_now.c.case_id.in_(ids[start : start + _AT_ONCE]))
            found |= {row["case_id"]: row for row in connection.execute(query).mappings()}
        unknown = [one for one in ids if one not in found]
        if unknown:
            more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
            raise CasebookError(f"there is no case {', '.join(unknown[:_SHOWN])}{more}", where="case_ids")
        if seen is not None:
            self._require_seen(connection, found, ids, seen)
        return [found[one] for one in ids]

    def _require_seen(
        self, connection: Connection, found: Mapping[str, RowMapping], ids: Sequence[str], seen: int | Mapping[str, int]
    ) -> None:
        for one in ids:
            told = seen.get(one) if isinstance(seen, Mapping) else seen
            version: int = found[one]["version"]
            if told is None:
                continue
            known = of_kind(told, int, "the version of a case", where="seen")
            if version > known:
                newer = connection.execute(select(entry.c.kind, entry.c.actor).where(entry.c.seq == version)).one()
                raise DecisionConflict(
                    f"you saw version {known}; since then {newer.actor} noted {newer.kind} (entry {version})",
                    where=f"case {one}",
                    seen=known,
                    entry=version,
                    hint="look at the case again and decide anew",
                )
