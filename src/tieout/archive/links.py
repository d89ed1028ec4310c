"""Links: how an entry of a log names the one before it, and what a broken link is told as."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any, Protocol

import attrs

from tieout.archive.faults import Fault

__all__ = ["GENESIS", "HASHED", "Link", "Row", "entry_hash", "json_text", "sha256_of"]

GENESIS = "0" * 64
"""What the first entry of a log, and the first file of a pack, names as the hash before it."""
HASHED = ("seq", "kind", "at", "actor", "roles", "reason", "subject", "body", "previous")
"""Columns of an entry that its hash is made of, in this order."""


class Row(Protocol):
    """Anything that gives a column by its name."""

    def __getitem__(self, name: str, /) -> Any:  # noqa: ANN401 - whatever the column holds
        """A column."""


def json_text(value: object) -> str:
    """JSON with sorted keys and no spaces: one text for one value, for ever."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_of(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def entry_hash(row: Row) -> str:
    """The hash of an entry: of all its columns but the hash itself.

    Args:
        row: Its columns as the log has them: `roles` a text, `body` the canonical JSON text.

    Returns:
        64 hex digits.

    Example:
        >>> first = dict(seq=1, kind="note", at="2026-10-01T08:00:00.000000Z", actor="wang", roles="logistics",
        ...     reason=None, subject=None, body="{}", previous=GENESIS)
        >>> entry_hash(first)[:8]
        '5a7397dd'
    """
    return sha256_of(json_text([row[name] for name in HASHED]))


@attrs.define
class Link:
    """Where a walk along a log stands.

    Attributes:
        seq: Number of the entry that comes next.
        previous: Hash that it has to name.
    """

    seq: int = 1
    previous: str = GENESIS

    def faults(self, row: Row) -> Iterator[Fault]:
        """What is wrong with the entry that comes next, and move on behind it."""
        seq = row["seq"]
        if seq > self.seq:
            yield Fault(f"entry {self.seq}" if seq == self.seq + 1 else f"entries {self.seq} to {seq - 1}", "missing")
        elif seq < self.seq:
            yield Fault(f"entry {seq}", f"it stands where entry {self.seq} belongs")
        elif row["previous"] != self.previous:
            yield Fault(f"entry {seq}", "it does not follow the entry before it: one of the two was changed")
        if entry_hash(row) != row["hash"]:
            yield Fault(f"entry {seq}", "its text is not what its hash was made of")
        self.seq, self.previous = seq + 1, row["hash"]
