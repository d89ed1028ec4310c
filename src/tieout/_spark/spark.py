"""Parts on Apache Spark: it moves them as rows of bytes, and runs what is done with a bucket in its Python workers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Self

import polars as pl

from tieout._spark.installed import is_spark_frame
from tieout._spark.parts import ROWS_A_CELL, First, Part, Work, places_of
from tieout._spark.sealing import CHANGED, COLUMNS, HINT, SEAL, SEAT, Seal, held_to, seals_of
from tieout._spark.settings import CHECKPOINT, ROWS_PER_BUCKET, is_checkpointed, whole_number
from tieout._spark.streams import frame_of_stream, stream_of
from tieout._spark.workers import carried, named, spoken
from tieout.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["SparkCluster", "SparkParts"]

_SCHEMA = "bucket long, name string, payload binary"
_SEALED = f"{_SCHEMA}, {COLUMNS}"
_ROWS_A_BUCKET = 250_000
_ROWS_A_PIECE = 500_000
"""Rows of an input that are cut at once: many, so that what goes to one bucket is not a crumb."""


class SparkParts:
    """Parts as a DataFrame of Spark: `bucket`, `name` and `payload`, the rows as a stream of Arrow.

    Attributes:
        held: The DataFrame.
        is_written: Whether what is kept is written to the session's checkpoint folder.
        behind: What Spark keeps, where `held` only looks at it.
    """

    def __init__(self, frame: "DataFrame", *, is_written: bool = False, behind: "DataFrame | None" = None) -> None:
        """Take a frame of these columns."""
        self.held = frame
        self.is_written = is_written
        self.behind = frame if behind is None else behind

    def regrouped(self, work: Work) -> Self:
        """Other parts, made of these bucket by bucket."""
        return self._of(self.held.groupBy("bucket").applyInArrow(carried(_bucket_worker(work)), _SCHEMA))

    def sealed(self, work: Work, buckets: int, *, where: str) -> Self:
        """The same, kept, and worked out once by a job of its own: what is worked out again later must be what it was."""
        sf = _functions()

        seats = self.held.sparkSession.createDataFrame(_seats(buckets), schema=_SCHEMA)
        together = self.held.unionByName(seats).groupBy("bucket")
        kept = self._of(together.applyInArrow(carried(_sealed_worker(work)), _SEALED)).kept().held
        with spoken():
            told = kept.where(sf.col("name") == SEAL).select(SEAT, SEAL).toArrow()
        seals = seals_of(dict(zip(told[SEAT].to_pylist(), told[SEAL].to_pylist(), strict=True)), buckets)
        error = InputError(CHANGED, where=where, hint=f"{HINT}, or set {CHECKPOINT} to true")
        rows = held_to(kept, "name", seals, error, sf).where(sf.col("name") != SEAL)
        return type(self)(rows.select("bucket", "name", "payload"), is_written=self.is_written, behind=kept)

    def beside(self, others: Iterable[Self]) -> Self:
        """These parts and others."""
        frame = self.held
        for other in others:
            frame = frame.unionByName(other.held)
        return self._of(frame)

    def named(self, *names: str) -> Self:
        """Those parts that are of frames of these names."""
        return self._where(names, is_of=True)

    def without(self, *names: str) -> Self:
        """Those parts that are of frames of other names."""
        return self._where(names, is_of=False)

    def kept(self) -> Self:
        """The same parts, kept in memory and on disk from the first time that they are worked out, or written down now."""
        if not self.is_written:
            return self._of(self.held.persist())
        with spoken():
            return self._of(self.held.checkpoint())

    def released(self) -> None:
        """Forget what `kept` kept; what it wrote goes when Spark cleans the folder."""
        if not self.is_written:
            self.behind.unpersist()

    def fetched(self, *names: str) -> dict[str, pl.DataFrame]:
        """Frames of these names here, each in no order, those without any row left out."""
        with spoken():
            table = self.named(*names).held.select("name", "payload").toArrow()
        return {name: pl.concat(frames, how="diagonal") for name, frames in _frames_of(table).items()}

    def frame(self, name: str, like: pl.DataFrame) -> "DataFrame":
        """A DataFrame of Spark."""
        from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema  # noqa: PLC0415

        like = _plain(like.clear())
        made = from_arrow_schema(like.to_arrow().schema)
        # The JVM takes lists and texts of 32 bits alone.
        small = to_arrow_schema(made, timezone="UTC")
        return self.named(name).held.select("payload").mapInArrow(carried(_frame_worker(like, small)), made)

    def _where(self, names: Sequence[str], *, is_of: bool) -> Self:
        sf = _functions()

        return self._of(self.held.where(sf.col("name").isin(*names) == sf.lit(is_of)))

    def _of(self, frame: "DataFrame") -> Self:
        return type(self)(frame, is_written=self.is_written)


class SparkCluster:
    """The Spark of a session."""

    def __init__(self, session: "SparkSession") -> None:
        """Take a session, classic or Connect.

        Raises:
            InputError: `spark.tieout.checkpoint` is neither `true` nor `false`, or there is no folder for checkpoints.
        """
        self._session = session
        self._is_written = is_checkpointed(session.conf)
        if self._is_written:
            _require_folder(session)

    def takes(self, source: object) -> bool:
        """Whether it is a DataFrame of Spark."""
        return is_spark_frame(source)

    def columns(self, source: Any) -> pl.DataFrame:  # noqa: ANN401 - what `takes` takes
        """The columns of a DataFrame of Spark as Polars has them, without a job."""
        from pyspark.sql.pandas.types import to_arrow_schema  # noqa: PLC0415

        return pl.DataFrame(to_arrow_schema(source.schema, timezone="UTC").empty_table())

    def rows(self, source: Any) -> int:  # noqa: ANN401 - what `takes` takes
        """How many rows a DataFrame of Spark has, by a job."""
        with spoken():
            return int(source.count())

    def brought(self, source: Any) -> pl.DataFrame:  # noqa: ANN401 - what `takes` takes
        """A DataFrame of Spark here: for few rows."""
        with spoken():
            return pl.DataFrame(source.toArrow())

    def scattered(self, source: Any, first: First) -> SparkParts:  # noqa: ANN401 - what `takes` takes
        """A DataFrame of Spark as parts, piece by piece."""
        return SparkParts(source.mapInArrow(carried(_piece_worker(first)), _SCHEMA), is_written=self._is_written)

    def parts(self, parts: Iterable[Part]) -> SparkParts:
        """Parts of frames that are here."""
        table = _packed(parts)
        return SparkParts(self._session.createDataFrame(table, schema=_SCHEMA), is_written=self._is_written)

    def buckets(self, rows: int) -> int:
        """One for so many rows as the session's `spark.tieout.rowsPerBucket` says, or 250,000."""
        return max(1, -(-rows // whole_number(self._session.conf, ROWS_PER_BUCKET, _ROWS_A_BUCKET)))


def _require_folder(session: "SparkSession") -> None:
    """Refuse to go on where a checkpoint cannot be written: of nothing, so that it is known before anything is read."""
    try:
        session.range(0).checkpoint()
    except Exception as cause:  # classic and Connect have errors of their own
        if "checkpoint" not in str(cause).lower():
            raise
        raise InputError(
            "there is no folder to write checkpoints to",
            where=CHECKPOINT,
            hint="name a folder that all workers reach: SparkContext.setCheckpointDir, or spark.checkpoint.dir",
        ) from None


def _functions() -> ModuleType:
    return import_module("pyspark.sql.functions")  # an extra: only who has Spark comes here


def _arrow() -> ModuleType:
    return import_module("pyarrow")  # as above


def _bucket_worker(work: Work) -> "Callable[[pa.Table], pa.Table]":
    def worker(table: "pa.Table") -> "pa.Table":
        with named(f"bucket {table['bucket'][0].as_py()}"):
            return _packed(work({name: pl.concat(frames) for name, frames in _frames_of(table).items()}))

    return worker


def _sealed_worker(work: Work) -> "Callable[[pa.Table], pa.Table]":
    def worker(table: "pa.Table") -> "pa.Table":
        pa = _arrow()

        seat = table["bucket"][0].as_py()
        with named(f"bucket {seat}"):
            frames = {name: pl.concat(frames) for name, frames in _frames_of(table).items()}
            seal = Seal()
            made = _packed(seal.watched(work(frames)) if frames else ())
        every = pa.concat_tables([_row(seat, SEAL), made])
        numbers = ((SEAT, seat), (SEAL, seal.number))
        for name, number in numbers:
            every = every.append_column(name, pa.repeat(pa.scalar(number, pa.int64()), every.num_rows))
        return every

    return worker


def _seats(buckets: int) -> "pa.Table":
    """A row for each bucket, so that each is worked out though it has no records."""
    pa = _arrow()

    return pa.concat_tables([_row(bucket, SEAT) for bucket in range(buckets)])


def _row(bucket: int, name: str) -> "pa.Table":
    pa = _arrow()

    columns = [pa.array([bucket], pa.int64()), pa.array([name]), pa.array([b""], pa.binary())]
    return pa.table(columns, names=["bucket", "name", "payload"])


def _frames_of(table: "pa.Table") -> dict[str, list[pl.DataFrame]]:
    frames: dict[str, list[pl.DataFrame]] = {}
    for name, payload in zip(table["name"].to_pylist(), table["payload"], strict=True):
        if name != SEAT:
            frames.setdefault(name, []).append(frame_of_stream(payload.as_py()))
    return frames


def _piece_worker(first: First) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    def worker(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        from pyspark import TaskContext  # noqa: PLC0415 - there is one in every worker

        task = TaskContext.get()
        part = 0 if task is None else task.partitionId()
        start = 0
        for piece in _pieces(batches):
            placed = piece.with_columns(places_of(part, start, piece.height))
            start += piece.height
            with named(f"rows up to {start:,} of part {part} of the input"):
                made = _packed(first(placed)).to_batches()
            yield from made

    return worker


def _pieces(batches: "Iterator[pa.RecordBatch]") -> Iterator[pl.DataFrame]:
    held: list[pl.DataFrame] = []
    for batch in batches:
        frame = pl.from_arrow(batch)
        if isinstance(frame, pl.DataFrame) and frame.height:
            held.append(frame)
        if sum(frame.height for frame in held) >= _ROWS_A_PIECE:
            yield pl.concat(held)
            held = []
    if held:
        yield pl.concat(held)


def _frame_worker(
    like: pl.DataFrame, schema: "pa.Schema"
) -> "Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]":
    def worker(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        for batch in batches:
            for payload in batch.column("payload"):
                frame = pl.concat([like, _plain(frame_of_stream(payload.as_py()))], how="diagonal").select(like.columns)
                yield from frame.to_arrow().cast(schema).combine_chunks().to_batches()

    return worker


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with types that Spark has, and as exact."""
    return frame.with_columns(pl.selectors.unsigned_integer().cast(pl.Int64))


def _packed(parts: Iterable[Part]) -> "pa.Table":
    pa = _arrow()

    buckets: list[int] = []
    names: list[str] = []
    payloads: list[bytes] = []
    for bucket, name, frame in parts:
        for start in range(0, frame.height, ROWS_A_CELL):
            buckets.append(bucket)
            names.append(name)
            payloads.append(stream_of(frame.slice(start, ROWS_A_CELL)))
    return pa.table(
        {
            "bucket": pa.array(buckets, pa.int64()),
            "name": pa.array(names, pa.string()),
            "payload": pa.array(payloads, pa.binary()),
        }
    )
