from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.errors import MatcherError, WrongColumnType
from tieout.matching import BusinessDays, Exact, Matcher, Near, Rule, Same
from tieout.matching._sides import Side


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


def test_a_column_of_the_name_is_taken_as_it_is_and_keeps_its_currency():
    left = pl.DataFrame({"k": ["A1000001"], "amount_minor": [1000], "currency": ["JPY"]})
    right = pl.DataFrame({"k": ["A1000001"], "amount_minor": [1001], "currency": ["JPY"]})
    matcher = Matcher([Rule("r", on=[Exact("k")], given=[Near("amount_minor", by=1)])])

    assert matcher.match(left, right).pairs.height == 1
    assert matcher.match(left, right.with_columns(currency=pl.lit("CNY"))).pairs.height == 0


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
        (lambda: Near("v", percent=10_001), "percent=10001 is impossible; a tolerance is a number from 0 to 10,000"),
        (lambda: Near("v", days=10**10), "days=10000000000 is impossible"),
        (lambda: Near("v", by=1, right_times=0), "right_times=0 is impossible; a number above 0 is needed"),
        (lambda: Near("v", by=1, right_times=0.001), "right_times=0.001 is float"),
        (lambda: Near("v", by=1, right_times=-1), "right_times=-1 is impossible"),
        (lambda: Near("v", days=1, right_times=2), "right_times= is for numbers, days and timedeltas are not"),
        (lambda: Near("v", by=timedelta(1), right_times=2), "right_times= is for numbers"),
        (lambda: Near("v", by=1, calendar=BusinessDays()), "business days are counted by numbers: days=, or after="),
        (lambda: Near("v", by=timedelta(1), calendar=BusinessDays()), "business days are counted by numbers"),
        (lambda: Near("v", after=timedelta(1), calendar=BusinessDays()), "business days are counted by numbers"),
        (lambda: Near("v", days=1, calendar=[DAY]), "calendar=[datetime.date(2026, 3, 1)] is list"),
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
        (Near("v", days=1, calendar=BusinessDays()), NOON, NOON, "business days lie between dates"),
        (Near("v", days=1, calendar=BusinessDays()), 1, 1, "days and timedeltas are for dates and times"),
        (Near("v", after="0.5", calendar=BusinessDays()), DAY, DAY, "dates differ by whole days"),
        (
            Near("v", after=1, right_times=2),
            DAY,
            DAY,
            "right_times= is for exact numbers, the columns hold Date and Date",
        ),
        (
            Near("v", by=1, right_times=2),
            1.0,
            1,
            "right_times= is for exact numbers, the columns hold Float64 and Int64",
        ),
        (Near("v", by=1), Decimal(2**126), Decimal(1), "numbers too large to be compared exactly"),
        (Near("v", percent=1000), Decimal(2**124), Decimal(1), "numbers too large to be compared exactly"),
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


EDGES = st.sampled_from([0, 1, 2**61, 2**62, 2**63 - 1]).flatmap(lambda edge: st.integers(max(edge - 3, 0), edge))
SIGNED = st.builds(lambda size, sign: max(-(2**63), min(size * sign, 2**63 - 1)), EDGES, st.sampled_from([1, -1]))


@settings(max_examples=60)
@given(
    st.lists(st.tuples(SIGNED, SIGNED), min_size=1, max_size=6),
    st.sampled_from([0, 1, 2, 10**12, 10**13, 10**15]),
    st.sampled_from([0, 1, 10**15]),
    st.sampled_from([None, 1, "0.0001", 10_000]),
)
def test_the_edge_of_64_bits_is_no_edge(pairs, above, below, percent):
    if percent is None:
        gate = Near("v", after=above, before=below)
        expected = [-below <= right - left <= above for left, right in pairs]
    else:
        gate = Near("v", by=above, percent=percent)
        share = Fraction(str(percent)) / 100
        expected = [abs(right - left) <= max(above, abs(left) * share) for left, right in pairs]

    assert expected == passing(gate, pairs)


NARROW = st.integers(-(10**6), 10**6)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(NARROW, NARROW), min_size=1, max_size=8),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.booleans(),
)
def test_64_and_128_bits_give_the_same_closeness(pairs, above, below, relative):
    frame = pl.DataFrame({"left:v": [left for left, _ in pairs], "right:v": [right for _, right in pairs]})
    gate = Near("v", by=above, percent=7) if relative else Near("v", after=above, before=below)
    found = {}
    for bits, beyond in (("Int64", 0), ("Int128", 2**63 - 1)):
        sides = [
            Side(name=name, frame=pl.DataFrame({"v": [*frame[f"{name}:v"], beyond]}), source=None)
            for name in ("left", "right")
        ]
        bound = gate.bind(*sides)
        found[bits] = frame.select(holds=bound.holds, share=pl.when(bound.holds).then(bound.share)).rows()

    assert found["Int128"] == found["Int64"]
    for (left, right), (holds, share) in zip(pairs, found["Int64"], strict=True):
        fixed = above if relative or right >= left else below
        allowed = max(Fraction(fixed), Fraction(abs(left) * 7, 100)) if relative else fixed
        gap = abs(right - left)
        assert holds == (gap <= allowed)
        assert share == ((int(gap * 1_000_000 / Fraction(allowed)) if allowed else 0) if holds else None)


def spans(gate, pairs):
    """Whether each pair passes, and the spans of both values; no spans where the gate has none."""
    sides = [
        Side(name=name, frame=pl.DataFrame({"v": list(values)}, strict=False), source=None)
        for name, values in zip(("left", "right"), zip(*pairs, strict=True), strict=True)
    ]
    bound = gate.bind(*sides)
    frame = pl.DataFrame({f"{side.name}:v": side.frame["v"] for side in sides})
    numbers = [
        tuple(side.frame.select(form.value).to_series().to_list() for side, form in zip(sides, forms, strict=True))
        for forms in bound.near
    ]
    return frame.select(holds=bound.holds).to_series().to_list(), numbers


MOMENTS = st.datetimes(datetime(2025, 12, 30), datetime(2026, 1, 3))  # noqa: DTZ001 - without a zone on purpose
VALUES_AND_GATES = st.one_of(
    st.tuples(
        st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=20),
        st.builds(lambda after, before: Near("v", after=after, before=before), st.integers(0, 9), st.integers(1, 9)),
    ),
    st.tuples(
        st.lists(st.tuples(*[st.decimals(-3, 3, places=2)] * 2), min_size=1, max_size=20),
        st.builds(lambda by: Near("v", by=by), st.sampled_from(["0.01", "0.5", "1.25"])),
    ),
    st.tuples(
        st.lists(st.tuples(*[st.dates(date(1969, 12, 20), date(1970, 1, 12))] * 2), min_size=1, max_size=20),
        st.builds(lambda days: Near("v", days=days), st.integers(1, 9)),
    ),
    st.tuples(
        st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1, max_size=20),
        st.builds(lambda hours: Near("v", by=timedelta(hours=hours)), st.integers(1, 30)),
    ),
)


@settings(max_examples=200)
@given(VALUES_AND_GATES)
def test_what_is_near_enough_lies_in_the_same_span_or_the_next(case):
    pairs, gate = case

    holds, [(left, right)] = spans(gate, pairs)

    assert all(abs(one - other) <= 1 for one, other, near in zip(left, right, holds, strict=True) if near)


def test_spans_tell_far_values_apart():
    assert ([True, True, False, False], [([0, 0, 0, 0], [0, 1, 2, -2])]) == spans(
        Near("v", by=5), [(0, 4), (0, 5), (0, 10), (0, -6)]
    )


@pytest.mark.parametrize(
    "gate", [Near("v", by=0), Near("v", by=5, percent=1), Near("v", days=2, calendar=BusinessDays())]
)
def test_a_gate_without_a_fixed_length_has_no_spans(gate):
    value = DAY if gate.calendar else 7

    assert [] == spans(gate, [(value, value)])[1]


def test_a_value_that_is_missing_lies_in_no_span():
    assert ([False, False], [([None, 1], [1, None])]) == spans(Near("v", by=5), [(None, 7), (7, None)])


def test_whole_numbers_of_unlike_types_meet_exactly():
    left = pl.DataFrame(
        {"k": ["A1000001"], "v": pl.Series([2**64 - 1], dtype=pl.UInt64)}
    )  # Polars would make both floats
    right = pl.DataFrame({"k": ["A1000001"], "v": pl.Series([2**63 - 1], dtype=pl.Int64)})

    for by, expected in ((0, 0), (1, 0), (10**15, 0)):
        assert (
            expected == Matcher([Rule("r", on=[Exact("k")], given=[Near("v", by=by)])]).match(left, right).pairs.height
        )


def test_the_callers_decimal_context_does_not_matter():
    with localcontext(prec=2):
        assert holds(Near("v", by="0.0512"), Decimal("1.0000"), Decimal("1.0512"))
        assert not holds(Near("v", by="0.0512"), Decimal("1.0000"), Decimal("1.0513"))
        assert holds(Near("v", percent="2.5125"), Decimal(10000), Decimal("10251.25"))


UNIT_ROWS = [  # left, right, right_times, tolerance in the left unit, near
    (500, Decimal("0.55"), 1000, 50, True),
    (500, Decimal("0.551"), 1000, 50, False),
    (500, Decimal("0.45"), 1000, 50, True),
    (Decimal("0.5"), 550, "0.001", "0.05", True),
    (Decimal("0.5"), 551, "0.001", "0.05", False),
    (0, Decimal("-0.05"), 1000, 50, True),
    (28, 1, "28.349523125", "0.349523125", True),  # grams of an ounce
    (28, 1, "28.349523125", "0.349523124", False),
]


@pytest.mark.parametrize(("left", "right", "times", "by", "expected"), UNIT_ROWS)
def test_weights_of_different_units_are_near_exactly(left, right, times, by, expected):
    sides = [pl.DataFrame({"k": ["A1000001"], name: [value]}) for name, value in (("w", left), ("weight", right))]

    gate = Near(left="w", right="weight", by=by, right_times=times)
    assert expected == (Matcher([Rule("r", on=[Exact("k")], given=[gate])]).match(*sides).pairs.height == 1)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 50).map(lambda tenth: Decimal(tenth) / 10)), min_size=1),
    st.integers(0, 300),
    st.integers(0, 50),
)
def test_percentages_of_weights_in_two_units_agree_with_plain_arithmetic(pairs, by, percent):
    keys = [f"A{at:07d}" for at in range(len(pairs))]
    left = pl.DataFrame({"k": keys, "g": [left for left, _ in pairs]})
    right = pl.DataFrame({"k": keys, "kg": [right for _, right in pairs]})
    gate = Near(left="g", right="kg", by=by, percent=percent, right_times=1000)

    found = set(Matcher([Rule("r", on=[Exact("k")], given=[gate])]).match(left, right).pairs["left"])

    assert {at for at, (g, kg) in enumerate(pairs) if abs(kg * 1000 - g) * 100 <= max(by * 100, g * percent)} == found


def test_money_is_not_converted():
    sides = [pl.DataFrame({"k": ["A1000001"], "amount_minor": [value], "currency": ["CNY"]}) for value in (1, 2)]

    with pytest.raises(WrongColumnType, match="does not convert money"):
        Matcher([Rule("r", on=[Exact("k")], given=[Near("amount", by=1, right_times=7)])]).match(*sides)


def told(gate, left, right):
    """Why a pair of values does not pass."""
    sides = [
        Side(name=name, frame=pl.DataFrame({"v": [value]}), source=None)
        for name, value in (("left", left), ("right", right))
    ]
    (distance,) = gate.bind(*sides).failure({"v": left}, {"v": right})
    return distance.words.en


def test_a_failure_says_how_far_apart_in_the_unit_that_counts():
    assert "v differs by 60 (500 and 0.56 × 1000: 12 %), 50 allowed" == told(
        Near("v", by=50, right_times=1000), 500, Decimal("0.56")
    )
    assert "v on the right is 3 business days later (2026-03-06 and 2026-03-11), 2 business days allowed" == told(
        Near("v", days=2, calendar=BusinessDays()), date(2026, 3, 6), date(2026, 3, 11)
    )
    assert (
        "v on the right is 1 business day earlier (2026-03-09 and 2026-03-06), 2 business days after or none before allowed"
        == told(Near("v", after=2, calendar=BusinessDays()), date(2026, 3, 9), date(2026, 3, 6))
    )
    assert "v on the right is 7 days earlier (2026-03-08 and 2026-03-01), 5 days allowed" == told(
        Near("v", days=5), DAY + timedelta(7), DAY
    )


def priced(name, code, **more):
    return pl.DataFrame(
        {"k": ["A1000001"], name: [5], "currency": [code], **more}, schema_overrides={"currency": pl.String}
    )


EQUALITIES = {
    "near": lambda name: Rule("r", on=[Exact("k")], given=[Near(name, by=0)]),
    "near enough": lambda name: Rule("r", on=[Exact("k")], given=[Near(name, by=3)]),
    "same": lambda name: Rule("r", on=[Exact("k")], given=[Same(name)]),
    "exact": lambda name: Rule("r", on=[Exact("k", name)]),
}


@pytest.mark.parametrize("kind", EQUALITIES)
@pytest.mark.parametrize("name", ["amount", "paid_amount", "amount_minor"])
@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [("CNY", "CNY", 1), ("CNY", "USD", 0), ("CNY", None, 0), (None, None, 0), ("", "", 0), ("人民币", "人民币", 1)],
)
def test_plain_amounts_agree_only_within_one_currency(kind, name, left, right, expected):
    matcher = Matcher([EQUALITIES[kind](name)])

    assert expected == matcher.match(priced(name, left), priced(name, right)).pairs.height


@pytest.mark.parametrize("kind", EQUALITIES)
@pytest.mark.parametrize("name", ["weight_g", "pieces", "fee"])
def test_what_is_not_named_an_amount_has_no_currency(kind, name):
    assert 1 == Matcher([EQUALITIES[kind](name)]).match(priced(name, "CNY"), priced(name, "USD")).pairs.height


def test_a_currency_column_of_its_own_makes_an_amount():
    sides = [pl.DataFrame({"k": ["A1000001"], "fee": [5], "fee_currency": [code]}) for code in ("CNY", "USD")]
    matcher = Matcher([EQUALITIES["near"]("fee")])

    assert 0 == matcher.match(*sides).pairs.height
    assert 1 == matcher.match(sides[0], sides[0].clone()).pairs.height
    assert 1 == matcher.match(sides[0], sides[1].drop("fee_currency")).pairs.height
    assert "fee is in CNY on the left and in USD on the right" in matcher.match(*sides).explain(left=0).sentence


@pytest.mark.parametrize("kind", ["near", "near enough", "same"])
def test_plain_amounts_without_a_currency_say_so(kind):
    found = Matcher([EQUALITIES[kind]("amount")]).match(priced("amount", None), priced("amount", None))

    assert (
        "the currency of amount is not known: none on the left and none on the right" in found.explain(left=0).sentence
    )
