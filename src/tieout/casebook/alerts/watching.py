"""Watching: what is told the moment a case opens, changes or opens again, or a run is kept."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from tieout.casebook.alerts.raising import (
    OPENINGS,
    Occasion,
    case_facts,
    cases_of,
    new_alerts,
    openings,
    settings_of,
)
from tieout.casebook.alerts.rules import AlertRule, Settings, Trigger
from tieout.casebook.alerts.tables import alert_now
from tieout.casebook.canonical import moment_text
from tieout.casebook.log import Draft, Entry
from tieout.casebook.reacting import Reaction
from tieout.casebook.schema import case_now
from tieout.casebook.workflow import CaseState
from tieout.model import Severity
from tieout.money import to_minor

__all__ = ["REACTIONS"]

_RUN = "run"
_KINDS = (*OPENINGS, "case.changed", _RUN)


def _answer(connection: Connection, new: Sequence[Entry]) -> list[Draft]:
    """Alerts that the entries set off."""
    settings = settings_of(connection)
    if settings is None or not settings.rules:
        return []
    by_trigger = {trigger: [rule for rule in settings.rules if rule.trigger is trigger] for trigger in Trigger}
    told: list[Occasion] = []
    if by_trigger[Trigger.CASE] or by_trigger[Trigger.COUNT]:
        cases = cases_of(connection, (one.subject for one in new if one.kind != _RUN and one.subject))
        told += _single(connection, by_trigger[Trigger.CASE], cases)
        opened = {one.subject for one in new if one.kind == "case.opened"}
        fresh = [case for case in cases if case["case_id"] in opened]
        for rule in by_trigger[Trigger.COUNT]:
            told += _counted(connection, settings, rule, fresh)
    for rule in by_trigger[Trigger.DRIFT]:
        told += (drift for one in new if one.kind == _RUN for drift in _drift(rule, one))
    return new_alerts(connection, told)


REACTIONS = (Reaction(_KINDS, _answer),)
"""What the casebook says about cases and runs of its own accord."""


def _single(
    connection: Connection, rules: Sequence[AlertRule], cases: Sequence[Mapping[str, Any]]
) -> Iterator[Occasion]:
    """Each case that a rule looks at, once for each time that it was opened."""
    found = [(rule, case) for rule in rules for case in cases if rule.looks_at(case)]
    began = openings(connection, (case["case_id"] for _, case in found))
    for rule, case in found:
        id_ = case["case_id"]
        if id_ in began:
            yield Occasion(rule=rule, subject=id_, name=str(began[id_][0]), facts=case_facts(case))


def _counted(
    connection: Connection, settings: Settings, rule: AlertRule, fresh: Sequence[Mapping[str, Any]]
) -> Iterator[Occasion]:
    """Types of which there are too many, of those that a case was just opened of."""
    needed = rule.count or 0
    seen = [case for case in fresh if rule.looks_at(case)]
    if rule.within_days is None:
        for type_, period in dict.fromkeys((case["type"], case["period"]) for case in seen):
            found = _number(connection, rule, type_, case_now.c.period == period)
            if period is not None and found >= needed:
                facts = {**_highest(seen, type_), "count": found, "period": period}
                yield Occasion(rule=rule, subject=type_, name=period, facts=facts)
        return
    latest = {case["type"]: settings.local(datetime.fromisoformat(case["opened_at"])).date() for case in seen}
    for type_, day in latest.items():
        first = day - timedelta(days=rule.within_days - 1)
        midnight = datetime.combine(first, time(), settings.zone)
        found = _number(connection, rule, type_, case_now.c.opened_at >= moment_text(midnight))
        if found >= needed and not _was_told(connection, rule, type_, since=first.isoformat()):
            facts = {**_highest(seen, type_), "count": found, "days": rule.within_days}
            yield Occasion(rule=rule, subject=type_, name=day.isoformat(), facts=facts)


def _highest(seen: Sequence[Mapping[str, Any]], type_: str) -> dict[str, Any]:
    """The type with the highest severity of what was just opened of it."""
    ranks = list(Severity)
    return {"type": type_, "severity": max((one["severity"] for one in seen if one["type"] == type_), key=ranks.index)}


def _was_told(connection: Connection, rule: AlertRule, type_: str, *, since: str) -> bool:
    """Whether it was told of a day in the window: the same cases are not told again."""
    query = select(func.count()).where(
        alert_now.c.rule == rule.name, alert_now.c.subject == type_, alert_now.c.occasion >= since
    )
    return bool(connection.scalar(query))


def _number(connection: Connection, rule: AlertRule, type_: str, window: Any) -> int:  # noqa: ANN401 - an SQL condition
    """How many cases of a type that the rule looks at were opened, closed ones too, auto-accepted ones not."""
    case = case_now.c
    query = select(func.count()).where(case.type == type_, window, case.state != CaseState.AUTO_ACCEPTED)
    if rule.owner is not None:
        query = query.where(case.owner == rule.owner)
    if rule.severity is not None:
        ranks = list(Severity)
        query = query.where(case.severity.in_(ranks[ranks.index(rule.severity) :]))
    if rule.at_least is not None:
        large = func.abs(case.impact_minor) >= to_minor(rule.at_least)
        query = query.where(case.currency == rule.at_least.currency.code, large)
    return connection.scalar(query) or 0


def _drift(rule: AlertRule, run: Entry) -> Iterator[Occasion]:
    """A run whose tolerance absorbed too much."""
    if rule.drift is None:
        return
    code, body = rule.drift.currency.code, run.body
    minor = body["absorbed"].get(code, {}).get("minor", 0)
    if abs(minor) >= to_minor(rule.drift):
        period = body["period"]
        name = " ".join(filter(None, (period, body["scope"])))  # runs again over the same records are not told again
        facts = {"impact": {"currency": code, "minor": minor}, "period": period}
        yield Occasion(rule=rule, subject=body["reconciliation"], name=name, facts=facts)
