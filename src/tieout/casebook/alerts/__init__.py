"""Alerts: who is told what, each thing once (`domain.md` 1, C35 and C52)."""

from tieout.casebook.alerts.delivering import Delivered, Retry
from tieout.casebook.alerts.desk import AlertsDesk, Letter
from tieout.casebook.alerts.message import Alert, Message
from tieout.casebook.alerts.rules import AlertRule, Digest, Trigger
from tieout.casebook.alerts.sinks import AppriseSink, HookSink, LogSink, Sink, WebhookSink

__all__ = [
    "Alert",
    "AlertRule",
    "AlertsDesk",
    "AppriseSink",
    "Delivered",
    "Digest",
    "HookSink",
    "Letter",
    "LogSink",
    "Message",
    "Retry",
    "Sink",
    "Trigger",
    "WebhookSink",
]
