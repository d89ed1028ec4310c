"""Levels of accounts: by dots, by what the chart says, or by what codes look like."""

from moneyed import Money

from tieout.posting import Account, Chart
from tieout.posting.statements import account_ledger, trial_balance


def test_codes_without_dots_have_the_levels_that_they_look_like(make_voucher, make_book):
    voucher = make_voucher(1, "10-09", "Dr 222101 1.00", "Dr 222102 2.00", "Cr 1002 3.00")
    book = make_book(accounts={"vat_input": "222101"})

    balance = trial_balance([voucher], book=book, period="2026-10", levels=True)

    assert ["1002", "2221", "222101", "222102"] == balance.accounts["account"].to_list()
    assert Money("3.00", "CNY") == account_ledger([voucher], book=book, account="2221", period="2026-10").closing


def test_a_chart_says_the_levels_of_its_codes(make_voucher, make_book):
    account = Account(code="12", type="asset", zh="银行", en="Bank")
    chart = Chart(
        name="own", language="en", reversal_style="swap_sides", accounts={"bank": account}, code_levels=(2, 1)
    )
    voucher = make_voucher(1, "10-09", "Dr 121 1.00", "Dr 122 2.00", "Cr 13 3.00")

    balance = trial_balance([voucher], book=make_book(chart=chart), period="2026-10", levels=True)

    assert [("12", "Bank", 300), ("121", None, 100), ("122", None, 200), ("13", None, -300)] == balance.accounts.select(
        "account", "account_name", "closing_minor"
    ).rows()
    assert Money("3.00", "CNY") == balance.role("bank").closing
