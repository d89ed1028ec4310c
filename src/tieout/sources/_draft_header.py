"""The header of a table that no format knows: the row that looks like captions above rows that look like data."""

from collections.abc import Iterator

import attrs

from tieout.errors import HeaderNotFound
from tieout.sources._captions import Header, Row, is_blank, strip_cell
from tieout.sources._document import Document
from tieout.sources._draft_content import is_figure
from tieout.sources._draft_words import senses_of
from tieout.sources._grid import Grid

__all__ = ["Table", "find_table"]

_ROWS_MAX, _SAMPLE = 60, 20
_CAPTIONS_MIN, _CAPTION_LENGTH = 2, 60
_WORDS_SHARE = 0.8
_FIGURES_SHARE = 0.6


@attrs.frozen(kw_only=True)
class Table:
    """Where a table seems to stand.

    Attributes:
        grid: Sheet, or text at one delimiter.
        header: The row of captions; numbered where the file has none.
        known: How many captions mean something.
        figures: Under how many of them figures and dates stand.
        score: How much it looks like one.
    """

    grid: Grid
    header: Header
    known: int
    figures: int
    score: float


def find_table(document: Document, *, header_row: int | None = None, sheet: str | None = None) -> Table:
    """The likeliest table of a document.

    Args:
        document: The document.
        header_row: Line of the header, if a person said it; 0 for a file without one.
        sheet: Name of the sheet, if a person said it.

    Raises:
        HeaderNotFound: Nothing in it looks like a table.
    """
    grids = [grid for grid in document.grids if sheet is None or grid.title == sheet]
    found = [table for grid in grids for table in _tables(grid, header_row)]
    found = found or [table for grid in grids for table in _headless(grid)]
    if not found:
        raise HeaderNotFound(
            f"none of the first {_ROWS_MAX} rows looks like captions above data",
            where=document.where,
            hint="say the line of the header with --option header_row=..., 0 for none",
        )
    return max(found, key=lambda table: (table.score, -table.header.row.line))


def _tables(grid: Grid, header_row: int | None) -> Iterator[Table]:
    if header_row == 0:
        yield from _headless(grid)
        return
    rows = [row for row in grid.head if not row.is_blank]
    for at, row in enumerate(rows):
        if row.line > _ROWS_MAX and header_row is None:
            return
        if header_row is not None and row.line != header_row:
            continue
        table = _scored(grid, Header.of(row), rows[at + 1 : at + 1 + _SAMPLE])
        if header_row is not None or table.score:
            yield table


def _scored(grid: Grid, header: Header, below: list[Row]) -> Table:
    shown = [at for at, caption in enumerate(header.captions) if caption]
    captions = [header.captions[at] for at in shown]
    words = sum(not is_figure(text) and len(text) <= _CAPTION_LENGTH for text in captions)
    table = Table(grid=grid, header=header, known=0, figures=0, score=0.0)
    if len(shown) < _CAPTIONS_MIN or words < _WORDS_SHARE * len(shown) or not below:
        return table
    known = sum(bool(senses_of(caption)) for caption in captions)
    figures = sum(_has_figures(below, at) and not is_figure(header.captions[at]) for at in shown)
    alike = len({caption.lower() for caption in captions}) / len(captions)
    fit = sum(_fits(row, header, len(shown)) for row in below) / len(below)
    score = (3 * known + 2 * figures + len(shown) / 2) * fit * alike if known or figures else 0.0
    return attrs.evolve(table, known=known, figures=figures, score=score)


def _has_figures(rows: list[Row], at: int) -> bool:
    cells = [
        strip_cell(row.cells[at]).strip("`=\"'") for row in rows if at < len(row.cells) and not is_blank(row.cells[at])
    ]
    return bool(cells) and sum(map(is_figure, cells)) >= _FIGURES_SHARE * len(cells)


def _fits(row: Row, header: Header, count: int) -> bool:
    filled = [at for at, cell in enumerate(row.cells) if not is_blank(cell)]
    return len(filled) >= min(count, max(_CAPTIONS_MIN, count // 4)) and filled[-1] < header.width


def _headless(grid: Grid) -> Iterator[Table]:
    rows = [row for row in grid.head if not row.is_blank][:_SAMPLE]
    width = max((len(row.cells) for row in rows), default=0)
    if width < _CAPTIONS_MIN or not rows:
        return
    figures = sum(_has_figures(rows, at) for at in range(width))
    alike = sum(len(row.cells) == width for row in rows) / len(rows)
    if figures:
        yield Table(
            grid=grid, header=Header.numbered(width), known=0, figures=figures, score=(2 * figures + width) * alike
        )
