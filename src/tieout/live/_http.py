"""HTTP as all live sources speak it: bounded retries, errors that say what was asked and never with which key."""

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import attrs

from tieout.errors import FetchError, MissingExtra

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    import httpx

__all__ = ["Answer", "Web", "code_of", "is_token"]

_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({401, 403})
_FINE_BELOW, _FOUND = 300, 200
_TOKEN = re.compile(r"[!-~]+")
_WAIT_DIGITS = 9  # of seconds, more than anyone waits
_IS_ASKING: ContextVar[bool] = ContextVar("_IS_ASKING", default=False)


@attrs.frozen(kw_only=True)
class Answer:
    """What a platform answered.

    Attributes:
        status: HTTP status.
        body: Bytes of the answer.
        json: The answer as JSON; None when it is none.
        retry_after_s: After how many seconds the platform wants to be asked again; None when it does not say.
    """

    status: int
    body: bytes = attrs.field(repr=False)
    json: Any = attrs.field(repr=False)
    retry_after_s: int | None = None

    @property
    def is_fine(self) -> bool:
        """Whether the platform gave what was asked for."""
        return _FOUND <= self.status < _FINE_BELOW


@attrs.frozen(kw_only=True)
class Web:
    """Asks a platform, again where asking again may help.

    Attributes:
        where: What messages call the platform.
        attempts: How often a question is asked at most.
        wait_s: Seconds before the second time; each further wait is twice as long. The platform's own `Retry-After` counts
            instead, up to `longest_wait_s`.
        longest_wait_s: Most seconds between two times.
        timeout_s: Seconds for one answer.
        sleep: What waits.
    """

    where: str
    attempts: int = 5
    wait_s: float = 1.0
    longest_wait_s: float = 60.0
    timeout_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def get(
        self,
        url: str,
        *,
        headers: Callable[[], Mapping[str, str]],
        params: Mapping[str, str | int] | None = None,
        accepts: Callable[[Answer], bool] | None = None,
    ) -> Answer:
        """The answer to a GET request.

        Args:
            url: What is asked, without its parameters.
            headers: Makes the headers of each time, which may hold a signature with the time in it.
            params: Parameters.
            accepts: Which answers beside the fine ones are answers too, such as "there is no bill of that day".

        Raises:
            FetchError: The platform refuses, or keeps failing.
            MissingExtra: httpx is not installed.
        """
        last: Answer | str = ""
        with _client(self.timeout_s) as client:
            for attempt in range(self.attempts):
                if attempt:
                    self.sleep(self._pause(attempt, last))
                last = _asked(client, url, headers(), params)
                if isinstance(last, str):
                    continue
                if last.is_fine or (accepts is not None and accepts(last)):
                    return last
                if last.status not in _AGAIN:
                    break
        raise self._error(last)

    def _pause(self, attempt: int, last: Answer | str) -> float:
        said = last.retry_after_s if isinstance(last, Answer) else None
        return min(self.wait_s * 2 ** (attempt - 1) if said is None else float(said), self.longest_wait_s)

    def _error(self, last: Answer | str) -> FetchError:
        if isinstance(last, str):
            return FetchError(
                f"could not be reached, {_times(self.attempts)}",
                where=self.where,
                code=last,
                hint="look at the connection, try later",
            )
        code = code_of(last)
        if last.status in _REFUSED:
            return FetchError(
                "refuses",
                where=self.where,
                status=last.status,
                code=code,
                hint="look at the keys, at what they may do, and at the clock of this machine",
            )
        problem = f"failed {_times(self.attempts)}" if last.status in _AGAIN else "does not take the request"
        return FetchError(problem, where=self.where, status=last.status, code=code)


def is_token(text: object) -> bool:
    """Whether a key or a number can stand in a header: visible characters of ASCII, and no blank or line end around them."""
    return isinstance(text, str) and _TOKEN.fullmatch(text) is not None


def _times(attempts: int) -> str:
    return "once" if attempts == 1 else f"{attempts} times"


def code_of(answer: Answer) -> str:
    """The platform's own code for what is wrong; empty when it gave none."""
    if not isinstance(answer.json, dict):
        return ""
    error = answer.json.get("error")
    found = error.get("code") or error.get("type") if isinstance(error, dict) else answer.json.get("code")
    return found if isinstance(found, str) else ""


def _httpx() -> "ModuleType":
    """The library, which is optional.

    Raises:
        MissingExtra: It is not installed.
    """
    try:
        import httpx  # noqa: PLC0415 - optional
    except ImportError as cause:
        raise MissingExtra("httpx", extra="live", purpose="asking a platform") from cause
    return httpx


def _asked(
    client: "httpx.Client", url: str, headers: Mapping[str, str], params: Mapping[str, str | int] | None
) -> Answer | str:
    """What was answered; the name of what went wrong where nothing was."""
    httpx = _httpx()
    token = _IS_ASKING.set(True)
    try:
        found = client.get(url, headers=dict(headers), params=dict(params) if params else None)
    except (httpx.HTTPError, httpx.InvalidURL) as cause:
        return type(cause).__name__  # its text may hold the address with what stands in it
    finally:
        _IS_ASKING.reset(token)
    after = found.headers.get("Retry-After", "")
    return Answer(
        status=found.status_code,
        body=found.content,
        json=_json_of(found.content),
        retry_after_s=int(after[:_WAIT_DIGITS]) if after.isascii() and after.isdecimal() else None,
    )


def _json_of(body: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        said = json.loads(body)
        # JSON can spell half a character (\ud83d), which no text can hold: it becomes `?`.
        return json.loads(json.dumps(said, ensure_ascii=False).encode(errors="replace"))
    except (ValueError, RecursionError):
        return None


class _WithoutParameters(logging.Filter):
    """Takes the parameters off the addresses of our own requests: httpx logs addresses whole, and some hold tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true; the record is changed."""
        if _IS_ASKING.get() and isinstance(record.args, tuple):
            address = _httpx().URL
            shown = (arg.copy_with(query=None) if isinstance(arg, address) else arg for arg in record.args)
            record.args = tuple(shown)
        return True


_DISCREET = _WithoutParameters()


@contextmanager
def _client(timeout_s: float) -> "Iterator[httpx.Client]":
    client_of = _httpx().Client
    logging.getLogger("httpx").addFilter(_DISCREET)  # added once, however often
    with client_of(timeout=timeout_s, follow_redirects=False) as client:
        yield client
