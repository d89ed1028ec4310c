"""Events to post: gathered from outcomes, and sorted into those of the period and the others."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Protocol, runtime_checkable

import attrs

from tieout.errors import PostingError
from tieout.model import Event
from tieout.posting.book import Book
from tieout.posting.period import Period
from tieout.posting.result import LeftOut, LeftOutReason

__all__ = ["HasEvents", "Postable", "SortedEvents", "check_rates", "gather_events", "place_of", "sort_events"]


@runtime_checkable
class HasEvents(Protocol):
    """What hands on events, such as an Outcome."""

    @property
    def events(self) -> Iterable[Event]:
        """The events."""
        ...  # pyright takes a bare docstring for a body that returns None


Postable = HasEvents | Event
"""What can be posted; a Table of events is a sequence of them."""


@attrs.frozen(kw_only=True)
class SortedEvents:
    """Events of one posting.

    Attributes:
        given: Every event that came in, repeated ones included.
        current: Those to be posted in the period, in the order of their ids.
        late: Those of `current` whose own period is locked.
        left_out: The others, and why.
    """

    given: tuple[Event, ...]
    current: tuple[Event, ...]
    late: tuple[Event, ...]
    left_out: tuple[LeftOut, ...]


def gather_events(outcomes: Postable | Iterable[Postable]) -> tuple[Event, ...]:
    """All events of what was handed in, in the order of their ids.

    Args:
        outcomes: An outcome, a Table of events, an event, or several of them.

    Raises:
        PostingError: Something else was handed in.
    """
    return tuple(sorted(_events_of(outcomes, depth=2), key=lambda event: event.event_id))


def _events_of(given: object, depth: int) -> Iterator[Event]:
    if isinstance(given, Event):
        yield given
    elif isinstance(given, HasEvents):
        yield from _events_of(given.events, depth=1)
    elif depth and isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping)):
        for item in given:
            yield from _events_of(item, depth - 1)
    else:
        raise PostingError(f"outcomes or events are needed, got {type(given).__name__}", where="outcomes")


def sort_events(events: tuple[Event, ...], *, book: Book, period: Period) -> SortedEvents:
    """Tell the events of the period from the others; none is dropped.

    An event of a locked period is late and booked in this one (`domain.md` 6.2); one of another open period is left
    out.

    Raises:
        PostingError: Two different events share an id, or one belongs to another book.
    """
    seen: dict[str, Event] = {}
    current: list[Event] = []
    left_out: list[LeftOut] = []
    for event in events:
        known = seen.setdefault(event.event_id, event)
        if known is not event:
            left_out.append(_repeated(event, known))
            continue
        if event.book_id is not None and event.book_id != book.book_id:
            raise PostingError(f"it belongs to book {event.book_id!r}, this is {book.book_id!r}", where=place_of(event))
        own = Period.of(event.occurred_on)
        if own == period or (own < period and str(own) in book.locked_periods):
            current.append(event)
        else:
            note = f"dated {event.occurred_on}: to be posted in {own}"
            left_out.append(LeftOut(event=event, reason=LeftOutReason.OTHER_PERIOD, note=note))
    late = tuple(event for event in current if Period.of(event.occurred_on) != period)
    return SortedEvents(given=events, current=tuple(current), late=late, left_out=tuple(left_out))


def _repeated(event: Event, known: Event) -> LeftOut:
    if event != known:
        raise PostingError("two different events have this id", where=place_of(event))
    return LeftOut(event=event, reason=LeftOutReason.GIVEN_TWICE, note="the same event was given more than once")


def check_rates(events: Iterable[Event], *, book: Book, rates: Mapping[str, Decimal] | None) -> Mapping[str, Decimal]:
    """The rates, when there is one for every foreign currency of the events.

    Raises:
        PostingError: A rate is missing, not a Decimal of more than 0, or given for the book's own currency.
    """
    items: dict[str, object] = {**(rates or {})}
    given: dict[str, Decimal] = {}
    for code, rate in items.items():
        if not isinstance(rate, Decimal) or not rate.is_finite() or rate <= 0:
            raise PostingError(f"a finite Decimal of more than 0 is needed, got {rate!r}", where=f"rates[{code!r}]")
        given[code] = rate
    if book.currency in given:
        raise PostingError("the book's own currency has no rate", where=f"rates[{book.currency!r}]")
    codes = {event.amount.currency.code for event in events} - {book.currency}
    missing = sorted(codes - given.keys())
    if missing:
        raise PostingError(
            f"events are in {', '.join(missing)}, the book is kept in {book.currency}",
            where="rates",
            hint=f'give rates={{"{missing[0]}": Decimal(...)}}, {book.currency} per {missing[0]}',
        )
    return given


def place_of(event: Event) -> str:
    """How errors name an event."""
    return f"event {event.event_id} ({event.kind}, {event.document}, {event.occurred_on})"
