"""Table: a Polars frame that knows which record its rows are."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import polars as pl

from tieout._notebook import view
from tieout.errors import InputError, MissingColumn, MissingExtra, WrongColumnType
from tieout.tables._conform import conform
from tieout.tables._parquet import ROWS_PER_FILE, parquet_writer
from tieout.tables._positions import check_row, numbered
from tieout.tables._reading import read_parts
from tieout.tables._schema import no_rows, record_schema
from tieout.tables._showing import frame_table

if TYPE_CHECKING:
    import os

    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame as SparkFrame
    from pyspark.sql import SparkSession

__all__ = ["Table", "schema_of"]

R = TypeVar("R")
_UNREAD = ("source_sha256", "raw")  # nobody reads these in a notebook
_CHUNK_ROWS = 100_000  # bounds the Python objects alive at once while records become columns
_STEP_ROWS = 10_000  # the same for columns that become records, of which the first should not be long in coming


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
        if list(frame.schema.items()) != list(wanted.items()):
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
        if not items:
            return cls(no_rows(kind), kind)
        starts = range(0, len(items), _CHUNK_ROWS)
        return cls(pl.concat([schema.encode(items[start : start + _CHUNK_ROWS]) for start in starts]), kind)

    @classmethod
    def from_frame(cls, data: Any, record: type[R], *, currency: str | None = None) -> "Table[R]":  # noqa: ANN401
        """A Table of a frame whose columns are named like the record's.

        Columns that the record can do without may be absent, and are filled with the field's default. A Money field may
        also come as an exact column in whole units (`amount` as Decimal or text instead of `amount_minor`). Blank text
        becomes null.

        Args:
            data: A frame as `frame_of` takes it.
            record: The record class.
            currency: ISO 4217 code for rows without one.

        Raises:
            MissingColumn: A column that the record needs is absent.
            InputError: A column belongs to no field.
            WrongColumnType: A column cannot hold the field's values exactly, floats for money among them.
            InvalidField: A null or an unknown word where the record refuses it.
        """
        from tieout.tables._door import frame_of  # noqa: PLC0415 - the door hands out Tables

        frame = frame_of(data)
        return cls(conform(frame, record, currency), record) if frame.width else cls.from_records([], record)

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

    @overload
    @classmethod
    def read_parquet(
        cls, source: "str | os.PathLike[str]", record: type[R], *, row: str | None = None
    ) -> "Table[R]": ...

    @overload
    @classmethod
    def read_parquet(
        cls, source: "str | os.PathLike[str]", record: None = None, *, row: str | None = None
    ) -> "Table[Any]": ...

    @classmethod
    def read_parquet(
        cls, source: "str | os.PathLike[str]", record: type[Any] | None = None, *, row: str | None = None
    ) -> "Table[Any]":
        """A Table of a folder of Parquet parts, or of one Parquet file.

        What `write_parquet` wrote comes back as it was; a part that is missing, cut off or not what was written is an error, and
        so is a file that does not belong to it. What other programs wrote (Spark, DuckDB, pandas) is taken as `from_frame` takes
        frames; moments of Spark are instants, and columns that stand in names of folders (`currency=CNY`) are read.

        Args:
            source: The folder or file.
            record: The record class; may be left out where `write_parquet` wrote it of a class of `tieout.model`.
            row: Column of whole numbers by which the rows are put in order, such as one that `to_spark` added; None to leave
                them as they stand, file by file.

        Raises:
            UnreadableFile: There is no such folder or file; a part is missing, cut off or damaged (`CorruptFile`).
            InputError: The rows are of another record class, or the file does not say of which.
            MissingColumn: A column that the record needs is absent.
            WrongColumnType: A column cannot hold the field's values exactly.
            InvalidField: A null or an unknown word where the record refuses it.
        """
        frame, kind = read_parts(source, record, row)
        return cls(frame, kind)

    @classmethod
    def from_spark(
        cls, frame: "SparkFrame", record: type[R], *, currency: str | None = None, row: str | None = None
    ) -> "Table[R]":
        """A Table of a Spark frame, whose rows are collected to this process.

        The columns are held to the record's before any job starts. Whole numbers of any width, decimals, dates, texts, lists
        and structs are taken exactly; timestamps are instants whatever the session's zone. What `from_frame` takes besides is
        taken here too. Spark promises no order of rows, and of several files it reads the largest first: `row` restores it.

        Args:
            frame: A frame of Spark 4 or later, classic or Connect.
            record: The record class.
            currency: ISO 4217 code for rows without one.
            row: Column of whole numbers by which the rows are put in order, as `write_parquet` and `to_spark` add it; None to
                leave them as they come.

        Raises:
            MissingExtra: pyspark is not installed.
            MissingColumn: A column that the record needs is absent.
            InputError: A column belongs to no field; it is no Spark frame, or Spark is older than 4.0 or did not give the rows;
                `row` tells no order.
            WrongColumnType: A column cannot hold the field's values exactly.
            InvalidField: A null or an unknown word where the record refuses it.
        """
        from tieout.tables._spark import frame_of_spark  # noqa: PLC0415 - few need it

        return cls(frame_of_spark(frame, record, currency, row), record)

    def __len__(self) -> int:
        return self._frame.height

    def __iter__(self) -> Iterator[R]:
        schema = record_schema(self.record)
        for start in range(0, self._frame.height, _STEP_ROWS):
            yield from schema.decode(self._frame.slice(start, _STEP_ROWS))

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

    def write_parquet(
        self,
        folder: "str | os.PathLike[str]",
        *,
        rows_per_file: int = ROWS_PER_FILE,
        by: str | Sequence[str] | None = None,
        row: str | None = None,
        overwrite: bool = False,
    ) -> None:
        """Write it to a folder of Parquet parts that Spark, DuckDB and pandas read as plain columns.

        Each part says in its footer of which records its rows are, which columns are money in which currency and with how many
        decimals, and which say where a record was read. A manifest beside them lists the parts, so that `read_parquet` finds out
        when one is lost. The folder appears when all is written, or not at all. Equal Tables make equal bytes.

        Args:
            folder: The folder.
            rows_per_file: Rows of each part but the last.
            by: Columns by whose values rows are put together, such as `carrier`: no part holds rows of two of them, so that
                readers pass over the parts that a filter excludes. Groups stand in the order of their first rows.
            row: Name of a column to add, which numbers the rows from 0 as they are written: what `read_parquet` gives has the
                row at that position, and Spark, which keeps no order, knows the rows by it. Reading leaves it out.
            overwrite: Whether it may take the place of a folder that holds nothing but tables.

        Raises:
            InputError: The folder is there already, holds other things, or cannot be written; there would be too many parts.
            MissingColumn: There is no such column to group by.
        """
        with parquet_writer(folder, self.record, rows_per_file=rows_per_file, row=row, overwrite=overwrite) as writer:
            writer.write(self, by=by)

    def to_spark(self, session: "SparkSession", *, row: str | None = None) -> "SparkFrame":
        """The columns as a Spark frame, exactly, by way of Arrow.

        Amounts are whole minor units as LONG, instants TIMESTAMP whatever the session's zone. Here all rows go through the
        driver: large Tables are better written with `write_parquet` where Spark's workers can read them.

        Args:
            session: A session of Spark 4 or later, classic or Connect.
            row: Name of a column to add, which numbers the rows from 0.

        Raises:
            MissingExtra: pyspark is not installed.
            InputError: It is no session, Spark is older than 4.0, or it does not take the rows; `row` is a column of the record.
        """
        from tieout.tables._spark import frame_in_spark  # noqa: PLC0415 - few need it

        check_row(row, self.record)
        return frame_in_spark(numbered(self._frame, row), session)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self._frame.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"Table[{self.record.__name__}] of {len(self)} rows\n{self._shown()!r}"

    def _repr_html_(self) -> str:
        return view(
            f"Table[{self.record.__name__}] of {len(self):,} rows",
            frame_table(self._shown().drop(_UNREAD, strict=False)),
        )

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
