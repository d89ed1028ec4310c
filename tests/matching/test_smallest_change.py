"""The smallest change that an explanation names lets the pair pass, and nothing smaller does."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext

import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tieout.matching import BusinessDays, Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.matching.conditions._near_distance import round_percent
from tieout.matching.explanation import Outcome

AMOUNTS = st.decimals(-1000, 1000, places=2)
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
TIMES = st.integers(0, 8 * 86_400 * 10**6).map(lambda us: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))
KEYS = ["SF1001", "SF1002", "SF1012", "SF10012", "FS1001"]
NEAR_AMOUNT = [
    Near("a", by=0),
    Near("a", by="0.05"),
    Near("a", percent=1),
    Near("a", by=1, percent="0.6"),
    Near("a", after=2, before="0.5"),
]
NEAR_DAY = [
    Near("d", days=3),
    Near("d", by=timedelta(days=1)),
    Near("d", after=5, before=1),
    Near("d", days=2, calendar=BusinessDays()),
    Near("d", after=1, calendar=BusinessDays()),
]
NEAR_TIME = [Near("t", days=1), Near("t", by=timedelta(minutes=5)), Near("t", after=timedelta(hours=3))]
ON = [[Exact("k")], [Fuzzy("k", edits=1)], [Fuzzy("k", edits=2)], [Exact("s", "k")]]
SCHEMA = {"k": pl.String, "s": pl.String, "a": pl.Decimal(18, 2), "d": pl.Date, "t": pl.Datetime("us", "UTC")}


def records():
    return st.fixed_dictionaries({"k": st.sampled_from(KEYS), "s": st.just("x"), "a": AMOUNTS, "d": DAYS, "t": TIMES})


def framed(row):
    return pl.DataFrame([row], schema=SCHEMA)


def bound(change, value):
    return timedelta(microseconds=int(value.scaleb(6))) if change.unit == "seconds" else value


def widened(gate, change, value):
    """The gate with one tolerance set to a value."""
    if gate.column[0] != change.column:
        return gate
    given = {name: getattr(gate, name) for name in ("by", "percent", "days", "after", "before", "calendar")}
    is_span = isinstance(given[change.setting], timedelta)
    given[change.setting] = timedelta(days=int(value)) if is_span and change.unit == "days" else bound(change, value)
    return Near(gate.column[0], **{name: value for name, value in given.items() if value is not None})


def loosened(rule, changes, less=None):
    """The rule with the changes made; one of them smaller by the least step, when asked."""
    on, gates = list(rule.on), list(rule.given)
    for change in changes:
        value = change.value - (step_of(change) if change is less else 0)
        if change.setting == "edits":
            on = with_edits(on, change.column, int(value))
        else:
            gates = [widened(gate, change, value) for gate in gates]
    return Rule(rule.name, on=on, given=gates, pairing=rule.pairing)


def with_edits(on, column, edits):
    if not edits:
        return on
    others = [name for key in on if isinstance(key, Exact) for name, _ in key.columns if name != column]
    return [*([Exact(*others)] if others else []), Fuzzy(column, edits=edits)]


def step_of(change):
    steps = {"days": 1, "business days": 1, "edits": 1, "seconds": "0.000001", "percent": "0.0001", "": "0.01"}
    return Decimal(steps[change.unit])


def is_pair(rule, left, right):
    return Matcher([rule]).match(framed(left), framed(right)).pairs.height == 1


@settings(max_examples=60, deadline=None)
@given(
    on=st.sampled_from(ON),
    gates=st.tuples(st.sampled_from(NEAR_AMOUNT), st.sampled_from(NEAR_DAY), st.sampled_from(NEAR_TIME)),
    used=st.sets(st.sampled_from([0, 1, 2])),
    left=records(),
    right=records(),
)
def test_the_smallest_change_lets_the_pair_pass_and_nothing_smaller_does(on, gates, used, left, right):
    rule = Rule("r", on=on, given=[gates[at] for at in sorted(used)])
    found = Matcher([rule]).match(framed(left), framed(right)).explain(left=0)
    assume(found.status == "alone" and found.smallest_change is not None)
    _, candidate = found.smallest_change

    assert is_pair(loosened(rule, candidate.changes), left, right)
    for change in candidate.changes:
        assert change.more > 0
        assert not is_pair(loosened(rule, candidate.changes, less=change), left, right)


def change_of(gate, left, right):
    matcher = Matcher([Rule("r", on=[Exact("k")], given=[gate])])
    found = matcher.match([{"k": "A1000001", **left}], [{"k": "A1000001", **right}]).explain(left=0)
    (candidate,) = found.looks[0].candidates
    (distance,) = candidate.gates[0].distances
    return distance, found


def test_a_distance_says_how_far_and_how_much_is_allowed():
    distance, found = change_of(Near("a", by="0.05"), {"a": Decimal("12.50")}, {"a": Decimal("12.85")})

    assert ("a", "far", Decimal("0.35"), Decimal("0.05"), Decimal("0.30"), "") == (
        distance.column,
        distance.reason,
        distance.gap,
        distance.allowed,
        distance.excess,
        distance.unit,
    )
    assert ("by", Decimal("0.35"), Decimal("0.30")) == (
        distance.change.setting,
        distance.change.value,
        distance.change.more,
    )
    assert found.sentence.endswith("Rule 'r' would admit it with 0.30 more on a.")


def test_days_are_counted_with_their_direction():
    distance, found = change_of(Near("d", after=1, before=0), {"d": date(2026, 10, 1)}, {"d": date(2026, 10, 4)})

    assert (Decimal(3), Decimal(1), "days", "after") == (
        distance.gap,
        distance.allowed,
        distance.unit,
        distance.change.setting,
    )
    assert "2 days more on d (after)" in found.sentence
    assert "d 的容差再放宽 2 天（右表偏晚一侧）" in found.sentence_zh


def test_a_missing_value_and_an_unequal_attribute_have_no_change():
    for gate, left, right, reason in (
        (Near("a", by=1), {"a": None}, {"a": 1}, "missing"),
        (Same("s"), {"s": "x"}, {"s": "y"}, "different"),
    ):
        distance, found = change_of(gate, left, right)
        assert (reason, None, None) == (distance.reason, distance.change, found.smallest_change)
        assert found.looks[0].candidates[0].changes is None


@pytest.mark.parametrize("left", ["0", "0.01"])
def test_a_percentage_that_is_no_sane_setting_becomes_a_fixed_amount(left):
    distance, _ = change_of(Near("a", percent=1), {"a": Decimal(left)}, {"a": Decimal("-5.01")})

    assert ("by", distance.gap.copy_abs()) == (distance.change.setting, distance.change.value)


def test_a_gap_beyond_any_tolerance_has_no_change():
    distance, _ = change_of(Near("a", by=1), {"a": 0}, {"a": 2 * 10**15})

    assert distance.change is None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("1000.00", "994.00", "-0.6"),
        ("12.50", "13.00", "4"),
        ("1234.56", "1227.15", "-0.6"),
        ("1000", "1003.37", None),
        ("12.50", "12.43", "-0.56"),
        ("1.23", "1.22", None),
        ("0", "1", None),
        ("5", "5", None),
        ("10", "20", None),
        ("-200", "-199", "-0.5"),
    ],
)
def test_a_round_percentage_is_recognised(left, right, expected):
    found = round_percent(Decimal(left), Decimal(right))

    assert (None if expected is None else Decimal(expected)) == found


def test_the_callers_decimal_context_changes_nothing():
    with localcontext(prec=2):
        distance, _ = change_of(Near("a", percent="0.1"), {"a": Decimal("12345.67")}, {"a": Decimal("12271.60")})

    assert (Decimal("-74.07"), Decimal("12.34567"), Decimal("-0.6")) == (
        distance.gap,
        distance.allowed,
        distance.percent,
    )


def test_a_change_is_not_offered_for_a_partner_of_another():
    rule = Rule("r", on=[Exact("k")], given=[Near("a", by=0)])
    left = [{"k": "A1000001", "a": 1}, {"k": "A1000001", "a": 2}]

    found = Matcher([rule]).match(left, [{"k": "A1000001", "a": 1}]).explain(left=1)

    assert (Outcome.NOT_TAKEN, None) == (found.looks[0].outcome, found.smallest_change)
    assert "it is matched with left 0 by rule 'r'" in found.sentence
