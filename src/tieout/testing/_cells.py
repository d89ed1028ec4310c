"""Cells: the table of a file, taken apart and put together again by other means than the format's."""

import csv
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape

import attrs
import python_calamine

from tieout.sources._sheet_cells import cell_text
from tieout.testing._golden import Golden
from tieout.testing._spans import lines_of_records

__all__ = ["BookTable", "TextTable", "table_of"]

_KIND_CELLS_MIN: Final = (
    3  # a row above the header with more filled cells belongs to a file whose rows are of several kinds
)


@attrs.frozen(kw_only=True)
class TextTable:
    """The rows of a delimited text whose columns are found by their captions.

    Attributes:
        rows: The cells of each row.
        lines: First line of each row, 1-based.
        header: Position of the header among the rows.
        delimiter: What parts the cells.
    """

    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    header: int
    delimiter: str

    @property
    def captions(self) -> tuple[str, ...]:
        """The captions of the columns."""
        return self.rows[self.header]

    def is_as_wide_as(self, records: Collection[int]) -> bool:
        """Whether some record has a cell for each caption; where none has, what stands above the records is no header."""
        rows = zip(self.lines, self._spared(), strict=True)
        return any(line in records and len(row) == len(self.captions) for line, row in rows)

    def reversed(self) -> bytes:
        """The table with its columns in the opposite order; of several with one caption, the first stays the first."""
        order = self._opposite()
        rows = enumerate(self._spared())
        return self._written([row[place] for place in order] if self._is_whole(at, row) else row for at, row in rows)

    def with_columns(self, columns: Mapping[str, str], *, on: Collection[int]) -> bytes:
        """The table with further columns at its right.

        Args:
            columns: Cells by caption.
            on: Lines of the rows that get the cells. Rows that are too wide get them too, and so stay torn.
        """
        width = len(self.captions)
        rows = zip(self.lines, self._spared(), strict=True)
        fits = [len(row) > width or (len(row) == width and line in on) for line, row in rows]
        return self._written(
            (*row, *columns) if at == self.header else (*row, *self._guarded(row, columns)) if fits[at] else row
            for at, row in enumerate(self._spared())
        )

    def without_column(self, position: int) -> bytes:
        """The table without one of its columns."""
        return self._written(
            row[:position] + row[position + 1 :] if at >= self.header else row for at, row in enumerate(self.rows)
        )

    def _opposite(self) -> list[int]:
        places = {caption: [at for at, one in enumerate(self.captions) if one == caption] for caption in self.captions}
        return [places[caption].pop(0) for caption in reversed(self.captions)]

    def _spared(self) -> Iterator[tuple[str, ...]]:
        """The rows without the delimiter that some exports put at the end of each, and which the header lacks."""
        width = len(self.captions)
        for row in self.rows:
            is_spared = bool(self.captions[-1]) and not any(row[width:])
            yield row[:width] if is_spared else row

    def _guarded(self, row: Sequence[str], columns: Mapping[str, str]) -> Iterator[str]:
        """Cells as those of their row are written: where a backtick guards each, they have one too."""
        guard = "`" if row and row[0].startswith("`") else ""
        return (f"{guard}{cell}" for cell in columns.values())

    def _is_whole(self, at: int, row: Sequence[str]) -> bool:
        return at >= self.header and len(row) == len(self.captions)

    def _written(self, rows: Iterable[Sequence[str]]) -> bytes:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows(rows)
        return out.getvalue().encode()


@attrs.frozen(kw_only=True)
class BookTable(TextTable):
    """The rows of the sheet of a workbook whose columns are found by their captions; other sheets stay as they are.

    Attributes:
        sheet: Name of the sheet.
        sheets: Rows of all sheets, by name, in their order.
    """

    sheet: str
    sheets: Mapping[str, tuple[tuple[str, ...], ...]]

    def _written(self, rows: Iterable[Sequence[str]]) -> bytes:
        own = tuple(rows)
        return _book({name: own if name == self.sheet else others for name, others in self.sheets.items()})


_BOOK: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"


def _book(sheets: Mapping[str, Sequence[Sequence[str]]]) -> bytes:
    """A workbook (xlsx) whose cells are texts; blank ones are left out."""
    named = list(enumerate(sheets, start=1))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_BOOK}" xmlns:r="{_LINKS}"><sheets>'
        + "".join(f'<sheet name={_quoted(name)} sheetId="{at}" r:id="rId{at}"/>' for at, name in named)
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="rId{at}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{at}.xml"/>'
            for at, _ in named
        )
        + "</Relationships>",
        **{f"xl/worksheets/sheet{at}.xml": _sheet(sheets[name]) for at, name in named},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return out.getvalue()


def _sheet(rows: Sequence[Sequence[str]]) -> str:
    lines = (
        f'<row r="{at}">' + "".join(_cell(place, at, text) for place, text in enumerate(row) if text) + "</row>"
        for at, row in enumerate(rows, start=1)
    )
    return f'<worksheet xmlns="{_BOOK}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: int, line: int, text: str) -> str:
    return f'<c r="{_letters(place)}{line}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def _letters(place: int) -> str:
    """The name of a column, of which the first is A and the 27th AA."""
    before, at = divmod(place, _LETTERS)
    return (_letters(before - 1) if before else "") + chr(ord("A") + at)


_LETTERS: Final = 26


def _quoted(name: str) -> str:
    return '"' + escape(name, {'"': "&quot;"}) + '"'


def table_of(golden: Golden) -> TextTable | None:
    """The table of a golden; None for a text without delimiter or header, several sheets, and where rows are of several kinds."""
    source = golden.batch.source
    if golden.text is None and source.header_line and len(source.sheets) == 1:
        return _table_of_book(golden, *source.sheets, header=source.header_line - 1)
    if golden.text is None or source.delimiter is None or not source.header_line:
        return None
    numbered = list(_numbered(golden.text, source.delimiter))
    lines = tuple(line for line, _ in numbered)
    if source.header_line not in lines:
        return None
    header = lines.index(source.header_line)
    rows = tuple(tuple(row) for _, row in numbered)
    if any(sum(map(bool, row)) > _KIND_CELLS_MIN for row in rows[:header]):
        return None
    table = TextTable(rows=rows, lines=lines, header=header, delimiter=source.delimiter)
    return table if table.is_as_wide_as(lines_of_records(golden.batch)) else None


def _table_of_book(golden: Golden, sheet: str, *, header: int) -> BookTable:
    book = python_calamine.load_workbook(io.BytesIO(golden.data))
    sheets = {name: _cells(book.get_sheet_by_name(name)) for name in book.sheet_names}
    lines = tuple(range(1, len(sheets[sheet]) + 1))
    return BookTable(rows=sheets[sheet], lines=lines, header=header, delimiter="", sheet=sheet, sheets=sheets)


def _cells(sheet: python_calamine.CalamineSheet) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(map(cell_text, cells)) for cells in sheet.to_python(skip_empty_area=False))


def _numbered(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and its first line; where a backtick guards every cell, only a delimiter before a backtick parts them."""
    plain = text.replace("\r\n", "\n")
    if "\n`" in plain:
        for number, line in enumerate(plain.splitlines(), start=1):
            guarded = line.startswith("`")
            yield number, re.split(f"{re.escape(delimiter)}(?=`)", line) if guarded else line.split(delimiter)
        return
    reader = csv.reader(io.StringIO(plain, newline=""), delimiter=delimiter)
    first = 1
    for row in reader:
        yield first, row
        first = reader.line_num + 1
