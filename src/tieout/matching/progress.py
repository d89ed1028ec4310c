"""Progress: what a matcher tells while it works."""

from collections.abc import Callable
from typing import TypeAlias

import attrs

__all__ = ["Progress", "Tell", "silent"]


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is.

    Attributes:
        rule: Name of the rule that is about to be tried; empty at the end.
        done: Rules that are done.
        total: Rules there are.
        left_free: Left records in no confirmed pair so far.
        right_free: Right records in no confirmed pair so far.
    """

    rule: str
    done: int
    total: int
    left_free: int
    right_free: int


Tell: TypeAlias = Callable[[Progress], object]
"""Takes the news."""


def silent(news: Progress) -> None:
    """Tell nobody."""
