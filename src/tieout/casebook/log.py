"""The log: entries that are only ever appended, each with the hash of the one before, and the proof that none was touched."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import attrs
from sqlalchemy import ColumnElement, Connection, RowMapping, and_, or_, select

from tieout.archive import GENESIS, entry_hash
from tieout.casebook.actors import Actor
from tieout.casebook.canonical import canonical, moment_text
from tieout.casebook.schema import entry, head
from tieout.errors import CasebookError

__all__ = ["GENESIS", "Draft", "Entry", "append", "entries", "last"]

_LOG = "log"
_BATCH = 10_000


@attrs.frozen(kw_only=True)
class Draft:
    """An entry before it has its place in the log.

    Attributes:
        kind: What happened, such as `decision.assign`.
        subject: What it is about: a case, a run, a voucher, a period; None when it is about the book.
        body: The facts; whatever `canonical` takes.
        reason: Why, in the actor's words; None where nothing needs a reason.
    """

    kind: str
    subject: str | None = None
    body: Mapping[str, Any] = MappingProxyType({})
    reason: str | None = None


@attrs.frozen(kw_only=True)
class Entry:
    """One thing that happened.

    Attributes:
        seq: 1, 2, 3, ... without gap.
        kind: What happened.
        at: When, as text in UTC.
        actor: Who did it.
        roles: Their roles then.
        reason: Why.
        subject: What it is about.
        body: The facts.
        previous: Hash of the entry before.
        hash: Hash of all of this.
    """

    seq: int
    kind: str
    at: str
    actor: str
    roles: tuple[str, ...]
    reason: str | None
    subject: str | None
    body: Mapping[str, Any]
    previous: str
    hash: str

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | RowMapping) -> "Entry":
        """An entry as the table has it."""
        roles = tuple(filter(None, row["roles"].split(",")))
        return cls(**{**row, "roles": roles, "body": json.loads(row["body"])})


def last(connection: Connection) -> tuple[int, str]:
    """Number and hash of the last entry; 0 and `GENESIS` when there is none."""
    row = connection.execute(select(head.c.seq, head.c.hash).where(head.c.name == _LOG)).one_or_none()
    return (0, GENESIS) if row is None else (row.seq, row.hash)


def append(connection: Connection, drafts: Sequence[Draft], *, actor: Actor, now: datetime) -> tuple[Entry, ...]:
    """Put entries at the end of the log, in the transaction that writes what they tell.

    Args:
        connection: Of `Store.writing`.
        drafts: What happened, in order.
        actor: Who did it.
        now: When; all of one call have one time.

    Returns:
        The entries, one for each draft.

    Raises:
        CasebookError: A text holds what no database keeps, or the body what has no canonical text.
    """
    if not drafts:
        return ()
    seq, previous = last(connection)
    is_first = seq == 0
    at, roles = moment_text(now), ",".join(sorted(actor.roles))
    rows: list[dict[str, Any]] = []
    for draft in drafts:
        seq += 1
        row = {
            "seq": seq,
            "kind": draft.kind,
            "at": at,
            "actor": actor.name,
            "roles": roles,
            "reason": draft.reason,
            "subject": draft.subject,
            "body": canonical(draft.body),
            "previous": previous,
        }
        _require_text(row)
        previous = entry_hash(row)
        rows.append({**row, "hash": previous})
    for start in range(0, len(rows), _BATCH):
        connection.execute(entry.insert(), rows[start : start + _BATCH])
    if is_first:
        connection.execute(head.insert().values(name=_LOG, seq=seq, hash=previous))
    else:
        connection.execute(head.update().where(head.c.name == _LOG).values(seq=seq, hash=previous))
    return tuple(Entry.of_row(row) for row in rows)


def _require_text(row: Mapping[str, Any]) -> None:
    for name in ("kind", "actor", "reason", "subject", "body"):
        text = row[name]
        if text is None:
            continue
        if not isinstance(text, str):
            raise CasebookError(f"text is needed, got {type(text).__name__}", where=name)
        if "\x00" in text or not _is_unicode(text):
            raise CasebookError("it holds a character that no database keeps (NUL or half a pair)", where=name)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def entries(
    connection: Connection, *, kinds: Iterable[str] = (), subject: str | None = None, after: int = 0
) -> Iterator[Entry]:
    """Entries in order, some thousand at a time.

    Args:
        connection: Where to read.
        kinds: Only of these kinds; a kind that ends in `.` means all that begin so. All unless given.
        subject: Only about this.
        after: Only those behind this number.
    """
    query = select(entry).where(entry.c.seq > after).order_by(entry.c.seq)
    if subject is not None:
        query = query.where(entry.c.subject == subject)
    wanted = [_is_of(kind) for kind in kinds]
    if wanted:
        query = query.where(or_(*wanted))
    with connection.execute(query, execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            yield Entry.of_row(row)


def _is_of(kind: str) -> ColumnElement[bool]:
    """Whether an entry is of a kind, or of one that begins so: `/` comes right behind `.`, so an index finds them."""
    if kind.endswith("."):
        return and_(entry.c.kind >= kind, entry.c.kind < f"{kind[:-1]}/")
    return entry.c.kind == kind
