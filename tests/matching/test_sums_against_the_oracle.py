"""Sums against the slow, obvious ones, on small hostile tables: refunds, twins, mixed currencies, missing amounts."""

from collections import Counter
from datetime import date, timedelta

import polars as pl
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from oracle.matching import Oracle
from tieout.errors import MatcherError
from tieout.matching import Exact, Matcher, Near, Rule, Same, Subset, Total

DAY = date(2026, 1, 1)
SCHEMA = {"k": pl.String, "a": pl.Int64, "d": pl.Date, "currency": pl.String, "line": pl.Int64}
TOLERANCES = [{}, {}, {}, {"by": 1}, {"after": 2}, {"before": 1}, {"percent": 40}, {"by": 2, "percent": "12.5"}]
GATES = [Near("d", days=1), Near("a", by=5), Same("currency")]


def records(most, *, has_currency):
    record = {
        "k": st.sampled_from(["B1", "B1", "B1", "b-1", "B2", None, ""]),
        "a": st.sampled_from([1, 2, 3, 4, 5, 5, 8, 10, -1, -3, 0, None]),
        "d": st.sampled_from([DAY, DAY, DAY + timedelta(1), None]),
    }
    if has_currency:
        record["currency"] = st.sampled_from(["CNY", "CNY", "CNY", "HKD", None])
    return st.lists(st.fixed_dictionaries(record), max_size=most)


@st.composite
def worlds(draw):
    has_currency = draw(st.sampled_from([(False, False), (False, False), (True, True), (True, False), (False, True)]))
    left, right = (draw(records(6, has_currency=one)) for one in has_currency)
    for rows in (left, right):
        for line, row in enumerate(rows):
            row["line"] = line
    gates = GATES if all(has_currency) else GATES[:2]
    rules = []
    for at in range(draw(st.integers(1, 2))):
        bounds = draw(st.sampled_from(TOLERANCES))
        key = [Exact("k", normalise=draw(st.booleans()))]
        size = draw(st.integers(2, 6))
        subset = Subset("a", max_size=size, max_shown=100, **bounds)
        on, pairings = draw(
            st.sampled_from(
                [
                    ([*key, Total("a", **bounds)], ["n:1", "1:n", "n:m"]),
                    ([subset], ["n:1", "1:n"]),
                    ([*key, subset], ["n:1", "1:n"]),
                ]
            )
        )
        given_ = draw(st.lists(st.sampled_from(gates), max_size=1))
        rules.append(Rule(f"rule {at}", on=on, given=given_, pairing=draw(st.sampled_from(pairings))))
    try:
        matcher = Matcher(rules)
    except MatcherError:  # such rules make no sense together
        reject()
    return matcher, left, right


def framed(rows):
    return pl.DataFrame(rows, schema={name: SCHEMA[name] for name in (rows[0] if rows else SCHEMA)})


@settings(max_examples=300)
@given(world=worlds())
def test_pairs_and_verdicts_are_those_of_the_oracle(world):
    matcher, left, right = world
    oracle = Oracle(matcher, left, right).run()

    result = matcher.match(framed(left), framed(right))

    found = {"confirmed": [], "suggested": []}
    for one, other, rule, evidence, status in result.pairs.select(
        "left", "right", "rule", "evidence", "status"
    ).iter_rows():
        found[status].append((oracle.kind("left", one), oracle.kind("right", other), rule, evidence))
    assert oracle.result() == (Counter(found["confirmed"]), set(found["suggested"]))
    if left and right:
        assert named(oracle.verdicts, lambda verdict: verdict) == named(
            result.verdicts, lambda verdict: told(verdict, oracle)
        )
    assert result.proof.holds


def named(verdicts, name):
    return Counter(map(name, verdicts.elements() if isinstance(verdicts, Counter) else verdicts))


def told(verdict, oracle):
    kinds = frozenset(
        tuple(sorted((oracle.kind(verdict.other, at) for at in solution), key=repr)) for solution in verdict.solutions
    )
    own = oracle.kind(verdict.side, verdict.position)
    return (verdict.rule, verdict.side, own, verdict.answer, verdict.count, kinds)


@settings(max_examples=100)
@given(world=worlds(), data=st.data())
def test_the_order_of_the_rows_does_not_matter(world, data):
    matcher, left, right = world
    shuffled = [data.draw(st.permutations(rows)) for rows in (left, right)]

    assert by_line(matcher, left, right) == by_line(matcher, *shuffled)


def by_line(matcher, left, right):
    """Pairs and verdicts by line numbers, which the matcher does not see."""
    result = matcher.match(framed(left), framed(right))
    sides = {"left": left, "right": right}
    pairs = sorted(
        (left[one]["line"], right[other]["line"], *said)
        for one, other, *said in result.pairs.select("left", "right", "rule", "status", "score", "evidence").iter_rows()
    )
    verdicts = Counter(
        (
            verdict.rule,
            verdict.side,
            frozenset(sides[verdict.side][at]["line"] for at in (verdict.position, *verdict.beside)),
            verdict.answer,
            verdict.count,
            frozenset(frozenset(sides[verdict.other][at]["line"] for at in one) for one in verdict.solutions),
            frozenset(sides[verdict.side][at]["line"] for at in verdict.rivals),
            frozenset(sides[verdict.other][at]["line"] for at in verdict.summed),
            (verdict.field, verdict.is_whole, verdict.amount, verdict.total, verdict.currency),
        )
        for verdict in result.verdicts
    )
    return pairs, verdicts


@settings(max_examples=100)
@given(world=worlds())
def test_what_is_confirmed_adds_up_and_nobody_is_in_two_sums(world):
    matcher, left, right = world
    sums = {rule.name: rule.on[-1] for rule in matcher.rules}
    pairings = {rule.name: rule.pairing.value for rule in matcher.rules}

    result = matcher.match(framed(left), framed(right))

    used = Counter()
    for group in result.groups():
        if group.status == "confirmed":
            used.update(("left", at) for at in group.left_positions)
            used.update(("right", at) for at in group.right_positions)
            one, other = (sum(record["a"] for record in side) for side in (group.left, group.right))
            rule = sums[group.rule]
            allowed = max(
                [
                    (rule.by or 0) if rule.after is None else rule.after if other >= one else rule.before,
                    abs(one) * (rule.percent or 0) / 100,
                ]
            )
            assert abs(one - other) <= allowed
            assert {"n:1": len(group.right), "1:n": len(group.left), "n:m": 1}[pairings[group.rule]] == 1
    assert all(times == 1 for times in used.values())
