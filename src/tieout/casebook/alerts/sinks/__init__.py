"""Sinks: where messages go. A sink is one file; anything with `send` is one too."""

from tieout.casebook.alerts.sinks._base import Sink
from tieout.casebook.alerts.sinks.apprise import AppriseSink
from tieout.casebook.alerts.sinks.hook import HookSink
from tieout.casebook.alerts.sinks.log import LogSink
from tieout.casebook.alerts.sinks.webhook import WebhookSink

__all__ = ["AppriseSink", "HookSink", "LogSink", "Sink", "WebhookSink"]
