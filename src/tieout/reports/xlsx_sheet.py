"""A sheet that takes the text of many rows at once: XlsxWriter takes cell by cell, and asks many questions of each.

Only the way is shorter: the text is the one that XlsxWriter writes. Were its own methods called something else one day, rows
would be written cell by cell, and workbooks would take longer.
"""

import io
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final, TextIO

from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from xlsxwriter.format import Format

__all__ = ["PlainSheet"]

_ASKED: Final = ("_write_single_row", "_check_dimensions", "_convert_date_time")


class PlainSheet(Worksheet):  # type: ignore[misc]  # the library tells no types
    """A sheet of a workbook in constant memory."""

    fh: TextIO

    @property
    def takes_rows(self) -> bool:
        """Whether the library still does what rows of text need."""
        return bool(self.constant_memory) and all(hasattr(Worksheet, name) for name in _ASKED)

    def serial(self, moment: date) -> float:
        """The number by which a spreadsheet knows a day or moment."""
        number: float = self._convert_date_time(moment)
        return number

    def number_of(self, one: "Format") -> int:
        """The number of a format, which it gets when it is first used."""
        number: int = one._get_xf_index()  # noqa: SLF001 - what the library asks of it for each cell
        return number

    def begin_rows(self, row: int) -> None:
        """Write what is still to be written, before rows that are texts.

        Args:
            row: The first of these, from 0.
        """
        self._write_single_row(row)

    def text_of(self, row: int, write: Callable[[], None]) -> str:
        """The text of a row that the library writes; rows come in their order.

        Args:
            row: The row, from 0.
            write: Writes its cells.
        """
        self._write_single_row(row)  # the rows before are written
        held, written = self.fh, io.StringIO()
        self.fh = written
        try:
            write()
            self._write_single_row(row)
            text = written.getvalue()
        finally:
            self.fh = held
        return text

    def put_text_of_rows(self, text: str, *, last: int, width: int) -> None:
        """Write rows that are texts already.

        Args:
            text: Their text.
            last: The last of them, from 0.
            width: How many columns they have.
        """
        self._check_dimensions(last, width - 1)
        self._write_single_row(last)  # the rows up to this one are written
        self.fh.write(text)
