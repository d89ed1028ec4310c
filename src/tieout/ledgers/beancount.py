"""Beancount: a plain-text ledger that the beancount tools load.

One transaction a voucher, with word and number, ids, files and lines as metadata. Accounts are named by type, code and
name, such as `Assets:1122-01-应收账款-平台`. Amounts are signed; red figures keep the mark `red`.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence

import attrs

from tieout.errors import LedgerError
from tieout.ledgers._base import (
    LedgerBook,
    LedgerOptions,
    amount_text,
    plain_number,
    plain_text,
    sources_text,
    voucher_name,
)
from tieout.model import JournalLine, Voucher, VoucherKind

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
        names = _account_names(vouchers, book)
        head = [f'option "operating_currency" "{book.currency}"']
        opens = list(_open_directives(vouchers, names)) if self.opens and vouchers else []
        blocks = ["\n".join(head), *(["\n".join(opens)] if opens else [])]
        blocks += ["\n".join(_transaction(voucher, names)) for voucher in vouchers]
        return (("\n\n".join(blocks) + "\n").encode("utf-8"),)


def _account_names(vouchers: Sequence[Voucher], book: LedgerBook) -> dict[str, str]:
    """Beancount account by code."""
    codes = sorted({line.account for voucher in vouchers for line in voucher.lines})
    names = {code: _account_name(code, book) for code in codes}
    owner: dict[str, str] = {}
    for code, name in names.items():
        if owner.setdefault(name, code) != code:
            raise LedgerError(f"account codes {owner[name]!r} and {code!r} both become {name}", where="beancount")
    return names


def _account_name(code: str, book: LedgerBook) -> str:
    account = book.find_account(code)
    if account is None:
        raise LedgerError(f"the book knows no account {code!r}", where="beancount")
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
    narration = voucher.lines[0].summary
    payee = _payee(voucher)
    texts = f"{_quoted(payee)} {_quoted(narration)}" if payee else _quoted(narration)
    yield f"{voucher.date} * {texts}"
    sources = sources_text(voucher.source_refs)
    for key, value in _metadata(voucher, sources):
        yield f"  {key}: {_quoted(value)}"
    for line in voucher.lines:
        yield from _posting(line, names, narration=narration, sources=sources)


def _payee(voucher: Voucher) -> str | None:
    """The shop or supplier that all lines which name one agree on."""
    for dimension in ("shop", "supplier"):
        found = {line.aux[dimension] for line in voucher.lines if dimension in line.aux}
        if len(found) == 1:
            return found.pop()
    return None


def _metadata(voucher: Voucher, sources: str) -> Iterator[tuple[str, str]]:
    yield "voucher", voucher_name(voucher)
    yield "voucher-id", voucher.voucher_id
    if voucher.kind is not VoucherKind.NORMAL:
        yield "kind", voucher.kind.value
    if voucher.reversal_of is not None:
        yield "reversal-of", voucher.reversal_of
    if voucher.preparer is not None:
        yield "preparer", voucher.preparer
    yield "attachments", str(voucher.attachments_count)
    if sources:
        yield "sources", sources


def _posting(line: JournalLine, names: Mapping[str, str], *, narration: str, sources: str) -> Iterator[str]:
    yield f"  {names[line.account]}  {amount_text(line.amount)} {line.amount.currency.code}"
    if line.summary != narration:
        yield f"    summary: {_quoted(line.summary)}"
    if line.is_red:
        yield f"    red: {_quoted('debit' if line.debit is not None else 'credit')}"
    if line.foreign_amount is not None:
        yield f"    foreign: {_quoted(f'{amount_text(line.foreign_amount)} {line.foreign_amount.currency.code}')}"
    if line.fx_rate is not None:
        yield f"    fx-rate: {_quoted(plain_number(line.fx_rate))}"
    if line.quantity is not None:
        yield f"    quantity: {_quoted(plain_number(line.quantity))}"
    own = sources_text(line.sources)
    if own and own != sources:
        yield f"    sources: {_quoted(own)}"


def _quoted(text: str) -> str:
    escaped = plain_text(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


LEDGER = Beancount()
