"""Accountable events that were handed to a book: which run gave which, as it last said them, and which it gives no more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol, runtime_checkable

import attrs
import polars as pl
from sqlalchemy import Connection, insert, select

from tieout.archive import Fault
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.log import entries
from tieout.casebook.voucher_tables import voucher_given
from tieout.casebook.voucher_views import chunks
from tieout.model import Event
from tieout.outcome import Outcome
from tieout.posting.events import gather_events
from tieout.tables import Table, schema_of

__all__ = [
    "Given",
    "HasOutcome",
    "LastGiven",
    "decoded",
    "digest_of_given",
    "encoded",
    "given_faults",
    "given_of",
    "keep_given",
    "last_given",
    "rows_of",
    "still_given",
    "table_of_events",
    "told_by",
]

_BATCH: Final = 5_000
_SCHEMA: Final = schema_of(Event)
_WHOSE: Final = ("shop_id", "platform", "carrier", "channel", "party", "supplier", "account")
"""Columns of records that say whose they are."""
_AS_TEXT: Final = ("occurred_on", "tax_rate")
"""Columns whose values JSON does not hold exactly."""


@runtime_checkable
class HasOutcome(Protocol):
    """What has an outcome and the period that it is of, such as a run of the casebook."""

    @property
    def outcome(self) -> Outcome:
        """The outcome."""
        ...  # pyright takes a bare docstring for a body that returns None


@attrs.frozen(kw_only=True, eq=False)
class Given:
    """Events as they were handed in.

    Attributes:
        origin: Reconciliation and period that gave them, such as `courier_bill 2026-10`; empty for events that were handed in by
            themselves: what is missing of them says nothing.
        is_whole: Whether they are all events of their origin; else only those of their own days are.
        frame: The events.
        seen: Parties and shops that the run saw records of; None when it is of all: a run of one shop says nothing of another.
    """

    origin: str
    is_whole: bool
    frame: pl.DataFrame
    seen: frozenset[str] | None = None

    def misses(self, event: "LastGiven") -> bool:
        """Whether an event would be among them if it were there still."""
        if not self.origin or (
            self.seen is not None and not self.seen.issuperset({event.party, event.shop_id} - {None})
        ):
            return False
        if self.is_whole:
            return True
        day = event.occurred_on
        first, last = self.frame["occurred_on"].min(), self.frame["occurred_on"].max()
        return isinstance(first, date) and isinstance(last, date) and first <= day <= last


def given_of(given: object) -> list[Given]:
    """What was handed in, by its origin: runs, outcomes, events and tables of them.

    A run is known by its reconciliation and period, an outcome by the period that its reconciliation was told. Of an outcome
    that knows no period only the days that it has events of are compared.

    Raises:
        PostingError: It is none of these.
    """
    if isinstance(given, HasOutcome):
        return [_of_outcome(given.outcome, getattr(given, "period", None))]
    if isinstance(given, Outcome):
        return [_of_outcome(given, None)]
    if isinstance(given, Iterable) and not isinstance(given, (str, bytes, Mapping, Table)):
        return [one for item in given for one in given_of(item)]
    return [Given(origin="", is_whole=False, frame=gather_events(given))]  # type: ignore[arg-type]  # it refuses others


def _of_outcome(outcome: Outcome, period: object) -> Given:
    known = period if period is not None else outcome.parameters.get("period")
    name = outcome.reconciliation
    return Given(
        origin=name if known is None else f"{name} {known}",
        is_whole=known is not None,
        frame=(events := gather_events(outcome)),
        seen=_seen(outcome, events),
    )


def _seen(outcome: Outcome, events: pl.DataFrame) -> frozenset[str] | None:
    """Parties and shops of the records that a run looked at, and of what it gives; None where it says nothing of its records."""
    if not outcome.records:
        return None
    columns = [
        frame[name].cast(pl.String) for frame in outcome.records.values() for name in _WHOSE if name in frame.columns
    ]
    return frozenset(
        value
        for column in (*columns, events["party"], events["shop_id"])
        for value in column.drop_nulls().unique().to_list()
    )


def table_of_events(frame: pl.DataFrame) -> Table[Event]:
    """The events of a frame that has their columns."""
    return Table(frame.select(list(_SCHEMA)), Event)


@attrs.frozen(kw_only=True)
class LastGiven:
    """What an origin last said of an event.

    Attributes:
        event_id: The event.
        origin: Who said it.
        kind: Its kind.
        occurred_on: Its day.
        party: Its other side.
        shop_id: Its shop.
        is_given: Whether it is there still.
        hash: SHA-256 of its text.
    """

    event_id: str
    origin: str
    kind: str
    occurred_on: date
    party: str | None
    shop_id: str | None
    is_given: bool
    hash: str


_COLUMNS = (
    voucher_given.c.event_id,
    voucher_given.c.origin,
    voucher_given.c.kind,
    voucher_given.c.occurred_on,
    voucher_given.c.party,
    voucher_given.c.shop_id,
    voucher_given.c.is_given,
    voucher_given.c.hash,
)


def last_given(connection: Connection, book: str, origins: Sequence[str]) -> dict[tuple[str, str], LastGiven]:
    """What some origins last said, by origin and event.

    Args:
        connection: Where to read.
        book: The book; empty for a program's only one.
        origins: Their names.
    """
    query = (
        select(*_COLUMNS)
        .where(voucher_given.c.book == book, voucher_given.c.origin.in_(origins))
        .order_by(voucher_given.c.id)
    )
    return {(row.origin, row.event_id): _last(row) for row in connection.execute(query)}


def _last(row: Any) -> LastGiven:  # noqa: ANN401 - a row of the driver
    return LastGiven(
        event_id=row.event_id,
        origin=row.origin,
        kind=row.kind,
        occurred_on=date.fromisoformat(row.occurred_on),
        party=row.party,
        shop_id=row.shop_id,
        is_given=row.is_given,
        hash=row.hash,
    )


def told_by(connection: Connection, book: str, event_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Who still gives some events, and what as: texts by origin, by event.

    Args:
        connection: Where to read.
        book: The book.
        event_ids: The events.
    """
    last: dict[tuple[str, str], tuple[bool, str | None]] = {}
    for some in chunks(sorted(event_ids)):
        query = (
            select(voucher_given.c.event_id, voucher_given.c.origin, voucher_given.c.is_given, voucher_given.c.payload)
            .where(voucher_given.c.book == book, voucher_given.c.event_id.in_(some))
            .order_by(voucher_given.c.id)
        )
        for row in connection.execute(query):
            last[row.event_id, row.origin] = row.is_given, row.payload
    found: dict[str, dict[str, str]] = {}
    for (event_id, origin), (is_given, payload) in last.items():
        if is_given and payload is not None:
            found.setdefault(event_id, {})[origin] = payload
    return found


def still_given(connection: Connection, book: str, kinds: Iterable[str]) -> pl.DataFrame:
    """The events of some kinds that are given to a book still, as they were said last.

    Args:
        connection: Where to read.
        book: The book.
        kinds: Their kinds.
    """
    query = (
        select(voucher_given.c.event_id, voucher_given.c.origin, voucher_given.c.payload)
        .where(voucher_given.c.book == book, voucher_given.c.kind.in_(sorted(kinds)))
        .order_by(voucher_given.c.id)
    )
    last = {(row.event_id, row.origin): row.payload for row in connection.execute(query)}
    told = {event_id: payload for (event_id, _), payload in last.items() if payload is not None}
    return decoded(list(told.values()))


def encoded(frame: pl.DataFrame) -> pl.DataFrame:
    """Events as text: `event_id`, `kind`, `occurred_on`, `party`, `shop_id`, `payload` and its `hash`, each event once."""
    texts = frame.select(
        "event_id",
        "kind",
        pl.col("occurred_on").cast(pl.String),
        "party",
        "shop_id",
        pl.struct(pl.col(name).cast(pl.String) if name in _AS_TEXT else pl.col(name) for name in _SCHEMA)
        .struct.json_encode()
        .alias("payload"),
    ).unique("event_id", keep="last", maintain_order=True)
    return texts.with_columns(pl.Series("hash", [digest(text) for text in texts["payload"]], dtype=pl.String))


def decoded(payloads: Sequence[str]) -> pl.DataFrame:
    """The events of texts that `encoded` made."""
    kinds = {name: pl.String() if name in _AS_TEXT else kind for name, kind in _SCHEMA.items()}
    rows = pl.DataFrame({"payload": payloads}, schema={"payload": pl.String})
    frame = rows.select(pl.col("payload").str.json_decode(pl.Struct(kinds)).alias("event")).unnest("event")
    return frame.with_columns(pl.col("occurred_on").str.to_date(), pl.col("tax_rate").cast(_SCHEMA["tax_rate"]))


def keep_given(connection: Connection, rows: Iterable[Mapping[str, Any]], *, seq: int, book: str) -> None:
    """Write what origins say now where it is not what they said last.

    Args:
        connection: Of `Store.writing`.
        rows: What `rows_of` gives.
        seq: Entry of the posting.
        book: The book.
    """
    for batch in chunks(({"seq": seq, "book": book, **row} for row in rows), _BATCH):
        connection.execute(insert(voucher_given), batch)


def digest_of_given(rows: Iterable[Mapping[str, Any]], book: str) -> str:
    """What the entry of a posting commits of its rows, whatever their order.

    Args:
        rows: What `rows_of` gives.
        book: The book that they were given to.
    """
    names = ("origin", "event_id", "kind", "occurred_on", "party", "shop_id", "hash")
    told = sorted(canonical([book, *(row[name] for name in names), bool(row["is_given"])]) for row in rows)
    return digest(canonical(told))


def given_faults(connection: Connection) -> Iterator[Fault]:
    """Events that were given to a book and are not as they were written, or not in that order: the last row of each holds."""
    found: dict[int, tuple[str, list[Mapping[str, Any]]]] = {}
    before = 0
    query = select(voucher_given).order_by(voucher_given.c.id)
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            name = f"event {row['event_id']} of posting {row['seq']}"
            if (digest(row["payload"]) if row["payload"] is not None else "") != row["hash"]:
                yield Fault(name, "it is not what its hash was made of")
            book, rows = found.setdefault(row["seq"], (row["book"], []))
            if row["seq"] < before or row["book"] != book:
                yield Fault(name, "it stands behind a later posting, or is of another book than the others")
            before = max(before, row["seq"])
            rows.append(dict(row))
    for entry in entries(connection, kinds=("posting",)):
        book, rows = found.pop(entry.seq, (entry.body["book"], []))
        if book != entry.body["book"] or digest_of_given(rows, book) != entry.body["given"]:
            yield Fault(f"events of posting {entry.seq}", "they are not what the log says")
    for seq in sorted(found):
        yield Fault(f"events of posting {seq}", "the log does not know it")


def rows_of(given: Given, last: Mapping[tuple[str, str], LastGiven]) -> list[dict[str, Any]]:
    """Rows for events that are new, or that are not what they were.

    Args:
        given: What was handed in, of one origin.
        last: What origins said last.
    """
    rows = []
    for row in encoded(given.frame).iter_rows(named=True):
        before = last.get((given.origin, row["event_id"]))
        if before is None or not before.is_given or before.hash != row["hash"]:
            rows.append({"origin": given.origin, "is_given": True, **row})
    return rows
