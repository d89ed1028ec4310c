"""Records: those of each origin and side on their way to their buckets, and in a bucket in the order in which they came."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tieout._spark.parts import PLACE, Frames, part_expr, row_expr
from tieout.errors import InputError
from tieout.reconciliations._common.sides import Places
from tieout.tables import Table, schema_of

__all__ = [
    "CAME",
    "MOST_ROWS",
    "ORIGINS",
    "ROUTE",
    "came_of",
    "counts_of",
    "frame_name",
    "in_whole",
    "placed",
    "places_by_side",
    "read_from_expr",
    "regrouped_by",
    "require_room",
    "routed",
    "starts_of",
    "tables_by_origin",
]

ROUTE = "route"
"""Column of a record that says what it goes by: all of one route meet in one bucket."""
ORIGINS = ("given", "later", "carried")
"""Where a side's rows come from: the caller, and the run before."""
CAME = "came"
"""Name of frames that say how many rows came: `name`, `part`, `rows`, and whatever else is summed."""
MOST_ROWS = 5_000_000
"""Most records of one bucket: some ten gigabytes while it is reconciled."""


def frame_name(origin: str, side: str) -> str:
    """The name of a frame of records.

    Args:
        origin: One of `ORIGINS`.
        side: Name of the side.
    """
    return f"{origin}:{side}"


def came_of(name: str, rows: pl.DataFrame, **others: pl.Expr) -> pl.DataFrame:
    """How many rows of each part of the input a piece of it has, as a frame of `CAME`.

    Args:
        name: Name of the frame of records.
        rows: The rows with their `PLACE`.
        **others: What is counted beside them.
    """
    told = rows.group_by(part_expr(pl.col(PLACE)).alias("part")).agg(pl.len().cast(pl.Int64).alias("rows"), **others)
    return told.select(pl.lit(name).alias("name"), pl.all())


def counts_of(came: pl.DataFrame, records: Mapping[str, type]) -> dict[str, int]:
    """How many records of each side came.

    Args:
        came: Of `CAME`, one row per name and part.
        records: The sides.
    """
    rows = {name: int(count) for name, count in came.group_by("name").agg(pl.col("rows").sum()).iter_rows()}
    return {side: sum(rows.get(frame_name(origin, side), 0) for origin in ORIGINS) for side in records}


def starts_of(came: pl.DataFrame, records: Mapping[str, type]) -> pl.DataFrame:
    """The place in its side of the first row of each part of an input: `name`, `part`, `start`.

    Rows that are given come first, and those that were carried in last, as in a run of all at once.

    Args:
        came: Of `CAME`, one row per name and part.
        records: The sides.
    """
    starts = [pl.DataFrame(schema={"name": pl.String, "part": pl.Int64, "start": pl.Int64})]
    for side in records:
        base = 0
        for origin in ORIGINS:
            of_name = came.filter(pl.col("name") == frame_name(origin, side)).sort("part")
            start = pl.col("rows").cum_sum() - pl.col("rows") + base
            starts.append(of_name.select("name", "part", start.alias("start")))
            base += int(of_name["rows"].sum())
    return pl.concat(starts)


def routed(piece: pl.DataFrame, record: type, route: pl.Expr) -> pl.DataFrame:
    """A piece of an input as records, each with its place and its `ROUTE`.

    Args:
        piece: Rows as they are read, with their `PLACE`.
        record: Their class.
        route: What each goes by.
    """
    table: Table[Any] = Table.from_frame(piece.drop(PLACE), record)
    return table.to_polars().with_columns(piece[PLACE]).with_columns(route.alias(ROUTE))


def read_from_expr() -> pl.Expr:
    """The line of a file that a record was read of, as text; null where that is not known."""
    sheet = pl.col("source_sheet").fill_null("")
    return pl.concat_str(["source_sha256", sheet, pl.col("source_line").cast(pl.String)], separator="\x1f")


def regrouped_by(frame: pl.DataFrame, labels: pl.DataFrame | None) -> pl.DataFrame:
    """Records with the name of what they hang together with as their route.

    Args:
        frame: Records with their `ROUTE`.
        labels: The name (`root`) of each route that hangs together with others; None where none does.
    """
    if labels is None:
        return frame
    joined = frame.join(labels, on=ROUTE, how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("root", ROUTE).alias(ROUTE)).drop("root")


def in_whole(frame: pl.DataFrame, places: Mapping[str, pl.Series], sides: Mapping[str, str]) -> pl.DataFrame:
    """A frame with rows of sides by their places in the whole.

    Args:
        frame: Rows.
        places: Where the rows of each side stand.
        sides: For each column of rows the side that they are of.
    """
    return frame.with_columns(
        places[side].gather(frame[name].cast(pl.Int64)).alias(name) for name, side in sides.items()
    )


def placed(frames: Frames, records: Mapping[str, type], starts: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    """The rows of a bucket by origin and side, in their order, with their numbers in the whole as `PLACE`.

    Args:
        frames: What came to the bucket.
        records: The sides.
        starts: As `starts_of` gives it.
    """
    return {
        (origin, side): _placed(frames.get(frame_name(origin, side)), frame_name(origin, side), record, starts)
        for origin in ORIGINS
        for side, record in records.items()
    }


def tables_by_origin(
    rows: Mapping[tuple[str, str], pl.DataFrame], records: Mapping[str, type]
) -> dict[tuple[str, str], Table[object]]:
    """The records of a bucket as tables.

    Args:
        rows: As `placed` gives them.
        records: The sides.
    """
    return {key: Table(frame.select(list(schema_of(records[key[1]]))), records[key[1]]) for key, frame in rows.items()}


def places_by_side(rows: Mapping[tuple[str, str], pl.DataFrame], records: Mapping[str, type]) -> dict[str, Places]:
    """Where the records of a bucket stand in the whole.

    Args:
        rows: As `placed` gives them.
        records: The sides.
    """
    return {side: Places(**{origin: rows[origin, side][PLACE] for origin in ORIGINS}) for side in records}


def _placed(frame: pl.DataFrame | None, name: str, record: type, starts: pl.DataFrame) -> pl.DataFrame:
    if frame is None:
        return pl.DataFrame(schema={**schema_of(record), ROUTE: pl.String, PLACE: pl.Int64})
    of_name = starts.filter(pl.col("name") == name).select("part", "start")
    return (
        frame.sort(PLACE)
        .with_columns(part_expr(pl.col(PLACE)).alias("part"))
        .join(of_name, on="part", how="left", maintain_order="left")
        .with_columns((pl.col("start") + row_expr(pl.col(PLACE))).alias(PLACE))
        # Polars 2.1 mistakes lengths in some frames of columns in chunks of different lengths.
        .rechunk()
    )


def require_room(frames: Frames, most: int, *, where: str) -> None:
    """Refuse a bucket that no machine should have to hold: too much hangs together by one name.

    Args:
        frames: What came to the bucket, with `ROUTE`, whose first letter says what it is the route of.
        most: Most rows.
        where: Whose bucket it is.

    Raises:
        InputError: It has more.
    """
    rows = sum(frame.height for frame in frames.values())
    if rows <= most:
        return
    routes = pl.concat([frame.select(ROUTE) for frame in frames.values() if ROUTE in frame.columns])[ROUTE]
    name, count = routes.value_counts(sort=True).row(0)
    raise InputError(
        f"{rows:,} records hang together, {count:,} of them by {name.partition(':')[2]!r}",
        where=where,
        hint=f"at most {most:,} can be in one bucket: give more buckets, or leave the number out that is no number",
    )
