"""Where the table of a draft stands: encoding, sheet and header, and the footers below it."""

import re
from collections.abc import Mapping

import polars as pl

from tieout.sources._batch import Batch
from tieout.sources._captions import is_blank
from tieout.sources._draft_columns import Bound
from tieout.sources._drafting import Drafting, literally
from tieout.sources._grid import LINE, WIDTH, cell_name

__all__ = ["add_footers", "add_place", "pin_place"]


def add_place(drafting: Drafting) -> None:
    """Say what is known of the file itself.

    Args:
        drafting: The draft.
    """
    for option in ("encoding", "delimiter", "sheet"):
        if option in drafting.said:
            drafting.add("", option, drafting.said[option], "said by you")
    titles = [grid.title for grid in drafting.document.grids if grid.title is not None]
    if "sheet" not in drafting.said and len(titles) > 1:
        drafting.add("", "sheet", drafting.table.grid.title, "of all sheets it looks most like a table")
    if "header_row" in drafting.said:
        drafting.add("", "header_row", drafting.said["header_row"], "said by you")
    elif not drafting.table.header.row.line:
        drafting.add("", "header_row", 0, "no row looks like captions, so columns go by number")


def pin_place(drafting: Drafting, batch: Batch) -> None:
    """Say where the table stands, where reading by the captions finds another place; else files may differ in their heads.

    Args:
        drafting: The draft.
        batch: What the draft makes of the file so far.
    """
    line, delimiter = drafting.table.header.row.line, drafting.table.grid.delimiter
    if line and batch.source.header_line != line and "header_row" not in drafting.said:
        drafting.add(
            "",
            "header_row",
            line,
            "the first row of captions above rows of data; another row has such captions too",
        )
    if batch.source.delimiter != delimiter and "delimiter" not in drafting.said:
        drafting.add("", "delimiter", delimiter, "what parts the cells of the header")


def add_footers(drafting: Drafting, batch: Batch, bound: Mapping[str, Bound]) -> Batch:
    """Name the rows below the last record that were refused: footers where they show no money, questions where they do.

    Args:
        drafting: The draft.
        batch: What the draft makes of the file so far.
        bound: The columns by what they say.

    Returns:
        What the draft makes of the file with these footers.
    """
    lines = batch.records.to_polars()["source_line"]
    last = int(str(lines.max())) if len(lines) else 0
    below = [reject.line for reject in batch.rejects if last and reject.line is not None and reject.line > last]
    money = [one.content.position for key, one in bound.items() if key in {"amount", "gain", "loss", "balance"}]
    frame = drafting.table.grid.body(drafting.table.header.row.line_end, drafting.table.header.width)
    sure: list[str] = []
    for row in frame.filter(pl.col(LINE).is_in(below)).iter_rows(named=True):
        cells = [row[cell_name(at)] or "" for at in range(drafting.table.header.width)]
        shown = next((cell.strip() for cell in cells if not is_blank(cell)), "")
        start = re.match(r"[^\d]{2,20}", shown)
        has_money = any(not is_blank(cells[at]) for at in money)
        if start is None or (has_money and row[WIDTH] > 1):
            continue
        sure.append("^" + literally(start[0].strip()))
    if not sure:
        return batch
    drafting.add("", "footer", list(dict.fromkeys(sure)), "rows below the last line that show no amount begin so")
    again, _ = drafting.tried()
    if again is not None and len(again.records) == len(batch.records):
        return again
    drafting.entries = [entry for entry in drafting.entries if entry.key != "footer"]
    return batch
