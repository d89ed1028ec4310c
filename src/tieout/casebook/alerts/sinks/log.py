"""Writing alerts to Python's own logging."""

import logging

import attrs

from tieout.casebook.alerts.message import Message
from tieout.model import Severity

__all__ = ["LogSink"]

_LEVELS = {Severity.CRITICAL: logging.CRITICAL, Severity.HIGH: logging.ERROR, Severity.MEDIUM: logging.WARNING}


@attrs.frozen
class LogSink:
    """Writes each message to a logger: the title, the text, and `idempotency_key` as a field of the log record.

    The level follows the severity: critical is `CRITICAL`, high `ERROR`, medium `WARNING`, all else `INFO`.

    Attributes:
        logger: Name of the logger.
        chinese: Whether the text is the Chinese one.
    """

    logger: str = "tieout.alerts"
    chinese: bool = attrs.field(default=False, kw_only=True)

    def send(self, message: Message) -> None:
        """Write it."""
        title, text = (message.title_zh, message.text_zh) if self.chinese else (message.title, message.text)
        level = _LEVELS.get(message.severity, logging.INFO)
        shown = text if text.startswith(title) else f"{title}\n{text}"
        logging.getLogger(self.logger).log(level, "%s", shown, extra={"idempotency_key": message.key})
