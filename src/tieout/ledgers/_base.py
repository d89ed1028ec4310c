"""What a ledger leaf is given and must do, and the figures and texts that all of them write alike."""

import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol, runtime_checkable

import attrs
from moneyed import Money

from tieout.errors import LedgerError
from tieout.model import Provenance, Voucher
from tieout.model.currency import exponent

__all__ = [
    "Ledger",
    "LedgerAccount",
    "LedgerBook",
    "LedgerOptions",
    "NotingLedger",
    "SkippedVoucher",
    "WriteReport",
    "amount_text",
    "plain_number",
    "plain_text",
    "sources_text",
    "voucher_name",
]

ReversalStyle = Literal["red_negative", "swap_sides"]
_RED: Final = "red_negative"
_SWAPPED: Final = "swap_sides"
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

    Options of a leaf are fields of its class, of which `LedgerOptions` is the base in this package. A leaf only renders:
    the room checks the vouchers before, takes red figures out where `reversal_style` says so, and writes the files after.
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


@runtime_checkable
class NotingLedger(Ledger, Protocol):
    """A ledger whose files do not hold all that vouchers say, and that tells what they leave out."""

    def notes(self, vouchers: Sequence[Voucher]) -> tuple[str, ...]:
        """What its files shorten or leave out, one sentence each; nothing when they hold all.

        Args:
            vouchers: The vouchers that `render` was given.
        """
        ...


def _style(value: str | None) -> ReversalStyle | None:
    """A style; a plain string or `tieout.posting.ReversalStyle` is taken."""
    if value is None:
        return None
    if value not in {_RED, _SWAPPED}:
        raise LedgerError(f"{value!r} is none of {_RED}, {_SWAPPED}", where="reversal_style")
    return _RED if value == _RED else _SWAPPED


@attrs.frozen(kw_only=True)
class LedgerOptions:
    """What every ledger of this package can be told.

    Attributes:
        reversal_style: How red figures are written (`domain.md` 7.6). None: as the vouchers have them. `swap_sides`: a
            negative debit becomes a credit and a negative credit a debit, before the leaf sees the vouchers.
            `red_negative`: as the vouchers have them too, and refused by a ledger that takes no negative figures. A voucher
            that was posted with its sides swapped stays so: it no longer says which sides were red.

    Raises:
        LedgerError: The style is unknown, or the ledger takes no red figures.
    """

    evidence: ClassVar[str] = ""
    """What the format is known from: `columns only` where no file of the system confirmed it, `experimental` where its
    specification was not at hand; empty where the system itself, or its specification, was."""

    takes_red: ClassVar[bool] = True
    """Whether the system takes negative debits and credits; one that does not swaps sides unasked."""

    reversal_style: ReversalStyle | None = attrs.field(
        default=attrs.Factory(lambda self: None if self.takes_red else _SWAPPED, takes_self=True), converter=_style
    )

    @reversal_style.validator
    def _require_possible(self, _: object, value: str | None) -> None:
        if not self.takes_red and value != _SWAPPED:
            raise LedgerError(
                f"{type(self).__name__} takes no negative debits or credits, so {value!r} is not possible",
                where="reversal_style",
                hint="leave the option out, or say 'swap_sides'",
            )


@attrs.frozen(kw_only=True)
class SkippedVoucher:
    """A voucher that was not written.

    Attributes:
        voucher_id: Its id.
        name: Its period, word and number, such as `2026-10 记-5`.
        reason: Why.
        lines: How many lines it has, none of which was written.
        unmapped_lines: Numbers of the lines whose account the book does not know.
    """

    voucher_id: str
    name: str
    reason: str
    lines: int
    unmapped_lines: tuple[int, ...]


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
        notes: What the files shorten or leave out of the vouchers they hold.
    """

    ledger: str
    files: tuple[Path, ...]
    vouchers: int
    lines: int
    skipped: tuple[SkippedVoucher, ...] = ()
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every voucher was written."""
        return not self.skipped

    @property
    def skipped_lines(self) -> int:
        """How many voucher lines were not written."""
        return sum(item.lines for item in self.skipped)

    def __str__(self) -> str:
        named = ", ".join(file.name for file in self.files)
        text = f"{self.ledger}: {self.vouchers:,} vouchers, {self.lines:,} lines in {named}"
        if self.skipped:
            listed = ", ".join(item.name for item in self.skipped)
            text += (
                f"; NOT WRITTEN: {listed} ({self.skipped_lines:,} lines; "
                f"accounts unknown to the book: {', '.join(self.unmapped)})"
            )
        return "".join([text, *(f"; {note}" for note in self.notes)])


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
    if text.isprintable():  # as nearly all texts are; a tenth of the time
        return " ".join(text.split())
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
