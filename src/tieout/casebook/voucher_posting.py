"""Posting into a kept book: what was posted before, what is given no more, and what a voucher shares with other runs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import polars as pl
from moneyed import Money
from sqlalchemy import Connection

from tieout.casebook.policies import Policies
from tieout.casebook.voucher_decisions import DECIDED, PRIOR_KINDS, decisions_of
from tieout.casebook.voucher_events import (
    Given,
    LastGiven,
    decoded,
    last_given,
    rows_of,
    still_given,
    table_of_events,
    told_by,
)
from tieout.casebook.voucher_store import heads, journal_of, with_locks
from tieout.model import Event, Voucher
from tieout.posting import Book, Journal, Period, RatesGiven, Vouchers, post
from tieout.posting.changing import Standing
from tieout.tables import Table

__all__ = ["Posted", "Posting", "open_period", "plan_posting"]


@attrs.frozen(kw_only=True, eq=False)
class Posted:
    """What a posting into the casebook did.

    Attributes:
        period: Period that it was posted in: the next open one where the one asked for is closed.
        asked: Period that was asked for.
        prepared: Vouchers that are new, numbered and prepared, those that take others back among them.
        taken_back: Ids of the vouchers that they take back.
        confirmed: Ids of vouchers whose rows had changed, and which stand as they are.
        waiting: Open periods in which vouchers stand that lose events: they are taken back when that period is posted.
        vouchers: What `tieout.posting.post` gave, with its memos, what it left out and its proof.
        seq: Entry of the posting; None when there was nothing new.
    """

    period: str
    asked: str
    prepared: tuple[Voucher, ...] = attrs.field(repr=lambda found: f"<{len(found)}>")
    taken_back: tuple[str, ...]
    confirmed: tuple[str, ...]
    waiting: tuple[str, ...]
    vouchers: Vouchers
    seq: int | None = None


@attrs.frozen(kw_only=True, eq=False)
class Posting:
    """What is to be kept of a posting.

    Attributes:
        before: The journal.
        after: The journal with what is new.
        posted: What is told of it.
        rows: What origins say of their events now.
        touched: Vouchers that stand though their rows had changed, with their names.
    """

    before: Journal
    after: Journal
    posted: Posted
    rows: Sequence[Mapping[str, Any]]
    touched: Mapping[str, str]


def open_period(period: str, book: Book) -> str:
    """The period itself, or the first open one after it where it is closed (`domain.md` 6.2)."""
    month = Period.parse(period)
    while str(month) in book.locked_periods:
        month = month.next
    return str(month)


def plan_posting(
    connection: Connection,
    found: Sequence[Given],
    *,
    book: Book,
    period: str,
    rates: RatesGiven | None,
    by: str,
    policies: Policies,
) -> Posting:
    """Post into a book as it stands, without keeping anything yet.

    Args:
        connection: Where to read.
        found: The events by origin.
        book: The book.
        period: The period asked for.
        rates: As `post` takes them.
        by: Who prepares the vouchers.
        policies: Where a business day begins, for what people decided.

    Raises:
        PostingError: As `post` raises it.
    """
    own = with_locks(connection, book)
    month = open_period(period, own)
    known = heads(connection, own.book_id)
    before = journal_of(connection, own, known=known)
    standing = Standing.of(before)
    last = last_given(connection, own.book_id or "", sorted({DECIDED, *(one.origin for one in found)}))
    rows, gone, waiting = _compared(connection, found, last, standing, book=own, period=month)
    named = {row["event_id"] for row in rows if not row["is_given"]}
    decided = Given(
        origin=DECIDED, is_whole=True, frame=_decided(connection, found, named, book=own, policies=policies)
    )
    more_rows, more_gone, more_waiting = _compared(connection, [decided], last, standing, book=own, period=month)
    given, gone, rows = [*found, decided], gone | more_gone, [*rows, *more_rows]
    ids = {event_id for one in given for event_id in one.frame["event_id"].to_list()}
    others = _others(connection, ids | gone, gone, standing, book=own)
    result = post(
        table_of_events(pl.concat([*(one.frame for one in given), others])),
        book=own,
        period=month,
        rates=rates,
        posted=before,
        earlier=_named(gone),
    )
    after = before.prepare(result, by=by) if len(result) else before
    new = tuple(item for item in after if before.find(item.voucher_id) is None)
    taken_back = tuple(item.reversal_of for item in new if item.reversal_of and before.find(item.reversal_of))
    confirmed = {
        row["voucher_id"]: f"{row['period']} {row['word']}-{row['number']}"
        for row in known.values()
        if row["touched"] is not None and row["voucher_id"] not in taken_back and _is_known(row, before, ids | gone)
    }
    posted = Posted(
        period=month,
        asked=period,
        prepared=new,
        taken_back=taken_back,
        confirmed=tuple(confirmed),
        waiting=tuple(sorted({*waiting, *more_waiting})),
        vouchers=result,
    )
    return Posting(before=before, after=after, posted=posted, rows=rows, touched=confirmed)


def _decided(
    connection: Connection, found: Sequence[Given], gone: set[str], *, book: Book, policies: Policies
) -> pl.DataFrame:
    """What people decided, on the ground of what the book was given before and is given now."""
    now = [one.frame.filter(pl.col("kind").is_in(list(PRIOR_KINDS))) for one in found]
    before = still_given(connection, book.book_id or "", PRIOR_KINDS).filter(~pl.col("event_id").is_in(list(gone)))
    priors = pl.concat([*now, before]).unique("event_id", keep="first", maintain_order=True)
    return decisions_of(connection, priors, policies=policies).events


def _is_known(row: Mapping[str, Any], journal: Journal, ids: set[str]) -> bool:
    """Whether all events of a voucher were looked at."""
    item = journal.find(row["voucher_id"])
    return item is not None and bool(item.event_ids) and ids.issuperset(item.event_ids)


def _compared(
    connection: Connection,
    given: Sequence[Given],
    last: Mapping[tuple[str, str], LastGiven],
    standing: Standing,
    *,
    book: Book,
    period: str,
) -> tuple[list[dict[str, Any]], set[str], tuple[str, ...]]:
    """What origins say now that they did not say last, the events that nobody gives any more, and open periods that lose some.

    An event that stands in a voucher of another open period stays until that period is posted.
    """
    rows: list[dict[str, Any]] = []
    waiting: set[str] = set()
    missing: dict[str, set[str]] = {}
    by_origin = _merged(given)
    for origin, one in by_origin.items():
        rows += rows_of(one, last)
        ids = set(one.frame["event_id"].to_list())
        for before in last.values():
            if before.origin != origin or not before.is_given or before.event_id in ids:
                continue
            if not one.misses(before):
                continue
            owner = standing.vouchers.get(standing.owner.get(before.event_id, ""))
            if owner is None or owner.period == period or owner.period in _closed(book, period):
                missing.setdefault(before.event_id, set()).add(origin)
            else:
                waiting.add(owner.period)
    for event_id, origins in missing.items():
        for origin in sorted(origins):
            rows.append(_no_more(last[origin, event_id]))
    told = told_by(connection, book.book_id or "", [each for each in missing if each in standing.owner])
    now = {event_id for one in given for event_id in one.frame["event_id"].to_list()}
    gone = {
        event_id
        for event_id, origins in missing.items()
        if event_id in standing.owner and event_id not in now and not told.get(event_id, {}).keys() - origins
    }
    return rows, gone, tuple(sorted(waiting))


def _merged(given: Iterable[Given]) -> dict[str, Given]:
    """What each origin gives, when it was handed in more than once."""
    found: dict[str, Given] = {}
    for one in given:
        before = found.get(one.origin)
        if before is None:
            found[one.origin] = one
            continue
        seen = None if before.seen is None or one.seen is None else before.seen | one.seen
        found[one.origin] = attrs.evolve(one, frame=pl.concat([before.frame, one.frame]), seen=seen)
    return found


def _closed(book: Book, period: str) -> frozenset[str]:
    return frozenset(month for month in book.locked_periods if month < period)


def _no_more(before: LastGiven) -> dict[str, Any]:
    return {
        "origin": before.origin,
        "event_id": before.event_id,
        "kind": before.kind,
        "occurred_on": before.occurred_on.isoformat(),
        "party": before.party,
        "shop_id": before.shop_id,
        "is_given": False,
        "payload": None,
        "hash": "",
    }


def _others(connection: Connection, ids: set[str], gone: set[str], standing: Standing, *, book: Book) -> pl.DataFrame:
    """Events that share a voucher with those that were handed in, as their own runs last gave them."""
    owners = {standing.owner[each] for each in ids if each in standing.owner}
    missing = {event_id for owner in owners for event_id in standing.vouchers[owner].event_ids} - ids - gone
    told = told_by(connection, book.book_id or "", missing)
    return decoded([next(iter(found.values())) for found in told.values()])


def _named(gone: Iterable[str]) -> Table[Event]:
    """Events that are known by their ids alone: all that is asked of what is given no more."""
    nothing = Money(0, "CNY")
    events = (
        Event(event_id=each, kind="gone", occurred_on=date(1970, 1, 1), document="gone", amount=nothing)
        for each in sorted(gone)
    )
    return Table.from_records(list(events), Event)
