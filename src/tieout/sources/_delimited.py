"""Delimited text: lines to cells, with the lines that a person would count.

Three ways, from fast to exact, decided line by line: a line without a quote is cut at the delimiter; a line whose quotes are as
they should be goes through Polars' reader; what is left (cells of several lines, stray quotes) goes through Python's reader. All
give what Python's reader gives, which the tests hold them to.

WeChat's bills guard every cell with a backtick and quote none, whatever it holds: a line with as many guards as the header has
cells is cut where a delimiter and a guard stand together, so that a comma in the name of a product parts nothing.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice

import attrs
import polars as pl

from tieout.errors import CorruptFile
from tieout.sources._captions import Headers, Row
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, body_schema, cell_name

__all__ = ["DELIMITERS", "Delimited", "Lines", "delimiters_of"]

DELIMITERS = (",", "\t", ";", "|")
_HEAD_LINES = 200
_QUOTE, _GUARD = '"', "`"


@attrs.frozen
class Lines:
    """The lines of a text, without their ends.

    Attributes:
        lines: The lines.
        is_ended: Whether the last one has its end, as most programs write it.
    """

    lines: tuple[str, ...] = attrs.field(repr=False)
    is_ended: bool

    @classmethod
    def of(cls, text: str) -> "Lines":
        r"""Cut at line feeds; at carriage returns only when there is no line feed, as old Macs wrote.

        Form feeds and Unicode's line separators end no line: they are characters of a cell.

        Example:
            >>> Lines.of("a,b\r\n1,2\r\n").lines
            ('a,b', '1,2')
        """
        end = "\n" if "\n" in text else "\r"
        lines = text.split(end)
        is_ended = lines[-1] == ""
        if is_ended:
            lines.pop()
        if end == "\n" and "\r" in text:
            lines = [line.rstrip("\r").replace("\r", " ") for line in lines]
        return cls(tuple(lines), is_ended)

    def __len__(self) -> int:
        return len(self.lines)


def delimiters_of(lines: Lines) -> list[str]:
    """The delimiters that part cells in the first lines, the likeliest first."""
    head = [line for line in lines.lines[:_HEAD_LINES] if line.strip()]
    scores: dict[str, int] = {}
    for delimiter in DELIMITERS:
        counts = [line.count(delimiter) for line in head]
        parted = [count for count in counts if count]
        if parted:
            usual = max(set(parted), key=lambda count: (parted.count(count), count))
            scores[delimiter] = parted.count(usual) * usual
    return sorted(scores, key=lambda delimiter: -scores[delimiter]) or [DELIMITERS[0]]


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Delimited:
    """A text cut at one delimiter.

    Attributes:
        lines: Its lines.
        delimiter: One character.
        where: What messages call the file.
    """

    lines: Lines
    delimiter: str
    where: str
    sheet: None = None
    title: None = None
    is_ragged: bool = True

    @property
    def line_count(self) -> int:
        """How many lines the text has."""
        return len(self.lines)

    @property
    def is_ended(self) -> bool:
        """Whether the last line has its end, as most programs write it."""
        return self.lines.is_ended

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows; what a quote leaves open there is taken literally, line by line."""
        return tuple(_head_rows(self.lines.lines[:_HEAD_LINES], self.delimiter))

    @cached_property
    def headers(self) -> Headers:
        """The first rows as headers."""
        return Headers.of(self.head)

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows below a line, as `Grid.body` says.

        Raises:
            CorruptFile: A quoted cell is never closed.
        """
        lines = pl.Series("line", self.lines.lines[after:], dtype=pl.String)
        numbers = pl.int_range(after + 1, after + 1 + len(lines), dtype=pl.Int64, eager=True)
        guarded = self._is_guarded(lines, width)
        quoted = lines.str.contains(_QUOTE, literal=True) & ~guarded
        if not quoted.any() and not guarded.any():
            return self._cut(lines, numbers, width)
        proper = lines.str.contains(_proper_pattern(self.delimiter))
        exact = list(self._exact_rows(lines, (quoted & ~proper).arg_true().to_list(), after, width))
        taken = [line for row in exact for line in range(row.line, row.line_end + 1)]
        free = ~numbers.is_in(pl.Series(taken, dtype=pl.Int64).implode())
        plain, neat, cells = free & ~quoted & ~guarded, free & quoted & proper, free & guarded
        parts = [
            self._cut(lines.filter(plain), numbers.filter(plain), width),
            self._cut(lines.filter(cells), numbers.filter(cells), width, self.delimiter + _GUARD),
            self._unquote(lines.filter(neat), numbers.filter(neat), width),
            rows_frame(exact, width, self.delimiter),
        ]
        return pl.concat(parts).sort(LINE)

    def _is_guarded(self, lines: pl.Series, width: int) -> pl.Series:
        """Lines of which every cell begins with a backtick, and no fewer or more cells than the header has."""
        guarded = lines.str.starts_with(_GUARD)
        if width == 1 or not guarded.any():
            return guarded & False
        return guarded & (lines.str.count_matches(self.delimiter + _GUARD, literal=True) == width - 1)

    def _cut(self, lines: pl.Series, numbers: pl.Series, width: int, at: str | None = None) -> pl.DataFrame:
        part = at or self.delimiter
        fields = lines.str.splitn(part, width + 1).struct.rename_fields(_fields(width)).struct.unnest()
        count = lines.str.count_matches(part, literal=True).cast(pl.Int64) + 1
        return fields.select(numbers.alias(LINE), numbers.alias(LINE_END), count.alias(WIDTH), pl.all())

    def _unquote(self, lines: pl.Series, numbers: pl.Series, width: int) -> pl.DataFrame:
        bare = lines.str.replace_all(r'"(?:[^"]|"")*"', "")
        count = bare.str.count_matches(self.delimiter, literal=True).cast(pl.Int64) + 1
        fits = count <= width
        fields = self._read_quoted(lines.filter(fits), width)
        body = fields.select(
            numbers.filter(fits).alias(LINE),
            numbers.filter(fits).alias(LINE_END),
            count.filter(fits).alias(WIDTH),
            pl.all(),
        )
        wide = ~fits
        if not wide.any():
            return body
        rows = [
            Row(line=number, line_end=number, cells=self._cells(line))
            for number, line in zip(numbers.filter(wide), lines.filter(wide), strict=True)
        ]
        return pl.concat([body, rows_frame(rows, width, self.delimiter)])

    def _cells(self, line: str) -> tuple[str, ...]:
        """The cells of a line whose quotes are as they should be; literally where one is longer than any cell is."""
        try:
            return tuple(next(csv.reader([line], delimiter=self.delimiter)))
        except csv.Error:
            return tuple(line.split(self.delimiter))

    def _read_quoted(self, lines: pl.Series, width: int) -> pl.DataFrame:
        first = self.delimiter * width  # tells the reader how many columns there are
        frame = pl.read_csv(
            io.BytesIO("\n".join([first, *lines]).encode()),
            has_header=False,
            new_columns=_fields(width),
            separator=self.delimiter,
            quote_char=_QUOTE,
            infer_schema=False,
            truncate_ragged_lines=True,
        )
        return frame.slice(1)

    def _exact_rows(self, lines: pl.Series, starts: list[int], after: int, width: int) -> Iterator[Row]:
        """Rows that begin at lines with unusual quotes, each with the lines that it runs over."""
        free = 0
        for start in starts:
            if start < free:
                continue
            rest = lines.slice(start)
            row = self._exact_row(rest, after + start + 1, width)
            free = row.line_end - after
            yield row

    def _exact_row(self, lines: pl.Series, number: int, width: int) -> Row:
        reader = csv.reader((f"{line}\n" for line in _chunked(lines)), delimiter=self.delimiter)
        try:
            cells = tuple(next(reader))
        except csv.Error:  # a cell longer than any cell is: a quote that is never closed
            cells = ()
        row = Row(line=number, line_end=number + reader.line_num - 1, cells=cells)
        is_open = not cells or (row.line_end == self.line_count and _ends_open(lines, self.delimiter))
        if row.line == row.line_end and not is_open:
            return row
        literal = tuple(lines[0].split(self.delimiter))
        if number < self.line_count and self._is_stray(literal, row, lines, width):
            return Row(line=number, line_end=number, cells=literal)
        if is_open:
            raise CorruptFile(
                f"the quoted cell that begins on line {number} is never closed: the file is cut off, or has a stray quote",
                where=f"{self.where}:{number}",
                hint="download it again, whole",
            )
        return row

    def _is_stray(self, literal: tuple[str, ...], row: Row, lines: pl.Series, width: int) -> bool:
        """Whether the quote that opens a cell of several lines is but a character, and swallows whole rows.

        Then it is the only quote of the line, the line alone has the header's width, and the swallowed ones have it too, or the
        whole has not.
        """
        if len(literal) != width or lines[0].count(_QUOTE) != 1:
            return False
        swallowed = lines.slice(1, row.line_end - row.line)
        are_rows = (swallowed.str.count_matches(self.delimiter, literal=True) + 1 >= width).all()
        return len(row.cells) != width or (width > 1 and are_rows)


def rows_frame(rows: Iterable[Row], width: int, delimiter: str) -> pl.DataFrame:
    """Rows as a body."""
    records = [
        (
            row.line,
            row.line_end,
            len(row.cells),
            *(row.cells[at] if at < len(row.cells) else None for at in range(width)),
            delimiter.join(row.cells[width:]) or None,
        )
        for row in rows
    ]
    return pl.DataFrame(records, schema=body_schema(width), orient="row")


def _fields(width: int) -> list[str]:
    return [*(cell_name(at) for at in range(width)), REST]


def _proper_pattern(delimiter: str) -> str:
    part = {"\t": r"\t", "|": r"\|"}.get(delimiter, delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"{part}]*)'
    return rf"^{cell}(?:{part}{cell})*$"


def _chunked(lines: pl.Series) -> Iterator[str]:
    """The lines, a few at a time: a row rarely needs more than its own."""
    size, start = 4, 0
    while start < len(lines):
        yield from lines.slice(start, size).to_list()
        start, size = start + size, min(size * 4, 65_536)


def _ends_open(lines: pl.Series, delimiter: str) -> bool:
    """Whether the row that begins here ends inside a quoted cell."""
    reader = csv.reader((f"{line}\n" for line in _chunked(lines)), delimiter=delimiter, strict=True)
    try:
        next(reader)
    except csv.Error as cause:
        return "unexpected end" in str(cause)
    return False


def _head_rows(lines: tuple[str, ...], delimiter: str) -> Iterator[Row]:
    start = 0
    while start < len(lines):
        reader = csv.reader((f"{line}\n" for line in islice(lines, start, None)), delimiter=delimiter)
        try:
            cells = tuple(next(reader))
        except csv.Error:
            cells = ()
        taken = reader.line_num
        if not cells or (start + taken >= len(lines) and taken > 1):
            cells, taken = tuple(lines[start].split(delimiter)), 1
        yield Row(line=start + 1, line_end=start + taken, cells=cells)
        start += taken
