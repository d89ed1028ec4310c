"""A cluster in this process: the same steps as on Spark, bucket by bucket, without one."""

from collections.abc import Sequence

import polars as pl

from tieout.matching._spark.beyond import Asked, looked_at
from tieout.matching._spark.closing import FIGURES, SETTLED, Decided, decided
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task
from tieout.matching._workbench import Workbench

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

    def close(self, task: Task) -> pl.DataFrame:
        """Decide every bucket."""
        self._decided = [decided(task, frames) for frames in self._cut(task)]
        left_over = [
            (
                name,
                "left over",
                "",
                sum(frame.height for one in self._decided for frame in (one.rest[name], one.taught[name])),
            )
            for name in SIDES
        ]
        settled = [("left", "pairs", "", self.pairs.height)]
        counted = pl.DataFrame([*left_over, *settled], schema=FIGURES, orient="row")
        return pl.concat([counted, *(one.figures for one in self._decided)])

    def fetched(self) -> tuple[Frames, Frames]:
        """The rest, and closed records that teach."""
        return self._all([one.rest for one in self._decided]), self._all([one.taught for one in self._decided])

    def looked_up(self, asked: Asked) -> Frames:
        """Closed records that are wanted."""
        return self._all([looked_at(asked, one.closed) for one in self._decided])

    def _all(self, parts: Sequence[Frames]) -> Frames:
        return {name: pl.concat(part[name] for part in parts) for name in SIDES}

    def _cut(self, task: Task) -> list[Frames]:
        plan = task.plan(self._frames)
        bench, first = Workbench(plan), plan.rules[0]
        numbers = {}
        for side in (plan.left, plan.right):
            codes = (
                bench.codes(first, side)
                if first.parts
                else pl.Series([None], dtype=pl.UInt64).new_from_index(0, side.frame.height)
            )
            places = self._frames[side.name][POSITION].cast(pl.UInt64)
            numbers[side.name] = codes.zip_with(codes.is_not_null(), places) % self._buckets
        return [
            {name: frame.filter(numbers[name] == bucket) for name, frame in self._frames.items()}
            for bucket in range(self._buckets)
        ]
