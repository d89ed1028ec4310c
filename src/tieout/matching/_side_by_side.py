"""Side by side: the same work for two sides at once, for much of it keeps one processor busy only."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["side_by_side", "together"]

Given = TypeVar("Given")
Found = TypeVar("Found")
Other = TypeVar("Other")


def side_by_side(work: Callable[[Given], Found], given: Iterable[Given]) -> list[Found]:
    """What the work makes of each thing given, in their order; each on a thread of its own.

    Args:
        work: Polars' work mostly, which lets other threads run. What it raises for the first thing that fails is raised here,
            when all have ended.
        given: A few things.
    """
    many = list(given)
    with ThreadPoolExecutor(max_workers=max(1, len(many))) as threads:
        return list(threads.map(work, many))


def together(one: Callable[[], Found], other: Callable[[], Other]) -> tuple[Found, Other]:
    """What two pieces of work make, done at the same time; what the second raises comes first."""
    with ThreadPoolExecutor(max_workers=1) as threads:
        found = threads.submit(one)
        also = other()
        return found.result(), also
