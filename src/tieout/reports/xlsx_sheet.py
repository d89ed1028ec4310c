"""A sheet that writes plain cells at once: XlsxWriter asks many questions of each that our cells have answered.

Only the way is shorter: the text is the one that XlsxWriter writes, which gets all cells that are not plain. Were its own method
called something else one day, this one would not be used, and workbooks would take longer.
"""

from typing import TYPE_CHECKING, Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell_fast
from xlsxwriter.worksheet import Worksheet

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["PlainSheet"]

_NEEDS_CARE: Final = ("&", "<", ">", "_x")  # `_x000A_` is how a workbook spells a character


class PlainSheet(Worksheet):  # type: ignore[misc]  # the library tells no types
    """A sheet of a workbook in constant memory."""

    def _write_cell(self, row: int, col: int, cell: Any) -> None:  # noqa: ANN401 - XlsxWriter's own
        """Write a cell; called by XlsxWriter for each of a row."""
        kind = type(cell).__name__
        place = None if cell.format is None else cell.format.xf_index
        if place and kind == "Number":
            number: Decimal | float = cell.number
            self.fh.write(f'<c r="{xl_rowcol_to_cell_fast(row, col)}" s="{place}"><v>{number:.16G}</v></c>')
        elif place and kind == "String" and self.constant_memory and _is_plain(cell.string):
            at = xl_rowcol_to_cell_fast(row, col)
            self.fh.write(f'<c r="{at}" s="{place}" t="inlineStr"><is><t>{cell.string}</t></is></c>')
        else:
            super()._write_cell(row, col, cell)


def _is_plain(text: str) -> bool:
    """Whether a text stands in the file as it is: no sign of XML, no character that is spelled out, no blank at an end."""
    if not text.isprintable() or text.startswith(" ") or text.endswith(" "):
        return False
    return not any(sign in text for sign in _NEEDS_CARE)
