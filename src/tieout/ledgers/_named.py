"""Named accounts: what ledgers that know accounts by name alone call each code."""

from collections.abc import Callable, Sequence

from tieout.errors import LedgerError
from tieout.ledgers._base import LedgerAccount, LedgerBook
from tieout.model import Voucher

__all__ = ["account_of", "names_of_accounts"]


def account_of(code: str, *, book: LedgerBook, where: str) -> LedgerAccount:
    """The account of a code.

    Raises:
        LedgerError: The book knows none.
    """
    account = book.find_account(code)
    if account is None:
        raise LedgerError(f"the book knows no account {code!r}", where=where)
    return account


def names_of_accounts(
    vouchers: Sequence[Voucher], *, book: LedgerBook, name_of: Callable[[str, LedgerAccount], str], where: str
) -> dict[str, str]:
    """Name by code, of all accounts that the vouchers use, in the order of their codes.

    Args:
        vouchers: Vouchers to write.
        book: The book.
        name_of: What a ledger calls a code and its account.
        where: What errors name, such as `hledger`.

    Raises:
        LedgerError: The book knows no such account, or two codes become one name.
    """
    codes = sorted({line.account for voucher in vouchers for line in voucher.lines})
    names = {code: name_of(code, account_of(code, book=book, where=where)) for code in codes}
    owner: dict[str, str] = {}
    for code, name in names.items():
        if owner.setdefault(name, code) != code:
            raise LedgerError(f"account codes {owner[name]!r} and {code!r} both become {name}", where=where)
    return names
