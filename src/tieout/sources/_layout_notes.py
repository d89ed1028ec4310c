"""What of a table's layout is not read: columns that nothing maps, and cells that are merged over several rows."""

from collections.abc import Sequence

from tieout.sources._reading import Reading
from tieout.sources._workbook import Sheet

__all__ = ["note_layout"]


def note_layout(reading: Reading, *, unread: Sequence[str]) -> None:
    """Tell of columns that are not read, and of cells below the header that are merged over several rows.

    A spreadsheet stores such a cell in its first row alone, so the other rows say nothing there. They are not filled: a day may
    hold for all of the rows, an amount that is shown so stands for all of them together.

    Args:
        reading: The reading.
        unread: Captions of the columns that are not read.
    """
    if unread and reading.site.header.row.cells:
        reading.note("columns.not_read", f"columns that are not read: {', '.join(map(repr, unread))}")
    grid = reading.site.grid
    below = reading.site.header.row.line_end
    if not isinstance(grid, Sheet) or not grid.merged:
        return
    rows = {
        at: sum(last - max(first, below + 1) for column, first, last in grid.merged if column == at and last > below)
        for at, _ in reading.bound
    }
    captions = [reading.site.header.captions[at] for at, count in rows.items() if count > 0]
    if captions:
        text = (
            f"cells of {', '.join(map(repr, captions))} are merged over several rows, and {sum(rows.values()):,} cells below "
            "their first rows are read as blank: unmerge them and fill them down in the file"
        )
        reading.note("cells.merged", text)
