"""Faults and notes: what is wrong with a cell, and what a person should know about a file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self

import attrs
import polars as pl

from tieout.money import DecimalMark

__all__ = ["CellFault", "Conventions", "CountedNote", "Note", "Parsed", "Unreadable"]


@attrs.frozen
class Note:
    """Something about a file that is no fault, but that a person should know.

    Attributes:
        code: What kind of thing, such as `format.drift`.
        text: The thing, in a sentence without personal data.
    """

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"

    @property
    def plain(self) -> "Note":
        """The note as people get it."""
        return Note(self.code, self.text)


@attrs.frozen
class CountedNote(Note):
    """A note whose figures add up over the pieces of a file.

    Attributes:
        figures: What adds up, such as the lines with each unknown word.
        words: The text by the figures.
        about: What the figures are of: those of different things do not add up.
    """

    figures: Mapping[str, Any]
    words: Callable[[Mapping[str, Any]], str]
    about: str = ""

    @classmethod
    def of(
        cls,
        code: str,
        figures: Mapping[str, int | Decimal],
        words: Callable[[Mapping[str, Any]], str],
        *,
        about: str = "",
    ) -> Self:
        """The note that these figures make."""
        return cls(code, words(figures), figures, words, about)

    def plus(self, other: "CountedNote") -> "CountedNote":
        """The note of both pieces."""
        names = dict.fromkeys([*self.figures, *other.figures])
        figures = {name: self.figures.get(name, 0) + other.figures.get(name, 0) for name in names}
        return CountedNote.of(self.code, figures, self.words, about=self.about)


@attrs.frozen(kw_only=True)
class CellFault:
    """A cell that cannot be read, or a line that is torn.

    Attributes:
        row: Position of the line among the lines below the header.
        column: The column's usual caption; None when the whole line is meant.
        reason: Code of the reason, such as `amount.unreadable`.
        found: The cell's text; None when it is blank or the whole line is meant.
        problem: What is wrong, continuing a sentence that begins with the cell, such as `is not an amount`.
        expected: What would have been right.
    """

    row: int
    column: str | None
    reason: str
    found: str | None
    problem: str
    expected: str


class Unreadable(Exception):  # noqa: N818 - a finding on its way, not an error
    """A text that a column cannot take; becomes a fault and never leaves this room."""

    def __init__(self, reason: str, problem: str, expected: str) -> None:
        """Keep the parts of the fault."""
        self.reason, self.problem, self.expected = reason, problem, expected
        super().__init__(problem)


@attrs.frozen(kw_only=True)
class Parsed:
    """A column that was parsed.

    Attributes:
        values: Its values, named as the record's table names them; null where blank or faulty.
        faults: Its cells that cannot be read.
        notes: What a person should know about it.
    """

    values: pl.Series
    faults: Sequence[CellFault] = ()
    notes: Sequence[Note] = ()


@attrs.frozen(kw_only=True)
class Conventions:
    """How a file writes numbers and dates.

    Attributes:
        where: What messages call the file.
        currency: ISO 4217 code of its amounts, or one for each line; None for a file without amounts.
        decimal_mark: What parts units from fractions.
        timezone: IANA name of the zone of times without an offset; None when nobody knows.
        date_format: How its dates are written, in the notation of `strftime`; None for the usual ways.
        month: Any day of the month it is about, for dates without a year; None when unknown.
        round_amounts: Whether amounts finer than their currency are rounded half-up instead of being faults.
        keep_damaged_ids: Whether identifiers that lost digits stay values, for matching rules that weigh them.
        keep_pii: Whether free text stays as it is.
        is_cash: Whether its amounts are gains and losses of the merchant, so that CR beside a figure is a gain and DR a loss.
    """

    where: str
    currency: str | pl.Series | None
    decimal_mark: DecimalMark = DecimalMark.POINT
    timezone: str | None = None
    date_format: str | None = None
    month: date | None = None
    round_amounts: bool = False
    keep_damaged_ids: bool = False
    keep_pii: bool = False
    is_cash: bool = False
