"""Entries: vouchers as programs hold them that know no sheets, and what their lines are called there."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from types import MappingProxyType

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerBook, voucher_name
from tieout.model import JournalLine, Voucher
from tieout.model.currency import negated

__all__ = [
    "Entry",
    "frozen_texts",
    "left_out",
    "option_text",
    "option_texts",
    "original_amount",
    "rate_of",
    "side_amount",
    "split_entries",
    "whole_vouchers",
]


@attrs.frozen(kw_only=True)
class Entry:
    """One voucher, however many sheets it fills.

    Attributes:
        name: Its period, word and number, such as `2026-10 记-5`.
        head: Its first sheet, which says date, word, number and who made it.
        lines: The lines of all sheets, in order; their place here is their number in the entry.
        attachments_count: Number of source documents on all its sheets.
    """

    name: str
    head: Voucher
    lines: tuple[JournalLine, ...]
    attachments_count: int

    @property
    def code(self) -> str:
        """Word and number, such as `记-5`."""
        return f"{self.head.word}-{self.head.number}"


def whole_vouchers(vouchers: Iterable[Voucher], *, book: LedgerBook, where: str) -> list[Entry]:
    """The vouchers with the sheets of each put together.

    Args:
        vouchers: Numbered vouchers in order, as a ledger is given them.
        book: The book they are of.
        where: The ledger that the errors name.

    Raises:
        LedgerError: A sheet of a voucher is missing, or an amount is not in the currency of the book.
    """
    grouped = groupby(vouchers, key=lambda voucher: (voucher.period, voucher.word, voucher.number))
    return [_entry(list(sheets), book, where) for _, sheets in grouped]


def _entry(sheets: Sequence[Voucher], book: LedgerBook, where: str) -> Entry:
    head = sheets[0]
    name = f"{head.period} {head.word}-{head.number}"
    missing = sorted(set(range(1, (head.parts or 1) + 1)) - {sheet.part or 1 for sheet in sheets})
    if missing:
        listed = ", ".join(f"{part}/{head.parts}" for part in missing)
        raise LedgerError(f"{name} lacks its sheet {listed}", where=where, hint="give all sheets of a voucher")
    lines = tuple(line for sheet in sheets for line in sheet.lines)
    for line in lines:
        if line.amount.currency.code != book.currency:
            raise LedgerError(
                f"{name} line {line.line_no} is in {line.amount.currency.code}, but the book is kept in {book.currency}",
                where=where,
                hint="convert it: the original amount stands beside the amount of the book",
            )
    count = sum(sheet.attachments_count for sheet in sheets)
    return Entry(name=name, head=head, lines=lines, attachments_count=count)


def side_amount(line: JournalLine) -> Money:
    """The debit or the credit of a line, whichever it has; negative is red."""
    return line.debit if line.debit is not None else negated(line.amount)


def original_amount(line: JournalLine) -> Money:
    """What a line amounts to in the currency that it arose in, counted towards its side as `debit` and `credit` are.

    Example:
        >>> line = JournalLine(line_no=1, summary="s", account="1002", credit=Money("7.20", "CNY"))
        >>> original_amount(line)
        Money('7.20', 'CNY')
    """
    return side_amount(line) if line.foreign_amount is None else line.foreign_amount


def rate_of(line: JournalLine, *, where: str) -> Decimal:
    """The rate of a line, 1 where nothing was converted.

    Raises:
        LedgerError: The line has an amount in another currency and no rate.

    Example:
        >>> rate_of(JournalLine(line_no=1, summary="s", account="1002", credit=Money("7.20", "CNY")), where="example")
        Decimal('1')
    """
    if line.fx_rate is None and original_amount(line).currency != line.amount.currency:
        code = original_amount(line).currency.code
        raise LedgerError(f"line {line.line_no} has an amount in {code} and no rate", where=where)
    return line.fx_rate or Decimal(1)


def frozen_texts(value: object) -> Mapping[str, str]:
    """An option that is a table of texts, which nobody changes afterwards.

    Raises:
        LedgerError: It is none.

    Example:
        >>> frozen_texts({"supplier": "FFLEX4"})["supplier"]
        'FFLEX4'
    """
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise LedgerError(f"a mapping of text to text is needed, got {value!r}", where="options")
    return MappingProxyType(dict(value))


def option_text(value: object) -> str:
    """An option that is a text: codes keep their zeros.

    Raises:
        LedgerError: It is none.

    Example:
        >>> option_text("001")
        '001'
    """
    if not isinstance(value, str):
        raise LedgerError(f"a text is needed, got {value!r}", where="options", hint="write codes in quotes")
    return value


def option_texts(value: object) -> tuple[str, ...]:
    """An option that is a list of texts; one text alone is none, for its characters would be taken.

    Raises:
        LedgerError: It is none.

    Example:
        >>> option_texts(["supplier", "customer"])
        ('supplier', 'customer')
    """
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        raise LedgerError(f"a list of texts is needed, got {value!r}", where="options")
    texts = tuple(value)
    if not all(isinstance(text, str) for text in texts):
        raise LedgerError(f"a list of texts is needed, got {value!r}", where="options")
    return texts


def left_out(
    vouchers: Iterable[Voucher],
    *,
    dimensions: Container[str] | Callable[[JournalLine], Container[str]],
    has_cash_flow: bool = False,
    has_quantity: bool = True,
) -> tuple[str, ...]:
    """What a format has no place for, one sentence each, with the first line that says it.

    Args:
        vouchers: The vouchers that are written.
        dimensions: Dimensions that it has a place for, or what tells them of a line.
        has_cash_flow: Whether it has one for the cash flow item.
        has_quantity: Whether it has one for the pieces of stock.
    """
    places: dict[str, list[str]] = {}
    for voucher in vouchers:
        for line in voucher.lines:
            kept = dimensions(line) if callable(dimensions) else dimensions
            lost = [f"dimension {name}" for name in line.aux if name not in kept]
            if line.cash_flow_item is not None and not has_cash_flow:
                lost.append("the cash flow item")
            if line.quantity is not None and not has_quantity:
                lost.append("the quantity")
            for what in lost:
                places.setdefault(what, []).append(f"{voucher_name(voucher)} of {voucher.period} line {line.line_no}")
    return tuple(f"{what} is left out: {_first_of(found)}" for what, found in sorted(places.items()))


def _first_of(places: Sequence[str]) -> str:
    return places[0] + (f" and {len(places) - 1} more" if places[1:] else "")


def split_entries(entries: Iterable[Entry], *, lines_max: int, where: str) -> list[list[Entry]]:
    """The entries of each file, when a file takes only so many lines; at least one file, and no entry in two.

    Args:
        entries: The entries, in order.
        lines_max: How many lines a file takes.
        where: The ledger that the errors name.

    Raises:
        LedgerError: One entry alone has more lines.
    """
    files: list[list[Entry]] = [[]]
    lines = 0
    for entry in entries:
        if len(entry.lines) > lines_max:
            raise LedgerError(f"{entry.name} has {len(entry.lines):,} lines, a file takes {lines_max:,}", where=where)
        if lines + len(entry.lines) > lines_max:
            files.append([])
            lines = 0
        files[-1].append(entry)
        lines += len(entry.lines)
    return files
