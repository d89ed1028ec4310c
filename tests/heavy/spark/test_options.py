"""How a match on Spark is carried out: positions, checkpoints, thinning, pairings that share, and what a result refuses."""

import os

import attrs
import polars as pl
import pytest
from _truth import planted, shown
from _worlds import MIXED

from heavy.spark.losing import gone, lose_all, read_otherwise, without_the_last
from heavy.spark.test_matching import here, on_spark
from match_answers import answer_of, assert_same
from tieout.errors import MatcherError
from tieout.matching import Exact, Fuzzy, Matcher, Near, OnSpark, Rule
from tieout.matching._spark.cluster import SparkCluster
from tieout.matching._spark.parcels import unpacked

STANDARD = Matcher.standard(key="key", amount="amount", date="day")
BY_KEY = Matcher([Rule("same", on=[Exact("key")])])


@pytest.fixture(scope="module")
def sides():
    return tuple(shown(side) for side in planted(3_000, 5, MIXED))


@pytest.fixture(scope="module")
def there(classic, sides):
    return tuple(on_spark(classic, side, 2).persist() for side in sides)


def test_loose_records_that_no_rule_could_pair_stay_where_they_are(there, sides, monkeypatch):
    monkeypatch.setattr("tieout.matching._spark.matching.FEW", 0)
    matcher = Matcher([*STANDARD.rules, Rule("near number", on=[Fuzzy("key", edits=1)], confirm=False)])
    result = matcher.match(*there, engine=OnSpark(buckets=3))
    assert_same(answer_of(matcher.match(*sides)), answer_of(result, local=here))
    figures = result._found.figures
    opened = figures.filter(pl.col("name") == "open records")["figure"].sum()
    assert 0 < sum(frame.height for frame in result._found.rest.values()) < opened
    result.unpersist()


def test_n_to_one_after_n_to_one_takes_closed_records_again(there, sides):
    matcher = Matcher.standard(key="key", amount="amount", date="day", pairing="n:1")
    result = matcher.match(*there, engine=OnSpark(buckets=2))
    assert_same(answer_of(matcher.match(*sides)), answer_of(result, local=here))
    result.unpersist()


def test_checkpoints_change_nothing(classic, there, sides, tmp_path):
    classic.sparkContext.setCheckpointDir(str(tmp_path))
    result = STANDARD.match(*there, engine=OnSpark(checkpoint=True))
    assert_same(answer_of(STANDARD.match(*sides)), answer_of(result, local=here))
    assert any(path.is_file() for path in tmp_path.rglob("part-*"))


def test_rows_that_move_between_readings_have_no_positions(classic):
    from pyspark.sql import functions

    def some(batches):
        for batch in batches:
            yield batch.slice(0, 1 + int.from_bytes(os.urandom(4)) % batch.num_rows)

    ours = classic.range(400_000).select(functions.col("id").cast("string").alias("key"))
    moving = ours.mapInArrow(
        some, "key string"
    )  # other rows each time that it is read, as of what samples or asks a clock
    with pytest.raises(MatcherError, match="not each under its own number") as caught:
        BY_KEY.match(ours.select("key"), moving, engine=OnSpark(buckets=1))
    assert "ids=" in caught.value.hint


def test_a_result_says_what_it_has_and_what_is_made_locally(there, sides):
    result = BY_KEY.match(*there)
    local = BY_KEY.match(*sides)
    assert repr(result) == repr(local).replace("MatchResult", "SparkMatchResult")
    assert "confirmed pairs" in result._repr_html_()
    for refused in (result.groups, lambda: result.explain(left=1)):
        with pytest.raises(MatcherError, match="cannot be made of sides on Spark"):
            refused()
    result.unpersist()


@pytest.mark.parametrize("pairing", ["1:1", "n:1"])
def test_a_pair_that_is_lost_is_seen_in_the_proof(there, pairing):
    result = Matcher([Rule("same", on=[Exact("key")], pairing=pairing)]).match(*there)
    lost = here(result.pairs.select("left")).to_series().min()
    assert result.proof.holds
    proof = attrs.evolve(result, pairs=result.pairs.filter(f"left <> {lost}")).proof
    assert ("records", "left") in {(check.name, check.side) for check in proof.checks if not check.holds}
    result.unpersist()


def test_a_pair_that_is_lost_among_others_of_its_records_is_seen_in_the_proof(classic, monkeypatch):
    side = pl.DataFrame({"key": [f"SF{number // 3:08}" for number in range(60)]})
    matcher = Matcher([Rule("same", on=[Exact("key")], pairing="n:m")])
    settled = SparkCluster.settled
    wanting = {
        "no change": lambda pairs: pairs,
        "one lost": lambda pairs: pairs.filter("left <> 0 or right <> 0"),
        "one twice, another lost": lambda pairs: pairs.selectExpr(
            "left", "if(left = 0 and right = 1, 0L, right) right", "first", "is_raw"
        ),
    }
    gaps = {}
    for name, change in wanting.items():
        with monkeypatch.context() as patch:
            patch.setattr(SparkCluster, "settled", lambda own, change=change: change(settled(own)))
            result = matcher.match(on_spark(classic, side, 2), on_spark(classic, side, 2), engine=OnSpark(buckets=3))
            gaps[name] = [check.name for check in result.proof.checks if not check.holds]
            result.unpersist()
    both = ["confirmed pairs", "checksum of confirmed pairs"]
    assert gaps == {"no change": [], "one lost": both, "one twice, another lost": both[1:]}


def test_what_is_lost_is_worked_out_again_and_is_what_was_found(classic, there, sides):
    result = STANDARD.match(*there, engine=OnSpark(buckets=3))
    lose_all(classic)
    assert_same(answer_of(STANDARD.match(*sides)), answer_of(result, local=here))
    result.unpersist()


@pytest.mark.parametrize("other", [gone, without_the_last], ids=["no row any more", "one row less"])
def test_a_frame_that_is_not_of_what_was_found_is_an_error(classic, tmp_path, other):
    later = tmp_path / "later"
    frame = pl.DataFrame({"row": range(40), "key": [f"SF{number:08}" for number in range(20)] + ["A12345678"] * 20})
    ours, billed = (on_spark(classic, side, 1) for side in (frame, frame.head(20)))
    ours, billed = (read_otherwise(side, later, other) for side in (ours, billed))
    result = BY_KEY.match(ours, billed, engine=OnSpark(ids=("row", "row"), buckets=3))
    frames = (result.pairs, result.left_only)
    assert [20, 20] == [frame.count() for frame in frames]
    later.touch()
    assert [20, 20] == [frame.count() for frame in frames]  # nothing is lost yet
    lose_all(classic)
    for frame in frames:
        with pytest.raises(Exception, match="is not what was proved"):  # of Spark, which reads it
            frame.count()
    with pytest.raises(MatcherError, match="is not what was proved"):
        _ = result.proof
    result.unpersist()


def test_progress_is_told_of_the_rest(there):
    told = []
    STANDARD.match(*there, progress=told.append).unpersist()
    assert [news.rule for news in told] == [*(rule.name for rule in STANDARD.rules), ""]


def test_amounts_with_two_currencies_are_proved_apart(classic):
    frame = pl.DataFrame(
        {
            "key": [f"SF{number:08}" for number in range(40)],
            "amount_minor": range(40),
            "currency": ["CNY", "USD"] * 20,
        }
    )
    other = frame.with_columns(key=pl.when(pl.int_range(pl.len()) < 30).then("key").otherwise(pl.lit(None)))
    matcher = Matcher([Rule("same", on=[Exact("key")], given=[Near("amount", by=0)])])
    result = matcher.match(on_spark(classic, frame), on_spark(classic, other))
    expected = matcher.match(frame, other).proof.checks
    assert list(map(str, expected)) == list(map(str, result.proof.checks[: len(expected)]))
    assert {check.currency for check in result.proof.checks} == {None, "CNY", "USD"}
    result.unpersist()


def test_names_with_dots_and_signs_are_names(classic):
    frame = pl.DataFrame({"a.key`s": ["SF10000001", "'sf10000002"], "b.no": [1, 2]})
    matcher = Matcher([Rule("same", on=[Exact("a.key`s")])])
    sides = [on_spark(classic, frame), on_spark(classic, frame.reverse())]
    result = matcher.match(*sides, engine=OnSpark(ids=("b.no", "b.no")))
    assert here(result.pairs).select("left", "right", "evidence").sort("left").rows() == [(1, 1, "raw"), (2, 2, "raw")]
    result.unpersist()


def padded(letters, numbers):
    return pl.DataFrame({"key": [f"{letters}{number:08d}" for number in numbers], "amount": 1})


LONE = padded("XY", [40_000_000])
BOUNDS = {
    "closed records that are looked at": (
        [Fuzzy("key", edits=2)],
        pl.concat([padded("AB", range(99)), LONE]),
        pl.concat([padded("AB", range(98)), padded("AB", [100])]),
    ),
    "loose records that meet": ([Fuzzy("key", edits=1)], padded("AB", range(60)), padded("AC", range(60))),
    "loose records that are sampled": ([Fuzzy("key", edits=1)], padded("AB", range(60)), padded("CD", range(60))),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_what_is_more_than_admitted_is_not_brought_together(classic, monkeypatch, name):
    monkeypatch.setattr("tieout.matching._spark.matching.FEW", 0)
    search, left, right = BOUNDS[name]
    matcher = Matcher([Rule("same", on=[Exact("key")]), Rule("near", on=search, given=[Near("amount", by=0)])])
    sides = [on_spark(classic, side, 1) for side in (left, right)]
    came = []
    brought = type(sides[0]).toArrow

    def counted(frame):
        table = brought(frame)
        came.extend(
            table.num_rows
            if column == "position"
            else sum(part.height for blob in table["blob"] for part in unpacked(blob.as_py()))
            for column in {"position", "blob"} & set(table.column_names)
        )
        return table

    monkeypatch.setattr(type(sides[0]), "toArrow", counted)
    with pytest.raises(MatcherError, match="more than max_leftovers=50"):
        matcher.match(*sides, engine=OnSpark(max_leftovers=50, buckets=1))
    assert max(came) <= 51
