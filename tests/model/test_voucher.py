"""A voucher that does not balance in every currency cannot be built."""

from datetime import date
from decimal import ROUND_DOWN, Decimal, localcontext

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moneyed import Money

from strategies import amounts, currencies, vouchers
from tieout.errors import InvalidField, UnbalancedVoucher
from tieout.model import JournalLine, Voucher


def money(text):
    amount, code = text.split()
    return Money(amount, code)


def debit(text, line_no=1, **fields):
    return JournalLine(line_no=line_no, summary="运费", account="660105", debit=money(text), **fields)


def credit(text, line_no=2, **fields):
    return JournalLine(line_no=line_no, summary="运费", account="2202", credit=money(text), **fields)


def voucher(*lines, **fields):
    given_ = {"voucher_id": "v1", "period": "2026-10", "word": "记", "date": date(2026, 10, 31), **fields}
    return Voucher(lines=lines, **given_)


@pytest.mark.parametrize(
    "lines",
    [
        (debit("7.55 CNY"), debit("0.45 CNY"), credit("8.00 CNY")),
        (debit("-7.55 CNY"), debit("-0.45 CNY"), credit("-8.00 CNY")),  # a red copy
        (debit("8.00 CNY"), debit("-8.00 CNY")),  # red and black on one side
        (debit("10.00 USD"), credit("10.00 USD"), debit("8 JPY"), credit("8 JPY")),
    ],
)
def test_a_voucher_that_balances_is_built(lines):
    assert lines == voucher(*lines).lines


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            (debit("8.00 CNY"), credit("7.99 CNY")),
            "Voucher.lines: debits minus credits should be 0 but are 0.01 CNY",
        ),
        (
            (debit("8.00 CNY"), credit("-8.00 CNY")),
            "Voucher.lines: debits minus credits should be 0 but are 16.00 CNY",
        ),
        (
            (debit("8.00 CNY"), credit("8.00 USD")),
            "Voucher.lines: debits minus credits should be 0 but are 8.00 CNY, -8.00 USD",
        ),
        (
            (debit("8.00 CNY"), credit("8.00 CNY"), debit("1 JPY"), credit("2 JPY")),
            "Voucher.lines: debits minus credits should be 0 but are -1 JPY",
        ),
    ],
)
def test_a_voucher_that_does_not_balance_in_some_currency_is_refused(lines, message):
    with pytest.raises(UnbalancedVoucher) as caught:
        voucher(*lines)

    assert message == str(caught.value)


@settings(max_examples=30)
@given(vouchers(), st.data())
def test_a_balanced_voucher_off_by_one_unit_anywhere_is_refused(whole, data):
    at = data.draw(st.integers(0, len(whole.lines) - 1))
    line = whole.lines[at]
    code = line.amount.currency.code
    step = data.draw(amounts(code, units_max=5).filter(bool))
    side = "debit" if line.debit is not None else "credit"
    changed = getattr(line, side) + step
    if not changed:
        return
    lines = [*whole.lines]
    lines[at] = attrs.evolve(line, **{side: changed})

    with pytest.raises(UnbalancedVoucher):
        attrs.evolve(whole, lines=lines)


@settings(max_examples=30)
@given(vouchers())
def test_balance_does_not_follow_the_callers_decimal_context(whole):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        again = attrs.evolve(whole)

    assert whole == again


def test_a_difference_below_the_callers_precision_is_seen():
    with localcontext(prec=3), pytest.raises(UnbalancedVoucher, match=r"are -0\.43 CNY"):
        voucher(debit("1234.56 CNY"), credit("1234.99 CNY"))


@settings(max_examples=30)
@given(vouchers())
def test_debits_and_credits_total_the_same_per_currency(whole):
    for code in {line.amount.currency.code for line in whole.lines}:
        right = [line.credit for line in whole.lines if line.credit is not None and line.credit.currency.code == code]

        assert whole.total(code) == sum(right, Money(0, code))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "JournalLine.debit: a line is a debit or a credit, exactly one"),
        ({"debit": "1 CNY", "credit": "1 CNY"}, "JournalLine.debit: a line is a debit or a credit, exactly one"),
        ({"debit": "0.00 CNY"}, "JournalLine.debit: a line of zero says nothing"),
        ({"credit": "0 JPY"}, "JournalLine.debit: a line of zero says nothing"),
        (
            {"debit": "1 CNY", "unit_price": "1 USD"},
            "JournalLine: one record has one currency, found debit in CNY, unit_price in USD",
        ),
    ],
)
def test_a_line_is_a_debit_or_a_credit_of_something_in_one_currency(fields, message):
    with pytest.raises(InvalidField) as caught:
        JournalLine(line_no=1, summary="s", account="1", **{name: money(text) for name, text in fields.items()})

    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tax_rate": Decimal(13)}, "JournalLine.tax_rate: a tax rate is a fraction from 0 to less than 1, got 13"),
        (
            {"tax_rate": Decimal("-0.1")},
            "JournalLine.tax_rate: a tax rate is a fraction from 0 to less than 1, got -0.1",
        ),
        ({"tax_base": money("9 CNY")}, "JournalLine.tax_rate: the net amount of a tax needs its rate"),
        (
            {"tax_rate": Decimal("0.13"), "tax_base": money("9 USD")},
            "JournalLine: one record has one currency, found debit in CNY, tax_base in USD",
        ),
    ],
)
def test_a_line_of_tax_says_its_rate_and_what_the_tax_is_of(fields, message):
    assert Decimal("0.13") == debit("21.86 CNY", tax_rate=Decimal("0.13"), tax_base=money("168.14 CNY")).tax_rate

    with pytest.raises(InvalidField) as caught:
        debit("1 CNY", **fields)

    assert message == str(caught.value).splitlines()[0]


def test_the_original_amount_of_a_converted_line_has_its_own_currency():
    line = debit("71.23 CNY", foreign_amount=money("10.00 USD"), fx_rate=Decimal("7.123"))

    assert ("CNY", "USD") == (line.amount.currency.code, line.foreign_amount.currency.code)


@given(currencies().flatmap(amounts).filter(bool))
def test_a_line_counts_debits_up_and_credits_down(amount):
    ours = JournalLine(line_no=1, summary="s", account="1", debit=amount)
    theirs = JournalLine(line_no=2, summary="s", account="2", credit=amount)

    assert amount == ours.amount
    assert -amount == theirs.amount


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"period": "2026-11"}, "Voucher.date: the date 2026-10-31 is outside the period 2026-11"),
        ({"period": "202610"}, "Voucher.date: the date 2026-10-31 is outside the period 202610"),
        ({"word": ""}, "Voucher.word: text may not be blank; use None for what is unknown"),
    ],
)
def test_a_voucher_stands_in_its_period(fields, message):
    with pytest.raises(InvalidField) as caught:
        voucher(debit("1 CNY"), credit("1 CNY"), **fields)

    assert message == str(caught.value)


@pytest.mark.parametrize("lines", [(), (debit("1 CNY"),)])
def test_a_voucher_has_at_least_two_lines(lines):
    with pytest.raises(InvalidField, match=f"at least two lines are needed, got {len(lines)}"):
        voucher(*lines)


def test_a_voucher_without_red_has_the_same_sums_and_no_negative_figure():
    red = JournalLine(
        line_no=1,
        summary="s",
        account="1405",
        debit=Money("-80.00", "CNY"),
        quantity=Decimal(-1),
        foreign_amount=Money("-11.00", "USD"),
        fx_rate=Decimal("7.2727"),
    )
    other = JournalLine(line_no=2, summary="s", account="2202", credit=Money("-80.00", "CNY"))
    voucher = Voucher(voucher_id="a", period="2026-10", word="记", date=date(2026, 10, 1), lines=(red, other))

    swapped = voucher.without_red()

    assert [line.amount for line in voucher.lines] == [line.amount for line in swapped.lines]
    assert (Money("80.00", "CNY"), Decimal(1), Money("11.00", "USD")) == (
        swapped.lines[0].credit,
        swapped.lines[0].quantity,
        swapped.lines[0].foreign_amount,
    )
    assert (True, False) == (red.is_red, swapped.lines[0].is_red)
    assert swapped is swapped.without_red()
