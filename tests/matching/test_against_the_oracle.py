"""The engines against the slow, obvious matcher, on small hostile tables."""

from collections import Counter
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from oracle.matching import Oracle
from tieout.errors import MatcherError
from tieout.matching import BusinessDays, Contains, Damaged, Exact, Fuzzy, Matcher, Near, Rule, Same, Subset, Total
from tieout.matching.matcher import ENGINES

POSTAL = ["RB123456785GB", "RC123456785GB", "RB123456786GB", "RC123456786GB"]  # passes, passes, fails, fails
KEYS = [*POSTAL, "SF1001", "SF1002", "SF1003", "sf-1001", " SF1002", "XX9999", "", None, "-", "4.1E+27", "SF10012"]
HARMED = [
    "SF1012345678901",
    "1012345678901",
    "\tsf1012345678901",
    "SFIO12345678901",
    "SF1012345678901-1",
    "SF1012345678901-2",
    "'1012345678901.0",
    "01012345678901",
    "6917926768823640123",
    "6917926768823640000",
    '＝"6917926768823640000"',
    "6917926768823640064",
    "6.91792676882364E+18",
    "6.91793E+18",
    "1.012345678901E+12",
    "SF101\N{REPLACEMENT CHARACTER}2345678901",
    "-",
    None,
]
NAMED = [
    "SF1012345678901",
    "订单 sf1012345678901，退",
    "SF 1012345678901",
    "T1012345678901 123456",
    "1012345678901",
    "123456",
    "x 123456-1",
    "RB123456785GB",
    "rb123456785gb!",
    None,
    "",
]
DAY = date(2026, 1, 1)
SCHEMA = {"k": pl.String, "a": pl.Int64, "d": pl.Date, "s": pl.String, "line": pl.Int64}
GATES = [
    Near("a", by=0),
    Near("a", by=1),
    Near("a", by=3),
    Near("a", percent=50),
    Near("a", by=1, percent=100),
    Near("d", days=1),
    Near("d", after=2, before=1),
    Near("d", after=1, before=0, calendar=BusinessDays(holidays=[DAY])),
    Near(left="a", right="a", by=1, right_times="1.5"),
    Same("s"),
]
ON = [
    [Exact("k")],
    [Exact("k", "s")],
    [Exact("k", normalise=False)],
    [Fuzzy("k", edits=1)],
    [Fuzzy("k", edits=2)],
    [Exact("s"), Fuzzy("k", edits=1)],
    [Damaged("k")],
    [Exact("s"), Damaged("k")],
    [Damaged("k", harms=["prefix", "suffix"])],
    [Contains("k")],
    [Exact("s"), Contains("k", text="left", min_length=4)],
]
SUMS = [
    ([Exact("k"), Total("a")], ["n:1", "1:n", "n:m"]),
    ([Exact("k"), Total("a", by=1)], ["n:1", "1:n", "n:m"]),
    ([Subset("a", max_size=4, max_shown=100)], ["n:1", "1:n"]),
    ([Exact("s"), Subset("a", max_size=2, max_shown=100, after=1)], ["n:1", "1:n"]),
]


def records(keys, most):
    days = st.sampled_from([DAY, DAY, DAY + timedelta(1), DAY + timedelta(2), None])
    amounts = st.sampled_from([1, 1, 2, 2, 3, 0, 5, None])
    record = st.fixed_dictionaries(
        {"k": st.sampled_from(keys), "a": amounts, "d": days, "s": st.sampled_from(["x", "x", "y", "", "-"])}
    )
    return st.lists(record, max_size=most)


@st.composite
def worlds(draw):
    """A matcher and two sides: few keys, so that blocks, ties, twins and one-edit chains are the rule."""
    kinds = draw(st.sampled_from([KEYS, HARMED, NAMED]))
    keys = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=4, unique=True))
    pairs = st.tuples(st.sampled_from(ON), st.sampled_from(["1:1", "1:1", "1:1", "n:1", "1:n", "n:m"]))
    sums = st.sampled_from(SUMS).flatmap(lambda one: st.tuples(st.just(one[0]), st.sampled_from(one[1])))
    gates = st.lists(st.sampled_from(GATES), max_size=2, unique_by=repr)
    rules = []
    for at in range(draw(st.integers(1, 3))):
        on, pairing = draw(st.one_of(pairs, pairs, pairs, sums))
        confirm = draw(st.integers(0, 9)) > 0
        may_stand = confirm and all(isinstance(key, Exact) for key in on)
        doubt = not (may_stand and draw(st.integers(0, 4)) == 0)
        rules.append(Rule(f"rule {at}", on=on, given=draw(gates), pairing=pairing, confirm=confirm, doubt=doubt))
    left, right = draw(records(keys, 6)), draw(records(keys, 5))
    for rows in (left, right):
        for line, row in enumerate(rows):
            row["line"] = line
    try:
        return Matcher(rules), left, right
    except MatcherError:  # such rules make no sense together
        reject()


def framed(rows):
    return pl.DataFrame(rows, schema=SCHEMA)


@pytest.mark.parametrize("engine", ENGINES.leaves())
@settings(max_examples=150)
@given(world=worlds())
def test_an_engine_agrees_with_the_oracle(engine, world):
    matcher, left, right = world
    oracle = Oracle(matcher, left, right).run()

    result = matcher.match(framed(left), framed(right), engine=engine)

    rows = result.pairs.select("left", "right", "rule", "evidence", "status").rows()
    found = {"confirmed": [], "suggested": []}
    for one, other, rule, evidence, status in rows:
        found[status].append((oracle.kind("left", one), oracle.kind("right", other), rule, evidence))
    assert oracle.result() == (Counter(found["confirmed"]), set(found["suggested"]))
    assert result.proof.holds


@settings(max_examples=75)
@given(world=worlds(), data=st.data())
def test_the_order_of_the_rows_does_not_matter(world, data):
    matcher, left, right = world
    shuffled = [data.draw(st.permutations(rows)) for rows in (left, right)]

    there = named(matcher, left, right)
    again = named(matcher, *shuffled)

    assert there == again


def named(matcher, left, right):
    """Pairs by the line numbers of their records, which the matcher does not see."""
    pairs = matcher.match(framed(left), framed(right)).pairs
    return sorted(
        (left[one]["line"], right[other]["line"], *said)
        for one, other, *said in pairs.select("left", "right", "rule", "status", "score", "evidence").iter_rows()
    )


@settings(max_examples=75)
@given(world=worlds())
def test_nobody_is_used_more_often_than_the_pairing_lets_them(world):
    matcher, left, right = world
    pairings = {rule.name: rule.pairing for rule in matcher.rules}

    pairs = matcher.match(framed(left), framed(right)).pairs.filter(pl.col("status") == "confirmed")

    links = pairs.select("left", "right", "rule").rows()
    for end, may_share in ((0, "left_takes_many"), (1, "right_takes_many")):
        uses = Counter(link[end] for link in links)
        bound = {link[end] for link in links if not getattr(pairings[link[2]], may_share)}
        assert all(uses[position] == 1 for position in bound)
    assert len(links) == len(set(links))
