"""Grids: what every table file is once it is open, rows of cells of text."""

from typing import Protocol

import polars as pl

from tieout.sources._captions import Headers, Row

__all__ = ["LINE", "LINE_END", "REST", "WIDTH", "Grid", "body_schema", "cell_name"]

LINE, LINE_END, WIDTH, REST = "_line", "_line_end", "_width", "_rest"
"""Columns of a body besides its cells: first and last line, number of cells in the file, what stands beyond the header."""


def cell_name(position: int) -> str:
    """Name of a body's column of cells."""
    return f"c{position}"


def body_schema(width: int) -> dict[str, pl.DataType]:
    """Columns of a body so many cells wide."""
    cells = {cell_name(at): pl.String() for at in range(width)}
    return {LINE: pl.Int64(), LINE_END: pl.Int64(), WIDTH: pl.Int64(), **cells, REST: pl.String()}


class Grid(Protocol):
    """One table-like thing: a text file cut at one delimiter, or one sheet of a workbook.

    Attributes:
        sheet: Name of the sheet; None for text, and for a workbook of one sheet.
        title: Name of the sheet, even of the only one; None for text.
        is_ended: Whether its last line has its end.
        head: Its first rows, among which the header stands.
        headers: Those of them that are not blank, as headers.
        line_count: How many lines or rows it has.
        is_ragged: Whether rows can have more or fewer cells than the header, which cells of a sheet cannot.
        delimiter: What parts its cells; None for a sheet.
    """

    @property
    def sheet(self) -> str | None: ...
    @property
    def title(self) -> str | None: ...
    @property
    def is_ended(self) -> bool: ...
    @property
    def head(self) -> tuple[Row, ...]: ...
    @property
    def headers(self) -> Headers: ...
    @property
    def line_count(self) -> int: ...
    @property
    def is_ragged(self) -> bool: ...
    @property
    def delimiter(self) -> str | None: ...

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows below a line, as `body_schema` says; cells that are absent are null.

        A grid that knows what each of its rows is says so in a column `KIND`; of others the rows are told by their looks.

        Args:
            after: Last line of the header; 0 for all rows.
            width: How many cells the header has.
        """
        ...
