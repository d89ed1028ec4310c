"""Matching on Spark gives the local engine's answer: small hostile tables, planted truth, skew, both kinds of sessions."""

import polars as pl
import pytest
from _truth import planted, shown
from _worlds import MIXED
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from match_answers import answer_of, assert_same
from matching import test_against_the_oracle as mixed
from matching import test_sums_against_the_oracle as summed
from tieout.matching import Matcher, OnSpark

PARTITIONS = (1, 3, 7)
BUCKETS = (1, 2, 5)
STANDARD = Matcher.standard(key="key", amount="amount", date="day")


def on_spark(session, frame, partitions=2):
    """A frame on Spark, its rows in so many partitions in their order."""
    size = -(-frame.height // partitions) or 1
    whole = None
    for at in range(partitions):
        part = session.createDataFrame(frame.slice(at * size, size).to_arrow()).coalesce(1)
        whole = part if whole is None else whole.unionAll(part)
    return whole


def here(frame):
    return pl.from_arrow(frame.toArrow())


def answer_on_spark(session, matcher, left, right, *, partitions=2, **options):
    sides = [on_spark(session, side, partitions) for side in (left, right)]
    result = matcher.match(*sides, engine=OnSpark(**options))
    try:
        return answer_of(result, local=here)
    finally:
        result.unpersist()


def same_on_spark(session, matcher, left, right, **options):
    assert_same(answer_of(matcher.match(left, right)), answer_on_spark(session, matcher, left, right, **options))


few = settings(
    max_examples=4,
    derandomize=True,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@few
@given(world=mixed.worlds(), partitions=st.sampled_from(PARTITIONS), buckets=st.sampled_from(BUCKETS))
def test_small_hostile_tables_are_matched_alike(classic, world, partitions, buckets):
    matcher, left, right = world

    same_on_spark(classic, matcher, mixed.framed(left), mixed.framed(right), partitions=partitions, buckets=buckets)


@few
@given(world=summed.worlds(), partitions=st.sampled_from(PARTITIONS), buckets=st.sampled_from(BUCKETS))
def test_sums_and_their_verdicts_are_alike(classic, world, partitions, buckets):
    matcher, left, right = world

    same_on_spark(classic, matcher, summed.framed(left), summed.framed(right), partitions=partitions, buckets=buckets)


@pytest.fixture(scope="session")
def sides():
    """Both sides of a planted truth, with the numbers of their rows."""
    return [shown(side).with_row_index("row").cast({"row": pl.Int64}) for side in planted(8_000, 3, MIXED)]


@pytest.fixture(scope="session")
def standard(sides):
    """The local answer."""
    return answer_of(STANDARD.match(*sides))


@pytest.mark.parametrize(("partitions", "buckets"), [(1, 1), (7, 5)])
def test_a_planted_truth_is_found_alike(classic, sides, standard, partitions, buckets):
    assert "learned" in {one["reason"] for one in standard.calibrations}

    assert_same(standard, answer_on_spark(classic, STANDARD, *sides, partitions=partitions, buckets=buckets))


def test_connect_gives_the_same(connect, sides, standard):
    assert_same(standard, answer_on_spark(connect, STANDARD, *sides, partitions=3, buckets=2))


def test_records_that_have_ids_may_stand_in_any_order(classic, sides, standard):
    shuffled = [side.sample(fraction=1, shuffle=True, seed=5) for side in sides]

    found = answer_on_spark(classic, STANDARD, *shuffled, partitions=3, buckets=2, ids=("row", "row"))

    assert_same(standard, found)
