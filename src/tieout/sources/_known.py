"""Known: what is found out about the cells of a table while it is cut and cleaned, so that nothing asks again cell by cell."""

from collections.abc import Mapping, Sequence

import attrs
import polars as pl

from tieout.sources._columns import Column
from tieout.sources._delimited import Delimited
from tieout.sources._grid import Grid, cell_name
from tieout.sources._repeats import Repeats
from tieout.sources._rows import clean_cells, clean_texts
from tieout.sources._sections import Section

__all__ = ["Known", "clean_body"]

_FEW = 2  # columns that are cleaner looked at one by one than by a search through the whole text


@attrs.frozen(kw_only=True, eq=False)
class Known:
    """What is known of the columns of a table.

    Attributes:
        repeats: By position, columns of few texts.
        plain: By the name of the column, which cells `Column.plain` matches; null where blank.
    """

    repeats: Mapping[int, Repeats] = attrs.field(factory=dict)
    plain: Mapping[str, pl.Series] = attrs.field(factory=dict)

    def filter(self, chosen: pl.Series) -> "Known":
        """The same of the rows that are chosen."""
        return Known(
            repeats={at: found.filter(chosen) for at, found in self.repeats.items()},
            plain={name: mask.filter(chosen) for name, mask in self.plain.items()},
        )

    def head(self, rows: int) -> "Known":
        """The same of the first rows."""
        return Known(
            repeats={at: found.head(rows) for at, found in self.repeats.items()},
            plain={name: mask.head(rows) for name, mask in self.plain.items()},
        )


def clean_body(grid: Grid, after: int, width: int, bound: Sequence[tuple[int, Column]]) -> tuple[pl.DataFrame, Known]:
    """The rows of a grid below a line, the columns that are read cleaned, and what is known of those.

    Args:
        grid: The grid.
        after: Last line of the header; 0 for all rows.
        width: How many cells the header has.
        bound: The columns that are read, and their positions.
    """
    positions = sorted({position for position, _ in bound})
    found: dict[int, Repeats] = {}
    text = grid if isinstance(grid, Delimited | Section) else None
    if text is None:
        body = grid.body(after, width)
    else:
        body, found = text.body_with_repeats(after, width, positions)
    repeats = {at: repeats.changed(clean_texts) for at, repeats in found.items()}
    cells = {at: known.cells for at, known in repeats.items() if known is not found[at]}
    plain: dict[str, pl.Series] = {}
    for at, column in bound:
        if column.plain is not None and at in repeats:
            plain[column.name] = repeats[at].texts.str.contains(column.plain).gather(repeats[at].codes)
        elif column.plain is not None:
            known = cells[at] if at in cells else body[cell_name(at)]
            cells[at], plain[column.name] = _clean_but_plain(known, column.plain)
    others = [position for position in positions if position not in repeats and position not in cells]
    body = body.with_columns(column.alias(cell_name(at)) for at, column in cells.items())
    body = clean_cells(body, others, is_trim=text is not None and len(others) > _FEW and text.is_trim)
    return body, Known(repeats=repeats, plain=plain)


def _clean_but_plain(cells: pl.Series, pattern: str) -> tuple[pl.Series, pl.Series]:
    """The cells, of which only those are cleaned that are not plain, and which are plain then."""
    plain = cells.str.contains(pattern)
    odd = (~plain).arg_true()
    if odd.is_empty():
        return cells, plain
    texts = cells.gather(odd)
    cleaned = clean_texts(texts)
    if cleaned is texts:
        return cells, plain
    return cells.clone().scatter(odd, cleaned), plain.scatter(odd, cleaned.str.contains(pattern))
