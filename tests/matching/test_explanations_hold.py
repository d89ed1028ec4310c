"""Explanations against the slow, obvious matcher, on small hostile tables: nothing is left out, and nothing is made up."""

import json

from hypothesis import given, reject, settings

from matching.test_against_the_oracle import framed, worlds
from oracle.matching import Oracle
from tieout.errors import MatcherError
from tieout.matching import Exact, Subset, Total
from tieout.matching.explanation import Outcome


def has_sum(rule):
    return any(isinstance(condition, (Total, Subset)) for condition in rule.on)


def matched(world):
    matcher, left, right = world
    try:
        return matcher.match(framed(left), framed(right)), Oracle(matcher, left, right)
    except MatcherError:  # a rule that can never fire on these
        reject()


def explanations(result, oracle):
    for side in ("left", "right"):
        for position in range(len(getattr(oracle, side))):
            yield side, position, result.explain(**{side: position})


@settings(max_examples=25, deadline=None)
@given(world=worlds())
def test_an_explanation_agrees_with_the_pairs_and_never_fails(world):
    result, oracle = matched(world)

    for side, position, found in explanations(result, oracle):
        other = "right" if side == "left" else "left"
        pairs = result.pairs.filter(**{side: position})
        best = pairs.filter(status="confirmed") if "confirmed" in pairs["status"] else pairs
        assert best[other].unique().sort().to_list() == list(found.partners)
        assert json.dumps(found.to_dict(), allow_nan=False)
        assert found.text() != found.text(language="zh")
        for pair in pairs.iter_rows(named=True):
            look = next(look for look in found.looks if look.rule == pair["rule"])
            if look.outcome == Outcome.NOT_TRIED:
                continue
            candidate = next(one for one in look.candidates if one.position == pair[other])
            assert candidate.passes
            assert (pair["status"] == "suggested") == bool(candidate.downgrades)
            assert (pair["status"] == "confirmed") == candidate.is_partner


@settings(max_examples=25, deadline=None)
@given(world=worlds())
def test_a_candidate_passes_exactly_when_the_rule_admits_it(world):
    result, oracle = matched(world)

    for side, position, found in explanations(result, oracle):
        others = range(len(oracle.right if side == "left" else oracle.left))
        for rule, look in zip(oracle.rules, found.looks, strict=True):
            if has_sum(rule):  # no pair is admitted for itself
                continue
            ends = {other: (position, other) if side == "left" else (other, position) for other in others}
            admitted = {other for other, pair in ends.items() if oracle.ok(rule, *pair)}
            shown = {candidate.position: candidate for candidate in look.candidates}
            if look.was_tried and len(shown) < 5 and not look.others:
                assert admitted == {other for other, candidate in shown.items() if candidate.passes}
            for other, candidate in shown.items():
                assert candidate.passes == (other in admitted)
                assert candidate.passes == (candidate.changes == ())


@settings(max_examples=25, deadline=None)
@given(world=worlds())
def test_all_rivals_of_a_searched_pair_are_named(world):
    result, oracle = matched(world)

    for position in range(len(oracle.left)):
        found = result.explain(left=position)
        for rule, look in zip(oracle.rules, found.looks, strict=True):
            if look.was_tried and not has_sum(rule) and not all(isinstance(key, Exact) for key in rule.on):
                for candidate in look.candidates:
                    if candidate.passes:
                        at = candidate.position
                        expected = {
                            other
                            for other in range(len(oracle.left))
                            if other != position and (oracle.ok(rule, other, at) or oracle.same_key(rule, other, at))
                        }
                        assert expected == {rival.position for rival in candidate.rivals}
                        assert len(expected) == candidate.rivals_count


@settings(max_examples=20, deadline=None)
@given(world=worlds())
def test_the_order_of_rows_changes_nothing_but_positions(world):
    result, oracle = matched(world)
    matcher, left, right = world
    turned = matcher.match(framed(left[::-1]), framed(right[::-1]))

    for position in range(len(left)):
        one, other = result.explain(left=position), turned.explain(left=len(left) - 1 - position)
        if one.status != other.status or len(set(map(str, left))) < len(left):
            continue  # of twins, one or the other is matched
        for seen, again in zip(one.looks, other.looks, strict=True):
            assert (seen.outcome, seen.others) == (again.outcome, again.others)
            kinds = [oracle.kind("right", candidate.position) for candidate in seen.candidates]
            assert kinds == [oracle.kind("right", len(right) - 1 - one.position) for one in again.candidates]
