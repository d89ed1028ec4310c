"""Calling a function of the caller's own with each alert: `on_discrepancy`, `on_threshold` (`domain.md` 1, C35)."""

from collections.abc import Callable

import attrs

from tieout.casebook.alerts.message import Alert, Message

__all__ = ["HookSink"]


@attrs.frozen
class HookSink:
    """Calls a function, once for each alert of a message.

    When it raises, the message counts as not delivered and comes again, all of its alerts: a function that must not act twice
    keeps `alert.key`.

    Attributes:
        hook: The function.

    Example:
        >>> seen = []
        >>> sink = HookSink(lambda alert: seen.append(alert.case_id))
    """

    hook: Callable[[Alert], object] = attrs.field(repr=False)

    def send(self, message: Message) -> None:
        """Call the function with each alert."""
        for alert in message.alerts:
            self.hook(alert)
