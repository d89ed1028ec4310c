"""A Spark cluster: buckets are cut and kept by Spark, and decided by its workers."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, Final

import polars as pl

from tieout._spark.sealing import CHANGED, HINT, SEAL, SEAT, held_to, seals_of
from tieout._spark.workers import carried, spoken
from tieout.errors import MatcherError
from tieout.matching._spark.beyond import Asked
from tieout.matching._spark.bounding import Bound
from tieout.matching._spark.bucketing import names_of
from tieout.matching._spark.closing import FIGURES
from tieout.matching._spark.options import OnSpark
from tieout.matching._spark.parcels import (
    BUCKET,
    CHOSEN,
    KINDS,
    PIECES,
    ROWS,
    choosing,
    cutting,
    deciding,
    facts_of,
    looking,
    meeting,
    positioned,
    seats,
    sending,
    unpacked,
)
from tieout.matching._spark.sides import functions_of, numbered, require_numbered, travelling
from tieout.matching._spark.task import BLOCK, PAIRS, POSITION, SIDES, Facts, Frames, Task, joined_facts
from tieout.matching._spark.thinning import Chosen

__all__ = ["SparkCluster"]

_RECORDS_A_BUCKET: Final = 600_000
_NOTHING: Final[Mapping[str, pl.DataType]] = {}
_CLOSED: Final[Mapping[str, pl.DataType]] = {BLOCK: pl.UInt64(), PAIRS: pl.Int64()}
_OPEN_A_PLACE: Final = 300_000
_CLOSED_A_TASK: Final = 10_000_000  # what is asked of them is made ready in each task


class SparkCluster:
    """Sides on Spark, and what became of their buckets.

    Attributes:
        sides: The sides, with positions.
        records: How many records each has.
        rows: What came out of the buckets, which Spark keeps; None before.
    """

    def __init__(self, frames: Mapping[str, Any], schemas: Mapping[str, pl.Schema], options: OnSpark) -> None:
        """Number the records; nothing else is done yet.

        Args:
            frames: DataFrames of Spark, left and right.
            schemas: Their columns.
            options: How.

        Raises:
            MatcherError: Ids are null or not unique.
        """
        self.functions = functions_of(frames["left"])
        self.session = frames["left"].sparkSession
        self.empty: Frames = {name: pl.DataFrame(schema=schema) for name, schema in schemas.items()}
        self._options = options
        self.sides: dict[str, Any] = {}
        self.records: dict[str, int] = {}
        self.rows: Any = None
        self._sealed: Any = None
        self._counted: Mapping[str, int] = {}
        for name, ids in zip(SIDES, options.ids or (None, None), strict=True):
            frame = frames[name].checkpoint() if options.checkpoint else frames[name]
            self.sides[name], self.records[name] = numbered(frame, name, ids)

    def close(self, task: Task) -> tuple[pl.DataFrame, Facts]:
        """Decide every bucket, and keep what came of it."""
        buckets = self._options.buckets or max(1, ceil(sum(self.records.values()) / _RECORDS_A_BUCKET))
        names = names_of(self.session, self.functions, buckets)
        empty = {name: self._none(name) for name in SIDES}
        left, right = (
            travelling(self.sides[name]).mapInArrow(carried(cutting(task, empty, name, names)), PIECES)
            for name in SIDES
        )
        seated = self.session.createDataFrame(seats(names), PIECES)
        pieces = left.unionAll(right).unionAll(seated).repartition(buckets, BUCKET).groupBy(BUCKET)
        rows = pieces.applyInArrow(carried(deciding(task, empty)), ROWS)
        with spoken():
            self.rows = rows.checkpoint() if self._options.checkpoint else rows.persist()
            told = self.rows.filter(self.functions.col("kind") == KINDS["figures"]).select("blob", SEAT, SEAL).toArrow()
        self._hold_to(dict(zip(told[SEAT].to_pylist(), told[SEAL].to_pylist(), strict=True)), buckets)
        said = [unpacked(parcel) for parcel in told["blob"].to_pylist()]
        figures = pl.concat([pl.DataFrame(schema=FIGURES), *(one[0].cast({"figure": pl.Int128}) for one in said)])
        require_numbered(figures, self.records, are_counted=self._options.ids is None)
        self._counted = {
            what: int(figures.filter(pl.col("name") == what)["figure"].sum() or 0)
            for what in ("open records", "closed records", "loose")
        }
        return figures, joined_facts(facts_of(one[1]) for one in said)

    def fetched(self) -> tuple[Frames, Frames]:
        """The rest, and closed records that teach."""
        with spoken():
            parcels = self._parcels("rest", "taught")
        return self._frames(parcels["rest"]), self._frames(parcels["taught"], _CLOSED)

    def met(self, task: Task, bound: Bound) -> Mapping[str, pl.Series]:
        """Positions of the open records that meet one of the other side."""
        places = max(1, ceil(self._counted["open records"] / _OPEN_A_PLACE))
        empty = {name: self._none(name) for name in SIDES}
        going = self._opened().mapInArrow(carried(sending(task, places)), "place long, side tinyint, blob binary")
        together = going.groupBy("place").applyInArrow(
            carried(meeting(task, empty, places)), "side tinyint, position long"
        )
        with spoken():
            found = together.distinct().limit(bound.left + 1).toArrow()
        bound.require(found.num_rows)
        rows = pl.DataFrame({"side": found["side"].to_numpy(), "position": found["position"].to_numpy()})
        return {name: rows.filter(pl.col("side") == at)["position"] for at, name in enumerate(SIDES)}

    def loose(self, chosen: Chosen | None, bound: Bound) -> Frames:
        """Loose records that are chosen; all of them where nothing is said."""
        if chosen is None:
            with spoken():
                return self._frames(self._parcels("loose")["loose"])
        some = self._of_kind("loose").select("blob").mapInArrow(carried(choosing(chosen)), CHOSEN)
        return self._bounded(some, self._counted["loose"], bound)

    def open_on(self, side: str) -> Any:  # noqa: ANN401 - a frame of Spark
        """Positions of the records that are in no closed block: one column, named after the side."""
        return self._opened().mapInArrow(carried(positioned(side)), f"{side} long")

    def _opened(self) -> Any:  # noqa: ANN401
        return self._of_kind("rest", "loose").select("blob")

    def looked_up(self, asked: Asked, bound: Bound) -> Frames:
        """Closed records that are wanted."""
        count = self._counted["closed records"]
        closed = self._of_kind("closed").select("blob").coalesce(max(1, ceil(count / _CLOSED_A_TASK)))
        return self._bounded(closed.mapInArrow(carried(looking(asked)), CHOSEN), count, bound)

    def _bounded(self, parcels: Any, most: int, bound: Bound) -> Frames:  # noqa: ANN401
        """Both sides of parcels that workers choose, of which more than are admitted do not come.

        Args:
            parcels: Columns as in `CHOSEN`.
            most: At most so many records are in them; where that is more than are admitted they are counted first.
            bound: How many are admitted.
        """
        with spoken():
            if most <= bound.left:
                return self._frames(parcels.select("blob").toArrow()["blob"].to_pylist())
            kept = parcels.persist()
            try:
                bound.require(kept.agg(self.functions.sum("records")).toArrow().columns[0][0].as_py() or 0)
                return self._frames(kept.select("blob").toArrow()["blob"].to_pylist())
            finally:
                kept.unpersist()

    def settled(self) -> Any:  # noqa: ANN401 - a frame of Spark
        """Settled pairs: left, right, first, is_raw."""
        return self._of_kind("pair").select("left", "right", "first", "is_raw")

    def _hold_to(self, seals: Mapping[int, int], buckets: int) -> None:
        """From now on only read what came out of the buckets as long as it is what first came out of them."""
        hint = HINT if self._options.checkpoint else f"{HINT}, or checkpoint=True"
        error = MatcherError(CHANGED, where="match on Spark", hint=hint)
        self._sealed = held_to(self.rows, "kind", seals_of(seals, buckets), error, self.functions)

    def _of_kind(self, *kinds: str) -> Any:  # noqa: ANN401
        return self._sealed.filter(self.functions.col("kind").isin([KINDS[kind] for kind in kinds]))

    def _parcels(self, *kinds: str) -> Mapping[str, Sequence[bytes]]:
        """Parcels of these kinds, by kind, brought here by one job."""
        rows = self._of_kind(*kinds).select("kind", "blob").toArrow()
        found: dict[str, list[bytes]] = {kind: [] for kind in kinds}
        names = {KINDS[kind]: kind for kind in kinds}
        for kind, blob in zip(rows["kind"].to_pylist(), rows["blob"].to_pylist(), strict=True):
            found[names[kind]].append(blob)
        return found

    def _frames(self, parcels: Sequence[bytes], more: Mapping[str, pl.DataType] = _NOTHING) -> Frames:
        """Both sides, put together of what the buckets sent; with more columns than their own, also of nothing."""
        cut = [unpacked(parcel) for parcel in parcels]
        return {
            name: pl.concat([self._none(name, more), *(frames[at] for frames in cut)], how="diagonal")
            for at, name in enumerate(SIDES)
        }

    def _none(self, name: str, more: Mapping[str, pl.DataType] = _NOTHING) -> pl.DataFrame:
        return pl.DataFrame(schema={**self.empty[name].schema, POSITION: pl.Int64(), **more})
