"""Finding the table: which sheet or delimiter, and which row is its header, told by the captions that a format wants."""

import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

import attrs

from tieout.errors import HeaderNotFound, InputError, MissingColumn
from tieout.privacy import mask_text
from tieout.sources._base import is_near
from tieout.sources._captions import Header, Row, strip_cell
from tieout.sources._columns import Column
from tieout.sources._grid import Grid
from tieout.sources._words import Text

__all__ = ["Layout", "Site", "best_site", "bind", "not_found", "sites"]


@attrs.frozen(kw_only=True)
class Layout:
    """The columns of a format whose files have no header: they go by their position.

    Attributes:
        captions: What the columns are called, from the first to the last; a file has exactly as many cells, or, below a title,
            as many at most.
        looks: Patterns that cells of the first line must have, by caption, for the file to be of this format.
        title: Patterns of the cells of a line that such files begin with, which stands where a header would; none where the
            first line is data.
    """

    captions: tuple[str, ...]
    looks: Mapping[str, str] = attrs.field(factory=dict)
    title: tuple[str, ...] = ()

    def header_of(self, grid: Grid) -> Header | None:
        """The header that a grid would have; None when its first line is not of this layout."""
        first = next((row for row in grid.head if not row.is_blank), None)
        if first is None or (self.title and not self._is_title(first)):
            return None
        if self.title:
            return Header(row=attrs.evolve(first, cells=self.captions), captions=self.captions)
        if len(first.cells) != len(self.captions):
            return None
        cells = dict(zip(self.captions, (strip_cell(cell) for cell in first.cells), strict=True))
        if not all(re.search(pattern, cells[caption]) for caption, pattern in self.looks.items()):
            return None
        return Header(row=Row(line=0, line_end=0, cells=()), captions=self.captions)

    def _is_title(self, row: Row) -> bool:
        cells = [shown for cell in filter(None, row.cells) if (shown := strip_cell(cell))]
        return len(cells) == len(self.title) and all(map(re.search, self.title, cells))


@attrs.frozen(kw_only=True)
class Site:
    """Where a table may stand: a grid and the row of it that looks most like the header.

    Attributes:
        grid: Sheet, or text at one delimiter.
        header: The row.
        missing: Captions of needed columns that it lacks.
        found: How many of the format's columns it has.
        wanted: How many columns the format needs.
    """

    grid: Grid
    header: Header
    missing: tuple[str, ...]
    found: int
    wanted: int

    @property
    def is_complete(self) -> bool:
        """Whether every needed column is there."""
        return not self.missing

    @property
    def share(self) -> float:
        """Share of the needed columns that are there."""
        return 1.0 if not self.wanted else 1 - len(self.missing) / self.wanted

    @property
    def is_near(self) -> bool:
        """Whether the table is the format's, with a column gone if it is not complete."""
        return is_near(share=self.share, found=self.found)

    @property
    def where(self) -> str:
        """Sheet and line, as messages append them to the file's name."""
        sheet = f"[{self.grid.sheet}]" if self.grid.sheet else ""
        return f"{sheet}:{self.header.row.line}"


def best_site(
    grid: Grid,
    columns: Sequence[Column],
    *,
    said: AbstractSet[str],
    header_row: int | None,
    rows_max: int,
    layout: Layout | None = None,
) -> Site | None:
    """The row of a grid that has most of the wanted captions; None when no row has any.

    Args:
        grid: The grid.
        columns: Columns of the format.
        said: Captions of all of them, folded.
        header_row: Line of the header if the caller knows it; 0 for a file without one.
        rows_max: How many rows to look at.
        layout: The columns of files without a header; None when all files of the format have one.
    """
    unnamed = None if layout is None or header_row else layout.header_of(grid)
    if unnamed is not None:
        return _site(grid, unnamed, columns)
    if header_row == 0:
        width = max((len(row.cells) for row in grid.head), default=0)
        return _site(grid, Header.numbered(width), columns)
    headers = [
        header
        for header in grid.headers.saying(said)
        if (header.row.line <= rows_max if header_row is None else header.row.line == header_row)
    ]
    candidates = [_site(grid, header, columns) for header in headers]
    return max(candidates, key=lambda site: (-len(site.missing), site.found, -site.header.row.line), default=None)


def _site(grid: Grid, header: Header, columns: Sequence[Column]) -> Site:
    found = [not header.said.isdisjoint(column.folded) for column in columns]
    wanted = {column.caption for column in columns if not column.optional}
    missing = dict.fromkeys(
        column.caption for column, is_there in zip(columns, found, strict=True) if not (is_there or column.optional)
    )
    return Site(grid=grid, header=header, missing=tuple(missing), found=sum(found), wanted=len(wanted))


def sites(
    grids: Iterable[Grid],
    columns: Sequence[Column],
    *,
    said: AbstractSet[str],
    header_row: int | None,
    rows_max: int,
    layout: Layout | None = None,
) -> list[Site]:
    """The best site of each grid that has any, the likeliest first: fewest columns missing, then most found."""
    found = [
        best_site(grid, columns, said=said, header_row=header_row, rows_max=rows_max, layout=layout) for grid in grids
    ]
    return sorted((site for site in found if site is not None), key=lambda site: (len(site.missing), -site.found))


def not_found(
    candidates: Sequence[Site], columns: Sequence[Column], *, where: str, rows_max: int, hint: str = ""
) -> InputError:
    """The error for a file in which no complete header stands."""
    wanted = [column.caption for column in columns if not column.optional]
    if not candidates or not candidates[0].found or candidates[0].wanted == len(candidates[0].missing):
        listed = ", ".join(repr(caption) for caption in wanted)
        return HeaderNotFound(
            f"none of the first {rows_max} rows has any of the columns {listed}",
            where=where,
            hint=hint or "say which row is the header with header_row=..., counted from 1",
        )
    best = candidates[0]
    captions = [mask_text(caption) or "" for caption in best.header.captions if caption]  # it may be a row of data
    return MissingColumn(best.missing, found=captions, where=f"{where}{best.where}", hint=hint)


def bind(site: Site, columns: Sequence[Column], *, where: str) -> list[tuple[int, Column]]:
    """Which column of the file each of the format's columns is, in the format's order; those that are absent are left out.

    Raises:
        InputError: A caption stands more than once and nobody says which one is meant. For words the first one is taken.
        MissingColumn: There are fewer columns of a caption than `nth` says.
    """
    bound = []
    for column in columns:
        positions = site.header.positions(column.captions)
        if not positions:
            continue
        if column.nth is None and len(positions) > 1 and not isinstance(column, Text):
            listed = ", ".join(str(position + 1) for position in positions)
            raise InputError(
                f"caption {column.caption!r} stands over several columns: {listed}",
                where=f"{where}{site.where}",
                hint=f"say which one is meant, such as {column.caption + '#2'!r}",
            )
        nth = column.nth or 1
        if nth > len(positions) and column.optional:
            continue
        if nth > len(positions):
            raise MissingColumn([f"{column.caption}#{nth}"], found=site.header.captions, where=f"{where}{site.where}")
        bound.append((positions[nth - 1], column))
    return bound
