"""Spark: Tables as Spark frames and back by way of Arrow, the columns held to the record's before any job starts.

pyspark is imported in functions alone: whoever has a session has it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from tieout._spark.installed import require_spark, require_version
from tieout.errors import InputError, WrongColumnType
from tieout.tables._conform import conform
from tieout.tables._pandas import require_distinct
from tieout.tables._parts import DECIMAL, INSTANT
from tieout.tables._positions import check_row, in_order, without_row
from tieout.tables._schema import record_schema

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType, StructType

__all__ = ["check_columns", "frame_in_spark", "frame_of_spark"]

_SLICE: Final = 100_000  # Spark's texts have 2 GB at most in one batch


def frame_in_spark(frame: pl.DataFrame, session: Any) -> "DataFrame":  # noqa: ANN401 - looked at here
    """A Polars frame as a Spark frame.

    Args:
        frame: Columns of a record, and one that numbers them where that is wanted.
        session: The session.

    Raises:
        MissingExtra: pyspark is not installed.
        InputError: It is no session, Spark is older than 4.0, or it does not take the rows.
    """
    require_spark("Table.to_spark()")
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
    from pyspark.sql import SparkSession  # noqa: PLC0415

    # Connect's class is told by its module: to import it needs packages that a classic session does without.
    if not (isinstance(session, SparkSession) or type(session).__module__.startswith("pyspark.sql.connect.")):
        raise InputError(f"a Spark session is needed, got {type(session).__name__}")
    try:
        require_version(session.version)
        # Connect does not ask Arrow for the columns of no rows.
        made: DataFrame = session.createDataFrame(_arrow(frame), schema=_struct_of(frame.schema))
    except PySparkException as cause:
        raise InputError(f"Spark does not take the rows: {_reason(cause)}") from cause
    return made


def _arrow(frame: pl.DataFrame) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415 - pyspark needs it

    starts = range(0, frame.height, _SLICE) or range(1)
    return pa.concat_tables([frame.slice(start, _SLICE).to_arrow() for start in starts])


def _struct_of(dtypes: Mapping[str, Any]) -> "StructType":
    """The columns of a record as a schema of Spark: all that a record has is there as it is."""
    from pyspark.sql import types  # noqa: PLC0415 - an extra

    plain: dict[pl.DataType, DataType] = {
        pl.Boolean(): types.BooleanType(),
        pl.Int64(): types.LongType(),
        pl.String(): types.StringType(),
        pl.Date(): types.DateType(),
        INSTANT: types.TimestampType(),
        DECIMAL: types.DecimalType(DECIMAL.precision, DECIMAL.scale),
    }

    def of(dtype: Any) -> "DataType":  # noqa: ANN401 - Polars types are classes or their instances
        if isinstance(dtype, pl.List):
            return types.ArrayType(of(dtype.inner))
        if isinstance(dtype, pl.Struct):
            return _struct_of({field.name: field.dtype for field in dtype.fields})
        return plain[dtype]

    return types.StructType([types.StructField(name, of(dtype)) for name, dtype in dtypes.items()])


def frame_of_spark(frame: "DataFrame", record: type, currency: str | None, row: str | None) -> pl.DataFrame:
    """The record's columns of a Spark frame, collected.

    Args:
        frame: The frame.
        record: The record class.
        currency: ISO 4217 code for rows without one.
        row: Column by which the rows are put in order; None to leave them as they come.

    Raises:
        MissingExtra: pyspark is not installed.
        InputError: As `check_columns` raises it, Spark is older than 4.0, or it did not give the rows.
        InvalidField: A null or an unknown word where the record refuses it.
    """
    require_spark("Table.from_spark()")
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra

    check_row(row, record)
    check_columns(frame, record, currency, row)
    try:
        rows = pl.DataFrame(frame.toArrow())
    except PySparkException as cause:
        raise InputError(f"Spark did not give the rows: {_reason(cause)}") from cause
    if row is None:
        return conform(rows, record, currency)
    rows, numbers = without_row(rows, row, record.__name__)
    return in_order(conform(rows, record, currency), numbers, record.__name__)


def check_columns(frame: "DataFrame", record: type, currency: str | None = None, row: str | None = None) -> None:
    """Hold the columns of a Spark frame to those of a record; no job is started for it.

    Args:
        frame: The frame.
        record: The record class.
        currency: ISO 4217 code for rows without one.
        row: A column of whole numbers that is none of the record's; None without one.

    Raises:
        InputError: It is no Spark frame, several columns have one name, or one belongs to no field.
        MissingColumn: A column that the record needs is absent.
        WrongColumnType: A column cannot hold the field's values exactly.
    """
    from pyspark.errors import PySparkException  # noqa: PLC0415 - an extra
    from pyspark.sql import DataFrame  # noqa: PLC0415

    if not isinstance(frame, DataFrame):
        raise InputError(
            f"a Spark frame is needed, got {type(frame).__name__}", hint="Table.from_frame takes other frames"
        )
    try:
        fields = frame.schema.fields
    except PySparkException as cause:
        raise InputError(f"Spark does not know the frame's columns: {_reason(cause)}") from cause
    require_distinct([field.name for field in fields], what="Spark frame")
    wanted = record_schema(record).dtypes
    columns = {}
    for field in fields:
        dtype = _polars_type(field.dataType)
        if dtype is None:
            needed = f", needed {wanted[field.name]}" if field.name in wanted else ""
            raise WrongColumnType(
                f"column {field.name!r} is Spark's {field.dataType.simpleString()}{needed}", where=record.__name__
            )
        columns[field.name] = dtype
    empty = pl.DataFrame(schema=columns)
    if row is not None:
        empty, _ = without_row(empty, row, record.__name__)
    conform(empty, record, currency)


def _polars_type(kind: "DataType") -> pl.DataType | None:
    """The type that a column of Spark has in Polars; None for one that no column of a record can be made of."""
    from pyspark.sql import types  # noqa: PLC0415 - an extra

    plain: dict[type, pl.DataType] = {
        types.BooleanType: pl.Boolean(),
        types.ByteType: pl.Int8(),
        types.ShortType: pl.Int16(),
        types.IntegerType: pl.Int32(),
        types.LongType: pl.Int64(),
        types.FloatType: pl.Float32(),
        types.DoubleType: pl.Float64(),
        types.StringType: pl.String(),
        types.CharType: pl.String(),
        types.VarcharType: pl.String(),
        types.BinaryType: pl.Binary(),
        types.DateType: pl.Date(),
        types.TimestampType: INSTANT,
        types.TimestampNTZType: pl.Datetime("us"),
        types.NullType: pl.Null(),
    }
    if type(kind) in plain:
        return plain[type(kind)]
    if isinstance(kind, types.DecimalType):
        return pl.Decimal(kind.precision, kind.scale)
    if isinstance(kind, types.ArrayType):
        inner = _polars_type(kind.elementType)
        return None if inner is None else pl.List(inner)
    if isinstance(kind, types.StructType):
        fields = {field.name: _polars_type(field.dataType) for field in kind.fields}
        known = {name: dtype for name, dtype in fields.items() if dtype is not None}
        return pl.Struct(known) if len(known) == len(kind.fields) else None
    return None


def _reason(cause: Exception) -> str:
    """What went wrong, without the traces of two languages behind it."""
    said: Any = getattr(cause, "getMessage", lambda: str(cause))()
    return str(said).strip().partition("\n")[0]
