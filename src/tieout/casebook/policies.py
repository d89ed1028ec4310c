"""Policies: who owns a case, by when, how bad it is, who may decide what, and what an amount needs to be approved."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
from moneyed import Money

from tieout.casebook.actors import Actor, Role, require_actor
from tieout.casebook.calendars import Calendar, HolidayCalendar
from tieout.casebook.policy_files import Checklist, Rule, Said, read_policies
from tieout.casebook.workflow import Resolution
from tieout.errors import CasebookError, NotAllowed
from tieout.model import Severity
from tieout.model.currency import exactly, from_units, round_half_up

__all__ = ["LEVELS", "Handling", "Policies"]

LEVELS = ("owner", "lead", "finance_manager", "cfo")
"""Levels of the approval matrix, from the lowest (`domain.md` 6.3)."""
_ORDER = tuple(Severity)
_LOOKERS = frozenset({Role.AUDITOR, Role.SYSTEM})


@attrs.frozen(kw_only=True)
class Handling:
    """How a case is to be handled.

    Attributes:
        owner: Role that owns it.
        days: Working days in which it is to be handled.
        due_on: The day by which; counted from the day it opened.
        escalate_to: Role above it; None where there is none.
        severity: How much it matters.
        playbook: What to do, in English; the discrepancy's own next step is more exact where there is one.
        playbook_zh: The same in Chinese.
        required: Names of the attachments that it needs before it is resolved.
        refuses: Whether it cannot be resolved without them; otherwise it is flagged.
        doubt: Why the day is not certain, such as a year whose moved working days nobody knows yet; None where it is.
    """

    owner: str
    days: int
    due_on: date
    escalate_to: str | None
    severity: Severity
    playbook: str
    playbook_zh: str
    required: tuple[str, ...] = ()
    refuses: bool = False
    doubt: str | None = None


def _held(rates: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    return dict(rates)


@attrs.frozen(kw_only=True, eq=False)
class Policies:
    """The rules of one book, read from TOML; `Policies()` are those of `domain.md` 6.3.

    Limits and bounds are in the book's currency. An amount of another currency is taken at its rate; without a rate nobody below
    the CFO approves it, and its severity goes by its bare figure, as a reconciliation's does.

    Attributes:
        said: What the files of policies say.
        calendar: Working days; those of the file's country unless given.
        rates: Book currency per unit of each other currency.

    Example:
        >>> handling = Policies().handling("courier.overweight", amount=Decimal("0.90"), currency="CNY", on=date(2026, 9, 30))
        >>> handling.owner, handling.due_on, str(handling.severity)
        ('logistics', datetime.date(2026, 10, 10), 'low')
    """

    said: Said = attrs.field(factory=read_policies, repr=False)
    calendar: Calendar = attrs.field()
    rates: Mapping[str, Decimal] = attrs.field(factory=dict, converter=_held)

    @calendar.default
    def _of_country(self) -> Calendar:
        return HolidayCalendar(self.said.country)

    @rates.validator
    def _are_rates(self, _attribute: object, rates: Mapping[str, object]) -> None:
        for code, rate in rates.items():
            if not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0:
                raise CasebookError(f"a Decimal above 0 is needed, got {rate!r}", where=f"rates[{code!r}]")

    @classmethod
    def load(
        cls, file: str | Path, *, calendar: Calendar | None = None, rates: Mapping[str, Decimal] | None = None
    ) -> "Policies":
        """Policies of a TOML file that says what differs from the defaults.

        Args:
            file: Such as `policies.toml`; its form is that of `tieout/casebook/policies.toml`.
            calendar: Working days; those of the file's country unless given.
            rates: Book currency per unit of each other currency.

        Raises:
            CasebookError: The file cannot be read, or says what no policy is.
        """
        said = read_policies(Path(file))
        return cls(said=said, calendar=calendar or HolidayCalendar(said.country), rates=rates or {})

    @property
    def currency(self) -> str:
        """The book's currency, in which limits are meant."""
        return self.said.currency

    @property
    def write_off_limit(self) -> Money:
        """What one person may give up at most, with nobody's approval."""
        return Money(self.said.write_off_limit, self.currency)

    @property
    def recurrence(self) -> tuple[int, int]:
        """How many cases of one type, entity and cause within how many days are a recurring one."""
        return self.said.recurrence

    @property
    def systemic(self) -> int:
        """How many cases of one type on one day are critical, whatever they amount to."""
        return self.said.systemic

    def day_of(self, moment: datetime) -> date:
        """The day of work that a moment belongs to, in the book's time zone."""
        return moment.astimezone(ZoneInfo(self.said.timezone)).date()

    def handling(
        self,
        type: str,  # noqa: A002 - what a discrepancy calls it
        *,
        amount: Decimal,
        currency: str | None,
        on: date,
        owner: str | None = None,
        severity: Severity | str | None = None,
        count: int = 1,
    ) -> Handling:
        """How a case is to be handled.

        Args:
            type: Type of discrepancy, such as `courier.overweight`.
            amount: Its impact, in units of the currency; the sign does not matter.
            currency: ISO 4217 code; None where no money is in it.
            on: Day on which the case opened.
            owner: Role that the discrepancy names; taken unless a file of policies says another one for the type.
            severity: What the discrepancy says; by the amount unless given.
            count: How many of this type opened on the day: from `systemic` on all of them are critical.
        """
        rule = self.rule(type)
        checklist = self.checklist(type)
        due_on = self.calendar.add_working_days(on, rule.days or 0)
        ours = self.said.owner_of(type)
        return Handling(
            owner=ours or owner or rule.owner or "finance",
            days=rule.days or 0,
            due_on=due_on,
            escalate_to=self.lead_of(ours or owner or rule.owner, type=type),
            severity=self.severity(amount, currency, given=severity, count=count),
            playbook=rule.playbook or "",
            playbook_zh=rule.playbook_zh or "",
            required=checklist.required,
            refuses=checklist.refuse,
            doubt=self.calendar.doubt(due_on),
        )

    def rule(self, type: str) -> Rule:  # noqa: A002 - what a discrepancy calls it
        """Owner, days, escalation and playbook of a type: each from the longest pattern that says it."""
        return self.said.rule(type)

    def lead_of(self, owner: str | None, *, type: str) -> str | None:  # noqa: A002 - what a discrepancy calls it
        """Role above the owner of a case: what the rule of its type says where it is its owner, else the lead of that role."""
        rule = self.rule(type)
        if owner is None or owner == rule.owner:
            return rule.escalate_to
        return self.said.leads.get(owner, rule.escalate_to)

    def checklist(self, type: str) -> Checklist:  # noqa: A002 - what a discrepancy calls it
        """Evidence that a type needs."""
        return self.said.checklist(type)

    def severity(
        self, amount: Decimal, currency: str | None, *, given: Severity | str | None = None, count: int = 1
    ) -> Severity:
        """How much a case matters: what the discrepancy says or its amount does, and critical when there are very many.

        Example:
            >>> str(Policies().severity(Decimal("-500.00"), "CNY")), str(Policies().severity(Decimal(1), "CNY", count=50))
            ('high', 'critical')
        """
        if count >= self.systemic:
            return Severity.CRITICAL
        if given is not None:
            return Severity(given)
        here = self._in_book(amount, currency)
        size = abs(amount if here is None else here)
        for level, bound in self.said.severity:
            if size >= bound:
                return level
        return Severity.LOW if size else Severity.INFO

    def level_for(self, amount_minor: int, currency: str | None) -> str:
        """The lowest of `LEVELS` that may approve an amount; the CFO for a currency that has no rate.

        Example:
            >>> Policies().level_for(-10_000, "CNY"), Policies().level_for(10_001, "CNY"), Policies().level_for(1, "USD")
            ('owner', 'lead', 'cfo')
        """
        if not amount_minor:
            return LEVELS[0]
        here = None if currency is None else self._in_book(from_units(amount_minor, currency), currency)
        if here is None:
            return LEVELS[-1]
        return next((level for level, limit in self.said.approval if abs(here) <= limit), LEVELS[-1])

    def needs_approval(self, action: str, amount_minor: int, currency: str | None) -> str | None:
        """The level that has to approve what an action gives up or moves; None where one person decides alone.

        Args:
            action: `accept`, `write_off` or a resolution.
            amount_minor: In smallest units of the currency; the sign does not matter.
            currency: ISO 4217 code; None where no money is in it.
        """
        if action not in self.said.approval_needed:
            return None
        level = self.level_for(amount_minor, currency)
        if level != LEVELS[0]:
            return level
        gives_up = action in {"write_off", Resolution.WRITTEN_OFF}
        return LEVELS[1] if gives_up and self.exceeds_write_off(amount_minor, currency) else None

    def is_within_tolerance(self, amount_minor: int, currency: str | None) -> bool:
        """Whether the library itself may accept an amount."""
        here = None if currency is None else self._in_book(from_units(amount_minor, currency), currency)
        return not amount_minor or (here is not None and abs(here) <= self.said.auto_accept_limit)

    def exceeds_write_off(self, amount_minor: int, currency: str | None) -> bool:
        """Whether an amount is more than one person may give up."""
        here = None if currency is None else self._in_book(from_units(amount_minor, currency), currency)
        return bool(amount_minor) and (here is None or abs(here) > self.said.write_off_limit)

    def roles_of(self, level: str, *, owner: str | None, escalate_to: str | None) -> tuple[str, ...]:
        """Roles that may approve at a level: those of the level itself and of all above it, lowest first."""
        named = {"owner": owner, "lead": escalate_to, "finance_manager": "finance_manager", "cfo": "cfo"}
        found = [named[one] for one in LEVELS[LEVELS.index(level) :]]
        return tuple(dict.fromkeys(role for role in found if role is not None))

    def require(
        self,
        actor: Actor,
        action: str,
        *,
        owner: str | None = None,
        escalate_to: str | None = None,
        assignee: str | None = None,
    ) -> Actor:
        """The actor, where they may do it.

        Args:
            actor: Who wants to.
            action: What, by a name of the table `permissions`.
            owner: Role that owns the case, where it is about one.
            escalate_to: Role above it.
            assignee: Person who works on it.

        Raises:
            CasebookError: It is no actor, or no policy names such an action.
            NotAllowed: They have none of the roles that it needs.
        """
        require_actor(actor)
        words = self.said.permissions.get(action)
        if words is None:
            known = ", ".join(sorted(self.said.permissions))
            raise CasebookError(f"no policy says who may {action!r}; known are {known}", where="permissions")
        named = {"owner": owner, "lead": escalate_to}
        roles = {named.get(word, word) for word in words} - {None, "assignee", "any"}
        if (
            Role.ADMIN in actor.roles
            or not roles.isdisjoint(actor.roles)
            or ("any" in words and actor.roles - _LOOKERS)
            or ("assignee" in words and assignee == actor.name)
        ):
            return actor
        theirs = ", ".join(sorted(actor.roles)) or "no role"
        needed = ", ".join(sorted(str(role) for role in roles)) or "the one it is assigned to"
        raise NotAllowed(f"{actor.name} ({theirs}) may not {action}", where="actor", hint=f"it takes one of: {needed}")

    def _in_book(self, amount: Decimal, currency: str | None) -> Decimal | None:
        """The amount in the book's currency; None where there is no rate."""
        if currency is None or currency == self.currency:
            return amount
        rate = self.rates.get(currency)
        if rate is None:
            return None
        with exactly():
            return round_half_up(amount * rate, self.currency)
