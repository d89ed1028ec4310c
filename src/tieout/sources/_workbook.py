"""Workbooks: the sheets of xlsx, xlsm, xlsb, xls and ods files, their cells as the text a person would copy."""

import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from math import isfinite
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
from tieout.sources._sheet_scan import CellFaults, SheetScan, scan_xlsx

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

__all__ = ["Sheet", "cell_text", "open_sheets"]

_HEAD_ROWS = 200
_OLE = b"\xd0\xcf\x11\xe0"
_EXACT_DIGITS = 15
_EXACT_LIMIT = 10**_EXACT_DIGITS
_REACH_CELLS_MAX = 40_000_000  # about 1 GiB while the sheet is opened


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        sheet: Its name; None in a workbook of one sheet.
        title: Its name.
        rows: Its cells as calamine gives them, from the first row of the sheet.
        faults: Cells that hold an error or a formula without value, which calamine shows as blank.
    """

    sheet: str | None
    title: str
    rows: list[list[Any]] = attrs.field(repr=False)
    faults: CellFaults = attrs.field(repr=False)
    is_ragged: bool = False
    is_ended: bool = True
    delimiter: None = None

    @property
    def line_count(self) -> int:
        """How many rows the sheet has, down to the last that holds anything."""
        return len(self.rows)

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows."""
        return tuple(
            Row(line=at + 1, line_end=at + 1, cells=tuple(self._text(at, column) for column in range(len(cells))))
            for at, cells in enumerate(self.rows[:_HEAD_ROWS])
        )

    @cached_property
    def headers(self) -> Headers:
        """The first rows as headers."""
        return Headers.of(self.head)

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows below a row, as `Grid.body` says."""
        rows = self.rows[after:]
        numbers = pl.int_range(after + 1, after + 1 + len(rows), dtype=pl.Int64, eager=True)
        columns = list(zip(*rows, strict=True)) if rows else []
        cells = [
            pl.Series(
                cell_name(at),
                self._column_texts(columns[at], after, at) if at < len(columns) else [None] * len(rows),
                pl.String,
            )
            for at in range(width)
        ]
        # What stands right of the header is beside the table: a cell's column is certain, so no row is torn by it.
        rest = pl.Series(REST, [None] * len(rows), pl.String)
        widths = pl.Series(WIDTH, [width] * len(rows), pl.Int64)
        return pl.DataFrame([numbers.alias(LINE), numbers.alias(LINE_END), widths, *cells, rest])

    def _column_texts(self, cells: tuple[Any, ...], after: int, column: int) -> list[str]:
        texts = [cell if type(cell) is str else cell_text(cell) for cell in cells]
        for row, fault in self.faults.get(column, {}).items():
            if after <= row < after + len(texts) and not texts[row - after]:
                texts[row - after] = fault
        return texts

    def _text(self, row: int, column: int) -> str:
        return cell_text(self.rows[row][column]) or self.faults.get(column, {}).get(row, "")


def cell_text(value: Any) -> str:  # noqa: ANN401, PLR0911 - calamine gives cells of many types
    """A cell as text, exactly.

    Numbers have 15 digits in a spreadsheet; what a binary fraction shows beyond them is noise and is rounded off, and a
    whole number with more digits is written with an exponent, which `tieout.keys` knows as an id that lost digits.

    Example:
        >>> cell_text(10.3), cell_text(12.0), cell_text(0.1 + 0.2), cell_text(4.00123e27)
        ('10.3', '12', '0.3', '4.00123E+27')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value) if abs(value) < _EXACT_LIMIT else _with_exponent(float(value))
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _float_text(value: float) -> str:
    if not isfinite(value):
        return "#NUM!"
    if abs(value) >= _EXACT_LIMIT:
        return _with_exponent(value)
    text = f"{value:.{_EXACT_DIGITS}g}"
    return f"{Decimal(text):f}" if "e" in text else text


def _with_exponent(value: float) -> str:
    digits, _, exponent = f"{value:.{_EXACT_DIGITS - 1}E}".partition("E")
    return f"{digits.rstrip('0').rstrip('.')}E+{int(exponent)}"


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
        faults = {name: scans[name].faults if name in scans else {} for name in book.sheet_names}
        filled = {name: rows for name in book.sheet_names if (rows := _reaching(_rows(book, name), faults[name]))}
        alone = len(book.sheet_names) == 1
        return tuple(
            Sheet(sheet=None if alone else name, title=name, rows=rows, faults=faults[name])
            for name, rows in filled.items()
        )


def _reaching(rows: list[list[Any]], faults: CellFaults) -> list[list[Any]]:
    """The rows with room for the cells that cannot be shown: at the end of some sheets they are left out."""
    height = max((max(places) + 1 for places in faults.values()), default=0)
    now = len(rows[0]) if rows else 0
    width = max([now, *(column + 1 for column in faults)])
    if width > now:
        rows = [[*row, *([""] * (width - now))] for row in rows]
    return [*rows, *([""] * width for _ in range(height - len(rows)))] if height > len(rows) else rows


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


def _rows(book: "CalamineWorkbook", name: str) -> list[list[Any]]:
    """A sheet's rows; none for charts and for sheets without a cell."""
    sheet = book.get_sheet_by_name(name)
    return [] if sheet.start is None else sheet.to_python(skip_empty_area=False)
