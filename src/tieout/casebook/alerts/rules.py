"""Alert rules: when somebody is to be told, and through which sinks (`domain.md` 1, C35 and C52)."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import translate
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from moneyed import Money

from tieout.casebook.canonical import canonical
from tieout.errors import CasebookError
from tieout.model import Severity
from tieout.money import from_minor, to_minor
from tieout.privacy import mask_text

__all__ = ["AlertRule", "Digest", "Settings", "Trigger"]

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
_LONGEST_NAME = 100


class Digest(StrEnum):
    """Whether an alert goes out by itself or with the others of its day or week."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class Trigger(StrEnum):
    """What sets off an alert."""

    CASE = "case"
    COUNT = "count"
    AGE = "age"
    OVERDUE = "overdue"
    DRIFT = "drift"


Chosen = TypeVar("Chosen", Severity, Digest)


def _member(value: str, kind: type[Chosen]) -> Chosen:
    try:
        return kind(value)
    except ValueError as cause:
        raise CasebookError(f"{value!r} is none of {', '.join(kind)}", where="AlertRule") from cause


def _severity(value: str | None) -> Severity | None:
    return None if value is None else _member(value, Severity)


def _digest(value: str) -> Digest:
    return _member(value, Digest)


def _texts(given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        raise CasebookError(f"several texts such as ('courier.*',) are needed, got {given!r}", where="AlertRule")
    return tuple(given)


@attrs.frozen
class AlertRule:
    """When somebody is to be told about cases.

    `types`, `at_least`, `severity` and `owner` say which cases it looks at. Without more, each of them sets it off once when it
    is opened, again when it is reopened, and when it changes to what the rule looks at. One of `count`, `older_than_days`,
    `overdue` and `drift` asks for something else instead.

    Attributes:
        name: Short name, shown in the alert; a rule of the same name is the same rule.
        types: Patterns of types, such as `courier.*`; all unless given.
        at_least: Least amount of the impact, whichever its sign; cases in other currencies are not looked at.
        severity: Least severity.
        owner: Role that owns the case.
        count: So many such cases of one type, opened within `within_days`, or within one accounting period without that.
        within_days: Calendar days that end with the day of the last one; 1 is a day. Only with `count`.
        older_than_days: Open for more than so many working days.
        overdue: The day by which it must be handled is over.
        drift: What tolerance absorbed of one reconciliation in one period sums to so much, whichever its sign
            (`domain.md` 6.1). The sum `general.tolerance_drift` of a day and shop is a case like others.
        digest: Whether it goes out at once.
        to: Names of the sinks that take it.

    Raises:
        CasebookError: It asks for nothing, or for two things at once.

    Example:
        >>> AlertRule("dear parcels", types=["courier.*"], at_least=Money("500", "CNY"), to=["dingtalk"]).trigger
        <Trigger.CASE: 'case'>
    """

    name: str
    types: tuple[str, ...] = attrs.field(default=("*",), converter=_texts, kw_only=True)
    at_least: Money | None = attrs.field(default=None, kw_only=True)
    severity: Severity | None = attrs.field(default=None, converter=_severity, kw_only=True)
    owner: str | None = attrs.field(default=None, kw_only=True)
    count: int | None = attrs.field(default=None, kw_only=True)
    within_days: int | None = attrs.field(default=None, kw_only=True)
    older_than_days: int | None = attrs.field(default=None, kw_only=True)
    overdue: bool = attrs.field(default=False, kw_only=True)
    drift: Money | None = attrs.field(default=None, kw_only=True)
    digest: Digest = attrs.field(default=Digest.AT_ONCE, converter=_digest, kw_only=True)
    to: tuple[str, ...] = attrs.field(converter=_texts, kw_only=True)

    def __attrs_post_init__(self) -> None:
        where = f"AlertRule {self.name!r}"
        if not 0 < len(self.name.strip()) <= _LONGEST_NAME:
            raise CasebookError(f"a name of 1 to {_LONGEST_NAME} characters is needed", where="AlertRule.name")
        if mask_text(self.name) != self.name:
            raise CasebookError("the name holds what looks personal, such as a phone number", where="AlertRule.name")
        if not all(self.types) or not self.types:
            raise CasebookError("patterns of types such as 'courier.*' are needed", where=where)
        if not all(self.to) or not self.to or len(set(self.to)) < len(self.to):
            raise CasebookError("names of sinks are needed, each once", where=where)
        self._require_one_trigger(where)
        for name in ("at_least", "drift"):
            amount = getattr(self, name)
            if amount is not None and amount.amount <= 0:
                raise CasebookError(f"{name} is {amount.amount}, an amount above 0 is needed", where=where)

    def _require_one_trigger(self, where: str) -> None:
        asked = [self.count, self.older_than_days, self.overdue or None, self.drift]
        if sum(one is not None for one in asked) > 1:
            raise CasebookError("only one of count, older_than_days, overdue and drift can set it off", where=where)
        for name, least in (("count", 1), ("within_days", 1), ("older_than_days", 0)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise CasebookError(f"{name} is {value}, at least {least} is needed", where=where)
        if self.within_days is not None and self.count is None:
            raise CasebookError("within_days says within how many days to count, and needs a count", where=where)

    @property
    def trigger(self) -> Trigger:
        """What sets it off."""
        if self.count is not None:
            return Trigger.COUNT
        if self.older_than_days is not None:
            return Trigger.AGE
        if self.drift is not None:
            return Trigger.DRIFT
        return Trigger.OVERDUE if self.overdue else Trigger.CASE

    def looks_at(self, case: Mapping[str, Any]) -> bool:
        """Whether it looks at a case with this `type`, `severity`, `owner`, `currency` and `impact_minor`."""
        if not _pattern(self.types).match(case["type"]):
            return False
        if self.severity is not None and _RANKS[Severity(case["severity"])] < _RANKS[self.severity]:
            return False
        if self.owner is not None and case["owner"] != self.owner:
            return False
        if self.at_least is None:
            return True
        is_same = case["currency"] == self.at_least.currency.code
        return is_same and abs(int(case["impact_minor"])) >= to_minor(self.at_least)

    def body(self) -> dict[str, Any]:
        """As the log keeps it: only what is asked for."""
        given = attrs.asdict(self, recurse=False, filter=lambda field, value: value != field.default)
        return {**given, "name": self.name}

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> "AlertRule":
        """What `body` gave, read from the log."""
        amounts = {
            name: from_minor(body[name]["minor"], body[name]["currency"])
            for name in ("at_least", "drift")
            if name in body
        }
        return cls(**{**body, **amounts})


@cache
def _pattern(types: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, types)))


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:
        raise CasebookError(
            f"{value!r} is not an IANA time zone", where="timezone", hint="such as Asia/Shanghai"
        ) from cause


@attrs.frozen(kw_only=True)
class Settings:
    """The rules of a book, and what a day is in it.

    Attributes:
        rules: All of them, each name once.
        timezone: IANA time zone in which a day begins.
        digest_at: Time of day at which digests are made up, weekly ones on Mondays.
    """

    rules: tuple[AlertRule, ...]
    timezone: str
    digest_at: time = time(9)

    def __attrs_post_init__(self) -> None:
        _zone(self.timezone)
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise CasebookError(f"two rules are called {twice[0]!r}", where="AlertRule.name")
        if self.digest_at.tzinfo is not None:
            raise CasebookError("a time of day without a zone is needed: it is one of `timezone`", where="digest_at")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone itself."""
        return _zone(self.timezone)

    def local(self, moment: datetime) -> datetime:
        """The moment on the clocks of the book's place."""
        return moment.astimezone(self.zone)

    def last_digest(self, digest: Digest, now: datetime) -> datetime:
        """When digests of this sort were due for the last time."""
        local = self.local(now)
        day = local.date() - timedelta(days=local.weekday() if digest is Digest.WEEKLY else 0)
        due = datetime.combine(day, self.digest_at, local.tzinfo)
        step = timedelta(days=7 if digest is Digest.WEEKLY else 1)
        return due if due <= local else datetime.combine(day - step, self.digest_at, local.tzinfo)

    def body(self) -> dict[str, Any]:
        """As the log keeps it."""
        return {
            "rules": [rule.body() for rule in self.rules],
            "timezone": self.timezone,
            "digest_at": self.digest_at.isoformat("minutes"),
        }

    @classmethod
    def of_body(cls, body: Mapping[str, Any]) -> "Settings":
        """What `body` gave, read from the log."""
        return cls(
            rules=tuple(AlertRule.of_body(rule) for rule in body["rules"]),
            timezone=body["timezone"],
            digest_at=time.fromisoformat(body["digest_at"]),
        )

    def same_as(self, other: "Settings | None") -> bool:
        """Whether the log would keep both as the same text."""
        return other is not None and canonical(self.body()) == canonical(other.body())
