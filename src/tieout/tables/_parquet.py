"""Parquet: Tables as folders of part files and back, for Spark, DuckDB and pandas to read as they are."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import attrs
import polars as pl

from tieout.errors import InputError, MissingColumn
from tieout.tables._folder import Manifest, PartFile, new_folder, unwritable
from tieout.tables._footer import Footer, name_of
from tieout.tables._positions import check_row, numbered
from tieout.tables._schema import record_schema

if TYPE_CHECKING:
    from tieout.tables.table import Table

__all__ = ["ROWS_PER_FILE", "FrameParts", "ParquetWriter", "parquet_writer", "path_of", "record_parts"]

R = TypeVar("R")
ROWS_PER_FILE: Final = 1_000_000
_ROW_GROUP: Final = 1 << 18  # what one task of a reader takes at least
_FILES_MAX: Final = 10_000


class FrameParts:
    """Frames of one schema on their way into part files of a folder: the same rows make the same bytes, however they come."""

    def __init__(
        self,
        folder: Path,
        *,
        schema: Mapping[str, pl.DataType],
        footer: Callable[[pl.DataFrame], dict[str, str]],
        rows_per_file: int,
        where: str,
        row: str | None = None,
    ) -> None:
        """Write into a folder that is there and empty.

        Args:
            folder: The folder.
            schema: Columns of the frames.
            footer: What a file says besides its columns.
            rows_per_file: Rows of each part but the last.
            where: What messages call the folder.
            row: Name of a column of its own that numbers the rows from 0.

        Raises:
            InputError: That is no number of rows.
        """
        if not _is_count(rows_per_file):
            raise InputError(f"rows_per_file is a whole number from 1 on, got {rows_per_file!r}")
        self._folder, self._schema, self._footer = folder, dict(schema), footer
        self._rows_per_file, self._where, self._row = rows_per_file, where, row
        self._waiting: list[pl.DataFrame] = []
        self._rows = 0
        self._parts: list[PartFile] = []

    @property
    def rows(self) -> int:
        """Rows that were given so far."""
        return sum(part.rows for part in self._parts) + self._rows

    def add(self, frame: pl.DataFrame) -> None:
        """Take rows; whole parts are written."""
        if frame.height:
            self._waiting.append(frame)
            self._rows += frame.height
        while self._rows >= self._rows_per_file:
            whole = pl.concat(self._waiting)
            self._write(whole.head(self._rows_per_file))
            rest = whole.slice(self._rows_per_file)
            self._waiting, self._rows = ([rest] if rest.height else []), rest.height

    def end_part(self) -> None:
        """Write the rows that wait as a part of their own."""
        if self._rows:
            self._write(pl.concat(self._waiting))
            self._waiting, self._rows = [], 0

    def close(self, record: str | None) -> Manifest:
        """Write what waits, and the manifest; a folder without rows has one part, which says the columns."""
        self.end_part()
        if not self._parts:
            self._write(pl.DataFrame(schema=self._schema))
        manifest = Manifest(record=record, parts=tuple(self._parts))
        try:
            manifest.write(self._folder)
        except OSError as cause:
            raise unwritable(Path(self._where), cause) from cause
        return manifest

    def _write(self, frame: pl.DataFrame) -> None:
        path = self._folder / f"part-{len(self._parts):05}.parquet"
        footer = self._footer(frame)
        frame = numbered(frame.rechunk(), self._row, start=sum(part.rows for part in self._parts))
        try:
            frame.write_parquet(path, compression="zstd", row_group_size=_ROW_GROUP, metadata=footer)
            self._parts.append(PartFile.of(path, rows=frame.height))
        except OSError as cause:
            raise unwritable(Path(self._where), cause) from cause
        except pl.exceptions.PolarsError as cause:
            raise InputError(f"it cannot be written: {cause}", where=self._where) from cause


def _is_count(rows: object) -> bool:
    return isinstance(rows, int) and not isinstance(rows, bool) and rows >= 1


@attrs.frozen(eq=False)
class ParquetWriter(Generic[R]):
    """Takes Tables one after the other; `parquet_writer` makes it.

    Attributes:
        record: The record class.
    """

    record: type[R]
    _parts: FrameParts

    @property
    def rows(self) -> int:
        """Rows that were given so far."""
        return self._parts.rows

    def write(self, table: "Table[R]", *, by: str | Sequence[str] | None = None) -> None:
        """Take the rows of a Table.

        Args:
            table: The rows.
            by: Columns by whose values they are put together: each group of this Table makes parts of its own, groups in the
                order of their first rows.

        Raises:
            InputError: They are of another record class, the disk takes no more, or there would be too many parts.
            MissingColumn: There is no such column to group by.
        """
        if table.record is not self.record:
            raise InputError(f"a Table of {self.record.__name__} is needed, got one of {table.record.__name__}")
        if by is None:
            self._parts.add(table.to_polars())
            return
        for group in _groups(table.to_polars(), [by] if isinstance(by, str) else list(by), self.record):
            self._parts.end_part()
            self._parts.add(group)
        self._parts.end_part()


def _groups(frame: pl.DataFrame, by: list[str], record: type) -> list[pl.DataFrame]:
    missing = [name for name in by if name not in frame.columns]
    if missing:
        raise MissingColumn(missing, found=frame.columns, where=record.__name__)
    if not by:
        raise InputError("no column to group by is said", where="by")
    count = frame.select(pl.struct(by).n_unique()).item()
    if count > _FILES_MAX:
        raise InputError(
            f"by={', '.join(by)} would make {count:,} files, {_FILES_MAX:,} at most are written",
            hint="each group is a file of its own: group by what has few values",
        )
    return frame.partition_by(by, maintain_order=True)


@contextmanager
def parquet_writer(
    folder: "str | os.PathLike[str]",
    record: type[R],
    *,
    rows_per_file: int = ROWS_PER_FILE,
    row: str | None = None,
    overwrite: bool = False,
) -> Iterator[ParquetWriter[R]]:
    """Write Tables one after the other into a folder of Parquet parts, which appears when all is written, or not at all.

    For rows that do not fit in memory together; `Table.write_parquet` writes one Table. Which rows stand in which part does not
    depend on the Tables that they came in.

    Args:
        folder: The folder.
        record: The record class.
        rows_per_file: Rows of each part but the last.
        row: Name of a column to add, which numbers the rows from 0.
        overwrite: Whether it may take the place of a folder that holds nothing but tables.

    Raises:
        InputError: The folder is there already, or cannot be written.

    Example:
        >>> import tempfile
        >>> from tieout.model import Shipment
        >>> from tieout.tables import Table
        >>> with tempfile.TemporaryDirectory() as name:
        ...     with parquet_writer(f"{name}/parcels", Shipment, rows_per_file=2) as writer:
        ...         for day in (["SF1", "SF2"], ["SF3"]):
        ...             writer.write(Table.from_records([Shipment(tracking_no=number) for number in day]))
        ...     [parcel.tracking_no for parcel in Table.read_parquet(f"{name}/parcels")]
        ['SF1', 'SF2', 'SF3']
    """
    target = path_of(folder)
    with new_folder(target, overwrite=overwrite) as fresh:
        parts = record_parts(fresh, record, rows_per_file=rows_per_file, where=target.name, row=row)
        yield ParquetWriter(record, parts)
        parts.close(name_of(record))


def record_parts(folder: Path, record: type, *, rows_per_file: int, where: str, row: str | None = None) -> FrameParts:
    """Frames of a record's columns on their way into part files; the arguments are those of `FrameParts`."""
    check_row(row, record)
    return FrameParts(
        folder,
        schema=record_schema(record).dtypes,
        footer=lambda frame: Footer.of(frame, record, row=row).texts(),
        rows_per_file=rows_per_file,
        where=where,
        row=row,
    )


def path_of(folder: Any) -> Path:  # noqa: ANN401 - what callers give is looked at here
    """The path of a folder or file on this machine.

    Raises:
        InputError: It is a URL, or no path.
    """
    if not isinstance(folder, (str, os.PathLike)) or not os.fspath(folder):
        raise InputError(f"the path of a folder is needed, got {folder!r}")
    text = os.fsdecode(folder)
    if "://" in text:
        raise InputError("the path of a folder on this machine is needed, got a URL", where=text)
    return Path(text)
