"""Views of closing: which periods are locked, which samples are drawn and signed off."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select, update

from tieout.casebook.canonical import canonical
from tieout.casebook.closing_tables import period_now, sample_item_now, sample_now
from tieout.casebook.log import Entry
from tieout.casebook.views import Projection

__all__ = ["CLOSING"]

_STATES = {"period.locked": "locked", "period.unlocked": "open"}


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    for one in new:
        if one.kind in _STATES:
            _period(connection, one)
        elif one.kind == "archive.packed" and one.subject is not None:
            statement = update(period_now).where(period_now.c.period == one.subject)
            connection.execute(statement.values(state="archived", seal=one.body["seal"]))
        elif one.kind == "review.sampled":
            _sample(connection, one)
        elif one.kind == "review.signed":
            _signed(connection, one)


def _period(connection: Connection, one: Entry) -> None:
    connection.execute(delete(period_now).where(period_now.c.period == one.subject))
    row = {
        "period": one.subject,
        "state": _STATES[one.kind],
        "seq": one.seq,
        "by": one.actor,
        "at": one.at,
        "seal": None,
    }
    connection.execute(insert(period_now), [row])


def _sample(connection: Connection, one: Entry) -> None:
    """A sample, or what was drawn for it since."""
    body = one.body
    row = {name: body[name] for name in ("reconciliation", "period", "run", "population")} | {"seq": one.seq}
    here = sample_now.c.sample_id == one.subject
    drawn = connection.scalar(select(sample_now.c.drawn).where(here))
    if drawn is None:
        connection.execute(insert(sample_now), [{**row, "sample_id": one.subject, "drawn": len(body["items"])}])
    else:
        connection.execute(update(sample_now).where(here).values(**row, drawn=drawn + len(body["items"])))
    fresh = {"sample_id": one.subject, "is_signed": False, "is_right": None, "reviewer": None, "reviewed_at": None}
    rows = [
        {**fresh, "item": item["item"], "why": item["why"], "makers": canonical(item["makers"]), "told": item["told"]}
        for item in body["items"]
    ]
    if rows:
        connection.execute(insert(sample_item_now), rows)


def _signed(connection: Connection, one: Entry) -> None:
    columns = sample_item_now.c
    found = {"is_signed": True, "is_right": one.body["is_right"], "reviewer": one.actor, "reviewed_at": one.at}
    for item in one.body["items"]:
        here = update(sample_item_now).where(columns.sample_id == one.subject, columns.item == item)
        connection.execute(here.values(**found))


CLOSING = Projection(("period.", "archive.packed", "review."), (period_now, sample_now, sample_item_now), _apply)
"""Keeps `period_now`, `sample_now` and `sample_item_now`."""
