"""Discretion: libraries that send for us log addresses whole, and ours hold secrets."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["discreetly"]

_IS_SENDING: ContextVar[bool] = ContextVar("_IS_SENDING", default=False)


class _Silence(logging.Filter):
    """Leaves out what is logged while we send, in this thread; what the same libraries do for others is logged as ever."""

    def filter(self, record: logging.LogRecord) -> bool:  # noqa: ARG002 - of no record anything is known
        """Whether it is logged."""
        return not _IS_SENDING.get()


_SILENCE = _Silence()


@contextmanager
def discreetly(*loggers: str) -> Iterator[None]:
    """While it lasts, these loggers say nothing of what this thread does."""
    for name in loggers:
        logging.getLogger(name).addFilter(_SILENCE)  # added once, however often
    token = _IS_SENDING.set(True)
    try:
        yield
    finally:
        _IS_SENDING.reset(token)
