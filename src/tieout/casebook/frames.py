"""Frames: cases, claims and approvals as Polars frames, for notebooks and for other systems."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, and_, case, func, or_, select

from tieout.casebook.case_tables import approval_now, attachment_now, case_span, claim_now
from tieout.casebook.cases import Case, case_of
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, texts_of
from tieout.casebook.log import entries
from tieout.casebook.schema import case_now
from tieout.casebook.trends import Every, trend_of
from tieout.errors import CasebookError
from tieout.outcome import amount_text_expr

__all__ = ["FramesDesk"]

_FILTERS = (
    *("reconciliation", "type", "severity", "state", "currency", "entity", "period", "owner", "escalate_to"),
    *("assignee", "cause", "responsible", "resolution", "awaits", "is_recurring", "is_gone", "claimable"),
)
_SPLITS = ("reconciliation", "type", "severity", "entity", "period", "owner", "cause", "responsible", "resolution")
_AMOUNTS = ("impact", "expected", "actual")
_TYPES: Mapping[str, pl.DataType] = {"INTEGER": pl.Int64(), "BIGINT": pl.Int64(), "BOOLEAN": pl.Boolean()}
_RANKS = {name: rank for rank, name in enumerate(("critical", "high", "medium", "low", "info"))}
Wanted = str | bool | Sequence[str] | None


class FramesDesk(Desk):
    """Reading cases. Nothing here writes."""

    def case(self, case_id: str) -> Case:
        """One case with its evidence and its history.

        Raises:
            CasebookError: There is no such case.
        """
        with self.store.reading() as connection:
            row = connection.execute(select(case_now).where(case_now.c.case_id == case_id)).mappings().one_or_none()
            if row is None:
                raise CasebookError("there is no such case", where=f"case {case_id}")
            columns = attachment_now.c
            attached = connection.execute(
                select(attachment_now).where(columns.case_id == case_id).order_by(columns.seq)
            ).mappings()
            told = list(entries(connection, subject=case_id))
            return case_of(row, attachments=list(attached), history=told, policies=self.policies)

    def frame(self, *, limit: int | None = None, today: date | None = None, **wanted: Wanted) -> pl.DataFrame:
        """All cases, or those that are wanted, the most urgent first: by the day they are due, then by severity and amount.

        Args:
            limit: How many at most; all unless given.
            today: Day that decides what is overdue; the clock's unless given.
            **wanted: A value or several for a column, such as `owner="logistics"` or `type=["courier.overweight"]` (a type that
                ends in `.` or `_` means all that begin so), `assignee=None` for what nobody has.

        Returns:
            One row a case. The columns of `case_now`; `opened_at` and `resolved_at` as times in UTC, `due_on` as a day; `impact`,
            `expected` and `actual` as decimal text beside the `..._minor`; `is_overdue`.

        Raises:
            CasebookError: A column cannot be asked for.
        """
        return self._cases(_conditions(wanted), limit=limit, today=today)

    def open(
        self, *, limit: int | None = None, today: date | None = None, overdue: bool | None = None, **wanted: Wanted
    ) -> pl.DataFrame:
        """Cases that somebody has to work on; the columns and the order are those of `frame`.

        Args:
            limit: How many at most; all unless given.
            today: Day that decides what is overdue; the clock's unless given.
            overdue: Only those that are overdue, or only those that are not.
            **wanted: As for `frame`.

        Raises:
            CasebookError: A column cannot be asked for.
        """
        day = self._day(today)
        conditions = [case_now.c.is_open, *_conditions(wanted)]
        if overdue is not None:
            of_kind(overdue, bool, "True or False", where="overdue")
            late = case_now.c.due_on < day.isoformat()
            conditions.append(late if overdue else or_(~late, case_now.c.due_on.is_(None)))
        return self._cases(conditions, limit=limit, today=day)

    def trend(
        self,
        *,
        by: Every = "month",
        split: Sequence[str] = (),
        since: date | None = None,
        until: date | None = None,
        **wanted: Wanted,
    ) -> pl.DataFrame:
        """How many cases opened, ended and were open, period by period.

        Args:
            by: `day`, `week` (from Monday), `month`, `quarter` or `year`, by the book's time zone.
            split: Columns to tell apart, such as `["owner"]`.
            since: First day; the first on which a case opened unless given.
            until: Last day; the clock's unless given.
            **wanted: As for `frame`.

        Returns:
            One row a period, split and currency: `start`, `end` (the last day, which is in it), the split, `currency`, `opened`,
            `resolved`, `open` and `overdue` at the end of the period, `opened_minor`, `resolved_minor` and `open_minor` (amounts
            without sign, as the cases stand now, smallest units) with `open_amount` as decimal text, and `median_age_days`:
            of those open at the end, in working days. A case that was reopened counts again.

        Raises:
            CasebookError: A column cannot be asked for, or the period is none.
        """
        names = texts_of(split, "columns", where="split")
        strange = [name for name in names if name not in _SPLITS]
        if strange:
            raise CasebookError(f"one of {', '.join(_SPLITS)} is needed, got {strange[0]!r}", where="split")
        span = case_span.c
        shown = [span.opened_at, span.closed_at, span.due_on]
        shown += [case_now.c[name] for name in dict.fromkeys([*names, "currency", "impact_minor"])]
        query = (
            select(*shown)
            .join(case_now, case_now.c.case_id == span.case_id)
            .where(and_(True, *_conditions(wanted)))
            .order_by(span.seq)
        )
        with self.store.reading() as connection:
            spans = _frame(connection, query, shown)
        return trend_of(
            spans,
            by=by,
            split=names,
            since=None if since is None else of_kind(since, date, "a day", where="since"),
            until=self._day(until, name="until"),
            timezone=self.policies.said.timezone,
            calendar=self.policies.calendar,
        )

    def claims_frame(self, *, state: str | None = None, party: str | None = None) -> pl.DataFrame:
        """Lines of claims: one row a case and claim, the oldest first.

        Args:
            state: `sent`, `accepted`, `rejected` or `credited`; all unless given.
            party: Only those to it.

        Returns:
            The columns of `claim_now`, with `claimed`, `accepted` and `credited` as decimal text beside the `..._minor`.
        """
        wanted = [
            claim_now.c[name] == value for name, value in (("state", state), ("party", party)) if value is not None
        ]
        frame = self._table(claim_now, wanted, [claim_now.c.sent_at, claim_now.c.claim_id, claim_now.c.case_id])
        return _with_times(_with_amounts(frame, ("claimed", "accepted", "credited")))

    def approvals_frame(self, *, state: str | None = "asked", role: str | None = None) -> pl.DataFrame:
        """Approvals, the oldest first: what waits, unless another state is asked for.

        Args:
            state: `asked`, `given`, `refused` or `lapsed`; None for all.
            role: Only those whose case waits for this role.

        Returns:
            The columns of `approval_now`, with `amount` as decimal text, and `type`, `owner` and `awaits` of the case.
        """
        columns = approval_now.c
        others = [case_now.c.type, case_now.c.owner, case_now.c.awaits]
        query = select(approval_now, *others).join(case_now, case_now.c.case_id == columns.case_id)
        if state is not None:
            query = query.where(columns.state == state)
        if role is not None:
            query = query.where(case_now.c.awaits == role)
        with self.store.reading() as connection:
            frame = _frame(connection, query.order_by(columns.approval_id), [*columns, *others])
        return _with_times(_with_amounts(frame, ("amount",)))

    def attachments_frame(self, case_id: str | None = None) -> pl.DataFrame:
        """Evidence by reference, of one case or of all: the columns of `attachment_now`."""
        wanted = [] if case_id is None else [attachment_now.c.case_id == case_id]
        return _with_times(self._table(attachment_now, wanted, [attachment_now.c.seq]))

    def _day(self, given: date | None, *, name: str = "today") -> date:
        """A day that was asked for; the clock's unless given."""
        return self.policies.day_of(self.clock()) if given is None else of_kind(given, date, "a day", where=name)

    def _cases(
        self, conditions: Sequence[ColumnElement[bool]], *, limit: int | None, today: date | None
    ) -> pl.DataFrame:
        # One database would refuse a number below 0, the other give all.
        if limit is not None and of_kind(limit, int, "a number", where="limit") < 0:
            raise CasebookError(f"0 or more is needed, got {limit}", where="limit")
        columns = case_now.c
        order: list[ColumnElement[Any]] = []
        if (
            limit is not None
        ):  # the database sorts only where it then need not give all: it would carry every column along
            size = func.abs(columns.impact_minor).desc()
            order = [columns.due_on.is_(None), columns.due_on, _rank(), size, columns.case_id]
        frame = self._table(case_now, conditions, order, limit=limit)
        day = self._day(today)
        late = pl.col("is_open") & (pl.col("due_on") < day)
        shown = _with_times(_with_amounts(frame, _AMOUNTS)).with_columns(
            late.fill_null(value=False).alias("is_overdue")
        )
        return shown.sort(
            "due_on",
            pl.col("severity").replace_strict(_RANKS, default=len(_RANKS), return_dtype=pl.Int64),
            -pl.col("impact_minor").abs(),
            "case_id",
            nulls_last=True,
        )

    def _table(
        self,
        table: Table,
        conditions: Sequence[ColumnElement[bool]],
        order: Sequence[ColumnElement[Any]],
        *,
        limit: int | None = None,
    ) -> pl.DataFrame:
        query = select(table).where(and_(True, *conditions)).order_by(*order).limit(limit)
        with self.store.reading() as connection:
            return _frame(connection, query, list(table.c))


def _rank() -> ColumnElement[int]:
    return case(_RANKS, value=case_now.c.severity, else_=len(_RANKS))


def _conditions(wanted: Mapping[str, Wanted]) -> list[ColumnElement[bool]]:
    return [_condition(name, value) for name, value in wanted.items()]


def _condition(name: str, value: Wanted) -> ColumnElement[bool]:
    if name not in _FILTERS:
        raise CasebookError(f"one of {', '.join(_FILTERS)} is needed, got {name!r}", where="cases")
    column = case_now.c[name]
    if value is None:
        return column.is_(None)
    if isinstance(value, bool) or str(column.type) == "BOOLEAN":
        if str(column.type) != "BOOLEAN":
            raise CasebookError(f"text is needed, got {value}", where=name)
        return column.is_(of_kind(value, bool, "True or False", where=name))
    given = texts_of(value, "values", where=name)
    if name != "type":
        return column.in_(given)
    whole = [one for one in given if not one.endswith((".", "_"))]
    begun = [column.startswith(one, autoescape=True) for one in given if one.endswith((".", "_"))]
    return or_(column.in_(whole), *begun)


def _frame(connection: Connection, query: Select[Any], columns: Sequence[Column[Any]]) -> pl.DataFrame:
    """What a query gives, with the types that its columns say, whether it gives rows or none.

    The driver's own rows are taken: a list of thousands of cases is looked at as columns, and a Row for each of them would cost
    as much as reading it.
    """
    rows = connection.execute(query).cursor.fetchall()
    held = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    series = [_series(column, values) for column, values in zip(columns, held, strict=True)]
    return pl.DataFrame(series)


def _series(column: Column[Any], values: Sequence[Any]) -> pl.Series:
    dtype = _TYPES.get(str(column.type), pl.String())
    if dtype == pl.Boolean:  # which SQLite knows as 0 and 1
        return pl.Series(column.name, values, dtype=pl.Int8 if values and type(values[0]) is int else None).cast(dtype)
    return pl.Series(column.name, values, dtype=dtype)


def _with_amounts(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    codes = frame["currency"].drop_nulls().unique().sort().to_list()
    return frame.with_columns(
        amount_text_expr(pl.col(f"{name}_minor"), pl.col("currency"), codes).alias(name) for name in names
    )


def _with_times(frame: pl.DataFrame) -> pl.DataFrame:
    times = [
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_zone="UTC")
        for name in frame.columns
        if name.endswith("_at")
    ]
    days = [pl.col(name).str.to_date("%Y-%m-%d") for name in frame.columns if name == "due_on"]
    return frame.with_columns(*times, *days)
