"""Vouchers in the store: a journal as it stands, and what an act on it changed, kept as versions beside the log."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs
from sqlalchemy import Connection, insert, select

from tieout.casebook.closing_tables import period_now
from tieout.casebook.given import of_kind
from tieout.casebook.log import Draft, Entry
from tieout.casebook.voucher_tables import voucher, voucher_content, voucher_event, voucher_now, voucher_source
from tieout.casebook.voucher_texts import HEAD, Content, head_of, places_of, vouchers_of
from tieout.casebook.voucher_views import chunks
from tieout.errors import CasebookError
from tieout.model import Provenance, Voucher, VoucherStatus
from tieout.model._record import changed
from tieout.posting import Act, Action, Book, Journal
from tieout.posting.correction import correction_id

__all__ = [
    "Change",
    "changes",
    "drafts_of",
    "heads",
    "journal_of",
    "keep",
    "locked_periods",
    "periods_around",
    "with_locks",
]

_BATCH = 5_000
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_KINDS = {
    Action.PREPARE: "prepared",
    Action.SIGN: "signed",
    Action.REVIEW: "reviewed",
    Action.UNREVIEW: "unreviewed",
    Action.POST: "posted",
    Action.REVERSE: "taken_back",
    Action.CORRECT: "corrected",
    Action.VOID: "voided",
    Action.DELETE: "deleted",
    Action.RENUMBER: "renumbered",
}
Heads = Mapping[str, Mapping[str, Any]]


def locked_periods(connection: Connection) -> tuple[str, ...]:
    """Months that the casebook closed, locked or archived; they are closed in all its books.

    Args:
        connection: Where to read.
    """
    query = select(period_now.c.period).where(period_now.c.state != "open").order_by(period_now.c.period)
    return tuple(period for period in connection.scalars(query) if _MONTH.fullmatch(period))


def with_locks(connection: Connection, book: Book) -> Book:
    """A book that knows its own closed periods and those that the casebook closed."""
    of_kind(book, Book, "a Book", where="book")
    merged = {*book.locked_periods, *locked_periods(connection)}
    return book if merged == set(book.locked_periods) else attrs.evolve(book, locked_periods=sorted(merged))


def heads(connection: Connection, book_id: str | None) -> Heads:
    """What stands in a book, without lines, by id."""
    query = select(voucher_now).where(voucher_now.c.book == (book_id or ""))
    return {row["voucher_id"]: dict(row) for row in connection.execute(query).mappings()}


def periods_around(known: Heads, ids: Iterable[str]) -> set[str]:
    """Periods whose vouchers an act on some may concern: theirs, and those of what takes them back, ends or corrects them.

    Args:
        known: What stands in the book.
        ids: The vouchers; unknown ones are none.
    """
    backs: dict[str, list[str]] = {}
    for voucher_id, row in known.items():
        if row["reversal_of"]:
            backs.setdefault(row["reversal_of"], []).append(voucher_id)
    found: set[str] = set()
    waiting = [each for each in ids if each in known]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        found.add(each)
        related = [known[each]["reversal_of"] or "", *backs.get(each, ()), correction_id(each)]
        waiting += [one for one in related if one in known]
    return {known[each]["period"] for each in found}


def journal_of(
    connection: Connection,
    book: Book,
    *,
    cashier_signs: bool = False,
    known: Heads | None = None,
    periods: Collection[str] | None = None,
) -> Journal:
    """The vouchers of a book as they stand.

    Args:
        connection: Where to read.
        book: Whose vouchers; with the locks that hold.
        cashier_signs: As `Journal` takes it.
        known: What stands in it, where that was read before.
        periods: Only those of these periods; all unless given.

    Raises:
        CasebookError: A voucher's lines are missing or were touched.
    """
    rows = list((heads(connection, book.book_id) if known is None else known).values())
    if periods is not None:
        rows = [row for row in rows if row["period"] in periods]
    payloads = _payloads(connection, rows, book, is_whole=periods is None)
    return Journal(book=book, vouchers=tuple(vouchers_of(rows, payloads)), cashier_signs=cashier_signs)


def _payloads(
    connection: Connection, rows: Sequence[Mapping[str, Any]], book: Book, *, is_whole: bool
) -> dict[str, str]:
    """The texts of some vouchers, of a whole book in one query."""
    if is_whole:
        query = (
            select(voucher_content.c.hash, voucher_content.c.payload)
            .join(voucher_now, voucher_now.c.content == voucher_content.c.hash)
            .where(voucher_now.c.book == (book.book_id or ""))
        )
        return {row.hash: row.payload for row in connection.execute(query)}
    found: dict[str, str] = {}
    for some in chunks({row["content"] for row in rows}):
        query = select(voucher_content.c.hash, voucher_content.c.payload).where(voucher_content.c.hash.in_(some))
        found.update((row.hash, row.payload) for row in connection.execute(query))
    return found


@attrs.frozen(kw_only=True)
class Change:
    """One entry to come, and the version that it makes.

    Attributes:
        act: What was done, such as `reviewed`.
        voucher_id: To which voucher.
        note: What else there is to say.
        voucher: The voucher as it is now, or as it was when it was deleted; None where the act makes no version.
        name: Its period, word and number.
    """

    act: str
    voucher_id: str
    note: str | None
    voucher: Voucher | None
    name: str


def changes(before: Journal, after: Journal) -> list[Change]:
    """What an act on a journal did, in the order in which it did it: one for each voucher and thing done.

    Args:
        before: The journal.
        after: The same after the act.

    Raises:
        CasebookError: A posted voucher would change, other than by being marked reversed.
    """
    told: set[str] = set()
    acts = after.trail[len(before.trail) :]
    made = [_change(act, before, after, told) for act in acts if act.voucher_id is not None]
    made += _followed(before, after, told)
    _require_fixed(before, after)
    return made


def _followed(before: Journal, after: Journal, told: Collection[str]) -> Iterator[Change]:
    """What changed on account of something else: what is reversed by a red voucher, or named anew in one."""
    for item in after:
        was = before.find(item.voucher_id)
        if was is not item and was is not None and item.voucher_id not in told and was != item:
            act = "reversed" if item.status is VoucherStatus.REVERSED else "renamed"
            yield Change(act=act, voucher_id=item.voucher_id, note=None, voucher=item, name=_name(item))


def _change(act: Act, before: Journal, after: Journal, told: set[str]) -> Change:
    voucher_id = act.voucher_id or ""
    was, now = before.find(voucher_id), after.find(voucher_id)
    version = was if act.action is Action.DELETE else now
    if version is None or voucher_id in told or (now is not None and now == was):
        version = None
    else:
        told.add(voucher_id)
    return Change(act=_KINDS[act.action], voucher_id=voucher_id, note=act.note, voucher=version, name=act.name)


def _name(item: Voucher) -> str:
    return f"{item.period} {item.word}-{item.number}"


def _require_fixed(before: Journal, after: Journal) -> None:
    """Nothing that is booked changes but its state (`domain.md` 6.5: 财会〔2024〕12号)."""
    for was in before.in_status(VoucherStatus.POSTED) + before.in_status(VoucherStatus.REVERSED):
        now = after.find(was.voucher_id)
        if now is was:
            continue
        if now is None or changed(was, status=now.status) != now:
            raise CasebookError(
                "it is posted: nothing of it changes any more",
                where=f"voucher {_name(was)}",
                hint="reverse() or correct() it",
            )


def drafts_of(made: Iterable[Change], book: Book, contents: Mapping[str, Content], reason: str | None) -> list[Draft]:
    """Entries of the log for changes.

    Args:
        made: The changes.
        book: Whose vouchers they are of.
        contents: What the vouchers say, by their ids.
        reason: Why, in the actor's words.
    """
    drafts = []
    for change in made:
        body: dict[str, Any] = {"book": book.book_id or "", "name": change.name}
        if change.voucher is not None:
            body |= head_of(change.voucher, contents[change.voucher_id].hash)
        if change.note is not None:
            body["note"] = change.note
        drafts.append(Draft(kind=f"voucher.{change.act}", subject=change.voucher_id, body=body, reason=reason))
    return drafts


def keep(connection: Connection, made: Sequence[Change], contents: Mapping[str, Content], new: Sequence[Entry]) -> None:
    """Write contents that are new, and a version for each entry that makes one.

    Args:
        connection: Of `Store.writing`.
        made: The changes, one for each entry.
        contents: What their vouchers say, by their ids.
        new: Their entries.
    """
    versions = [
        {"seq": entry.seq, "act": change.act, **{name: entry.body[name] for name in HEAD}}
        for change, entry in zip(made, new, strict=True)
        if change.voucher is not None
    ]
    wanted = {contents[one.voucher_id].hash: one.voucher for one in made if one.voucher is not None}
    payloads = {content.hash: content.payload for content in contents.values()}
    for some in chunks(list(wanted)):
        held = select(voucher_content.c.hash).where(voucher_content.c.hash.in_(some))
        for hash_ in connection.execute(held).scalars():
            del wanted[hash_]
    texts = ({"hash": hash_, "payload": payloads[hash_]} for hash_ in wanted)
    places = (_place(hash_, place) for hash_, item in wanted.items() for place in places_of(item))
    events = ({"content": hash_, "event_id": each} for hash_, item in wanted.items() for each in item.event_ids)
    tables = ((voucher_content, texts), (voucher_source, places), (voucher_event, events), (voucher, versions))
    for table, rows in tables:
        for batch in chunks(rows, _BATCH):
            connection.execute(insert(table), batch)


def _place(content: str, place: Provenance) -> dict[str, Any]:
    return {
        "content": content,
        "sha256": place.sha256 or "",
        "file": place.file or "",
        "sheet": place.sheet or "",
        "line": place.line,
        "line_end": place.line if place.line_end is None else place.line_end,
    }
