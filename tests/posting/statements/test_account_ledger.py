"""The account ledger: every line of one account, and the balance after it."""

from datetime import date
from types import SimpleNamespace

import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import AccountBalance, JournalLine, Provenance
from tieout.posting._lines import lines_of
from tieout.posting.statements import account_ledger, trial_balance


def cny(text):
    return Money(text, "CNY")


@pytest.fixture
def vouchers(make_voucher):
    return [
        make_voucher(3, "10-31", "Dr 5601.05 8.00", "Cr 2202.01 8.00 supplier=zto"),
        make_voucher(1, "10-05", "Dr 2202.01 3.00 supplier=sf", "Cr 1002 3.00"),
        make_voucher(2, "10-05", "Dr 5601.05 -1.00", "Cr 2202.01 -1.00 supplier=sf"),
        make_voucher(1, "09-30", "Dr 5601.05 3.50", "Cr 2202.01 3.50 supplier=sf"),
        make_voucher(1, "11-05", "Dr 2202.01 9.00 supplier=sf", "Cr 1002 9.00"),
    ]


def test_a_line_has_its_voucher_and_the_balance_after_it(vouchers, make_book):
    ledger = account_ledger(vouchers, book=make_book(), role="ap_courier", period="2026-10")

    assert [
        (date(2026, 10, 5), "记-1", 300, None, -50),
        (date(2026, 10, 5), "记-2", None, -100, 50),
        (date(2026, 10, 31), "记-3", None, 800, -750),
    ] == ledger.lines.select("date", "voucher", "debit_minor", "credit_minor", "balance_minor").rows()
    assert (cny("-3.50"), cny("3.00"), cny("7.00"), cny("-7.50")) == (
        ledger.opening,
        ledger.debit,
        ledger.credit,
        ledger.closing,
    )
    assert [
        "vouchers: lines: 10 = 2 later + 2 of before + 6 of these days: ties out",
        "account: balance: -7.50 CNY = -3.50 CNY opening + 3.00 CNY debits + -7.00 CNY credits: ties out",
    ] == list(map(str, ledger.proof.checks))


def test_lines_of_a_day_stand_by_the_word_and_then_the_number_of_their_voucher(make_voucher, make_book):
    vouchers = [
        make_voucher(number, "10-05", "Dr 5601.05 1.00", "Cr 1002 1.00", word=word, voucher_id=f"{word}{number}")
        for number, word in ((1, "转"), (10, "付"), (2, "付"))
    ]

    ledger = account_ledger(vouchers, book=make_book(), account="1002", period="2026-10")

    assert ["付-2", "付-10", "转-1"] == ledger.lines["voucher"].to_list()


def test_its_figures_are_those_of_the_trial_balance(vouchers, make_book):
    book = make_book()
    september = trial_balance(vouchers, book=book, period="2026-09")
    october = trial_balance(vouchers, book=book, period="2026-10")

    for opening in (None, september, september.carried()):
        for one in october:
            ledger = account_ledger(vouchers, book=book, account=one.account, period="2026-10", opening=opening)
            assert (one.opening, one.debit, one.credit, one.closing) == (
                ledger.opening,
                ledger.debit,
                ledger.credit,
                ledger.closing,
            )


def test_lines_of_one_supplier_have_a_balance_of_their_own(vouchers, make_book):
    book = make_book()
    september = trial_balance(vouchers, book=book, period="2026-09")

    for opening in (None, september, september.carried()):
        ledger = account_ledger(
            vouchers, book=book, role="ap_courier", period="2026-10", aux={"supplier": "sf"}, opening=opening
        )
        assert [-50, 50] == ledger.lines["balance_minor"].to_list()
        assert (cny("-3.50"), cny("0.50")) == (ledger.opening, ledger.closing)
    assert 0 == len(
        account_ledger(vouchers, book=book, role="ap_courier", period="2026-10", aux={"shop": "sf", "supplier": "sf"})
    )


def test_opening_balances_must_tell_what_lines_are_chosen_by(vouchers, make_book):
    opening = [AccountBalance(account="2202.01", as_of=date(2026, 9, 30), amount=cny("-3.50"))]
    chosen = {"book": make_book(), "role": "ap_courier", "period": "2026-10", "aux": {"department": "d"}}

    assert cny("0.00") == account_ledger(vouchers, **chosen).closing
    with pytest.raises(PostingError, match="aux: opening balances do not tell department"):
        account_ledger(vouchers, opening=opening, **chosen)


def test_an_account_has_the_lines_of_those_below_it(make_voucher, make_book):
    voucher = make_voucher(1, "10-05", "Dr 2202.01 1.00", "Dr 2202.02 2.00", "Dr 22021 4.00", "Cr 1002 7.00")

    ledger = account_ledger([voucher], book=make_book(), account="2202", period="2026-10")

    assert ["2202.01", "2202.02"] == ledger.lines["account"].to_list()
    assert cny("3.00") == ledger.closing


def test_every_line_is_traced_to_its_voucher_and_its_sources(make_voucher, make_book):
    source = Provenance(file="bill.csv", line=7)
    lines = (
        JournalLine(line_no=1, summary="s", account="5601.05", debit=cny("1.00"), sources=(source,)),
        JournalLine(line_no=2, summary="s", account="2202.01", credit=cny("1.00")),
    )
    vouchers = [make_voucher(1, "10-04", "Dr 1002 1.00", "Cr 5001 1.00"), make_voucher(2, "10-05", lines=lines)]
    chosen = {"book": make_book(), "role": "freight_out", "period": "2026-10"}

    voucher, line = account_ledger(iter(vouchers), **chosen).trace(0)
    _, owed = account_ledger(vouchers, **{**chosen, "role": "ap_courier"}).trace(0)

    assert ("v2-10-05", (source,)) == (voucher.voucher_id, line.sources)
    assert (2, ()) == (owed.line_no, owed.sources)
    with pytest.raises(IndexError, match="row 1 of a ledger of 1 lines"):
        account_ledger(vouchers, **chosen).trace(1)
    for columns in (lines_of(vouchers), SimpleNamespace(lines=lines_of(vouchers))):
        with pytest.raises(PostingError, match="voucher v2-10-05: lines that came as columns hold no vouchers"):
            account_ledger(columns, **chosen).trace(0)


@pytest.mark.parametrize("chosen", [{}, {"account": "1002", "role": "bank"}])
def test_an_account_or_a_role_is_needed(chosen, make_book):
    with pytest.raises(PostingError, match="account: an account or a role is needed, exactly one"):
        account_ledger([], book=make_book(), period="2026-10", **chosen)


def test_lines_are_in_the_order_of_their_days_and_then_of_words_and_numbers(make_voucher, make_book):
    vouchers = [
        make_voucher(number, day, "Dr 1002 1.00", "Cr 5001 1.00", word=word)
        for number, day, word in ((1, "10-09", "付"), (2, "10-05", "收"), (1, "10-05", "收"), (2, "10-05", "付"))
    ]

    ledger = account_ledger(
        [*vouchers[:3], make_voucher(3, "10-05", *["Dr 1002 1.00", "Cr 5001 1.00"])],
        book=make_book(),
        role="bank",
        period="2026-10",
    )

    assert ["收-1", "收-2", "记-3", "付-1"] == ledger.lines["voucher"].to_list()


def test_sheets_of_one_voucher_are_told_apart(make_voucher, make_book):
    sheets = [
        make_voucher(1, "10-05", "Dr 1002 1.00", "Cr 5001 1.00", voucher_id="v", part=part, parts=2) for part in (1, 2)
    ]

    ledger = account_ledger(sheets, book=make_book(), role="bank", period="2026-10")

    assert ["记-1 1", "记-1 2"] == ledger.lines["voucher"].to_list()


def test_people_read_it_in_the_language_of_the_book(vouchers, make_book):
    chinese = account_ledger(vouchers, book=make_book(), role="ap_courier", period="2026-10")
    english = account_ledger(vouchers, book=make_book(language="en"), role="ap_courier", period="2026-10")

    assert str(chinese).splitlines()[0] == "明细账 2202.01 应付账款-快递 2026-10 (CNY)"
    assert str(chinese).splitlines()[-2].split() == ["本期合计", "3.00", "7.00", "贷", "7.50"]
    assert str(english).splitlines()[4].split() == ["Opening", "balance", "Cr", "3.50"]
    assert "<td>zto</td>" in chinese._repr_html_()
    assert chinese.lines is chinese.to_polars()
