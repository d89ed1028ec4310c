"""Verifying: whether the log is as it was written, entry by entry, and where it is not."""

from collections.abc import Iterator

import attrs
from sqlalchemy import Connection, select

from tieout.casebook.log import GENESIS, hash_of, last
from tieout.casebook.schema import entry

__all__ = ["Fault", "Verification", "log_faults"]

_BATCH = 10_000


@attrs.frozen
class Fault:
    """One place where a book is not as it was written.

    Attributes:
        where: What it concerns, such as `entry 17`.
        found: What is wrong with it.
    """

    where: str
    found: str

    def __str__(self) -> str:
        """Both in one line."""
        return f"{self.where}: {self.found}"


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
    expected, previous = 1, GENESIS
    with connection.execution_options(yield_per=_BATCH).execute(select(entry).order_by(entry.c.seq)) as result:
        for row in result.mappings():
            seq = row["seq"]
            if seq != expected:
                gone = f"entry {expected}" if seq == expected + 1 else f"entries {expected} to {seq - 1}"
                yield Fault(gone, "missing")
            elif row["previous"] != previous:
                yield Fault(f"entry {seq}", "it does not follow the entry before it: one of the two was changed")
            if hash_of(row) != row["hash"]:
                yield Fault(f"entry {seq}", "its text is not what its hash was made of")
            expected, previous = seq + 1, row["hash"]
    seq, hash_ = last(connection)
    if seq >= expected:
        yield Fault(f"entries {expected} to {seq}", "missing at the end of the log")
    elif (seq, hash_) != (expected - 1, previous):
        yield Fault("head", f"the log was written on behind entry {seq} without the book's knowledge")
