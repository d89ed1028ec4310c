"""Seals: what the log commits to of personal fields: a change of them is a fault, a deletion by `forget` is none."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select

from tieout.casebook.bulk import insert_rows
from tieout.casebook.canonical import canonical, digest
from tieout.casebook.log import entries
from tieout.casebook.schema import personal, personal_seal
from tieout.casebook.verifying import Fault

__all__ = ["FORGOTTEN", "Seal", "committed_seals", "keep_personal_rows", "personal_faults"]

FORGOTTEN = "forgotten"
"""Kind of the entries that name versions of records whose personal fields were deleted."""
_BATCH = 10_000
Seal = tuple[int, str]
"""Version of a record, and the hash of what was kept of it."""


def keep_personal_rows(connection: Connection, rows: Iterable[tuple[int, str, str]], *, seq: int) -> list[Seal]:
    """Write personal fields and their seals.

    Args:
        connection: Of `Store.writing`.
        rows: Version of the record, pseudonym and fields as JSON.
        seq: Entry of the import.

    Returns:
        The seals, which the import's entry commits to.
    """
    kept = list(rows)
    seals = [(record_id, _hash(record_id, pseudonym, fields)) for record_id, pseudonym, fields in kept]
    insert_rows(connection, personal, kept, ("record_id", "pseudonym", "fields"))
    insert_rows(connection, personal_seal, [(one, seq, said) for one, said in seals], ("record_id", "seq", "hash"))
    return seals


def committed_seals(seals: Iterable[Seal]) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Seals as rows of the digest of an import."""
    return (("", str(record_id), "sealed", said, "", "") for record_id, said in seals)


def _hash(record_id: int, pseudonym: str, fields: str) -> str:
    """Of the pseudonym too, which is a keyed token: without it nobody can try out what the fields were once they are gone."""
    return digest(canonical([record_id, pseudonym, fields]))


def personal_faults(connection: Connection) -> Iterator[Fault]:
    """Personal fields that are not what was kept, that nobody kept, or that went without being forgotten."""
    gone = {number for one in entries(connection, kinds=[FORGOTTEN]) for number in one.body["records"]}
    joined = (
        select(personal_seal.c.record_id, personal_seal.c.hash, personal.c.pseudonym, personal.c.fields)
        .outerjoin(personal, personal.c.record_id == personal_seal.c.record_id)
        .order_by(personal_seal.c.record_id)
    )
    with connection.execute(joined, execution_options={"yield_per": _BATCH}) as result:
        for record_id, said, pseudonym, fields in result:
            if fields is None and record_id not in gone:
                yield Fault(f"personal fields of version {record_id}", "missing, and nobody forgot them")
            elif fields is not None and _hash(record_id, pseudonym, fields) != said:
                yield Fault(f"personal fields of version {record_id}", "they are not those that were kept")
    strange = (
        select(personal.c.record_id)
        .outerjoin(personal_seal, personal_seal.c.record_id == personal.c.record_id)
        .where(personal_seal.c.record_id.is_(None))
        .order_by(personal.c.record_id)
    )
    for (record_id,) in connection.execute(strange):
        yield Fault(f"personal fields of version {record_id}", "no import kept them")
