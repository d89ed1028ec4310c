"""Sealing: what came out of a bucket is told by one number, and what Spark works out again later is held against it.

Spark keeps what was computed where it was computed, and computes again what was lost with an executor. Where the input has other
rows by then, a frame that is read later would be of others than those that were proved. So rows bear a number of all that came
out of their bucket, these numbers are written down when buckets are first worked out, and rows of another number are an error.
A bucket that has nothing any more would have no row to bear a number: each has a row of its own, its seat, which no input makes.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from types import ModuleType
from typing import TYPE_CHECKING, Final

import polars as pl

from tieout._spark.workers import marked
from tieout.errors import TieoutError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["CHANGED", "COLUMNS", "HINT", "SEAL", "SEAT", "Seal", "held_to", "seals_of"]

SEAT: Final = "seat"
"""Column of the number of the bucket that a row came out of, from 0."""
SEAL: Final = "seal"
"""Column of the number of all that came out of that bucket."""
COLUMNS: Final = f"{SEAT} long, {SEAL} long"
CHANGED: Final = (
    "what Spark worked out again is not what was proved: an executor was lost, and the input reads otherwise now"
)
"""What is wrong with rows of another number."""
HINT: Final = "rows of this frame move between readings: write it down first"
_BYTES: Final = 8


class Seal:
    """The number of some frames, made as they come."""

    def __init__(self) -> None:
        """Of nothing yet."""
        self._sums: dict[str, tuple[int, int]] = {}

    def add(self, name: str, frame: pl.DataFrame) -> None:
        """Take rows of a frame in.

        Args:
            name: Name of the frame.
            frame: Rows; the order in which they come, and in which pieces, changes nothing.
        """
        if frame.height:
            rows, total = self._sums.get(name, (0, 0))
            hashed = frame.hash_rows(1).cast(pl.Int128).sum()
            self._sums[name] = rows + frame.height, total + int(hashed)

    def watched(self, parts: Iterable[tuple[int, str, pl.DataFrame]]) -> Iterator[tuple[int, str, pl.DataFrame]]:
        """The same parts, each taken in as it passes."""
        for bucket, name, frame in parts:
            self.add(name, frame)
            yield bucket, name, frame

    @property
    def number(self) -> int:
        """63 bits."""
        told = json.dumps(sorted(self._sums.items())).encode()
        return int.from_bytes(blake2b(told, digest_size=_BYTES).digest()) >> 1


def seals_of(found: Mapping[int, int], buckets: int) -> Sequence[int]:
    """The numbers of all buckets in their order.

    Args:
        found: Numbers by bucket, as they were first worked out.
        buckets: How many there are.
    """
    if found.keys() != set(range(buckets)):
        raise AssertionError(f"{buckets} buckets were worked out, and {len(found)} have a seal")
    return [found[bucket] for bucket in range(buckets)]


def held_to(
    frame: "DataFrame", column: str, seals: Sequence[int], error: TieoutError, functions: ModuleType
) -> "DataFrame":
    """A frame of Spark whose rows are an error when they are read and their bucket has another number than it had.

    The check is in a column, and whoever picks rows by that column has all rows checked first: a filter of its own before the
    check would leave out the seat of a bucket that lost all the others.

    Args:
        frame: With `seat` and `seal`; rows without a seat are not held to anything.
        column: What rows are picked by.
        seals: The numbers of all buckets.
        error: What is raised, in the words in which `workers.spoken` finds it.
        functions: Functions for columns of this frame.
    """
    seat, own = functions.col(SEAT), functions.col(column)
    known = functions.from_json(functions.lit(json.dumps(list(seals))), "array<bigint>")
    is_same = seat.isNull() | (functions.try_element_at(known, (seat + 1).cast("int")) == functions.col(SEAL))
    refused = functions.raise_error(functions.lit(marked(error)))
    return frame.withColumn(column, functions.when(is_same, own).otherwise(refused))
