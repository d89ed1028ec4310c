"""Reading Parquet: folders of parts as a record's columns, each part held to what was written and to the record."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import attrs
import polars as pl

from tieout.errors import CorruptFile, InputError, InvalidField, MissingColumn, UnreadableFile, WrongColumnType
from tieout.tables._conform import conform
from tieout.tables._folder import PartFile, listed_parts
from tieout.tables._footer import Footer, record_named
from tieout.tables._parquet import path_of
from tieout.tables._parts import INSTANT
from tieout.tables._positions import check_row, in_order, without_row
from tieout.tables._schema import record_schema

__all__ = ["read_parts"]

_MAGIC: Final = b"PAR1"
_SPARK_SCHEMA: Final = "org.apache.spark.sql.parquet.row.metadata"
_HIVE_NULL: Final = "__HIVE_DEFAULT_PARTITION__"
_Dtypes = Mapping[str, Any]  # Polars types are classes or their instances


def read_parts(
    source: "str | os.PathLike[str]", record: type | None, row: str | None = None
) -> tuple[pl.DataFrame, type]:
    """The rows of a folder of parts, or of one Parquet file, and what they are.

    Args:
        source: The folder or file.
        record: The record class; None to take what the file says.
        row: Column by which the rows are put in order, and which is none of the record's; None to leave them as they stand.

    Raises:
        UnreadableFile: There is no such folder or file; a part is missing, cut off or damaged.
        InputError: The rows are of another record, or it is not said of which.
        MissingColumn: A column that the record needs is absent.
        WrongColumnType: A column cannot hold the field's values exactly.
        InvalidField: A null or an unknown word where the record refuses it.
    """
    path = path_of(source)
    if path.is_dir():
        parts = [
            _Part(file, f"{path.name}/{file.relative_to(path).as_posix()}", path, said)
            for file, said in listed_parts(path)
        ]
    elif path.is_file():
        parts = [_Part(path, path.name, path.parent, None)]
    else:
        raise UnreadableFile("there is no such folder or file", where=str(path))
    kind = parts[0].kind() if record is None else record
    check_row(row, kind)
    read = [part.read(kind, row) for part in parts]
    rows = pl.concat([rows for rows, _ in read])
    if row is None:
        return rows, kind
    return in_order(rows, pl.concat([numbers for _, numbers in read]), path.name), kind


@attrs.frozen
class _Part:
    """One Parquet file.

    Attributes:
        path: Where it stands.
        where: What messages call it.
        root: The folder that it is a part of.
        said: What the manifest says of it; None where there is none.
    """

    path: Path
    where: str
    root: Path
    said: PartFile | None

    def kind(self) -> type:
        """The record class that it says."""
        footer = Footer.read(self._texts(), self.where)
        if footer is None:
            problem = "the file does not say of which records its rows are"
            raise InputError(problem, where=self.where, hint="say it: Table.read_parquet(..., record=...)")
        return record_named(footer.record, self.where)

    def read(self, record: type, row: str | None) -> tuple[pl.DataFrame, pl.Series]:
        """Its rows as columns of a record, and the column that numbers them; an empty one where that is not asked for."""
        if self.said is not None:
            self.said.check(self.path, self.where)
        texts = self._texts()
        footer = Footer.read(texts, self.where)
        if footer is not None:
            footer.check(record, self.where)
        with _readable(self.where):
            schema = pl.read_parquet_schema(self.path)
        said = None if footer is None or footer.row not in schema else footer.row
        own = row or said
        spark = json.loads(texts[_SPARK_SCHEMA]) if _SPARK_SCHEMA in texts else None
        instants = _instants(schema, spark)
        empty, _ = self._apart(pl.DataFrame(schema=instants), record, own)
        self._conformed(empty, record)
        with _readable(self.where):
            frame = pl.read_parquet(self.path, schema=_fine(schema, spark), hive_partitioning=False).cast(instants)
        frame, numbers = self._apart(frame, record, own)
        # What is proved to be what was written need not be looked at again, and must not be changed.
        is_proved = self.said is not None and frame.schema == record_schema(record).dtypes
        return frame if is_proved else self._conformed(frame, record), numbers

    def _apart(self, frame: pl.DataFrame, record: type, row: str | None) -> tuple[pl.DataFrame, pl.Series]:
        frame = self._with_folders(frame, record)
        return (frame, pl.Series(dtype=pl.Int64)) if row is None else without_row(frame, row, self.where)

    def _texts(self) -> dict[str, str]:
        with _readable(self.where), self.path.open("rb") as file:
            head = file.read(len(_MAGIC))
            file.seek(-min(len(_MAGIC), self.path.stat().st_size), os.SEEK_END)
            if head != _MAGIC or file.read() != _MAGIC:
                raise CorruptFile("this is no Parquet file, or it is cut off", where=self.where)
        with _readable(self.where):
            return pl.read_parquet_metadata(self.path)

    def _with_folders(self, frame: pl.DataFrame, record: type) -> pl.DataFrame:
        """The frame with the columns that stand in names of folders, such as `currency=CNY`, as Hive and Spark write them."""
        wanted = record_schema(record).dtypes
        for folder in self.path.relative_to(self.root).parts[:-1]:
            name, _, value = folder.partition("=")
            text = None if value == _HIVE_NULL else unquote(value)
            said = pl.lit(text, dtype=pl.String)
            dtype = wanted.get(name, pl.String())
            column = said.str.to_date("%Y-%m-%d") if dtype == pl.Date else said.cast(dtype)
            try:
                frame = frame.with_columns(column.alias(name))
            except pl.exceptions.PolarsError as cause:
                problem = f"column {name!r} is {value!r} in the name of the folder, needed {wanted[name]}"
                raise WrongColumnType(problem, where=self.where) from cause
        return frame

    def _conformed(self, frame: pl.DataFrame, record: type) -> pl.DataFrame:
        """The record's columns, errors telling the file."""
        try:
            return conform(frame, record, None)
        except MissingColumn as cause:
            raise MissingColumn(cause.missing, found=cause.found, where=self.where, hint=cause.hint) from None
        except InvalidField as cause:
            problem = f"{self.where}: {cause.problem}"
            raise InvalidField(problem, record=cause.record, field=cause.field, hint=cause.hint) from None
        except InputError as cause:
            raise type(cause)(cause.problem, where=self.where, hint=cause.hint) from None


@contextmanager
def _readable(where: str) -> Iterator[None]:
    """Tell of a file that cannot be read in the library's own words."""
    try:
        yield
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as cause:
        reason = str(cause).partition("\n")[0]
        raise CorruptFile(f"it cannot be read as Parquet: {reason}", where=where) from cause
    except OSError as cause:
        raise UnreadableFile(f"it cannot be read: {cause.strerror or cause}", where=where) from cause


def _fine(schema: _Dtypes, spark: Any) -> pl.Schema:  # noqa: ANN401 - JSON
    """The columns of a file, moments of Spark's old type (INT96) to the microsecond.

    Polars reads that type to the nanosecond, in which years before 1677 and after 2262 become those without a word.
    """
    return pl.Schema(_of_spark(schema, spark, lambda dtype: pl.Datetime("us") if dtype.time_unit == "ns" else dtype))


def _instants(schema: _Dtypes, spark: Any) -> pl.Schema:  # noqa: ANN401 - JSON
    """The columns of a file, what Spark calls timestamps as instants: it writes them in UTC, whatever its session's zone."""
    return pl.Schema(_of_spark(schema, spark, lambda _: INSTANT))


def _of_spark(schema: _Dtypes, spark: Any, moment: Callable[[pl.Datetime], pl.DataType]) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Columns whose moments are changed where Spark calls them `timestamp`."""
    kinds = {} if spark is None else {field["name"]: field["type"] for field in spark["fields"]}

    def changed(dtype: Any, kind: Any) -> Any:  # noqa: ANN401 - both as above
        if isinstance(dtype, pl.Datetime):
            return moment(dtype) if kind == "timestamp" else dtype
        if isinstance(dtype, pl.List) and isinstance(kind, dict):
            return pl.List(changed(dtype.inner, kind["elementType"]))
        if isinstance(dtype, pl.Struct) and isinstance(kind, dict):
            return pl.Struct(_of_spark({field.name: field.dtype for field in dtype.fields}, kind, moment))
        return dtype

    return {name: changed(dtype, kinds.get(name)) for name, dtype in schema.items()}
