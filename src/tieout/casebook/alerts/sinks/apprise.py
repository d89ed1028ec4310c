"""Sending through apprise: DingTalk, WeCom, Feishu, Slack, e-mail and some hundred others, each by a URL of its own."""

import warnings
from types import ModuleType
from typing import Any, Literal

import attrs

from tieout.casebook.alerts.message import Message
from tieout.casebook.alerts.sinks._discretion import discreetly
from tieout.errors import CasebookError, DeliveryFailed, MissingExtra
from tieout.model import Severity

__all__ = ["AppriseSink"]

_LOGGERS = ("apprise", "urllib3.connectionpool", "requests")
_KINDS = {Severity.CRITICAL: "failure", Severity.HIGH: "failure", Severity.MEDIUM: "warning"}
_SHOWN_KEY = 8


@attrs.frozen
class AppriseSink:
    """Sends each message through one service of apprise.

    One sink is one address: a message for two groups goes to two sinks, so that what one of them did not take is not sent to
    the other again. The last line holds the first digits of the idempotency key, by which people see that a message came twice;
    services that take headers get it whole, as `Idempotency-Key`. What is longer than the service takes is cut at a line's end.

    Attributes:
        url: Address as apprise writes it, such as `dingtalk://...`. It holds secrets: it stands in no error and no log.
        language: `zh`, `en`, or `both`, Chinese first.

    Raises:
        CasebookError: apprise knows no such address.
        MissingExtra: apprise is not installed.
    """

    url: str = attrs.field(repr=False)
    language: Literal["zh", "en", "both"] = attrs.field(default="both", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.language not in {"zh", "en", "both"}:
            raise CasebookError(f"zh, en or both is needed, got {self.language!r}", where="AppriseSink.language")
        self._service()

    def send(self, message: Message) -> None:
        """Send it.

        Raises:
            DeliveryFailed: The service did not take it, or could not be reached: apprise does not tell which.
        """
        service = self._service()
        if isinstance(getattr(service, "headers", None), dict):
            service.headers = {**service.headers, "Idempotency-Key": message.key}
        title = message.title if self.language == "en" else message.title_zh
        failed = "the service did not take it"
        with discreetly(*_LOGGERS):
            try:
                kind = _apprise().NotifyType(_KINDS.get(message.severity, "info"))
                was_taken = service.notify(body=self._body(message, service, title), title=title, notify_type=kind)
            except Exception as cause:  # noqa: BLE001 - a plug-in may raise anything, and its text may hold the address
                was_taken, failed = False, f"the service failed: {type(cause).__name__}"
        if not was_taken:
            raise DeliveryFailed(failed, where="apprise")

    def _service(self) -> Any:  # noqa: ANN401 - a class of apprise's that depends on the address
        with discreetly(*_LOGGERS), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what apprise's own plug-ins import
            found = _apprise().Apprise.instantiate(self.url)
        if found is None:
            raise CasebookError(
                "apprise knows no such address", where="AppriseSink.url", hint="such as dingtalk://..., see its wiki"
            )
        found.redirects = False
        return found

    def _body(self, message: Message, service: Any, title: str) -> str:  # noqa: ANN401 - as above
        texts = {"zh": [message.text_zh], "en": [message.text], "both": [message.text_zh, "", message.text]}
        end = f"\n#{message.key[:_SHOWN_KEY]}"
        most = int(service.body_maxlen) - len(end)
        if not service.title_maxlen:  # apprise puts the title on top of the text
            most -= len(title.encode()) + 2
        return _cut("\n".join(texts[self.language]), most) + end


def _cut(text: str, most: int) -> str:
    """The first lines of a text that take up at most so many bytes, with an ellipsis behind them when it is not all."""
    if len(text.encode()) <= most:
        return text
    kept, left = [], most - len("…".encode())
    for line in text.split("\n"):
        left -= len(line.encode()) + 1
        if left < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "…"])


def _apprise() -> ModuleType:
    try:
        import apprise  # noqa: PLC0415 - optional
    except ImportError as cause:
        raise MissingExtra(
            "apprise", extra="alerts", purpose="alerts to DingTalk, WeCom, Feishu, Slack, e-mail"
        ) from cause
    return apprise
