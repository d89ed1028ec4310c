"""Dues: what of a case came back already, so that nobody is asked again for money that was paid (decision 43)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from tieout.casebook.case_tables import claim_now
from tieout.casebook.run_views import in_steps
from tieout.casebook.schema import case_now
from tieout.model.currency import from_units

__all__ = ["came_back", "due_of"]


def came_back(connection: Connection, case_ids: Iterable[str]) -> dict[str, int]:
    """By case what was credited by its claims and its figures do not show, smallest units; cases without such are left out.

    A credit that stands in a bill is in the figures once that bill was run: what is expected rose by it, or what is there fell
    by it. Unless all that was credited shows so, to the cent, none of it counts as shown: what is owed is rather told too low.

    Args:
        connection: Where to look.
        case_ids: Cases.
    """
    columns = claim_now.c
    lines: dict[str, list[RowMapping]] = {}
    query = select(
        *(columns[name] for name in ("case_id", "billed_minor", "expected_minor", "credited_minor")),
        case_now.c.actual_minor.label("actual_now_minor"),
        case_now.c.expected_minor.label("expected_now_minor"),
    ).join(case_now, (case_now.c.case_id == columns.case_id) & (case_now.c.currency == columns.currency))
    for step in in_steps(sorted(set(case_ids))):
        listed = query.where(columns.case_id.in_(step)).order_by(columns.case_id, columns.sent_at, columns.claim_id)
        for row in connection.execute(listed).mappings():
            lines.setdefault(row["case_id"], []).append(row)
    found = {case_id: _apart(rows) for case_id, rows in lines.items()}
    return {case_id: minor for case_id, minor in found.items() if minor}


def _apart(lines: Sequence[RowMapping]) -> int:
    """What was credited by the claims of one case, the first of them first, and is not in its figures."""
    credited = sum(line["credited_minor"] for line in lines)
    first = lines[0]
    moves = (("billed_minor", "actual_now_minor", -1), ("expected_minor", "expected_now_minor", 1))
    is_shown = any(
        None not in (first[was], first[now]) and (first[now] - first[was]) * sign == credited
        for was, now, sign in moves
    )
    return 0 if is_shown else credited


def due_of(row: RowMapping, paid: Mapping[str, int]) -> Mapping[str, Any]:
    """A case as it is asked for: its impact without what came back, which its reasons tell.

    Args:
        row: Of `case_now`.
        paid: As `came_back`.
    """
    minor = paid.get(row["case_id"], 0)
    if not minor:
        return dict(row)
    amount = f"{from_units(minor, row['currency'])} {row['currency']}"
    return {
        **row,
        "impact_minor": row["impact_minor"] - minor,
        "reason": "; ".join(filter(None, (row["reason"], f"{amount} of it came back"))),
        "reason_zh": "；".join(filter(None, (row["reason_zh"], f"其中 {amount} 已退回"))),
    }
