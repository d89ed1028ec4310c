"""Periods: a month is locked when nothing of it is open, and what comes late is booked in the next open one."""

from collections.abc import Collection, Sequence

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.closing_tables import period_now, sample_item_now, sample_now
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, texts_of
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.redirecting import closed_periods, next_month, open_period
from tieout.casebook.sampling import needed_items
from tieout.casebook.schema import case_now
from tieout.casebook.voucher_views import voucher_obstacles
from tieout.errors import CasebookError, InvalidTransition
from tieout.privacy import mask_text

__all__ = ["PeriodState", "PeriodsDesk", "open_period", "require_open"]

_SHOWN = 5


@attrs.frozen(kw_only=True)
class PeriodState:
    """Where a period stands.

    Attributes:
        period: Such as `2026-10`.
        state: `open`, `locked` or `archived`.
        seq: Entry that locked or unlocked it last; None where it was never locked.
        by: Who did.
        at: When.
        seal: Seal of its last archive pack; None where there is none.
    """

    period: str
    state: str = "open"
    seq: int | None = None
    by: str | None = None
    at: str | None = None
    seal: str | None = None


def state_of(connection: Connection, period: str) -> PeriodState:
    """Where a period stands."""
    of_kind(period, str, "a month written like '2026-10'", where="period")
    row = connection.execute(select(period_now).where(period_now.c.period == period)).mappings().one_or_none()
    return PeriodState(period=period) if row is None else PeriodState(**row)


def require_open(connection: Connection, period: str | None) -> None:
    """Refuse what a locked period does not take.

    Raises:
        CasebookError: The period is locked.
    """
    if period is not None and state_of(connection, period).state != "open":
        raise CasebookError(
            "it is locked: a run of it is a re-review and changes nothing",
            where=f"period {period}",
            hint="cases.reviews.rerun(...) tells what would change",
        )


class PeriodsDesk(Desk):
    """Locks periods and says what is missing until one can be locked."""

    def state(self, period: str) -> PeriodState:
        """Where a period stands: open, locked or archived."""
        with self.store.reading() as connection:
            return state_of(connection, period)

    def all(self) -> tuple[PeriodState, ...]:
        """Every period that was ever locked, in order."""
        with self.store.reading() as connection:
            query = select(period_now).order_by(period_now.c.period)
            return tuple(PeriodState(**row) for row in connection.execute(query).mappings())

    def open_for(self, period: str) -> str:
        """The period that what is decided or posted for a period now goes to (`open_period`)."""
        with self.store.reading() as connection:
            return open_period(connection, period)

    def missing(self, period: str, *, carry: Collection[str] = ()) -> tuple[str, ...]:
        """What has to be done before a period can be locked; nothing when it can.

        Args:
            period: Such as `2026-10`.
            carry: Ids of cases that stay open and are carried into the next period.
        """
        with self.store.reading() as connection:
            return tuple(_missing(connection, period, frozenset(texts_of(carry, "ids of cases", where="carry"))))

    def lock(self, period: str, *, actor: Actor, reason: str, carry: Collection[str] = ()) -> Entry:
        """Lock a period: from then on nothing is run, decided or posted in it.

        Every case of it is over or carried, for each of its reconciliations the sample of the last run is signed off, and its
        vouchers are booked.

        Args:
            period: Such as `2026-10`.
            actor: Who locks it.
            reason: Why, such as `month end`.
            carry: Ids of cases that stay open, such as what is in transit at the cut-off.

        Returns:
            The entry: it names the runs with their result hashes, which a re-review has to reproduce.

        Raises:
            CasebookError: Something is missing; all of it is told.
            InvalidTransition: It is locked already.
            NotAllowed: The actor may not lock periods.
        """
        self.policies.require(require_actor(actor), "lock")
        with self.store.writing() as connection:
            _require_state(state_of(connection, period), "open")
            carried = frozenset(texts_of(carry, "ids of cases", where="carry"))
            missing = list(_missing(connection, period, carried))
            if missing:
                raise CasebookError("; ".join(missing), where=f"period {period}", hint="cases carried on: carry=[...]")
            columns = case_now.c
            counted: dict[str, int] = {}
            for state in connection.scalars(select(columns.state).where(columns.period == period)):
                counted[state] = counted.get(state, 0) + 1
            runs = [
                {name: one.body.get(name) for name in ("reconciliation", "scope", "result_hash")} | {"seq": one.seq}
                for one in last_runs(connection, period)
            ]
            body = {"runs": runs, "cases": counted, "carried": sorted(carried), "next": next_month(period)}
            draft = Draft(kind="period.locked", subject=period, body=body, reason=_said(reason))
            return self._note(connection, [draft], actor=actor)[0]

    def unlock(self, period: str, *, actor: Actor, reason: str) -> Entry:
        """Open a locked period again. What is archived is never opened.

        Raises:
            InvalidTransition: It is not locked, or archived.
            NotAllowed: The actor may not unlock periods.
        """
        self.policies.require(require_actor(actor), "unlock")
        with self.store.writing() as connection:
            _require_state(state_of(connection, period), "locked")
            draft = Draft(kind="period.unlocked", subject=period, reason=_said(reason))
            return self._note(connection, [draft], actor=actor)[0]


def last_runs(connection: Connection, period: str) -> Sequence[Entry]:
    """The last run of each reconciliation and scope of a period, in order."""
    found = {
        (one.body.get("reconciliation"), one.body.get("scope")): one
        for one in entries(connection, kinds=["run"])
        if one.body.get("period") == period
    }
    return sorted(found.values(), key=lambda one: one.seq)


def _missing(connection: Connection, period: str, carried: frozenset[str]) -> list[str]:
    columns = case_now.c
    # What an earlier period carried on is open here until somebody ends it.
    here = [period, *(shut for shut in sorted(closed_periods(connection)) if open_period(connection, shut) == period)]
    query = select(columns.case_id).where(columns.period.in_(here), columns.is_open).order_by(columns.case_id)
    still_open = list(connection.scalars(query))
    found = []
    left = [case_id for case_id in still_open if case_id not in carried]
    if left:
        found.append(f"{len(left):,} cases are open: {_listed(left)}")
    unknown = sorted(carried - set(still_open))
    if unknown:
        found.append(f"{len(unknown):,} cases to carry are not open cases of it: {_listed(unknown)}")
    runs = last_runs(connection, period)
    if not runs:
        found.append("no reconciliation was run for it")
    for run in runs:
        found += _unsigned(connection, run, carried)
    return [*found, *voucher_obstacles(connection, period)]


def _unsigned(connection: Connection, run: Entry, carried: frozenset[str]) -> list[str]:
    name = f"{run.body.get('reconciliation')}, run {run.seq}"
    sample = connection.scalar(select(sample_now.c.sample_id).where(sample_now.c.sample_id == run.subject))
    if sample is None:
        return [f"{name}: no sample was drawn"]
    items = sample_item_now.c
    query = select(items.item, items.is_signed, items.is_right).where(items.sample_id == sample).order_by(items.item)
    everything = connection.execute(query).all()
    rows = [row for row in everything if row.item.removeprefix("case:") not in carried]
    drawn = {row.item for row in everything}
    later = sorted({one.item for one in needed_items(connection, run)} - drawn)
    found = [f"{name}: the sample lacks what came since: {_listed(later)}"] if later else []
    for told, some in (
        ("are not signed off", [row.item for row in rows if not row.is_signed]),
        ("were found wrong", [row.item for row in rows if row.is_signed and not row.is_right]),
    ):
        if some:
            found.append(f"{name}: {len(some):,} items of the sample {told}: {_listed(some)}")
    return found


def _require_state(now: PeriodState, wanted: str) -> None:
    if now.state != wanted:
        allowed = {"open": ("lock",), "locked": ("unlock", "archive"), "archived": ()}[now.state]
        raise InvalidTransition(
            f"it is {now.state}, not {wanted}", where=f"period {now.period}", state=now.state, allowed=allowed
        )


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
    return ", ".join(ids[:_SHOWN]) + more


def _said(reason: object) -> str:
    if not isinstance(reason, str) or not reason.strip():
        raise CasebookError("why is to be said, for whoever reads it in thirty years", where="reason")
    return mask_text(reason.strip()) or ""
