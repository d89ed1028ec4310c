"""Minor units and half-up rounding of Money."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from strategies import currencies, money
from tieout.errors import CurrencyMismatch, InfinityRefused, NaNRefused, TooManyDecimals, UnknownCurrency
from tieout.money import from_minor, quantize_money, require_same_currency, to_minor


@pytest.mark.parametrize(
    ("amount", "code", "expected"),
    [
        ("0.125", "CNY", "0.13"),
        ("-0.125", "CNY", "-0.13"),
        ("0.124999", "CNY", "0.12"),
        ("2.5", "JPY", "3"),
        ("3.5", "JPY", "4"),
        ("0.0125", "KWD", "0.013"),
    ],
)
def test_quantising_is_half_up(amount, code, expected):
    assert Money(expected, code) == quantize_money(Money(amount, code))


def test_the_rounding_of_py_moneyed_is_half_even_and_ours_is_not():
    amount = Money("0.125", "CNY")

    assert Money("0.12", "CNY") == amount.round(2)
    assert Money("0.13", "CNY") == quantize_money(amount)


@pytest.mark.parametrize(
    ("amount", "code", "minor"),
    [("12.50", "CNY", 1250), ("-3", "JPY", -3), ("1.234", "KWD", 1234), ("0.0001", "CLF", 1)],
)
def test_minor_units_follow_the_exponent(amount, code, minor):
    assert minor == to_minor(Money(amount, code))
    assert Money(amount, code) == from_minor(minor, code)


@pytest.mark.parametrize(
    ("amount", "error"), [("0.001", TooManyDecimals), ("NaN", NaNRefused), ("Infinity", InfinityRefused)]
)
def test_what_has_no_minor_units_is_refused_by_name(amount, error):
    with pytest.raises(error):
        to_minor(Money(amount, "CNY"))


def test_minor_units_of_no_currency_are_refused():
    with pytest.raises(UnknownCurrency):
        from_minor(1, "RMB")


@given(st.integers(-(10**25), 10**25), currencies())
def test_minor_units_there_and_back_in_any_context(minor, code):
    with localcontext(prec=3, rounding=ROUND_DOWN):
        assert minor == to_minor(from_minor(minor, code))


@given(money())
def test_quantising_what_is_exact_changes_nothing(amount):
    assert amount == quantize_money(amount)


def test_amounts_of_one_currency_say_which():
    assert "CNY" == require_same_currency(Money(1, "CNY"), Money("2.5", "CNY"))


@pytest.mark.parametrize(("amounts", "found"), [((), "no amount"), ((Money(1, "USD"), Money(1, "CNY")), "CNY, USD")])
def test_amounts_of_several_currencies_or_none_are_refused(amounts, found):
    with pytest.raises(CurrencyMismatch, match=f"amounts of one currency are needed, got {found}"):
        require_same_currency(*amounts)


def test_the_digits_of_an_amount_are_kept():
    assert Decimal("12.50").as_tuple() == from_minor(1250, "CNY").amount.as_tuple()
