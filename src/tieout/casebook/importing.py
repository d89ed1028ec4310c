"""Importing: records come into the book by what names them, and only what changed changes anything."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import attrs
import polars as pl
from sqlalchemy import Connection, func, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.bulk import insert_rows, roomy
from tieout.casebook.canonical import digest
from tieout.casebook.forgetting import forgotten_pseudonyms
from tieout.casebook.kinds import class_of, kind_of
from tieout.casebook.log import Draft, entries, last
from tieout.casebook.natural_keys import NaturalKey
from tieout.casebook.payloads import payload_texts, personal_texts, pseudonyms, table_of
from tieout.casebook.record_views import Committed
from tieout.casebook.refs import hashes_of, refs_of
from tieout.casebook.roles import TWIN_SIDES
from tieout.casebook.sayings import HELD, NOW, Known, Outcome, compared, said_once
from tieout.casebook.schema import holding, holding_now, personal, record, record_now
from tieout.casebook.sealing import Seal, committed_seals, keep_personal_rows
from tieout.casebook.touching import Touched, TouchingDesk
from tieout.errors import CasebookError
from tieout.privacy import Pseudonymizer, mask_text
from tieout.tables import Table

__all__ = ["Imported", "RecordsDesk"]

R = TypeVar("R")
_STEP_ROWS = 50_000  # bounds the texts alive at once
_ASK_ROWS = 20_000  # more keys than this are not asked for one by one
_CHUNK = 500  # values of one statement
_OF_NO_FILE = "records"
_VERSION = ("id", "seq", "kind", "key", "change", "hash", "source", "payload", "payload_hash")
_HOLDING = ("id", "seq", "kind", "key", "change", "hash", "source")
_CHANGES = {"kind": pl.String, "key": pl.String, "change": pl.String}


@attrs.frozen(kw_only=True, eq=False)
class Imported:
    """What an import came to.

    Attributes:
        entries: Numbers of its entries in the log, one for each class of records.
        rows: Rows that were handed in.
        added: Records that are new, or back after they were deleted.
        edited: Records that say something else now.
        deleted: Records that no source holds any longer.
        same: Rows that say nothing new of their record.
        repeated: Rows that say again what a row before them says.
        changes: `kind`, `key`, `change` of the records that were added, edited or deleted.
        reopened: Cases, matches and vouchers that the changes touch and that are open again.
    """

    entries: tuple[int, ...]
    rows: int
    added: int
    edited: int
    deleted: int
    same: int
    repeated: int
    changes: pl.DataFrame = attrs.field(repr=False)
    reopened: Touched = attrs.field(factory=Touched)

    def __str__(self) -> str:
        counts = {name: getattr(self, name) for name in ("added", "edited", "deleted", "same", "repeated")}
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count or name == "added")
        return f"{self.rows:,} rows: {said}"


@attrs.frozen(kw_only=True)
class _Given:
    """A table on its way into the book.

    Attributes:
        table: Its rows.
        said: What each source says of each record, once.
        sources: Whom it is of.
        facts: What is known of the file.
        kind: What its rows are kept as.
    """

    table: Table[Any]
    said: pl.DataFrame
    sources: pl.Series
    facts: dict[str, Any]
    kind: str


class RecordsDesk(TouchingDesk):
    """Records of the book: by natural key and content, version after version."""

    def import_records(
        self,
        table: Any,  # noqa: ANN401 - a Table, or a batch, which is of a room that the casebook does not know
        *,
        actor: Actor,
        source: str | None = None,
        complete: bool = False,
        keep_personal: bool | Pseudonymizer = False,
        key: NaturalKey | Sequence[str] | None = None,
        role: str | None = None,
        reason: str | None = None,
    ) -> Imported:
        """Take records into the book; what it knows already changes nothing.

        A record is known by its natural key, and what it says by the hash of its content. Importing the same rows again, in
        whatever order and from whatever file, brings no version of any record and touches no case, match or voucher; only an
        entry tells that it was tried. All of an import is one transaction.

        Several sources may hold a record: it lives until the last of them gives it up, and says what a source last said newly.

        Args:
            table: Records of one class, or a batch of `tieout.read`, all of whose tables are taken.
            actor: Who imports them.
            source: What the rows are of, such as `bank statement *1234`; the file of each row unless given.
            complete: The table is all there is of its sources now: what they held and do not say any longer is given up.
            keep_personal: Keep fields that may tell of a person (the buyer's pseudonym, the other side of a bank line and its
                text, cells that no field holds) in a table of their own, from which they can be deleted; else they are dropped. A
                Pseudonymizer in place of True also says whose bank lines are, so that they can be forgotten.
            key: What names the rows of a class that is not of `tieout.model`.
            role: What the records are, where another system has records of the same class and numbers: `erp_orders` for the ERP's
                orders beside the platform's, as the side of the reconciliation is called. It is that of every table of a batch.
            reason: Why, where that needs to be said.

        Raises:
            CasebookError: No natural key is known of the class, the role is no name, or rows of one name say different things:
                nothing is imported.
            StoreError: The database cannot do it: nothing is imported.
        """
        require_actor(actor)
        given = [
            _given(one, facts, source=source, complete=complete, key=key, role=role) for one, facts in _tables(table)
        ]
        with self.store.writing() as connection, roomy(connection):
            parts = [self._import(connection, one, actor, complete, keep_personal, reason) for one in given]
            changes = pl.concat([pl.DataFrame(schema=_CHANGES), *(part.changes for part in parts)])
            reopened = self._touched(connection, changes, actor) if changes.height else Touched()
        return Imported(
            entries=tuple(seq for part in parts for seq in part.entries),
            rows=sum(part.rows for part in parts),
            added=sum(part.added for part in parts),
            edited=sum(part.edited for part in parts),
            deleted=sum(part.deleted for part in parts),
            same=sum(part.same for part in parts),
            repeated=sum(part.repeated for part in parts),
            changes=changes,
            reopened=reopened,
        )

    def records(self, record_class: type[R], *, role: str | None = None) -> Table[R]:
        """The records of a class that the book holds now, in the order in which their versions came.

        Fields that may tell of a person are empty unless they were kept. Everything else is exactly what was imported.

        Args:
            record_class: The class, such as `Order`.
            role: What they were imported as, such as `erp_orders`.

        Raises:
            CasebookError: Nothing was ever imported in that role.
            StoreError: The database cannot be read.
        """
        kind = kind_of(record_class, role)
        query = (
            select(record.c.payload, personal.c.fields)
            .join(record_now, record_now.c.record_id == record.c.id)
            .outerjoin(personal, personal.c.record_id == record.c.id)
            .where(record_now.c.kind == kind)
            .order_by(record.c.id)
        )
        parts: list[Table[Any]] = [Table.from_records([], record_class)]
        options = {"yield_per": _STEP_ROWS}
        with self.store.reading() as connection, connection.execute(query, execution_options=options) as result:
            for rows in result.partitions():
                texts = pl.DataFrame(list(map(tuple, rows)), schema={"p": pl.String, "f": pl.String}, orient="row")
                parts.append(table_of(texts["p"], texts["f"], record_class))
        if len(parts) == 1 and role is not None:
            self._require_imported(kind, role)
        return Table.concat(parts)

    def _require_imported(self, kind: str, role: str) -> None:
        """Refuse a role that nobody imported anything in: a mistyped one would read as no records at all."""
        if role in TWIN_SIDES:
            return
        with self.store.reading() as connection:
            kinds = {one.body["kind"] for one in entries(connection, kinds=["import"])}
        if kind not in kinds:
            known = ", ".join(sorted(one for one in kinds if class_of(one) == class_of(kind))) or "none"
            raise CasebookError(f"nothing was imported as {kind}", where="role", hint=f"imported were: {known}")

    def _import(
        self,
        connection: Connection,
        given: _Given,
        actor: Actor,
        complete: bool,  # noqa: FBT001 - handed on
        keep_personal: bool | Pseudonymizer,  # noqa: FBT001 - handed on
        reason: str | None,
    ) -> Imported:
        known = _known(connection, given, complete=complete)
        found = compared(given.said, known, complete=complete, sources=given.sources)
        seq = last(connection)[0] + 1
        committed = _write(connection, given, found, seq, keep_personal=keep_personal)
        changes = pl.concat(
            [
                found.versions.select("key", "change"),
                found.reverts.select("key", pl.lit("edited").alias("change")),
                found.deletions.select("key", pl.lit("deleted").alias("change")),
            ]
        )
        rows = len(given.table)
        imported = Imported(
            entries=(seq,),
            rows=rows,
            added=changes.filter(pl.col("change") == "added").height,
            edited=changes.filter(pl.col("change") == "edited").height,
            deleted=found.deletions.height,
            same=found.same,
            repeated=rows - given.said.height,
            changes=changes.select(pl.lit(given.kind).alias("kind"), "key", "change"),
        )
        body = {
            "kind": given.kind,
            "sources": given.sources.sort().to_list(),
            "complete": complete,
            **{name: getattr(imported, name) for name in _COUNTS},
            "holdings": found.holdings.height,
            "digest": committed.digest,
            **given.facts,
        }
        self._note(connection, [Draft(kind="import", body=body, reason=mask_text(reason))], actor=actor)
        return imported


_COUNTS = ("rows", "added", "edited", "deleted", "same", "repeated")


def _tables(table: object) -> Iterator[tuple[Table[Any], dict[str, Any]]]:
    """The tables of what is handed in, with what is known of the file."""
    if isinstance(table, Table):
        yield table, {}
        return
    records, others = getattr(table, "records", None), getattr(table, "others", {})
    if not isinstance(records, Table):
        raise CasebookError(f"a Table or a batch of tieout.read is needed, got {type(table).__name__}", where="table")
    file = getattr(table, "source", None)
    names = {"file": "file", "sha256": "sha256", "size": "size_bytes"}
    facts = {name: getattr(file, own) for name, own in names.items() if hasattr(file, own)}
    facts |= {"format": getattr(table, "format", None)}
    for one in (records, *others.values()):
        yield one, facts


def _given(
    table: Table[Any],
    facts: dict[str, Any],
    *,
    source: str | None,
    complete: bool,
    key: NaturalKey | Sequence[str] | None,
    role: str | None,
) -> _Given:
    refs, frame = refs_of(table, key=key, role=role), table.to_polars()
    file = facts.get("file")
    if source is not None:
        sources = pl.Series([source]).new_from_index(0, refs.height) if refs.height else pl.Series([], dtype=pl.String)
    else:
        said = frame["source_file"] if "source_file" in frame.columns else pl.Series([None], dtype=pl.String)
        sources = said if len(said) == refs.height else said.new_from_index(0, refs.height)
        if complete and sources.null_count() and file is None:
            raise CasebookError(
                "rows without a file are all of nothing: what they are all of is needed",
                where="source",
                hint="import_records(table, source='...', complete=True, ...)",
            )
        sources = sources.fill_null(file or _OF_NO_FILE)
    of = pl.Series([source] if source is not None else sources.unique().to_list(), dtype=pl.String)
    if complete and not len(of):
        raise CasebookError("an empty table has no file: what it is all of is needed", where="source")
    for name in of:
        if not name.strip() or "\x00" in name:
            raise CasebookError(f"a name is needed, got {name!r}", where="source")
    rows = refs.with_columns(sources.alias("source"))
    kind = kind_of(table.record, role)
    return _Given(table=table, said=said_once(rows, frame, kind), sources=of, facts=facts, kind=kind)


def _known(connection: Connection, given: _Given, *, complete: bool) -> Known:
    """What the book knows of the records of a table, and of all of the class where that is asked for."""
    n, h = record_now.c, holding_now.c
    now = select(n.key, n.record_id, n.hash, n.source).where(n.kind == given.kind)
    held = select(h.key, h.source, h.hash, h.seq).where(h.kind == given.kind)
    keys = given.said["key"].unique().sort().to_list()
    if complete or len(keys) > _ASK_ROWS:
        return Known(
            now=_frame(connection.execute(now).fetchall(), NOW), held=_frame(connection.execute(held).fetchall(), HELD)
        )
    chunks = [keys[start : start + _CHUNK] for start in range(0, len(keys), _CHUNK)]
    return Known(
        now=_frame([row for some in chunks for row in connection.execute(now.where(n.key.in_(some)))], NOW),
        held=_frame([row for some in chunks for row in connection.execute(held.where(h.key.in_(some)))], HELD),
    )


def _frame(rows: Sequence[Any], schema: dict[str, Any]) -> pl.DataFrame:
    columns = zip(*rows, strict=True) if rows else ([] for _ in schema)
    return pl.DataFrame(
        [pl.Series(name, column, dtype=dtype) for (name, dtype), column in zip(schema.items(), columns, strict=True)]
    )


def _write(
    connection: Connection, given: _Given, found: Outcome, seq: int, *, keep_personal: bool | Pseudonymizer
) -> Committed:
    """Write the versions and holdings of an import, and what commits to them."""
    committed, kind = Committed(), given.kind
    at = (connection.scalar(select(func.max(record.c.id))) or 0) + 1
    frame = given.table.to_polars()
    forgotten = forgotten_pseudonyms(connection) if keep_personal else frozenset()
    seals: list[Seal] = []
    for part in found.versions.iter_slices(_STEP_ROWS):
        rows = frame[part["row"]]
        payloads = payload_texts(rows, given.table.record)
        kept = part.with_columns(payloads.alias("payload"), hashes_of(payloads).alias("payload_hash"))
        names = kept.select("key", "change", "hash", "source", "payload", "payload_hash").rows()
        insert_rows(connection, record, [(id_, seq, kind, *row) for id_, row in enumerate(names, at)], _VERSION)
        committed.add((kind, *row[:3], row[5], row[3]) for row in names)
        if keep_personal:
            named = pseudonyms(rows, given.table.record, None if keep_personal is True else keep_personal)
            told = zip(range(at, at + rows.height), named, personal_texts(rows, given.table.record), strict=True)
            seals += keep_personal_rows(connection, _remembered(told, forgotten), seq=seq)
        at += part.height
    for key, said, source in found.reverts.rows():
        seals += _revert(connection, (seq, kind, key, said, source), at, committed)
        at += 1
    gone = [(kind, key, "deleted", "", "", source) for key, source in found.deletions.rows()]
    insert_rows(
        connection,
        record,
        [(id_, seq, *row[:4], row[5], None, "") for id_, row in enumerate(gone, at)],
        _VERSION,
    )
    committed.add(gone)
    first = (connection.scalar(select(func.max(holding.c.id))) or 0) + 1
    says = found.holdings.rows()
    insert_rows(connection, holding, [(id_, seq, kind, *row) for id_, row in enumerate(says, first)], _HOLDING)
    committed.add((kind, *row[:3], "", row[3]) for row in says)
    committed.add(committed_seals(seals))
    return committed


def _remembered(
    told: Iterable[tuple[int, str, str | None]], forgotten: frozenset[str]
) -> Iterator[tuple[int, str, str]]:
    """What is personal and may be kept: not what a book was told to forget."""
    for record_id, pseudonym, fields in told:
        if fields is not None and not (forgotten and digest(pseudonym) in forgotten):
            yield record_id, pseudonym, fields


def _revert(connection: Connection, row: tuple[int, str, str, str, str], at: int, committed: Committed) -> list[Seal]:
    """Bring back what another source says; its version stands in the book already."""
    seq, kind, key, said, source = row
    earlier = select(record.c.id, record.c.payload, record.c.payload_hash).where(
        record.c.kind == kind, record.c.key == key, record.c.hash == said
    )
    old = connection.execute(earlier.order_by(record.c.id.desc()).limit(1)).one()
    new = (at, seq, kind, key, "edited", said, source, old.payload, old.payload_hash)
    insert_rows(connection, record, [new], _VERSION)
    committed.add([(kind, key, "edited", said, old.payload_hash, source)])
    kept = select(personal.c.pseudonym, personal.c.fields).where(personal.c.record_id == old.id)
    return keep_personal_rows(connection, [(at, *one) for one in connection.execute(kept)], seq=seq)
