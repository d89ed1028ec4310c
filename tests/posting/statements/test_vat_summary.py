"""The VAT summary: net, tax and gross by direction and rate (C41)."""

from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from tieout.errors import PostingError
from tieout.model import VoucherStatus
from tieout.money import from_minor
from tieout.posting import post
from tieout.posting.statements import VatDirection, trial_balance, vat_summary


def cny(text):
    return Money(text, "CNY")


@pytest.fixture
def vouchers(make_voucher):
    """V-01, V-11 and a service at 6 % (V-01c), with input VAT at two rates, transfer-out and a presale deposit."""
    return [
        make_voucher(1, "10-02", "Dr 1122.01 190.00", "Cr 5001 168.14", "Cr 2221.01.01 21.86 @0.13 of 168.14"),
        make_voucher(2, "10-03", "Dr 1122.01 -60.00", "Cr 5001 -53.10", "Cr 2221.01.01 -6.90 @0.13 of -53.10"),
        make_voucher(3, "10-03", "Dr 1122.01 20.00", "Cr 5051 18.87", "Cr 2221.01.01 1.13 @0.06 of 18.87"),
        make_voucher(4, "10-04", "Dr 5601.01 8.96", "Dr 2221.01.02 0.54 @0.06 of 8.96", "Cr 1122.01 9.50"),
        make_voucher(5, "10-05", "Dr 1405.01 800.00", "Dr 2221.01.02 104.00 @0.13 of 800.00", "Cr 2202.03 904.00"),
        make_voucher(6, "10-06", "Dr 5711 90.40", "Cr 1901 80.00", "Cr 2221.01.04 10.40 @0.13 of 80.00"),
        make_voucher(7, "10-07", "Dr 1122.01 50.00", "Cr 2203 44.25", "Cr 2221.06 5.75 @0.13 of 44.25"),
        make_voucher(8, "11-07", "Dr 1122.01 113.00", "Cr 5001 100.00", "Cr 2221.01.01 13.00 @0.13 of 100.00"),
    ]


def rows(summary):
    names = ("direction", "rate", "lines", "net_minor", "tax_minor", "gross_minor", "difference_minor")
    return summary.rates.select(names).rows()


def test_tax_is_summed_by_direction_and_rate(vouchers, make_book):
    summary = vat_summary(vouchers, book=make_book(), period="2026-10")

    assert [
        ("output", Decimal("0.13"), 2, 11504, 1496, 13000, 0),
        ("output", Decimal("0.06"), 1, 1887, 113, 2000, 0),
        ("input", Decimal("0.13"), 1, 80000, 10400, 90400, 0),
        ("input", Decimal("0.06"), 1, 896, 54, 950, 0),
        ("input_out", Decimal("0.13"), 1, 8000, 1040, 9040, 0),
        ("pending", Decimal("0.13"), 1, 4425, 575, 5000, 0),
    ] == rows(summary)
    assert summary.proof.holds


def test_what_is_due_is_output_less_input_and_what_was_transferred_out(vouchers, make_book):
    summary = vat_summary(vouchers, book=make_book(), period="2026-10")

    assert cny("16.09") == summary.tax("output")
    assert cny("104.54") == summary.tax(VatDirection.INPUT)
    assert cny("-78.05") == summary.payable  # 16.09 - 104.54 + 10.40; what is pending is not due yet
    with pytest.raises(PostingError, match="direction: 'sales' is none of output, input"):
        summary.tax("sales")


def test_its_totals_are_those_of_the_trial_balance(vouchers, make_book):
    book = make_book()
    october = trial_balance(vouchers, book=book, period="2026-10")
    summary = vat_summary(vouchers, book=book, period="2026-10")

    for role, direction in (("vat_output", "output"), ("vat_input_out", "input_out"), ("vat_pending", "pending")):
        assert summary.tax(direction) == october.role(role).credit - october.role(role).debit
    assert summary.tax("input") == october.role("vat_input").debit
    assert (
        "turnover: credits less debits of VAT: -72.30 CNY = 16.09 CNY output + -104.54 CNY input + 10.40 CNY input_out "
        "+ 5.75 CNY pending: ties out"
    ) == str(summary.proof.checks[1])


def test_a_deposit_that_is_turned_leaves_nothing_pending(vouchers, make_voucher, make_book):
    turned = make_voucher(
        9,
        "10-31",
        "Dr 2203 44.25",
        "Dr 2221.06 5.75 @0.13 of 44.25",
        "Cr 5001 44.25",
        "Cr 2221.01.01 5.75 @0.13 of 44.25",
    )

    summary = vat_summary([*vouchers, turned], book=make_book(), period="2026-10")

    assert (cny("0.00"), cny("21.84")) == (summary.tax("pending"), summary.tax("output"))
    assert ("pending", Decimal("0.13"), 2, 0, 0, 0, 0) == rows(summary)[-1]


def test_tax_rounded_line_by_line_differs_from_net_times_rate_and_the_difference_is_shown(make_voucher, make_book):
    lines = [f"Cr 2221.01.01 0.03 @0.13 of 0.{net}" for net in (19, 20, 21)]
    voucher = make_voucher(1, "10-02", "Dr 1122.01 0.09", *lines)

    summary = vat_summary([voucher], book=make_book(), period="2026-10")

    assert [(60, 9, 8, 1)] == summary.rates.select(
        "net_minor", "tax_minor", "expected_minor", "difference_minor"
    ).rows()
    assert [(2, 1), (3, 0), (3, 0)] == summary.lines.select("expected_minor", "difference_minor").rows()


def test_a_wrong_rate_shows_as_a_difference(make_voucher, make_book):
    wrong = make_voucher(1, "10-02", "Dr 1122.01 190.00", "Cr 5001 168.14", "Cr 2221.01.01 21.86 @0.09 of 168.14")

    (row,) = rows(vat_summary([wrong], book=make_book(), period="2026-10"))

    assert 2186 - 1513 == row[-1]


def test_lines_without_a_rate_are_shown_by_themselves(vouchers, make_voucher, make_book):
    by_hand = make_voucher(9, "10-31", "Dr 1122.01 1.00", "Cr 2221.01.01 1.00")

    summary = vat_summary([*vouchers, by_hand], book=make_book(), period="2026-10")

    assert ("output", None, 1, None, 100, None, None) == rows(summary)[2]
    assert cny("17.09") == summary.tax("output")
    assert "?" in str(summary)
    assert summary.proof.holds


def test_a_net_amount_of_which_a_part_is_not_known_is_not_told(make_voucher, make_book):
    known, other = (
        make_voucher(number, "10-02", "Dr 1122.01 113.00", "Cr 5001 100.00", "Cr 2221.01.01 13.00 @0.13 of 100.00")
        for number in (1, 2)
    )
    *sold, tax = other.lines
    by_hand = attrs.evolve(other, lines=(*sold, attrs.evolve(tax, tax_base=None)))

    summary = vat_summary([known, by_hand], book=make_book(), period="2026-10")

    assert [("output", Decimal("0.13"), 2, None, 2600, None, None)] == rows(summary)


@pytest.mark.parametrize(
    ("taxpayer", "direction", "rate", "tax"),
    [("general", "output", "0.13", 1300), ("small_scale", "small_scale", "0.01", 100)],
)
def test_a_posted_sale_is_counted_once_with_its_tax_or_at_zero(taxpayer, direction, rate, tax, make_event, make_book):
    book = make_book(taxpayer=taxpayer)
    gross = from_minor(10000 + tax, "CNY")
    sales = [
        make_event("sale.shipped", gross.amount, rate=rate, event_id="taxed", details={}),
        make_event("sale.shipped", "50.00", rate="0", event_id="free", details={}),
    ]

    summary = vat_summary(post(sales, book=book, period="2026-10"), book=book, period="2026-10", statuses=VoucherStatus)

    assert [
        (direction, Decimal(rate), 1, 10000, tax, 10000 + tax, 0),
        (direction, Decimal(0), 1, 5000, 0, 5000, 0),
    ] == rows(summary)


@pytest.mark.parametrize(("funded", "goods"), [("0.00", 4060), ("10.60", 3000)])
def test_an_export_is_at_zero_where_the_funded_part_is_income_of_its_own_too(funded, goods, make_event, make_book):
    book = make_book(platform_subsidy="service_income")
    export = {"rate": None, "details": {"export": "true"}}
    events = [
        make_event("sale.shipped", "50.60", event_id="sold", subsidy=cny(funded), **export),
        make_event("aftersale.refund", "10.00", event_id="back", **export),
    ]

    summary = vat_summary(
        post(events, book=book, period="2026-10"), book=book, period="2026-10", statuses=VoucherStatus
    )

    assert ("output", Decimal(0), 2, goods, 0, goods, 0) in rows(summary)


def test_a_small_scale_taxpayer_has_one_account_and_what_is_exempted_reduces_it(make_voucher, make_book):
    sale = make_voucher(1, "10-02", "Dr 1122.01 190.00", "Cr 5001 188.12", "Cr 2221.01 1.88 @0.01 of 188.12")
    exempted = make_voucher(2, "10-31", "Dr 2221.01 1.88", "Cr 5301 1.88")
    book = make_book(taxpayer="small_scale")

    assert [("small_scale", Decimal("0.01"), 1, 18812, 188, 19000, 0)] == rows(
        vat_summary([sale], book=book, period="2026-10")
    )
    assert cny("1.88") == vat_summary([sale], book=book, period="2026-10").payable
    assert cny("0.00") == vat_summary([sale, exempted], book=book, period="2026-10").payable


def test_sales_at_no_rate_are_net_without_tax(make_voucher, make_book):
    export = make_voucher(1, "10-02", "Dr 1122.01 190.00", "Cr 5001 190.00 @0 of 190.00 role=revenue")

    summary = vat_summary([export], book=make_book(), period="2026-10")

    assert [("output", Decimal(0), 1, 19000, 0, 19000, 0)] == rows(summary)
    assert summary.proof.holds


def test_an_account_that_two_roles_share_is_told_by_the_role_or_by_the_taxpayer(make_voucher, make_book):
    with_role = make_voucher(1, "10-02", "Dr 1100 1.13", "Cr 4000 1.00", "Cr 2200 0.13 @0.13 of 1.00 role=vat_output")
    by_hand = make_voucher(2, "10-02", "Dr 1100 1.13", "Cr 4000 1.00", "Cr 2200 0.13 @0.13 of 1.00")

    general = vat_summary([with_role, by_hand], book=make_book(chart="ifrs"), period="2026-10")
    small = vat_summary([by_hand], book=make_book(chart="ifrs", taxpayer="small_scale"), period="2026-10")

    assert [("output", 2)] == general.rates.select("direction", "lines").rows()
    assert [("small_scale", 1)] == small.rates.select("direction", "lines").rows()
    assert general.proof.holds
    assert small.proof.holds


def test_reversed_vat_is_gone_in_either_style(make_voucher, make_book):
    sale = make_voucher(1, "10-02", "Dr 1122.01 190.00", "Cr 5001 168.14", "Cr 2221.01.01 21.86 @0.13 of 168.14")
    red = make_voucher(2, "10-03", "Dr 1122.01 -190.00", "Cr 5001 -168.14", "Cr 2221.01.01 -21.86 @0.13 of -168.14")
    swapped = make_voucher(3, "10-03", "Cr 1122.01 190.00", "Dr 5001 168.14", "Dr 2221.01.01 21.86 @0.13 of 168.14")

    for back in (red, swapped):
        assert [("output", Decimal("0.13"), 2, 0, 0, 0, 0)] == rows(
            vat_summary([sale, back], book=make_book(), period="2026-10")
        )


def test_lines_of_a_month_without_vat_are_an_empty_summary(make_voucher, make_book):
    summary = vat_summary(
        [make_voucher(1, "10-02", "Dr 1002 1.00", "Cr 5001 1.00")], book=make_book(), period="2026-10"
    )

    assert ([], cny("0.00"), True) == (rows(summary), summary.payable, summary.proof.holds)


def test_people_read_it_in_the_language_of_the_book(vouchers, make_book):
    chinese = vat_summary(vouchers, book=make_book(), period="2026-10")
    english = vat_summary(vouchers, book=make_book(language="en"), period="2026-10")

    assert str(chinese).splitlines()[4].split() == [
        "销项税额",
        "13%",
        "115.04",
        "14.96",
        "130.00",
        "14.96",
        "0.00",
        "2",
    ]
    assert str(english).splitlines()[-1] == "VAT payable: -78.05"
    assert "<td>Input VAT</td>" in english._repr_html_()
    assert english.rates is english.to_polars()
