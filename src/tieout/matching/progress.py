"""Progress: what a matcher tells while it works, to a function or to a bar, and how a run is cancelled."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import attrs

from tieout.errors import MatchCancelled, MatcherError, MissingExtra

__all__ = ["Progress", "Tell", "silent", "telling"]


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
"""Takes the news; what it raises ends the run, and False cancels it."""


def silent(news: Progress) -> None:
    """Tell nobody."""


@contextmanager
def telling(progress: Tell | bool | str) -> Iterator[Tell]:  # noqa: FBT001 - the caller's own argument
    """Whom an engine tells, for the time of one run; a bar is closed at its end, whatever that is.

    Args:
        progress: A function; True or `bar` for a tqdm bar, `rich` for one of rich, both on standard error; False for nobody.

    Raises:
        MatcherError: It is none of these.
        MissingExtra: The library of that bar is not installed.
    """
    if callable(progress):
        yield _cancellable(progress)
    elif progress is False:
        yield silent
    elif progress is True or progress == "bar":
        with _tqdm_bar() as tell:
            yield tell
    elif progress == "rich":
        with _rich_bar() as tell:
            yield tell
    else:
        raise MatcherError(
            f"progress={progress!r} is unknown", hint='a function of the news, True or "bar", "rich", or False'
        )


def _cancellable(tell: Tell) -> Tell:
    def told(news: Progress) -> None:
        if tell(news) is False:
            raise MatchCancelled(rule=news.rule, done=news.done, total=news.total)

    return told


@contextmanager
def _tqdm_bar() -> Iterator[Tell]:
    try:
        from tqdm import tqdm  # noqa: PLC0415 - only those who look at a bar need it
    except ImportError as cause:
        raise MissingExtra("tqdm", extra="progress", purpose="a progress bar") from cause
    with tqdm(file=sys.stderr, unit="rule", leave=False) as bar:

        def tell(news: Progress) -> None:
            bar.total = news.total
            bar.set_description_str(news.rule, refresh=False)
            bar.set_postfix_str(_free(news), refresh=False)
            bar.update(news.done - bar.n)
            bar.refresh()

        yield tell


@contextmanager
def _rich_bar() -> Iterator[Tell]:
    try:
        from rich.console import Console  # noqa: PLC0415 - as above
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415
        from rich.progress import Progress as RichProgress  # noqa: PLC0415
    except ImportError as cause:
        raise MissingExtra("rich", extra="progress", purpose='progress="rich"') from cause
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[free]}", markup=False),
        TimeElapsedColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None, free="")

        def tell(news: Progress) -> None:
            bar.update(task, description=news.rule, completed=news.done, total=news.total, free=_free(news))

        yield tell


def _free(news: Progress) -> str:
    return f"{news.left_free:,} left and {news.right_free:,} right free"
