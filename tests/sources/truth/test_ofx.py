"""Real OFX files, compared by hand."""

from datetime import date

from moneyed import Money

import tieout


def test_a_checking_account(samples):
    dividend, bill, fee = tieout.read(samples / "bank/ofx/checking.ofx").records

    assert (Money("0.01", "USD"), date(2011, 3, 31), "0000486", "****6877") == (
        dividend.amount,
        dividend.booked_on,
        dividend.bank_ref,
        dividend.account,
    )
    assert (Money("-34.51", "USD"), "AUTOMATIC WITHDRAWAL, ELECTRIC BILL") == (bill.amount, bill.counterparty)
    assert "AUTOMATIC WITHDRAWAL, ELECTRIC BILL WEB(S )" == bill.memo
    assert (Money("-25.00", "USD"), date(2011, 4, 7), "0000488") == (fee.amount, fee.booked_on, fee.bank_ref)


def test_end_tags_nested_as_american_express_writes_them(samples):
    first, second, last = tieout.read(samples / "bank/ofx/amex.ofx").records

    assert (Money("-143.94", "USD"), date(2013, 11, 24), "320133280255184014", "****1222") == (
        first.amount,
        first.booked_on,
        first.bank_ref,
        first.account,
    )
    assert (Money("-28.05", "USD"), "000451990 RESTAURANT") == (second.amount, second.memo)
    assert (Money("-18.76", "USD"), "UNION MARKET - HOUSNEW YORK") == (last.amount, last.counterparty)


def test_an_amount_in_the_currency_of_the_transaction(samples):
    (only,) = tieout.read(samples / "bank/ofx/ofxparse-ofx-v102-empty-tags.ofx").records

    assert (Money("12.34", "AUD"), date(2018, 5, 7), "CBA:Transfer") == (only.amount, only.booked_on, only.memo)
    assert only.bank_ref.startswith("syn-")
