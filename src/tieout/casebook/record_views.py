"""Views of records: what stands, by which source, and whether every version is as its import brought it."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, exists, insert, literal, select, tuple_

from tieout.casebook.canonical import digest
from tieout.casebook.log import Entry, entries
from tieout.casebook.schema import holding, holding_now, personal_seal, record, record_now
from tieout.casebook.sealing import committed_seals
from tieout.casebook.verifying import Fault
from tieout.casebook.views import Projection

__all__ = ["RECORDS", "Committed", "record_faults"]

_BATCH = 10_000
_IMPORT = "import"
_quoted = cache(json.dumps)


class Committed:
    """The digest by which an import's entry commits to the versions and holdings that it brought."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, rows: Iterable[tuple[str, str, str, str, str, str]]) -> None:
        """Take further rows, in order: kind, key, change, hash, hash of the payload (empty for a holding), source."""
        lines = [
            f"[{_quoted(kind)},{key},{change},{said},{kept},{_quoted(source)}]"
            for kind, key, change, said, kept, source in rows
        ]
        self._sha256.update("\n".join([*lines, ""]).encode())

    @property
    def digest(self) -> str:
        """64 hex digits."""
        return self._sha256.hexdigest()


def _apply(connection: Connection, new: Sequence[Entry]) -> None:
    for one in new:
        _versions(connection, one)
        _holdings(connection, one)


def _versions(connection: Connection, one: Entry) -> None:
    """Let the versions of an import stand; the source that a record stood by before holds it still."""
    own = record.c.seq == one.seq
    if one.body["edited"]:
        is_other = and_(record.c.kind == record_now.c.kind, record.c.key == record_now.c.key)
        moved = (
            select(record_now.c.kind, record_now.c.key, record_now.c.source, record_now.c.hash, literal(one.seq))
            .join(record, is_other)
            .where(own, record.c.change == "edited", record.c.source != record_now.c.source)
        )
        connection.execute(insert(holding_now).from_select(["kind", "key", "source", "hash", "seq"], moved))
        pairs = select(record.c.key, record.c.source).where(own, record.c.change == "edited")
        connection.execute(_of(holding_now, one).where(tuple_(holding_now.c.key, holding_now.c.source).in_(pairs)))
    if one.body["edited"] or one.body["deleted"]:
        connection.execute(_of(record_now, one).where(record_now.c.key.in_(_keys(own, record.c.change != "added"))))
    if one.body["deleted"]:
        connection.execute(_of(holding_now, one).where(holding_now.c.key.in_(_keys(own, record.c.change == "deleted"))))
    stands = select(record.c.kind, record.c.key, record.c.id, record.c.hash, record.c.source)
    connection.execute(
        insert(record_now).from_select(
            ["kind", "key", "record_id", "hash", "source"],
            stands.where(own, record.c.change != "deleted").order_by(record.c.key),
        )
    )


def _of(table: Any, one: Entry) -> Any:  # noqa: ANN401 - a delete of one of two tables
    return table.delete().where(table.c.kind == one.body["kind"])


def _keys(*conditions: Any) -> Select[tuple[str]]:  # noqa: ANN401 - conditions of SQLAlchemy
    return select(record.c.key).where(*conditions)


def _holdings(connection: Connection, one: Entry) -> None:
    """Let sources hold and release."""
    if not one.body["holdings"]:
        return
    said = holding.c.seq == one.seq
    pairs = select(holding.c.key, holding.c.source).where(said)
    name = tuple_(holding_now.c.key, holding_now.c.source)
    connection.execute(_of(holding_now, one).where(name.in_(pairs)))
    held = select(holding.c.kind, holding.c.key, holding.c.source, holding.c.hash, holding.c.seq)
    connection.execute(
        insert(holding_now).from_select(
            ["kind", "key", "source", "hash", "seq"], held.where(said, holding.c.change == "held")
        )
    )
    stands = and_(said, holding.c.change == "stands", holding.c.key == record_now.c.key)
    connection.execute(_of(holding_now, one).where(name.in_(pairs.where(holding.c.change == "stands"))))
    connection.execute(
        record_now.update()
        .where(record_now.c.kind == one.body["kind"], exists().where(stands))
        .values(source=select(holding.c.source).where(stands).scalar_subquery())
    )


RECORDS = Projection(kinds=(_IMPORT,), tables=(record_now, holding_now), apply=_apply)
"""What stands of the records."""


def record_faults(connection: Connection) -> Iterator[Fault]:
    """Versions of records that are not as their import brought them."""
    expected = {one.seq: one.body["digest"] for one in entries(connection, kinds=(_IMPORT,))}
    found: dict[int, Committed] = {seq: Committed() for seq in expected}
    for table in (record, holding):
        yield from _strays(connection, table, found)
    yield from _seals(connection, found)
    for seq, committed in found.items():
        if committed.digest != expected[seq]:
            yield Fault(f"records of entry {seq}", "they are not those that its import brought")


def _seals(connection: Connection, found: dict[int, Committed]) -> Iterator[Fault]:
    """Seals that no import brought; the others are added to the digests."""
    query = select(personal_seal.c.seq, personal_seal.c.record_id, personal_seal.c.hash)
    for seq, record_id, said in connection.execute(query.order_by(personal_seal.c.record_id)):
        if seq in found:
            found[seq].add(committed_seals([(record_id, said)]))
        else:
            yield Fault(f"seal of version {record_id}", f"no import brought it: entry {seq} is none")


def _strays(connection: Connection, table: Any, found: dict[int, Committed]) -> Iterator[Fault]:  # noqa: ANN401
    """Rows whose payload was changed or that no import brought; the others are added to the digests."""
    is_record = table is record
    with connection.execute(select(table).order_by(table.c.id), execution_options={"yield_per": _BATCH}) as result:
        for rows in result.mappings().partitions():
            for row in rows:
                name = f"{'version' if is_record else 'holding'} {row['id']} of {row['kind']} {row['key']}"
                kept = row["payload_hash"] if is_record else ""
                if is_record and (digest(row["payload"]) if row["payload"] is not None else "") != kept:
                    yield Fault(name, "its payload is not what its hash was made of")
                if row["seq"] not in found:
                    yield Fault(name, f"no import brought it: entry {row['seq']} is none")
                    continue
                found[row["seq"]].add([(row["kind"], row["key"], row["change"], row["hash"], kept, row["source"])])
