"""Touching: what a record that was edited, deleted or came late puts in question, and nothing else."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import polars as pl
from sqlalchemy import Column, Connection, Table, select

from tieout.casebook.actors import Actor
from tieout.casebook.closed_periods import closed_cases, closed_drafts, closed_matches
from tieout.casebook.desk import Desk
from tieout.casebook.log import Draft, last
from tieout.casebook.matches import PROVEN, append_rows, rows_digest
from tieout.casebook.members import clues_of_rows
from tieout.casebook.redirecting import closed_periods
from tieout.casebook.run_tables import case_clue, case_record, finding_now, match, match_clue, match_member, match_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now, record, record_now
from tieout.casebook.voucher_tables import voucher_now
from tieout.casebook.voucher_views import places_of_records, touched_drafts, vouchers_at
from tieout.casebook.workflow import OPEN_STATES, CaseState

__all__ = ["Touched", "TouchingDesk"]

_NAMED = 500
_ASKED = (CaseState.CLAIMED.value, CaseState.CLAIM_ACCEPTED.value, CaseState.CLAIM_REJECTED.value)


@attrs.frozen(kw_only=True)
class Touched:
    """What records that changed put in question.

    Attributes:
        cases: Ids of cases that were decided: those that were over are open again.
        matches: Ids of matches that count as reopened until the next run.
        vouchers: Ids of vouchers that come from such records.
        closed: Ids of cases that are over and of matches of locked periods: they stay as they were closed.
        rereviews: Ids of the cases `general.rereview_change` of the next open period that say so.
    """

    cases: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    vouchers: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    rereviews: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.cases) + len(self.matches) + len(self.vouchers) + len(self.rereviews)

    def to_polars(self) -> pl.DataFrame:
        """One row each: `kind` (case, match, voucher or rereview) and `id`."""
        named = (
            ("case", self.cases),
            ("match", self.matches),
            ("voucher", self.vouchers),
            ("rereview", self.rereviews),
        )
        rows = [(kind, one) for kind, ids in named for one in ids]
        return pl.DataFrame(rows, schema={"kind": pl.String, "id": pl.String}, orient="row")


class TouchingDesk(Desk):
    """What follows from records that changed."""

    def _touched(self, connection: Connection, refs: pl.DataFrame, actor: Actor) -> Touched:
        """Reopen what records touch that were edited, deleted or came late, and nothing else.

        An edited or deleted record touches the matches and cases that it is a member of, and the vouchers that come from its
        line. A late one touches the match or case whose identifier it bears, where that names nothing else, in reconciliations
        that take records of its kind. What no decision was made of is left as it is: the next run decides.

        What a locked period closed stays as it is: that its records changed is a case of the next open period, one for each of
        its reconciliations, until the period is run again (`cases.reviews.rerun`).

        Args:
            connection: Of `Store.writing`, after the new versions of the records were written.
            refs: `kind`, `key`, `change` (added, edited or deleted).
            actor: Who imported them.
        """
        known = refs.filter(pl.col("change") != "added")
        late = refs.filter(pl.col("change") == "added")
        matches, cases = _members_of(connection, known["key"].to_list())
        also_matches, also_cases = _named_by(connection, late)
        shut = closed_periods(connection)
        ids = _holding(connection, matches | also_matches)
        touched = {*cases, *also_cases}
        by_match = closed_matches(connection, ids, shut)
        by_case = closed_cases(connection, touched, shut)
        closed = {**by_match, **by_case}
        ids = {group_id: match_id for group_id, match_id in ids.items() if group_id not in by_match}
        drafts = _reopened_cases(connection, touched - by_case.keys(), late=also_cases - cases)
        vouchers = _touched_vouchers(connection, known["key"].to_list())
        if ids:
            self._reopen_matches(connection, ids, actor)
        self._note(connection, [*drafts, *vouchers], actor=actor)
        rereviews: tuple[str, ...] = ()
        if closed:
            told, rereviews = closed_drafts(
                connection, closed, policies=self.policies, on=self.policies.day_of(self.clock())
            )
            self._note(connection, told, actor=actor)
        return Touched(
            cases=tuple(
                draft.subject or "" for draft in drafts if draft.kind == "case.reopened" or draft.body["surfaced"]
            ),
            matches=tuple(ids),
            vouchers=tuple(draft.subject or "" for draft in vouchers),
            closed=tuple(sorted(closed)),
            rereviews=rereviews,
        )

    def _reopen_matches(self, connection: Connection, ids: Mapping[str, int], actor: Actor) -> None:
        seq = last(connection)[0] + 1
        rows: list[Any] = []
        names = ("group_id", "reconciliation", "scope", "rule", "score", "members")
        query = select(*(match.c[name] for name in names))
        for step in in_steps(sorted(ids.values())):
            rows += connection.execute(query.where(match.c.id.in_(step)).order_by(match.c.group_id)).all()
        frame = pl.DataFrame([tuple(row) for row in rows], schema=dict.fromkeys(names, pl.String), orient="row")
        frame = frame.with_columns(seq=pl.lit(seq, dtype=pl.Int64), change=pl.lit("reopened"))
        append_rows(connection, match, frame.sort("group_id"))
        named = sorted(ids)
        written = rows_digest(frame.select(PROVEN).rows())
        body = {"count": len(named), "matches": named[:_NAMED], "matches_written": written}
        self._note(connection, [Draft(kind="match.reopened", body=body)], actor=actor)


def _members_of(connection: Connection, keys: Sequence[str]) -> tuple[set[str], set[str]]:
    """Matches and cases that records are in."""
    return (
        _found(connection, match_member, match_member.c.key, "group_id", keys),
        _found(connection, case_record, case_record.c.key, "case_id", keys),
    )


def _named_by(connection: Connection, late: pl.DataFrame) -> tuple[set[str], set[str]]:
    """Matches and cases whose identifiers late records bear."""
    is_empty = not late.height or not any(
        connection.execute(select(table).limit(1)).first() for table in (match_clue, case_clue)
    )
    if is_empty:
        return set(), set()
    matches: set[str] = set()
    cases: set[str] = set()
    for step in in_steps(late["key"].to_list()):
        query = select(record.c.kind, record.c.key, record.c.payload).join_from(
            record_now, record, record.c.id == record_now.c.record_id
        )
        rows = [tuple(row) for row in connection.execute(query.where(record_now.c.key.in_(step)))]
        schema = dict.fromkeys(("kind", "key", "payload"), pl.String)
        clues = clues_of_rows(pl.DataFrame(rows, schema=schema, orient="row"))["clue"].unique().sort().to_list()
        matches |= _found(connection, match_clue, match_clue.c.clue, "group_id", clues)
        cases |= _found(connection, case_clue, case_clue.c.clue, "case_id", clues)
    return matches, cases


def _found(connection: Connection, table: Table, column: Column[Any], wanted: str, values: Sequence[Any]) -> set[str]:
    found: set[str] = set()
    for step in in_steps(values):
        found |= set(connection.scalars(select(table.c[wanted]).where(column.in_(step))))
    return found


def _holding(connection: Connection, groups: set[str]) -> dict[str, int]:
    """Those of some matches that are confirmed, with their versions, in order."""
    found: dict[str, int] = {}
    now = match_now.c
    for step in in_steps(sorted(groups)):
        query = select(now.group_id, now.match_id).where(now.group_id.in_(step), now.state == "confirmed")
        found |= {row.group_id: row.match_id for row in connection.execute(query)}
    return dict(sorted(found.items()))


def _reopened_cases(connection: Connection, cases: set[str], *, late: set[str]) -> list[Draft]:
    """Entries about cases that somebody decided and that a run still finds: over is reopened, asked for is surfaced."""
    changed: list[Draft] = []
    reopened: list[Draft] = []
    for step in in_steps(sorted(cases)):
        query = (
            select(case_now.c.case_id, case_now.c.state, case_now.c.resolution)
            .join_from(finding_now, case_now, case_now.c.case_id == finding_now.c.case_id)
            .where(finding_now.c.case_id.in_(step), finding_now.c.is_gone.is_(False))
            .order_by(case_now.c.case_id)
        )
        for row in connection.execute(query):
            because = "a late record" if row.case_id in late else "a record that changed"
            decision = {"state": row.state, "resolution": row.resolution}
            body = {"because": because, "surfaced": True, "decision": decision}
            if row.state in _ASKED:
                changed.append(Draft(kind="case.changed", subject=row.case_id, body=body))
            elif row.state not in OPEN_STATES:
                reopened.append(Draft(kind="case.reopened", subject=row.case_id, body=body))
    return [*changed, *reopened]


def _touched_vouchers(connection: Connection, keys: Sequence[str]) -> list[Draft]:
    """Entries about vouchers that come from lines where records stand or stood."""
    if not keys or connection.execute(select(voucher_now.c.voucher_id).limit(1)).first() is None:
        return []
    ids = vouchers_at(connection, places_of_records(connection, keys))
    return touched_drafts(connection, ids, why="a record that it comes from changed")
