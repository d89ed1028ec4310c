"""Columns: what a format declares, and the way from cells to values that all kinds share.

A leaf is mostly a tuple of columns. Each names the captions under which it is known, the record's field that it fills, and by its
kind how its texts are to be read. It parses a whole column at once, and hands back the values and a fault for every cell that it
cannot take. The kinds: words and identifiers in `_words`, money in `_amounts`, numbers with and without a unit in `_measures`,
days and moments in `_times`.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

import attrs
import polars as pl

from tieout.sources._captions import fold_caption
from tieout.sources._faults import CellFault, Conventions, Parsed, Unreadable
from tieout.sources._sheet_scan import CELL_ERRORS

__all__ = ["EMPTY_WORDS", "Column", "resolve", "without"]

EMPTY_WORDS: Final = ("-", "--", "---", "/", "—", "－", "nan", "NaN", "null", "NULL", "None", "N/A", "无")
"""What exports write into a cell that holds nothing (`formats.md` 8.5)."""


def _as_captions(captions: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (captions,) if isinstance(captions, str) else tuple(captions)


@attrs.frozen
class Column:
    """One column of a format. Use one of its kinds: `Text`, `Key`, `Tracking`, `Amount`, `Charge`, `Date` and so on.

    Attributes:
        captions: The caption, or several under which the column is known, the usual one first.
        folded: These as they are compared with those of a file.
        to: Field of the record, such as `amount` or `dest.province`; a name that begins with `_` is for the leaf's own use.
        optional: Whether a file may lack the column.
        needed: Whether a line with a blank cell here is a reject.
        nth: Which of several columns with this caption, from 1; None when there may be only one.
        masks: Whether its values hide what is personal, so that it is read even where its caption says that it is.
    """

    masks: ClassVar[bool] = False

    captions: tuple[str, ...] = attrs.field(converter=_as_captions)
    folded: frozenset[str] = attrs.field(init=False, eq=False, repr=False)
    to: str = attrs.field(kw_only=True)
    optional: bool = attrs.field(kw_only=True, default=False)
    needed: bool = attrs.field(kw_only=True, default=False)
    nth: int | None = attrs.field(kw_only=True, default=None)

    @folded.default
    def _folded(self) -> frozenset[str]:
        return frozenset(map(fold_caption, self.captions))

    @property
    def caption(self) -> str:
        """The usual caption."""
        return self.captions[0]

    @property
    def name(self) -> str:
        """Column of the record's table that the values fill."""
        return self.to.replace(".", "_")

    @property
    def is_identity(self) -> bool:
        """Whether a line without it cannot be a record of its own: footers lack it."""
        return self.needed

    @property
    def is_text(self) -> bool:
        """Whether its values are words as the file has them, so that a token can stand for them."""
        return False

    @property
    def plain(self) -> str | None:
        """Pattern of cells that are as most are: clean, no word of a footer, and of a kind that `of_plain` takes."""
        return None

    def of_plain(self, cells: pl.Series, conventions: Conventions) -> pl.Series | None:  # noqa: ARG002 - for kinds that do
        """Values of the cells that `plain` matches, as `parse` gives them without fault or note, or null; of others anything.

        Args:
            cells: As for `parse`.
            conventions: As for `parse`.

        Returns:
            The values; None where the conventions are none under which the pattern says enough.
        """
        return None

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column: of each cell what its text alone says, or a fault, whatever stands in the other rows.

        Args:
            cells: Texts without blanks around them; null where the cell is blank.
            conventions: How the file writes numbers and dates.
        """
        raise NotImplementedError

    def require(self, cells: pl.Series, parsed: Parsed, conventions: Conventions) -> None:
        """Refuse a column that lacks throughout what the caller can say once, such as the zone of its times.

        Args:
            cells: As for `parse`.
            parsed: What `parse` found in them.
            conventions: As for `parse`.

        Raises:
            InputError: It does.
        """


def resolve(
    column: Column, cells: pl.Series, fast: pl.Series, slowly: Callable[[str], Any]
) -> tuple[pl.Series, list[CellFault]]:
    """What the fast way left null, the slow way: it gives the value or names the fault. Each different text is asked once."""
    rows = (cells.is_not_null() & fast.is_null()).arg_true()
    if rows.is_empty():
        return fast, []
    answers: dict[str, Any] = {}
    for text in cells.gather(rows).unique():
        try:
            answers[text] = slowly(text)
        except Unreadable as cause:
            answers[text] = cause
    found, values, faults = [], [], []
    for row in rows:
        answer = answers[cells[row]]
        if isinstance(answer, Unreadable):
            faults.append(_fault(column, row, cells[row], answer))
        else:
            found.append(row)
            values.append(answer)
    return (fast.scatter(found, pl.Series(values, dtype=fast.dtype)) if found else fast), faults


def _fault(column: Column, row: int, text: str, cause: Unreadable) -> CellFault:
    if text in CELL_ERRORS:
        cause = Unreadable("cell.error", "is an error of the spreadsheet", cause.expected)
    return CellFault(
        row=row, column=column.caption, reason=cause.reason, found=text, problem=cause.problem, expected=cause.expected
    )


def without(cells: pl.Series, words: tuple[str, ...]) -> pl.Series:
    """The cells, null where they hold one of these words."""
    is_word = cells.is_in(words)
    return (
        cells.zip_with(~is_word.fill_null(value=False), pl.Series([None], dtype=pl.String)) if is_word.any() else cells
    )
