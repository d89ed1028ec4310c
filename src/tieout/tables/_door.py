"""The door: whatever frame or sequence a caller has, as a Polars frame."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import attrs
import polars as pl

from tieout.errors import InputError, MissingExtra, WrongColumnType
from tieout.tables._mappings import columns_of
from tieout.tables._pandas import from_pandas, require_distinct
from tieout.tables._schema import record_schema

if TYPE_CHECKING:
    from tieout.tables.table import Table

__all__ = ["FrameLike", "frame_of", "table_of"]

FrameLike: TypeAlias = Any
"""A Table, a Polars, pandas, pyarrow or DuckDB frame, or a sequence of records or mappings."""

R = TypeVar("R")


def frame_of(data: FrameLike) -> pl.DataFrame:
    """A Polars frame of a Table, a Polars, pandas, pyarrow or DuckDB frame, or a sequence of records or mappings.

    Nothing of the caller's is changed. Records must all be of one class and become columns as `schema_of` says.

    Args:
        data: What the caller has.

    Raises:
        InputError: It is none of these, or mixes records of several classes.
        WrongColumnType: Mappings hold values of several types under one key.

    Example:
        >>> frame_of([{"tracking_no": "SF1"}, {"tracking_no": "SF2"}])["tracking_no"].to_list()
        ['SF1', 'SF2']
    """
    from tieout.tables.table import Table  # noqa: PLC0415 - Table.from_frame comes through this door

    if isinstance(data, Table):
        return data.to_polars()
    if isinstance(data, pl.DataFrame):
        return data
    if isinstance(data, pl.LazyFrame):
        return _collected(data)
    if isinstance(data, (str, bytes, Mapping)):
        raise InputError(f"a frame or a sequence of records is needed, got {type(data).__name__}")
    if isinstance(data, Sequence):
        return _from_sequence(data)
    return _from_foreign(data)


def _collected(data: pl.LazyFrame) -> pl.DataFrame:
    try:
        return data.collect()
    except (pl.exceptions.PolarsError, OSError) as cause:
        raise InputError(f"the lazy frame cannot be collected: {cause}") from cause


def _from_sequence(items: Sequence[Any]) -> pl.DataFrame:
    if not items:
        return pl.DataFrame()
    kinds = set(map(type, items))
    if all(issubclass(kind, Mapping) for kind in kinds):
        return columns_of(items)
    if len(kinds) > 1:
        names = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InputError(f"records of one class are needed, got {names}")
    (kind,) = kinds
    if not attrs.has(kind):
        raise InputError(f"records or mappings are needed, got {kind.__name__}")
    return record_schema(kind).encode(items)


def _from_foreign(data: Any) -> pl.DataFrame:  # noqa: ANN401
    """pandas, pyarrow and DuckDB, told apart by where their class lives so that none is imported for it."""
    library = type(data).__module__.partition(".")[0].lstrip("_")
    if library == "duckdb" and hasattr(data, "columns"):
        return _from_duckdb(data)
    if library == "pandas" and hasattr(data, "columns"):
        return from_pandas(data)
    if library == "narwhals" and hasattr(data, "to_native"):
        return frame_of(data.to_native())
    if library == "pyspark":
        raise InputError(
            f"a frame of this process is needed, got Spark's {type(data).__name__}: it is collected only when asked",
            hint="Table.from_spark(frame, record)",
        )
    is_frame = hasattr(data, "__arrow_c_stream__") and not isinstance(data, pl.Series)
    if not is_frame or library == "duckdb":
        raise _not_a_frame(data)
    if library == "pyarrow" and hasattr(data, "schema"):
        _require_arrow(data.schema, type(data).__name__)
    try:
        return pl.DataFrame(data)
    except pl.exceptions.PolarsError as cause:
        raise _not_a_frame(data) from cause


def _require_arrow(schema: Any, what: str) -> None:  # noqa: ANN401 - pyarrow is not imported for its type
    """Refuse what Polars does not take, before it panics."""
    require_distinct(list(schema.names), what=what)
    for field in schema:
        if str(field.type).startswith("decimal256"):
            raise WrongColumnType(
                f"column {field.name!r} is {field.type}", hint="cast it to decimal128: 38 digits at most"
            )


def _not_a_frame(data: Any) -> InputError:  # noqa: ANN401
    return InputError(
        f"a frame or a sequence of records is needed, got {type(data).__name__}",
        hint="Table, Polars, pandas, pyarrow, DuckDB, or a list of records or dicts",
    )


def _from_duckdb(relation: Any) -> pl.DataFrame:  # noqa: ANN401
    try:
        return pl.DataFrame(relation.to_arrow_table())
    except ImportError as cause:
        raise MissingExtra("pyarrow", extra="duckdb", purpose="reading a DuckDB relation") from cause


def table_of(data: FrameLike, record: type[R]) -> "Table[R]":
    """A Table of one record class, from whatever the caller has.

    Args:
        data: As for `frame_of`.
        record: The record class its rows are.

    Raises:
        InputError: The rows are of another class.
        MissingColumn: A column that the record needs is absent.
        WrongColumnType: A column cannot hold the field's values.
    """
    from tieout.tables.table import Table  # noqa: PLC0415 - Table.from_frame comes through this door

    if isinstance(data, Table):
        if data.record is not record:
            raise InputError(f"a Table of {record.__name__} is needed, got one of {data.record.__name__}")
        return data
    if isinstance(data, list | tuple) and set(map(type, data)) <= {record}:
        return Table.from_records(data, record)  # records have been looked at when they were made
    frame = frame_of(data)
    if not frame.width:
        return Table.from_records([], record)
    return Table.from_frame(frame, record)
