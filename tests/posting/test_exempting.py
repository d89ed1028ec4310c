"""Small sales of a small-scale taxpayer: which VAT falls away at the end of the month (V-34)."""

from datetime import date
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.errors import CurrencyMismatch, PostingError
from tieout.model import JournalLine, Voucher
from tieout.posting import exempted_vat


@pytest.fixture
def small(make_book):
    return make_book(taxpayer="small_scale")


def cny(text):
    return Money(text, "CNY")


def sale(net, tax, *, name="s1", period="2026-10", role="revenue", book_id=None):
    """A sale of 7.4 (V-03) as a voucher; a negative one is red."""
    roles = [
        ("ar_platform", "1122.01", None, Decimal(net) + Decimal(tax)),
        (role, "5001", Decimal(net), None),
        ("vat_small", "2221.01", Decimal(tax), None),
    ]
    lines = [
        JournalLine(
            line_no=at,
            summary="销售",
            account=code,
            role=one,
            credit=None if credit is None else cny(credit),
            debit=None if debit is None else cny(debit),
        )
        for at, (one, code, credit, debit) in enumerate(roles, start=1)
    ]
    year, month = map(int, period.split("-"))
    return Voucher(
        voucher_id=name, book_id=book_id, period=period, word="记", date=date(year, month, 9), lines=tuple(lines)
    )


def relief(tax, *, name="r1"):
    lines = (
        JournalLine(line_no=1, summary="减免", account="2221.01", role="vat_small", debit=cny(tax)),
        JournalLine(line_no=2, summary="减免", account="5301", role="relief_income", credit=cny(tax)),
    )
    return Voucher(voucher_id=name, period="2026-10", word="记", date=date(2026, 10, 31), lines=lines)


def test_the_vat_of_the_worked_sale_falls_away(small):
    event = exempted_vat([sale("188.12", "1.88")], book=small, period="2026-10")

    assert ("vat.exempted", cny("1.88"), date(2026, 10, 31)) == (event.kind, event.amount, event.occurred_on)
    assert {"sales": "188.12", "limit": "100000.00"} == dict(event.details)


@pytest.mark.parametrize(("net", "amount"), [("100000.00", cny("1000.00")), ("100000.01", None)])
def test_the_limit_is_inclusive(net, amount, small):
    event = exempted_vat([sale(net, "1000.00")], book=small, period="2026-10")

    assert amount == (event and event.amount)


def test_refunds_and_other_revenue_count(small):
    vouchers = [sale("100000.00", "1000.00"), sale("50.00", "0.50", name="s2", role="other_revenue")]

    assert exempted_vat(vouchers, book=small, period="2026-10") is None
    red = sale("-50.00", "-0.50", name="s3")
    assert cny("1000.00") == exempted_vat([*vouchers, red], book=small, period="2026-10").amount


def test_sales_of_other_months_and_books_do_not_count(small):
    vouchers = [
        sale("100.00", "1.00"),
        sale("99999.00", "999.99", name="s2", period="2026-09"),
        sale("99999.00", "999.99", name="s3", book_id="B"),
    ]

    assert cny("1.00") == exempted_vat(vouchers, book=small, period="2026-10").amount


def test_several_months_have_the_sum_of_their_limits(small):
    vouchers = [sale("100000.00", "1000.00"), sale("150000.00", "1500.00", name="s2", period="2026-11")]
    months = ["2026-12", "2026-11", "2026-10"]
    event = exempted_vat(vouchers, book=small, period=months)

    assert (cny("2500.00"), date(2026, 12, 31), "300000.00") == (
        event.amount,
        event.occurred_on,
        event.details["limit"],
    )
    assert event == exempted_vat(vouchers, book=small, period=sorted(months))


def test_the_event_is_the_same_after_it_was_posted(small):
    before = exempted_vat([sale("188.12", "1.88")], book=small, period="2026-10")

    assert before == exempted_vat([sale("188.12", "1.88"), relief("1.88")], book=small, period="2026-10")


def test_vat_of_special_invoices_stays_due(small):
    vouchers = [sale("188.12", "1.88")]

    assert cny("0.88") == exempted_vat(vouchers, book=small, period="2026-10", kept=cny("1.00")).amount
    assert exempted_vat(vouchers, book=small, period="2026-10", kept=cny("1.88")) is None
    with pytest.raises(CurrencyMismatch):
        exempted_vat(vouchers, book=small, period="2026-10", kept=Money(1, "USD"))


@pytest.mark.parametrize(("taxpayer", "period"), [("general", "2026-10"), ("small_scale", "2028-01")])
def test_nothing_falls_away_for_others_or_at_other_times(taxpayer, period, make_book):
    book = make_book(taxpayer=taxpayer)

    assert exempted_vat([sale("188.12", "1.88", period=period)], book=book, period=period) is None


def test_a_month_without_sales_has_nothing_to_exempt(small):
    assert exempted_vat([], book=small, period="2026-10") is None


@pytest.mark.parametrize(
    ("fields", "period", "message"),
    [
        ({"vat": None}, "2026-10", r"Book.vat: the book has no VAT table"),
        ({"currency": "USD"}, "2026-10", r"Book.vat: the limit of VAT table 'cn' is in CNY, the book is kept in USD"),
        ({}, [], r"period: at least one month is needed, got none"),
        ({}, "2026-13", r"period: a month written like"),
    ],
)
def test_what_cannot_be_told_is_refused(fields, period, message, make_book):
    with pytest.raises(PostingError, match=message):
        exempted_vat([], book=make_book(taxpayer="small_scale", **fields), period=period)
