"""Rates of exchange: by day, refused by name, and the same in columns."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import PostingError
from tieout.model.currency import exactly, round_half_up
from tieout.money import to_minor
from tieout.money.columns import share_half_up_expr
from tieout.posting.exchange import Rates

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
DATED = {"USD": {NOVEMBER: Decimal("7.15"), OCTOBER: Decimal("7.20")}}


def test_one_rate_holds_on_every_day():
    rates = Rates.of({"USD": Decimal("7.20")}, "CNY")

    assert {Decimal("7.20")} == {rates.rate("USD", day) for day in (date.min, OCTOBER, date.max)}


@pytest.mark.parametrize(
    ("day", "rate"), [("2026-10-01", "7.20"), ("2026-10-31", "7.20"), ("2026-11-01", "7.15"), ("2027-01-01", "7.15")]
)
def test_a_rate_holds_from_its_day_until_the_next(day, rate):
    assert Decimal(rate) == Rates.of(DATED, "CNY").rate("USD", date.fromisoformat(day))


def test_a_day_before_the_first_rate_is_named():
    with pytest.raises(
        PostingError,
        match=r"rates: there is no rate of USD on 2026-09-30, and the book is kept in CNY; the first one begins on 2026-10-01",
    ):
        Rates.of(DATED, "CNY").rate("USD", date(2026, 9, 30))


def test_a_currency_without_a_rate_is_named_with_its_day():
    with pytest.raises(PostingError, match=r"no rate of INR on 2026-10-01.*\nHint: give rates=.*CNY per INR"):
        Rates.of(None, "CNY").rate("INR", OCTOBER)


@pytest.mark.parametrize(
    ("given_rates", "message"),
    [
        ({"CNY": Decimal(1)}, r"rates\['CNY'\]: the book's own currency has no rate"),
        ({"RMB": Decimal(1)}, r"rates: an ISO 4217 code is needed, got 'RMB'"),
        ({"USD": 7.2}, r"rates\['USD'\]: a finite Decimal of more than 0 is needed, got 7.2"),
        ({"USD": Decimal(0)}, r"rates\['USD'\]: a finite Decimal of more than 0"),
        ({"USD": Decimal("NaN")}, r"rates\['USD'\]: a finite Decimal"),
        ({"USD": {}}, r"rates\['USD'\]: a rate, or rates by the day they begin, are needed"),
        ({"USD": {"2026-10-01": Decimal(7)}}, r"rates\['USD'\]: a rate begins on a date, got '2026-10-01'"),
        ({"USD": {datetime(2026, 10, 1, tzinfo=UTC): Decimal(7)}}, r"rates\['USD'\]: a rate begins on a date"),
        ({"USD": {OCTOBER: Decimal(-7)}}, r"rates\['USD'\]\[2026-10-01\]: a finite Decimal of more than 0"),
        ({"USD": Decimal("7.1234567890123456789012345")}, r"rates\['USD'\]: the rate 7.12.* has too many digits"),
    ],
)
def test_rates_that_are_none_are_refused(given_rates, message):
    with pytest.raises(PostingError, match=message):
        Rates.of(given_rates, "CNY")


def test_rows_keep_their_order_and_get_the_rate_of_their_day():
    frame = pl.DataFrame(
        {
            "code": ["USD", "CNY", "JPY", "USD", None],
            "day": [NOVEMBER, OCTOBER, OCTOBER, OCTOBER, OCTOBER],
            "at": range(5),
        }
    )
    joined = Rates.of({**DATED, "JPY": Decimal("0.048")}, "CNY").joined(frame, currency="code", day="day")

    assert list(range(5)) == joined["at"].to_list()
    assert ["7.15", None, "0.048", "7.20", None] == joined["fx_rate"].to_list()
    assert [143, 1, 24, 36, None] == joined["fx_numerator"].to_list()
    assert [20, 1, 5, 5, None] == joined["fx_denominator"].to_list()


def test_rows_without_a_rate_are_left_null():
    frame = pl.DataFrame({"code": ["USD", "EUR"], "day": [date(2026, 9, 30), OCTOBER]})

    assert [None, None] == Rates.of(DATED, "CNY").joined(frame, currency="code", day="day")["fx_numerator"].to_list()


@given(
    st.lists(st.tuples(st.integers(-(10**13), 10**13), st.sampled_from(["USD", "JPY", "KWD"])), max_size=10),
    st.decimals("0.000001", 2000, places=6),
    st.sampled_from(["CNY", "VND"]),
)
def test_amounts_are_converted_in_columns_as_one_by_one(rows, rate, book):
    rates = Rates.of(dict.fromkeys(["USD", "JPY", "KWD"], rate), book)
    frame = pl.DataFrame(rows, schema={"minor": pl.Int64, "code": pl.String}, orient="row").with_columns(day=OCTOBER)
    converted = rates.joined(frame, currency="code", day="day").select(
        share_half_up_expr(pl.col("minor"), pl.col("fx_numerator"), pl.col("fx_denominator"))
    )

    assert [one_by_one(minor, code, rate, book) for minor, code in rows] == converted.to_series().to_list()


def one_by_one(minor, code, rate, book):
    exponents = {"USD": 2, "JPY": 0, "KWD": 3}
    with exactly():
        amount = Decimal(minor).scaleb(-exponents[code]) * rate
    return to_minor(Money(round_half_up(amount, book), book))
