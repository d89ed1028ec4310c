"""Parts: frames by name in buckets, and what can be done with them wherever they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, Self
from zlib import crc32

import polars as pl

__all__ = [
    "PLACE",
    "ROWS_A_CELL",
    "Cluster",
    "First",
    "Frames",
    "Part",
    "Parts",
    "Work",
    "bucket_of",
    "part_expr",
    "places_of",
    "row_expr",
    "split",
]

PLACE = "place"
"""Column that says where a row stands: the number of its part of the input and its own number in that."""
ROWS_A_CELL = 50_000
"""Most rows of a frame that travel as one piece: some ten megabytes."""
_ROWS_OF_A_PART = 2**33

Part = tuple[int, str, pl.DataFrame]
"""Rows of a frame on their way: the bucket that they go to, the name of the frame, and the rows."""
Frames = Mapping[str, pl.DataFrame]
"""The frames of one bucket by name; one without any row may be absent."""
Work = Callable[[Frames], Iterable[Part]]
"""What is done with one bucket: its frames in, parts for any bucket out. It travels to other machines, so it is pickled."""
First = Callable[[pl.DataFrame], Iterable[Part]]
"""What is done with a piece of an input, whose rows have their `PLACE`."""


class Parts(Protocol):
    """Frames in buckets."""

    def regrouped(self, work: Work) -> Self:
        """Other parts, made of these bucket by bucket."""
        ...  # pyright takes a bare docstring for a body that returns None

    def sealed(self, work: Work, buckets: int, *, where: str) -> Self:
        """The same, kept: what is worked out again because it was lost must be what it was, or reading it is an `InputError`.

        Args:
            work: What is done with one bucket; with one that has no records nothing is done.
            buckets: How many buckets there are.
            where: Whose parts they are, for the error.
        """
        ...

    def beside(self, others: Iterable[Self]) -> Self:
        """These parts and others."""
        ...

    def named(self, *names: str) -> Self:
        """Those parts that are of frames of these names."""
        ...

    def without(self, *names: str) -> Self:
        """Those parts that are of frames of other names."""
        ...

    def kept(self) -> Self:
        """The same parts, worked out once though they are looked at several times."""
        ...

    def released(self) -> None:
        """Forget what `kept` kept."""
        ...

    def fetched(self, *names: str) -> dict[str, pl.DataFrame]:
        """Frames of these names here, each in no order, those without any row left out.

        It is for figures, which do not grow with the records.
        """
        ...

    def frame(self, name: str, like: pl.DataFrame) -> Any:  # noqa: ANN401 - a frame of the cluster's own
        """A frame of the cluster's own kind, in no order, with the columns of `like`; those that it lacks are null."""
        ...


class Cluster(Protocol):
    """Where parts are."""

    def takes(self, source: object) -> bool:
        """Whether something is a frame of the cluster's own kind."""
        ...  # pyright takes a bare docstring for a body that returns None

    def columns(self, source: object) -> pl.DataFrame:
        """A frame without rows that has the columns of one of the cluster's."""
        ...

    def rows(self, source: object) -> int:
        """How many rows a frame of the cluster's own kind has."""
        ...

    def brought(self, source: object) -> pl.DataFrame:
        """A frame of the cluster's own kind here: for few rows."""
        ...

    def scattered(self, source: object, first: First) -> Any:  # noqa: ANN401 - its own Parts
        """A frame of the cluster's own kind as parts."""
        ...

    def parts(self, parts: Iterable[Part]) -> Any:  # noqa: ANN401 - its own Parts
        """Parts of frames that are here."""
        ...

    def buckets(self, rows: int) -> int:
        """Into how many buckets so many rows are cut."""
        ...


def places_of(part: int, start: int, rows: int) -> pl.Series:
    """Where rows stand: they follow each other in the order of these numbers.

    Args:
        part: Number of their part of the input.
        start: Number of the first of them in it.
        rows: How many they are.
    """
    first = part * _ROWS_OF_A_PART + start
    return pl.int_range(first, first + rows, dtype=pl.Int64, eager=True).alias(PLACE)


def part_expr(place: pl.Expr) -> pl.Expr:
    """The part of the input that a place is in."""
    return place // _ROWS_OF_A_PART


def row_expr(place: pl.Expr) -> pl.Expr:
    """The number of a place within its part of the input."""
    return place % _ROWS_OF_A_PART


def bucket_of(names: pl.Series, buckets: int) -> pl.Series:
    """The bucket of each name, the same on every machine: Polars' own hash promises no such thing.

    Args:
        names: Text without nulls.
        buckets: How many buckets there are.
    """
    different = names.unique()
    numbers = [crc32(name.encode()) % buckets for name in different]
    told = pl.DataFrame({"name": different, "bucket": pl.Series(numbers, dtype=pl.Int64)})
    return names.to_frame("name").join(told, on="name", how="left", maintain_order="left")["bucket"]


def split(name: str, frame: pl.DataFrame, by: Sequence[str], buckets: int) -> Iterator[Part]:
    """The rows of a frame on their way to buckets by what some columns say; those who say the same meet.

    Args:
        name: Name of the frame.
        frame: Its rows.
        by: Columns; a null says the same as another.
        buckets: How many buckets there are.
    """
    if not frame.height:
        return
    texts = [pl.col(column).cast(pl.String).fill_null("\x00") for column in by]
    stems = frame.select(pl.concat_str(texts, separator="\x1f").alias("stem")).to_series()
    for bucket, rows in (
        frame.with_columns(bucket_of(stems, buckets).alias("_bucket"))
        .partition_by("_bucket", as_dict=True, maintain_order=True, include_key=False)
        .items()
    ):
        yield int(bucket[0]), name, rows
