from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching import Exact, Matcher, Near, Rule


def holds(gate, left, right, **columns):
    """Whether a pair of values passes."""
    sides = [pl.DataFrame({"k": ["A1000001"], "v": [value], **columns}) for value in (left, right)]
    return Matcher([Rule("r", on=[Exact("k")], given=[gate])]).match(*sides).pairs.height == 1


DAY = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("gate", "left", "right", "expected"),
    [
        (Near("v", by=0), 100, 100, True),
        (Near("v", by=0), 100, 101, False),
        (Near("v", by=2), 100, 102, True),
        (Near("v", by=2), 100, 98, True),
        (Near("v", by=2), 100, 103, False),
        (Near("v", by=2), -1, 1, True),
        (Near("v", by="0.1"), Decimal("0.3"), Decimal("0.2"), True),  # floats say 0.09999999999999998
        (Near("v", by="0.1"), Decimal("0.3"), Decimal("0.19999999"), False),
        (Near("v", by=Decimal("0.05")), 1, Decimal("1.05"), True),
        (Near("v", by="0.5"), 1, 2, False),
        (Near("v", percent=2), 100, 102, True),  # inclusive, and exactly: 2.000000000000004 % is a float's
        (Near("v", percent=2), Decimal("149.5"), Decimal("152.49"), True),
        (Near("v", percent=2), Decimal("149.5"), Decimal("152.50"), False),
        (Near("v", percent=2), -100, -102, True),
        (Near("v", percent=2), 0, 0, True),
        (Near("v", percent=2), 0, 1, False),
        (Near("v", by=1, percent=2), 10, 11, True),
        (Near("v", by=1, percent=2), 1000, 1020, True),
        (Near("v", by=1, percent=2), 1000, 1021, False),
        (Near("v", after=3, before=1), 10, 13, True),
        (Near("v", after=3, before=1), 10, 14, False),
        (Near("v", after=3, before=1), 10, 9, True),
        (Near("v", after=3, before=1), 10, 8, False),
        (Near("v", after=3), 10, 9, False),
        (Near("v", before=3), 10, 11, False),
        (Near("v", days=5), DAY, DAY + timedelta(days=5), True),
        (Near("v", days=5), DAY, DAY - timedelta(days=5), True),
        (Near("v", days=5), DAY, DAY + timedelta(days=6), False),
        (Near("v", by=timedelta(days=5)), DAY, DAY + timedelta(days=5), True),
        (Near("v", after=5, before=1), DAY, DAY + timedelta(days=5), True),
        (Near("v", after=5, before=1), DAY, DAY - timedelta(days=2), False),
        (Near("v", days=1), NOON, NOON + timedelta(days=1), True),
        (Near("v", days=1), NOON, NOON + timedelta(days=1, microseconds=1), False),
        (Near("v", by=timedelta(hours=2)), NOON, NOON - timedelta(hours=2), True),
        (Near("v", by=timedelta(hours=2)), NOON, NOON - timedelta(hours=2, microseconds=1), False),
        (Near("v", after="0.5"), NOON, NOON + timedelta(hours=12), True),
        (Near("v", by=timedelta(0)), NOON, NOON.astimezone(timezone(timedelta(hours=8))), True),
        (Near("v", by=1), None, 1, False),
        (Near("v", by=1), None, None, False),
        (Near("v", days=1), DAY, None, False),
        (Near("v", by=10**15), 2**63 - 1, -(2**63), False),
        (
            Near("v", by=1, percent="0.0001"),
            Decimal(0),
            Decimal(2**122),
            False,
        ),  # a million times that is 0 in 128 bits
    ],
)
def test_bounds_are_inclusive_and_exact(gate, left, right, expected):
    assert expected == holds(gate, left, right)


def passing(gate, pairs):
    """Which of many pairs of values pass."""
    keys = [f"A{at:07d}" for at in range(len(pairs))]
    sides = [pl.DataFrame({"k": keys, "v": list(values)}) for values in zip(*pairs, strict=True)]
    matched = set(Matcher([Rule("r", on=[Exact("k")], given=[gate])]).match(*sides).pairs["left"])
    return [at in matched for at in range(len(pairs))]


WHOLE = st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), min_size=1)
AMOUNTS = st.decimals(-10, 10, places=2)


@given(WHOLE, st.integers(0, 100), st.integers(0, 100))
def test_asymmetric_bounds_agree_with_plain_arithmetic(pairs, after, before):
    expected = [-before <= right - left <= after for left, right in pairs]

    assert expected == passing(Near("v", after=after, before=before), pairs)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1), st.decimals(0, 200, places=3), st.decimals(0, 3, places=1))
def test_percentages_agree_with_plain_arithmetic(pairs, percent, by):
    expected = [abs(right - left) * 100 <= max(abs(left) * percent, by * 100) for left, right in pairs]

    assert expected == passing(Near("v", percent=percent, by=by), pairs)


MONEY_ROWS = [  # left minor and currency, right minor and currency, tolerance in whole units of the currency, near
    (1000, "CNY", 1005, "CNY", "0.05", True),
    (1000, "CNY", 1006, "CNY", "0.05", False),
    (1000, "JPY", 1001, "JPY", 1, True),
    (1000, "JPY", 1001, "JPY", "0.05", False),
    (1000, "KWD", 1050, "KWD", "0.05", True),
    (1000, "KWD", 1051, "KWD", "0.05", False),
    (1000, "CNY", 1000, "USD", 1, False),
    (1000, "CNY", 1000, None, 1, False),
    (1000, None, 1000, None, 1, False),
    (1000, "RMB", 1000, "RMB", 1, False),  # no ISO code: its minor unit is unknown
]


@pytest.mark.parametrize(("left", "left_code", "right", "right_code", "by", "expected"), MONEY_ROWS)
def test_money_is_near_in_whole_units_of_one_currency(left, left_code, right, right_code, by, expected):
    sides = [
        pl.DataFrame(
            {"k": ["A1000001"], "amount_minor": [amount], "currency": [code]}, schema_overrides={"currency": pl.String}
        )
        for amount, code in ((left, left_code), (right, right_code))
    ]

    pairs = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount", by=by)])]).match(*sides).pairs

    assert expected == (pairs.height == 1)


def test_a_column_of_the_name_is_taken_as_it_is():
    left = pl.DataFrame({"k": ["A1000001"], "amount_minor": [1000], "currency": ["CNY"]})
    right = pl.DataFrame({"k": ["A1000001"], "amount_minor": [1001], "currency": ["USD"]})

    pairs = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount_minor", by=1)])]).match(left, right).pairs

    assert pairs.height == 1


def test_minor_units_meet_whole_units_when_both_say_their_currency():
    left = pl.DataFrame({"k": ["A1000001"], "amount_minor": [1000], "currency": ["CNY"]})
    right = pl.DataFrame({"k": ["A1000001"], "amount": [Decimal("10.00")], "currency": ["CNY"]})
    matcher = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount", by=0)])])

    assert matcher.match(left, right).pairs.height == 1
    with pytest.raises(WrongColumnType, match="has no currency column beside it"):
        matcher.match(left, right.drop("currency"))


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: Near("v"), "a tolerance is needed"),
        (lambda: Near("v", by=-1), "by=-1 is impossible"),
        (lambda: Near("v", days=-1), "days=-1 is impossible"),
        (lambda: Near("v", by=timedelta(-1)), "is negative"),
        (lambda: Near("v", by=0.1), "by=0.1 is float; a tolerance is exact"),
        (lambda: Near("v", by=True), "by=True is bool"),
        (lambda: Near("v", by="a lot"), "by='a lot' is not a number"),
        (lambda: Near("v", by="NaN"), "by=NaN is impossible"),
        (lambda: Near("v", by="Infinity"), "by=Infinity is impossible"),
        (lambda: Near("v", by=10**16), "is impossible; a tolerance is a number from 0 to"),
        (lambda: Near("v", by="0.0000000001"), "has more than 9 decimals"),
        (lambda: Near("v", percent="0.00001"), "has more than 4 decimals"),
        (lambda: Near("v", by=1, days=1), "by and days exclude each other"),
        (lambda: Near("v", by=1, after=1), "by and after exclude each other"),
        (lambda: Near("v", days="1.5"), "days=1.5 is not a whole number of days"),
        (lambda: Near("v", percent=timedelta(1)), "is a timedelta; a number is needed"),
        (lambda: Near(by=1), "columns are named once for both sides"),
    ],
)
def test_impossible_tolerances_are_refused(build, text):
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("gate", "left", "right", "text"),
    [
        (Near("v", by=1), 1.0, 1, "column 'v' is float, and floats are not compared"),
        (Near("v", by=1), "1", "1", "numbers, dates or times are needed"),
        (Near("v", by=1), "1", 1, "'v' is String on the left and 'v' is Int64 on the right"),
        (Near("v", days=1), 1, 1, "days and timedeltas are for dates and times"),
        (Near("v", by=1), DAY, DAY, "a plain number has no unit here"),
        (Near("v", percent=1), DAY, DAY, "a percentage of a date means nothing"),
        (Near("v", by=timedelta(hours=1)), DAY, DAY, "dates differ by whole days"),
        (Near("v", after="0.5"), DAY, DAY, "dates differ by whole days"),
        (Near("v", days=1), DAY, NOON, "'v' is Date on the left"),
        (Near("v", days=1), NOON, NOON.replace(tzinfo=None), "only one of 'v' and 'v' has a time zone"),
        (Near("v", by=1), [1], [1], "'v' is List(Int64)"),
    ],
)
def test_columns_that_cannot_be_compared_exactly_are_refused(gate, left, right, text):
    with pytest.raises(WrongColumnType) as caught:
        holds(gate, left, right)

    assert text in str(caught.value)


def test_a_column_of_nothing_but_nulls_is_near_nothing():
    assert not holds(Near("v", by=1), None, None)
    assert not holds(Near("v", days=1), None, None)
    assert not holds(Near("v", days=1), None, DAY)
