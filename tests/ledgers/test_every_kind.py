"""All 66 entries of `domain.md` 7.4 in one journal go through every ledger, and what other means read there is our trial balance."""

import importlib.util
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from moneyed import Money

from tieout import ledgers
from tieout.ledgers.erpnext import ErpNext
from tieout.ledgers.quickbooks_online import QuickbooksOnline
from tieout.ledgers.xero import Xero
from tieout.model import Event
from tieout.posting import Book, Journal, post
from tieout.posting.statements import trial_balance

TESTS = Path(__file__).parent.parent
READERS = TESTS / "ledgers" / "readers"
LEAVES = [item.name for item in ledgers.formats() if (READERS / f"{item.name}.py").exists()]


def module_at(path):
    spec = importlib.util.spec_from_file_location(f"every_kind_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_event(kind, amount, *, event_id, rate, details, document, **amounts):
    return Event(
        event_id=event_id,
        kind=kind,
        occurred_on=date(2026, 10, 31),
        document=document,
        party='顺丰, "速运"\n=1+1',
        shop_id="00123",
        amount=Money(amount, "CNY"),
        tax_rate=None if rate is None else Decimal(rate),
        details=details,
        **amounts,
    )


def make_book(**policies):
    fields = {"chart": "cn_small_business", "currency": "CNY", "timezone": "Asia/Shanghai", "taxpayer": "general"}
    return Book(**{**fields, "book_id": "main", **policies})


@pytest.fixture(scope="module")
def journal():
    """Every entry of 7.4 that the standard of small businesses has, its accruals with their reversals."""
    goldens = module_at(TESTS / "posting" / "test_goldens.py")
    made = []
    for name, given, policies in goldens.CASES:
        if "chart" not in policies:
            events = goldens.events_of(given, make_event, document=f"00{name}")
            made += post(events, book=make_book(**policies), period="2026-10")
    return Journal(book=make_book()).prepare(made, by="=HYPERLINK(1)")


def sums_of(pairs):
    sums = defaultdict(Decimal)
    for account, amount in pairs:
        sums[account] += amount
    return {account: amount for account, amount in sums.items() if amount}


def ledger_for(leaf, journal):
    """The ledger with what such a book has to be told."""
    accounts = {line.account: line.account_name or line.account for voucher in journal for line in voucher.lines}
    short = {code: code.replace(".", "") for code in accounts}
    named = {
        "xero": Xero(accounts=short),
        "quickbooks_online": QuickbooksOnline(fallback_name="others", accounts=accounts),
        "erpnext": ErpNext(abbr="C", default_parties={"Customer": "others", "Supplier": "others"}),
    }
    return named.get(leaf, ledgers.load(leaf))


@pytest.mark.parametrize("leaf", LEAVES)
def test_a_month_of_every_kind_of_event_comes_back_as_our_trial_balance(leaf, journal):
    ledger = ledger_for(leaf, journal)
    files = ledgers.contents(journal, ledger=ledger, book=journal.book)
    read = module_at(READERS / f"{leaf}.py").read_back(files)

    expected = [(line.account, line.amount.amount) for voucher in journal for line in voucher.lines]
    assert [amount for _, amount in expected] == [amount for _, amount in read]
    there = {account: name for (account, _), (name, _) in zip(expected, read, strict=True)}
    assert len(there) == len(set(there.values()))
    assert {there[account]: amount for account, amount in sums_of(expected).items()} == sums_of(read)

    span = {"start": date(2026, 10, 1), "end": date(2026, 11, 30)}
    accounts = trial_balance(journal, book=journal.book, **span).accounts
    closing = {row["account"]: Decimal(row["closing_minor"]) / 100 for row in accounts.iter_rows(named=True)}
    assert {account: amount for account, amount in closing.items() if amount} == sums_of(expected)
