"""Parcels: what travels between the driver and the workers, as bytes and as rows of Arrow."""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import polars as pl
import pyarrow as pa

from tieout.errors import MatcherError
from tieout.matching._spark.beyond import Asked, looked_at
from tieout.matching._spark.closing import FIGURES, Decided, decided
from tieout.matching._spark.task import POSITION, SIDES, Frames, Task

__all__ = [
    "BUCKET",
    "KINDS",
    "MARK",
    "ROWS",
    "deciding",
    "frame_of",
    "looking",
    "packed",
    "said_by",
    "telling",
    "unpacked",
]

BUCKET = "tieout:bucket"
"""Column of a record's bucket."""
KINDS = {"pair": 0, "rest": 1, "taught": 2, "closed": 3, "figures": 4}
"""What a row is."""
ROWS = "kind tinyint, left long, right long, first long, is_raw boolean, blob binary"
"""Columns of what comes out of a bucket: settled pairs, and frames as bytes."""
MARK = "tieout-matcher-error:"
"""Before an error of ours, as JSON, in the text of one of Spark."""

_RECORDS = 200_000  # of one parcel
_ARROW = pa.schema(
    [
        ("kind", pa.int8()),
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("first", pa.int64()),
        ("is_raw", pa.bool_()),
        ("blob", pa.binary()),
    ]
)


def packed(*frames: pl.DataFrame) -> bytes:
    """Frames as bytes."""
    streams = []
    for frame in frames:
        stream = io.BytesIO()
        frame.write_ipc_stream(stream, compression="lz4")
        streams.append(stream.getvalue())
    return b"".join([json.dumps([len(one) for one in streams]).encode(), b"\n", *streams])


def unpacked(parcel: bytes) -> list[pl.DataFrame]:
    """The frames that were packed."""
    end = parcel.index(b"\n")
    frames, start = [], end + 1
    for length in json.loads(parcel[:end]):
        frames.append(pl.read_ipc_stream(io.BytesIO(parcel[start : start + length])))
        start += length
    return frames


def deciding(task: Task, schemas: dict[str, pl.Schema]) -> Callable[[pa.Table, pa.Table], pa.Table]:
    """What a worker does with a bucket.

    Args:
        task: What is carried out.
        schemas: Columns of both sides, `POSITION` among them.
    """

    def decide(left: pa.Table, right: pa.Table) -> pa.Table:
        named = left if left.num_rows else right
        where = f"bucket {named[BUCKET][0]}" if named.num_rows else "a bucket"
        with telling(where, task):
            frames = {name: frame_of(table, schemas[name]) for name, table in zip(SIDES, (left, right), strict=True)}
            return _rows(decided(task, frames), frames)

    return decide


def looking(asked: Asked) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What a worker does with parcels of closed records: it gives those that are wanted.

    Args:
        asked: What is wanted.
    """

    def look(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for parcel in batch.column(0):
                with telling("closed blocks", asked.task):
                    frames = looked_at(asked, dict(zip(SIDES, unpacked(parcel.as_py()), strict=True)))
                if not frames["left"].is_empty():
                    yield pa.record_batch([pa.array([packed(*frames.values())], pa.binary())], names=["blob"])

    return look


class telling:  # noqa: N801 - used as a function is
    """Errors of ours with their words where Spark shows them; others with where they arose."""

    def __init__(self, where: str, task: Task) -> None:
        self._where = where
        self._rule = f"rule {task.rules[0].name!r}"

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, Exception):
            return
        if isinstance(error, MatcherError):
            said: dict[str, str | None] = {"problem": error.problem, "where": error.where, "hint": error.hint}
        else:
            problem = f"{self._where} could not be decided: {type(error).__name__}: {error}"
            said = {"problem": problem, "where": self._rule, "hint": None}
        raise RuntimeError(f"{MARK}{json.dumps(said)}\n") from error


def frame_of(table: pa.Table, schema: pl.Schema) -> pl.DataFrame:
    """The columns of a schema, of a table of Arrow that may have others."""
    frame = pl.from_arrow(table.select(list(schema)))
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table of Arrow is a frame")
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _rows(found: Decided, frames: Frames) -> pa.Table:
    """What comes out of a bucket, as rows."""
    parcels: list[tuple[str, bytes]] = []
    for kind, some in (("rest", found.rest), ("taught", found.taught)):
        parcels += [(kind, packed(*cut)) for cut in _cut([some[name] for name in SIDES])]
    if not found.closed["left"].is_empty():
        parcels.append(("closed", packed(*(found.closed[name] for name in SIDES))))
    parcels.append(("figures", packed(_counted(found, frames))))
    pairs = found.pairs.rechunk().to_arrow()
    count = pairs.num_rows
    settled = pa.table(
        [
            pa.array(bytearray(count)).cast(pa.int8()) if count else pa.array([], pa.int8()),
            *(pairs[name] for name in ("left", "right", "first", "is_raw")),
            pa.nulls(count, pa.binary()),
        ],
        schema=_ARROW,
    )
    nothing = [pa.nulls(len(parcels), one.type) for one in list(_ARROW)[1:-1]]
    kinds = pa.array([KINDS[kind] for kind, _ in parcels], pa.int8())
    blobs = pa.array([parcel for _, parcel in parcels], pa.binary())
    return pa.concat_tables([settled, pa.table([kinds, *nothing, blobs], schema=_ARROW)])


def _cut(frames: Sequence[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, ...]]:
    """Frames in pieces that are not too large for one row."""
    longest = max(frame.height for frame in frames)
    for start in range(0, longest, _RECORDS):
        yield tuple(frame.slice(start, _RECORDS) for frame in frames)


def _counted(found: Decided, frames: Frames) -> pl.DataFrame:
    """Figures of the bucket: those of its closed records, how many are left over and settled, and what came in."""
    rows: list[tuple[str, str, str, int]] = [("left", "pairs", "", found.pairs.height)]
    for name in SIDES:
        positions = frames[name][POSITION]
        rows += [
            (name, "left over", "", found.rest[name].height + found.taught[name].height),
            (name, "came in", "", positions.len()),
            (name, "positions", "", int(positions.cast(pl.Int128).sum())),
        ]
    figures = pl.concat([found.figures, pl.DataFrame(rows, schema=FIGURES, orient="row")])
    return figures.with_columns(pl.col("figure").cast(pl.String))


def said_by(error: Any) -> MatcherError | None:  # noqa: ANN401 - an error of Spark, of either kind
    """Our own error in one of Spark; None where there is none."""
    text = str(error)
    if MARK not in text:
        return None
    said = json.loads(text.split(MARK, 1)[1].split("\n", 1)[0])
    return MatcherError(said["problem"], where=said["where"], hint=said["hint"])
