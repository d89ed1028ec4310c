"""Posting alerts as JSON to an address over HTTP."""

import hashlib
import hmac
import json
import ssl
from functools import cache
from types import ModuleType
from urllib.parse import urlsplit

import attrs

from tieout.casebook.alerts.message import Message
from tieout.casebook.alerts.sinks._discretion import discreetly
from tieout.errors import CasebookError, DeliveryFailed, MissingExtra

__all__ = ["WebhookSink"]

_FINE = range(200, 300)
_WAIT_DIGITS = 9
_LOGGERS = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy")


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and url.isascii() and url.isprintable()
        is_fine = is_fine and " " not in url and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine:  # the address itself is not told: it may hold a token
        raise CasebookError("an address that begins with https:// or http:// is needed", where="WebhookSink.url")
    return url


@attrs.frozen
class WebhookSink:
    """Posts each message as JSON; an answer of 200 to 299 means that it was taken, anything else that it was not.

    The header `Idempotency-Key` is the message's key. Sent again, a message has the same key and the same bytes. Redirects are
    not followed. Neither address nor secret stand in errors, in the log of the book or in what httpx logs.

    Attributes:
        url: Address, `https://...`; `http://` is taken too.
        secret: Shared secret: the header `Tieout-Signature` is then `sha256=` and the HMAC-SHA256 of the body in hex digits.
        timeout_s: Seconds for each step: to connect, to send, to be answered.

    Raises:
        CasebookError: The address is none.
        MissingExtra: httpx is not installed.
    """

    url: str = attrs.field(repr=False, converter=_address)
    secret: str | None = attrs.field(default=None, repr=False, kw_only=True)
    timeout_s: float = attrs.field(default=10.0, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _httpx()

    def send(self, message: Message) -> None:
        """Post it.

        Raises:
            DeliveryFailed: It was not taken, or nobody answered.
        """
        body = json.dumps(dict(message.facts()), ensure_ascii=False, sort_keys=True).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": message.key}
        if self.secret is not None:
            made = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
            headers["Tieout-Signature"] = f"sha256={made}"
        status, after = self._posted(body, headers)
        if status not in _FINE:
            raise DeliveryFailed("the receiver did not take it", where="webhook", status=status, retry_after_s=after)

    def _posted(self, body: bytes, headers: dict[str, str]) -> tuple[int, int | None]:
        """Status, and the seconds of `Retry-After`; the body of the answer is not read."""
        httpx = _httpx()
        try:
            with (
                discreetly(*_LOGGERS),
                httpx.Client(timeout=self.timeout_s, follow_redirects=False, verify=_trusted()) as client,
                client.stream("POST", self.url, content=body, headers=headers) as found,
            ):
                after = found.headers.get("Retry-After", "")
                wait = int(after[:_WAIT_DIGITS]) if after.isascii() and after.isdecimal() else None
                return found.status_code, wait
        except (httpx.HTTPError, httpx.InvalidURL) as cause:
            failed = f"nobody answered: {type(cause).__name__}"
        # Outside of the handler, so that it carries nothing of what httpx says: that may hold the address.
        raise DeliveryFailed(failed, where="webhook")


@cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are taken; reading them takes longer than sending."""
    found: ssl.SSLContext = _httpx().create_ssl_context()
    return found


def _httpx() -> ModuleType:
    try:
        import httpx  # noqa: PLC0415 - optional
    except ImportError as cause:
        raise MissingExtra("httpx", extra="alerts", purpose="a webhook") from cause
    return httpx
