"""StatementFormat: a bank statement that is no table, declared by how its entries are found.

A leaf says what the text of such a file shows (`marks`), and walks over its lines once (`walk`): which lines are an entry and
what it says, what the statement declares. All else is as for tables: lines are accounted for, and entries that cannot be read are
rejects with their lines. What a statement declares is checked: opening balance and entries make the closing balance, numbers and
sums of entries are those that there are, a page begins with the balance with which the one before ended.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import attrs
import polars as pl

from tieout.errors import HeaderNotFound, InputError
from tieout.model import BankTransaction
from tieout.model.currency import is_currency
from tieout.proof import Check, Proof
from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Party, as_bank_lines
from tieout.sources._base import Fit
from tieout.sources._batch import Batch
from tieout.sources._columns import Column
from tieout.sources._document import Document
from tieout.sources._entries import Balance, Entry, EntryDocument, EntryGrid, Statement, Total
from tieout.sources._faults import Note
from tieout.sources._kind import Kind
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._totals import declared_whole, doubt_total
from tieout.sources._words import Currency, Key, Remark, Text

__all__ = ["DESCRIBED_COLUMNS", "ENTRY_COLUMNS", "StatementFormat", "Walk"]

_HEAD: Final = 20_000  # characters that tell the format
_STATEMENT: Final = "statement"
_ENTRY: Final = "entry"
_FOUND: Final = 20  # as many as the columns of a table that fits well

ENTRY_COLUMNS: Final[tuple[Column, ...]] = (
    Text(_STATEMENT, to="_statement", optional=True),
    Text(_ENTRY, to="_entry", optional=True),
    Account("own account", to="account", optional=True),
    Date("booking date", to="booked_on"),
    Date("value date", to="value_on", optional=True),
    Currency("currency"),
    Amount("amount", to="amount"),
    Amount("balance", to="balance_after", optional=True),
    Party("counterparty", optional=True),
    Account("counterparty account", to="counterparty_account", optional=True),
    Remark("memo", to="memo", optional=True),
    Key("reference", to="bank_ref", needed=False, optional=True),
)
"""What entries say, by the captions that a leaf's `walk` uses."""

_FURTHER: Final = (
    "type",
    "check",
    "posting text",
    "customer reference",
    "reference number",
    "end-to-end reference",
    "entry status",
    "bank transaction code",
)
"""What else entries say; `keep_raw=True` keeps it."""

DESCRIBED_COLUMNS: Final = tuple(
    attrs.evolve(column, is_name=False) if isinstance(column, Party) else column for column in ENTRY_COLUMNS
)
"""The same, where what a bank writes as the name is often its own description, in which Latin words are no person."""


@attrs.define(kw_only=True)
class Walk:
    """What a leaf finds on its way over the lines.

    Attributes:
        statements: The statements.
        entries: The entries.
        notes: What a person should know.
        count: How many entries there are, counted by other means than they were found by.
    """

    statements: list[Statement] = attrs.field(factory=list)
    entries: list[Entry] = attrs.field(factory=list)
    notes: list[Note] = attrs.field(factory=list)
    count: int = 0

    def add(self, entry: Entry) -> None:
        """An entry of the statement that was begun last, with the statement's account and currency unless it says its own."""
        statement = self.statements[-1]
        said = {name: value for name, value in entry.cells.items() if value is not None and value.strip()}
        known = {"own account": statement.account, "currency": statement.currency, **said}
        known |= {_STATEMENT: str(len(self.statements) - 1), _ENTRY: str(entry.number)}
        self.entries.append(attrs.evolve(entry, cells=known))

    def note(self, code: str, text: str) -> None:
        """Tell a person something about the file."""
        self.notes.append(Note(code, text))


def _checks(reading: Reading) -> Iterator[Check]:
    grid = reading.site.grid
    if not isinstance(grid, EntryGrid):
        return
    sums = _Sums(reading)
    balances = [
        (sums.minor(number, statement.opening), sums.minor(number, statement.closing))
        for number, statement in enumerate(grid.statements)
    ]
    for number, statement in enumerate(grid.statements):
        yield from _balance_check(sums, number, statement, balances[number])
        for total in statement.totals:
            yield from _total_checks(sums, number, statement, total)
    pairs = pairwise(zip(grid.statements, balances, strict=True))
    for (before, (_, closing)), (after, (opening, _)) in pairs:
        if _follows(before, after) and closing is not None and opening is not None and closing[1] == opening[1]:
            yield Check(
                name=f"opening balance of {after.name}",
                side="file",
                currency=opening[1],
                total=opening[0],
                parts={f"closing balance of {before.name}": closing[0]},
            )


def _follows(before: Statement, after: Statement) -> bool:
    """Whether a statement is the next one of the same account, or its next page."""
    if before.page is None or after.page is None or before.account != after.account:
        return False
    (number, page), (next_number, next_page) = before.page, after.page
    is_next = bool(number) and next_number == number + 1 and next_page <= 1
    return is_next or (next_number, next_page) == (number, page + 1)


def _balance_check(
    sums: "_Sums", number: int, statement: Statement, balances: tuple[tuple[int, str] | None, tuple[int, str] | None]
) -> Iterator[Check]:
    opening, closing = balances
    if opening is None or closing is None:
        return
    if opening[1] != closing[1]:
        text = f"{statement.name}: its balances are in {opening[1]} and {closing[1]}, and cannot be compared"
        sums.reading.note("balance.other_currency", text)
        return
    moved = sums.moved(number, closing[1])
    parts = {"opening balance": opening[0], **moved}
    yield Check(
        name=f"closing balance of {statement.name}", side="file", currency=closing[1], total=closing[0], parts=parts
    )


def _total_checks(sums: "_Sums", number: int, statement: Statement, total: Total) -> Iterator[Check]:
    name = f"number of {total.name} of {statement.name}"
    count = declared_whole(sums.reading, total.count, name=name)
    if count is not None:
        yield Check(name=name, side="file", currency=None, total=count, parts=sums.counted(number, total.sign))
    declared = (
        None if total.amount is None else sums.minor(number, Balance(amount=total.amount, currency=total.currency))
    )
    if declared is None:
        return
    minor, code = declared
    moved = sums.moved(number, code, sign=total.sign)
    parts = {part: (-figure if total.sign < 0 else figure) for part, figure in moved.items()}
    name = f"sum of {total.name} of {statement.name}"
    yield Check(name=name, side="file", currency=code, total=minor, parts=parts)


class _Sums:
    """Sums over the entries of one statement, of those that were read and of those that were rejected."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        rejected = pl.int_range(pl.len()).is_in(sorted(reading.rejected_rows))
        part = pl.when(rejected).then(pl.lit("rejects")).otherwise(pl.lit("records"))
        self.lines = reading.values.select("_statement", "_entry", "currency", "amount_minor", part.alias("part"))

    def minor(self, number: int, balance: Balance | None) -> tuple[int, str] | None:
        """What a balance says in minor units, and its currency; None, with a note, when it says nothing that can be read."""
        if balance is None or not balance.amount.strip() or self.reading.conventions is None:
            return None
        code = balance.currency or self._only_currency(number)
        if code is None:
            return None
        if is_currency(code):
            conventions = attrs.evolve(self.reading.conventions, currency=code)
            parsed = Amount("balance", to="_balance").parse(pl.Series([balance.amount]), conventions)
            if not parsed.faults and parsed.values[0] is not None:
                return int(parsed.values[0]), code
        doubt_total(self.reading, f"a balance or sum of statement {number + 1}", f"{balance.amount} {code}")
        return None

    def _only_currency(self, number: int) -> str | None:
        codes = self.lines.filter(pl.col("_statement") == str(number))["currency"].drop_nulls().unique().to_list()
        return codes[0] if len(codes) == 1 else None

    def moved(self, number: int, code: str, *, sign: int = 0) -> dict[str, int]:
        """The sums of the entries' amounts in a currency; of receipts or payments alone when a sign is given."""
        of_sign = _of_sign(sign)
        lines = self.lines.filter((pl.col("_statement") == str(number)) & (pl.col("currency") == code) & of_sign)
        return self._parts(lines, pl.col("amount_minor").sum())

    def counted(self, number: int, sign: int) -> dict[str, int]:
        """How many entries there are."""
        return self._parts(
            self.lines.filter((pl.col("_statement") == str(number)) & _of_sign(sign)), pl.col("_entry").n_unique()
        )

    def _parts(self, lines: pl.DataFrame, figure: pl.Expr) -> dict[str, int]:
        found = dict(lines.group_by("part").agg(figure.alias("figure")).iter_rows())
        return {
            "records": int(found.get("records", 0)),
            **({"rejects": int(found["rejects"])} if "rejects" in found else {}),
        }


def _of_sign(sign: int) -> pl.Expr:
    amount = pl.col("amount_minor")
    return pl.lit(True) if not sign else amount > 0 if sign > 0 else amount < 0


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    return as_bank_lines(frame, reading)


@attrs.frozen(kw_only=True, slots=False, eq=False)
class StatementFormat(TableFormat):
    """A bank statement that is no table.

    Attributes:
        marks: Patterns of which each must be found in the first characters of the text.
        walk: Finds the entries of a document.
        declared_encoding: Pattern whose group is the encoding that the file itself names in its first bytes.
    """

    record: type = BankTransaction
    columns: tuple[Column, ...] = ENTRY_COLUMNS
    ignored: tuple[str, ...] = _FURTHER
    walk: Callable[[Document], Walk]
    declared_encoding: bytes | None = None
    shape: Callable[[pl.DataFrame, Reading], pl.DataFrame] | None = _shape
    checks: Callable[[Reading], Iterable[Check]] | None = _checks

    def fit(self, document: Document) -> Fit:
        """How well a document fits, by the marks at its beginning."""
        if document.kind is not Kind.TEXT:
            return Fit(is_match=False, found=0, share=0.0, missing=self.marks)
        head = document.text.text[:_HEAD]
        absent = tuple(mark for mark in self.marks if re.search(mark, head, re.MULTILINE) is None)
        found = 0 if absent else _FOUND
        return Fit(is_match=not absent, found=found, share=1 - len(absent) / len(self.marks), missing=absent)

    def read(self, document: Document, *, name: str, options: Mapping[str, Any]) -> Batch:
        """Read a document as `SourceFormat.read` says.

        Raises:
            InputError: The document is not of this format.
        """
        if not self.fit(document).is_match:
            missing = " and ".join(self.fit(document).missing)
            raise HeaderNotFound(
                f"the text shows nothing of format {name}: {missing} is not there", where=document.where
            )
        document = self._decoded(document)
        walk = self.walk(document)
        constants = options.get("constants")
        said = constants.get("currency") if isinstance(constants, Mapping) else None
        entries = [_with_currency(entry, said) for entry in walk.entries]
        if entries and not any(entry.cells.get("currency") for entry in entries):
            hint = "say which, such as constants={'currency': 'USD'}"
            raise InputError("the statement does not say its currency", where=document.where, hint=hint)
        grid = EntryGrid(
            captions=[column.caption for column in self.columns],
            entries=entries,
            statements=walk.statements,
            lines=document.lines.lines,
            is_ended=document.lines.is_ended,
            keep_pii=options.get("keep_pii") is True,
        )
        batch = TableFormat.read(self, EntryDocument.with_entries(document, grid), name=name, options=options)
        control = attrs.evolve(batch.control, proof=Proof([*batch.control.checks, _entry_check(walk)]))
        return attrs.evolve(batch, control=control, notes=(*batch.notes, *walk.notes))

    def _decoded(self, document: Document) -> Document:
        """The document in the encoding that it names itself, unless the caller named one, its bytes are UTF-8, or it has not."""
        text = document.text
        if self.declared_encoding is None or document.encoding is not None or text.encoding.startswith("utf-"):
            return document
        found = re.search(self.declared_encoding, document.content.data[:_HEAD])
        encoding = None if found is None else _python_encoding(found[1].decode("ascii", "replace"))
        if encoding is None:
            return document
        named = document.opened_as(encoding=encoding, delimiter=None)
        try:
            named.text  # noqa: B018 - a name that its bytes belie is not believed
        except InputError:
            return document
        return named


def _entry_check(walk: Walk) -> Check:
    """That no entry vanished: as many as were counted by other means."""
    booked = {entry.number for entry in walk.entries if not entry.is_pending}
    pending = {entry.number for entry in walk.entries if entry.is_pending}
    parts = {"booked": len(booked), **({"pending": len(pending)} if pending else {})}
    return Check(name="entries", side="file", currency=None, total=walk.count, parts=parts)


def _python_encoding(name: str) -> str | None:
    """Python's name of an encoding, also of `1252` and `8859-1`; None for none, and for UTF-8, which would have been found."""
    for candidate in (name, f"cp{name}", f"iso-{name}"):
        try:
            found = codecs.lookup(candidate).name
        except LookupError:
            continue
        return None if found in {"utf-8", "ascii"} else found
    return None


def _with_currency(entry: Entry, said: object) -> Entry:
    if not isinstance(said, str) or entry.cells.get("currency"):
        return entry
    return attrs.evolve(entry, cells={**entry.cells, "currency": said})
