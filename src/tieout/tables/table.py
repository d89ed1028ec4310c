"""Table: a Polars frame that knows which record its rows are."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import polars as pl

from tieout.errors import InputError, InvalidField, MissingColumn, MissingExtra, WrongColumnType
from tieout.model.currency import exponent
from tieout.tables._schema import DECIMAL, INSTANT, Column, record_schema

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["Table", "schema_of"]

R = TypeVar("R")
_CHUNK_ROWS = 100_000  # bounds the Python objects alive at once while records become columns


def schema_of(record: type) -> dict[str, pl.DataType]:
    """The columns that a record class becomes, by name.

    A Money field `amount` is `amount_minor`, whole minor units, with one `currency` column for the record; a Place
    `dest` is `dest_province`, `dest_city` and so on; where it was read is `source_file`, `source_line` and so on;
    mappings are JSON text; weights and rates are exact decimals.

    Example:
        >>> from tieout.model import CourierCharge
        >>> schema_of(CourierCharge)["amount_minor"]
        Int64
    """
    return record_schema(record).dtypes


class Table(Generic[R]):
    """Rows of one record class, kept as columns.

    `len()`, iteration and indexing speak records; `to_polars()` and its kin hand out the columns. It is never changed.

    Attributes:
        record: The record class of its rows.
    """

    __slots__ = ("_frame", "record")

    def __init__(self, frame: pl.DataFrame, record: type[R]) -> None:
        """Take a frame that already has exactly the record's columns; `from_frame` takes any other."""
        wanted = record_schema(record).dtypes
        if dict(frame.schema) != wanted:
            raise _schema_error(frame, record)
        self._frame = frame
        self.record = record

    @classmethod
    def from_records(cls, records: Iterable[R], record: type[R] | None = None) -> "Table[R]":
        """A Table of records.

        Args:
            records: Records of one class.
            record: That class; may be left out when there is at least one record.

        Raises:
            InputError: There are none and no class is given, or they are of several classes.
        """
        items = records if isinstance(records, Sequence) else list(records)
        kind = record or (type(items[0]) if items else None)
        if kind is None:
            raise InputError("a Table of no records needs to be told their class", hint="from_records([], Order)")
        others = {type(item).__name__ for item in items if type(item) is not kind}
        if others:
            raise InputError(f"records of {kind.__name__} are needed, got {', '.join(sorted(others))}")
        schema = record_schema(kind)
        starts = range(0, len(items), _CHUNK_ROWS) or range(1)
        return cls(pl.concat([schema.encode(items[start : start + _CHUNK_ROWS]) for start in starts]), kind)

    @classmethod
    def from_frame(cls, data: Any, record: type[R], *, currency: str | None = None) -> "Table[R]":  # noqa: ANN401
        """A Table of a frame whose columns are named like the record's.

        Columns that the record can do without may be absent. A Money field may also come as an exact column in whole
        units (`amount` as Decimal or text instead of `amount_minor`). Blank text becomes null.

        Args:
            data: A frame as `frame_of` takes it.
            record: The record class.
            currency: ISO 4217 code for frames without a currency column.

        Raises:
            MissingColumn: A column that the record needs is absent.
            InputError: A column belongs to no field.
            WrongColumnType: A column cannot hold the field's values exactly, floats for money among them.
            InvalidField: A null or an unknown word where the record refuses it.
        """
        from tieout.tables._door import frame_of  # noqa: PLC0415 - the door hands out Tables

        return cls(_conform(frame_of(data), record, currency), record)

    @classmethod
    def concat(cls, tables: Sequence["Table[R]"]) -> "Table[R]":
        """The rows of several Tables of one record class, in order.

        Raises:
            InputError: There are none, or they are of several classes.
        """
        kinds = {table.record for table in tables}
        if len(kinds) != 1:
            raise InputError("Tables of one record class are needed to concatenate")
        return cls(pl.concat([table.to_polars() for table in tables]), tables[0].record)

    def __len__(self) -> int:
        return self._frame.height

    def __iter__(self) -> Iterator[R]:
        schema = record_schema(self.record)
        for start in range(0, self._frame.height, _CHUNK_ROWS):
            yield from schema.decode(self._frame.slice(start, _CHUNK_ROWS))

    @overload
    def __getitem__(self, at: int) -> R: ...

    @overload
    def __getitem__(self, at: slice) -> "Table[R]": ...

    def __getitem__(self, at: int | slice) -> "R | Table[R]":
        if isinstance(at, slice):
            return Table(self._frame[at], self.record)
        position = at if at >= 0 else at + len(self)
        if not 0 <= position < len(self):
            raise IndexError(f"row {at} of a Table of {len(self)} rows")
        (row,) = record_schema(self.record).decode(self._frame.slice(position, 1))
        found: R = row
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.record is other.record and self._frame.equals(other.to_polars())

    __hash__ = None  # type: ignore[assignment]  # a Table is compared by its rows

    def filter(self, *predicates: pl.Expr) -> "Table[R]":
        """The rows for which all Polars predicates hold."""
        return Table(self._frame.filter(*predicates), self.record)

    @property
    def columns(self) -> list[str]:
        """Column names."""
        return self._frame.columns

    def to_polars(self) -> pl.DataFrame:
        """The columns as a Polars frame; amounts are whole minor units."""
        return self._frame

    def to_arrow(self) -> "pa.Table":
        """The columns as a pyarrow Table.

        Raises:
            MissingExtra: pyarrow is not installed.
        """
        try:
            return self._frame.to_arrow()
        except ImportError as cause:
            raise MissingExtra("pyarrow", extra="arrow", purpose="Table.to_arrow()") from cause

    def to_pandas(self) -> "pd.DataFrame":
        """The columns as a pandas frame.

        Raises:
            MissingExtra: pandas or pyarrow is not installed.
        """
        try:
            # numpy has no nullable integers: amounts with a null among them would become floats.
            return self._frame.to_pandas(use_pyarrow_extension_array=True)
        except ImportError as cause:
            raise MissingExtra("pandas", extra="pandas", purpose="Table.to_pandas()") from cause

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"Table[{self.record.__name__}] of {len(self)} rows\n{self._shown()!r}"

    def _repr_html_(self) -> str:
        return f"<p>Table[{self.record.__name__}] of {len(self):,} rows</p>{self._shown()._repr_html_()}"

    def _shown(self) -> pl.DataFrame:
        """The columns that hold anything, for people to look at."""
        filled = [column.name for column in self._frame.head(1000) if column.null_count() < len(column)]
        return self._frame.select(filled)


def _schema_error(frame: pl.DataFrame, record: type) -> InputError:
    wanted = record_schema(record).dtypes
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        return MissingColumn(missing, found=frame.columns, where=record.__name__, hint="use Table.from_frame")
    found = frame.schema
    wrong = [f"{name} is {found[name]}, needed {dtype}" for name, dtype in wanted.items() if found[name] != dtype]
    extra = [name for name in frame.columns if name not in wanted]
    problem = "; ".join([*wrong, *(f"{name} belongs to no field" for name in extra)]) or "the columns are out of order"
    return WrongColumnType(problem, where=record.__name__, hint="use Table.from_frame")


def _conform(frame: pl.DataFrame, record: type, currency: str | None) -> pl.DataFrame:
    schema = record_schema(record)
    dtypes = schema.dtypes
    if currency is not None and "currency" in dtypes and "currency" not in frame.columns:
        exponent(currency)
        frame = frame.with_columns(pl.lit(currency).alias("currency"))
    frame = _major_to_minor(frame, dtypes)
    extra = [name for name in frame.columns if name not in dtypes]
    if extra:
        near = {name: get_close_matches(name, dtypes, n=1) for name in extra}
        hint = "; ".join(f"{name}: did you mean {found[0]}?" for name, found in near.items() if found)
        raise InputError(f"columns {', '.join(map(repr, extra))} belong to no field of {record.__name__}", hint=hint)
    missing = [column.name for column in schema.columns if column.required and column.name not in frame.columns]
    if missing:
        raise MissingColumn(missing, found=frame.columns, where=record.__name__)
    columns = [_cast(frame, column, record) for column in schema.columns]
    conformed = frame.select(columns) if frame.width else pl.DataFrame(schema=dtypes)
    for column in schema.columns:
        _check_values(conformed[column.name], column, record)
    return conformed


def _major_to_minor(frame: pl.DataFrame, dtypes: dict[str, pl.DataType]) -> pl.DataFrame:
    """Money columns that came in whole units, as minor units of the row's currency."""
    names = [name.removesuffix("_minor") for name in dtypes if name.endswith("_minor") and name not in frame.columns]
    for name in (name for name in names if name in frame.columns):
        if frame.schema[name].is_float():
            raise WrongColumnType(f"column {name!r} is float; money is Decimal, text or whole minor units", where=name)
        if "currency" not in frame.columns:
            raise MissingColumn(["currency"], found=frame.columns, hint="or give currency=...")
        codes = frame["currency"].unique().drop_nulls().to_list()
        scale = pl.col("currency").replace_strict({code: 10 ** exponent(code) for code in codes}, default=None)
        exact = pl.col(name).cast(pl.Decimal(38, 6)) * scale.cast(pl.Decimal(38, 0))
        try:
            frame = frame.with_columns(exact.cast(pl.Decimal(38, 6)).alias(f"{name}_minor"))
        except pl.exceptions.PolarsError as cause:
            raise WrongColumnType(f"column {name!r} holds what is not an exact amount: {cause}", where=name) from cause
        if frame.select((pl.col(f"{name}_minor") != pl.col(f"{name}_minor").round(0)).any()).item():
            raise WrongColumnType(f"column {name!r} has more decimals than its currency", where=name)
        frame = frame.drop(name)
    return frame


def _cast(frame: pl.DataFrame, column: Column, record: type) -> pl.Expr:
    if column.name not in frame.columns:
        return pl.lit(None, dtype=column.dtype).alias(column.name)
    found, wanted = frame.schema[column.name], column.dtype
    expression = pl.col(column.name)
    if found in (wanted, pl.Null):
        return _blank_to_null(expression, wanted).cast(wanted)
    allowed = (
        (wanted == pl.Int64 and (found.is_integer() or found.is_decimal()))
        or (wanted == DECIMAL and (found.is_integer() or found.is_decimal()))
        or (wanted == pl.String and found in {pl.Categorical, pl.Enum})
        or (wanted == pl.Date and found == pl.Date)
        or (wanted == INSTANT and isinstance(found, pl.Datetime) and found.time_zone is not None)
        or isinstance(wanted, (pl.List, pl.Struct))
    )
    if not allowed:
        hint = "give it a time zone" if wanted == INSTANT else ""
        hint = "weights and rates are exact: cast to Decimal first" if found.is_float() else hint
        raise WrongColumnType(f"column {column.name!r} is {found}, needed {wanted}", where=record.__name__, hint=hint)
    if wanted == INSTANT:
        return expression.dt.convert_time_zone("UTC").cast(INSTANT)
    return expression.cast(wanted)


def _blank_to_null(expression: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype != pl.String:
        return expression
    return pl.when(expression.str.strip_chars() != "").then(expression)


def _check_values(series: pl.Series, column: Column, record: type) -> None:
    if column.required and series.null_count():
        row = series.is_null().arg_max()
        raise InvalidField(f"a value is needed, row {row} has none", record=record.__name__, field=column.name)
    if column.members is not None:
        unknown = series.filter(series.is_not_null() & ~series.is_in(column.members))
        if len(unknown):
            known = ", ".join(column.members)
            raise InvalidField(
                f"{unknown[0]!r} is not one of its words; known: {known}", record=record.__name__, field=column.name
            )
