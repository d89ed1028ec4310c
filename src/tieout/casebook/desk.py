"""The desk: what every part of a casebook works with."""

from collections.abc import Sequence
from typing import ClassVar

import attrs
from sqlalchemy import Connection

from tieout.casebook.actors import SYSTEM, Actor
from tieout.casebook.clock import Clock
from tieout.casebook.links import Decision
from tieout.casebook.log import Draft, Entry, append
from tieout.casebook.policies import Policies
from tieout.casebook.reacting import Reaction
from tieout.casebook.redirecting import redirected
from tieout.casebook.store import Store
from tieout.casebook.views import Projection, project

__all__ = ["Desk"]


@attrs.define(eq=False, repr=False, slots=False)
class Desk:
    """One part of a casebook, over the same store and the same clock as the others.

    Attributes:
        store: Where the book lies.
        clock: What is asked for the time.
        policies: Who owns what, by when, and who may decide it.
    """

    store: Store
    clock: Clock
    policies: Policies = attrs.field(factory=Policies, kw_only=True)
    projections: ClassVar[tuple[Projection, ...]] = ()
    reactions: ClassVar[tuple[Reaction, ...]] = ()

    def _decisions_about(self, connection: Connection, reconciliation: str) -> Sequence[Decision]:  # noqa: ARG002
        """Decisions in force about who belongs to whom in a reconciliation; a desk that keeps some says which."""
        return ()

    def _note(self, connection: Connection, drafts: Sequence[Draft], *, actor: Actor) -> tuple[Entry, ...]:
        """Append to the log and bring all views up to date, within the transaction of the caller.

        Decisions about cases of locked periods have their effect in the next open one (`redirected`).

        What the reactions say about it is noted behind it, by the casebook itself and at the same time.

        Returns:
            The entries of the drafts, one for each.
        """
        now = self.clock()
        new = append(connection, redirected(connection, drafts), actor=actor, now=now)
        project(connection, new, self.projections)
        for reaction in self.reactions:
            wanted = reaction.wanted(new)
            said = reaction.answer(connection, wanted) if wanted else ()
            project(connection, append(connection, said, actor=SYSTEM, now=now), self.projections)
        return new
