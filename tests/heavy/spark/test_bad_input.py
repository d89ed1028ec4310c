"""What is wrong is said in our words: before any job starts where it can be known, and with bucket and rule where it cannot."""

import polars as pl
import pytest

from heavy.spark.breaking import BreakingNear, refused
from tieout._spark.workers import carried, spoken
from tieout.errors import InputError, MatcherError, MissingColumn, WrongColumnType
from tieout.matching import Exact, Fuzzy, Matcher, Near, OnSpark, Rule

KEY = Matcher([Rule("same key", on=[Exact("k")])])
PRICED = Matcher([Rule("same key", on=[Exact("k")], given=[Near("a", by=0)])])


@pytest.fixture(scope="module")
def frame(classic):
    return classic.createDataFrame([(1, "A1", 5), (2, "A2", 6), (2, "A3", None)], "row long, k string, a long")


def jobs(session):
    """Which jobs there were so far, of those that nobody gave a group."""
    return set(session.sparkContext.statusTracker().getJobIdsForGroup(None))


WRONG = {
    "a missing column": (KEY, "select k as waybill, a from {it}", {}, MissingColumn, "right side.*'k'.*waybill"),
    "types that disagree": (
        PRICED,
        "select k, cast(a as double) as a from {it}",
        {},
        WrongColumnType,
        "right side.*'a' is float",
    ),
    "a text for an amount": (PRICED, "select k, cast(a as string) as a from {it}", {}, WrongColumnType, "String"),
    "a type of Spark's own": (KEY, "select k, a, interval 1 month as m from {it}", {}, InputError, "'m' is interval"),
    "a name that is ours": (KEY, "select k, a as `tieout:position` from {it}", {}, InputError, "are taken"),
    "two columns of one name": (KEY, "select k, a, a from {it}", {}, InputError, "several columns are named 'a'"),
    "ids that are not there": (KEY, "select k, a from {it}", {"ids": ("a", "row")}, MissingColumn, "right side, ids"),
    "ids that are texts": (KEY, "select k, k as row from {it}", {"ids": ("a", "row")}, MatcherError, "'row' is String"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_can_be_known_is_said_before_any_job(classic, frame, name):
    matcher, query, options, error, words = WRONG[name]
    other = classic.sql(query, it=frame)
    before = jobs(classic)

    with pytest.raises(error, match=f"(?s){words}"):
        matcher.match(frame, other, engine=OnSpark(**options))

    assert before == jobs(classic)


def test_a_spark_that_is_too_old_is_named(frame, monkeypatch):
    monkeypatch.setattr("pyspark.__version__", "3.5.4")

    with pytest.raises(InputError, match=r"Spark 4\.0 or newer is needed, this is 3\.5\.4"):
        KEY.match(frame, frame.select("*"))


def test_both_sides_are_on_spark_and_are_two(frame):
    with pytest.raises(InputError, match=r"(?s)right side.*this one is DataFrame.*createDataFrame"):
        KEY.match(frame, pl.DataFrame({"k": ["A1"]}))
    with pytest.raises(InputError, match="left side"):
        KEY.match([{"k": "A1"}], frame)
    with pytest.raises(MatcherError, match="both sides are the same DataFrame"):
        KEY.match(frame, frame)


def test_ids_that_repeat_or_are_missing_are_refused(frame):
    with pytest.raises(MatcherError, match=r"3 records have 2 different ids in 'row'"):
        KEY.match(frame, frame.select("*"), engine=OnSpark(ids=("row", "row")))
    far = frame.selectExpr("k", "row * 4000000000 as row")  # ids too far apart for a bit each
    with pytest.raises(MatcherError, match=r"3 records have 2 different ids in 'row'"):
        KEY.match(far, far.select("*"), engine=OnSpark(ids=("row", "row")))
    with pytest.raises(MatcherError, match=r"3 records have 2 different ids in 'a'"):
        KEY.match(frame, frame.select("*"), engine=OnSpark(ids=("a", "a")))


def test_more_leftovers_than_are_admitted_are_refused(frame):
    with pytest.raises(MatcherError, match=r"(?s)more than max_leftovers=1\n.*raise max_leftovers"):
        PRICED.match(frame, frame.selectExpr("k", "a + 1 as a"), engine=OnSpark(max_leftovers=1))


def test_a_block_that_explodes_is_guarded_as_locally(classic):
    rows = [("A1", at) for at in range(11)], [("A1", at) for at in range(10)]
    left, right = (classic.createDataFrame(some, "k string, a long") for some in rows)
    near = Rule("near", on=[Exact("k")], given=[Near("a", by=10)])
    few = Matcher([near], max_candidates=109)
    with pytest.raises(MatcherError) as expected:
        few.match(*(pl.DataFrame(some, schema=["k", "a"], orient="row") for some in rows))

    with pytest.raises(MatcherError) as actual:
        few.match(left, right)

    assert str(expected.value) == str(actual.value)
    assert "rule 'near': 110 candidate pairs" in str(actual.value)


def test_a_kernel_that_fails_names_block_and_rule(classic):
    breaking = Matcher([Rule("it breaks", on=[Exact("k")], given=[BreakingNear("a", by=0)])])
    rows = [(f"A{at}", 666 if at == 7 else at) for at in range(40)]
    left, right = (classic.createDataFrame(some, "k string, a long") for some in (rows, rows[::-1]))

    with pytest.raises(MatcherError) as found:
        breaking.match(left, right, engine=OnSpark(buckets=1))

    assert "rule 'it breaks', left records 7 and right records 32, bucket " in found.value.where
    assert "a worker of Spark could not go on: " in found.value.problem
    assert "what the gate says" in found.value.problem
    assert "java" not in str(found.value)


def test_a_later_rule_that_fails_while_loose_records_are_exchanged_is_named(classic, monkeypatch):
    monkeypatch.setattr("tieout.matching._spark.matching.FEW", 0)
    rules = [
        Rule("same key", on=[Exact("k")]),
        Rule("it breaks", on=[Fuzzy("k", edits=1)], given=[BreakingNear("a", by=0)]),
    ]
    left, right = (
        classic.createDataFrame([(key, 666)], "k string, a long") for key in ("AB4000123450", "AB4000123456")
    )

    with pytest.raises(MatcherError, match=r"rule 'it breaks', records that could meet: .*what the gate says"):
        Matcher(rules).match(left, right)


@pytest.mark.parametrize("name", ["tieout", "polars"])
def test_a_worker_with_another_version_than_the_driver_is_refused(frame, monkeypatch, name):
    monkeypatch.setattr(f"{name}.__version__", "0.0.7")

    with pytest.raises(InputError, match=rf"(?s)a worker has .*, the driver .*{name} 0\.0\.7"):
        KEY.match(frame, frame.select("*"))


def test_an_error_of_ours_in_a_worker_keeps_its_class(connect):
    frame = connect.range(3).selectExpr("cast(id as string) as k")
    with pytest.raises(WrongColumnType, match=r"^its place: what the worker says"), spoken():
        frame.mapInArrow(carried(refused), "k string").toArrow()
