"""Positions: a column that numbers rows, by which they find their order again where it is lost, as on Spark."""

import polars as pl

from tieout.errors import InputError, MissingColumn, WrongColumnType
from tieout.tables._schema import record_schema

__all__ = ["check_row", "in_order", "numbered", "without_row"]


def check_row(row: object, record: type) -> None:
    """Hold the name of such a column to those of a record.

    Raises:
        InputError: It is no name, or that of a field.
    """
    if row is None:
        return
    if not isinstance(row, str) or not row:
        raise InputError(f"row= is the name of a column, got {row!r}")
    if row in record_schema(record).dtypes:
        raise InputError(f"row={row!r} is a column of {record.__name__} itself", hint="say another name")


def numbered(frame: pl.DataFrame, row: str | None, *, start: int = 0) -> pl.DataFrame:
    """The frame with its rows numbered in a first column; as it is without a name for that.

    Args:
        frame: The rows.
        row: Name of the column.
        start: Number of the first row.
    """
    if row is None:
        return frame
    numbers = pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias(row)
    return frame.select(numbers, pl.all()) if frame.height else frame.clear().insert_column(0, numbers)


def without_row(frame: pl.DataFrame, row: str, where: str) -> tuple[pl.DataFrame, pl.Series]:
    """The frame without the column that numbers its rows, and that column.

    Raises:
        MissingColumn: There is no such column.
        WrongColumnType: It is not of whole numbers.
    """
    if row not in frame.columns:
        raise MissingColumn([row], found=frame.columns, where=where)
    if not frame.schema[row].is_integer():
        raise WrongColumnType(f"column {row!r} is {frame.schema[row]}, whole numbers are needed", where=where)
    return frame.drop(row), frame[row].cast(pl.Int64)


def in_order(frame: pl.DataFrame, numbers: pl.Series, where: str) -> pl.DataFrame:
    """The rows by their numbers.

    Raises:
        InputError: A row has none, or two rows have the same.
    """
    if numbers.null_count() or numbers.is_duplicated().any():
        fault = "is null" if numbers.null_count() else f"has {numbers.filter(numbers.is_duplicated())[0]} twice"
        raise InputError(f"column {numbers.name!r} tells no order: it {fault}", where=where)
    return frame if numbers.is_sorted() else frame[numbers.arg_sort()]
