"""Sides on Spark: their columns, and the positions of their records."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

import polars as pl

from tieout._spark.installed import require_spark
from tieout.errors import InputError, MatcherError, MissingColumn
from tieout.matching._spark.task import POSITION, SIDES

__all__ = [
    "column_name",
    "functions_of",
    "numbered",
    "require_ids",
    "require_numbered",
    "schemas_of",
    "travelling",
]

_ROW_BITS: Final = 33  # of `monotonically_increasing_id`; the rest is the partition
_OURS: Final = "tieout:"
_ID_END: Final = 2**62  # groups are numbered by twice the id
_SPARSE: Final = 64  # possible ids for each that is there, from which on bits cost more than ids


def functions_of(frame: Any) -> Any:  # noqa: ANN401 - both are typed as they like
    """Functions for columns of this frame: those of Connect where it is one of Connect."""
    is_connect = type(frame).__module__.startswith("pyspark.sql.connect.")
    return import_module("pyspark.sql.connect.functions" if is_connect else "pyspark.sql.functions")


def travelling(frame: Any) -> Any:  # noqa: ANN401
    """A numbered side whose columns have names that pyspark can handle everywhere: its own, of which it knows not all."""
    return frame.toDF(*map(column_name, range(len(frame.columns) - 1)), POSITION)


def column_name(number: int) -> str:
    """The name of a column of a side that travels, by its number."""
    return f"c{number}"


def quoted(name: str) -> str:
    """A column's name where Spark would read dots and signs in it."""
    return "`" + name.replace("`", "``") + "`"


def schemas_of(frames: Mapping[str, Any]) -> dict[str, pl.Schema]:
    """Columns of both sides with their Polars types.

    Args:
        frames: DataFrames of Spark, left and right.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: Spark is too old, a column has a type that is not known here, or a name that is ours.
    """
    require_spark("matching on Spark")
    return {name: _schema_of(frame, name) for name, frame in frames.items()}


def _schema_of(frame: Any, name: str) -> pl.Schema:  # noqa: ANN401
    ours = [column for column in frame.columns if column.startswith(_OURS)]
    if ours:
        raise InputError(f"names that begin with {_OURS!r} are taken, got {ours[0]!r}", where=f"{name} side")
    twice = sorted({column for column in frame.columns if frame.columns.count(column) > 1})
    if twice:
        raise InputError(f"several columns are named {twice[0]!r}", where=f"{name} side")
    return pl.Schema({field.name: _type_of(frame.schema, field, name) for field in frame.schema.fields})


def _type_of(schema: Any, field: Any, name: str) -> pl.DataType:  # noqa: ANN401
    to_arrow = import_module("pyspark.sql.pandas.types").to_arrow_schema
    try:
        column = pl.from_arrow(to_arrow(type(schema)([field])).empty_table())
    except (
        Exception
    ) as cause:  # pyspark, pyarrow and Polars each have errors of their own for a type that they do not know
        raise InputError(
            f"column {field.name!r} is {field.dataType.simpleString()}, for which there is no type here",
            where=f"{name} side",
            hint="leave it out, or cast it",
        ) from cause
    if not isinstance(column, pl.DataFrame):
        raise TypeError("a table of Arrow is a frame")
    return column.schema[field.name]


def require_ids(schemas: Mapping[str, pl.Schema], ids: tuple[str, str] | None) -> None:
    """Columns of ids are there, and may be ids; nothing is read for that.

    Args:
        schemas: Columns of both sides.
        ids: Their columns of ids; None where there are none.

    Raises:
        MissingColumn: There is no such column.
        MatcherError: Its values are no whole numbers.
    """
    for name, column in zip(SIDES, ids, strict=True) if ids else ():
        where, schema = f"{name} side", schemas[name]
        if column not in schema:
            raise MissingColumn([column], found=list(schema), where=f"{where}, ids")
        if not schema[column].is_integer():
            raise MatcherError(f"ids are whole numbers, {column!r} is {schema[column]}", where=where)


def numbered(frame: Any, name: str, column: str | None) -> tuple[Any, int]:  # noqa: ANN401
    """A side with the positions of its records, and how many there are.

    Without ids, positions count the rows of the first partition, then those of the second, and so on.

    Args:
        frame: DataFrame of Spark.
        name: `left` or `right`.
        column: Its column of ids; None to count.

    Raises:
        MatcherError: Ids are null or not unique.
    """
    return _counted(frame) if column is None else _named(frame, name, column)


def _counted(frame: Any) -> tuple[Any, int]:  # noqa: ANN401
    functions = functions_of(frame)
    found = frame.groupBy(functions.spark_partition_id().alias("part")).count().toArrow()
    counts = dict(zip(found["part"].to_pylist(), found["count"].to_pylist(), strict=True))
    starts, total = [], 0
    for part in range(max(counts, default=0) + 1):
        starts.append(total)
        total += counts.get(part, 0)
    part = functions.shiftright(functions.col(POSITION), _ROW_BITS).cast("int")
    row = functions.col(POSITION).bitwiseAND(functions.lit(2**_ROW_BITS - 1))
    start = functions.try_element_at(functions.lit(starts).cast("array<bigint>"), part + 1)
    own = frame.withColumn(POSITION, functions.monotonically_increasing_id())
    return own.withColumn(POSITION, start + row), total


def _named(frame: Any, name: str, column: str) -> tuple[Any, int]:  # noqa: ANN401
    functions, own = functions_of(frame), functions_of(frame).col(quoted(column))
    counted = frame.agg(
        functions.count(functions.lit(1)).alias("all"),
        functions.count(own).alias("filled"),
        functions.min(own).alias("least"),
        functions.max(own).alias("most"),
    ).toArrow()
    total, filled, least, most = (counted[name][0].as_py() for name in ("all", "filled", "least", "most"))
    if filled and (least < 0 or most >= _ID_END):
        raise MatcherError(
            f"ids lie between 0 and 2**62, those of {column!r} between {least} and {most}", where=f"{name} side"
        )
    ids = frame.select(own.cast("bigint").alias("id"))
    distinct = _distinct(ids, functions, is_dense=(most - least) // filled < _SPARSE) if filled else 0
    if distinct < total:
        raise MatcherError(
            f"{total:,} records have {distinct:,} different ids in {column!r}",
            where=f"{name} side",
            hint="an id names one record and is never null; without ids= rows are counted",
        )
    return frame.withColumn(POSITION, own.cast("bigint")), total


def _distinct(ids: Any, functions: Any, *, is_dense: bool) -> int:  # noqa: ANN401
    """How many ids there are: a bit for each possible one where they are dense, which shuffles bits and not ids."""
    if not is_dense:
        return int(ids.agg(functions.count_distinct("id").alias("distinct")).toArrow()["distinct"][0].as_py())
    filled = ids.filter(functions.col("id").isNotNull())
    bits = filled.select(
        functions.bitmap_bucket_number("id").alias("lot"), functions.bitmap_bit_position("id").alias("bit")
    )
    lots = bits.groupBy("lot").agg(functions.bitmap_construct_agg("bit").alias("bits"))
    counted = lots.agg(functions.sum(functions.bitmap_count("bits")).alias("distinct")).toArrow()
    return int(counted["distinct"][0].as_py())


def require_numbered(figures: pl.DataFrame, records: Mapping[str, int], *, are_counted: bool) -> None:
    """Every record came once, with its own number.

    Args:
        figures: What the buckets counted: `came in`, and the sum of `positions`.
        records: How many records each side has.
        are_counted: Whether positions are counted, from 0.

    Raises:
        MatcherError: They did not: rows of a frame that stand in another order each time it is read have no positions.
    """
    for name in SIDES:
        own = figures.filter(pl.col("side") == name)
        came, positions = (
            int(own.filter(pl.col("name") == kind)["figure"].sum() or 0) for kind in ("came in", "positions")
        )
        total = records[name]
        if came != total or (are_counted and positions != total * (total - 1) // 2):
            raise MatcherError(
                f"{total:,} records were counted and {came:,} read, not each under its own number",
                where=f"{name} side",
                hint="rows of this frame move between readings: name its records by ids=, or checkpoint=True",
            )
