"""Files of policies: TOML with the rules of a book, laid over those that the library brings."""

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs

from tieout.casebook.actors import Role
from tieout.casebook.workflow import Resolution
from tieout.errors import CasebookError
from tieout.model import Severity
from tieout.model.currency import is_currency

__all__ = ["Checklist", "Rule", "Said", "read_policies"]

Value = TypeVar("Value")
One = TypeVar("One", bound=object)
_LEVELS = ("owner", "lead", "finance_manager")
_WORDS = frozenset({"owner", "lead", "assignee", "any", *map(str, Role)})
_APPROVED = ("accept", "write_off", *Resolution)
_SCALARS = ("currency", "timezone", "country", "write_off_limit", "auto_accept_limit", "systemic")
_TABLES = ("severity", "approval", "approval_needed", "leads", "recurrence", "permissions")
_LISTS = ("rule", "checklist")


@attrs.frozen(kw_only=True)
class Rule:
    """What is said of a type or of all types that begin alike; None where a shorter pattern says it.

    Attributes:
        owner: Role that owns its cases.
        days: Working days in which they are to be handled.
        escalate_to: Role above the owner; None where there is none.
        playbook: What to do, in English.
        playbook_zh: The same in Chinese.
    """

    owner: str | None = None
    days: int | None = None
    escalate_to: str | None = None
    playbook: str | None = None
    playbook_zh: str | None = None


@attrs.frozen(kw_only=True)
class Checklist:
    """Evidence that a type needs before it is resolved.

    Attributes:
        required: Names of attachments.
        refuse: Whether a case cannot be resolved without them; otherwise it is flagged `general.evidence_missing`.
    """

    required: tuple[str, ...] = ()
    refuse: bool = False


@attrs.frozen(kw_only=True)
class Said:
    """What the files say, checked.

    Attributes:
        currency: ISO 4217 code of the book.
        timezone: IANA name of where a day begins.
        country: ISO 3166 code of the calendar.
        write_off_limit: In units of the currency.
        auto_accept_limit: What the library itself may accept, in units of the currency.
        systemic: How many of a type on a day are critical.
        severity: Severity with the amount from which it holds, highest first.
        approval: Level with the amount up to which it approves, lowest first.
        approval_needed: Actions and resolutions that need approval above the lowest level.
        leads: Role above each role.
        recurrence: How many within how many days.
        permissions: Words by action.
        rules: Rules by pattern: a type, or what types begin with, ending in `.` or `_`.
        own_rules: Those of the rules that the caller's file says.
        checklists: Checklists by pattern.
    """

    currency: str
    timezone: str
    country: str
    write_off_limit: Decimal
    auto_accept_limit: Decimal
    systemic: int
    severity: tuple[tuple[Severity, Decimal], ...]
    approval: tuple[tuple[str, Decimal], ...]
    approval_needed: frozenset[str]
    leads: Mapping[str, str]
    recurrence: tuple[int, int]
    permissions: Mapping[str, frozenset[str]]
    rules: Mapping[str, Rule]
    own_rules: Mapping[str, Rule]
    checklists: Mapping[str, Checklist]

    def rule(self, type: str) -> Rule:  # noqa: A002 - what a discrepancy calls it
        """Each fact of a type from the longest pattern that says it; the caller's before the library's."""
        patterns = [*_fitting(self.own_rules, type), *_fitting(self.rules, type)]
        names = [field.name for field in attrs.fields(Rule)]
        return Rule(**{name: _first(getattr(one, name) for one in patterns) for name in names})

    def owner_of(self, type: str) -> str | None:  # noqa: A002 - what a discrepancy calls it
        """Owner that the caller's file says; None where it says none."""
        return _first(one.owner for one in _fitting(self.own_rules, type))

    def checklist(self, type: str) -> Checklist:  # noqa: A002 - what a discrepancy calls it
        """The checklist of the longest pattern; an empty one where there is none."""
        return next(iter(_fitting(self.checklists, type)), Checklist())


def _first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value is not None), None)


def _fitting(found: Mapping[str, One], kind: str) -> list[One]:
    fits = [pattern for pattern in found if pattern == kind or (pattern[-1] in "._" and kind.startswith(pattern))]
    return [found[pattern] for pattern in sorted(fits, key=len, reverse=True)]


@cache
def _defaults() -> Mapping[str, Any]:
    text = (resources.files("tieout.casebook") / "policies.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def read_policies(file: Path | None = None) -> Said:
    """What a file says, laid over the library's own; the library's alone without one.

    Raises:
        CasebookError: The file cannot be read, or says what no policy is.
    """
    ours = _defaults()
    theirs = {} if file is None else _read(file)
    where = "policies.toml" if file is None else file.name
    unknown = sorted(set(theirs) - {*_SCALARS, *_TABLES, *_LISTS})
    if unknown:
        raise CasebookError(
            f"no policy is called {', '.join(unknown)}", where=where, hint=f"known: {', '.join(sorted(ours))}"
        )
    try:
        return _said(ours, theirs)
    except (TypeError, ValueError, KeyError, AttributeError, InvalidOperation, ZoneInfoNotFoundError) as cause:
        if isinstance(cause, CasebookError):
            raise CasebookError(cause.problem, where=f"{where}: {cause.where}", hint=cause.hint) from cause
        raise CasebookError(f"it is no file of policies: {cause}", where=where) from cause


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as cause:
        raise CasebookError(f"it cannot be read: {cause.strerror}", where=file.name) from cause
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as cause:
        raise CasebookError(f"it is not TOML in UTF-8: {cause}", where=file.name) from cause


def _said(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Said:
    scalars = {name: theirs.get(name, ours[name]) for name in _SCALARS}
    tables = {name: {**ours[name], **theirs.get(name, {})} for name in _TABLES}
    if not is_currency(scalars["currency"]):
        raise CasebookError(f"an ISO 4217 code is needed, got {scalars['currency']!r}", where="currency")
    ZoneInfo(scalars["timezone"])
    severities = [(Severity(name), _amount(text, f"severity.{name}")) for name, text in tables["severity"].items()]
    levels = [(name, _amount(text, f"approval.{name}")) for name, text in tables["approval"].items()]
    for name, _ in levels:
        _require_one_of(name, _LEVELS, "approval")
    return Said(
        currency=scalars["currency"],
        timezone=scalars["timezone"],
        country=scalars["country"],
        write_off_limit=_amount(scalars["write_off_limit"], "write_off_limit"),
        auto_accept_limit=_amount(scalars["auto_accept_limit"], "auto_accept_limit"),
        systemic=_count(scalars["systemic"], "systemic"),
        severity=tuple(sorted(severities, key=lambda one: one[1], reverse=True)),
        approval=tuple(sorted(levels, key=lambda one: (one[1], _LEVELS.index(one[0])))),
        approval_needed=_chosen(tables["approval_needed"]),
        leads=_leads(tables["leads"]),
        recurrence=(
            _count(tables["recurrence"]["times"], "recurrence.times"),
            _count(tables["recurrence"]["days"], "recurrence.days"),
        ),
        permissions={action: _words(action, words) for action, words in tables["permissions"].items()},
        rules=_rules(ours),
        own_rules=_rules(theirs),
        checklists={**_checklists(ours), **_checklists(theirs)},
    )


def _rules(said: Mapping[str, Any]) -> Mapping[str, Rule]:
    found: dict[str, Rule] = {}
    for entry in said.get("rule", ()):
        types, facts = _patterns(entry), {name: value for name, value in entry.items() if name != "types"}
        rule = Rule(**facts)
        for role in (rule.owner, rule.escalate_to):
            if role is not None:
                _require_one_of(role, tuple(Role), "rule")
        if rule.days is not None:
            _count(rule.days, "rule.days")
        found |= dict.fromkeys(types, rule)
    return found


def _checklists(said: Mapping[str, Any]) -> Mapping[str, Checklist]:
    found: dict[str, Checklist] = {}
    for entry in said.get("checklist", ()):
        one = Checklist(required=tuple(entry["required"]), refuse=entry.get("refuse", False))
        found |= dict.fromkeys(_patterns(entry), one)
    return found


def _chosen(said: Mapping[str, Any]) -> frozenset[str]:
    for name, is_chosen in said.items():
        _require_one_of(name, _APPROVED, "approval_needed")
        if not isinstance(is_chosen, bool):
            raise CasebookError(f"true or false is needed, got {is_chosen!r}", where=f"approval_needed.{name}")
    return frozenset(name for name, is_chosen in said.items() if is_chosen)


def _leads(said: Mapping[str, Any]) -> Mapping[str, str]:
    for pair in said.items():
        for role in pair:
            _require_one_of(role, tuple(Role), "leads")
    return dict(said)


def _patterns(entry: Mapping[str, Any]) -> list[str]:
    types = entry.get("types")
    if not isinstance(types, list) or not types or not all(isinstance(one, str) and one for one in types):
        raise CasebookError(f"types such as ['courier.'] are needed, got {types!r}", where="types")
    return types


def _words(action: str, words: object) -> frozenset[str]:
    if not isinstance(words, list):
        raise CasebookError(f"a list of roles is needed, got {words!r}", where=f"permissions.{action}")
    for word in words:
        _require_one_of(word, tuple(_WORDS), f"permissions.{action}")
    return frozenset(words)


def _require_one_of(word: str, known: tuple[str, ...], where: str) -> None:
    if word not in known:
        raise CasebookError(f"one of {', '.join(sorted(known))} is needed, got {word!r}", where=where)


def _amount(text: object, where: str) -> Decimal:
    if not isinstance(text, str):
        raise CasebookError(f'an amount in quotes such as "100.00" is needed, got {text!r}', where=where)
    amount = Decimal(text)
    if not amount.is_finite() or amount < 0:
        raise CasebookError(f"an amount of 0 or more is needed, got {text!r}", where=where)
    return amount


def _count(number: object, where: str) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise CasebookError(f"a whole number of 0 or more is needed, got {number!r}", where=where)
    return number
