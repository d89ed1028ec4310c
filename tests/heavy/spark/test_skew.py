"""Skew: keys that everybody has, keys that nobody has, and nobody at all. The answer is the local one, and so is the refusal."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from match_answers import answer_of, assert_same
from tieout.errors import MatcherError
from tieout.matching import Exact, Fuzzy, Matcher, Near, OnSpark, Rule

MILLION = 1_000_000
ONE = Matcher([Rule("same key", on=[Exact("k")])])
MANY = Matcher([Rule("same key", on=[Exact("k")], pairing="n:1")])
GATED = Matcher([Rule("same key", on=[Exact("k")], given=[Near("a", by=0)])])
SEARCHED = Matcher(
    [Rule("same key", on=[Exact("k")]), Rule("damaged key", on=[Fuzzy("k", edits=1)], given=[Near("a", by=0)])]
)


def here(frame):
    return pl.from_arrow(frame.toArrow())


def twins(session, count, key="A1000001"):
    """So many records of one key, here and on Spark."""
    return (
        pl.select(k=pl.lit(key).repeat_by(count).explode()),
        session.range(count, numPartitions=3).selectExpr(f"'{key}' as k"),
    )


@pytest.mark.parametrize(("matcher", "counts"), [(ONE, (MILLION, 1_000)), (MANY, (MILLION, 1))], ids=["1:1", "n:1"])
def test_a_key_of_a_million_twins_is_matched_alike(classic, matcher, counts):
    (left, left_there), (right, right_there) = (twins(classic, count) for count in counts)
    expected = matcher.match(left, right)

    actual = matcher.match(left_there, right_there, engine=OnSpark(buckets=3))

    columns = ("left", "right", "rule", "score", "status", "evidence")
    assert_frame_equal(expected.pairs.select(columns).sort("left"), here(actual.pairs.select(*columns)).sort("left"))
    assert (1_000 if matcher is ONE else 1) == actual.pairs.select("group").distinct().count()
    assert (expected.left_only.to_list(), expected.right_only.to_list()) == tuple(
        here(frame).to_series().to_list() for frame in (actual.left_only, actual.right_only)
    )
    assert expected.proof.checks == actual.proof.checks[: len(expected.proof.checks)]
    assert actual.proof.holds
    actual.unpersist()


def test_a_constant_key_that_tells_nobody_apart_is_refused_as_locally(classic):
    sides = [pl.DataFrame({"k": "A1000001", "a": range(5_000)}) for _ in range(2)]
    with pytest.raises(MatcherError) as expected:
        GATED.match(*sides)

    with pytest.raises(MatcherError) as actual:
        GATED.match(*(classic.createDataFrame(side.to_arrow()) for side in sides), engine=OnSpark(buckets=4))

    assert str(expected.value) == str(actual.value)
    assert "25,000,000 candidate pairs" in str(actual.value)


def keyed(*keys):
    return pl.DataFrame({"k": keys, "a": range(len(keys))}, schema={"k": pl.String, "a": pl.Int64})


EMPTY = (None, "", "-", "  ", None, "")
SIDES = {
    "empty keys everywhere": (keyed(*EMPTY), keyed(*EMPTY[::-1])),
    "nobody has a partner": (keyed(*(f"A1{at:06d}" for at in range(50))), keyed(*(f"ZZ{at:09d}" for at in range(70)))),
    "everybody's partner is damaged": (
        keyed(*(f"A{7 * at:08d}" for at in range(30))),
        keyed(*(f"B{7 * at:08d}" for at in range(30))),
    ),
    "nobody on the left": (keyed(), keyed("A1000001", None)),
    "nobody at all": (keyed(), keyed()),
}


@pytest.mark.parametrize("name", SIDES)
def test_sides_without_anything_in_common_are_matched_alike(classic, name):
    sides = SIDES[name]
    there = [classic.createDataFrame(side.to_arrow()) for side in sides]

    result = SEARCHED.match(*there, engine=OnSpark(buckets=3))

    assert_same(answer_of(SEARCHED.match(*sides)), answer_of(result, local=here))
    result.unpersist()
