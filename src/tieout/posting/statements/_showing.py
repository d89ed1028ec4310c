"""Showing: statements as tables that people read, in a terminal or a notebook."""

import unicodedata
from collections.abc import Iterable, Sequence

import attrs

from tieout._notebook import paragraph, table, view
from tieout.model.currency import exponent, from_units

__all__ = ["Page", "figure", "side_of"]

_WIDE = {"W", "F"}


@attrs.frozen(kw_only=True)
class Page:
    """A statement on paper.

    Attributes:
        title: What it is.
        heads: Heads of the columns.
        rows: Cells of each row.
        left: How many columns, from the first, are text; the others are figures.
        notes: What is said below.
    """

    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    left: int
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [self.heads, *self.rows]
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        shown = [self._line(cells, widths) for cells in lines]
        rule = "-" * (sum(widths) + 2 * (len(widths) - 1))
        return "\n".join([self.title, rule, shown[0], rule, *shown[1:], rule, *self.notes])

    def _line(self, cells: Iterable[str], widths: Sequence[int]) -> str:
        padded = []
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True)):
            space = " " * (width - _width(cell))
            padded.append(cell + space if at < self.left else space + cell)
        return "  ".join(padded).rstrip()

    def to_html(self) -> str:
        """The statement for a notebook."""
        figures = range(self.left, len(self.heads))
        return view(self.title, table(self.heads, self.rows, figures=figures), *map(paragraph, self.notes))


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(character) in _WIDE else 1 for character in text)


def figure(minor: int | None, currency: str, *, is_blank_zero: bool = False) -> str:
    """An amount with separators between thousands; blank for None, and for zero where that is asked."""
    if minor is None or (is_blank_zero and minor == 0):
        return ""
    return f"{from_units(minor, currency):,.{exponent(currency)}f}"


def side_of(minor: int, *, is_chinese: bool) -> str:
    """The side that a balance stands on."""
    words = ("平", "借", "贷") if is_chinese else ("-", "Dr", "Cr")
    return words[0] if minor == 0 else words[1 if minor > 0 else 2]
