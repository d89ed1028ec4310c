"""Hledger: a plain-text journal that hledger reads.

One transaction a voucher, with word and number as its code, and ids, files and lines as tags. Accounts are named by type, code
and name, such as `Assets:1122.01 应收账款-平台`, and declared, as are the currencies. Amounts are signed; red figures keep the
tag `red`. A converted line stands in its original currency, with its amount in the book's currency as total cost (`@@`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from tieout.ledgers._base import LedgerAccount, LedgerBook, LedgerOptions, amount_text, plain_text
from tieout.ledgers._facts import line_facts, payee_of, voucher_facts
from tieout.ledgers._named import account_of, names_of_accounts
from tieout.model import JournalLine, Voucher
from tieout.model.currency import exponent

__all__ = ["LEDGER", "Hledger"]

_ROOTS: Final = {
    "asset": ("Assets", "A"),
    "liability": ("Liabilities", "L"),
    "equity": ("Equity", "E"),
    "income": ("Income", "R"),
    "expense": ("Expenses", "X"),
}
# What would end a name, a code, a description or the value of a tag, or would stand for a date in a comment.
_IN_ACCOUNT: Final = str.maketrans({":": "：", ";": "；"})
_IN_CODE: Final = str.maketrans({"(": "（", ")": "）", ";": "；"})
_IN_DESCRIPTION: Final = str.maketrans({";": "；", "|": "｜"})
_IN_TAG: Final = str.maketrans({",": "，", "[": "［", "]": "］"})


@attrs.frozen(kw_only=True)
class Hledger(LedgerOptions):
    """The hledger journal.

    Attributes:
        declares: Whether to declare decimal mark, currencies and accounts at the head of the file, which `hledger check --strict`
            asks for; False for a file that another one includes.
    """

    declares: bool = True

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".journal"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: Two account codes become one hledger account.
        """
        names = names_of_accounts(
            vouchers, book=book, name_of=lambda code, account: _account_name(code, account, book), where="hledger"
        )
        blocks = ["\n".join(_declarations(vouchers, names, book))] if self.declares else []
        blocks += ["\n".join(_transaction(voucher, names)) for voucher in vouchers]
        return (("\n\n".join(blocks) + "\n").encode("utf-8"),)


def _account_name(code: str, account: LedgerAccount, book: LedgerBook) -> str:
    """Root, code and name; what stands after the first letter may hold single blanks only."""
    root, _ = _ROOTS[account.type]
    name = plain_text(f"{code} {book.account_name(code) or ''}").translate(_IN_ACCOUNT)
    return f"{root}:{name}"


def _declarations(vouchers: Sequence[Voucher], names: Mapping[str, str], book: LedgerBook) -> Iterator[str]:
    yield "decimal-mark ."
    lines = [line for voucher in vouchers for line in voucher.lines]
    used = {line.amount.currency.code for line in lines}
    used |= {line.foreign_amount.currency.code for line in lines if line.foreign_amount is not None}
    for currency in sorted({book.currency, *used}):
        yield f"commodity 1,000.{'0' * exponent(currency)} {currency}"
    for code, name in names.items():
        _, kind = _ROOTS[account_of(code, book=book, where="hledger").type]
        yield f"account {name}  ; type: {kind}"


def _transaction(voucher: Voucher, names: Mapping[str, str]) -> Iterator[str]:
    texts = [
        plain_text(text).translate(_IN_DESCRIPTION) for text in (payee_of(voucher), voucher.lines[0].summary) if text
    ]
    (_, name), *facts = voucher_facts(voucher)
    yield f"{voucher.date} * ({plain_text(name).translate(_IN_CODE)}) {' | '.join(texts)}".rstrip()
    for key, value in facts:
        yield f"    ; {_tag(key, value)}"
    for line in voucher.lines:
        yield f"    {names[line.account]}  {_amount(line)}"
        for key, value in line_facts(line, voucher, has_foreign=not _has_cost(line)):
            yield f"        ; {_tag(key, value)}"


def _amount(line: JournalLine) -> str:
    """The amount in the book's currency, or the original one at the total cost that it was booked with."""
    own = f"{amount_text(line.amount)} {line.amount.currency.code}"
    if not _has_cost(line) or line.foreign_amount is None:
        return own
    sign = "-" if line.amount.amount < 0 else ""
    foreign = f"{amount_text(line.foreign_amount).removeprefix('-')} {line.foreign_amount.currency.code}"
    return f"{sign}{foreign} @@ {own.removeprefix('-')}"


def _has_cost(line: JournalLine) -> bool:
    """Whether the original amount can carry the book's: it is of another currency, not 0, and on the same side."""
    foreign, side = line.foreign_amount, line.debit if line.debit is not None else line.credit
    if foreign is None or side is None or foreign.currency == side.currency:
        return False
    return bool(foreign.amount) and (foreign.amount < 0) == (side.amount < 0)


def _tag(key: str, value: str) -> str:
    return f"{key}: {plain_text(value).translate(_IN_TAG)}".rstrip()


LEDGER = Hledger()
