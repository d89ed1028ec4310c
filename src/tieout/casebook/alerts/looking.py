"""Looking: what is told because time passed, and digests that are due."""

from collections.abc import Callable, Iterator
from datetime import date, datetime

from sqlalchemy import Connection, select

from tieout.casebook.alerts.raising import Occasion, book_of, case_facts, new_alerts, openings
from tieout.casebook.alerts.rules import AlertRule, Digest, Settings, Trigger
from tieout.casebook.alerts.tables import HELD, delivery_now, short_key
from tieout.casebook.canonical import moment_text
from tieout.casebook.log import Draft
from tieout.casebook.schema import case_now

__all__ = ["AddDays", "due_alerts", "due_digests"]

AddDays = Callable[[date, int], date]
"""The day so many working days after a day."""
_MOST = 1_000  # alerts of one digest, so that a message stays of a size that receivers take
_BY_TIME = (Trigger.AGE, Trigger.OVERDUE)


def due_alerts(connection: Connection, settings: Settings, now: datetime, add_days: AddDays) -> list[Draft]:
    """Alerts about open cases that are too old or overdue."""
    rules = [rule for rule in settings.rules if rule.trigger in _BY_TIME]
    if not rules:
        return []
    query = select(case_now).where(case_now.c.is_open).order_by(case_now.c.case_id)
    cases = map(dict, connection.execute(query).mappings())
    found = [(rule, case) for case in cases for rule in rules if rule.looks_at(case)]
    today = settings.local(now).date()
    found = [
        (rule, case)
        for rule, case in found
        if rule.trigger is Trigger.AGE or (case["due_on"] is not None and case["due_on"] < today.isoformat())
    ]
    began = openings(connection, (case["case_id"] for _, case in found))
    told: list[Occasion] = []
    for rule, case in found:
        if case["case_id"] not in began:
            continue
        seq, at = began[case["case_id"]]
        name, facts = str(seq), case_facts(case)
        if rule.trigger is Trigger.OVERDUE:
            name = f"{seq} {case['due_on']}"  # a case that was given more time and is overdue again
        elif not _is_older(rule, settings.local(at).date(), today, add_days):
            continue
        told.append(
            Occasion(rule=rule, subject=case["case_id"], name=name, facts=facts | {"days": rule.older_than_days})
        )
    return new_alerts(connection, told)


def _is_older(rule: AlertRule, opened: date, today: date, add_days: AddDays) -> bool:
    return today > add_days(opened, rule.older_than_days or 0)


def due_digests(connection: Connection, settings: Settings, now: datetime) -> Iterator[Draft]:
    """A digest for each sink of what was held for it until the last time that digests were due."""
    row, book = delivery_now.c, book_of(connection)
    for digest in (Digest.DAILY, Digest.WEEKLY):
        before = moment_text(settings.last_digest(digest, now))
        query = select(row.sink, row.seq).where(row.state == HELD, row.digest == digest, row.raised_at < before)
        held: dict[str, list[int]] = {}
        for sink, seq in connection.execute(query.order_by(row.sink, row.seq)):
            held.setdefault(sink, []).append(seq)
        for sink, alerts in held.items():
            for start in range(0, len(alerts), _MOST):
                some = alerts[start : start + _MOST]
                facts = {"digest": digest, "sink": sink, "alerts": some}
                yield Draft(kind="alert.digest", body={"key": short_key(book, digest, sink, some), **facts})
