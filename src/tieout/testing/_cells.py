"""Cells: the table of a text file, taken apart and put together again by other means than the format's."""

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import attrs

from tieout.testing._golden import Golden
from tieout.testing._spans import lines_of_records

__all__ = ["TextTable", "table_of"]

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
        """The table with its columns in the opposite order."""
        return self._written(row[::-1] if self._is_whole(at, row) else row for at, row in enumerate(self._spared()))

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


def table_of(golden: Golden) -> TextTable | None:
    """The table of a golden; None for a workbook, for a text without delimiter or header, and where rows are of several kinds."""
    source = golden.batch.source
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
