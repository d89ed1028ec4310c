"""Buckets against the local answer where records of closed blocks, and loose ones, weigh on others: found by a review."""

import random

import polars as pl
import pytest

from match_answers import answer_of, assert_same
from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule, Subset, Total

NEAR = [Near("amount", by=0)]


def sides(*columns, left, right):
    return tuple(
        pl.DataFrame(rows, schema=list(columns), orient="row").with_columns(currency=pl.lit("USD"))
        for rows in (left, right)
    )


def same(matcher, left, right):
    assert_same(answer_of(matcher.match(left, right)), answer_of(matcher.match(left, right, engine="spark")))


@pytest.mark.parametrize("search", [Fuzzy("k", edits=1), Damaged("k")])
def test_a_first_key_that_tells_signs_apart_has_rivals_written_otherwise(search):
    left = [("ab-4000123450", 500), ("AB4000123450", 99900)]
    right = [("AB4000123456", 500), ("AB4000123450", 99900)]
    rules = [Rule("as it came", on=[Exact("k", normalise=False)]), Rule("near", on=[search], given=NEAR)]
    same(Matcher(rules, calibrate=False), *sides("k", "amount_minor", left=left, right=right))


def test_a_wider_rule_that_only_suggests_does_not_ask_for_one_that_confirms():
    left = [("AB4000123450", 500), ("AB4000123457", 500)]
    right = [("AB4000123456", 500), ("AB4000123457", 500)]
    rules = [
        Rule("equal", on=[Exact("k")]),
        Rule("one edit", on=[Fuzzy("k", edits=1)], given=NEAR),
        Rule("two edits", on=[Fuzzy("k", edits=2)], given=NEAR, confirm=False),
    ]
    same(Matcher(rules, calibrate=False), *sides("k", "amount_minor", left=left, right=right))


def drawn(draws):
    return f"AB{draws.randrange(10**10):010d}", draws.randrange(1, 10**6)


def damaged(key):
    return key[:-1] + ("1" if key[-1] != "1" else "2")


def test_loose_records_teach_together_with_closed_ones(monkeypatch):
    monkeypatch.setattr("tieout.matching.engines._prior._LEAST_KEYS", 20)
    draws = random.Random(1)
    left, right = [], []
    for number in range(1200):
        key, amount = drawn(draws)
        is_apart = number >= 800
        left.append((f"ORD{number:06d}", None if is_apart else key, amount))
        right.append((f"ORD{number:06d}", key, amount))
        if is_apart:
            left.append((f"LOO{number:06d}", key, amount + 7))
    for _ in range(30):
        key, amount = drawn(draws)
        left.append((None, key, amount))
        right.append((None, damaged(key), amount))
    rules = [
        Rule("order", on=[Exact("o")]),
        Rule("key", on=[Exact("k")]),
        Rule("near", on=[Fuzzy("k", edits=1)], given=[Near("amount", by=5)]),
    ]
    same(Matcher(rules, wrong_share="0.01"), *sides("o", "k", "amount_minor", left=left, right=right))


@pytest.mark.parametrize(("first", "last"), [("n:1", "1:1"), ("n:m", "1:n"), ("n:m", "n:m")])
def test_closed_records_are_free_only_for_rules_that_may_take_them(monkeypatch, first, last):
    monkeypatch.setattr("tieout.matching.engines._prior._LEAST_KEYS", 300)
    monkeypatch.setattr("tieout.matching.engines._teaching._MOST_PAIRS", 800)
    draws = random.Random(1)
    left, right = [], []
    for number in range(3000):
        key, amount = drawn(draws)
        left.append((f"ORD{number:06d}", key, amount))
        right.append((f"ORD{number:06d}", key, amount))
    for _ in range(250):
        key, amount = drawn(draws)
        left.append((None, key, amount))
        right.append((None, damaged(key), amount + draws.choice([0, 0, 900])))
    rules = [
        Rule("order", on=[Exact("o")], pairing=first),
        Rule("key", on=[Exact("k")], pairing="n:1"),
        Rule("near", on=[Fuzzy("k", edits=1)], given=[Near("amount", by=5)], pairing=last),
    ]
    same(Matcher(rules, wrong_share="0.01"), *sides("o", "k", "amount_minor", left=left, right=right))


@pytest.mark.parametrize("total", [Subset("amount"), Total("amount")])
def test_sums_that_nothing_could_be_in_have_their_verdicts(total):
    known = [(f"ORD{number:05d}", f"KEY{number:05d}", 100) for number in range(5)]
    left = [*known, ("LOOSE1", "PAY00001", 50), ("LOOSE2", "PAY00001", 60), ("LOOSE3", "PAY00009", 60)]
    right = [*known, ("RLOOS1", "PAY00001", 110), ("RLOOS2", "PAY00005", 110), ("RLOOS3", "PAY00006", 110)]
    rules = [Rule("order", on=[Exact("o")]), Rule("sum", on=[Exact("k"), total], pairing="n:1")]
    same(Matcher(rules, calibrate=False), *sides("o", "k", "amount_minor", left=left, right=right))


def test_loose_records_of_which_too_many_meet_are_decided_where_earlier_rules_have_taken_most():
    numbers = range(12)
    left = [(f"L{at}", f"PAY{at:05d}", f"AB40001234{at:02d}", 500) for at in numbers]
    right = [(f"R{at}", f"PAY{at:05d}", f"AB40001235{at:02d}", 500) for at in numbers]
    rules = [
        Rule("order", on=[Exact("o")]),
        Rule("payment", on=[Exact("p")]),
        Rule("near", on=[Fuzzy("k", edits=2)], given=NEAR),
    ]
    matcher = Matcher(rules, max_candidates=100, calibrate=False)
    same(matcher, *sides("o", "p", "k", "amount_minor", left=left, right=right))
