"""Workbooks: what the xlsx ledgers share, from exact figures to bytes that are the same every time.

Texts are text cells of the format "Text", so no program takes one for a formula, a link, a number or a date, not even when
somebody edits the cell. Figures are number cells whose digits in the file are those of the voucher. Needs the extra
`tieout[excel]`, which is imported when a workbook is made.
"""

import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Final, TypeAlias

import attrs

from tieout.errors import LedgerError, MissingExtra
from tieout.ledgers._base import plain_text

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["DIGITS_MAX", "ROWS_MAX", "Cell", "Sheet", "exact_number", "to_workbook"]

Cell: TypeAlias = str | Decimal | None
"""What a cell holds: a text, a figure with the decimals that it is shown with, or nothing."""

DIGITS_MAX: Final = 15
"""Digits that a number of a spreadsheet keeps: 15 survive the way through a binary float, a 16th may not."""

ROWS_MAX: Final = 1_048_576
"""Rows of an xlsx sheet, the header included."""

_TEXT_MAX: Final = 32_767
_WIDTH_MIN, _WIDTH_MAX = 8, 60
_CREATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When every workbook says it was made: the same vouchers give the same bytes."""


@attrs.frozen(kw_only=True)
class Sheet:
    """One sheet of a workbook.

    Attributes:
        name: Its name, of at most 31 characters.
        header: Rows of captions; they stay in sight when one scrolls.
        rows: The cells, row by row; each row is as long as the captions.
    """

    name: str
    header: tuple[tuple[str, ...], ...]
    rows: Sequence[Sequence[Cell]]


def exact_number(number: Decimal, *, where: str) -> Decimal:
    """A figure that a spreadsheet keeps to its last digit; the same figure.

    Args:
        number: A finite figure.
        where: What the error names, such as a voucher.

    Raises:
        LedgerError: It has more than 15 digits.

    Example:
        >>> exact_number(Decimal("9999999999999.99"), where="记-5")
        Decimal('9999999999999.99')
    """
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS_MAX or number.adjusted() > DIGITS_MAX:
        raise LedgerError(
            f"{number:f} has more than the {DIGITS_MAX} digits that a number of a spreadsheet keeps",
            where=where,
            hint="use a ledger that writes text",
        )
    return number


def to_workbook(sheets: Iterable[Sheet], *, where: str) -> bytes:
    """The bytes of a workbook; the same sheets give the same bytes.

    Args:
        sheets: Its sheets, in order.
        where: The ledger that the errors name.

    Raises:
        MissingExtra: XlsxWriter is not installed.
        LedgerError: A sheet has more rows, a text more characters, or a figure more digits than xlsx takes.
    """
    library = _library()
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with library.Workbook(content, options) as book:
        book.set_properties({"created": _CREATED})
        formats = _Formats(book)
        for sheet in sheets:
            try:
                target = book.add_worksheet(sheet.name)
            except library.exceptions.XlsxInputError as cause:
                raise LedgerError(f"a sheet cannot be named {sheet.name!r}", where=where) from cause
            _put(sheet, target, formats, where)
    return content.getvalue()


def _library() -> ModuleType:
    try:
        return import_module("xlsxwriter")  # an extra: only who writes workbooks needs it
    except ImportError as cause:
        raise MissingExtra("XlsxWriter", extra="excel", purpose="writing xlsx") from cause


class _Formats:
    """The formats of a workbook and its texts, each made once: the same ones come again and again."""

    def __init__(self, book: "Workbook") -> None:
        self._book = book
        self._made: dict[str, Format] = {}
        self._texts: dict[str, tuple[str, int]] = {}
        self.header = book.add_format({"bold": True, "num_format": "@", "bottom": 1})

    def shown_as(self, pattern: str) -> "Format":
        """The format that shows a cell by a pattern, such as `0.00`."""
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]

    def on_one_line(self, text: str) -> tuple[str, int]:
        """A text without line breaks, and how many columns of the screen it takes."""
        if text not in self._texts:
            plain = plain_text(text)
            if plain.startswith("<r>") and plain.endswith("</r>"):
                plain += " "  # the library takes what stands between these for its own markup
            self._texts[text] = plain, _shown_width(plain)
        return self._texts[text]


def _put(sheet: Sheet, target: "Worksheet", formats: _Formats, where: str) -> None:
    """Write the captions and the rows of one sheet."""
    heads = len(sheet.header)
    if heads + len(sheet.rows) > ROWS_MAX:
        raise LedgerError(f"{len(sheet.rows):,} lines are more than a sheet takes", where=where)
    widths = [_WIDTH_MIN] * max(map(len, sheet.header))
    for row, captions in enumerate(sheet.header):
        for column, caption in enumerate(captions):
            target.write_string(row, column, caption, formats.header)
            widths[column] = max(widths[column], _shown_width(caption))
    for row, cells in enumerate(sheet.rows, start=heads):
        for column, cell in enumerate(cells):
            if cell is not None:
                widths[column] = max(widths[column], _put_cell(target, (row, column), cell, formats, where))
    for column, width in enumerate(widths):
        target.set_column(column, column, min(width + 2, _WIDTH_MAX))
    target.freeze_panes(heads, 0)


def _put_cell(target: "Worksheet", place: tuple[int, int], cell: str | Decimal, formats: _Formats, where: str) -> int:
    """Write one cell; how many columns of the screen it takes."""
    if isinstance(cell, Decimal):
        shown = f"{exact_number(cell, where=where):f}"
        decimals = len(shown.partition(".")[2])
        target.write_number(*place, cell, formats.shown_as("0." + "0" * decimals if decimals else "0"))
        return len(shown)
    shown, width = formats.on_one_line(cell)
    if 2 * len(shown) > _TEXT_MAX and len(shown.encode("utf-16-le")) > 2 * _TEXT_MAX:
        raise LedgerError(f"a text of {len(shown):,} characters is longer than a cell takes", where=where)
    if shown:
        target.write_string(*place, shown, formats.shown_as("@"))
    return width


def _shown_width(text: str) -> int:
    """How many columns of the screen a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
