"""The casebook: runs, cases, decisions, approvals and vouchers of one book, kept for thirty years."""

from collections.abc import Callable, Iterator
from functools import cached_property
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, func, select

from tieout.casebook.alerts import AlertsDesk
from tieout.casebook.alerts.tables import PROJECTIONS as ALERT_PROJECTIONS
from tieout.casebook.alerts.watching import REACTIONS
from tieout.casebook.archiving import ArchiveDesk
from tieout.casebook.case_views import CASES
from tieout.casebook.clock import Clock, system_clock
from tieout.casebook.closing_views import CLOSING
from tieout.casebook.deciding import DecisionsDesk
from tieout.casebook.desk import Desk
from tieout.casebook.forgetting import ForgettingDesk
from tieout.casebook.frames import FramesDesk
from tieout.casebook.importing import RecordsDesk
from tieout.casebook.linking import LinksDesk
from tieout.casebook.log import last
from tieout.casebook.matches import match_faults
from tieout.casebook.migrating import migrate
from tieout.casebook.periods import PeriodsDesk
from tieout.casebook.policies import Policies
from tieout.casebook.rebuilding import RebuildingDesk, play_anew, view_faults
from tieout.casebook.record_views import RECORDS, record_faults
from tieout.casebook.rereviewing import RereviewsDesk
from tieout.casebook.reviewing import ReviewsDesk
from tieout.casebook.run_views import FINDINGS, MATCHES
from tieout.casebook.schema import entry, record
from tieout.casebook.sealing import personal_faults
from tieout.casebook.store import Store
from tieout.casebook.verifying import Fault, Verification, anchor_faults, log_faults
from tieout.casebook.voucher_events import given_faults
from tieout.casebook.voucher_views import VOUCHERS, voucher_faults
from tieout.casebook.vouchers import VouchersDesk
from tieout.casebook.workflow_views import WORKFLOW

__all__ = ["ALL_PROJECTIONS", "ALL_REACTIONS", "Casebook"]

ALL_PROJECTIONS = (RECORDS, CASES, WORKFLOW, MATCHES, FINDINGS, VOUCHERS, CLOSING, *ALERT_PROJECTIONS)
"""Every view of the book: what any desk notes reaches all of them."""
ALL_REACTIONS = (*REACTIONS,)
"""What the book says of its own accord, whichever desk notes something."""
ALL_CHECKS: tuple[Callable[[Connection], Iterator[Fault]], ...] = (
    match_faults,
    record_faults,
    personal_faults,
    voucher_faults,
    given_faults,
)
"""What `verify` looks at beside the log and the views: rows that are only appended to, held to the entries that brought them."""


class Casebook(LinksDesk, RecordsDesk, RereviewsDesk, DecisionsDesk, ForgettingDesk, FramesDesk, RebuildingDesk):
    """Everything that was imported, found, decided, approved and posted, each thing said once and never changed.

    A book is one SQLite file or one PostgreSQL schema. It is made when it is not there, and brought up to date when an older
    tieout made it. Everything that happens is an entry of its log with who, when, why and the hash of the entry before it; what
    stands now follows from the log. Several processes may work on one book.

    Args:
        url: `sqlite:///books.db`, or `postgresql+psycopg://user@host/database`.
        clock: What gives the time of an entry, an aware datetime; the system's in UTC unless given.
        policies: Owners, days, limits and permissions; those of `Policies()` unless given.

    Raises:
        StoreError: The database cannot be opened, or a newer tieout made the book.
        MissingExtra: The database's driver is not installed.

    Example:
        >>> with Casebook("sqlite://") as cases:
        ...     cases.verify().holds
        True
    """

    def __init__(self, url: str, *, clock: Clock = system_clock, policies: Policies | None = None) -> None:
        super().__init__(Store.open(url), clock, policies=policies or Policies())
        try:
            migrate(self.store, then=lambda connection: play_anew(connection, ALL_PROJECTIONS))
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    @cached_property
    def vouchers(self) -> VouchersDesk:
        """The vouchers of the books: posted from runs, reviewed, booked."""
        return VouchersDesk(self.store, self.clock, policies=self.policies)

    @cached_property
    def alerts(self) -> AlertsDesk:
        """Who is told what: rules, what was raised, delivery."""
        return AlertsDesk(self.store, self.clock, policies=self.policies)

    @cached_property
    def reviews(self) -> ReviewsDesk:
        """Samples that somebody else signs off, and closed periods that are run again."""
        return ReviewsDesk(self.store, self.clock, policies=self.policies, runs=self)

    @cached_property
    def periods(self) -> PeriodsDesk:
        """Periods that are locked, and what is missing until one can be."""
        return PeriodsDesk(self.store, self.clock, policies=self.policies)

    @cached_property
    def archive(self) -> ArchiveDesk:
        """Packs of evidence, and for how long it is kept."""
        return ArchiveDesk(self.store, self.clock, policies=self.policies)

    @property
    def head(self) -> str:
        """Hash of the last entry: whoever keeps it elsewhere can prove later that the log was not written anew."""
        with self.store.reading() as connection:
            return last(connection)[1]

    def verify(self, *, anchor: str | None = None) -> Verification:
        """Look at every row: whether the log is as it was written, whether all else is what it says, and where not.

        Views are held to what playing the log again gives, once the log and what it brought are found to be whole.

        Args:
            anchor: `head` of an earlier day, kept where nobody who writes the book can reach it. Who can write the whole log
                anew can make it whole again; this hash they cannot make.

        Raises:
            StoreError: The database cannot be read.
        """
        with self.store.reading() as connection:
            faults = list(log_faults(connection))
            if anchor is not None:
                faults += anchor_faults(connection, anchor)
            if not faults:  # nothing can be held to a log that is not whole
                faults += [fault for check in ALL_CHECKS for fault in check(connection)]
            if not faults:
                faults += view_faults(connection, self.projections)
            counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in (entry, record)]
            return Verification(entries=counts[0], records=counts[1], head=last(connection)[1], faults=tuple(faults))


Desk.projections = ALL_PROJECTIONS
Desk.reactions = ALL_REACTIONS
