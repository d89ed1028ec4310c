"""Words: the voucher word (凭证字) that follows from what a voucher does to cash (`domain.md` 7.5)."""

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

import attrs

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher
from tieout.posting.book import Book
from tieout.posting.policies import WordScheme

__all__ = ["Words", "cash_codes_of", "touches_cash", "word_of", "words_of"]

_WORD = re.compile(r"[^\W\d_]{1,4}")
_BY_CASH = "收付转"


def _word(value: object) -> str:
    if not isinstance(value, str) or not _WORD.fullmatch(value):
        raise PostingError(f"one to four letters are needed, such as 记, got {value!r}", where="Words")
    return value


def _prefixes(value: object) -> Mapping[str, str]:
    if not isinstance(value, Mapping):
        raise PostingError(f"a mapping of account code to word is needed, got {value!r}", where="Words.prefixes")
    return MappingProxyType({str(code): _word(word) for code, word in value.items()})


@attrs.frozen(kw_only=True)
class Words:
    """Voucher words: one for all vouchers, or one for each thing that is done to cash.

    Attributes:
        receipt: Word of a voucher that debits cash (收).
        payment: Word of a voucher that credits cash (付), a transfer between two cash accounts among them.
        transfer: Word of a voucher that does not touch cash (转).
        prefixes: What stands before the words of receipts and payments, by code of the cash account, where bank and till have
            words of their own: 银收, 银付, 现收, 现付.

    Example:
        >>> Words.of("收付转").payment, Words.of("记").payment
        ('付', '记')
    """

    receipt: str = attrs.field(converter=_word)
    payment: str = attrs.field(converter=_word)
    transfer: str = attrs.field(converter=_word)
    prefixes: Mapping[str, str] = attrs.field(factory=dict, converter=_prefixes)

    @classmethod
    def of(cls, value: "str | Words") -> "Words":
        """The scheme that a text names.

        Args:
            value: `收付转` or `receipt_payment_transfer`; or any other word of one to four letters, which all vouchers then have;
                or words, as they are.

        Raises:
            PostingError: It is neither.
        """
        if isinstance(value, Words):
            return value
        if value in (_BY_CASH, WordScheme.RECEIPT_PAYMENT_TRANSFER):
            return cls(receipt="收", payment="付", transfer="转")
        return cls(receipt=value, payment=value, transfer=value)

    @property
    def is_general(self) -> bool:
        """Whether all vouchers have one word."""
        return self.receipt == self.payment == self.transfer and not self.prefixes


def words_of(book: Book) -> Words:
    """The words of a book, by its `word_scheme`.

    Example:
        >>> words_of(Book(chart="ifrs", currency="CNY", timezone="Asia/Shanghai", taxpayer="general", word="记")).transfer
        '记'
    """
    return Words.of(book.word if book.word_scheme is WordScheme.SINGLE else book.word_scheme)


def cash_codes_of(book: Book) -> frozenset[str]:
    """The codes of a book's cash and bank accounts: that of the role `bank`, none where the chart has no such role.

    Wallets of platforms and payment channels (其他货币资金) are not cash to a cashier.
    """
    account = book.mapped.accounts.get("bank")
    return frozenset() if account is None else frozenset({account.code})


def word_of(
    lines: Voucher | Iterable[JournalLine], words: str | Words, cash_codes: Collection[str] | None = None
) -> str:
    """The word of a voucher: by the sides on which cash stands, red or not.

    Args:
        lines: A voucher, or its lines.
        words: The book's words, as `words_of` gives them; or what `Words.of` takes.
        cash_codes: Codes of cash and bank accounts (库存现金, 银行存款); an account below one of them, such as `1002.01` below
            `1002`, is cash too. Not needed for a scheme of one word.

    Returns:
        A debit of cash gives the word of receipts, a credit the word of payments, both the word of payments, none the word of
        transfers. With prefixes, the first cash account on that side decides.

    Raises:
        PostingError: Words depend on cash, and no cash account is named.

    Example:
        >>> from moneyed import Money
        >>> lines = [
        ...     JournalLine(line_no=1, summary="s", account="1002", debit=Money("178.86", "CNY")),
        ...     JournalLine(line_no=2, summary="s", account="1012.01", credit=Money("178.86", "CNY")),
        ... ]
        >>> word_of(lines, "收付转", {"1002"}), word_of(lines, "收付转", {"1002", "1012"}), word_of(lines, "记")
        ('收', '付', '记')
    """
    words = Words.of(words)
    if words.is_general:
        return words.transfer
    if not cash_codes:
        raise PostingError(
            f"the words {words.receipt}, {words.payment} and {words.transfer} need to know which accounts are cash",
            where="cash_codes",
        )
    cash = [line for line in _lines(lines) if _code_above(line.account, cash_codes) is not None]
    credits_ = [line for line in cash if line.credit is not None]
    if credits_:
        return _prefix(credits_[0], words) + words.payment
    return _prefix(cash[0], words) + words.receipt if cash else words.transfer


def touches_cash(lines: Voucher | Iterable[JournalLine], cash_codes: Collection[str]) -> bool:
    """Whether a voucher has a line of a cash or bank account, so that a cashier signs it.

    Args:
        lines: A voucher, or its lines.
        cash_codes: Codes of cash and bank accounts, as `word_of` takes them.
    """
    return any(_code_above(line.account, cash_codes) is not None for line in _lines(lines))


def _lines(lines: Voucher | Iterable[JournalLine]) -> Iterable[JournalLine]:
    return lines.lines if isinstance(lines, Voucher) else lines


def _prefix(line: JournalLine, words: Words) -> str:
    code = _code_above(line.account, words.prefixes)
    return "" if code is None else words.prefixes[code]


def _code_above(account: str, codes: Collection[str]) -> str | None:
    """The code among some that an account has or lies below; the longest of several."""
    if isinstance(codes, str):
        raise PostingError(f"codes such as ['1002'] are needed, got {codes!r}", where="cash_codes")
    if account in codes:
        return account
    above, dot, _ = account.rpartition(".")
    return _code_above(above, codes) if dot else None
