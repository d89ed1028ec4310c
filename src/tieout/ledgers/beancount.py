"""Beancount: a plain-text ledger that the beancount tools load.

One transaction a voucher, with word and number, ids, files and lines as metadata. Accounts are named by type, code and
name, such as `Assets:1122-01-应收账款-平台`. Amounts are signed; red figures keep the mark `red`.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import attrs

from tieout.ledgers._base import LedgerAccount, LedgerBook, LedgerOptions, amount_text, plain_text
from tieout.ledgers._facts import line_facts, payee_of, voucher_facts
from tieout.ledgers._named import names_of_accounts
from tieout.model import Voucher

__all__ = ["LEDGER", "Beancount"]

_ROOTS = {
    "asset": "Assets",
    "liability": "Liabilities",
    "equity": "Equity",
    "income": "Income",
    "expense": "Expenses",
}


@attrs.frozen(kw_only=True)
class Beancount(LedgerOptions):
    """The beancount ledger.

    Attributes:
        opens: Whether to write `open` directives for the accounts used, dated like the earliest voucher; False for a
            file that another one includes.
    """

    opens: bool = True

    @property
    def suffix(self) -> str:
        """Suffix of its files."""
        return ".beancount"

    def render(self, vouchers: Sequence[Voucher], *, book: LedgerBook) -> tuple[bytes, ...]:
        """One file in UTF-8.

        Raises:
            LedgerError: Two account codes become one beancount account.
        """
        names = names_of_accounts(
            vouchers, book=book, name_of=lambda code, account: _account_name(code, account, book), where="beancount"
        )
        head = [f'option "operating_currency" "{book.currency}"']
        opens = list(_open_directives(vouchers, names)) if self.opens and vouchers else []
        blocks = ["\n".join(head), *(["\n".join(opens)] if opens else [])]
        blocks += ["\n".join(_transaction(voucher, names)) for voucher in vouchers]
        return (("\n\n".join(blocks) + "\n").encode("utf-8"),)


def _account_name(code: str, account: LedgerAccount, book: LedgerBook) -> str:
    component = _component(f"{code}-{book.account_name(code) or ''}")
    return f"{_ROOTS[account.type]}:{component}"


def _component(text: str) -> str:
    """A part of an account's name: letters, digits and hyphens, never beginning with a Chinese character."""
    kept = (character if _is_letter_or_digit(character) else "-" for character in text)
    joined = "-".join(part for part in "".join(kept).split("-") if part)
    return joined if joined and unicodedata.category(joined[0]) in {"Lu", "Nd"} else f"X-{joined}"


def _is_letter_or_digit(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "L" or category == "Nd"


def _open_directives(vouchers: Sequence[Voucher], names: Mapping[str, str]) -> Iterator[str]:
    first = min(voucher.date for voucher in vouchers)
    currencies: dict[str, set[str]] = {}
    for line in (line for voucher in vouchers for line in voucher.lines):
        currencies.setdefault(line.account, set()).add(line.amount.currency.code)
    for code, name in names.items():
        yield f"{first} open {name} {','.join(sorted(currencies[code]))}"


def _transaction(voucher: Voucher, names: Mapping[str, str]) -> Iterator[str]:
    payee, narration = payee_of(voucher), voucher.lines[0].summary
    texts = f"{_quoted(payee)} {_quoted(narration)}" if payee else _quoted(narration)
    yield f"{voucher.date} * {texts}"
    for key, value in voucher_facts(voucher):
        yield f"  {key}: {_quoted(value)}"
    for line in voucher.lines:
        yield f"  {names[line.account]}  {amount_text(line.amount)} {line.amount.currency.code}"
        for key, value in line_facts(line, voucher, has_foreign=True):
            yield f"    {key}: {_quoted(value)}"


def _quoted(text: str) -> str:
    escaped = plain_text(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


LEDGER = Beancount()
