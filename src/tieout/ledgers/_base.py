"""What a ledger leaf is given and must do, and the figures and texts that all of them write alike."""

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Protocol, runtime_checkable

import attrs
from moneyed import Money

from tieout.model import Provenance, Voucher
from tieout.model.currency import exponent

__all__ = [
    "Ledger",
    "LedgerAccount",
    "LedgerBook",
    "SkippedVoucher",
    "WriteReport",
    "amount_text",
    "plain_number",
    "plain_text",
    "sources_text",
    "voucher_name",
]

_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class LedgerAccount(Protocol):
    """What a ledger asks of an account."""

    @property
    def code(self) -> str:
        """Its code in the book's chart."""
        ...  # pyright takes a bare docstring for a body that returns None

    @property
    def type(self) -> str:
        """One of asset, liability, equity, income, expense."""
        ...


class LedgerBook(Protocol):
    """What a ledger asks of a book; `tieout.posting.Book` is one."""

    @property
    def book_id(self) -> str | None:
        """Name of the book; None for a program's only book."""
        ...

    @property
    def currency(self) -> str:
        """ISO 4217 code that the book is kept in."""
        ...

    def find_account(self, code: str) -> LedgerAccount | None:
        """The account that has a code; None when the book has none."""
        ...

    def account_name(self, code: str) -> str | None:
        """The account's name in the book's language; None when the book has no such code."""
        ...


@runtime_checkable
class Ledger(Protocol):
    """One target system; a module of `tieout.ledgers` holds a ready one as `LEDGER`.

    Options of a leaf are fields of its class. A leaf only renders: the room checks the vouchers before, and writes the
    files after.
    """

    @property
    def suffix(self) -> str:
        """Suffix of its files, such as `.csv`."""
        ...

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """The content of the files of one import, usually one.

        Args:
            vouchers: Numbered vouchers of the book, in order, every account of which the book knows.
            book: The book.

        Raises:
            LedgerError: The format cannot hold them.
        """
        ...


@attrs.frozen(kw_only=True)
class SkippedVoucher:
    """A voucher that was not written.

    Attributes:
        voucher_id: Its id.
        name: Its period, word and number, such as `2026-10 记-5`.
        reason: Why.
    """

    voucher_id: str
    name: str
    reason: str


@attrs.frozen(kw_only=True)
class WriteReport:
    """What was written, and what was not.

    Attributes:
        ledger: Name of the ledger.
        files: The files, in order.
        vouchers: How many vouchers they hold.
        lines: How many voucher lines they hold.
        skipped: Vouchers that were not written, whole.
        unmapped: Account codes that the book does not know.
    """

    ledger: str
    files: tuple[Path, ...]
    vouchers: int
    lines: int
    skipped: tuple[SkippedVoucher, ...] = ()
    unmapped: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every voucher was written."""
        return not self.skipped

    def __str__(self) -> str:
        named = ", ".join(file.name for file in self.files)
        text = f"{self.ledger}: {self.vouchers:,} vouchers, {self.lines:,} lines in {named}"
        if self.skipped:
            listed = ", ".join(item.name for item in self.skipped)
            text += f"; NOT WRITTEN: {listed} (accounts unknown to the book: {', '.join(self.unmapped)})"
        return text


def voucher_name(voucher: Voucher) -> str:
    """Word and number as accountants write it, such as `记-5`, with the sheet when it fills several: `记-5 1/2`."""
    name = f"{voucher.word}-{voucher.number}"
    return name if voucher.part is None else f"{name} {voucher.part}/{voucher.parts}"


def amount_text(money: Money) -> str:
    """An amount with exactly its currency's decimals, without separators or exponent.

    Example:
        >>> amount_text(Money("1E+3", "CNY")), amount_text(Money("-5", "JPY"))
        ('1000.00', '-5')
    """
    return f"{money.amount:.{exponent(money.currency.code)}f}"


def plain_number(number: Decimal) -> str:
    """A rate or quantity as plain digits, without exponent.

    Example:
        >>> plain_number(Decimal("8.5E-2"))
        '0.085'
    """
    return f"{number:f}"


def plain_text(text: str) -> str:
    r"""A text on one line: control characters, line breaks and direction marks become single spaces.

    Example:
        >>> plain_text("two\nlines\x00")
        'two lines'
    """
    shown = (" " if unicodedata.category(character) in _UNPRINTABLE else character for character in text)
    return " ".join("".join(shown).split())


def sources_text(sources: Iterable[Provenance]) -> str:
    """Files, lines and content hashes in one line of text.

    Example:
        >>> run, line = Provenance(file="bill.csv", line=4, line_end=9), Provenance(file="bill.csv", line=12)
        >>> sources_text([run, line])
        'bill.csv:4-9,12'
    """
    by_file: dict[tuple[str, str], list[str]] = {}
    for source in sources:
        place = source.file or "record"
        place += "" if source.sheet is None else f"[{source.sheet}]"
        runs = by_file.setdefault((place, source.sha256 or ""), [])
        if source.line is not None:
            runs.append(str(source.line) if source.line_end is None else f"{source.line}-{source.line_end}")
    return "; ".join(_file_text(place, sha256, runs) for (place, sha256), runs in by_file.items())


def _file_text(place: str, sha256: str, runs: Sequence[str]) -> str:
    lines = f":{','.join(runs)}" if runs else ""
    content = f" sha256={sha256}" if sha256 else ""
    return f"{place}{lines}{content}"
