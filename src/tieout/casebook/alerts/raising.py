"""Raising: what a book's rules say of its cases becomes alerts, each occasion once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.alerts.rules import AlertRule, Settings
from tieout.casebook.alerts.tables import alert_now, short_key
from tieout.casebook.log import GENESIS, Draft, Entry
from tieout.casebook.schema import case_now, entry

__all__ = ["OPENINGS", "Occasion", "book_of", "case_facts", "cases_of", "new_alerts", "openings", "settings_of"]

OPENINGS = ("case.opened", "case.reopened", "decision.reopen")
"""Entries with which a case begins to be somebody's work."""
_CHUNK = 1_000
_FACTS = ("type", "severity", "owner", "escalate_to", "due_on", "period", "next_step", "next_step_zh")
_NO_FACTS: Mapping[str, Any] = dict.fromkeys(("case", "impact", "count", "days", *_FACTS))


@attrs.frozen(kw_only=True)
class Occasion:
    """One occasion on which a rule has something to tell.

    Attributes:
        rule: The rule.
        subject: What it is about.
        name: What tells this occasion from others of the same subject, such as the entry that opened the case.
        facts: What the alert says.
    """

    rule: AlertRule
    subject: str
    name: str
    facts: Mapping[str, Any]


def settings_of(connection: Connection) -> Settings | None:
    """The rules of a book that hold now; None where there never were any."""
    query = select(entry).where(entry.c.kind == "alert.rules").order_by(entry.c.seq.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Settings.of_body(Entry.of_row(row).body)


def book_of(connection: Connection) -> str:
    """What tells this book from others, so that a receiver may hear of several: the hash of its first entry."""
    return connection.scalar(select(entry.c.hash).where(entry.c.seq == 1)) or GENESIS


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """Different values, some hundred at a time, in order."""
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), _CHUNK):
        yield distinct[start : start + _CHUNK]


def cases_of(connection: Connection, ids: Iterable[str]) -> list[dict[str, Any]]:
    """Rows of the open ones among these cases."""
    found: list[dict[str, Any]] = []
    for some in chunks(ids):
        query = select(case_now).where(case_now.c.case_id.in_(some), case_now.c.is_open)
        found += map(dict, connection.execute(query.order_by(case_now.c.case_id)).mappings())
    return found


def openings(connection: Connection, ids: Iterable[str]) -> dict[str, tuple[int, datetime]]:
    """The entry that last opened each case, and when."""
    found = {}
    for some in chunks(ids):
        query = select(entry.c.subject, entry.c.seq, entry.c.at).where(
            entry.c.subject.in_(some), entry.c.kind.in_(OPENINGS)
        )
        for subject, seq, at in connection.execute(query.order_by(entry.c.seq)):
            found[subject] = (seq, datetime.fromisoformat(at))
    return found


def case_facts(case: Mapping[str, Any]) -> dict[str, Any]:
    """What an alert says of a case."""
    currency = case["currency"]
    impact = None if currency is None else {"currency": currency, "minor": case["impact_minor"]}
    return {"case": case["case_id"], "impact": impact, **{name: case[name] for name in _FACTS}}


def new_alerts(connection: Connection, occasions: Sequence[Occasion]) -> list[Draft]:
    """An entry for each occasion that was not told yet."""
    if not occasions:
        return []
    book = book_of(connection)
    wanted = {short_key(book, one.rule.name, one.subject, one.name): one for one in occasions}
    for some in chunks(list(wanted)):
        for key in connection.scalars(select(alert_now.c.key).where(alert_now.c.key.in_(some))):
            del wanted[key]
    return [_draft(key, one) for key, one in wanted.items()]


def _draft(key: str, one: Occasion) -> Draft:
    rule = one.rule
    told = {"key": key, "rule": rule.name, "trigger": rule.trigger, "occasion": one.name}
    return Draft(
        kind="alert.raised",
        subject=one.subject,
        body={**_NO_FACTS, **one.facts, **told, "digest": rule.digest, "to": rule.to},
    )
