"""Sections: a text in pieces that fit into memory, each read as a table of its own below the header of the first.

The lines of a section go through all that `TableFormat` does with a file. What only the following lines can tell (whether a
quoted cell goes on, whether a line without identity is a footer or stands among the data) is left to the next section, which
begins with those lines. What the whole file declares is checked at its end, over what every section left behind for it.
"""

from collections.abc import Iterable, Iterator, Sequence

import attrs
import polars as pl

from tieout.errors import CorruptFile
from tieout.sources._captions import Headers, Row
from tieout.sources._delimited import Delimited, Lines
from tieout.sources._grid import LINE_END, Grid
from tieout.sources._repeats import Repeats
from tieout.sources._rows import KIND, RowKind, below_end

__all__ = ["Piece", "Section", "pieces_of", "settled"]

_LINE_BYTES_MAX = 1 << 26


@attrs.frozen(kw_only=True)
class Piece:
    """Some whole lines of a text.

    Attributes:
        lines: The lines.
        before: How many lines of the file stand before them.
        goes_on: Whether lines of the file stand behind them.
    """

    lines: Lines
    before: int
    goes_on: bool

    def behind(self, rest: bytes) -> "Piece":
        """The piece with the lines before it that another section left to it."""
        if not rest:
            return self
        lines = Lines(rest + self.lines.utf8, self.lines.is_ended)
        return attrs.evolve(self, lines=lines, before=self.before - rest.count(b"\n"))


def pieces_of(blocks: Iterable[bytes], *, where: str) -> Iterator[Piece]:
    """A text, block by block, as pieces of whole lines.

    Args:
        blocks: The text in UTF-8, without its byte order mark; it holds line feeds.
        where: What messages call the file.

    Raises:
        CorruptFile: A line is so long that it is none.
    """
    before = 0
    whole = rest = b""
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if not end and len(rest) + len(block) > _LINE_BYTES_MAX:
            raise CorruptFile("a line never ends: the file is damaged, or no table", where=where)
        if not end:
            rest += block
            continue
        if whole:
            piece = Piece(lines=Lines.of(whole), before=before, goes_on=True)
            before += len(piece.lines)
            yield piece
        whole, rest = b"".join((rest, memoryview(block)[:end])), block[end:]
    yield Piece(lines=Lines.of(whole + rest), before=before, goes_on=False)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class Section:
    """A piece of a text as a grid, below the header of the text's first piece.

    Attributes:
        first: The beginning of the text, where the header stands.
        part: The piece.
        upto: Last line of it that is read; what stands behind is left to the next section.
        is_over: Whether an end mark stands before it, below which nothing is data.
        has_short: Whether a line before it ends before the last columns.
        usual_width: How many cells a line may have by the first lines of the file; None for those themselves.
        alike_width: How many cells all of those have, where fewer than the header's are no fault; None where they are one.
    """

    first: Grid
    part: Delimited
    upto: int
    is_over: bool = False
    has_short: bool = False
    usual_width: int | None = None
    alike_width: int | None = None
    sheet: None = None
    title: None = None
    is_ragged: bool = True

    @property
    def before(self) -> int:
        """How many lines of the file earlier sections have read."""
        return self.part.before

    @property
    def goes_on(self) -> bool:
        """Whether lines of the file stand behind it."""
        return self.part.goes_on

    @property
    def delimiter(self) -> str:
        """What parts its cells."""
        return self.part.delimiter

    @property
    def line_count(self) -> int:
        """How many lines the file has to its end."""
        return self.upto

    @property
    def is_trim(self) -> bool:
        """Whether no cell has a blank or a guard around it, for certain."""
        return self.part.is_trim

    @property
    def is_ended(self) -> bool:
        """Whether its last line has its end."""
        return self.part.is_ended

    @property
    def head(self) -> tuple[Row, ...]:
        """The first rows of the file."""
        return self.first.head

    @property
    def headers(self) -> Headers:
        """Those of them that are not blank, as headers."""
        return self.first.headers

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All its rows below a line, as `Grid.body` says, but for those that may go on behind its last line."""
        return self.body_with_repeats(after, width, ())[0]

    def body_with_repeats(
        self, after: int, width: int, asked: Sequence[int]
    ) -> tuple[pl.DataFrame, dict[int, Repeats]]:
        """The body, and of the columns that are asked for those that are known to hold few texts."""
        body, repeats = self.part.body_with_repeats(max(after, self.before), width, asked)
        told = body.with_columns(below_end(body.columns).alias(KIND)) if self.is_over else body
        return told, repeats

    def ending(self, body: pl.DataFrame, after: int) -> "Section":
        """The section that ends with the last row of a body, or with the line above it when it has no row."""
        return attrs.evolve(self, upto=max([after, self.before, *body[LINE_END].tail(1)]))

    @property
    def rest(self) -> bytes:
        """The lines that are left to the next section."""
        return self.part.lines.below(self.upto - self.before)


def settled(body: pl.DataFrame, *, has_totals: bool) -> pl.DataFrame:
    """The rows of a section that nothing behind it can change.

    Args:
        body: Its rows, told apart.
        has_totals: Whether a row with captions of totals is told together with the row below it.
    """
    is_open = (body[KIND] == RowKind.TRAILER.value).arg_true()
    cut = body.head(is_open[0]) if len(is_open) else body
    while has_totals and cut.height and cut[KIND][-1] == RowKind.APART.value:
        cut = cut.head(cut.height - 1)
    return cut
