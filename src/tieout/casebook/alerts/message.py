"""Messages: what a sink gets to send, in English and Chinese, with nothing personal in it."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

import attrs
from moneyed import Money

from tieout.casebook.alerts.rules import Digest, Trigger
from tieout.casebook.log import Entry
from tieout.model import Severity
from tieout.model.currency import exponent
from tieout.money import from_minor
from tieout.privacy import mask_text

__all__ = ["Alert", "Message", "amount_text"]

_LISTED = 50  # alerts that the text of a digest names; `alerts` holds all
_SEVERITIES = {"info": "提示", "low": "低", "medium": "中", "high": "高", "critical": "严重"}
_LATE = (Trigger.AGE, Trigger.OVERDUE)
_ROLES = {
    "logistics": "物流",
    "platform_ops": "平台运营",
    "finance": "财务",
    "treasury": "资金",
    "customer_service": "客服",
    "warehouse": "仓库",
    "marketing": "市场",
    "accountant": "会计",
    "data": "数据",
    "logistics_lead": "物流主管",
    "customer_service_lead": "客服主管",
    "ops_manager": "运营经理",
    "sales_head": "销售负责人",
    "finance_manager": "财务经理",
    "cfo": "财务总监",
}
_DIGESTS = {Digest.DAILY: ("daily digest", "每日汇总"), Digest.WEEKLY: ("weekly digest", "每周汇总")}


def amount_text(money: Money) -> str:
    """An amount with its sign and its currency's decimals, such as `+620.00 CNY`."""
    code = money.currency.code
    return f"{money.amount:+.{exponent(code)}f} {code}"


@attrs.frozen(kw_only=True)
class Alert:
    """One thing that somebody is to be told, as the log keeps it.

    Attributes:
        key: Stable and its own: the same thing told again has the same key.
        rule: Name of the rule that asked for it.
        trigger: What set it off.
        subject: The case; the type that was counted; the reconciliation that drifts.
        raised_at: When, as text in UTC.
        case_id: The case; None where it is not about one.
        type: Type of the case or of what was counted; None for a drift.
        severity: Of the case, or the highest of those that set off a count; None for a drift.
        impact: actual - expected of the case; what tolerance absorbed for a drift; None for a count.
        owner: Role that owns the case.
        escalate_to: Role above it.
        due_on: Day by which it must be handled.
        period: Accounting period of the case or of the drift.
        count: How many cases of the type there are.
        days: Calendar days that were counted, or working days that the case is open.
        next_step: What to do first.
        next_step_zh: The same in Chinese.
    """

    key: str
    rule: str
    trigger: Trigger = attrs.field(converter=Trigger)
    subject: str
    raised_at: str
    case_id: str | None = None
    type: str | None = None
    severity: Severity | None = attrs.field(default=None, converter=attrs.converters.optional(Severity))
    impact: Money | None = None
    owner: str | None = attrs.field(default=None, converter=mask_text)
    escalate_to: str | None = attrs.field(default=None, converter=mask_text)
    due_on: date | None = None
    period: str | None = None
    count: int | None = None
    days: int | None = None
    next_step: str | None = attrs.field(default=None, converter=mask_text)
    next_step_zh: str | None = attrs.field(default=None, converter=mask_text)

    @classmethod
    def of_entry(cls, entry: Entry) -> "Alert":
        """What an entry `alert.raised` says."""
        body = entry.body
        case, impact = body["case"], body["impact"]
        return cls(
            key=body["key"],
            rule=body["rule"],
            trigger=body["trigger"],
            subject=entry.subject or "",
            raised_at=entry.at,
            case_id=case,
            type=body["type"],
            severity=body["severity"],
            impact=None if impact is None else from_minor(impact["minor"], impact["currency"]),
            owner=body["owner"],
            escalate_to=body["escalate_to"],
            due_on=None if body["due_on"] is None else date.fromisoformat(body["due_on"]),
            period=body["period"],
            count=body["count"],
            days=body["days"],
            next_step=body["next_step"],
            next_step_zh=body["next_step_zh"],
        )

    @property
    def line(self) -> str:
        """What happened, in a few words."""
        match self.trigger:
            case Trigger.COUNT:
                return f"{self.type}: {self.count} cases in {self._span('days', 'period')}"
            case Trigger.DRIFT:
                return f"{self.subject}: tolerance absorbed {self._amount}{f' in {self.period}' if self.period else ''}"
            case Trigger.AGE:
                return f"{self.type} {self._amount}: open for more than {self.days} working days"
            case Trigger.OVERDUE:
                return f"{self.type} {self._amount}: overdue"
            case Trigger.CASE:
                return f"{self.type} {self._amount}"

    @property
    def line_zh(self) -> str:
        """The same in Chinese."""
        match self.trigger:
            case Trigger.COUNT:
                return f"{self.type}：{self._span_zh()}内 {self.count} 件"
            case Trigger.DRIFT:
                return f"{self.subject}：{f'{self.period} ' if self.period else ''}容差累计 {self._amount}"
            case Trigger.AGE:
                return f"{self.type} {self._amount}：已超过 {self.days} 个工作日未结"
            case Trigger.OVERDUE:
                return f"{self.type} {self._amount}：已逾期"
            case Trigger.CASE:
                return f"{self.type} {self._amount}"

    @property
    def text(self) -> str:
        """All of it, in English."""
        parts = {
            "Case": self.case_id,
            "Severity": self.severity,
            "Owner": self.owner,
            "Escalate to": self.escalate_to if self.trigger in _LATE else None,
            "Due": self.due_on,
            "Next step": self.next_step,
            "Rule": self.rule,
        }
        return "\n".join([self.line, *(f"{name}: {value}" for name, value in parts.items() if value)])

    @property
    def text_zh(self) -> str:
        """All of it, in Chinese."""
        parts = {
            "案件": self.case_id,
            "级别": _SEVERITIES[self.severity] if self.severity else None,
            "负责": self._role_zh(self.owner),
            "上报": self._role_zh(self.escalate_to) if self.trigger in _LATE else None,
            "期限": self.due_on,
            "下一步": self.next_step_zh,
            "规则": self.rule,
        }
        return "\n".join([self.line_zh, *(f"{name}：{value}" for name, value in parts.items() if value)])

    def facts(self) -> dict[str, Any]:
        """All fields as plain JSON: amounts and days as text, such as `{"amount": "620.00", "currency": "CNY"}`."""
        plain = attrs.asdict(self, recurse=False)
        if self.impact is not None:
            code = self.impact.currency.code
            plain["impact"] = {"amount": f"{self.impact.amount:.{exponent(code)}f}", "currency": code}
        plain["due_on"] = None if self.due_on is None else self.due_on.isoformat()
        return plain

    @staticmethod
    def _role_zh(role: str | None) -> str | None:
        return None if role is None else _ROLES.get(role, role)

    @property
    def _amount(self) -> str:
        return "" if self.impact is None else amount_text(self.impact)

    def _span(self, days: str, period: str) -> str:
        return f"{period} {self.period}" if self.days is None else f"{self.days} {days if self.days > 1 else days[:-1]}"

    def _span_zh(self) -> str:
        return f"{self.period} " if self.days is None else f" {self.days} 天"


@attrs.frozen(kw_only=True)
class Message:
    """What one sink is to send at once: one alert, or a digest of several.

    Attributes:
        key: Idempotency key: a message that is sent again has the same one, and no other message ever has it.
        sink: Name of the sink.
        alerts: What it tells.
        digest: The sort of digest; `at_once` for one alert by itself.
    """

    key: str
    sink: str
    alerts: tuple[Alert, ...]
    digest: Digest = attrs.field(default=Digest.AT_ONCE, converter=Digest)

    @property
    def severity(self) -> Severity:
        """The highest of its alerts; `info` where none says."""
        ranks = list(Severity)
        return max((alert.severity or Severity.INFO for alert in self.alerts), key=ranks.index)

    @property
    def title(self) -> str:
        """One line, in English."""
        if self.digest is Digest.AT_ONCE:
            return self.alerts[0].line
        number = len(self.alerts)
        return f"tieout: {_DIGESTS[self.digest][0]}, {number} alert{'s' if number > 1 else ''}"

    @property
    def title_zh(self) -> str:
        """The same in Chinese."""
        if self.digest is Digest.AT_ONCE:
            return self.alerts[0].line_zh
        return f"tieout：{_DIGESTS[self.digest][1]}，{len(self.alerts)} 条"

    @property
    def text(self) -> str:
        """All lines, in English; a digest names its first 50 alerts one line each."""
        if self.digest is Digest.AT_ONCE:
            return self.alerts[0].text
        lines = [_short(alert.line, alert.case_id) for alert in self.alerts[:_LISTED]]
        rest = len(self.alerts) - _LISTED
        return "\n".join([*lines, f"and {rest} more"] if rest > 0 else lines)

    @property
    def text_zh(self) -> str:
        """The same in Chinese."""
        if self.digest is Digest.AT_ONCE:
            return self.alerts[0].text_zh
        lines = [_short(alert.line_zh, alert.case_id) for alert in self.alerts[:_LISTED]]
        rest = len(self.alerts) - _LISTED
        return "\n".join([*lines, f"另有 {rest} 条"] if rest > 0 else lines)

    def facts(self) -> Mapping[str, Any]:
        """All of it as plain JSON, for programs."""
        texts = {name: getattr(self, name) for name in ("title", "title_zh", "text", "text_zh")}
        alerts = [alert.facts() for alert in self.alerts]
        return MappingProxyType(
            {"key": self.key, "sink": self.sink, "digest": self.digest.value, **texts, "alerts": alerts}
        )


def _short(line: str, case: str | None) -> str:
    return line if case is None else f"{line} ({case})"
