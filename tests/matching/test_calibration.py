"""Calibration: scores that are learned, the bar, and what is said when there is too little to learn from."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle.calibration import CalibratedOracle
from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule, Same
from tieout.matching.engines import _calibration as calibration

DAY = date(2026, 10, 1)
SCHEMA = {"key": pl.String, "amount": pl.Int64, "day": pl.Date, "shop": pl.String, "truth": pl.Int64}
AMOUNT, DATE = Near("amount", by=0), Near("day", days=5)
DAMAGED = Rule("damaged", on=[Fuzzy("key", edits=1)], given=[AMOUNT, DATE])


def matcher(*gates, wrong_share="0.01", **options):
    """Equal keys, then keys one edit apart with these gates."""
    damaged = Rule("damaged", on=[Fuzzy("key", edits=1)], given=gates or [AMOUNT, DATE])
    return Matcher([Rule("same key", on=[Exact("key")]), damaged], wrong_share=wrong_share, **options)


def world(seed, *, rows=4000, prices=60, orphans=0.2):
    """Parcels in runs of 40 numbers of one day, prices from a catalogue; many parcels are not billed, many lines are strangers'.

    A stranger's line has a number beside one of ours, the day of its run, and a price of its own.
    """
    dice = random.Random(seed)
    catalogue = [dice.randrange(500, 50_000) for _ in range(prices)]
    frequent = [1 / (rank + 1) for rank in range(prices)]
    ours, billed = [], []
    while len(ours) < rows:
        first, day = dice.randrange(10**11) * 100, DAY + timedelta(days=dice.randrange(60))
        for step in range(40):
            at, key = len(ours), f"SF{first + step:013d}"
            price = price_of(dice, catalogue, frequent)
            ours.append((key, price, day, "a", at))
            chance, lag = dice.random(), timedelta(days=dice.choice((0, 0, 1, 2, 3)))
            if chance < orphans:
                if dice.random() < 0.8:
                    other = price_of(dice, catalogue, frequent)
                    billed.append((damaged(key, dice), other, day + lag, "a", -1))
                continue
            amount = price if dice.random() < 0.98 else price + 150
            billed.append((damaged(key, dice) if chance < orphans + 0.15 else key, amount, day + lag, "a", at))
    dice.shuffle(billed)
    return (
        pl.DataFrame(ours, schema=SCHEMA, orient="row"),
        pl.DataFrame(billed, schema=SCHEMA, orient="row"),
    )


def price_of(dice, catalogue, frequent):
    return dice.choices(catalogue, frequent)[0] if dice.random() < 0.6 else dice.randrange(500, 50_000)


def damaged(key, dice):
    place = dice.randrange(2, len(key))
    return key[:place] + str((int(key[place]) + dice.randrange(1, 10)) % 10) + key[place + 1 :]


def scored(result, right):
    """The unrivalled pairs of the damaged rule, with whether they are true."""
    pairs = result.pairs.filter(
        (pl.col("rule") == "damaged") & ((pl.col("status") == "confirmed") | pl.col("evidence").str.ends_with("bar"))
    )
    return pairs.with_columns(is_true=pl.Series(right["truth"].gather(pairs["right"])) == pairs["left"])


# --- the scores mean what they say ---


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_of_the_pairs_scored_so_or_less_as_many_are_true_as_the_scores_say(seed):
    left, right = world(seed)
    pairs = scored(matcher().match(left, right), right)
    for low, high in ((0.0, 0.9), (0.9, 0.99), (0.99, 0.999), (0.999, 1.0)):
        some = pairs.filter((pl.col("score") > low) & (pl.col("score") <= high))
        expected = float((1 - some["score"]).sum())
        wrong = some.height - int(some["is_true"].sum())
        spread = 3 * max(expected, 1) ** 0.5
        assert wrong <= expected + spread, (low, high, some.height, expected, wrong)


def test_the_expected_share_of_wrong_pairs_holds_over_many_worlds():
    wrong, confirmed, expected, everything = 0, 0, 0.0, 0
    for seed in range(6):
        left, right = world(seed)
        result = matcher(wrong_share="0.01").match(left, right)
        learned = result.calibrations[0]
        pairs = scored(result, right).filter(pl.col("status") == "confirmed")
        assert learned.result_wrong_share <= 0.01
        everything += result.pairs.filter(pl.col("status") == "confirmed").height
        assert learned.confirmed == pairs.height
        wrong += pairs.height - int(pairs["is_true"].sum())
        confirmed += pairs.height
        expected += learned.expected_wrong_share * learned.confirmed
    assert confirmed > 1500
    assert 0 < wrong <= 0.01 * everything
    assert wrong >= expected / 10, "so cautious that the scores say nothing"


def test_a_catalogue_price_proves_less_than_a_price_that_stands_once():
    left, right = world(1)
    pairs = scored(matcher().match(left, right), right)
    amounts = left["amount"].gather(pairs["left"])
    often = amounts.is_in(left["amount"].value_counts().filter(pl.col("count") > 100)["amount"].implode())
    once = amounts.is_in(left["amount"].value_counts().filter(pl.col("count") == 1)["amount"].implode())
    assert often.sum() > 20
    assert once.sum() > 20
    assert pairs.filter(often)["score"].mean() < pairs.filter(once)["score"].mean() - 0.03
    assert pairs.filter(often)["score"].max() < pairs.filter(once)["score"].max() - 0.03


def test_amounts_that_neighbours_in_a_run_share_prove_less_than_those_they_do_not():
    left, right = world(1)
    same = pl.col("key").str.head(-3).hash() % 20 * 1000 + 7  # one price a run, as strangers in key order see it
    uniform = [frame.with_columns(amount=same.cast(pl.Int64)) for frame in (left, right)]
    shuffled = pl.int_range(left.height).mod(20) * 1000 + 7  # the same twenty prices, strewn over the runs
    ours = left.with_columns(amount=shuffled.cast(pl.Int64))
    strewn = right.with_columns(amount=pl.when(pl.col("truth") >= 0).then(pl.col("truth") % 20 * 1000 + 7).otherwise(7))
    learned = [matcher().match(*sides).calibrations[0].levels for sides in (uniform, (ours, strewn))]
    equal = [
        table.filter(pl.col("level") == "equal, common", pl.col("gate") == "amount equal")["weight"][0]
        for table in learned
    ]
    assert equal[0] < equal[1] / 2


def test_strangers_who_agree_on_everything_at_once_count_as_often_as_they_are():
    left, right = world(1)
    tied = [frame.with_columns(weight=pl.col("amount") * 3) for frame in (left, right)]
    alone = matcher().match(left, right).calibrations[0]
    twice = matcher(AMOUNT, DATE, Near("weight", by=0)).match(*tied).calibrations[0]
    assert twice.bar is None or alone.bar is None or twice.expected_wrong_share >= alone.expected_wrong_share / 10
    assert twice.confirmed < alone.confirmed * 2


def test_rows_in_another_order_give_the_same_scores():
    left, right = world(2, rows=1500)
    straight = matcher().match(left, right)
    turned = matcher().match(left.reverse(), right.reverse())
    last = (left.height - 1, right.height - 1)
    back = turned.pairs.with_columns(left=last[0] - pl.col("left"), right=last[1] - pl.col("right"))
    columns = ["left", "right", "score", "status", "evidence"]
    assert (
        straight.pairs.select(columns).sort("left", "right").rows() == back.select(columns).sort("left", "right").rows()
    )
    assert str(straight.calibrations[0]) == str(turned.calibrations[0])


def test_large_sides_are_learned_from_by_a_sample_that_does_not_depend_on_their_order(monkeypatch):
    left, right = world(3)
    monkeypatch.setattr("tieout.matching.engines._teaching._MOST_PAIRS", 1200)
    monkeypatch.setattr("tieout.matching.engines._prior._LEAST_KEYS", 500)
    learned = matcher().match(left, right).calibrations[0]
    turned = matcher().match(left.reverse(), right.reverse()).calibrations[0]
    assert 500 <= learned.teaching_pairs < 1500
    assert str(learned) == str(turned)


def test_what_is_below_the_bar_is_suggested_and_says_so():
    left, right = world(1)
    result = matcher(wrong_share="0.002").match(left, right)
    learned = result.calibrations[0]
    below = result.pairs.filter(pl.col("evidence") == "1 edit, below the bar")
    assert learned.below_bar == below.height > 0
    assert below["status"].unique().to_list() == ["suggested"]
    assert learned.bar is None or below["score"].max() < learned.bar


@pytest.mark.parametrize(
    ("confirmed", "expected_wrong", "bar"),
    [
        (
            1_000_000,
            0.0,
            0.09,
        ),  # the whole result has room for all, but not for a pair with 100 times the share of doubt
        (100, 0.0, 0.09),
        (20, 0.0, 0.001),  # 0.092 wrong of 23 are too many
        (1_000_000, 999.97, 0.001),  # earlier rules have used the room up
        (0, 0.0, 0.001),
        (0, 1.0, -1.0),
    ],
)
def test_the_bar_is_held_against_the_whole_result_and_against_each_pair(confirmed, expected_wrong, bar):
    scored = pl.DataFrame({"doubt": [0.001, 0.001, 0.09, 0.3], "is_sure": True})

    assert bar == calibration._bar(scored, 0.001, confirmed, expected_wrong)


def test_a_wider_bar_confirms_more():
    left, right = world(1)
    confirmed = [
        matcher(wrong_share=share).match(left, right).calibrations[0].confirmed
        for share in ("0.0002", "0.0005", "0.002")
    ]
    assert sorted(set(confirmed)) == confirmed


# --- when there is too little to learn from ---


def reason_of(result):
    (learned,) = result.calibrations
    assert not learned.learned
    return str(learned.reason)


def test_few_pairs_leave_the_scores_fixed_and_say_so():
    left, right = world(1, rows=400)
    result = matcher(wrong_share="0.0001").match(left, right)
    (learned,) = result.calibrations
    assert reason_of(result) == "too few pairs"
    assert learned.teaching_pairs < learned.teaching_pairs_needed == 3334
    assert {0.95} == set(result.pairs.filter(pl.col("rule") == "damaged", pl.col("status") == "confirmed")["score"])
    assert "3,334 are needed" in learned.sentence
    assert "3,334" in learned.sentence_zh
    assert str(learned) == learned.sentence


def test_the_pairs_needed_follow_from_the_bar():
    assert [500, 500, 3334, 3334] == [
        calibration.pairs_needed(Decimal(share)) for share in ("0.5", "0.001", "0.0001", "0.00001")
    ]


def test_a_stricter_bar_never_confirms_more():
    left, right = world(3, rows=6000)
    shares = ("0.01", "0.0001", "0.0000001")
    found = [matcher(wrong_share=share).match(left, right) for share in shares]
    confirmed = [result.calibrations[0].confirmed for result in found]

    assert [True] * 3 == [result.calibrations[0].learned for result in found]
    assert sorted(confirmed, reverse=True) == confirmed
    assert confirmed[0] > confirmed[2]


def test_a_matcher_that_shall_not_learn_says_so():
    left, right = world(1, rows=400)
    assert reason_of(matcher(calibrate=False).match(left, right)) == "switched off"


def test_a_rule_without_gates_has_nothing_to_weigh():
    left, right = world(1, rows=400)
    rules = [Rule("same key", on=[Exact("key")]), Rule("damaged", on=[Fuzzy("key", edits=1)])]
    assert reason_of(Matcher(rules).match(left, right)) == "no gates"


def test_a_rule_that_only_suggests_is_not_held_against_the_bar():
    left, right = world(1, rows=400)
    rules = [Rule("same key", on=[Exact("key")]), Rule("damaged", on=DAMAGED.on, given=DAMAGED.given, confirm=False)]
    assert reason_of(Matcher(rules).match(left, right)) == "only suggests"


def test_a_rule_without_an_exact_one_before_it_has_nothing_to_learn_from():
    left, right = world(1, rows=400)
    assert reason_of(Matcher([DAMAGED, Rule("same key", on=[Exact("key")])]).match(left, right)) == "no exact rule"
    assert reason_of(Matcher([Rule("shop", on=[Exact("shop", "key")]), DAMAGED]).match(left, right)) == "no exact rule"


def test_a_rule_that_finds_no_pair_learns_nothing():
    left, right = world(1, rows=400)
    clean = right.filter(pl.col("key").is_in(left["key"].implode()))
    gates = [Near("amount", by=0), Near("day", after=90, before=30), Same("shop")]
    strangers = clean.with_columns(shop=pl.lit("b"))
    assert reason_of(matcher(*gates).match(left, strangers)) == "nothing found"


def test_rules_of_equal_keys_have_no_calibration():
    left, right = world(1, rows=400)
    assert Matcher([Rule("same key", on=[Exact("key")])]).match(left, right).calibrations == ()


def test_keys_that_make_too_many_candidates_leave_the_scores_fixed(monkeypatch):
    left, right = world(1)
    monkeypatch.setattr("tieout.matching.engines._prior._MOST_PAIRS", 1)
    result = matcher().match(left, right)
    assert reason_of(result) == "too many candidates"
    assert result.pairs.equals(matcher(calibrate=False).match(left, right).pairs)


# --- against the definition ---


@st.composite
def small_worlds(draw):
    """Keys of one run, most of them clean: enough to learn a little from, with rivals, twins and nulls."""
    numbers = st.integers(0, draw(st.sampled_from([60, 9999])))
    digits = draw(st.lists(numbers, min_size=14, max_size=30, unique=True))
    amounts = st.sampled_from([100, 100, 200, 300, 450, None])
    days = st.integers(0, 6).map(lambda lag: DAY + timedelta(days=lag))
    left = [{"key": f"SF{at:04d}", "amount": draw(amounts), "day": draw(days), "shop": "a"} for at in digits]
    right = []
    for row in left:
        change = draw(st.sampled_from(["", "", "", "", "edit", "drop", "wrong", "again"]))
        if change == "drop":
            continue
        key, place = row["key"], draw(st.integers(2, 5))
        if change == "edit":
            key = key[:place] + str(draw(st.integers(0, 9))) + key[place + 1 :]
        billed = {**row, "key": key, "day": row["day"] + timedelta(days=draw(st.integers(0, 3)))}
        right += [billed | ({"amount": draw(amounts)} if change == "wrong" else {})] + [billed] * (change == "again")
    gates = draw(st.sampled_from(GATES))
    rule = Rule("damaged", on=[Fuzzy("key", edits=draw(st.sampled_from([1, 2])))], given=gates)
    first = Rule("same key", on=[Exact("key")], given=draw(st.sampled_from([[], [Near("amount", by=0)]])))
    return Matcher([first, rule], wrong_share=draw(st.sampled_from(["0.1", "0.4", "0.7"]))), left, right


GATES = [
    [Near("amount", by=0)],
    [Near("amount", by=0), Near("day", days=4)],
    [Near("amount", by=100), Near("amount", percent=50)],
    [Near("amount", by=100), Near("day", days=4), Same("shop")],
    [Near("day", days=2), Near("day", after=3, before=0)],
    [Near("day", after=3, before=1), Same("shop")],
]


@given(small_worlds())
@settings(max_examples=25)
def test_scores_and_bar_are_those_of_the_slow_oracle(case):
    assert_as_the_oracle(*case)


@pytest.mark.parametrize(("seed", "wrong_share"), [(1, "0.03"), (2, "0.03")])
def test_a_larger_world_with_pairs_above_and_below_the_bar_is_scored_as_the_slow_oracle_does(seed, wrong_share):
    left, right = (frame.drop("truth").to_dicts() for frame in world(seed, rows=80, prices=5))
    learned = assert_as_the_oracle(matcher(wrong_share=wrong_share), left, right)
    assert learned.confirmed > 0
    assert learned.below_bar > 0


def assert_as_the_oracle(matcher, left, right):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibration, "pairs_needed", lambda wrong_share: 6)
        result = matcher.match(framed(left), framed(right))
    oracle = CalibratedOracle(matcher, left, right, needed=6).run()
    confirmed, suggested = oracle.result()
    pairs = [
        (oracle.kind("left", a), oracle.kind("right", b), rule, evidence, status)
        for a, b, rule, evidence, status in result.pairs.select(
            "left", "right", "rule", "evidence", "status"
        ).iter_rows()
    ]
    assert confirmed == Counter(pair[:4] for pair in pairs if pair[4] == "confirmed")
    assert suggested == {pair[:4] for pair in pairs if pair[4] == "suggested"}
    assert_scores_agree(oracle, result)
    return result.calibrations[0]


def assert_scores_agree(oracle, result):
    """Twins have the same score, so scores are compared by what the matcher sees of the two records."""
    expected = {
        (oracle.kind("left", a), oracle.kind("right", b), rule): score for (a, b, rule), score in oracle.score.items()
    }
    if not expected:
        assert all(learned.reason != "learned" for learned in result.calibrations)
        return
    for a, b, score in result.pairs.filter(pl.col("rule") == "damaged").select("left", "right", "score").iter_rows():
        assert score == pytest.approx(expected[oracle.kind("left", a), oracle.kind("right", b), "damaged"], abs=1e-9)


def framed(rows):
    return pl.DataFrame(rows, schema={name: SCHEMA[name] for name in ("key", "amount", "day", "shop")})
