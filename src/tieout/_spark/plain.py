"""A cluster that is this process: what Spark does, without it."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Self

import polars as pl

from tieout._spark.parts import First, Part, Work, places_of

__all__ = ["PlainCluster", "PlainParts"]


class PlainParts:
    """Parts in this process.

    Attributes:
        held: The parts.
    """

    def __init__(self, parts: Sequence[Part]) -> None:
        """Take parts."""
        self.held = tuple(parts)

    def regrouped(self, work: Work) -> Self:
        """Other parts, made of these bucket by bucket."""
        buckets: dict[int, dict[str, list[pl.DataFrame]]] = {}
        for bucket, name, frame in self.held:
            buckets.setdefault(bucket, {}).setdefault(name, []).append(frame)
        made: list[Part] = []
        for bucket in sorted(buckets):
            made.extend(work({name: pl.concat(frames) for name, frames in buckets[bucket].items()}))
        return type(self)(made)

    def sealed(self, work: Work, buckets: int, *, where: str) -> Self:
        """Other parts, made of these bucket by bucket; nothing here is worked out again."""
        del buckets, where
        return self.regrouped(work)

    def beside(self, others: Iterable[Self]) -> Self:
        """These parts and others."""
        return type(self)([*self.held, *chain.from_iterable(other.held for other in others)])

    def named(self, *names: str) -> Self:
        """Those parts that are of frames of these names."""
        return type(self)([part for part in self.held if part[1] in names])

    def without(self, *names: str) -> Self:
        """Those parts that are of frames of other names."""
        return type(self)([part for part in self.held if part[1] not in names])

    def kept(self) -> Self:
        """The same: they are worked out already."""
        return self

    def released(self) -> None:
        """Nothing: they go when nobody has them any more."""

    def fetched(self, *names: str) -> dict[str, pl.DataFrame]:
        """Frames of these names here, each in no order, those without any row left out."""
        found: dict[str, list[pl.DataFrame]] = {}
        for _, name, frame in self.held:
            if name in names:
                found.setdefault(name, []).append(frame)
        return {name: pl.concat(frames, how="diagonal") for name, frames in found.items()}

    def frame(self, name: str, like: pl.DataFrame) -> pl.DataFrame:
        """A Polars frame."""
        frames = [frame for _, other, frame in self.held if other == name]
        return pl.concat([like.clear(), *frames], how="diagonal").select(like.columns)


class PlainCluster:
    """A cluster without machines.

    Attributes:
        count: How many buckets it cuts into.
        piece: Most rows of a piece of an input.
    """

    def __init__(self, count: int, *, piece: int = 10) -> None:
        """Say how to cut."""
        self.count = count
        self.piece = piece

    def takes(self, source: object) -> bool:
        """Whether it is a Polars frame."""
        return isinstance(source, pl.DataFrame)

    def columns(self, source: Any) -> pl.DataFrame:  # noqa: ANN401 - what `takes` takes
        """The frame without its rows."""
        frame: pl.DataFrame = source
        return frame.clear()

    def rows(self, source: Any) -> int:  # noqa: ANN401 - what `takes` takes
        """How many rows it has."""
        frame: pl.DataFrame = source
        return frame.height

    def brought(self, source: Any) -> pl.DataFrame:  # noqa: ANN401 - what `takes` takes
        """The frame."""
        frame: pl.DataFrame = source
        return frame

    def scattered(self, source: Any, first: First) -> PlainParts:  # noqa: ANN401 - what `takes` takes
        """A Polars frame as parts, piece by piece."""
        frame: pl.DataFrame = source
        pieces = [frame.slice(start, self.piece) for start in range(0, frame.height, self.piece)]
        made = [first(piece.with_columns(places_of(part, 0, piece.height))) for part, piece in enumerate(pieces)]
        return PlainParts(list(chain.from_iterable(made)))

    def parts(self, parts: Iterable[Part]) -> PlainParts:
        """Parts of frames."""
        return PlainParts(list(parts))

    def buckets(self, rows: int) -> int:
        """As many as it was told."""
        del rows
        return self.count
