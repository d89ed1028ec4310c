"""Currencies: exponents, half-up rounding, minor units."""

from decimal import ROUND_DOWN, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import CURRENCIES, Money

from strategies import currencies
from tieout.errors import InfinityRefused, NaNRefused, NotAnAmount, UnknownCurrency
from tieout.model.currency import exponent, from_units, is_currency, negated, round_half_up, to_units


@pytest.mark.parametrize(
    ("code", "decimals"), [("CNY", 2), ("USD", 2), ("INR", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("CLF", 4)]
)
def test_the_decimals_of_a_currency(code, decimals):
    assert decimals == exponent(code)


def test_no_currency_has_more_decimals_than_a_column_of_amounts():
    assert 4 == max(exponent(code) for code in CURRENCIES)


@pytest.mark.parametrize("code", ["RMB", "￥", "cny", "USDT", "", "CN Y"])
def test_what_is_no_iso_code_is_refused(code):
    assert not is_currency(code)
    with pytest.raises(UnknownCurrency, match="is not an ISO 4217 currency code"):
        exponent(code)


def test_the_refusal_of_rmb_names_cny():
    with pytest.raises(UnknownCurrency) as caught:
        exponent("RMB")

    assert "the code of the renminbi is CNY" == caught.value.hint


@pytest.mark.parametrize(
    ("amount", "code", "expected"),
    [
        ("0.125", "CNY", "0.13"),
        ("0.115", "CNY", "0.12"),
        ("0.135", "CNY", "0.14"),  # half-even would keep 0.14 here but give 0.12 for 0.125
        ("-0.125", "CNY", "-0.13"),
        ("0.1249999", "CNY", "0.12"),
        ("2.5", "JPY", "3"),
        ("0.0005", "KWD", "0.001"),
        ("33.333333", "CNY", "33.33"),
    ],
)
def test_rounding_is_half_up_and_not_half_even(amount, code, expected):
    assert Decimal(expected) == round_half_up(Decimal(amount), code)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=7), currencies()
)
def test_rounding_goes_to_the_nearest_unit_and_ties_away_from_zero_in_any_context(amount, code):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        rounded = round_half_up(amount, code)

    units = Fraction(amount) * 10 ** exponent(code)
    floor = abs(units).__floor__() + (1 if abs(units) - abs(units).__floor__() >= Fraction(1, 2) else 0)
    assert (floor if units >= 0 else -floor) == Fraction(rounded) * 10 ** exponent(code)


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("NaN", NaNRefused),
        ("sNaN", NaNRefused),
        ("Infinity", InfinityRefused),
        ("-Infinity", InfinityRefused),
        ("1e60", NotAnAmount),
    ],
)
def test_what_cannot_be_rounded_is_refused_by_name(amount, error):
    with pytest.raises(error):
        round_half_up(Decimal(amount), "CNY")


@given(st.integers(-(10**30), 10**30), currencies())
def test_minor_units_there_and_back_in_any_context(units, code):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert units == to_units(from_units(units, code), code)
        assert -units == to_units(negated(Money(from_units(units, code), code)).amount, code)
