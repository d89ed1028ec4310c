"""Checks that an empty file and one that is cut off are found out."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from tieout.errors import InputError
from tieout.sources import Batch
from tieout.testing._golden import Golden
from tieout.testing._snapshot import rows_of
from tieout.testing._verdict import fail, require, some

__all__ = ["check_cut", "check_empty"]

_CUTS: Final = 8
_EMPTY: Final = (b"", b"\n\n", b"\xef\xbb\xbf")
_OF_THE_FILE: Final = ("source_format", "source_sha256", "source_file", "source_sheet", "bill_no")


def check_empty(golden: Golden) -> None:
    """A file of nothing is refused."""
    for data in _EMPTY:
        try:
            golden.read(data)
        except InputError:
            continue
        fail(f"{data!r} to be refused with an InputError", "that it is read")


def check_cut(golden: Golden) -> None:
    """A file that is cut off is refused, or gives some of the records and never another one, and accounts for its lines.

    Where the cut falls into a line and its record changes, as the last digits of a last cell can, the file is refused, or the
    control does not hold, or a note says that its end is open.
    """
    whole = rows_of(golden.batch.records.to_polars(), without=_OF_THE_FILE)
    for length in _lengths(len(golden.data)):
        try:
            batch = golden.read(golden.data[:length])
        except InputError:
            continue
        part = rows_of(batch.records.to_polars(), without=_OF_THE_FILE)
        last = max((row["source_line"] for row in part), default=0)
        strange = [row for row in part if not any(_is_part(row, other) for other in whole)]
        hidden = (
            strange if not _is_told(batch, golden.batch) else [row for row in strange if row["source_line"] != last]
        )
        place = f"cut after {length:,} of {len(golden.data):,} bytes"
        require(
            not hidden,
            f"a file {place} to be refused or to give nothing else",
            f"records that it does not hold: {some(hidden)}",
        )
        off = [check for check in batch.control.checks if check.name == "lines" and not check.holds]
        require(not off, f"all lines of a file {place} to be accounted for", some(off))


def _lengths(size: int) -> Iterator[int]:
    yield from sorted({size * step // _CUTS for step in range(1, _CUTS)} | {max(size - less, 0) for less in (2, 3, 4)})


def _is_told(batch: Batch, whole: Batch) -> bool:
    """Whether a person sees that something is wrong with the end of a file."""
    return not batch.control.holds or bool({note.code for note in batch.notes} - {note.code for note in whole.notes})


def _is_part(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether all that a row says, the other says too; columns that are all blank in a part are absent there."""
    return all(other.get(name) == value for name, value in row.items())
