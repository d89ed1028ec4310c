"""Forgetting: what a book kept of a person goes, and everything that proves the accounts stays (`domain.md` 6.6)."""

from collections.abc import Iterator
from contextlib import contextmanager

import attrs
from sqlalchemy import Connection, delete, select

from tieout.casebook.actors import Actor, require_actor
from tieout.casebook.canonical import digest
from tieout.casebook.desk import Desk
from tieout.casebook.given import of_kind
from tieout.casebook.log import Draft, Entry, entries
from tieout.casebook.schema import personal
from tieout.casebook.sealing import FORGOTTEN
from tieout.casebook.store import is_postgres
from tieout.errors import CasebookError
from tieout.privacy import mask_text

__all__ = ["ForgettingDesk", "Forgotten", "forgotten_pseudonyms"]


@attrs.frozen(kw_only=True)
class Forgotten:
    """What was forgotten of a person.

    Attributes:
        entry: The entry that says so: with the digest of the pseudonym, never the pseudonym itself.
        records: Versions of records whose personal fields are gone, in order.
        is_erased: Whether the bytes are gone from the database's files too; False while somebody still reads a state from before,
            and calling it again tries again.
    """

    entry: Entry
    records: tuple[int, ...]
    is_erased: bool


class ForgettingDesk(Desk):
    """Deletes personal fields, the only rows of a book that are ever deleted."""

    def forget(self, pseudonym: str, *, actor: Actor, reason: str) -> Forgotten:
        """Delete what the book keeps of a person.

        The log, the records with their hashes, cases, vouchers and packs have no personal data, or have it masked, and stay: the
        law wants accounting evidence kept, and the chain goes on verifying. The bytes go too: SQLite's file is written anew
        without them, PostgreSQL's table likewise. Backups, and what a server archives of its own log, are outside the book.

        Args:
            pseudonym: Whose data it is, as `Pseudonymizer.token` gives it.
            actor: Who does it.
            reason: Why, such as the number of the request; no name.

        Returns:
            What went. Nothing found is noted too: the request was made and answered.

        Raises:
            CasebookError: There is no pseudonym or no reason.
            NotAllowed: The actor may not do it.
            StoreError: The database cannot be written; after the entry is written, calling it again finishes the erasing.
        """
        self.policies.require(require_actor(actor), "forget")
        given: object = pseudonym
        if not isinstance(given, str) or not given:
            raise CasebookError("a pseudonym is needed", where="pseudonym")
        if not of_kind(reason, str, "text", where="reason").strip():
            raise CasebookError("why is to be said, for whoever reads it in thirty years", where="reason")
        with self.store.writing() as connection, _overwriting(connection):
            theirs = personal.c.pseudonym == pseudonym
            found = tuple(connection.scalars(select(personal.c.record_id).where(theirs).order_by(personal.c.record_id)))
            connection.execute(delete(personal).where(theirs))
            body = {"pseudonym_sha256": digest(pseudonym), "rows": len(found), "records": list(found)}
            draft = Draft(kind=FORGOTTEN, body=body, reason=mask_text(reason.strip()))
            noted = self._note(connection, [draft], actor=actor)[0]
        with self.store.outside() as connection:
            is_erased = _erase(connection)
        return Forgotten(entry=noted, records=found, is_erased=is_erased)


def forgotten_pseudonyms(connection: Connection) -> frozenset[str]:
    """Digests of the pseudonyms that were forgotten: what is imported later must not bring them back."""
    return frozenset(one.body["pseudonym_sha256"] for one in entries(connection, kinds=[FORGOTTEN]))


@contextmanager
def _overwriting(connection: Connection) -> Iterator[None]:
    """SQLite writes zeros over what is deleted meanwhile."""
    if is_postgres(connection):
        yield
        return
    before = connection.exec_driver_sql("PRAGMA secure_delete").scalar()
    connection.exec_driver_sql("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA secure_delete = {int(before or 0)}")


def _erase(connection: Connection) -> bool:
    """Write the files anew without what was deleted: pages keep pieces of rows that once stood in them."""
    if is_postgres(connection):
        connection.exec_driver_sql(f"VACUUM (FULL) {personal.name}")
        return True
    connection.exec_driver_sql("VACUUM")
    row = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
    return not row[0]
