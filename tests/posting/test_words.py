"""Voucher words follow from what a voucher does to cash."""

from datetime import date

import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import JournalLine, Voucher
from tieout.posting import Words, cash_codes_of, touches_cash, word_of, words_of

DAY = date(2026, 10, 5)
CASH = {"1001", "1002"}
BY_TILL = Words(receipt="收", payment="付", transfer="转", prefixes={"1001": "现", "1002": "银"})


def lines(*entries):
    """Lines of entries such as `Dr 1002 10`."""
    made = []
    for at, entry in enumerate(entries, start=1):
        side, account, amount = entry.split()
        field = {"Dr": "debit", "Cr": "credit"}[side]
        made.append(JournalLine(line_no=at, summary="s", account=account, **{field: Money(amount, "CNY")}))
    return tuple(made)


RECEIPT = lines("Dr 1002 178.86", "Cr 1012.01 178.86")
PAYMENT = lines("Dr 2202.01 3.50", "Cr 1002 3.50")
BETWEEN = lines("Dr 1002 100", "Cr 1001 100")
NO_CASH = lines("Dr 5601.05 3.30", "Cr 2202.02 3.30")
RED_RECEIPT = lines("Dr 1002 -5", "Cr 5001 -5")
SUBACCOUNT = lines("Dr 1002.01 5", "Cr 5001 5")
LOOKS_ALIKE = lines("Dr 10021 5", "Cr 5001 5")


@pytest.mark.parametrize(
    ("entries", "by_cash", "by_till"),
    [
        (RECEIPT, "收", "银收"),
        (PAYMENT, "付", "银付"),
        (BETWEEN, "付", "现付"),
        (NO_CASH, "转", "转"),
        (RED_RECEIPT, "收", "银收"),
        (SUBACCOUNT, "收", "银收"),
        (LOOKS_ALIKE, "转", "转"),
    ],
)
def test_debit_of_cash_is_a_receipt_credit_or_both_a_payment_none_a_transfer(entries, by_cash, by_till):
    assert by_cash == word_of(entries, "收付转", CASH)
    assert by_till == word_of(entries, BY_TILL, CASH)
    assert "记" == word_of(entries, "记")


def test_a_voucher_is_taken_like_its_lines():
    voucher = Voucher(voucher_id="a", period="2026-10", word="记", date=DAY, lines=PAYMENT)

    assert "付" == word_of(voucher, "收付转", CASH)
    assert touches_cash(voucher, CASH)
    assert not touches_cash(NO_CASH, CASH)


def test_words_by_cash_need_to_know_what_is_cash():
    with pytest.raises(PostingError, match="cash_codes: the words 收, 付 and 转 need to know which accounts are cash"):
        word_of(RECEIPT, "收付转")


def test_one_code_instead_of_several_is_refused():
    with pytest.raises(PostingError, match="cash_codes: codes such as"):
        word_of(RECEIPT, "收付转", "1002")


@pytest.mark.parametrize("scheme", ["", "记5", "一二三四五", 3, None, ["记"]])
def test_a_scheme_that_is_no_word_is_refused(scheme):
    with pytest.raises(PostingError, match="Words: one to four letters are needed"):
        word_of(RECEIPT, scheme)


def test_prefixes_that_are_no_mapping_are_refused():
    with pytest.raises(PostingError, match="a mapping of account code to word is needed"):
        Words(receipt="收", payment="付", transfer="转", prefixes="现")


def test_the_words_of_a_book_follow_its_scheme(make_book):
    assert Words.of("凭") == words_of(make_book(word="凭"))
    assert Words.of("收付转") == words_of(make_book(word_scheme="receipt_payment_transfer"))


def test_the_cash_of_a_book_is_its_bank_account(make_book):
    assert {"1002.03"} == cash_codes_of(make_book(accounts={"bank": "1002.03"}))
