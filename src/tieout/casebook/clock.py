"""Clocks: the only place where a casebook asks for the time, so that a caller can replace it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import attrs

__all__ = ["Clock", "TickingClock", "system_clock"]

Clock = Callable[[], datetime]
"""Anything that gives an aware datetime when it is called."""


def system_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@attrs.define
class TickingClock:
    """A clock for tests and for books that are made again: it begins when it is told to and moves on by a step each time.

    Attributes:
        now: What the next call gives.
        step: By how much each call moves it on.
    """

    now: datetime
    step: timedelta = timedelta(seconds=1)

    def __call__(self) -> datetime:
        """The time, which then moves on."""
        now = self.now
        self.now += self.step
        return now
