"""Verifying: whether the log is as it was written, entry by entry, and where it is not."""

from collections.abc import Iterator

import attrs
from sqlalchemy import Connection, select

from tieout.archive import GENESIS, Fault
from tieout.archive.links import Link
from tieout.casebook.log import last
from tieout.casebook.schema import entry

__all__ = ["Fault", "Verification", "anchor_faults", "log_faults"]

_BATCH = 10_000


@attrs.frozen(kw_only=True)
class Verification:
    """What looking at every row of a book gave.

    Attributes:
        entries: How many entries were looked at.
        records: How many versions of records.
        head: Hash of the last entry: kept elsewhere, it proves later that the book was not written anew.
        faults: Every place that is not as it was written; empty when all is well.
    """

    entries: int
    records: int
    head: str
    faults: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was touched."""
        return not self.faults


def log_faults(connection: Connection) -> Iterator[Fault]:
    """Entries that are missing, changed or out of order."""
    link = Link()
    with connection.execute(select(entry).order_by(entry.c.seq), execution_options={"yield_per": _BATCH}) as result:
        for row in result.mappings():
            yield from link.faults(row)
    seq, hash_ = last(connection)
    if seq >= link.seq:
        yield Fault(f"entries {link.seq} to {seq}", "missing at the end of the log")
    elif (seq, hash_) != (link.seq - 1, link.previous):
        yield Fault("head", f"the log was written on behind entry {seq} without the book's knowledge")


def anchor_faults(connection: Connection, anchor: str) -> Iterator[Fault]:
    """Whether the log still has the entry whose hash was kept elsewhere: if not, it was written anew."""
    if connection.scalar(select(entry.c.seq).where(entry.c.hash == anchor).limit(1)) is None and anchor != GENESIS:
        yield Fault("anchor", "no entry has the hash that was kept elsewhere: the log was written anew")
