"""Reading vouchers: journals as they stand, frames, and which vouchers come from a record or a case."""

from collections.abc import Iterable
from typing import Any, Final

import polars as pl
from sqlalchemy import select

from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind, several_of
from tieout.casebook.refs import RecordRef
from tieout.casebook.voucher_decisions import PRIOR_KINDS, Decisions, decisions_of, vouchers_deciding
from tieout.casebook.voucher_events import still_given, table_of_events
from tieout.casebook.voucher_store import journal_of, with_locks
from tieout.casebook.voucher_tables import voucher_now
from tieout.casebook.voucher_views import chunks, places_of_case, places_of_records, vouchers_at
from tieout.errors import CasebookError
from tieout.model import Event
from tieout.posting import Book, Journal, Period
from tieout.posting._lines import lines_of
from tieout.tables import Table

__all__ = ["VoucherReadingDesk"]

_ORDER: Final = ("book", "period", "word", "number")
_WHOLE: Final = ("number", "attachments", "seq", "touched")


class VoucherReadingDesk(Desk):
    """What vouchers say, without doing anything to them."""

    def journal(self, book: Book, *, cashier_signs: bool = False) -> Journal:
        """The vouchers of a book as they stand, for ledgers, statements and exports; its trail is in the log.

        Args:
            book: The book; periods that the casebook closed are closed for it too.
            cashier_signs: As `Journal` takes it.

        Raises:
            CasebookError: A voucher was touched from outside.
        """
        with self.store.reading() as connection:
            return journal_of(connection, with_locks(connection, book), cashier_signs=cashier_signs)

    def lines(self, book: Book) -> pl.DataFrame:
        """All lines of a book as columns, as `Vouchers.lines` has them."""
        return lines_of(self.journal(book))

    def frame(self, book: Book | None = None) -> pl.DataFrame:
        """The vouchers as they stand, one row each, with the columns of `voucher_now`; `touched` is null where nothing changed.

        Args:
            book: Only of this book; of all unless given.
        """
        query = select(voucher_now).order_by(*(voucher_now.c[name] for name in _ORDER))
        if book is not None:
            of_kind(book, Book, "a Book", where="book")
            query = query.where(voucher_now.c.book == (book.book_id or ""))
        with self.store.reading() as connection:
            return _frame([tuple(row) for row in connection.execute(query)])

    def of(self, what: str | RecordRef | Iterable[RecordRef] | pl.DataFrame) -> pl.DataFrame:
        """The vouchers that come from a case or from records, as rows of `frame()`.

        A voucher comes from a record when one of its lines names the line of a file where the record stands, or stood before it
        was edited; from a case when that is so of its records, or when it books how the case ended.

        Args:
            what: Id of a case; or records, as refs or as a frame with `key`.
        """
        with self.store.reading() as connection:
            if isinstance(what, str):
                ids = vouchers_at(connection, places_of_case(connection, what)) | vouchers_deciding(connection, what)
            else:
                ids = vouchers_at(connection, places_of_records(connection, _keys_of(what)))
            query = select(voucher_now).order_by(*(voucher_now.c[name] for name in _ORDER))
            rows = [
                tuple(row)
                for some in chunks(sorted(ids))
                for row in connection.execute(query.where(voucher_now.c.voucher_id.in_(some)))
            ]
        return _frame(rows).sort(_ORDER)

    def decided(self, book: Book, *, period: str | None = None) -> Table[Event]:
        """Events that follow from how cases ended, after the approval that their amount needs; `post` posts them by itself.

        Args:
            book: The book: an event goes on from one that was posted in it.
            period: Only those of this period; of all unless given.
        """
        events = self._decisions(book).events
        if period is not None:
            events = events.filter(pl.col("occurred_on").dt.strftime("%Y-%m") == str(Period.parse(period)))
        return table_of_events(events)

    def by_hand(self, book: Book) -> pl.DataFrame:
        """Cases whose amount was given up and of which no event follows: `why` says what is in the way, a person prepares it.

        Args:
            book: The book.
        """
        return self._decisions(book).by_hand

    def _decisions(self, book: Book) -> Decisions:
        of_kind(book, Book, "a Book", where="book")
        with self.store.reading() as connection:
            priors = still_given(connection, book.book_id or "", PRIOR_KINDS)
            return decisions_of(connection, priors, policies=self.policies)


def _keys_of(what: RecordRef | Iterable[RecordRef] | pl.DataFrame) -> list[str]:
    if isinstance(what, pl.DataFrame):
        if "key" not in what.columns:
            raise CasebookError("a frame with the column 'key' is needed", where="what")
        return what["key"].to_list()
    return [one.key for one in several_of(what, RecordRef, "an id of a case, or a RecordRef", where="what")]


def _frame(rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    schema = {column.name: pl.Int64() if column.name in _WHOLE else pl.String() for column in voucher_now.columns}
    return pl.DataFrame(list(rows), schema=schema, orient="row").with_columns(pl.col("date").str.to_date())
