"""The steps that Spark takes, taken here bucket by bucket: whatever the buckets, the answer is the local engine's."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from match_answers import answer_of, assert_same
from matching import test_against_the_oracle as mixed
from matching import test_calibration as learned
from matching import test_fuzzy as searched
from matching import test_matcher as defined
from matching import test_sums_against_the_oracle as summed
from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule
from tieout.matching._spark.plain import PlainCluster
from tieout.matching._spark.task import Task
from tieout.matching.engines import spark

BUCKETS = (1, 2, 5)


def same_in_buckets(matcher, left, right, buckets, *, calibrate=True):
    """Hold the answer by buckets against the local one; without calibration fewer records are brought together."""
    matcher = Matcher(matcher.rules, wrong_share=matcher.wrong_share, calibrate=calibrate)
    expected = answer_of(matcher.match(left, right))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spark, "_BUCKETS", buckets)
        actual = answer_of(matcher.match(left, right, engine="spark"))
    assert_same(expected, actual)


@settings(max_examples=75)
@given(world=mixed.worlds(), buckets=st.sampled_from(BUCKETS), calibrate=st.booleans())
def test_small_hostile_tables_are_matched_alike(world, buckets, calibrate):
    matcher, left, right = world

    same_in_buckets(matcher, mixed.framed(left), mixed.framed(right), buckets, calibrate=calibrate)


@settings(max_examples=50)
@given(world=summed.worlds(), buckets=st.sampled_from(BUCKETS), calibrate=st.booleans())
def test_sums_and_their_verdicts_are_alike(world, buckets, calibrate):
    matcher, left, right = world

    same_in_buckets(matcher, summed.framed(left), summed.framed(right), buckets, calibrate=calibrate)


@pytest.mark.parametrize("cases", [defined.CASES, searched.CASES], ids=["defined", "searched"])
def test_the_cases_of_the_definition_are_matched_alike(cases):
    for rules, left, right, _ in cases.values():
        if left and right:
            same_in_buckets(Matcher(rules), pl.DataFrame(left), pl.DataFrame(right), 3)


def test_what_is_learned_from_the_data_is_alike():
    left, right = learned.world(5)

    same_in_buckets(learned.matcher(), left, right, 3)


@pytest.mark.parametrize("count", [200, 201])
@pytest.mark.parametrize("buckets", BUCKETS)
def test_what_is_left_of_a_number_says_nothing_where_too_many_of_all_buckets_may_be_meant(count, buckets):
    numbers = [(f"346165{at:06d}", 100 if at % 2 else 900) for at in range(count)]
    left = pl.DataFrame([*numbers, ("346165400000", 100)], schema=["key", "amount"], orient="row")
    right = pl.DataFrame([*numbers, ("3.46165E+11", 100)], schema=["key", "amount"], orient="row")
    matcher = Matcher(
        [
            Rule("same key", on=[Exact("key")]),
            Rule("harmed key", on=[Damaged("key")], given=[Near("amount", percent=50)]),
        ]
    )

    same_in_buckets(matcher, left, right, buckets, calibrate=False)


@pytest.mark.parametrize("buckets", BUCKETS)
def test_rivals_of_records_that_are_matched_and_may_share_are_found_in_other_buckets(buckets):
    left = ["SF1000000100", *(f"SF100000090{at}" for at in range(9)), "SF1000000900"]
    right = [f"SF100000090{at}" for at in range(9)]
    matcher = Matcher(
        [
            Rule("same key", on=[Exact("key")], pairing="n:m"),
            Rule("damaged key", on=[Fuzzy("key", edits=1)], given=[Near("amount", by=0)], pairing="n:m"),
        ]
    )
    sides = [pl.DataFrame({"key": keys, "amount": 100}) for keys in (left, right)]

    same_in_buckets(matcher, *sides, buckets, calibrate=False)


@pytest.mark.parametrize(("doubt", "closed"), [(False, 40), (True, 0)])
def test_keys_beyond_doubt_are_closed_though_all_other_evidence_is_against_them(doubt, closed):
    rules = (
        Rule("same", on=[Exact("no")], doubt=doubt),
        Rule("near", on=[Fuzzy("no")], given=[Near("grams", by=50)]),
    )
    left = pl.DataFrame({"no": [f"SF10123456789{at:02}" for at in range(40)], "grams": range(300, 8300, 200)})
    right = left.with_columns(pl.col("grams") + 100)
    task = Task(
        rules=rules,
        records={"left": 40, "right": 40},
        max_candidates=10_000,
        wrong_share=Decimal("0.0001"),
        calibrate=False,
    )
    cluster = PlainCluster({"left": left, "right": right}, buckets=3)
    cluster.close(task)

    assert closed == cluster.pairs.height
