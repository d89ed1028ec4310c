"""Entries: what a bank statement that is no table says, brought into rows that are read as a table's rows are.

A reader of such a format walks over the lines once and says which run of lines each entry takes and what it says, in words; the
rest of the lines stand around the entries. The columns of the format then take the words as they take the cells of a table, with
the same faults, masks and options.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import attrs
import polars as pl

from tieout.sources._bank import account_tail
from tieout.sources._captions import Header, Headers, Row
from tieout.sources._document import Document
from tieout.sources._grid import LINE, LINE_END, Grid, body_schema
from tieout.sources._rows import KIND, RowKind

__all__ = ["Balance", "Entry", "EntryDocument", "EntryGrid", "Statement", "Total"]


@attrs.frozen(kw_only=True)
class Balance:
    """A balance that a statement declares.

    Attributes:
        amount: Signed amount, in words.
        currency: ISO 4217 code; None when only the entries say it.
    """

    amount: str
    currency: str | None = None


@attrs.frozen(kw_only=True)
class Total:
    """A number or sum of entries that a statement declares.

    Attributes:
        name: What it is called, such as `credits`.
        amount: The sum as a magnitude, in words; None when only the number is said.
        count: The number, in words; None when only the sum is said.
        sign: 1 for receipts, -1 for payments, 0 for all.
        currency: ISO 4217 code; None when only the entries say it.
    """

    name: str
    amount: str | None = None
    count: str | None = None
    sign: int = 0
    currency: str | None = None


@attrs.define(kw_only=True)
class Statement:
    """What a statement says besides its entries.

    Attributes:
        name: What checks call it, such as its number.
        account: Account as the file writes it.
        currency: ISO 4217 code of its entries unless they say another.
        opening: Balance before the first entry.
        closing: Balance after the last one.
        totals: Numbers and sums that it declares.
        page: Number of the statement and its page, for what follows it; None when it has none.
    """

    name: str
    account: str | None = None
    currency: str | None = None
    opening: Balance | None = None
    closing: Balance | None = None
    totals: list[Total] = attrs.field(factory=list)
    page: tuple[int, int] | None = None


@attrs.frozen(kw_only=True)
class Entry:
    """One entry as the file says it.

    Attributes:
        line: First line, 1-based.
        line_end: Last line, inclusive.
        cells: What it says by caption, in words.
        number: Which entry of the file it is, from 1; parts of one that are rows of their own have its number.
        is_pending: Whether the bank has not booked it yet.
    """

    line: int
    line_end: int
    number: int
    cells: Mapping[str, str | None]
    is_pending: bool = False


@attrs.frozen(kw_only=True, slots=False, eq=False)
class EntryGrid:
    """The entries of a document as rows.

    Attributes:
        captions: The captions of the format's columns; others that entries have come behind them.
        entries: The entries, in the order of the file.
        statements: The statements; entries name theirs by its position.
        lines: The lines of the document.
        is_ended: Whether the last line has its end.
        keep_pii: Whether the statements' accounts are shown in the lines around the entries.
    """

    captions: Sequence[str]
    entries: Sequence[Entry]
    statements: Sequence[Statement]
    lines: Sequence[str] = attrs.field(repr=False)
    is_ended: bool
    keep_pii: bool = False
    sheet: None = None
    title: None = None
    delimiter: None = None
    is_ragged: bool = False

    @property
    def line_count(self) -> int:
        """How many lines the document has."""
        return len(self.lines)

    @cached_property
    def headers(self) -> Headers:
        """The captions, which stand on no line."""
        further = dict.fromkeys(caption for entry in self.entries for caption in entry.cells)
        cells = (*self.captions, *(caption for caption in further if caption not in set(self.captions)))
        return Headers((Header.of(Row(line=0, line_end=0, cells=cells)),))

    @property
    def head(self) -> tuple[Row, ...]:
        """No row: what stands around the entries is in the body."""
        return ()

    def body(self, after: int, width: int) -> pl.DataFrame:  # noqa: ARG002 - one signature for all grids
        """Entries, and the runs of lines around them, in the order of the file."""
        captions = self.headers.all[0].captions
        rows = [
            (
                entry.line,
                entry.line_end,
                width,
                *(entry.cells.get(caption) for caption in captions[:width]),
                *([None] * (width - len(captions))),
                None,
                (RowKind.PENDING if entry.is_pending else RowKind.DATA).value,
            )
            for entry in self.entries
        ]
        rows += [
            (first, last, 1, text, *([None] * (width - 1)), None, kind.value)
            for first, last, text, kind in self._around()
        ]
        schema = {**body_schema(width), KIND: pl.String()}
        return pl.DataFrame(rows, schema=schema, orient="row").sort(LINE, LINE_END, maintain_order=True)

    def _around(self) -> Iterator[tuple[int, int, str, RowKind]]:
        """The runs of lines that no entry takes, blank ones apart."""
        taken = bytearray(len(self.lines) + 2)
        for entry in self.entries:
            taken[entry.line : entry.line_end + 1] = b"\x01" * (entry.line_end - entry.line + 1)
        run: list[str] = []
        start, was_blank = 1, False
        for number, line in enumerate((*self.lines, ""), start=1):
            is_end = number > len(self.lines) or bool(taken[number])
            blank = not is_end and not line.strip(_BLANKS)
            if run and (is_end or blank != was_blank):
                yield start, number - 1, self._shown(" | ".join(run)), RowKind.BLANK if was_blank else RowKind.STATEMENT
                run = []
            if is_end:
                continue
            if not run:
                start, was_blank = number, blank
            run.append(line.strip(_BLANKS))

    def _shown(self, text: str) -> str:
        """A text with the accounts of the statements by their last digits."""
        accounts = () if self.keep_pii else {one.account for one in self.statements if one.account}
        for account in sorted(accounts, key=len, reverse=True):
            text = text.replace(account, account_tail(account))
        return text


_BLANKS = " \t\r\n\x0b\x0c\x00\x01\x02\x03\x1a\xa0\u3000\u200b\ufeff"


@attrs.frozen(kw_only=True, slots=False, eq=False)
class EntryDocument(Document):
    """A document whose one grid is its entries.

    Attributes:
        entries: The entries.
    """

    entries: EntryGrid

    @classmethod
    def with_entries(cls, document: Document, entries: EntryGrid) -> "EntryDocument":
        """The same document, its entries found."""
        return cls(
            content=document.content,
            kind=document.kind,
            encoding=document.encoding,
            delimiter=document.delimiter,
            entries=entries,
        )

    @property
    def grids(self) -> tuple[Grid, ...]:
        """The entries."""
        return (self.entries,)
