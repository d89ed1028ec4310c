"""The twins in columns agree with the scalars, on hostile text too."""

from decimal import Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategies import currencies, money
from tieout.errors import MoneyError
from tieout.money import allocate, from_minor, parse_amount, parse_money, prorate_tax, split_tax, to_minor
from tieout.money.columns import (
    RATE_SCALE,
    allocated,
    divide_half_up_expr,
    minor_of,
    net_of_tax_expr,
    parsed_decimals,
    prorated_tax_expr,
    share_half_up_expr,
)

HOSTILE = st.text(st.sampled_from("0123456789.,-+()¥￥元$€ ０５．，－＋٣²½五eE'`\"\t\n\u00a0\u3000CNYUSD"), max_size=12)


def texts_of(texts):
    return pl.Series("text", texts, dtype=pl.String)


def scalar(text, code):
    try:
        return to_minor(parse_money(text, code))
    except MoneyError:
        return None


@given(st.lists(HOSTILE | st.text(st.characters(codec="utf-8"), max_size=8), max_size=20), currencies())
def test_where_columns_give_an_amount_the_scalar_gives_the_same(texts, code):
    minor = minor_of(texts_of(texts), currency=code).to_list()

    for text, units in zip(texts, minor, strict=True):
        assert units is None or units == scalar(text, code), text


@given(st.lists(money().filter(lambda amount: abs(to_minor(amount)) < 10**15), min_size=1, max_size=10))
def test_columns_take_plain_text_themselves(values):
    code = values[0].currency.code
    mine = [value for value in values if value.currency.code == code]
    texts = [f"{value.amount:,f}" for value in mine] + [f"{value.amount:f} {code}" for value in mine]

    assert [to_minor(value) for value in mine] * 2 == minor_of(texts_of(texts), currency=code).to_list()


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50", 1250),
        ("-12.5", -1250),
        ("+1,234,567.89", 123456789),
        ("１２．５０", 1250),
        ("¥12.50", 1250),
        ("￥ 12.50", 1250),
        ("12.50元", 1250),
        ("CNY 12.50", 1250),
        ("`12.50", 1250),
        (".5", 50),
        ("5.", 500),
        ("0.000", 0),
        ("99999999999999999", None),  # beyond 17 digits of minor units: the scalar decides
        # for the scalar to take or to name the fault
        ("", None),
        ("-", None),
        (".", None),
        ("(12.50)", None),
        ("12.50 CR", None),
        ("12,50", None),
        ("0,123", None),
        ("12.505", None),
        ("$12.50", None),
        ("¥¥5", None),
        ("¥5元", None),
        ("٣", None),
        ("1e5", None),
        (None, None),
    ],
)
def test_what_columns_take_and_what_they_leave(text, minor):
    assert [minor] == minor_of(texts_of([text]), currency="CNY").to_list()


@pytest.mark.parametrize(("code", "minor"), [("CNY", 500), ("JPY", 5), ("USD", None), ("EUR", None)])
def test_a_sign_belongs_to_its_currency(code, minor):
    assert [minor] == minor_of(texts_of(["¥5"]), currency=code).to_list()


@given(st.lists(HOSTILE, max_size=20), st.integers(0, 8))
def test_where_columns_give_a_number_the_scalar_gives_the_same(texts, decimals):
    units = parsed_decimals(texts_of(texts), decimals=decimals).to_list()

    for text, found in zip(texts, units, strict=True):
        assert found is None or found == Fraction(parse_amount(text)) * 10**decimals, text


@given(st.lists(st.tuples(st.integers(-(2**62), 2**62), st.integers(1, 2**62)), max_size=10))
def test_division_rounds_half_away_from_zero_without_wrapping(pairs):
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    by_column = frame.select(divide_half_up_expr(pl.col("n"), pl.col("d"))).to_series().to_list()

    assert [half_up(n, d) for n, d in pairs] == by_column


@given(st.lists(st.integers(-(2**62), 2**62), max_size=10), st.integers(1, 10**6))
def test_division_by_a_number_is_the_same(numerators, divisor):
    frame = pl.DataFrame({"n": numerators}, schema={"n": pl.Int64})
    by_number = frame.select(divide_half_up_expr(pl.col("n"), divisor)).to_series().to_list()

    assert [half_up(n, divisor) for n in numerators] == by_number


def test_nulls_stay_null():
    frame = pl.DataFrame({"n": [None, 5]}, schema={"n": pl.Int64})

    assert [None, 3] == frame.select(divide_half_up_expr(pl.col("n"), 2)).to_series().to_list()


ANY = st.integers(-(2**63) + 1, 2**63 - 1)


@given(st.lists(st.tuples(st.integers(-(2**40), 2**40), ANY, st.integers(2**40, 2**63 - 1)), max_size=10))
def test_a_share_of_any_amount_is_exact_to_64_bits(rows):
    frame = pl.DataFrame(rows, schema={"a": pl.Int64, "n": pl.Int64, "d": pl.Int64}, orient="row")
    by_column = frame.select(share_half_up_expr(pl.col("a"), pl.col("n"), pl.col("d"))).to_series().to_list()

    assert [half_up(amount * n, d) for amount, n, d in rows] == by_column


@given(st.lists(st.tuples(ANY, st.integers(0, RATE_SCALE)), max_size=10))
def test_nets_in_columns_are_those_of_split_tax(rows):
    frame = pl.DataFrame(rows, schema={"gross": pl.Int64, "rate": pl.Int64}, orient="row")
    nets = frame.select(net_of_tax_expr(pl.col("gross"), pl.col("rate"))).to_series().to_list()

    splits = [split_tax(from_minor(gross, "CNY"), Decimal(rate) / RATE_SCALE) for gross, rate in rows]
    assert [to_minor(net) for net, _ in splits] == nets


def test_one_rate_for_all_rows_is_a_number():
    frame = pl.DataFrame({"gross": [19000, None]}, schema={"gross": pl.Int64})

    assert [16814, None] == frame.select(net_of_tax_expr(pl.col("gross"), 130_000)).to_series().to_list()


@given(ANY, ANY, st.lists(st.tuples(ANY, ANY), max_size=6), st.data())
def test_prorated_tax_in_columns_is_that_of_prorate_tax(gross, tax, wild, data):
    inside = st.integers(min(0, gross), max(0, gross))
    cuts = data.draw(st.lists(st.tuples(inside, inside), max_size=6))
    taken = wild + [(before, after - before) for before, after in cuts if abs(after - before) < 2**63]
    rows = [(gross, tax, before, amount) for before, amount in taken]
    schema = dict.fromkeys(["original_gross", "original_tax", "taken_before", "amount"], pl.Int64)
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    by_column = frame.select(prorated_tax_expr(**{name: pl.col(name) for name in schema})).to_series().to_list()

    assert [prorated(*row) for row in rows] == by_column


def prorated(*row):
    names = ["original_gross", "original_tax", "taken_before", "amount"]
    try:
        _, tax = prorate_tax(**{name: from_minor(units, "CNY") for name, units in zip(names, row, strict=True)})
    except MoneyError:
        return None
    return to_minor(tax)


def half_up(numerator, divisor):
    magnitude = int(abs(Fraction(numerator, divisor)) + Fraction(1, 2))
    return -magnitude if numerator < 0 else magnitude


@given(
    st.lists(
        st.tuples(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**12), min_size=1, max_size=6)),
        max_size=5,
    )
)
def test_columns_share_as_the_scalar_does_whatever_the_group(groups):
    rows = [(at, total, weight) for at, (total, weights) in enumerate(groups) for weight in weights]
    frame = pl.DataFrame(rows, schema={"group": pl.Int64, "total": pl.Int64, "weight": pl.Int64}, orient="row")

    shares = frame.with_columns(allocated(frame, "total", "weight", over=["group"]).alias("share"))

    for at, (total, weights) in enumerate(groups):
        expected = (
            [to_minor(share) for share in allocate(from_minor(total, "CNY"), weights)]
            if any(weights)
            else [None] * len(weights)
        )
        assert expected == shares.filter(pl.col("group") == at)["share"].to_list()
