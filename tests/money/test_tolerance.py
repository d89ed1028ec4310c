"""Tolerances are explicit, per currency, and inclusive at their bounds."""

from decimal import ROUND_UP, Decimal, localcontext

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from strategies import amounts, currencies
from tieout.errors import CurrencyMismatch, NotAnAmount, UnknownCurrency
from tieout.money import Tolerance, from_minor, to_minor
from tieout.money.columns import allowed_minor_expr


def cny(text):
    return Money(text, "CNY")


def tolerance(amount="0", share="0", limit=None, currency="CNY"):
    return Tolerance(
        currency=currency, amount=Decimal(amount), share=Decimal(share), limit=None if limit is None else Decimal(limit)
    )


@pytest.mark.parametrize(
    ("held", "expected", "actual", "accepted"),
    [
        (tolerance("0.01"), "3.50", "3.51", True),
        (tolerance("0.01"), "3.50", "3.49", True),
        (tolerance("0.01"), "3.50", "3.52", False),
        (tolerance("0.01"), "3.50", "3.48", False),
        (tolerance(), "3.50", "3.50", True),
        (tolerance(), "3.50", "3.51", False),
        (tolerance("0", "0.005"), "100.00", "100.50", True),
        (tolerance("0", "0.005"), "100.00", "100.51", False),
        (tolerance("0", "0.005"), "-100.00", "-100.50", True),
        (tolerance("0.05", "0.005"), "1.00", "1.05", True),  # whichever is more
        (tolerance("0.05", "0.005"), "100.00", "100.50", True),
        (tolerance("0", "0.005", "0.30"), "100.00", "100.30", True),
        (tolerance("0", "0.005", "0.30"), "100.00", "100.31", False),
        (tolerance("0", "0.0099"), "1.00", "1.01", False),  # 0.0099 allows no whole fen
    ],
)
def test_the_bounds_are_inclusive(held, expected, actual, accepted):
    assert accepted is held.accepts(cny(actual), cny(expected))


def test_no_tolerance_accepts_only_what_is_equal():
    exact = Tolerance.exact("JPY")

    assert exact.accepts(Money(5, "JPY"), Money(5, "JPY"))
    assert not exact.accepts(Money(5, "JPY"), Money(6, "JPY"))


@pytest.mark.parametrize(
    ("given_", "text"),
    [
        ({"amount": 0.01}, "Tolerance.amount: a finite Decimal of 0 or more is needed, got 0.01"),
        ({"amount": Decimal(-1)}, "Tolerance.amount: a finite Decimal of 0 or more is needed, got Decimal('-1')"),
        ({"amount": Decimal("NaN")}, "Tolerance.amount: a finite Decimal of 0 or more is needed, got Decimal('NaN')"),
        ({"amount": Decimal(1), "share": 1}, "Tolerance.share: a finite Decimal of 0 or more is needed, got 1"),
        ({"amount": Decimal(1), "limit": "1"}, "Tolerance.limit: a finite Decimal of 0 or more is needed, got '1'"),
    ],
)
def test_a_tolerance_that_is_not_exact_is_refused(given_, text):
    with pytest.raises(NotAnAmount) as caught:
        Tolerance(currency="CNY", **given_)

    assert text == str(caught.value)


def test_a_tolerance_has_a_currency_and_holds_for_no_other():
    with pytest.raises(UnknownCurrency):
        Tolerance.exact("RMB")
    with pytest.raises(CurrencyMismatch, match="this tolerance is for CNY, got USD"):
        tolerance("1").allowed(Money(1, "USD"))
    with pytest.raises(CurrencyMismatch, match="this tolerance is for CNY, got USD"):
        tolerance("1").accepts(Money(1, "USD"), cny("1"))


def test_there_is_no_tolerance_by_default():
    with pytest.raises(TypeError, match="amount"):
        Tolerance(currency="CNY")


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (tolerance("0.01"), "0.01 CNY"),
        (tolerance("0.01", "0.0050"), "0.01 CNY or 0.0050 of the expected amount"),
        (tolerance("0.01", "0.005", "3"), "0.01 CNY or 0.005 of the expected amount up to 3"),
    ],
)
def test_a_tolerance_prints_what_it_allows(held, text):
    assert text == str(held)


@given(st.data(), currencies())
def test_columns_allow_what_the_scalar_allows_in_any_context(data, code):
    held = Tolerance(
        currency=code,
        amount=data.draw(st.decimals(0, 100, places=5)),
        share=data.draw(st.decimals(0, 1, places=6)),
        limit=data.draw(st.none() | st.decimals(0, 100, places=5)),
    )
    expected = data.draw(st.lists(amounts(code, units_max=10**13), max_size=5))
    with localcontext(prec=3, rounding=ROUND_UP):
        scalars = [to_minor(held.allowed(amount)) for amount in expected]
        frame = pl.DataFrame({"minor": [to_minor(amount) for amount in expected]}, schema={"minor": pl.Int64})
        columns = frame.select(pl.lit(0) + allowed_minor_expr(held, pl.col("minor")) + 0 * pl.col("minor"))

    assert scalars == columns.to_series().to_list()


@given(st.data(), currencies())
def test_the_edge_is_accepted_and_one_unit_beyond_is_not(data, code):
    held = Tolerance(
        currency=code, amount=data.draw(st.decimals(0, 100, places=4)), share=data.draw(st.decimals(0, 1, places=4))
    )
    expected = data.draw(amounts(code, units_max=10**9))
    edge = to_minor(held.allowed(expected))
    for sign in (1, -1):
        assert held.accepts(from_minor(to_minor(expected) + sign * edge, code), expected)
        assert not held.accepts(from_minor(to_minor(expected) + sign * (edge + 1), code), expected)
