"""Plain-text programs and our trial balance tell the same of the same vouchers, line by line."""

import random
from datetime import date
from decimal import Decimal

import pytest
from beancount import loader
from beancount.core import data, inventory
from moneyed import Money

from hledger_program import rows_of
from tieout import ledgers
from tieout.model import JournalLine, Voucher
from tieout.posting import trial_balance

MONTHS = ("2026-10", "2026-11", "2026-12")
LAST = {"2026-10": "2026-11-01", "2026-11": "2026-12-01", "2026-12": "2027-01-01"}


@pytest.fixture(scope="module")
def quarter(book):
    """300 vouchers of three months, two to six lines each, a third of them red, some converted."""
    dice = random.Random(6)
    codes = sorted({account.code for account in book.mapped.accounts.values()})
    made = []
    for number in range(300):
        day = date(2026, 10 + number // 100, dice.randint(1, 28))
        sign = -1 if dice.random() < 0.3 else 1
        amounts = [sign * dice.randint(1, 10**7) for _ in range(dice.randint(1, 5))]
        lines = [make_line(at, dice, codes, amount, "debit") for at, amount in enumerate(amounts, start=1)]
        lines.append(make_line(len(lines) + 1, dice, codes, sum(amounts), "credit"))
        made.append(
            Voucher(
                voucher_id=f"v{number}",
                book_id="main",
                period=f"{day:%Y-%m}",
                word="记",
                number=number % 100 + 1,
                date=day,
                lines=lines,
                status="posted",
            )
        )
    return made


def make_line(number, dice, codes, minor, side):
    amount = Decimal(minor) / 100
    foreign = {}
    if dice.random() < 0.3:
        foreign = {"foreign_amount": Money(amount * 2, "USD"), "fx_rate": Decimal("0.5")}
    return JournalLine(
        line_no=number, summary=f"line {number}", account=dice.choice(codes), **{side: Money(amount, "CNY")}, **foreign
    )


def closings(vouchers, book, period):
    frame = trial_balance(vouchers, book=book, period=period).accounts
    return {
        row["account"]: Decimal(row["closing_minor"]) / 100
        for row in frame.iter_rows(named=True)
        if row["closing_minor"]
    }


@pytest.mark.parametrize("period", MONTHS)
def test_hledger_closes_every_account_as_our_trial_balance(period, quarter, book):
    text = ledgers.render(quarter, ledger="hledger", book=book)
    rows = rows_of(text, "balance", "--strict", "--flat", "--no-total", "--cost", "--end", LAST[period])

    found = {
        row["account"].partition(":")[2].partition(" ")[0]: Decimal(
            row["balance"].removesuffix(" CNY").replace(",", "")
        )
        for row in rows
    }
    assert closings(quarter, book, period) == found
    assert len(found) > 40


@pytest.mark.parametrize("period", MONTHS)
def test_beancount_closes_every_account_as_our_trial_balance(period, quarter, book):
    entries, errors, _ = loader.load_string(ledgers.render(quarter, ledger="beancount", book=book))
    assert [] == errors

    sums = {}
    for entry in data.filter_txns(entries):
        if entry.date < date.fromisoformat(LAST[period]):
            for posting in entry.postings:
                sums.setdefault(posting.account, inventory.Inventory()).add_position(posting)

    names = {f"{account.code}-{account.zh}": account.code for account in book.mapped.accounts.values()}
    codes = {"".join(filter(str.isalnum, name)): code for name, code in names.items()}
    found = {
        codes["".join(filter(str.isalnum, account.partition(":")[2]))]: total.get_currency_units("CNY").number
        for account, total in sums.items()
        if not total.is_empty()
    }
    assert closings(quarter, book, period) == found
