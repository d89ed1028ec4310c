"""The desk of runs: a reconciliation is run, and what it says is kept as matches and cases, where it says something new."""

from collections.abc import Mapping
from typing import Any, Protocol

import attrs
import polars as pl
from sqlalchemy import Connection, select

from tieout.casebook.actors import SYSTEM, Actor, require_actor
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.findings import CaseChanges, bodies_of, case_changes, standing_of
from tieout.casebook.given import of_kind
from tieout.casebook.ground import Ground, keep_ground
from tieout.casebook.kinds import class_of
from tieout.casebook.link_entries import with_lost
from tieout.casebook.log import Draft, Entry, entries, last
from tieout.casebook.matches import MatchChanges, match_changes, write_changes
from tieout.casebook.members import Inputs, case_records, clues_of, groups_of, inputs_of, seen_of, tables_of
from tieout.casebook.overlay import Overlaid, overlay
from tieout.casebook.periods import require_open
from tieout.casebook.roles import kinds_of_sides
from tieout.casebook.run_tables import finding_now, match, match_now
from tieout.casebook.runs import Absorbed, Run, Stage, StageStatus, absorbed_by, result_hash, scope_of
from tieout.casebook.touching import TouchingDesk
from tieout.casebook.workflow import Resolution
from tieout.errors import CasebookError
from tieout.outcome import CarryForward, Outcome

__all__ = ["Compared", "Runnable", "RunsDesk", "Told", "outcome_of"]


class Runnable(Protocol):
    """Whatever can be run: a reconciliation."""

    def run(self, **sides: Any) -> Outcome:  # noqa: ANN401 - any frame that tieout.tables takes
        """Reconcile the named sides."""
        ...  # pyright takes a bare docstring for a body that returns None


def outcome_of(reconciliation: Runnable, sides: Mapping[str, Any]) -> Outcome:
    """What a reconciliation says of sides.

    Raises:
        CasebookError: It cannot be run, or gives something else.
    """
    if isinstance(reconciliation, type) or not callable(getattr(reconciliation, "run", None)):
        name = reconciliation.__name__ if isinstance(reconciliation, type) else type(reconciliation).__name__
        raise CasebookError(
            f"a reconciliation with its settings is needed, such as Payout(as_of=...), got {name}",
            where="reconciliation",
        )
    found: object = reconciliation.run(**sides)
    if not isinstance(found, Outcome):
        raise CasebookError(f"an Outcome is needed, {type(found).__name__} was given", where="reconciliation.run")
    return found


class RunsDesk(TouchingDesk):
    """Runs, the matches that they confirm, and the cases that they open, change and close."""

    def run(
        self,
        reconciliation: Runnable,
        *,
        actor: Actor,
        period: str | None = None,
        scope: str | None = None,
        reason: str | None = None,
        **sides: Any,  # noqa: ANN401 - whatever the reconciliation takes
    ) -> Run:
        """Run a reconciliation and keep what it says.

        Only what differs from the run before is written: matches, cases opened, changed and gone. The same records again write
        the run's own entry and nothing else.

        Args:
            reconciliation: Such as `Payout(as_of=...)`.
            actor: Who runs it.
            period: What to call its period; the reconciliation's own unless given.
            scope: A name that tells apart runs which look at different records with the same settings, such as of two shops.
                Needed only where the book does not hold the records.
            reason: Why, in the actor's words.
            **sides: As its `run` takes them, `opening` among them.

        Returns:
            What it found, and what it changed in the book.

        Raises:
            CasebookError: What was handed in gives no outcome, the period is locked, or a side's rows stand in another role.
            NotAllowed: The actor may not run reconciliations.
            StoreError: The database cannot be written; nothing of the run is kept then.
        """
        self.policies.require(require_actor(actor), "run")
        found = outcome_of(reconciliation, sides)
        found, inputs = self._inputs(found, sides)
        with self.store.writing() as connection:
            overlaid = overlay(found, inputs.named, self._decisions_about(connection, found.reconciliation))
            is_carried = any(isinstance(one, CarryForward) for one in sides.values())
            within = scope_of(found, period, scope)
            overlaid = with_lost(connection, overlaid, scope=within, is_carried=is_carried)
            told = Told(overlaid, inputs, found=found, period=period, scope=scope)
            require_open(connection, told.period)
            made = self._kept(connection, told, actor=actor, reason=reason)
            ground = Ground(
                outcome=found,
                refs=inputs.named,
                scope=told.scope,
                period=told.period,
                run=made.seq,
                is_carried=is_carried,
            )
            keep_ground(connection, ground)
            return made

    def _inputs(self, outcome: Outcome, sides: Mapping[str, Any]) -> tuple[Outcome, Inputs]:
        """An outcome whose sides are of the kinds that the book keeps them as, and what it was given, named so."""
        tables = tables_of(outcome, sides)
        with self.store.reading() as connection:
            kinds = kinds_of_sides(connection, tables, names=outcome.kinds)
        named = {name: kinds.get(name, kind) for name, kind in outcome.kinds.items()}
        return attrs.evolve(outcome, kinds=named), inputs_of(outcome, sides, kinds)

    def _kept(self, connection: Connection, told: "Told", *, actor: Actor, reason: str | None) -> Run:
        found = self._compared(connection, told)
        changes = found.changes
        seq = last(connection)[0] + 1
        write_changes(connection, found.matched, seq=seq)
        made = told.run(seq, changes, found.matched, found.hash)
        body = {
            **told.body,
            **_counts(made),
            "matches_written": found.matched.written,
            "clues_written": found.matched.clues_written,
            "stages": {one.name: dict(one.report) for one in made.stages},
        }
        self._note(connection, [Draft(kind="run", subject=made.run_id, body=body, reason=reason)], actor=actor)
        self._note(connection, _drafts(changes, seq), actor=SYSTEM)
        return made

    def _compared(self, connection: Connection, told: "Told") -> "Compared":
        """What differs between what the book holds and what a run tells; nothing is written."""
        outcome, name = told.outcome, told.outcome.reconciliation
        seen = seen_of(outcome, told.inputs.named)
        groups, clues = groups_of(outcome, seen), clues_of(outcome, told.inputs, seen)
        bodies = bodies_of(
            outcome,
            case_records(outcome, seen),
            clues,
            policies=self.policies,
            on=self.policies.day_of(self.clock()),
            scope=told.scope,
        )
        # A case is closed with the period that was run, whichever day its records are of.
        bodies = {case_id: {**body, "period": told.period or body.get("period")} for case_id, body in bodies.items()}
        before = standing_of(connection, name, list(bodies))
        matched = match_changes(connection, groups, clues, seen.rows, reconciliation=name, scope=told.scope)
        changes = told.explained(case_changes(connection, bodies, before, seen.rows, scope=told.scope))
        return Compared(matched=matched, changes=changes, hash=result_hash(outcome, groups))

    def runs(self, reconciliation: str | None = None) -> tuple[Entry, ...]:
        """The entries of all runs in order, of one reconciliation where it is named."""
        name = (
            None if reconciliation is None else of_kind(reconciliation, str, "the name of one", where="reconciliation")
        )
        with self.store.reading() as connection:
            found = entries(connection, kinds=["run"])
            return tuple(one for one in found if name in {None, one.body["reconciliation"]})

    def matches(self, reconciliation: str | None = None) -> pl.DataFrame:
        """Matches that hold now: one row per match.

        Args:
            reconciliation: Only of this one.

        Returns:
            `group_id`, `reconciliation`, `state` (`confirmed`, or `reopened` when a record of it changed after the last run),
            `rule`, `score` and `members`, a list of `side`, `kind`, `key`; in the order of the ids.
        """
        now, said = match_now.c, match.c
        names = ("group_id", "reconciliation", "state", "rule", "score", "members")
        query = select(now.group_id, now.reconciliation, now.state, said.rule, said.score, said.members).join_from(
            match_now, match, said.id == now.match_id
        )
        if reconciliation is not None:
            query = query.where(now.reconciliation == reconciliation)
        with self.store.reading() as connection:
            rows = [tuple(row) for row in connection.execute(query.order_by(now.group_id))]
        frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
        members = pl.col("members").str.json_decode(pl.List(pl.List(pl.String)))
        parts = [pl.element().list.get(place).alias(name) for place, name in enumerate(("side", "kind", "key"))]
        return frame.with_columns(members.list.eval(pl.struct(parts)))

    def surfaced(self) -> pl.DataFrame:
        """Cases whose decision is in question, because what it was about changed: to be decided again, or reaffirmed.

        Returns:
            `case_id`, `since` (number of the entry), `because` (figures, content, found again); the oldest first.
        """
        columns = finding_now.c
        query = select(columns.case_id, columns.surfaced_at, columns.because).where(columns.surfaced_at.is_not(None))
        with self.store.reading() as connection:
            rows = [tuple(row) for row in connection.execute(query.order_by(columns.surfaced_at, columns.case_id))]
        schema = {"case_id": pl.String, "since": pl.Int64, "because": pl.String}
        return pl.DataFrame(rows, schema=schema, orient="row")


@attrs.frozen(kw_only=True)
class Compared:
    """A run held against the book."""

    matched: MatchChanges
    changes: CaseChanges
    hash: str


class Told:
    """What a run tells, before it is kept."""

    def __init__(
        self, overlaid: Overlaid, inputs: Inputs, *, found: Outcome, period: str | None, scope: str | None
    ) -> None:
        self.overlaid = overlaid
        self.found = found
        self.outcome = overlaid.outcome
        self.inputs = inputs
        self.period = self.outcome.parameters.get("period") if period is None else period
        self.scope = scope_of(self.outcome, period, scope)
        self.absorbed = absorbed_by(self.outcome)
        self.sides = {
            name: {"kind": side.kind, "rows": side.refs.height, "digest": side.digest()}
            for name, side in sorted(inputs.sides.items())
        }

    @property
    def body(self) -> dict[str, Any]:
        """What the entry says of what went in."""
        return {
            "reconciliation": self.outcome.reconciliation,
            "period": self.period,
            "scope": self.scope,
            "parameters": self.outcome.parameters,
            "sides": self.sides,
        }

    def explained(self, changes: CaseChanges) -> CaseChanges:
        """Changes of cases, with those that a decision took over told apart from those that went by themselves."""
        taken = self.overlaid.replaced
        rules = self.found.discrepancies.to_polars().filter(pl.col("discrepancy_id").is_in(list(taken)))
        impacts = dict(rules.select("discrepancy_id", "impact_minor").iter_rows())
        ids = {
            digest(canonical([self.outcome.reconciliation, one]))[:16]: {
                "decision": by,
                **({"absorbed_minor": impacts[one]} if one in impacts else {}),
            }
            for one, by in taken.items()
        }
        manual = {"by_itself": False, "resolution": Resolution.MATCHED_MANUALLY.value}
        gone = {
            case_id: {**manual, **ids[case_id]} if case_id in ids else body for case_id, body in changes.gone.items()
        }
        return attrs.evolve(changes, gone=gone)

    def run(self, seq: int, changes: CaseChanges, matched: MatchChanges, hash_: str) -> Run:
        """The run, once its place in the log is known."""
        outcome = self.outcome
        return Run(
            outcome=attrs.evolve(outcome, kinds={name: class_of(kind) for name, kind in outcome.kinds.items()}),
            seq=seq,
            run_id=digest(canonical([outcome.reconciliation, self.scope, self.sides, hash_]))[:16],
            reconciliation=outcome.reconciliation,
            period=self.period,
            scope=self.scope,
            result_hash=hash_,
            opened=tuple(changes.opened),
            changed=tuple(changes.changed),
            gone=tuple(changes.gone),
            reopened=tuple(changes.reopened),
            surfaced=changes.surfaced,
            doubted=self.overlaid.surfaced,
            absorbed=self.absorbed,
            stages=self._stages(changes, matched, hash_),
        )

    def _stages(self, changes: CaseChanges, matched: MatchChanges, hash_: str) -> tuple[Stage, ...]:
        proof = self.outcome.proof
        found = self.outcome.discrepancies.to_polars()
        impacts = found.group_by("currency").agg(pl.col("impact_minor").sum()).sort("currency", nulls_last=True)
        doubted = [one.decision.id for one in self.overlaid.surfaced]
        reports: dict[str, tuple[bool, dict[str, Any]]] = {
            "collect": (False, {name: side["rows"] for name, side in self.sides.items()}),
            "detect": (
                not proof.holds,
                {
                    "discrepancies": found.height,
                    "impacts": {code or "": minor for code, minor in impacts.iter_rows()},
                    "within_tolerance": {one.currency: [one.count, one.minor] for one in self.absorbed},
                    "checks": len(proof.checks),
                    "proof_holds": proof.holds,
                },
            ),
            "resolve": (
                bool(changes.opened or changes.surfaced or doubted),
                {
                    "opened": len(changes.opened),
                    "changed": len(changes.changed),
                    "gone": len(changes.gone),
                    "reopened": len(changes.reopened),
                    "surfaced": len(changes.surfaced),
                    "decisions_applied": len(self.overlaid.standings) - len(doubted),
                    "decisions_in_question": doubted,
                },
            ),
            "archive": (
                False,
                {"matches": matched.count("confirmed"), "matches_gone": matched.count("gone"), "result_hash": hash_},
            ),
        }
        return tuple(
            Stage(name=name, status=StageStatus.ATTENTION if needs else StageStatus.DONE, report=report)
            for name, (needs, report) in reports.items()
        )


def _counts(made: Run) -> dict[str, Any]:
    return {"run_id": made.run_id, "result_hash": made.result_hash, "absorbed": _absorbed(made.absorbed)}


def _absorbed(found: tuple[Absorbed, ...]) -> dict[str, Any]:
    return {one.currency: {"count": one.count, "minor": one.minor} for one in found}


def _drafts(changes: CaseChanges, seq: int) -> list[Draft]:
    return [
        Draft(kind=kind, subject=case_id, body={**body, "run": seq})
        for kind, bodies in changes.by_kind.items()
        for case_id, body in bodies.items()
    ]
