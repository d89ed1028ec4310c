"""Redirecting: what is decided about a case of a locked period has its effect in the next open one (`domain.md` 6.2)."""

import re
from collections.abc import Sequence

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.closing_tables import period_now
from tieout.casebook.given import of_kind
from tieout.casebook.log import Draft
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now
from tieout.errors import CasebookError

__all__ = ["closed_periods", "next_month", "open_period", "redirected"]

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_STEP = 500
_KINDS = ("case.", "decision.", "approval.", "claim.")
_STAYS = frozenset(
    {
        *("decision.comment", "decision.attach", "decision.assign", "decision.review", "decision.archive"),
        *("approval.asked", "approval.refused"),
    }
)
"""What is said of a case without changing what came of it."""


def closed_periods(connection: Connection) -> frozenset[str]:
    """Periods that are locked or archived."""
    return frozenset(connection.scalars(select(period_now.c.period).where(period_now.c.state != "open")))


def open_period(connection: Connection, period: str) -> str:
    """The period that what is decided or posted for a period now goes to: itself, or the next month that is not locked.

    Raises:
        CasebookError: It is locked, and no month, so that nobody knows the next one.
    """
    return _open_of(period, closed_periods(connection))


def _open_of(period: str, shut: frozenset[str]) -> str:
    found = of_kind(period, str, "a month written like '2026-10'", where="period")
    while found in shut:
        found = next_month(found)
    return found


def next_month(period: str) -> str:
    """The month after a month.

    Raises:
        CasebookError: It is no month.
    """
    named = _MONTH.fullmatch(period)
    if named is None:
        raise CasebookError("it is locked, and only a month such as 2026-10 has a next one", where=f"period {period}")
    year, month = int(named[1]), int(named[2])
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def redirected(connection: Connection, drafts: Sequence[Draft]) -> Sequence[Draft]:
    """Entries about cases, those of locked periods with the next open period, where the case is from then on.

    Their bodies say `period` and, as `closed_period`, the one that the case comes from.

    Args:
        connection: Of `Store.writing`.
        drafts: What is to be noted.
    """
    moving = [one for one in drafts if one.kind.startswith(_KINDS) and one.kind not in _STAYS and one.subject]
    if not moving:
        return drafts
    shut = closed_periods(connection)
    if not shut:
        return drafts
    periods: dict[str, str] = {}
    for step in in_steps(sorted({one.subject or "" for one in moving}), _STEP):
        query = select(case_now.c.case_id, case_now.c.period)
        rows = connection.execute(query.where(case_now.c.case_id.in_(step), case_now.c.period.is_not(None)))
        periods |= {row.case_id: row.period for row in rows}
    return [
        _moved(one, periods, shut) if one.kind.startswith(_KINDS) and one.kind not in _STAYS else one for one in drafts
    ]


def _moved(draft: Draft, periods: dict[str, str], shut: frozenset[str]) -> Draft:
    was = periods.get(draft.subject or "")
    said = draft.body.get("period") or was
    closed = said if said in shut else was
    if said is None or closed not in shut:
        return draft
    return attrs.evolve(draft, body={**draft.body, "period": _open_of(said, shut), "closed_period": closed})
