"""Progress: what a close is doing, for a terminal, a notebook or a program."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from tieout.reports import StageReport

if TYPE_CHECKING:
    from tqdm import tqdm

__all__ = ["Bars", "NoProgress", "Progress"]


class Progress(Protocol):
    """What is told while a close runs: each stage begins, takes steps and ends."""

    def begin(self, stage: str, steps: int) -> None:
        """A stage begins.

        Args:
            stage: Its name, such as `collect`.
            steps: How many steps it takes.
        """
        ...  # pyright takes a bare docstring for a body that returns None

    def step(self, what: str) -> None:
        """The next step of the stage begins.

        Args:
            what: What it is about, such as a file or a reconciliation.
        """
        ...

    def end(self, report: StageReport) -> None:
        """The stage is over.

        Args:
            report: What it did.
        """
        ...


class NoProgress:
    """Tells nobody."""

    def begin(self, stage: str, steps: int) -> None:
        """A stage begins."""

    def step(self, what: str) -> None:
        """A step begins."""

    def end(self, report: StageReport) -> None:
        """The stage is over."""


class Bars:
    """One bar a stage on standard error.

    Args:
        disable: True to show none, None to show them only where standard error is a terminal.
    """

    def __init__(self, *, disable: bool | None = None) -> None:
        self._disable = disable
        self._bar: tqdm[Any] | None = None
        self._begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._close()

    def begin(self, stage: str, steps: int) -> None:
        """A stage begins: its bar is drawn."""
        from tqdm import tqdm  # noqa: PLC0415 - a program that shows its own progress needs none

        self._close()
        self._begun = False
        self._bar = tqdm(
            total=steps, desc=f"{stage:<9}", file=sys.stderr, disable=self._disable, leave=True,
            bar_format="{desc} {bar:20} {n_fmt}/{total_fmt} {elapsed}{postfix}",
        )  # fmt: skip

    def step(self, what: str) -> None:
        """What was begun before is done."""
        if self._bar is not None:
            self._bar.update(1 if self._begun else 0)
            self._bar.set_postfix_str(what)
        self._begun = True

    def end(self, report: StageReport) -> None:
        """The bar is full."""
        if self._bar is not None:
            self._bar.update((self._bar.total or 0) - self._bar.n)
            self._bar.set_postfix_str(", ".join(f"{count:,} {label}" for label, count in report.counts[:3]))
        self._close()

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
