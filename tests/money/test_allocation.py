"""Shares and tax splits whose parts sum to the whole."""

import itertools
from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from moneyed import Money

from strategies import money
from tieout.errors import CurrencyMismatch, FloatRefused, NaNRefused, NotAnAmount, TooManyDecimals
from tieout.money import allocate, from_minor, prorate_tax, split_tax, to_minor


def cny(text):
    return Money(text, "CNY")


def shared(total, weights, currency="CNY"):
    return [str(share.amount) for share in allocate(Money(total, currency), weights)]


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        # domain.md 2.4: 满300减40 over 120.00, 80.00, 100.00
        ("40.00", [120, 80, 100], ["16.00", "10.67", "13.33"]),
        ("40.00", [cny("120.00"), cny("80.00"), cny("100.00")], ["16.00", "10.67", "13.33"]),
        ("-40.00", [120, 80, 100], ["-16.00", "-10.67", "-13.33"]),
        ("0.01", [1, 1, 1], ["0.01", "0.00", "0.00"]),  # ties go to the earlier part
        ("0.02", [1, 1, 1], ["0.01", "0.01", "0.00"]),
        ("10.00", [1, 1, 1], ["3.34", "3.33", "3.33"]),
        ("10.00", [0, 1], ["0.00", "10.00"]),
        ("0.00", [3, 5], ["0.00", "0.00"]),
        ("1.00", [Decimal("0.1"), Decimal("0.2")], ["0.33", "0.67"]),
        ("5.00", [7], ["5.00"]),
    ],
)
def test_the_largest_remainder_gets_the_odd_unit(total, weights, shares):
    assert shares == shared(total, weights)


def test_a_currency_without_decimals_is_shared_in_whole_units():
    assert ["34", "33", "33"] == shared("100", [1, 1, 1], "JPY")


@given(money(), st.lists(st.decimals(0, 1000, places=3), min_size=1, max_size=8))
def test_shares_sum_to_the_whole_and_are_within_a_unit_of_their_part(total, weights):
    assume(any(weights))
    with localcontext(prec=3, rounding=ROUND_DOWN):
        shares = allocate(total, weights)

    units = [to_minor(share) for share in shares]
    whole = sum(map(Fraction, weights))
    assert to_minor(total) == sum(units)
    assert all(
        abs(unit - to_minor(total) * Fraction(weight) / whole) < 1 for unit, weight in zip(units, weights, strict=True)
    )


@pytest.mark.parametrize(
    ("weights", "error", "text"),
    [
        ([], NotAnAmount, "weights of which at least one is more than zero are needed"),
        ([0, 0], NotAnAmount, "weights of which at least one is more than zero are needed"),
        ([1, -1], NotAnAmount, "a weight is 0 or more, got -1"),
        ([cny("-1")], NotAnAmount, "a weight is 0 or more, got -1"),
        ([0.5], FloatRefused, "the float 0.5 is not exact"),
        ([Decimal("NaN")], NaNRefused, "NaN is not an amount"),
        (["1"], NotAnAmount, "Decimal or int is needed, got the text '1'"),
        ([True], NotAnAmount, "True is not an amount"),
        ([cny("1"), Money("1", "USD")], CurrencyMismatch, "amounts of one currency are needed, got CNY, USD"),
    ],
)
def test_weights_that_say_nothing_are_refused(weights, error, text):
    with pytest.raises(error) as caught:
        allocate(cny("1.00"), weights)

    assert text == caught.value.problem


def test_a_total_finer_than_its_currency_is_refused():
    with pytest.raises(TooManyDecimals):
        allocate(cny("0.005"), [1])


@pytest.mark.parametrize(
    ("gross", "rate", "net", "tax"),
    [
        # domain.md 7.2
        ("190.00", "0.13", "168.14", "21.86"),
        ("9.50", "0.06", "8.96", "0.54"),
        ("190.00", "0.01", "188.12", "1.88"),
        ("190.00", "0.03", "184.47", "5.53"),
        ("-190.00", "0.13", "-168.14", "-21.86"),
        ("8.00", "0.06", "7.55", "0.45"),
        ("8.00", "0", "8.00", "0.00"),
        ("0.00", "0.13", "0.00", "0.00"),
        ("0.01", "0.13", "0.01", "0.00"),
    ],
)
def test_a_tax_inclusive_amount_is_split_by_its_net(gross, rate, net, tax):
    assert (cny(net), cny(tax)) == split_tax(cny(gross), Decimal(rate))


@given(money(), st.decimals(0, 2, places=4))
def test_net_and_tax_sum_to_the_gross_and_the_net_is_rounded_half_up(gross, rate):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        net, tax = split_tax(gross, rate)

    exact = Fraction(to_minor(gross)) / (1 + Fraction(rate))
    assert to_minor(gross) == to_minor(net) + to_minor(tax)
    assert abs(to_minor(net) - exact) <= Fraction(1, 2)
    if abs(to_minor(net) - exact) == Fraction(1, 2):
        assert abs(to_minor(net)) > abs(exact)


@pytest.mark.parametrize(
    ("rate", "error"),
    [(0.13, FloatRefused), (Decimal("-0.01"), NotAnAmount), (Decimal("NaN"), NaNRefused), ("0.13", NotAnAmount)],
)
def test_a_rate_that_is_none_is_refused(rate, error):
    with pytest.raises(error):
        split_tax(cny("1.00"), rate)


def parts_of(gross, tax, amounts):
    """Net and tax of parts that are taken one after the other."""
    before = cny(0)
    for amount in amounts:
        yield prorate_tax(original_gross=gross, original_tax=tax, taken_before=before, amount=amount)
        before += amount


def test_a_refund_of_60_of_190_takes_back_its_share_of_the_tax():
    assert [(cny("53.10"), cny("6.90"))] == list(parts_of(cny("190.00"), cny("21.86"), [cny("60.00")]))


def test_the_last_part_takes_what_remains_of_the_tax():
    parts = list(parts_of(cny("1.00"), cny("0.05"), [cny("0.10")] * 10))

    assert ["0.01", "0.00"] * 5 == [str(tax.amount) for _, tax in parts]


@given(st.integers(1, 10**12), st.integers(0, 10**12), st.data())
def test_parts_sum_to_the_original_exactly_and_none_is_off_by_more_than_the_smallest_unit(gross, tax, data):
    cuts = data.draw(st.lists(st.integers(0, gross), max_size=6))
    ends = [0, *sorted(cuts), gross]
    amounts = [after - before for before, after in itertools.pairwise(ends)]
    parts = list(
        parts_of(from_minor(gross, "CNY"), from_minor(tax, "CNY"), [from_minor(part, "CNY") for part in amounts])
    )

    assert tax == sum(to_minor(part) for _, part in parts)
    assert gross - tax == sum(to_minor(net) for net, _ in parts)
    assert all(
        abs(to_minor(part) - Fraction(tax * taken, gross)) <= 1 for taken, (_, part) in zip(amounts, parts, strict=True)
    )


def test_parts_of_a_red_original_are_red():
    sale = list(parts_of(cny("190.00"), cny("21.86"), [cny("60.00"), cny("130.00")]))
    red = list(parts_of(cny("-190.00"), cny("-21.86"), [cny("-60.00"), cny("-130.00")]))

    assert [(-net, -tax) for net, tax in sale] == red


@pytest.mark.parametrize(
    ("gross", "before", "amount"),
    [
        ("190.00", "0.00", "190.01"),
        ("190.00", "180.00", "10.01"),
        ("190.00", "10.00", "-10.01"),
        ("0.00", "0.00", "0.00"),
        ("-1.00", "0.00", "1.00"),
    ],
)
def test_more_than_the_whole_is_refused(gross, before, amount):
    with pytest.raises(NotAnAmount, match=r"CNY is taken of .*: parts lie within the whole"):
        prorate_tax(original_gross=cny(gross), original_tax=cny("0.00"), taken_before=cny(before), amount=cny(amount))


def test_parts_are_of_one_currency():
    with pytest.raises(CurrencyMismatch):
        prorate_tax(original_gross=cny(1), original_tax=cny(0), taken_before=cny(0), amount=Money(1, "USD"))
