"""Reviewing: samples that somebody else signs off, and closed periods that are run again (`domain.md` 6.4)."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import attrs
from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.case_desk import clean
from tieout.casebook.closing_tables import sample_item_now, sample_now
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, reason_of, texts_of
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.rereviewing import Rereview, RereviewsDesk
from tieout.casebook.running import Runnable
from tieout.casebook.sampling import Item, draw, needed_items, within_tolerance
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import CaseState, next_state
from tieout.errors import CasebookError, NotAllowed
from tieout.outcome import Outcome

__all__ = ["ReviewsDesk", "Sample", "SampleItem"]


@attrs.frozen(kw_only=True)
class SampleItem:
    """One thing that was drawn, and what was found.

    Attributes:
        item: `case:ID`, `decision:ENTRY` or `unit:DIGEST`.
        why: `high`, `write_off`, `manual` or `auto_accepted`.
        makers: Who made it, and so may not review it.
        told: What it is, for people.
        is_signed: Whether somebody looked at it.
        is_right: What they found; None before.
        reviewer: Who.
        reviewed_at: When.
    """

    item: str
    why: str
    makers: tuple[str, ...]
    told: str
    is_signed: bool = False
    is_right: bool | None = None
    reviewer: str | None = None
    reviewed_at: str | None = None


@attrs.frozen(kw_only=True)
class Sample:
    """What of one run has to be looked at again.

    Attributes:
        sample_id: The run's id.
        reconciliation: Name of the reconciliation.
        period: Its period; None where it has none.
        run: Number of the run's entry.
        population: How many differences tolerances took in, of which some were drawn.
        items: Everything that was drawn, by item.
    """

    sample_id: str
    reconciliation: str
    period: str | None
    run: int
    population: int
    items: tuple[SampleItem, ...]

    @property
    def open_items(self) -> tuple[SampleItem, ...]:
        """What nobody signed off yet."""
        return tuple(one for one in self.items if not one.is_signed)


class Found(Protocol):
    """A run, as `cases.run` gives it."""

    @property
    def run_id(self) -> str:
        """Digest of what went in and came out."""

    @property
    def outcome(self) -> Outcome:
        """What it found."""


@attrs.define(eq=False, repr=False, slots=False)
class ReviewsDesk(Desk):
    """Draws samples, has them signed off, and runs closed periods again.

    Attributes:
        runs: The book's own desk of runs.
    """

    runs: RereviewsDesk = attrs.field(kw_only=True)

    def rerun(
        self,
        reconciliation: Runnable,
        *,
        actor: Actor,
        period: str,
        scope: str | None = None,
        reason: str | None = None,
        **sides: Any,  # noqa: ANN401 - whatever the reconciliation takes
    ) -> Rereview:
        """Run a closed period again with what is known today, and tell only what differs (`RereviewsDesk.rerun`)."""
        return self.runs.rerun(reconciliation, actor=actor, period=period, scope=scope, reason=reason, **sides)

    def sample(self, run: Found, *, actor: Actor, reason: str | None = None) -> Sample:
        """Draw what of a run has to be looked at again, or what has come since it was drawn.

        All cases of high and critical severity, all that was linked, unlinked or split by hand, all write-offs, and 10 % of what
        tolerances took in. The draw is fixed by the run's id: the same run gives the same sample.

        Args:
            run: What `cases.run` gave.
            actor: Who draws it.
            reason: Why.

        Raises:
            CasebookError: The book does not know the run.
            NotAllowed: The actor may not draw samples.
        """
        self.policies.require(require_actor(actor), "sample")
        given: object = run
        if not hasattr(given, "run_id") or not hasattr(given, "outcome"):
            raise CasebookError(f"what cases.run(...) gave is needed, got {type(given).__name__}", where="run")
        with self.store.writing() as connection:
            noted = _run_of(connection, run.run_id)
            units = within_tolerance(run.outcome)
            drawn = draw(units, seed=run.run_id)
            items = {one.item: one for one in needed_items(connection, noted)}
            for name in drawn:
                told = units[name]
                items[f"unit:{name}"] = Item(item=f"unit:{name}", why="auto_accepted", makers=(noted.actor,), told=told)
            known = _items(connection, run.run_id)
            new = [attrs.asdict(items[name]) for name in sorted(items) if name not in known]
            is_first = connection.scalar(select(sample_now.c.seq).where(sample_now.c.sample_id == run.run_id)) is None
            if new or is_first:
                body = {
                    "reconciliation": noted.body.get("reconciliation"),
                    "period": noted.body.get("period"),
                    "run": noted.seq,
                    "population": len(units),
                    "items": new,
                }
                self._note(
                    connection,
                    [Draft(kind="review.sampled", subject=run.run_id, body=body, reason=reason_of(reason))],
                    actor=actor,
                )
            return _sample(connection, run.run_id)

    def samples(self, *, period: str | None = None) -> tuple[Sample, ...]:
        """Every sample, or those of a period, in the order of their runs."""
        with self.store.reading() as connection:
            query = select(sample_now.c.sample_id).order_by(sample_now.c.run)
            if period is not None:
                query = query.where(sample_now.c.period == period)
            return tuple(_sample(connection, one) for one in connection.scalars(query).all())

    def sign_off(
        self,
        sample: Sample | str,
        items: Iterable[str] | None = None,
        *,
        actor: Actor,
        is_right: bool = True,
        reason: str | None = None,
    ) -> Sample:
        """Say of what was drawn that somebody looked at it and found it right, or wrong.

        A case that is found right is reviewed; one that is found wrong is open again.

        Args:
            sample: The sample or its id.
            items: Which items; all that are not signed off yet unless given.
            actor: Who looked: nobody who had a part in it, an administrator neither.
            is_right: What they found.
            reason: Why; needed where something is wrong.

        Raises:
            CasebookError: There is no such sample or item, or no reason was said.
            InvalidTransition: A case is not over yet.
            NotAllowed: The actor made it, or has not the role for it.
        """
        require_actor(actor)
        said = clean(reason, name="reason")
        of_kind(is_right, bool, "True or False", where="is_right")
        if not is_right and said is None:
            raise CasebookError("what is wrong has to be said", where="reason")
        given: object = sample.sample_id if isinstance(sample, Sample) else sample
        sample_id = of_kind(given, str, "a sample or its id", where="sample")
        with self.store.writing() as connection:
            known = {one.item: one for one in _sample(connection, sample_id).items}
            wanted = (
                [name for name, one in known.items() if not one.is_signed]
                if items is None
                else list(dict.fromkeys(texts_of(items, "items", where="items")))
            )
            unknown = [name for name in wanted if name not in known]
            if unknown:
                raise CasebookError(f"{unknown[0]} was not drawn", where=f"sample {sample_id}")
            drafts = [
                self._about_case(connection, known[name], actor, is_right=is_right, reason=said) for name in wanted
            ]
            body = {"items": wanted, "is_right": is_right}
            signed = Draft(kind="review.signed", subject=sample_id, body=body, reason=said)
            if wanted:
                self._note(connection, [signed, *filter(None, drafts)], actor=actor)
            return _sample(connection, sample_id)

    def _about_case(
        self, connection: Connection, item: SampleItem, actor: Actor, *, is_right: bool, reason: str | None
    ) -> Draft | None:
        """What becomes of the case behind an item, when the actor may look at it."""
        kind, _, name = item.item.partition(":")
        row: RowMapping | None = None
        if kind == "case":
            row = connection.execute(select(case_now).where(case_now.c.case_id == name)).mappings().one()
        self.policies.require(
            actor,
            "review",
            owner=None if row is None else row["owner"],
            escalate_to=None if row is None else row["escalate_to"],
        )
        makers = {*item.makers, *(() if row is None else (row["resolved_by"],))}
        if actor.name in makers:
            raise NotAllowed(
                f"{actor.name} had a part in it and cannot review it", where=item.item, hint="somebody else can"
            )
        if row is None or (is_right and row["state"] in {CaseState.REVIEWED, CaseState.ARCHIVED}):
            return None
        action = "review" if is_right else "reopen"
        to = next_state(action, row["state"], case_id=name)
        return Draft(
            kind=f"decision.{action}", subject=name, body={"from": row["state"], "state": to.value}, reason=reason
        )


def _run_of(connection: Connection, run_id: str) -> Entry:
    found = list(entries(connection, kinds=["run"], subject=run_id))
    if not found:
        raise CasebookError("the book does not know this run", where=f"run {run_id}")
    return found[-1]


def _items(connection: Connection, sample_id: str) -> dict[str, SampleItem]:
    query = select(sample_item_now).where(sample_item_now.c.sample_id == sample_id).order_by(sample_item_now.c.item)
    rows: Sequence[RowMapping] = connection.execute(query).mappings().all()
    return {
        row["item"]: SampleItem(
            **{
                **{
                    name: row[name]
                    for name in ("item", "why", "told", "is_signed", "is_right", "reviewer", "reviewed_at")
                },
                "makers": tuple(json.loads(row["makers"])),
            }
        )
        for row in rows
    }


def _sample(connection: Connection, sample_id: str) -> Sample:
    row = connection.execute(select(sample_now).where(sample_now.c.sample_id == sample_id)).mappings().one_or_none()
    if row is None:
        raise CasebookError("no such sample was drawn", where=f"sample {sample_id}")
    names = ("sample_id", "reconciliation", "period", "run", "population")
    return Sample(**{name: row[name] for name in names}, items=tuple(_items(connection, sample_id).values()))
