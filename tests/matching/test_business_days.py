from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.matching import business_days, is_business_day
from tieout.errors import MatcherError
from tieout.matching import BusinessDays, Exact, Matcher, Near, Rule

NATIONAL_DAY = BusinessDays(
    holidays=[date(2026, 10, day) for day in range(1, 8)], workdays=[date(2026, 9, 27), date(2026, 10, 10)]
)

COUNTS = [  # from, to, business days
    (date(2026, 9, 30), date(2026, 10, 8), 1),  # the last day before the holidays, the first one after
    (date(2026, 10, 1), date(2026, 10, 8), 0),  # a holiday counts as the next business day
    (date(2026, 10, 9), date(2026, 10, 10), 1),  # a Saturday at work
    (date(2026, 10, 9), date(2026, 10, 11), 2),
    (date(2026, 10, 10), date(2026, 10, 12), 1),
    (date(2026, 9, 25), date(2026, 9, 27), 1),
    (date(2026, 9, 26), date(2026, 9, 27), 0),
    (date(2026, 10, 8), date(2026, 9, 30), -1),
    (date(2026, 10, 16), date(2026, 10, 19), 1),  # Friday to Monday
    (date(2026, 10, 17), date(2026, 10, 19), 0),  # Saturday to Monday
    (date(2026, 10, 18), date(2026, 10, 17), 0),
    (date(2026, 10, 16), date(2026, 10, 16), 0),
]


@pytest.mark.parametrize(("first", "second", "expected"), COUNTS)
def test_business_days_are_counted_from_the_first_date_on(first, second, expected):
    assert expected == NATIONAL_DAY.between(first, second)
    assert -expected == NATIONAL_DAY.between(second, first)


DAYS = st.dates(date(2026, 9, 20), date(2026, 11, 10))
SETS = st.lists(DAYS, max_size=6, unique=True)


@st.composite
def calendars(draw):
    holidays = draw(SETS)
    workdays = [day for day in draw(SETS) if day not in holidays]
    weekend = draw(st.lists(st.integers(1, 7), max_size=6))
    return BusinessDays(holidays=holidays, workdays=workdays, weekend=weekend)


@settings(max_examples=60)
@given(calendars(), st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=10))
def test_columns_of_dates_are_counted_as_day_by_day(calendar, pairs):
    frame = pl.DataFrame(pairs, schema={"first": pl.Date, "second": pl.Date}, orient="row")

    found = frame.select(calendar.between_expr(pl.col("first"), pl.col("second"))).to_series().to_list()

    assert [business_days(calendar, *pair) for pair in pairs] == found
    assert all(is_business_day(calendar, day) == calendar.is_business_day(day) for pair in pairs for day in pair)


@settings(max_examples=30)
@given(calendars(), DAYS, DAYS, DAYS)
def test_two_spans_in_a_row_make_the_whole(calendar, first, second, third):
    assert calendar.between(first, third) == calendar.between(first, second) + calendar.between(second, third)


def test_null_dates_are_no_days_apart():
    frame = pl.DataFrame(
        {"a": [None, date(2026, 10, 1), None], "b": [date(2026, 10, 1), None, None]},
        schema={"a": pl.Date, "b": pl.Date},
    )

    assert [None] * 3 == frame.select(NATIONAL_DAY.between_expr(pl.col("a"), pl.col("b"))).to_series().to_list()


def test_what_the_week_says_anyway_is_left_out():
    assert BusinessDays() == BusinessDays(holidays=[date(2026, 10, 10)], workdays=[date(2026, 10, 9)])
    assert BusinessDays(holidays=iter([date(2026, 10, 2), date(2026, 10, 1)])) == BusinessDays(
        holidays=[date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 1)]
    )
    assert "BusinessDays(weekend=[5, 6])" == repr(BusinessDays(weekend=(6, 5)))
    assert 1 == len({BusinessDays(), BusinessDays(holidays=[])})


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: BusinessDays(holidays=["2026-10-01"]), "holidays= takes dates, got '2026-10-01'"),
        (lambda: BusinessDays(holidays=date(2026, 10, 1)), "holidays= is a list of dates"),
        (lambda: BusinessDays(workdays=[datetime(2026, 10, 1)]), "workdays= takes dates, got datetime"),  # noqa: DTZ001
        (lambda: BusinessDays(workdays=7), "workdays= is a list of dates, got 7"),
        (lambda: BusinessDays(weekend=range(1, 8)), "every day of the week is off"),
        (lambda: BusinessDays(weekend=[0]), "weekend= takes days of the week from 1 to 7, got 0"),
        (lambda: BusinessDays(weekend=6), None),
        (lambda: BusinessDays(weekend="67"), "weekend= takes days of the week from 1 to 7, got '67'"),
        (
            lambda: BusinessDays(holidays=[date(2026, 10, 10)], workdays=[date(2026, 10, 10)]),
            "is a holiday and a workday",
        ),
    ],
)
def test_a_calendar_that_makes_no_sense_is_refused(build, text):
    if text is None:
        assert (6,) == build().weekend
        return
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


def test_a_gate_of_business_days_decides_by_them():
    left = [{"k": "A1000001", "d": date(2026, 9, 30)}]
    late = [{"k": "A1000001", "d": date(2026, 10, 8) + timedelta(days=step)} for step in range(4)]

    for most, expected in ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4)):
        rule = Rule("r", on=[Exact("k")], given=[Near("d", days=most, calendar=NATIONAL_DAY)], pairing="1:n")
        assert expected == Matcher([rule]).match(left, late).pairs.height
