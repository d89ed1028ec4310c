"""Linking: what people decide about who belongs to whom, in force at once and in every run that follows."""

from collections.abc import Callable, Iterable, Sequence

import attrs
from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.case_desk import CaseDesk, Seen, clean
from tieout.casebook.findings import case_id_of
from tieout.casebook.given import of_kind, several_of
from tieout.casebook.ground import Ground, kept_ground, newest_scope
from tieout.casebook.link_entries import CaseDrafts, decision_drafts, in_force, require_unchanged, with_lost
from tieout.casebook.links import Decision, Made, Part
from tieout.casebook.log import Entry
from tieout.casebook.proposing import Board, Proposal, Wanted, effects
from tieout.casebook.refs import RecordRef
from tieout.casebook.regrouping import Standing
from tieout.casebook.run_tables import finding_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now
from tieout.errors import CasebookError
from tieout.proof import Proof

__all__ = ["Linked", "LinksDesk", "Pointed"]

Pointed = str | RecordRef
"""A case by its id, which stands for all records of its group, or a record."""


@attrs.frozen
class _Of:
    """What a decision is about, where no case says it.

    Attributes:
        reconciliation: Its name.
        scope: Of the run.
        entries: Numbers of earlier decisions.
    """

    reconciliation: str | None = None
    scope: str | None = None
    entries: tuple[int, ...] = ()


@attrs.frozen(kw_only=True, eq=False)
class Linked:
    """What a decision about who belongs to whom came to.

    Attributes:
        decisions: Those that are in force now because of it, with who and when.
        undone: Those that are not any more.
        resolved: Cases that it took over.
        opened: Cases of what is left, and those that are open again.
        proof: That the impacts of all cases, and what tolerance and time take up, sum to what they summed to before.
    """

    decisions: tuple[Decision, ...]
    undone: tuple[Decision, ...]
    resolved: tuple[str, ...]
    opened: tuple[str, ...]
    proof: Proof = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class _Place:
    """Where a decision is made: the last run of one scope, and what was pointed at."""

    board: Board
    ground: Ground
    wanted: tuple[Wanted, ...]


class LinksDesk(CaseDesk):
    """Links, unlinks and splits by hand.

    They are made over the last run, act on the cases at once, and win over the rules in every later run as long as the records
    that they name say what they said and differ by what they differed. A decision whose records or figures changed is not applied
    but listed (`links_in_question`) until it is reaffirmed or undone.

    Errors of every call:
        CasebookError: A case or record is not in the last run, records may not be joined, parts do not sum to their case, or an
            earlier decision stands against it, which is named.
        NotAllowed: The actor has not the role for it.
        InvalidTransition: A case that it would take over is claimed, or over already.
        DecisionConflict: A case changed since the caller looked at it.
    """

    def link(
        self,
        *groups: Iterable[Pointed],
        actor: Actor,
        reason: str | None = None,
        across_shops: bool = False,
        reconciliation: str | None = None,
        scope: str | None = None,
        seen: Seen = None,
    ) -> Linked:
        """Join records that belong together, one group for each link.

        What the records of a group differ by is left as one case; when they differ by nothing, none is left.

        Args:
            *groups: For each link cases or records; each stands for all that it is matched with.
            actor: Who decides.
            reason: Why; it has to be said where shops are crossed.
            across_shops: Whether records of several platforms or shops may be joined.
            reconciliation: Whose records they are, where no case says it.
            scope: Of which run, where no case says it; the last one unless given.
            seen: Versions of the cases that the actor looked at.
        """
        of_kind(across_shops, bool, "True or False", where="across_shops")
        said = clean(reason, name="reason", needed=across_shops)

        def propose(at: _Place) -> Proposal:
            return at.board.links(at.wanted, across_shops=across_shops)

        return self._linked("link", propose, groups, actor=actor, reason=said, of=_Of(reconciliation, scope), seen=seen)

    def unlink(
        self,
        *groups: Iterable[Pointed],
        actor: Actor,
        reason: str | None = None,
        reconciliation: str | None = None,
        scope: str | None = None,
        seen: Seen = None,
    ) -> Linked:
        """Take records apart that do not belong together, one group for each unlink.

        A group that was linked by hand falls back into what it was made of. Of another group the records that are named leave
        it, each side's by themselves; when all of them are named, or a case is, each side's stand alone. What they differ by is
        shared out to the last cent, and rules never match them again.

        Args:
            *groups: For each unlink records or a case of one group.
            actor: Who decides.
            reason: Why.
            reconciliation: Whose records they are, where no case says it.
            scope: Of which run, where no case says it; the last one unless given.
            seen: Versions of the cases that the actor looked at.
        """
        said = clean(reason, name="reason")

        def propose(at: _Place) -> Proposal:
            return at.board.unlinks(at.wanted)

        return self._linked(
            "unlink", propose, groups, actor=actor, reason=said, of=_Of(reconciliation, scope), seen=seen
        )

    def split(
        self, case_id: str, parts: Sequence[Part], *, actor: Actor, reason: str | None = None, seen: Seen = None
    ) -> Linked:
        """Make several cases of one, whose impacts sum to it.

        Args:
            case_id: Which.
            parts: Two or more, each with an amount and a note.
            actor: Who decides.
            reason: Why.
            seen: Version of the case that the actor looked at.
        """
        shares = [
            attrs.evolve(one, note=clean(one.note, name="note", needed=True) or "", owner=one.owner)
            for one in several_of(parts, Part, "a Part", where="parts")
        ]

        def propose(at: _Place) -> Proposal:
            return at.board.split(at.wanted[0].discrepancies[0], shares)

        said = clean(reason, name="reason")
        return self._linked("split", propose, [[case_id]], actor=actor, reason=said, of=_Of(), seen=seen)

    def undo(self, *decisions: int, actor: Actor, reason: str | None = None) -> Linked:
        """Take decisions back; what the rules say of their records stands again.

        Args:
            *decisions: Numbers of their entries.
            actor: Who takes them back.
            reason: Why.
        """
        several_of(decisions, int, "numbers of entries, one after the other,", where="decisions")

        def propose(at: _Place) -> Proposal:
            return Proposal(undone=tuple(self._of_entry(at.board, seq) for seq in decisions))

        return self._linked(
            "unlink",
            propose,
            (),
            actor=actor,
            reason=clean(reason, name="reason"),
            of=_Of(entries=decisions),
            kind="decision.undo",
        )

    def reaffirm(
        self,
        decision: int,
        *,
        actor: Actor,
        reason: str | None = None,
        parts: Sequence[Part] = (),
        across_shops: bool = False,
    ) -> Linked:
        """Put a decision in force again, on what its records say and differ by now.

        Args:
            decision: Number of its entry.
            actor: Who does it.
            reason: Why.
            parts: Of a split, what the case becomes where its impact changed.
            across_shops: Whether records of several platforms or shops may be joined.
        """
        of_kind(decision, int, "the number of one entry", where="decision")

        def propose(at: _Place) -> Proposal:
            return at.board.reaffirmed(self._of_entry(at.board, decision), parts, across_shops=across_shops)

        return self._linked(
            "reaffirm",
            propose,
            (),
            actor=actor,
            reason=clean(reason, name="reason"),
            of=_Of(entries=(decision,)),
            kind="decision.reaffirm",
        )

    def links(self, reconciliation: str | None = None) -> tuple[Decision, ...]:
        """Decisions in force, with who made them and when, in order; of one reconciliation where it is named."""
        with self.store.reading() as connection:
            return tuple(in_force(connection, reconciliation))

    def links_in_question(self, reconciliation: str, *, scope: str | None = None) -> tuple[Standing, ...]:
        """Decisions that the last run did not apply, each with what changed since it was made."""
        with self.store.reading() as connection:
            ground = self._ground(connection, reconciliation, scope)
            board = Board(ground.outcome, ground.refs, in_force(connection, reconciliation), period=ground.period)
            laid = with_lost(connection, board.laid, scope=ground.scope, is_carried=ground.is_carried)
        return laid.surfaced

    def _decisions_about(self, connection: Connection, reconciliation: str) -> Sequence[Decision]:
        return in_force(connection, reconciliation)

    def _linked(
        self,
        action: str,
        propose: Callable[[_Place], Proposal],
        groups: Sequence[Iterable[Pointed]],
        *,
        actor: Actor,
        reason: str | None,
        of: _Of,
        kind: str | None = None,
        seen: Seen = None,
    ) -> Linked:
        """Propose, check and keep decisions, and do at once to the cases what the next run will say of them."""
        require_actor(actor)
        with self.store.writing() as connection:
            at = self._place(connection, groups, of, seen)
            proposal = propose(at)
            require_unchanged(connection, proposal.made)
            after = at.board.after(proposal)
            gone, new = effects(at.board.laid, after.laid)
            proof = after.laid.outcome.proof
            if not proof.holds:
                raise CasebookError(f"the decision would lose money: {proof.failures[0]}", where=action)
            name = at.ground.outcome.reconciliation
            ids = {found: case_id_of(name, found) for found in [*gone, *new]}
            rows = self._known(connection, list(ids.values()))
            if rows:
                for found in gone:
                    if ids[found] in rows:
                        self._require(actor, action, rows[ids[found]])
            else:
                self.policies.require(actor, action)
            cases = CaseDrafts(
                after=after.laid,
                ground=at.ground,
                ids=ids,
                rows=rows,
                action=action,
                actor=actor.name,
            )
            decisions = decision_drafts(proposal, scope=at.ground.scope, reason=reason, kind=kind)
            drafts = [
                *decisions,
                *cases.gone(gone, reason),
                *cases.new(connection, new, policies=self.policies, on=self.policies.day_of(self.clock())),
            ]
            noted = self._note(connection, drafts, actor=actor)
        return Linked(
            decisions=tuple(
                attrs.evolve(one, made=_made(entry), scope=at.ground.scope)
                for one, entry in zip(proposal.made, noted, strict=False)
            ),
            undone=proposal.undone,
            resolved=tuple(ids[found] for found in gone if ids[found] in rows),
            opened=tuple(ids[found] for found in new),
            proof=proof,
        )

    def _place(self, connection: Connection, groups: Sequence[Iterable[Pointed]], of: _Of, seen: Seen) -> _Place:
        """The run that a decision is made over, and what it points at in it."""
        found: Sequence[object] = groups
        kinds = {type(one).__name__ for one in found if isinstance(one, str) or not isinstance(one, Iterable)}
        pointed = [] if kinds else [tuple(group) for group in groups]
        given: list[object] = [one for group in pointed for one in group]
        kinds |= {type(one).__name__ for one in given if not isinstance(one, str | RecordRef)}
        if kinds or not all(pointed):
            told = f"got {min(kinds)}" if kinds else "got nothing"
            raise CasebookError(f"groups of case ids and RecordRefs are needed, {told}", where="groups")
        ids = tuple(dict.fromkeys(one for group in pointed for one in group if isinstance(one, str)))
        rows = {row["case_id"]: row for row in self._rows(connection, ids, seen)}
        name, scope = self._whose(connection, rows, of)
        ground = self._ground(connection, name, scope)
        board = Board(ground.outcome, ground.refs, in_force(connection, name), period=ground.period)
        wanted = tuple(
            Wanted(
                records=[one for one in group if isinstance(one, RecordRef)],
                discrepancies=[rows[one]["discrepancy_id"] for one in group if isinstance(one, str)],
            )
            for group in pointed
        )
        return _Place(board=board, ground=ground, wanted=wanted)

    def _whose(self, connection: Connection, rows: dict[str, RowMapping], of: _Of) -> tuple[str, str | None]:
        """The reconciliation and the scope that a decision is about."""
        names: set[str] = _name_given(of.reconciliation, "reconciliation")
        scopes: set[str] = _name_given(of.scope, "scope")
        if of.entries:
            known = {one.made.seq: one for one in in_force(connection, None, only=of.entries) if one.made is not None}
            missing = [seq for seq in of.entries if seq not in known]
            if missing:
                raise CasebookError(f"entry {missing[0]} is no decision in force about records", where="decision")
            names.update(known[seq].reconciliation for seq in of.entries)
            scopes.update(scope for seq in of.entries if (scope := known[seq].scope) is not None)
        else:
            names.update(row["reconciliation"] for row in rows.values())
            scopes.update(self._scopes(connection, list(rows)))
        if len(names) != 1 or len(scopes) > 1:
            told = ", ".join(sorted(names)) or "none"
            raise CasebookError(
                f"one run of one reconciliation is needed, got {told} in {len(scopes)} scopes",
                where="reconciliation",
                hint="say reconciliation=, and decide about one at a time",
            )
        return names.pop(), scopes.pop() if scopes else None

    def _scopes(self, connection: Connection, ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for step in in_steps(ids):
            query = select(finding_now.c.scope).where(finding_now.c.case_id.in_(step)).distinct()
            found.update(connection.scalars(query).all())
        return found - {""}

    def _ground(self, connection: Connection, reconciliation: str, scope: str | None) -> Ground:
        known = newest_scope(connection, reconciliation) if scope is None else scope
        ground = None if known is None else kept_ground(connection, reconciliation, known)
        if ground is None:
            raise CasebookError(
                f"no run of {reconciliation} is in the book", where="reconciliation", hint="run it first"
            )
        return ground

    def _known(self, connection: Connection, ids: Sequence[str]) -> dict[str, RowMapping]:
        """Those of some cases that the book has."""
        found: dict[str, RowMapping] = {}
        for step in in_steps(ids):
            query = select(case_now).where(case_now.c.case_id.in_(step))
            found |= {row["case_id"]: row for row in connection.execute(query).mappings()}
        return found

    def _of_entry(self, board: Board, seq: int) -> Decision:
        return next(one for one in board.decisions if one.made is not None and one.made.seq == seq)


def _made(entry: Entry) -> Made:
    return Made(seq=entry.seq, at=entry.at, actor=entry.actor, reason=entry.reason)


def _name_given(name: str | None, where: str) -> set[str]:
    return set() if name is None else {of_kind(name, str, "a name", where=where)}
