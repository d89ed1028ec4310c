"""Findings: what a run says of cases, and what differs from what the run before said."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import polars as pl
from sqlalchemy import Connection, select

from tieout.casebook.canonical import canonical, digest
from tieout.casebook.matches import alive_keys, seen_flags
from tieout.casebook.policies import Policies
from tieout.casebook.run_tables import case_record, finding_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import OPEN_STATES, CaseState
from tieout.model.currency import from_units
from tieout.outcome import Outcome

__all__ = ["CaseChanges", "CaseStanding", "bodies_of", "case_changes", "case_id_of", "standing_of"]

_RECORDS = 500
_TEXT = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
_CLUES = 50
_FIGURES = ("type", "currency", "impact_minor", "expected_minor", "actual_minor", "claimable")
_TEXTS = ("reason", "reason_zh", "next_step", "next_step_zh", "responsible_party", "period")
_SOURCE = ("source_file", "source_sha256", "source_line")
_ASKED = frozenset({CaseState.CLAIMED, CaseState.CLAIM_ACCEPTED, CaseState.CLAIM_REJECTED})
_UNREVISED = frozenset({CaseState.OPEN, CaseState.REOPENED, CaseState.ASSIGNED, CaseState.INVESTIGATING})


def case_id_of(reconciliation: str, discrepancy_id: str) -> str:
    """The id of a case: the same finding of the same reconciliation has the same one in every run.

    Example:
        >>> case_id_of("courier_bill", "0123456789abcdef")
        '79e90fb6b4264baf'
    """
    return digest(canonical([reconciliation, discrepancy_id]))[:16]


def bodies_of(
    outcome: Outcome, records: pl.DataFrame, clues: pl.DataFrame, *, policies: Policies, on: date, scope: str
) -> dict[str, dict[str, Any]]:
    """What a run says of each case, by case id, as the body of an entry without the number of the run.

    Args:
        outcome: What the run gave.
        records: As `case_records`.
        clues: As `clues_of`.
        policies: Who owns what, by when.
        on: Day of work of the run.
        scope: What the run looked at.
    """
    frame = outcome.discrepancies.to_polars()
    about: dict[str, list[tuple[Any, ...]]] = {}
    for discrepancy_id, *record in records.select("discrepancy_id", "kind", "key", "hash", "is_evidence").iter_rows():
        about.setdefault(discrepancy_id, []).append(tuple(record))
    told = outcome.explains.join(outcome.bonds, on="unit", how="left").select(
        "discrepancy_id", pl.coalesce("other", "unit").alias("group")
    )
    named = told.join(clues, on="group", how="inner").group_by("discrepancy_id").agg(pl.col("clue").unique().sort())
    clues_by_id = dict(named.iter_rows())
    handlings: dict[tuple[Any, ...], Any] = {}
    bodies = {}
    for row in frame.iter_rows(named=True):
        kind = (row["type"], row["owner"], row["severity"])
        if kind not in handlings:
            handlings[kind] = policies.handling(
                row["type"],
                amount=from_units(row["impact_minor"], row["currency"] or policies.currency),
                currency=row["currency"],
                on=on,
                owner=row["owner"],
                severity=row["severity"],
            )
        body = _body(row, about.get(row["discrepancy_id"], []), outcome.reconciliation)
        handling = handlings[kind]
        bodies[case_id_of(outcome.reconciliation, row["discrepancy_id"])] = {
            **body,
            "scope": scope,
            "clues": clues_by_id.get(row["discrepancy_id"], [])[:_CLUES],
            "owner": handling.owner,
            "due_on": handling.due_on.isoformat(),
            "escalate_to": handling.escalate_to,
        }
    return bodies


def _body(row: Mapping[str, Any], about: Sequence[tuple[Any, ...]], reconciliation: str) -> dict[str, Any]:
    said = {
        "reconciliation": reconciliation,
        "discrepancy_id": row["discrepancy_id"],
        "severity": row["severity"],
        **{name: row[name] for name in (*_FIGURES, *_TEXTS)},
        "keys": json.loads(row["keys"] or "{}"),
        "evidence": json.loads(row["evidence"] or "{}"),
    }
    records = [[kind, key, hash_] for kind, key, hash_, _ in about]
    compared = [[kind, key, hash_] for kind, key, hash_, is_evidence in about if not is_evidence]
    return {
        **said,
        **{name: row[name] for name in _SOURCE},
        "records": records[:_RECORDS],
        "more_records": max(0, len(records) - _RECORDS),
        "figures": _digest([said[name] for name in _FIGURES]),
        "content": _digest(compared),
        "facts": _digest([said, sorted(records)]),
    }


def _digest(plain: object) -> str:
    """As of `canonical`, of what is plain text, numbers, lists and mappings already."""
    return digest(_TEXT.encode(plain))[:32]


@attrs.frozen(kw_only=True)
class CaseStanding:
    """How a case stands before a run.

    Attributes:
        scope: What the run looked at that last wrote about it.
        figures: Digest of its figures.
        content: Digest of its records.
        facts: Digest of all that was said of it.
        is_gone: Whether the last run that looked did not find it.
        by_itself: Whether it went without anybody's decision.
        state: State of its handling; None where nobody keeps one.
        resolution: How it ended.
    """

    scope: str
    figures: str
    content: str
    facts: str
    is_gone: bool
    by_itself: bool
    state: str | None
    resolution: str | None

    @property
    def is_over(self) -> bool:
        """Whether nobody has to work on it."""
        return self.state is not None and self.state not in OPEN_STATES

    @property
    def is_asked(self) -> bool:
        """Whether the other side was asked for the money."""
        return self.state in _ASKED

    @property
    def ends_by_itself(self) -> bool:
        """Whether a run that does not find it ends it."""
        return self.state is None or self.state in _UNREVISED

    @property
    def decision(self) -> dict[str, Any]:
        """What was decided, in short."""
        return {"state": self.state, "resolution": self.resolution}


def standing_of(connection: Connection, reconciliation: str, found: Sequence[str]) -> dict[str, CaseStanding]:
    """How the cases of a reconciliation stand that are not gone, and those that a run found, by case id."""
    columns = finding_now.c
    names = ("case_id", "scope", "figures", "content", "facts", "is_gone", "by_itself")
    query = select(*(columns[name] for name in names), case_now.c.state, case_now.c.resolution).join_from(
        finding_now, case_now, case_now.c.case_id == columns.case_id, isouter=True
    )
    here = query.where(columns.reconciliation == reconciliation, columns.is_gone.is_(False))
    rows: dict[str, Any] = {row["case_id"]: row for row in connection.execute(here).mappings()}
    for step in in_steps([one for one in found if one not in rows]):
        found_again = connection.execute(query.where(columns.case_id.in_(step))).mappings()
        rows |= {row["case_id"]: row for row in found_again}
    return {
        case_id: CaseStanding(**{name: value for name, value in row.items() if name != "case_id"})
        for case_id, row in sorted(rows.items())
    }


@attrs.frozen(kw_only=True)
class CaseChanges:
    """What a run changes of the cases: bodies of entries by case id, without the number of the run.

    Attributes:
        opened: Cases that were not there.
        changed: Cases of which it says something else.
        reopened: Cases that were over.
        gone: Cases that it looked for and did not find.
    """

    opened: Mapping[str, Mapping[str, Any]]
    changed: Mapping[str, Mapping[str, Any]]
    reopened: Mapping[str, Mapping[str, Any]]
    gone: Mapping[str, Mapping[str, Any]]

    @property
    def by_kind(self) -> dict[str, Mapping[str, Mapping[str, Any]]]:
        """All of them by the kind of their entries, in the order in which they are noted."""
        return {
            "case.opened": self.opened,
            "case.changed": self.changed,
            "case.reopened": self.reopened,
            "case.gone": self.gone,
        }

    @property
    def surfaced(self) -> tuple[str, ...]:
        """Cases whose decision is in question."""
        told = [*self.changed.items(), *self.reopened.items()]
        return tuple(sorted({case_id for case_id, body in told if body.get("surfaced")}))


def case_changes(
    connection: Connection,
    bodies: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, CaseStanding],
    seen: pl.DataFrame,
    *,
    scope: str,
) -> CaseChanges:
    """What differs between the cases of a book and those that a run found.

    A case that is not found is gone when the run looked at it: it is of the same scope and all of its records that are still
    there were given; or all of them were compared, whatever the scope.

    Args:
        connection: Where to look.
        bodies: As `bodies_of`.
        before: As `standing_of`.
        seen: `kind`, `key`, `is_compared` of the records of the run.
        scope: What the run looked at.
    """
    opened: dict[str, Mapping[str, Any]] = {}
    changed: dict[str, Mapping[str, Any]] = {}
    reopened: dict[str, Mapping[str, Any]] = {}
    for case_id, body in sorted(bodies.items()):
        was = before.get(case_id)
        if was is None:
            opened[case_id] = body
        elif was.is_gone:
            told = {"because": "found again", "surfaced": not was.by_itself, "decision": was.decision}
            (changed if was.is_asked else reopened)[case_id] = {**body, **told}
        else:
            because = _difference(was, body)
            if because is not None:
                doubted = because != "facts" and (was.is_over or was.is_asked)
                told = {"because": because, "decision": was.decision, "surfaced": doubted}
                changed[case_id] = {**body, **(told if doubted else {"because": because})}
                if doubted and was.is_over:
                    reopened[case_id] = {"scope": scope, "due_on": body["due_on"], **told}
    missing = {case_id: was for case_id, was in before.items() if case_id not in bodies and not was.is_gone}
    gone = {
        case_id: {"by_itself": missing[case_id].ends_by_itself}
        for case_id in _looked_for(connection, missing, seen, scope)
    }
    return CaseChanges(opened=opened, changed=changed, reopened=reopened, gone=gone)


def _difference(was: CaseStanding, body: Mapping[str, Any]) -> str | None:
    """What a run says differently; the weightiest of it."""
    return next((name for name in ("figures", "content", "facts") if getattr(was, name) != body[name]), None)


def _looked_for(
    connection: Connection, missing: Mapping[str, CaseStanding], seen: pl.DataFrame, scope: str
) -> list[str]:
    """Those of the cases that a run did not find which it looked at."""
    rows: list[Any] = []
    for step in in_steps(sorted(missing)):
        rows += connection.execute(
            select(case_record.c.case_id, case_record.c.kind, case_record.c.key).where(case_record.c.case_id.in_(step))
        ).all()
    schema = dict.fromkeys(("case_id", "kind", "key"), pl.String)
    about = pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row").join(
        seen_flags(seen), on=["kind", "key"], how="left"
    )
    unseen = about.filter(pl.col("is_compared").is_null())["key"].unique().to_list()
    alive = pl.col("key").is_in(pl.Series(sorted(alive_keys(connection, unseen)), dtype=pl.String).implode())
    given, compared = pl.col("is_compared").is_not_null(), pl.col("is_compared").fill_null(value=False)
    told = about.group_by("case_id").agg(
        (given | ~alive).all().alias("is_whole"),
        ((compared | (~given & ~alive)).all() & compared.any()).alias("is_compared"),
    )
    flags = {case_id: (whole, whole_compared) for case_id, whole, whole_compared in told.iter_rows()}
    looked = []
    for case_id, was in sorted(missing.items()):
        is_whole, is_compared = flags.get(case_id, (True, False))
        if is_compared or (was.scope == scope and is_whole):
            looked.append(case_id)
    return looked
