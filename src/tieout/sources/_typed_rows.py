"""Files of typed rows: each row says in its first cell what it is, and no row names the columns.

The types that are records are put side by side in one table: every type has its captions, a caption that several types share is
one column, and a row fills the columns of its type. Lines keep their numbers, and rows of other types (headers, trailers) stay in
the table for a `TableFormat` to set apart, so that columns, rejects and checks work as for any table.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import attrs
import polars as pl

from tieout.errors import UnreadableFile
from tieout.sources._base import Fit
from tieout.sources._batch import Batch
from tieout.sources._captions import BLANKS, Header, Headers, Row, strip_cell
from tieout.sources._document import Document
from tieout.sources._grid import LINE, LINE_END, REST, WIDTH, Grid, cell_name
from tieout.sources._kind import Kind
from tieout.sources._of_table import OfTable
from tieout.sources._reading import Reading
from tieout.sources._rows import KIND

__all__ = ["ROW_TYPE", "RowLayouts", "TypedRows", "TypedRowsFormat", "rows_of_type"]

ROW_TYPE = "row type"
"""Caption of the cell that says what its row is."""

_SHARE_MIN = 0.5  # of the first rows, which must say a type that is known; the marks tell the rest


@attrs.frozen(kw_only=True, slots=False, eq=False)
class RowLayouts:
    """What the rows of a file hold, by their type.

    Attributes:
        records: Captions of the cells behind the type, of each type that is a record.
        others: The types that are no records.
        may_lack: How many of its last cells a row may lack, as older files do.
    """

    records: Mapping[str, tuple[str, ...]]
    others: tuple[str, ...]
    may_lack: int = 0

    @cached_property
    def captions(self) -> tuple[str, ...]:
        """The columns of the table: the type, then all captions, each once."""
        return tuple(dict.fromkeys([ROW_TYPE, *(caption for own in self.records.values() for caption in own)]))

    @property
    def types(self) -> tuple[str, ...]:
        """All types."""
        return (*self.records, *self.others)

    def positions(self, row_type: str) -> list[int]:
        """In which columns of the table the cells of such a row stand."""
        return [self.captions.index(caption) for caption in (ROW_TYPE, *self.records[row_type])]


@attrs.frozen(kw_only=True, slots=False, eq=False)
class TypedRows:
    """A text of typed rows as one table without a header.

    Attributes:
        text: The text, cut at its delimiter.
        layouts: What its rows hold.
    """

    text: Grid
    layouts: RowLayouts
    sheet: None = None
    title: None = None
    is_ragged: bool = True

    @property
    def delimiter(self) -> str | None:
        """What parts its cells."""
        return self.text.delimiter

    @property
    def line_count(self) -> int:
        """How many lines the text has."""
        return self.text.line_count

    @property
    def is_ended(self) -> bool:
        """Whether the last line has its end."""
        return self.text.is_ended

    @property
    def head(self) -> tuple[Row, ...]:
        """The first rows, as they stand in the file."""
        return self.text.head

    @cached_property
    def headers(self) -> Headers:
        """The header that the file lacks: it stands on no line."""
        captions = self.layouts.captions
        return Headers((Header(row=Row(line=0, line_end=0, cells=captions), captions=captions),))

    def body(self, after: int, width: int) -> pl.DataFrame:
        """All rows, those of records with their cells in the columns of their type; others as they stand."""
        own = max(len(captions) for captions in self.layouts.records.values()) + 1
        raw = self.text.body(after, max(own, width))
        kind = pl.col(cell_name(0)).str.strip_chars(BLANKS)
        parts = [
            raw.filter(kind == row_type).select(self._placed(row_type, max(own, width), width))
            for row_type in self.layouts.records
        ]
        is_record = kind.is_in(list(self.layouts.records)).fill_null(value=False)
        names = [cell_name(at) for at in range(width)]
        beyond = [cell_name(at) for at in range(width, max(own, width))]
        rest = _joined([*beyond, REST], self.delimiter)
        # A row of another type is never torn: nobody knows how many cells it should have.
        wide = pl.lit(width, dtype=pl.Int64).alias(WIDTH)
        parts.append(raw.filter(~is_record).select(LINE, LINE_END, wide, *names, rest.alias(REST)))
        return pl.concat(parts).sort(LINE)

    def _placed(self, row_type: str, own: int, width: int) -> list[pl.Expr]:
        """Cells of one type in the table's columns; the width is the table's where the row has all cells of its type."""
        at = {position: cell for cell, position in enumerate(self.layouts.positions(row_type))}
        cells = [
            (pl.col(cell_name(at[position])) if position in at else pl.lit(None, dtype=pl.String)).alias(
                cell_name(position)
            )
            for position in range(width)
        ]
        beyond = _joined([*(cell_name(cell) for cell in range(len(at), own)), REST], self.delimiter)
        is_whole = pl.col(WIDTH) >= len(at) - self.layouts.may_lack
        beyond_all = (pl.col(WIDTH) - len(at)).clip(lower_bound=0)
        whole = pl.when(is_whole).then(beyond_all + width).otherwise(pl.col(WIDTH))
        return [pl.col(LINE), pl.col(LINE_END), whole.alias(WIDTH), *cells, beyond.alias(REST)]


def _joined(names: list[str], delimiter: str | None) -> pl.Expr:
    """Cells that have no column, as one text; null where there are none."""
    text = pl.concat_str([pl.col(name) for name in names], separator=delimiter or ",", ignore_nulls=True)
    return pl.when(text != "").then(text)


def rows_of_type(reading: Reading, *types: str) -> list[Row]:
    """The rows of a file whose first cell says one of these types, above the table and below its header.

    Args:
        reading: The reading.
        *types: The types.
    """
    above = [row for row in reading.preamble if row.cells and strip_cell(row.cells[0]) in types]
    kind = pl.col(cell_name(0)).str.strip_chars(BLANKS)
    body = reading.body.filter(kind.is_in(types))
    names = [name for name in body.columns if name not in {LINE, LINE_END, WIDTH, KIND}]
    below = [
        Row(line=line, line_end=line_end, cells=tuple(strip_cell(cell or "") for cell in cells))
        for line, line_end, *cells in body.select(LINE, LINE_END, *names).iter_rows()
    ]
    return [*(attrs.evolve(row, cells=tuple(map(strip_cell, row.cells))) for row in above), *below]


def _share_of_types(grid: Grid, layouts: RowLayouts) -> float:
    rows = [row for row in grid.head if not row.is_blank]
    said = sum(len(row.cells) > 1 and strip_cell(row.cells[0]) in layouts.types for row in rows)
    return said / len(rows) if rows else 0.0


@attrs.frozen(kw_only=True, slots=False, eq=False)
class TypedRowsFormat(OfTable):
    """A source format of typed rows without a header.

    Attributes:
        table: How the table of the records is read; its `marks` must tell the format, as no captions do.
        layouts: What the rows hold.
    """

    layouts: RowLayouts

    def fit(self, document: Document) -> Fit:
        """Whether most of the first rows say a type that is known, and the marks are there."""
        none = Fit(is_match=False, found=0, share=0.0, missing=self.table.marks)
        if document.kind is not Kind.TEXT or all(
            _share_of_types(grid, self.layouts) < _SHARE_MIN for grid in document.grids
        ):
            return none
        found = self.table.fit(self._seen(document))
        return found if found.is_match else none

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says."""
        return self.table.read(self._seen(document), name=name, options=options)

    def _seen(self, document: Document) -> Document:
        """The document as one table, cut at the delimiter at which most of its first rows say a type."""
        if document.kind is not Kind.TEXT:
            raise UnreadableFile("this is a workbook, a text of typed rows is needed", where=document.where)
        likeliest = max(document.grids, key=lambda grid: _share_of_types(grid, self.layouts))
        return document.seen_as((TypedRows(text=likeliest, layouts=self.layouts),))
