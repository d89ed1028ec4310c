"""Delimited text: lines to cells, with the lines that a person would count.

Three ways, from fast to exact, decided line by line: a line without a quote is cut at the delimiter; a line whose quotes are as
they should be goes through Polars' reader; what is left (cells of several lines, stray quotes) goes through Python's reader. All
give what Python's reader gives, which the tests hold them to.

WeChat's bills guard every cell with a backtick and quote none, whatever it holds: a line with as many guards as the header has
cells is cut where a delimiter and a guard stand together, so that a comma in the name of a product parts nothing.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import attrs
import polars as pl

from tieout.errors import CorruptFile
from tieout.sources._captions import Headers, Row
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, body_schema, cell_name
from tieout.sources._repeats import Repeats, read_regular
from tieout.sources._stray_quotes import CELL, is_well_formed, literal_cells, part_pattern, rows_of_head

__all__ = ["DELIMITERS", "HEAD_LINES", "Delimited", "Lines", "delimiters_of"]

DELIMITERS = (",", "\t", ";", "|")
HEAD_LINES = 200
_QUOTE, _GUARD = '"', "`"
_ENDS = re.compile(rb"\r+\n")
_IRREGULAR = (b'"', b"`")
_UNTRIM = (*_IRREGULAR, b"=", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", b"\x1f")
_EXOTIC_LEADS = (b"\xc2", b"\xe1", b"\xe2", b"\xe3", b"\xef")  # first bytes of the blanks beyond ASCII
_NO_DELIMITER = b"\x01"  # no program writes it into a text


@attrs.frozen(slots=False, eq=False)
class Lines:
    """The lines of a text.

    Attributes:
        utf8: The text in UTF-8, a line feed behind every line, and no carriage return.
        is_ended: Whether the last one has its end in the file, as most programs write it.
    """

    utf8: bytes = attrs.field(repr=False)
    is_ended: bool

    @classmethod
    def of(cls, text: str | bytes) -> "Lines":
        r"""Cut at line feeds; at carriage returns only when there is no line feed, as old Macs wrote.

        Form feeds and Unicode's line separators end no line: they are characters of a cell.

        Args:
            text: The text, or its bytes in UTF-8.

        Example:
            >>> Lines.of("a,b\r\n1,2\r\n").lines
            ('a,b', '1,2')
        """
        utf8 = text.encode() if isinstance(text, str) else text
        if b"\n" not in utf8:
            utf8 = utf8.replace(b"\r", b"\n")
        is_ended = not utf8 or utf8.endswith(b"\n")
        if not is_ended:
            utf8 += b"\n"
        if b"\r" in utf8:
            utf8 = utf8.replace(b"\r\n", b"\n")
        if b"\r" in utf8:
            utf8 = _ENDS.sub(b"\n", utf8).replace(b"\r", b" ")
        return cls(utf8, is_ended)

    @cached_property
    def _count(self) -> int:
        return self.utf8.count(b"\n")

    def __len__(self) -> int:
        return self._count

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines, without their ends."""
        return tuple(self.utf8.decode().split("\n")[:-1])

    @cached_property
    def head(self) -> tuple[str, ...]:
        """The first lines, among which a header stands."""
        end = self._offset(HEAD_LINES)
        return tuple(self.utf8[:end].decode().split("\n")[:-1])

    def series(self, after: int) -> pl.Series:
        """The lines below a line.

        Args:
            after: Number of the line; 0 for all lines.
        """
        below = memoryview(self.utf8)[self._offset(after) :]
        if not below:
            return pl.Series("line", [], dtype=pl.String)
        if _NO_DELIMITER in self.utf8:
            return pl.Series("line", str(below, "utf-8").split("\n")[:-1], dtype=pl.String)
        # Behind an empty line, for what looks like a byte order mark at the very beginning would be taken for one.
        text = pl.read_csv(
            b"".join((b"\n", below)),
            has_header=False,
            schema={"line": pl.String},
            separator=_NO_DELIMITER.decode(),
            quote_char=None,
        )
        return text["line"].slice(1).fill_null("").rechunk()

    def below(self, after: int) -> bytes:
        """The text below a line, in UTF-8."""
        return self.utf8[self._offset(after) :]

    def _offset(self, after: int) -> int:
        """Where the line below a line begins, counted from the nearer end."""
        below = len(self) - after
        if below <= 0:
            return len(self.utf8)
        at = 0
        if after <= below:
            for _ in range(after):
                at = self.utf8.find(b"\n", at) + 1
            return at
        at = len(self.utf8)
        for _ in range(below):
            at = self.utf8.rfind(b"\n", 0, at - 1) + 1
        return at


def delimiters_of(lines: Lines) -> list[str]:
    """The delimiters that part cells in the first lines, the likeliest first."""
    head = [line for line in lines.head if line.strip()]
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
        before: How many lines of the file stand before these; 0 when they are the whole file.
        goes_on: Whether lines of the file stand behind these, so that a row that reaches their end may go on there.
    """

    lines: Lines
    delimiter: str
    where: str
    before: int = 0
    goes_on: bool = False
    sheet: None = None
    title: None = None
    is_ragged: bool = True

    @property
    def line_count(self) -> int:
        """How many lines the file has to the end of these."""
        return self.before + len(self.lines)

    @property
    def is_ended(self) -> bool:
        """Whether the last line has its end, as most programs write it."""
        return self.goes_on or self.lines.is_ended

    @cached_property
    def head(self) -> tuple[Row, ...]:
        """The first rows; what a quote leaves open there is taken literally, line by line."""
        return tuple(rows_of_head(self.lines.head, self.delimiter))

    @cached_property
    def headers(self) -> Headers:
        """The first rows as headers."""
        return Headers.of(self.head)

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows below a line, as `Grid.body` says, but for those that may go on behind the last line.

        Raises:
            CorruptFile: A quoted cell is never closed.
        """
        return self.body_with_repeats(after, width, ())[0]

    def body_with_repeats(
        self, after: int, width: int, asked: Sequence[int]
    ) -> tuple[pl.DataFrame, dict[int, Repeats]]:
        """The body, and of the columns that are asked for those that are known to hold few texts.

        Args:
            after: As for `body`.
            width: As for `body`.
            asked: Positions of columns.

        Raises:
            CorruptFile: A quoted cell is never closed.
        """
        regular = self._regular(after, width, asked)
        return regular if regular is not None else (self._irregular(after, width), {})

    def _irregular(self, after: int, width: int) -> pl.DataFrame:
        lines = self.lines.series(after - self.before)
        numbers = pl.int_range(after + 1, after + 1 + len(lines), dtype=pl.Int64, eager=True)
        guarded = self._is_guarded(lines, width)
        quoted = lines.str.contains(_QUOTE, literal=True) & ~guarded
        if not quoted.any() and not guarded.any():
            return self._cut(lines, numbers, width)
        proper = self._is_proper(lines, quoted)
        exact = list(self._exact_rows(lines, (quoted & ~proper).arg_true().to_list(), after, width))
        if self.goes_on and exact and exact[-1].line_end == self.line_count:
            open_row = exact.pop()
            lines, numbers = lines.head(open_row.line - after - 1), numbers.head(open_row.line - after - 1)
            quoted, guarded, proper = (mask.head(len(lines)) for mask in (quoted, guarded, proper))
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

    @cached_property
    def is_trim(self) -> bool:
        """Whether no cell has a blank or a guard around it, for certain: found by one search over the text."""
        text = self.lines.utf8
        if any(mark in text for mark in _UNTRIM):
            return False
        ends, blanks = re.escape(self.delimiter) + r"\n", " " if self.delimiter == "\t" else r" \t"
        pattern = f"[{ends}][{blanks}]|[{blanks}][{ends}]"
        if any(lead in text for lead in _EXOTIC_LEADS):
            pattern += r"|[\s\x{200b}\x{feff}&&[^\x00-\x7f]]"
        is_within = pl.Series([text], dtype=pl.Binary).cast(pl.String).str.contains(pattern)[0]
        return not is_within and not text.startswith((b" ", b"\t"))

    def _regular(self, after: int, width: int, asked: Sequence[int]) -> tuple[pl.DataFrame, dict[int, Repeats]] | None:
        """The rows, if no line has a quote or a guard and all have as many cells as the header, as most files' lines do.

        Polars' reader refuses a line with more cells than it was told. So none has more; and none has fewer if each has a last
        cell, or if there are as many delimiters as lines of that many cells hold.
        """
        below, part = self.lines.below(after - self.before), self.delimiter.encode()
        count = len(self.lines) - (after - self.before)
        is_odd = (
            width == 1 or not below or any(mark in below for mark in _IRREGULAR) or below.startswith(codecs.BOM_UTF8)
        )
        names = _fields(width)[:-1]
        if is_odd or below.count(part, 0, below.find(b"\n")) != width - 1:
            return None
        try:
            cells, repeats = read_regular(
                below, names, delimiter=self.delimiter, asked=[cell_name(position) for position in asked]
            )
        except pl.exceptions.PolarsError:
            return None
        is_short = cells[names[-1]].null_count() > 0 and below.count(part) != count * (width - 1)
        if cells.height != count or is_short:
            return None
        number = pl.int_range(after + 1, after + 1 + count, dtype=pl.Int64)
        body = cells.select(
            number.alias(LINE),
            number.alias(LINE_END),
            pl.lit(width, dtype=pl.Int64).alias(WIDTH),
            pl.all(),
            pl.lit(None, dtype=pl.String).alias(REST),
        )
        return body, {at: repeats[cell_name(at)] for at in asked if cell_name(at) in repeats}

    def _is_guarded(self, lines: pl.Series, width: int) -> pl.Series:
        """Lines of which every cell begins with a backtick, and no fewer or more cells than the header has."""
        guarded = lines.str.starts_with(_GUARD)
        if width == 1 or not guarded.any():
            return guarded & False
        return guarded & (lines.str.count_matches(self.delimiter + _GUARD, literal=True) == width - 1)

    def _is_proper(self, lines: pl.Series, quoted: pl.Series) -> pl.Series:
        """Which of the lines with quotes have them as they should be; of the others it says nothing."""
        proper = lines.filter(quoted).str.contains(_proper_pattern(self.delimiter))
        return quoted.clone().scatter(quoted.arg_true(), proper)

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
        text = lines.str.join("\n")[0]
        frame = pl.read_csv(
            f"{first}\n{text}".encode(),
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
        if self.goes_on and row.line_end == self.line_count:
            return row
        is_open = not cells or (row.line_end == self.line_count and _ends_open(lines, self.delimiter))
        if row.line == row.line_end and not is_open:
            return row
        literal = literal_cells(lines[0], self.delimiter)
        if number < self.line_count and self._is_stray(literal, row, lines, width, is_open=is_open):
            return Row(line=number, line_end=number, cells=literal)
        if is_open:
            raise CorruptFile(
                f"the quoted cell that begins on line {number} is never closed: the file is cut off, or has a stray quote",
                where=f"{self.where}:{number}",
                hint="download it again, whole",
            )
        return row

    def _is_stray(self, literal: tuple[str, ...], row: Row, lines: pl.Series, width: int, *, is_open: bool) -> bool:
        """Whether the quote that opens a cell of several lines is but a character, and swallows whole rows.

        Then the line alone has the header's width, and the quote that would close the cell stands where none closes. Or it is
        the only quote of the line, and the swallowed ones have that width too, or the whole has not.
        """
        if len(literal) != width:
            return False
        swallowed = lines.slice(1, row.line_end - row.line)
        if not is_open and not is_well_formed([lines[0], *swallowed], self.delimiter):
            return True
        if lines[0].count(_QUOTE) != 1:
            return False
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
    part = part_pattern(delimiter)
    cell = CELL.format(part=part)
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
