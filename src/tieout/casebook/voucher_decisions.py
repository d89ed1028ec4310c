"""Decisions: which cases of the book are over, and which accountable events and vouchers by hand follow from them."""

from collections.abc import Mapping
from typing import Any, Final

import attrs
import polars as pl
from sqlalchemy import Connection, select

from tieout.casebook.decided_events import (
    ENDED,
    RULES,
    DecidedCase,
    Prior,
    by_hand_frame,
    decided_event,
    event_id_of,
    prior_of,
    rule_of,
    why_not,
)
from tieout.casebook.log import entries
from tieout.casebook.policies import Policies
from tieout.casebook.schema import case_now
from tieout.casebook.voucher_events import table_of_events
from tieout.casebook.voucher_tables import voucher_event, voucher_now
from tieout.casebook.workflow import Resolution
from tieout.model import Event
from tieout.tables import Table

__all__ = ["DECIDED", "PRIOR_KINDS", "Decisions", "decisions_of", "vouchers_deciding"]

DECIDED: Final = "decided"
"""Origin of what people decided."""
PRIOR_KINDS: Final = frozenset({one.needs for one in RULES} | {one.unless for one in RULES if one.unless is not None})
"""Kinds of events that decided ones go on from."""
_BOOKABLE: Final = (Resolution.WRITTEN_OFF.value, Resolution.ADJUSTING_VOUCHER.value)


@attrs.frozen(kw_only=True, eq=False)
class Decisions:
    """What follows for one book from how cases ended.

    Attributes:
        events: The events, as columns of `Event`.
        by_hand: Cases that were given up and of which no event follows, with `why`.
    """

    events: pl.DataFrame
    by_hand: pl.DataFrame


def decisions_of(connection: Connection, priors: pl.DataFrame, *, policies: Policies) -> Decisions:
    """The events of cases that are over, and those that need a voucher by hand.

    A case that the last run does not find any more counts only where a person matched it: what was corrected at its source
    leaves nothing to book.

    Args:
        connection: Where to read.
        priors: Events of `PRIOR_KINDS` that the book was given.
        policies: Where a business day begins.
    """
    by_kind: dict[str, list[Prior]] = {}
    for event in table_of_events(priors):
        by_kind.setdefault(event.kind, []).append(Prior.of(event))
    credited = _credited(connection)
    events: list[Event] = []
    by_hand: list[tuple[DecidedCase, str]] = []
    for row in _ended(connection):
        case = DecidedCase.of_row(row, policies=policies, credited_minor=credited.get(row["case_id"], 0))
        rule = rule_of(case.type, case.resolution)
        prior = None if rule is None else prior_of(case, rule, by_kind)
        made = None if rule is None or prior is None else decided_event(case, rule, prior)
        if made is not None:
            events.append(made)
        elif case.resolution in _BOOKABLE and prior is None and case.amount.amount > 0:
            by_hand.append((case, why_not(case, rule)))
    return Decisions(events=Table.from_records(events, Event).to_polars(), by_hand=by_hand_frame(by_hand))


def vouchers_deciding(connection: Connection, case_id: str) -> set[str]:
    """Ids of standing vouchers that book how a case ended.

    Args:
        connection: Where to read.
        case_id: The case.
    """
    ids = [event_id_of(kind, case_id) for kind in sorted({one.kind for one in RULES})]
    query = (
        select(voucher_now.c.voucher_id)
        .join(voucher_event, voucher_event.c.content == voucher_now.c.content)
        .where(voucher_event.c.event_id.in_(ids))
    )
    return set(connection.scalars(query))


def _ended(connection: Connection) -> list[Mapping[str, Any]]:
    """Cases that are over by a decision after which something may be to book."""
    columns = case_now.c
    wanted = {*_BOOKABLE, *(resolution for one in RULES for resolution in one.resolutions)}
    query = (
        select(case_now)
        .where(
            columns.state.in_(ENDED),
            columns.resolution.in_(sorted(wanted)),
            columns.currency.is_not(None),
            columns.impact_minor != 0,
            columns.is_gone.is_(False) | (columns.resolution == Resolution.MATCHED_MANUALLY.value),
        )
        .order_by(columns.case_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _credited(connection: Connection) -> dict[str, int]:
    """What was credited of each case."""
    found: dict[str, int] = {}
    for entry in entries(connection, kinds=("claim.credited",)):
        if entry.subject is not None:
            found[entry.subject] = found.get(entry.subject, 0) + int(entry.body.get("credited_minor") or 0)
    return found
