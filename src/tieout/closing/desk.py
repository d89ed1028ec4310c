"""Desks: where a close works, in memory or in a casebook, which keeps cases, decisions and vouchers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import attrs
import polars as pl

from tieout.closing.collect import Collected
from tieout.closing.config import CasebookRule, CloseConfig
from tieout.closing.late import REREVIEW, of_locked
from tieout.closing.progress import Progress
from tieout.closing.resolve import resolve, resolve_cases
from tieout.closing.sentences import note
from tieout.model import Voucher, VoucherKind
from tieout.outcome import Outcome
from tieout.posting import Period as Month
from tieout.posting import Vouchers, post
from tieout.reports import Note, StageReport
from tieout.tables import Table

if TYPE_CHECKING:
    from tieout.casebook import Actor, Casebook, Run

__all__ = ["Desk", "Made", "MemoryDesk", "opened"]


@attrs.frozen(kw_only=True, eq=False)
class Made:
    """What posting gave.

    Attributes:
        posting: Memos, late events, what was left out, and the proof.
        vouchers: All vouchers of the period, and the reversals of its accruals.
        begun_with: Reversals in this period of what was accrued in the one before, whose close wrote them: they count in the
            balances and in the numbers, and are not written again.
        period: The period that was posted in: the next open one where that of the close is locked.
    """

    posting: Vouchers
    vouchers: Sequence[Voucher]
    begun_with: Sequence[Voucher] = ()
    period: str


class Desk(Protocol):
    """Where a close works."""

    @property
    def head(self) -> str:
        """What tells apart how it stands; empty where nothing is kept."""
        ...  # pyright takes a bare docstring for a body that returns None

    @property
    def at_once(self) -> int:
        """How many reconciliations it runs at the same time."""
        ...

    def take(self, collected: Collected, progress: Progress) -> tuple[Note, ...]:
        """Keep what was read; gives sentences of what is not kept."""
        ...

    def run(self, settings: Any, sides: Mapping[str, Any]) -> Outcome:  # noqa: ANN401 - any reconciliation
        """Run a reconciliation, with what was decided laid over it."""
        ...

    def resolve(self, outcomes: Sequence[Outcome], progress: Progress) -> StageReport:
        """How the findings stand."""
        ...

    def post(self, outcomes: Sequence[Outcome], begun_with: Sequence[Voucher]) -> Made:
        """Make vouchers of what the outcomes hand on.

        Args:
            outcomes: Of all reconciliations.
            begun_with: Vouchers of this period that the close before made.

        Raises:
            PostingError: Events cannot be posted, or the period is locked.
        """
        ...

    def cases(self) -> pl.DataFrame | None:
        """Cases; None where none are kept."""
        ...

    def claimable(self) -> pl.DataFrame | None:
        """Cases of all periods by which something may be claimed, with `came_back_minor`; None where none are kept."""
        ...

    def claims(self) -> pl.DataFrame | None:
        """Lines of claims; None where none are kept."""
        ...

    @property
    def why_unpacked(self) -> Note | None:
        """Why no evidence can be packed yet; None where it can."""
        ...

    def pack(self, folder: Path, reports: Mapping[str, bytes]) -> None:
        """Write the evidence of a locked period.

        Args:
            folder: Folder to make.
            reports: Further files by name.

        Raises:
            CasebookError: The period is not locked.
        """
        ...


@attrs.define(eq=False)
class MemoryDesk:
    """Works in memory: nothing is kept but what is written."""

    config: CloseConfig
    head: str = ""
    at_once: int = 2

    def take(self, collected: Collected, progress: Progress) -> tuple[Note, ...]:  # noqa: ARG002 - nothing is kept
        """Nothing is kept."""
        return ()

    def run(self, settings: Any, sides: Mapping[str, Any]) -> Outcome:  # noqa: ANN401 - any reconciliation
        """Run a reconciliation."""
        found: Outcome = settings.run(**sides)
        return found

    def resolve(self, outcomes: Sequence[Outcome], progress: Progress) -> StageReport:
        """Count what was found."""
        return resolve(outcomes, progress)

    def post(self, outcomes: Sequence[Outcome], begun_with: Sequence[Voucher]) -> Made:
        """Make vouchers, numbered after those that the close before put into this period."""
        month = self.config.period.label
        made = post(outcomes, book=self.config.book, period=month, rates=self.config.rates or None, posted=begun_with)
        return Made(posting=made, vouchers=made, begun_with=begun_with, period=month)

    def cases(self) -> None:
        """None are kept."""

    def claimable(self) -> None:
        """None are kept."""

    def claims(self) -> None:
        """None are kept."""

    @property
    def why_unpacked(self) -> Note:
        """Nothing is kept."""
        return note("no_evidence")

    def pack(self, folder: Path, reports: Mapping[str, bytes]) -> None:
        """Nothing is kept."""


@attrs.define(eq=False)
class BookDesk:
    """Works in a casebook."""

    config: CloseConfig
    book: "Casebook"
    actor: "Actor"
    runs: "list[Run]" = attrs.field(factory=list)
    is_locked: bool = False
    at_once: int = 1

    @property
    def head(self) -> str:
        """Hash of the last entry."""
        return self.book.head

    def take(self, collected: Collected, progress: Progress) -> tuple[Note, ...]:
        """Import the records, each class and role by itself; those of no natural key are told."""
        self.is_locked = self.book.periods.state(self.config.period.label).state != "open"
        unkept = []
        for name, table in sorted(collected.tables.items()):
            plain = table.record.__name__
            if not _is_kept(table):
                unkept.append(note("not_kept", name=name))
                continue
            progress.step(f"casebook: {name}")
            self.book.import_records(table, actor=self.actor, role=None if name == plain else _role(name))
        return tuple(unkept)

    def run(self, settings: Any, sides: Mapping[str, Any]) -> Outcome:  # noqa: ANN401 - any reconciliation
        """Run a reconciliation and keep what it says; of a locked period only what differs is told."""
        if self.is_locked:
            found: Outcome = settings.run(**sides)
            self.book.reviews.rerun(settings, actor=self.actor, period=self.config.period.label, **sides)
            return found
        run = self.book.run(settings, actor=self.actor, **sides)
        self.runs.append(run)
        return run.outcome

    def resolve(self, outcomes: Sequence[Outcome], progress: Progress) -> StageReport:  # noqa: ARG002 - cases stand for them
        """Count cases, and draw of each run what a second person has to look at before the period can be locked."""
        samples = [self.book.reviews.sample(run, actor=self.actor) for run in self.runs]
        return resolve_cases(
            self.cases(),
            to_review=sum(len(one.open_items) for one in samples),
            surfaced=sum(len(run.surfaced) for run in self.runs),
            doubted=sum(len(run.doubted) for run in self.runs),
            approvals=self.book.approvals_frame().height,
            progress=progress,
        )

    def post(self, outcomes: Sequence[Outcome], begun_with: Sequence[Voucher]) -> Made:  # noqa: ARG002 - the book knows them
        """Post what is new into the book, and give all that stands in it of the period."""
        config, month = self.config, self.config.period.label
        # What is told of the events does not depend on what was posted before, by a close that crashed among others.
        told = post(outcomes, book=config.book, period=month, rates=config.rates or None)
        given = outcomes if self.is_locked else self.runs
        made = self.book.vouchers.post(
            given, book=config.book, period=month, actor=self.actor, rates=config.rates or None
        )
        later = str(Month.parse(month).next)
        journal = self.book.vouchers.journal(config.book)
        # A reversal of what was accrued is of the close that accrued it; one that corrects a closed period is of the open one.
        accrued = {one.voucher_id: one.period for one in journal.vouchers if one.kind is VoucherKind.ACCRUAL}
        own = [one for one in journal.vouchers if one.period == month]
        begun = [one for one in own if accrued.get(one.reversal_of or "", month) != month]
        back = [one for one in journal.vouchers if one.period == later and accrued.get(one.reversal_of or "") == month]
        known = {one.voucher_id for one in begun}
        new = [one for one in own if one.voucher_id not in known]
        return Made(posting=told, vouchers=(*new, *back), begun_with=begun, period=made.period)

    def cases(self) -> pl.DataFrame:
        """Cases of the period, and those of later ones that say what it would say today if it were not locked."""
        month = self.config.period.label
        own = self.book.frame(period=month)
        return pl.concat([own, of_locked(self.book.frame(type=REREVIEW), month)]) if self.is_locked else own

    def claimable(self) -> pl.DataFrame:
        """Cases by which something may be claimed, of all periods: a run of a later month takes them along."""
        return self.book.frame(claimable=True).join(self.book.came_back(), on="case_id", how="left")

    def claims(self) -> pl.DataFrame:
        """Lines of claims."""
        return self.book.claims_frame()

    @property
    def why_unpacked(self) -> Note | None:
        """What has to be done before; None where the period is locked."""
        if self.is_locked:
            return None
        month = self.config.period.label
        missing = len(self.book.periods.missing(month))  # each by number of its run, which is another one after a crash
        left = note("to_be_done", count=missing) if missing else note("nothing_missing")
        return note("not_locked", month=month, left=left)

    def pack(self, folder: Path, reports: Mapping[str, bytes]) -> None:
        """Write the pack of a locked period."""
        self.book.archive.pack(folder, actor=self.actor, period=self.config.period.label, reports=reports)


def _role(name: str) -> str:
    """The role of a table: what stands behind the colon, or its name."""
    return name.rpartition(":")[2]


def _is_kept(table: Table[Any]) -> bool:
    from tieout.casebook.natural_keys import NATURAL_KEYS  # noqa: PLC0415 - needs the extra

    return table.record.__name__ in NATURAL_KEYS


@contextmanager
def opened(config: CloseConfig, *, dry_run: bool) -> Iterator[Desk]:
    """The desk that a config asks for.

    Args:
        config: What the close is told.
        dry_run: Work on a copy of the casebook, which is thrown away.

    Raises:
        StoreError: The casebook cannot be opened.
        MissingExtra: The extra for casebooks is not installed.
    """
    rule = config.casebook
    if rule is None:
        yield MemoryDesk(config)
        return
    from tieout.casebook import Actor, Casebook  # noqa: PLC0415 - needs the extra

    actor = Actor(rule.actor, roles=rule.roles)
    with _copied(rule) if dry_run else _plain(rule) as url, Casebook(url) as book:
        yield BookDesk(config, book, actor)


@contextmanager
def _plain(rule: CasebookRule) -> Iterator[str]:
    yield rule.url


@contextmanager
def _copied(rule: CasebookRule) -> Iterator[str]:
    """A copy of a book, which is gone afterwards."""
    from tieout.casebook.copying import copy_book  # noqa: PLC0415 - needs the extra

    with TemporaryDirectory(prefix="tieout-rehearsal-") as folder:
        copy = Path(folder, "book.db")
        copy_book(rule.url, copy)
        yield f"sqlite:///{copy}"
