"""What plain-text ledgers share: accounts are names there, made of codes that may differ only in what a name cannot have."""

import attrs
import pytest
from moneyed import Money

from tieout import ledgers
from tieout.errors import LedgerError
from tieout.posting import Account, AccountType


@pytest.mark.parametrize(
    ("leaf", "codes", "told"),
    [
        ("beancount", ("10.1", "10-1"), r"beancount: account codes '10-1' and '10\.1' both become Assets:10-1-X"),
        ("hledger", ("10:1", "10：1"), r"hledger: account codes '10:1' and '10：1' both become Assets:10：1 X"),
    ],
)
def test_codes_that_become_one_account_are_refused(leaf, codes, told, made, book):
    accounts = [Account(code=code, type=AccountType.ASSET, zh="X", en="X") for code in codes]
    other = attrs.evolve(book, accounts=dict(zip(("bank", "wallet"), accounts, strict=True)))
    lines = [{"account": code, side: Money("1", "CNY")} for code, side in zip(codes, ("debit", "credit"), strict=True)]

    with pytest.raises(LedgerError, match=told):
        ledgers.render([made(*lines)], ledger=leaf, book=other)
