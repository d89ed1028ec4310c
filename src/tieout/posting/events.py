"""Events to post: gathered from outcomes as columns, and sorted into those of the period and the others."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Protocol, runtime_checkable

import attrs
import polars as pl

from tieout.errors import PostingError
from tieout.model import Event
from tieout.posting.book import Book
from tieout.posting.period import Period
from tieout.posting.result import LeftOutReason
from tieout.tables import Table

__all__ = [
    "CollectsEvents",
    "HasEvents",
    "Postable",
    "SortedEvents",
    "events_of",
    "gather_events",
    "place_of",
    "sort_events",
]


@runtime_checkable
class HasEvents(Protocol):
    """What hands on events, such as an Outcome."""

    @property
    def events(self) -> Iterable[Event]:
        """The events."""
        ...  # pyright takes a bare docstring for a body that returns None


@runtime_checkable
class CollectsEvents(Protocol):
    """What has its events elsewhere, such as an outcome on Spark."""

    def collect_events(self) -> Table[Event]:
        """The events, here."""
        ...


Postable = HasEvents | CollectsEvents | Event
"""What can be posted; a Table of events is a sequence of them."""


@attrs.frozen(kw_only=True)
class SortedEvents:
    """Events of one posting, as the columns of `Event`.

    Attributes:
        given: Every event that came in, repeated ones included, in the order of their ids.
        current: Those to be posted in the period, in the order of their ids; with `row`, their number, and `is_late`, of those
            whose own period is locked.
        left_out: The others, with `reason` and `note`.
    """

    given: pl.DataFrame
    current: pl.DataFrame
    left_out: pl.DataFrame


def gather_events(outcomes: Postable | Iterable[Postable]) -> pl.DataFrame:
    """All events of what was handed in, in the order of their ids.

    Args:
        outcomes: An outcome, a Table of events, an event, or several of them.

    Raises:
        PostingError: Something else was handed in.
    """
    loose: list[Event] = []
    tables: list[Table[Event]] = []
    for found in _found(outcomes, depth=2):
        if isinstance(found, Event):
            loose.append(found)
        else:
            tables.append(found)
    frames = [table.to_polars() for table in [*tables, Table.from_records(loose, Event)]]
    return pl.concat(frames).sort("event_id", maintain_order=True)


def events_of(frame: pl.DataFrame) -> Table[Event]:
    """The events of a frame that has their columns, and perhaps others."""
    return Table(frame.select(Table.from_records([], Event).columns), Event)


def _found(given: object, depth: int) -> Iterator[Event | Table[Event]]:
    if isinstance(given, Event) or (isinstance(given, Table) and given.record is Event):
        yield given
    elif isinstance(given, CollectsEvents):
        yield given.collect_events()
    elif isinstance(given, HasEvents):
        yield from _found(given.events, depth=1)
    elif depth and isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping, Table)):
        for item in given:
            yield from _found(item, depth - 1)
    else:
        raise PostingError(f"outcomes or events are needed, got {type(given).__name__}", where="outcomes")


def sort_events(events: pl.DataFrame, *, book: Book, period: Period) -> SortedEvents:
    """Tell the events of the period from the others; none is dropped.

    An event of a locked period is late and booked in this one (`domain.md` 6.2); one of another open period is left out.

    Raises:
        PostingError: Two different events share an id, or one belongs to another book.
    """
    is_again = pl.col("event_id") == pl.col("event_id").shift()
    marked = events.with_columns(is_again.fill_null(value=False).alias("is_again"))
    _require_same(marked)
    fresh, again = marked.filter(~pl.col("is_again")), marked.filter("is_again")
    _require_book(fresh, book)
    month = pl.col("occurred_on").dt.strftime("%Y-%m")
    own = month == str(period)
    late = (month < str(period)) & month.is_in(book.locked_periods)
    current = fresh.filter(own | late).with_columns((~own).alias("is_late")).drop("is_again").with_row_index("row")
    note = pl.format("dated {}: to be posted in {}", pl.col("occurred_on").dt.to_string(), month)
    left_out = pl.concat(
        [
            again.with_columns(
                pl.lit(LeftOutReason.GIVEN_TWICE.value).alias("reason"),
                pl.lit("the same event was given more than once").alias("note"),
            ),
            fresh.filter(~(own | late)).with_columns(
                pl.lit(LeftOutReason.OTHER_PERIOD.value).alias("reason"), note.alias("note")
            ),
        ]
    ).sort("event_id", maintain_order=True)
    return SortedEvents(given=events, current=current, left_out=left_out.drop("is_again"))


def _require_same(marked: pl.DataFrame) -> None:
    """Refuse two different events of one id."""
    shared = marked.filter(pl.col("is_again") | pl.col("is_again").shift(-1, fill_value=False))
    if shared.is_empty():
        return
    kinds = shared.drop("is_again").unique()
    if kinds.height > kinds["event_id"].n_unique():
        double = kinds.filter(pl.col("event_id").is_duplicated()).sort("event_id")
        raise PostingError(
            "two different events have this id",
            where=place_of(double.row(0, named=True)),
            hint="of several runs over the same days give the last, or post one after the other with posted=",
        )


def _require_book(events: pl.DataFrame, book: Book) -> None:
    others = events.filter(pl.col("book_id").is_not_null() & pl.col("book_id").ne_missing(pl.lit(book.book_id)))
    if others.height:
        row = others.row(0, named=True)
        raise PostingError(f"it belongs to book {row['book_id']!r}, this is {book.book_id!r}", where=place_of(row))


def place_of(row: Mapping[str, object]) -> str:
    """How errors name an event.

    Args:
        row: Its id, kind, document and day.
    """
    day = row["occurred_on"]
    shown = day.isoformat() if isinstance(day, date) else day
    return f"event {row['event_id']} ({row['kind']}, {row['document']}, {shown})"
