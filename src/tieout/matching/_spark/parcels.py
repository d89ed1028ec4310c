"""Parcels: what travels between the driver and the workers, as bytes and as rows of Arrow."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

import polars as pl
import pyarrow as pa

from tieout._spark.sealing import COLUMNS, SEAL, SEAT
from tieout._spark.streams import frame_of_stream, stream_of
from tieout._spark.workers import named
from tieout.errors import MatcherError
from tieout.matching._facts import KnownFacts
from tieout.matching._spark.beyond import Asked, Looking
from tieout.matching._spark.blaming import blaming
from tieout.matching._spark.bucketing import numbers_of
from tieout.matching._spark.closing import FIGURES, Decided, counted, decided, sealed
from tieout.matching._spark.task import POSITION, SIDES, Facts, Frames, Task
from tieout.matching._spark.thinning import Chosen, met, sent

__all__ = [
    "BUCKET",
    "CHOSEN",
    "KINDS",
    "PIECES",
    "ROWS",
    "choosing",
    "cutting",
    "deciding",
    "facts_of",
    "frame_of",
    "looking",
    "meeting",
    "packed",
    "positioned",
    "seats",
    "sending",
    "telling",
    "unpacked",
]

BUCKET = "tieout:bucket"
"""Column of a record's bucket."""
KINDS = {"pair": 0, "rest": 1, "taught": 2, "closed": 3, "figures": 4, "loose": 5}
"""What a row is."""
PIECES = f"`{BUCKET}` int, side tinyint, blob binary"
"""Columns of pieces of buckets: records of one side as bytes."""
ROWS = f"kind tinyint, left long, right long, first long, is_raw boolean, blob binary, {COLUMNS}"
"""Columns of what comes out of a bucket: settled pairs, and frames as bytes; and which one it is, and the number of all of it."""
CHOSEN = "records long, blob binary"
"""Columns of what workers choose of it: both sides as bytes, and how many records they are."""
_FACTS = {"side": pl.String(), "column": pl.String(), "reach": pl.String(), "codes": pl.List(pl.String())}
_RECORDS = 200_000  # of one parcel
_TOGETHER = 3_000_000  # closed records that are looked at together
_LOT = 80_000_000  # bytes of records that are cut into buckets together: a million of few columns
_ARROW = pa.schema(
    [
        ("kind", pa.int8()),
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("first", pa.int64()),
        ("is_raw", pa.bool_()),
        ("blob", pa.binary()),
        (SEAT, pa.int64()),
        (SEAL, pa.int64()),
    ]
)
_SEATED = -1  # of no side


Worker = Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]
"""What `mapInArrow` calls."""


telling: Final = partial(named, kind=MatcherError)
"""An error of a worker as one that says where it was."""


def packed(*frames: pl.DataFrame) -> bytes:
    """Frames as bytes."""
    streams = [stream_of(frame) for frame in frames]
    return b"".join([json.dumps([len(one) for one in streams]).encode(), b"\n", *streams])


def unpacked(parcel: bytes) -> list[pl.DataFrame]:
    """The frames that were packed."""
    end = parcel.index(b"\n")
    frames, start = [], end + 1
    for length in json.loads(parcel[:end]):
        frames.append(frame_of_stream(parcel[start : start + length]))
        start += length
    return frames


def cutting(task: Task, empty: Frames, side: str, names: Sequence[int]) -> Worker:
    """What a worker does with records of a side: it cuts them into buckets, and sends each piece of one as bytes.

    Bytes of thousands of records are shuffled, sorted and read by the JVM in a fraction of the time that as many rows take.

    Args:
        task: What is carried out.
        empty: Both sides without a record, with `POSITION`.
        side: `left` or `right`.
        names: Numbers of the buckets, as they are shuffled by.
    """

    def cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for lot in _lots(batches):
            with telling(f"{side} keys"):
                own = frame_of(lot, empty[side].schema)
                numbers = numbers_of(task, {**empty, side: own}, side, len(names)).alias(BUCKET)
                pieces = own.with_columns(numbers).partition_by(BUCKET, as_dict=True, include_key=False)
                rows = [
                    (names[int(str(bucket))], packed(*piece))
                    for (bucket,), frame in sorted(pieces.items())
                    for piece in _cut([frame])
                ]
            places, blobs = zip(*rows, strict=True)
            at = pa.array([SIDES.index(side)] * len(rows), pa.int8())
            columns = [pa.array(places, pa.int32()), at, pa.array(blobs, pa.binary())]
            yield pa.record_batch(columns, names=[BUCKET, "side", "blob"])

    return cut


def _lots(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Records of several batches at once: a piece of each bucket out of many records, not out of a few."""
    kept: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows:
            kept.append(batch)
            size += batch.nbytes
        if size >= _LOT:
            yield pa.Table.from_batches(kept)
            kept, size = [], 0
    if kept:
        yield pa.Table.from_batches(kept)


def deciding(task: Task, empty: Frames) -> Callable[[pa.Table], pa.Table]:
    """What a worker does with the pieces of a bucket.

    Args:
        task: What is carried out.
        empty: Both sides without a record, with `POSITION`.
    """

    def decide(rows: pa.Table) -> pa.Table:
        with telling(f"bucket {rows[BUCKET][0]}"):
            frames = _both(rows, empty)
            seat = int(*_blobs_of(rows, _SEATED))
            with blaming(task, frames, decided):
                return _rows(decided(task, frames), frames, seat)

    return decide


def seats(names: Sequence[int]) -> pa.Table:
    """A piece for each bucket that says which one it is, so that each is decided though it has no records.

    Args:
        names: Numbers of the buckets, as they are shuffled by.
    """
    places = [str(place).encode() for place in range(len(names))]
    columns = [pa.array(names, pa.int32()), pa.array([_SEATED] * len(names), pa.int8()), pa.array(places, pa.binary())]
    return pa.table(columns, names=[BUCKET, "side", "blob"])


def _both(rows: pa.Table, empty: Frames) -> Frames:
    """Records of both sides that came in pieces."""
    return {
        name: pl.concat([empty[name], *(unpacked(blob)[0] for blob in _blobs_of(rows, at))])
        for at, name in enumerate(SIDES)
    }


def looking(asked: Asked) -> Worker:
    """What a worker does with parcels of closed records: it gives those that are wanted.

    Args:
        asked: What is wanted.
    """

    def look(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        with telling("closed blocks"):
            looking = Looking(asked)
        for closed in _gathered(_parcels_of(batches)):
            with telling("closed blocks"):
                frames = looking.at(closed)
            if not frames["left"].is_empty():
                yield _parcel(frames)

    return look


def _gathered(parcels: Iterable[bytes]) -> Iterator[Frames]:
    """Records of several parcels at once."""
    kept: list[list[pl.DataFrame]] = []
    for parcel in parcels:
        kept.append(unpacked(parcel))
        if sum(frame.height for frames in kept for frame in frames) >= _TOGETHER:
            yield _together(kept)
            kept = []
    if kept:
        yield _together(kept)


def _together(parts: Sequence[Sequence[pl.DataFrame]]) -> Frames:
    return {name: pl.concat(frames) for name, frames in zip(SIDES, zip(*parts, strict=True), strict=True)}


def sending(task: Task, buckets: int) -> Worker:
    """What a worker does with parcels of open records: it sends them to where they could meet others.

    Args:
        task: What is carried out.
        buckets: To how many places.
    """

    def send(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for parcel in _parcels_of(batches):
            with telling("open records"):
                some = list(sent(task, dict(zip(SIDES, unpacked(parcel), strict=True)), buckets))
                rows = [
                    (one.subject * buckets + one.bucket, SIDES.index(one.side), packed(one.records)) for one in some
                ]
            if rows:
                places, sides, blobs = zip(*rows, strict=True)
                yield pa.record_batch(
                    [pa.array(places, pa.int64()), pa.array(sides, pa.int8()), pa.array(blobs, pa.binary())],
                    names=["place", "side", "blob"],
                )

    return send


def meeting(task: Task, empty: Frames, buckets: int) -> Callable[[pa.Table], pa.Table]:
    """What a worker does with records that were sent to one place: it says which of them meet.

    Args:
        task: What is carried out.
        empty: Both sides without a record, with `POSITION`.
        buckets: How many places there are of each kind.
    """

    def meet(rows: pa.Table) -> pa.Table:
        with telling("records that could meet"):
            own = _both(rows, empty)
            found = met(task, rows["place"][0].as_py() // buckets, own)
        sides = [at for at, name in enumerate(SIDES) for _ in range(len(found[name]))]
        positions = [position for name in SIDES for position in found[name]]
        return pa.table([pa.array(sides, pa.int8()), pa.array(positions, pa.int64())], names=["side", "position"])

    return meet


def choosing(chosen: Chosen) -> Worker:
    """What a worker does with parcels of loose records: it gives those that are chosen."""

    def choose(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for parcel in _parcels_of(batches):
            with telling("loose records"):
                frames = chosen.of(dict(zip(SIDES, unpacked(parcel), strict=True)))
            if any(frame.height for frame in frames.values()):
                yield _parcel(frames)

    return choose


def positioned(side: str) -> Worker:
    """What a worker does with parcels of open records: it gives the positions of one side."""

    def position(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for parcel in _parcels_of(batches):
            positions = unpacked(parcel)[SIDES.index(side)][POSITION]
            yield pa.record_batch([pa.array(positions.to_list(), pa.int64())], names=[side])

    return position


def _parcels_of(batches: Iterable[pa.RecordBatch]) -> Iterator[bytes]:
    for batch in batches:
        for parcel in batch.column(0):
            yield parcel.as_py()


def _blobs_of(rows: pa.Table, side: int) -> list[bytes]:
    return [blob for blob, at in zip(rows["blob"].to_pylist(), rows["side"].to_pylist(), strict=True) if at == side]


def _parcel(frames: Frames) -> pa.RecordBatch:
    count = sum(frame.height for frame in frames.values())
    parcel = packed(*(frames[name] for name in SIDES))
    return pa.record_batch([pa.array([count], pa.int64()), pa.array([parcel], pa.binary())], names=["records", "blob"])


def frame_of(table: pa.Table, schema: pl.Schema) -> pl.DataFrame:
    """The first columns of a table of Arrow, which has lost their names, as a schema says."""
    frame = pl.from_arrow(table.select(list(range(len(schema)))).rename_columns(list(schema)))
    if not isinstance(frame, pl.DataFrame):
        raise TypeError("a table of Arrow is a frame")
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def _rows(found: Decided, frames: Frames, seat: int) -> pa.Table:
    """What comes out of a bucket, as rows."""
    parcels: list[tuple[str, bytes]] = []
    for kind, some in (("rest", found.rest), ("loose", found.loose), ("taught", found.taught)):
        parcels += [(kind, packed(*cut)) for cut in _cut([some[name] for name in SIDES])]
    if not found.closed["left"].is_empty():
        parcels.append(("closed", packed(*(found.closed[name] for name in SIDES))))
    said = (_came_in(found, frames), _facts_sent(found.facts))
    parcels.append(("figures", packed(*said)))
    seal = sealed(found, said)

    def marks(count: int) -> list[pa.Array]:
        return [pa.repeat(pa.scalar(number, pa.int64()), count) for number in (seat, seal)]

    pairs = found.pairs.rechunk().to_arrow()
    count = pairs.num_rows
    settled = pa.table(
        [
            pa.array(bytearray(count)).cast(pa.int8()) if count else pa.array([], pa.int8()),
            *(pairs[name] for name in ("left", "right", "first", "is_raw")),
            pa.nulls(count, pa.binary()),
            *marks(count),
        ],
        schema=_ARROW,
    )
    nothing = [pa.nulls(len(parcels), _ARROW.field(name).type) for name in ("left", "right", "first", "is_raw")]
    kinds = pa.array([KINDS[kind] for kind, _ in parcels], pa.int8())
    blobs = pa.array([parcel for _, parcel in parcels], pa.binary())
    told = pa.table([kinds, *nothing, blobs, *marks(len(parcels))], schema=_ARROW)
    return pa.concat_tables([settled, told])


def _cut(frames: Sequence[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, ...]]:
    """Frames in pieces that are not too large for one row."""
    longest = max(frame.height for frame in frames)
    for start in range(0, longest, _RECORDS):
        yield tuple(frame.slice(start, _RECORDS) for frame in frames)


def _came_in(found: Decided, frames: Frames) -> pl.DataFrame:
    """The figures of a bucket, with what came into it; as texts, for they may be long."""
    rows: list[tuple[str, str, str, int]] = []
    for name in SIDES:
        positions = frames[name][POSITION]
        rows += [(name, "came in", "", positions.len()), (name, "positions", "", int(positions.cast(pl.Int128).sum()))]
    figures = pl.concat([counted(found), pl.DataFrame(rows, schema=FIGURES, orient="row")])
    return figures.with_columns(pl.col("figure").cast(pl.String))


def _facts_sent(facts: Facts) -> pl.DataFrame:
    """Facts of columns as rows."""
    rows = [
        (side, column, str(known.reach), None if known.codes is None else sorted(known.codes, key=str))
        for side, of in facts.items()
        for column, known in of.items()
    ]
    return pl.DataFrame(rows, schema=_FACTS, orient="row")


def facts_of(frame: pl.DataFrame) -> Facts:
    """Facts of columns, as they were sent."""
    facts: dict[str, dict[str, KnownFacts]] = {name: {} for name in SIDES}
    for side, column, reach, codes in frame.iter_rows():
        facts[side][column] = KnownFacts(reach=int(reach), codes=None if codes is None else frozenset(codes))
    return facts
