"""A cluster in this process: the same steps as on Spark, bucket by bucket, without one."""

from collections.abc import Mapping, Sequence

import polars as pl

from tieout.matching._spark.beyond import Asked, Looking
from tieout.matching._spark.bounding import Bound
from tieout.matching._spark.bucketing import numbers_of
from tieout.matching._spark.closing import SETTLED, Decided, counted, decided
from tieout.matching._spark.task import POSITION, SIDES, Facts, Frames, Task, joined_facts
from tieout.matching._spark.thinning import Chosen, Sent, met, sent

__all__ = ["PlainCluster"]


class PlainCluster:
    """Buckets of frames that are here."""

    def __init__(self, frames: Frames, buckets: int) -> None:
        """Nothing is decided yet.

        Args:
            frames: Both sides, without positions.
            buckets: How many.
        """
        self._frames = {
            name: frame.with_row_index(POSITION).cast({POSITION: pl.Int64}) for name, frame in frames.items()
        }
        self._buckets = buckets
        self._decided: Sequence[Decided] = ()

    @property
    def pairs(self) -> pl.DataFrame:
        """Pairs that are settled."""
        return pl.concat([pl.DataFrame(schema=SETTLED), *(one.pairs for one in self._decided)])

    def close(self, task: Task) -> tuple[pl.DataFrame, Facts]:
        """Decide every bucket."""
        self._decided = [decided(task, frames) for frames in self._cut(task)]
        figures = pl.concat(counted(one) for one in self._decided)
        return figures, joined_facts(one.facts for one in self._decided)

    def fetched(self) -> tuple[Frames, Frames]:
        """The rest, and closed records that teach."""
        return self._all([one.rest for one in self._decided]), self._all([one.taught for one in self._decided])

    def met(self, task: Task, bound: Bound) -> Mapping[str, pl.Series]:
        """Open records that meet one of the other side."""
        places: dict[tuple[int, int], list[Sent]] = {}
        for one in self._decided:
            opened = {name: pl.concat([one.rest[name], one.loose[name]]) for name in SIDES}
            for some in sent(task, opened, self._buckets):
                places.setdefault((some.subject, some.bucket), []).append(some)
        found = [met(task, subject, self._of(some)) for (subject, _), some in places.items()]
        nobody = pl.Series(dtype=pl.Int64)
        positions = {name: pl.concat([nobody, *(one[name] for one in found)]).unique() for name in SIDES}
        bound.require(sum(some.len() for some in positions.values()))
        return positions

    def loose(self, chosen: Chosen | None, bound: Bound) -> Frames:
        """Loose records that are chosen."""
        return self._bounded([one.loose if chosen is None else chosen.of(one.loose) for one in self._decided], bound)

    def looked_up(self, asked: Asked, bound: Bound) -> Frames:
        """Closed records that are wanted."""
        looking = Looking(asked)
        return self._bounded([looking.at(one.closed) for one in self._decided], bound)

    def _of(self, some: Sequence[Sent]) -> Frames:
        empty = {name: frame.clear() for name, frame in self._frames.items()}
        return {name: pl.concat([empty[name], *(one.records for one in some if one.side == name)]) for name in SIDES}

    def _bounded(self, parts: Sequence[Frames], bound: Bound) -> Frames:
        bound.require(sum(frame.height for part in parts for frame in part.values()))
        return self._all(parts)

    def _all(self, parts: Sequence[Frames]) -> Frames:
        return {name: pl.concat(part[name] for part in parts) for name in SIDES}

    def _cut(self, task: Task) -> list[Frames]:
        numbers = {name: numbers_of(task, self._frames, name, self._buckets) for name in SIDES}
        return [
            {name: frame.filter(numbers[name] == bucket) for name, frame in self._frames.items()}
            for bucket in range(self._buckets)
        ]
