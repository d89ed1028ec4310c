"""Entries of decisions about records: what is written of the decision, and of each case that it takes over or leaves."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import polars as pl
import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.findings import bodies_of
from tieout.casebook.ground import Ground
from tieout.casebook.links import Decision, Link, Made, Split, Unlink
from tieout.casebook.log import Draft, Entry
from tieout.casebook.members import case_records, seen_of
from tieout.casebook.overlay import Overlaid
from tieout.casebook.policies import Policies
from tieout.casebook.proposing import Proposal
from tieout.casebook.regrouping import Force, Standing
from tieout.casebook.run_tables import case_clue
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import entry, record, record_now
from tieout.casebook.workflow import CaseState, Resolution, next_state
from tieout.errors import CasebookError, InvalidTransition
from tieout.model import Discrepancy
from tieout.tables import Table

__all__ = ["CaseDrafts", "decision_drafts", "in_force", "require_unchanged", "with_lost"]

_CLASSES: Mapping[str, type[Link | Unlink | Split]] = {"link": Link, "unlink": Unlink, "split": Split}
_ACTS: Mapping[type, str] = {made: act for act, made in _CLASSES.items()}
_ENTRIES = ("decision.link", "decision.unlink", "decision.split", "decision.reaffirm", "decision.undo")
_ENDED = {
    "link": Resolution.MATCHED_MANUALLY,
    "unlink": Resolution.MATCHED_MANUALLY,
    "split": Resolution.DUPLICATE_CASE,
}
"""How a case ends that a decision takes over. What is split lives on in its parts."""
_CLUES = 50


def in_force(
    connection: Connection, reconciliation: str | None, *, only: Collection[int] | None = None
) -> list[Decision]:
    """Decisions about records that nobody took back, in order.

    Args:
        connection: Where to read.
        reconciliation: Only about this one; all when None.
        only: Only those of these entries; all when None.
    """
    columns = entry.c
    query = select(entry).where(columns.kind.in_(_ENTRIES), columns.subject.is_(None)).order_by(columns.seq)
    found: dict[int, Decision] = {}
    for row in connection.execute(query).mappings():
        one = Entry.of_row(row)
        for seq in one.body["undoes"]:
            found.pop(seq, None)
        act = one.body["act"]
        is_wanted = reconciliation in {None, one.body["reconciliation"]} and (only is None or one.seq in only)
        if act is not None and is_wanted:
            made = Made(seq=one.seq, at=one.at, actor=one.actor, reason=one.reason)
            found[one.seq] = _CLASSES[act].of_body(one.body, made)
    return list(found.values())


def decision_drafts(proposal: Proposal, *, scope: str, reason: str | None, kind: str | None) -> list[Draft]:
    """Entries of the decisions themselves, one each, and one for what is only taken back.

    Args:
        proposal: What is decided.
        scope: Of the run that it is made over.
        reason: Why.
        kind: Kind of the entries; None for what each does.
    """
    undoes = [one.made.seq for one in proposal.undone if one.made is not None]
    drafts: list[Draft] = []
    for one in proposal.made:
        act = _ACTS[type(one)]
        body = {**attrs.evolve(one, scope=scope).body(), "act": act, "undoes": [] if drafts else undoes}
        drafts.append(Draft(kind=kind or f"decision.{act}", body=body, reason=reason))
    if not drafts:
        name = proposal.undone[0].reconciliation
        body = {"act": None, "undoes": undoes, "reconciliation": name, "scope": scope}
        drafts.append(Draft(kind="decision.undo", body=body, reason=reason))
    return drafts


def require_unchanged(connection: Connection, made: Sequence[Decision]) -> None:
    """Refuse a decision about records that the book has otherwise by now than the run had them.

    Raises:
        CasebookError: One was edited or deleted since.
    """
    said: dict[tuple[str, str], str] = {
        (kind, key.partition("#")[0]): hash_ for one in made for part in one.parts_of() for kind, key, hash_ in part
    }
    keys = sorted({key for _, key in said})
    known: dict[tuple[str, str], str] = {}
    for step in in_steps(keys):
        columns = record_now.c
        query = select(columns.kind, columns.key, columns.hash).where(columns.key.in_(step))
        known |= {(row.kind, row.key): row.hash for row in connection.execute(query)}
    changed = [name for name, hash_ in known.items() if said.get(name, hash_) != hash_]
    absent = sorted({key for kind, key in said if (kind, key) not in known})
    for step in in_steps(absent):
        columns = record.c
        query = select(columns.kind, columns.key).where(columns.key.in_(step)).distinct()
        changed += [(row.kind, row.key) for row in connection.execute(query) if (row.kind, row.key) in said]
    if changed:
        kind, key = min(changed)
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise CasebookError(
            f"{kind}/{key}{more} changed since the last run", where="records", hint="run the reconciliation again first"
        )


def with_lost(connection: Connection, laid: Overlaid, *, scope: str, is_carried: bool) -> Overlaid:
    """Decisions laid over a run, with those surfaced all of whose records are gone.

    A decision that a run sees no record of is of other books, unless it was made in the same scope and the book holds none of its
    records any more. What the book never held is missed only where nothing was carried into the run, since rows that are settled
    are not carried on for ever.

    Args:
        connection: Where to read.
        laid: As `overlay` gave it.
        scope: What the run looked at.
        is_carried: Whether the run had an opening.
    """
    absent = [one for one in laid.standings if one.force is Force.ABSENT and one.decision.scope == scope]
    if not absent:
        return laid
    keys = sorted({key for one in absent for key in _keys_of(one.decision)})
    alive, held = _keys_in(connection, record_now, keys), _keys_in(connection, record, keys)
    lost: dict[int, Standing] = {}
    for one in absent:
        own = _keys_of(one.decision)
        if own and not own & alive and (own & held or not is_carried):
            problem = f"none of its {len(own)} records is there any more"
            lost[id(one)] = attrs.evolve(one, force=Force.SURFACED, problem=problem)
    return attrs.evolve(laid, standings=tuple(lost.get(id(one), one) for one in laid.standings))


def _keys_of(decision: Decision) -> set[str]:
    """Keys of its records; a line of one is named by the key of the record and its place in it."""
    return {key.partition("#")[0] for part in decision.parts_of() for _, key, _ in part}


def _keys_in(connection: Connection, table: sa.Table, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for step in in_steps(keys):
        found |= set(connection.scalars(select(table.c.key).where(table.c.key.in_(step)).distinct()))
    return found


@attrs.frozen(kw_only=True)
class CaseDrafts:
    """What decisions do to cases, as entries.

    Attributes:
        after: As it is with the decisions.
        ground: The run that they are made over.
        ids: Case ids by discrepancy.
        rows: Cases that the book has.
        action: What is done.
        actor: Who does it.
    """

    after: Overlaid
    ground: Ground
    ids: Mapping[str, str]
    rows: Mapping[str, RowMapping]
    action: str
    actor: str

    def gone(self, found: Sequence[str], reason: str | None) -> list[Draft]:
        """Entries of cases that are taken over, or whose decision is taken back; those of one kind stand together.

        Raises:
            InvalidTransition: One is claimed, waits for an approval, or is over already.
        """
        decided: list[Draft] = []
        over: list[Draft] = []
        for discrepancy in found:
            row = self.rows.get(self.ids[discrepancy])
            if row is None or row["is_gone"]:
                continue
            by = self.after.replaced.get(discrepancy)
            self._require_open(row)
            ended = _ENDED.get(self.action, Resolution.MATCHED_MANUALLY) if by else Resolution.DUPLICATE_CASE
            if by is not None:
                body: dict[str, Any] = {
                    "decision": by,
                    "from": row["state"],
                    "state": CaseState.RESOLVED.value,
                    "resolution": ended.value,
                    "impact_minor": 0,
                    "absorbed_minor": row["impact_minor"] + row["absorbed_minor"],
                }
                body["assignee"] = row["assignee"] or self.actor
                decided.append(Draft(kind=f"decision.{self.action}", subject=row["case_id"], body=body, reason=reason))
            ending = {"by_itself": by is None, "resolution": ended.value, "decision": by}
            over.append(Draft(kind="case.gone", subject=row["case_id"], body=ending))
        return [*decided, *over]

    def _require_open(self, row: RowMapping) -> None:
        if row["awaits"] is not None:
            raise InvalidTransition(
                f"data.invalid_transition: it waits for the approval of {row['awaits']}",
                where=f"case {row['case_id']}",
                state=row["state"],
                allowed=("approve", "refuse"),
                hint="it can be given, or refused by the one who asked for it too",
            )
        if row["state"] != CaseState.AUTO_ACCEPTED:
            next_state("resolve", row["state"], case_id=row["case_id"])

    def new(self, connection: Connection, found: Sequence[str], *, policies: Policies, on: date) -> Iterator[Draft]:
        """Entries of cases that open, are open again, or say something else, as the next run would write them.

        Args:
            connection: Where the clues of the cases before lie.
            found: Discrepancies that are new.
            policies: Who owns what, by when.
            on: Day of work.
        """
        if not found:
            return
        outcome = self.after.outcome
        table = outcome.discrepancies.to_polars().filter(pl.col("discrepancy_id").is_in(list(found)))
        explains = outcome.explains.filter(pl.col("discrepancy_id").is_in(list(found)))
        part = attrs.evolve(outcome, discrepancies=Table(table, Discrepancy), explains=explains)
        named = {
            side: frame.with_columns(pl.lit(outcome.kinds[side]).alias("kind"), pl.col("row").cast(pl.Int64))
            for side, frame in self.ground.refs.items()
        }
        records = case_records(part, seen_of(outcome, named))
        nothing = pl.DataFrame(schema={"group": pl.Int64, "clue": pl.Int64})
        bodies = bodies_of(part, records, nothing, policies=policies, on=on, scope=self.ground.scope)
        clues = self._clues(connection, found)
        for discrepancy in found:
            case_id = self.ids[discrepancy]
            row = self.rows.get(case_id)
            told = {
                **bodies[case_id],
                "clues": clues.get(case_id, []),
                "run": self.ground.run,
                "absorbed_minor": 0,
                "because": "decision",
                "surfaced": False,
            }
            is_back = row is not None and row["is_gone"]
            kind = "case.opened" if row is None else "case.reopened" if is_back else "case.changed"
            yield Draft(kind=kind, subject=case_id, body=told)

    def _clues(self, connection: Connection, found: Sequence[str]) -> dict[str, list[int]]:
        """By case the clues of it and of the cases that its decision took over: a late record of theirs concerns it too."""
        sources: dict[str, set[str]] = {self.ids[one]: {self.ids[one]} for one in found}
        decided = dict(
            self.after.outcome.discrepancies.to_polars()
            .filter(pl.col("discrepancy_id").is_in(list(found)))
            .select("discrepancy_id", pl.col("evidence").str.json_path_match("$.decision"))
            .iter_rows()
        )
        taken: dict[str, set[str]] = {}
        for discrepancy, by in self.after.replaced.items():
            if discrepancy in self.ids:
                taken.setdefault(by, set()).add(self.ids[discrepancy])
        for discrepancy, by in decided.items():
            sources[self.ids[discrepancy]] |= taken.get(by, set())
        wanted = sorted(set().union(*sources.values()))
        held: dict[str, set[int]] = {}
        for step in in_steps(wanted):
            columns = case_clue.c
            for case_id, clue in connection.execute(
                select(columns.case_id, columns.clue).where(columns.case_id.in_(step))
            ):
                held.setdefault(case_id, set()).add(clue)
        return {
            case_id: sorted(set().union(*(held.get(one, set()) for one in own)))[:_CLUES]
            for case_id, own in sources.items()
        }
