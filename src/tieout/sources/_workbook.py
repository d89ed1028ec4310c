"""Workbooks: the sheets of xlsx, xlsm, xlsb, xls and ods files, their cells as the text a person would copy."""

import io
import zipfile
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs
import polars as pl

from tieout.errors import CorruptFile, EmptyFile, EncryptedFile, TieoutError
from tieout.sources._archives import Parts
from tieout.sources._biff import scan_xls
from tieout.sources._biff12 import scan_xlsb
from tieout.sources._captions import Headers, Row
from tieout.sources._content import Content
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, cell_name
from tieout.sources._ods_scan import scan_ods
from tieout.sources._sheet_cells import text_columns
from tieout.sources._sheet_scan import CellFaults, SheetScan, scan_xlsx

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

__all__ = ["Sheet", "open_sheets"]

_HEAD_ROWS = 200
_OLE = b"\xd0\xcf\x11\xe0"
_REACH_CELLS_MAX = 40_000_000  # about 1 GiB while the sheet is opened


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        sheet: Its name; None in a workbook of one sheet.
        title: Its name.
        cells: Its cells as text, from the first row and the first column of the sheet; empty text where blank.
        merged: Cells that are merged over several rows: position of the column from 0, first and last row from 1.
    """

    sheet: str | None
    title: str
    cells: pl.DataFrame = attrs.field(repr=False)
    merged: tuple[tuple[int, int, int], ...] = attrs.field(default=(), repr=False)
    is_ragged: bool = False
    is_ended: bool = True
    delimiter: None = None

    @property
    def line_count(self) -> int:
        """How many rows the sheet has, down to the last that holds anything."""
        return self.cells.height

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows."""
        rows = self.cells.head(_HEAD_ROWS).iter_rows()
        return tuple(Row(line=at, line_end=at, cells=cells) for at, cells in enumerate(rows, start=1))

    @cached_property
    def headers(self) -> Headers:
        """The first rows as headers."""
        return Headers.of(self.head)

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows below a row, as `Grid.body` says."""
        beyond = (pl.lit(None, dtype=pl.String).alias(cell_name(at)) for at in range(self.cells.width, width))
        names = [cell_name(at) for at in range(min(width, self.cells.width))]
        # What stands right of the header is beside the table: a cell's column is certain, so no row is torn by it.
        return self.cells.slice(after).select(
            pl.int_range(after + 1, after + 1 + pl.len(), dtype=pl.Int64).alias(LINE),
            pl.int_range(after + 1, after + 1 + pl.len(), dtype=pl.Int64).alias(LINE_END),
            pl.lit(width, dtype=pl.Int64).alias(WIDTH),
            *names,
            *beyond,
            pl.lit(None, dtype=pl.String).alias(REST),
        )


def open_sheets(content: Content) -> tuple[Sheet, ...]:
    """The sheets of a workbook that hold anything, in order.

    Raises:
        CorruptFile: The workbook is damaged.
        UnreadableFile: A part of it unpacks to more than a workbook does.
        EncryptedFile: A password protects it.
        EmptyFile: No sheet holds anything.
    """
    try:
        sheets = _read(content)
    except BaseException as cause:  # calamine's panics are no `Exception`
        if not isinstance(cause, Exception) and type(cause).__name__ != "PanicException":
            raise
        if isinstance(cause, TieoutError):
            raise
        if isinstance(cause, _TooFar):
            raise CorruptFile(
                f"sheet {cause.sheet!r} reaches over {cause.cells:,} cells: a cell far away is damaged, or was left there",
                where=content.where,
                hint="delete what stands right of the table and below it, and save it anew",
            ) from cause
        if type(cause).__name__ == "PasswordError":
            raise EncryptedFile("the workbook is protected by a password", where=content.where) from cause
        raise CorruptFile(
            f"the workbook is damaged or cut off ({type(cause).__name__})",
            where=content.where,
            hint="open it in a spreadsheet program and save it anew, or download it again",
        ) from cause
    if not sheets:
        raise EmptyFile("no sheet of the workbook holds anything", where=content.where)
    return sheets


_SCANS = {"xl/workbook.xml": scan_xlsx, "xl/workbook.bin": scan_xlsb, "content.xml": scan_ods}


class _TooFar(Exception):  # noqa: N818 - never leaves this module
    """A sheet's farthest cell is so far away that opening it would take all memory."""

    def __init__(self, sheet: str, cells: int) -> None:
        self.sheet, self.cells = sheet, cells
        super().__init__(sheet)


def _read(content: Content) -> tuple[Sheet, ...]:
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - only workbooks pay for it

    scans = scan_xls(content.data) if content.data.startswith(_OLE) else _scan_archive(content)
    for name, scan in scans.items():
        if scan.reach_cells > _REACH_CELLS_MAX:
            raise _TooFar(name, scan.reach_cells)
    with CalamineWorkbook.from_filelike(io.BytesIO(content.data)) as book:
        titles = book.sheet_names
        sheets = {title: book.get_sheet_by_name(title) for title in titles}
        found = {title: _cells(sheet, scans.get(title)) for title, sheet in sheets.items()}
        return tuple(
            Sheet(sheet=None if len(titles) == 1 else title, title=title, cells=cells, merged=_merged(sheets[title]))
            for title, cells in found.items()
            if cells.height
        )


def _merged(sheet: "CalamineSheet") -> tuple[tuple[int, int, int], ...]:
    """Cells that are merged over several rows; none where the reader does not tell of them, as in xlsb and ods."""
    ranges = getattr(sheet, "merged_cell_ranges", None) or ()
    return tuple((left, top + 1, bottom + 1) for (top, left), (bottom, _) in ranges if bottom > top)


def _scan_archive(content: Content) -> dict[str, SheetScan]:
    """What the bytes of the sheets of an xlsx, xlsb or ods workbook show.

    Raises:
        UnreadableFile: A part of it unpacks to more than a workbook does.
        KeyError: It lacks a part that it names.
    """
    with zipfile.ZipFile(io.BytesIO(content.data)) as archive:
        parts = Parts(content.where, archive)
        scans = next(scan for part, scan in _SCANS.items() if part in parts.namelist())(parts)
        parts.check_rest()
        return scans


def _cells(sheet: "CalamineSheet", scan: SheetScan | None) -> pl.DataFrame:
    """A sheet's cells as text, with those that calamine shows as blank and that are not; none for charts and blank sheets."""
    faults = {} if scan is None else scan.faults
    height, width = (0, 0) if sheet.start is None or sheet.end is None else (sheet.end[0] + 1, sheet.end[1] + 1)
    columns = text_columns(_rows(sheet, width), width) if width else []
    frame = pl.DataFrame([column.alias(cell_name(at)) for at, column in enumerate(columns)])
    if frame.height != height:
        raise ValueError("the reader of workbooks gave another number of rows than it said")
    return _with_faults(frame, faults) if faults else frame


def _rows(sheet: "CalamineSheet", width: int) -> Iterator[list[Any]]:
    """All rows from the first of the sheet on, from its first column on."""
    rows = sheet.iter_rows()
    if sheet.start is None or not sheet.start[1]:
        return rows
    return ([""] * (width - len(row)) + row for row in rows)


def _with_faults(frame: pl.DataFrame, faults: CellFaults) -> pl.DataFrame:
    """The cells with the texts of those that cannot be shown, which may stand right of all others, or below."""
    height = max(frame.height, 1 + max(row for rows in faults.values() for row in rows))
    filled = []
    for at in range(max(frame.width, 1 + max(faults))):
        name = cell_name(at)
        cells = frame[name] if at < frame.width else pl.Series(name, [], dtype=pl.String)
        cells = pl.concat([cells, pl.repeat("", height - len(cells), dtype=pl.String, eager=True)]).alias(name)
        told = {row: text for row, text in faults.get(at, {}).items() if not cells[row]}
        filled.append(cells.scatter(list(told), list(told.values())) if told else cells)
    return pl.DataFrame(filled)
