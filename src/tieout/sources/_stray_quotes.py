"""Stray quotes: which quotes of delimited text are but characters, and open no cell that runs over several lines.

A caption or a remark may be quoted over several lines. A quote that somebody lost or added does the same to the lines below it,
up to the next quote, and they would be no rows any more. It is told by what it swallows: lines of cells, or a quote in the middle
of a cell, which no program writes.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Final

from tieout.sources._captions import Row, is_blank

__all__ = ["CELL", "is_well_formed", "literal_cells", "part_pattern", "rows_of_head"]

CELL: Final = r'(?:"[^"]*(?:""[^"]*)*"|[^"{part}]*)'
"""Pattern of a cell whose quotes are as they should be, for a delimiter."""

_CELLS_MIN: Final = 3  # of a line that looks like one of cells: a caption may hold a comma or two


def part_pattern(delimiter: str) -> str:
    """A delimiter as patterns have it."""
    return {"\t": r"\t", "|": r"\|"}.get(delimiter, delimiter)


@cache
def _proper_cells(delimiter: str) -> re.Pattern[str]:
    part = part_pattern(delimiter)
    return re.compile(f"(?:{CELL.format(part=part)}{part})*")


def literal_cells(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a line that ends within a quote: those before that quote as they are meant, and the rest cut as it stands."""
    proper = _proper_cells(delimiter).match(line)
    at = proper.end() if proper else 0
    try:
        before = next(csv.reader([line[: at - 1]], delimiter=delimiter), []) or [""] if at else []
    except csv.Error:  # a cell longer than any cell is
        return tuple(line.split(delimiter))
    return (*before, *line[at:].split(delimiter))


def is_well_formed(lines: Sequence[str], delimiter: str) -> bool:
    """Whether lines are rows as programs write them: behind the quote that closes a cell stands a delimiter or nothing."""
    try:
        for _ in csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True):
            pass
    except csv.Error:
        return False
    return True


def rows_of_head(lines: tuple[str, ...], delimiter: str) -> Iterator[Row]:
    """The first lines of a text as rows.

    A quote that nothing closes there, and one that closes only behind lines of cells, is but a character of its line.

    Args:
        lines: The lines.
        delimiter: What parts cells.
    """
    start = 0
    while start < len(lines):
        reader = csv.reader((f"{line}\n" for line in islice(lines, start, None)), delimiter=delimiter)
        try:
            cells = tuple(next(reader))
        except csv.Error:
            cells = ()
        end = start + reader.line_num
        taken = end - start
        if not cells or (taken > 1 and _swallows(cells, lines[start:end], lines[end:], delimiter)):
            cells, taken = literal_cells(lines[start], delimiter), 1
        yield Row(line=start + 1, line_end=start + taken, cells=cells)
        start += taken


def _swallows(cells: tuple[str, ...], own: tuple[str, ...], below: tuple[str, ...], delimiter: str) -> bool:
    """Whether the quote that makes several lines one row of these cells is a stray one."""
    if not is_well_formed(own, delimiter):
        return True
    width = len(literal_cells(own[0], delimiter))
    if width < _CELLS_MIN:
        return False
    if any(part.count(delimiter) + 1 >= width for cell in cells for part in cell.split("\n")[1:]):
        return True
    if len(cells) == width:
        return any(line.count(delimiter) + 1 == width for line in own[1:])
    following = next((line for line in below if not is_blank(line)), "")
    return following.count(delimiter) + 1 == width
