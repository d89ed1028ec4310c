"""The benchmarks' generator and scores: what they plant is there, and what they count is counted right."""

import random

import attrs
import polars as pl
import pytest
from _damages import DAMAGES, LOSSY, REVERSIBLE, one_digit_away, s10_check
from _draws import Draws
from _scores import scores_of
from _truth import SHOWN, planted, shown
from _worlds import MIXED, SEQUENCE, WORLDS
from polars.testing import assert_frame_equal
from rapidfuzz.distance import OSA

from tieout.keys import CheckState, check_state, exact_key

ROWS = 20_000
KEYS = ["SF1012345678901", "781234567890123", "JDVA01234567890", "2134567890123456789", "001234567890", "EA123456785CN"]


@pytest.fixture(scope="module")
def sides():
    return planted(ROWS, 3)


def right_with_own(sides):
    left, right = sides
    own = left[right["truth"].fill_null(0)].rename(lambda name: f"own_{name}")
    return pl.concat([right, own], how="horizontal").filter(pl.col("truth").is_not_null())


def test_the_same_seed_plants_the_same_truth(sides):
    for expected, actual in zip(sides, planted(ROWS, 3), strict=True):
        assert_frame_equal(expected, actual)


def test_another_seed_plants_another_truth(sides):
    assert sides[0]["key"].to_list() != planted(ROWS, 4)[0]["key"].to_list()


def test_draws_are_the_same_with_every_release_of_polars():
    drawn = pl.select(at=pl.int_range(2)).select(Draws(seed="1").bits("any")).to_series()
    salt, word = random.Random("1:any").getrandbits(64), 2**64
    expected = []
    for at in range(2):
        mixed = ((at + 1) * 0x9E3779B97F4A7C15 + salt) % word
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 % word
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB % word
        expected.append(mixed ^ (mixed >> 31))
    assert expected == drawn.to_list()


def test_a_choice_keeps_to_its_shares():
    drawn = pl.select(at=pl.int_range(50_000)).select(pick=Draws(seed="1").choice("any", (0.1, 0.6, 0.3)))
    shares = [(drawn["pick"] == place).mean() for place in range(3)]
    assert [0.1, 0.6, 0.3] == pytest.approx(shares, abs=0.01)


@pytest.mark.parametrize("world", WORLDS.values(), ids=lambda world: world.name)
def test_sides_have_the_columns_that_are_promised(world):
    left, right = planted(500, 1, world)
    names = [name for name in SHOWN if world.has_weights or name != "weight_g"]
    assert [*names, "kind"] == left.columns
    assert [*names, "kind", "truth", "copy", "wrong_amount"] == right.columns
    assert names == shown(right).columns
    assert [pl.Int64, pl.Date] == [left["amount"].dtype, left["day"].dtype]
    assert left.height == 500


def test_a_clean_line_has_the_key_of_its_truth(sides):
    lines = right_with_own(sides).filter((pl.col("kind") == "clean") & (pl.col("own_kind") == "clean"))
    lines = lines.filter(pl.col("own_key").is_not_null())
    assert lines.height > 0.9 * ROWS
    assert lines["own_key"].to_list() == lines["key"].to_list()


def test_lines_differ_from_their_truth_in_amount_only_where_it_is_said(sides):
    lines = right_with_own(sides).drop_nulls(["amount", "own_amount"])
    assert lines["wrong_amount"].to_list() == (lines["amount"] != lines["own_amount"]).to_list()
    assert 0.003 < lines["wrong_amount"].mean() < 0.008


def test_dates_lag_no_more_than_three_days_except_for_copies(sides):
    lines = right_with_own(sides).drop_nulls(["day", "own_day"])
    lags = (lines["day"] - lines["own_day"]).dt.total_days()
    firsts = lags.filter(~lines["copy"])
    assert {0, 1, 2, 3} == set(firsts.to_list())
    assert lags.filter(lines["copy"]).max() > 3


def test_every_kind_of_damage_happens(sides):
    assert set(DAMAGES) <= set(sides[1]["kind"].unique().to_list())


def test_reversible_damage_of_our_own_keys_and_of_theirs_leaves_a_key_that_is_not_raw_equal(sides):
    lines = right_with_own(sides).filter(pl.col("kind").is_in(list(DAMAGES)) & (pl.col("own_kind") == "clean"))
    assert (lines["key"] != lines["own_key"]).all()


def test_strangers_belong_to_nobody_and_some_lie_one_digit_away(sides):
    left, right = sides
    strangers = right.filter(pl.col("kind").str.contains("stranger"))
    assert strangers["truth"].null_count() == strangers.height
    assert set(strangers["key"]).isdisjoint(left["key"].drop_nulls())
    near = strangers.filter(pl.col("kind") == "near stranger")["key"].to_list()
    ours = left["key"].drop_nulls().to_list()
    assert 0.2 < len(near) / strangers.height < 0.5
    assert any(OSA.distance(near[0], key) in {1, 2} for key in ours)


def test_copies_repeat_a_line_of_their_parcel(sides):
    right = sides[1]
    copies = right.filter("copy")
    lines = right.filter(~pl.col("copy"))
    assert copies.height == copies.join(lines, on=["truth", "key", "amount"], how="semi", nulls_equal=True).height
    assert 0.003 < copies.height / ROWS < 0.007


def test_half_of_the_waybills_stand_in_runs(sides):
    numbers = sides[0].filter(pl.col("key").str.contains(r"^SF\d{13}$"))["key"].str.slice(2).cast(pl.Int64).sort()
    assert 0.3 < (numbers.diff().drop_nulls() == 1).mean() < 0.7


def test_keys_of_the_sequence_are_consecutive():
    keys = planted(
        1000, 5, attrs.evolve(SEQUENCE, dirty_left_share=0, edited_left_share=0, repeat_share=0, null_share=0)
    )[0]
    numbers = keys["key"].cast(pl.Int64)
    assert 999 == numbers.max() - numbers.min()
    assert 12 == keys["key"].str.len_chars().min()


def test_shares_can_be_changed():
    world = attrs.evolve(MIXED, damages={}, missing_share=0, extra_share=0, twice_share=0, null_share=0)
    right = planted(1000, 1, world)[1]
    assert [("clean", 1000)] == right["kind"].value_counts().rows()


def test_postal_numbers_have_their_check_digit(sides):
    own = sides[0].filter(pl.col("kind") == "clean")["key"].drop_nulls()
    postal = own.filter(own.str.contains(r"^[A-Z]{2}\d{9}CN$"))
    assert len(postal) > 100
    assert {key[10] for key in postal} == set("0123456789")
    assert all(s10_check(key[2:10]) == key[10] for key in postal)
    assert all(check_state(key) is not CheckState.FAILED for key in postal.head(50))


@pytest.mark.parametrize("kind", REVERSIBLE)
def test_reversible_damage_is_undone_by_the_normal_form(kind):
    dice = random.Random(1)
    for key in KEYS:
        assert exact_key(key) == exact_key(DAMAGES[kind](key, dice))


@pytest.mark.parametrize("kind", LOSSY)
def test_lossy_damage_is_not_undone_by_the_normal_form_of_all_keys(kind):
    dice = random.Random(1)
    assert any(exact_key(key) != exact_key(DAMAGES[kind](key, dice)) for key in KEYS)


@pytest.mark.parametrize("kind", [kind for kind in DAMAGES if kind.startswith("edit")])
def test_an_edit_is_one_edit(kind):
    dice = random.Random(2)
    assert {1} == {OSA.distance(key, DAMAGES[kind](key, dice)) for key in KEYS for _ in range(20)}


def test_two_edits_are_seldom_more_than_two_steps_apart():
    dice = random.Random(2)
    found = {OSA.distance(key, DAMAGES["two edits"](key, dice)) for key in KEYS for _ in range(50)}
    assert {2} <= found <= {0, 1, 2, 3}  # 3: an edit between two signs that were swapped before


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("zeros after 15", "2134567890123450000"),
        ("scientific, 15 digits", "2.13456789012345E+18"),
        ("scientific, 6 digits", "2.13457E+18"),
    ],
)
def test_excel_writes_a_long_number_as_excel_does(kind, expected):
    assert expected == DAMAGES[kind]("2134567890123456789", random.Random(1))


def test_excel_leaves_words_alone():
    for kind in ("zeros after 15", "scientific, 15 digits", "scientific, 6 digits", "point zero"):
        assert KEYS[0] == DAMAGES[kind](KEYS[0], random.Random(1))


def test_a_number_one_digit_away_keeps_its_check_digit_right():
    other = one_digit_away("EA123456785CN", random.Random(1))
    assert other != "EA123456785CN"
    assert s10_check(other[2:10]) == other[10]


def small_world():
    day = pl.date(2026, 10, 1)
    left = pl.DataFrame({"key": ["A1", "A2", "A3", "A3"], "amount": [1, 2, 3, 3], "kind": ["clean"] * 4})
    right = pl.DataFrame(
        {
            "key": ["A1", "A1", "B2", "A3", "Z9"],
            "amount": [1, 1, 2, 3, 9],
            "kind": ["clean", "clean", "edit: replaced", "clean", "stranger"],
            "truth": [0, 0, 1, 2, None],
            "copy": [False, True, False, False, False],
            "wrong_amount": [False] * 5,
        }
    )
    return left.with_columns(day=day, shop=pl.lit("s")), right.with_columns(day=day, shop=pl.lit("s"))


def pairs_of(*rows):
    return pl.DataFrame(
        rows, schema={"left": pl.Int64, "right": pl.Int64, "status": pl.String, "score": pl.Float64}, orient="row"
    ).with_columns(rule=pl.lit("r"), evidence=pl.lit("raw"))


def test_scores_take_either_line_of_a_parcel_billed_twice_and_either_of_two_records_alike():
    scores = scores_of(
        *small_world(), pairs_of((0, 1, "confirmed", 1.0), (1, 2, "suggested", 0.5), (3, 3, "confirmed", 1.0))
    )
    assert (1.0, 2, 0, 1) == (scores.precision, scores.confirmed, scores.wrong, scores.suggested)
    assert (0.0, 1.0, 1.0) == (scores.damaged_confirmed, scores.damaged_found, scores.clean_confirmed)
    assert {"parcels": 1, "one line matched": 1, "none": 0, "otherwise": 0} == scores.copies


def test_scores_count_a_stranger_and_another_parcel_as_wrong():
    scores = scores_of(
        *small_world(), pairs_of((0, 2, "confirmed", 1.0), (1, 4, "confirmed", 1.0), (3, 3, "confirmed", 1.0))
    )
    assert (pytest.approx(1 / 3), 3, 2) == (scores.precision, scores.confirmed, scores.wrong)
    assert [("r", "raw", 3, 2, pytest.approx(2 / 3), 0.0)] == scores.by_evidence.rows()
    mistaken = dict(scores.by_kind.select("kind", "mistaken").rows())
    assert {"clean": 0, "edit: replaced": 1, "stranger": 1} == {
        kind: mistaken[kind] for kind in ("clean", "edit: replaced", "stranger")
    }


def test_scores_say_nothing_found_of_an_empty_answer():
    scores = scores_of(*small_world(), pairs_of())
    assert (1.0, 0, 0.0) == (scores.precision, scores.confirmed, scores.clean_confirmed)
    assert {"parcels": 1, "one line matched": 0, "none": 1, "otherwise": 0} == scores.copies
