"""Contradictions: equal keys that the evidence speaks against.

A damaged key may happen to be a stranger's real one: then an exact join links two strangers, silently. So the pairs of a rule of
equal keys are held against the rules that search the same key, before or after it. Suspected are pairs that fail the gates of
such a rule, and pairs whose records had several different partners of that key to choose from, so that closeness alone decided.
Where a record of a suspected pair has a neighbour of another key that passes the gates, and nobody has a sound claim to that
neighbour, the pair is for a person to decide. A rule may say that its keys are beyond that (`doubt=False`).

Where no gate corroborates, a number with zeros where Excel puts them is no key either: two numbers may have become one.
"""

from collections.abc import Iterator

import polars as pl

from tieout.matching._at_rule import at_rule
from tieout.matching._places import marked
from tieout.matching._plan import BoundRule, Plan
from tieout.matching._side_by_side import side_by_side
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._search import fitting, look_around, searched

__all__ = ["open_to_doubt", "without_contradicted"]

_ROUNDED = "^[1-9][0-9]{14}0{3,}$"  # one random number in a thousand ends so


def without_contradicted(bench: Workbench, pool: Pool, rule: BoundRule, decision: Decision) -> Decision:
    """The decision, with pairs suggested instead of confirmed where a later rule's evidence contradicts them.

    Args:
        bench: Columns of both sides.
        pool: What was free when the rule was tried.
        rule: A rule of equal keys.
        decision: What it says.
    """
    if not rule.rule.doubt:
        return decision
    for other in _speakers(bench.plan, rule):
        if decision.confirmed.height and other.search is not None:
            decision = _held_against(bench, pool, rule, decision, other, other.search)
    return decision if rule.gates else _without_rounded(bench, rule, decision)


def open_to_doubt(bench: Workbench, rule: BoundRule, decision: Decision) -> pl.Series:
    """Which confirmed pairs might be suggested instead, whatever other records there are.

    Args:
        bench: Columns of both sides.
        rule: A rule of equal keys.
        decision: What it says.
    """
    sure = decision.confirmed
    if not rule.rule.doubt:
        return pl.Series([False]).new_from_index(0, sure.height)
    doubted = pl.Series([False]).new_from_index(0, sure.height) if rule.gates else _rounded(bench, rule, sure)
    for other in _speakers(bench.plan, rule):
        fails, had_choice = _suspected(bench, rule, decision, other)
        doubted = doubted | fails | had_choice
    return doubted


def _speakers(plan: Plan, rule: BoundRule) -> Iterator[BoundRule]:
    """The rules that a rule's pairs are held against."""
    heard: list[BoundRule] = []
    for other in plan.rules:
        if _speaks_of(other, rule) and not any(_alike(other, one) for one in heard):
            heard.append(other)
            yield other


def _suspected(bench: Workbench, rule: BoundRule, decision: Decision, other: BoundRule) -> tuple[pl.Series, pl.Series]:
    """Which confirmed pairs fail the gates of the other rule, and which had different partners to choose from."""
    sure = decision.confirmed
    is_new = any(gate not in rule.rule.given for gate in other.rule.given)
    with at_rule(other.rule):
        fails = ~bench.holds(sure, other) if is_new else pl.Series([False]).new_from_index(0, sure.height)
    return fails, _is_among(sure, decision.contested)


def _without_rounded(bench: Workbench, rule: BoundRule, decision: Decision) -> Decision:
    """The decision, with pairs suggested whose key alone decides and looks as if it had lost digits."""
    sure = decision.confirmed
    rounded = _rounded(bench, rule, sure)
    if not rounded.any():
        return decision
    doubtful = sure.filter(rounded).with_columns(
        score=pl.col("score") / 2, evidence=pl.col("evidence") + ", digits may be lost"
    )
    kept = Decision(
        confirmed=sure.filter(~rounded),
        suggested=decision.suggested,
        contested=decision.contested,
        doubted=decision.doubted,
    )
    return kept.joined(Decision(suggested=doubtful, doubted=doubtful.select("left", "right")))


def _rounded(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame) -> pl.Series:
    """Which pairs have keys that look as if they had lost digits."""
    rounded = pl.Series([False]).new_from_index(0, pairs.height)
    for part in rule.parts:
        keys = bench.left_keys(part)
        if keys.dtype == pl.String:
            rounded = rounded | keys.str.contains(_ROUNDED).fill_null(value=False).gather(pairs["left"])
    return rounded


def _alike(one: BoundRule, other: BoundRule) -> bool:
    """Whether two rules ask the same of a neighbour."""
    return (one.rule.given, one.pairing) == (other.rule.given, other.pairing)


def _speaks_of(other: BoundRule, rule: BoundRule) -> bool:
    """Whether the other rule searches this rule's key, with evidence."""
    keys = [{part.asked for part in one.parts} for one in (other, rule)]
    casts_doubt = other.search is not None and other.search.doubts_within > 0
    return keys[0] == keys[1] and casts_doubt and bool(other.gates) and other.rule.confirm and not other.sums


def _held_against(
    bench: Workbench, pool: Pool, rule: BoundRule, decision: Decision, other: BoundRule, search: Search
) -> Decision:
    sure = decision.confirmed
    fails, had_choice = _suspected(bench, rule, decision, other)
    suspected = fails | had_choice
    if not suspected.any():
        return decision
    suspects, sound = sure.filter(suspected), sure.filter(~suspected)
    plan, pairing = bench.plan, other.pairing
    free = [
        searched(bench, other, side, _apart_from(pool.rows(side.name, may_share=may_share), side, sound[side.name]))
        for side, may_share in ((plan.left, pairing.left_takes_many), (plan.right, pairing.right_takes_many))
    ]
    own = [searched(bench, other, side, suspects[side.name].unique()) for side in (plan.left, plan.right)]
    look_around(bench, other, search, free[0], free[1])
    near = side_by_side(
        lambda rows: fitting(bench, other, search, *rows).filter(pl.col("steps") <= search.doubts_within),
        ((own[0], free[1]), (free[0], own[1])),
    )
    fits = [_of_other_keys(bench, rule, pairs)[side] for pairs, side in zip(near, ("left", "right"), strict=True)]
    is_doubtful = suspects["left"].is_in(fits[0].implode()) | suspects["right"].is_in(fits[1].implode())
    words = pl.when(pl.lit(fails.filter(suspected))).then(pl.lit(", contradicted")).otherwise(pl.lit(", contested"))
    doubtful = suspects.with_columns(score=pl.col("score") / 2, evidence=pl.col("evidence") + words).filter(is_doubtful)
    return Decision(
        confirmed=pl.concat([sound, suspects.filter(~is_doubtful)]),
        suggested=decision.suggested,
        contested=decision.contested,
        doubted=decision.doubted,
    ).joined(Decision(suggested=doubtful, doubted=doubtful.select("left", "right")))


def _of_other_keys(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose keys are not the same to the rule of equal keys."""
    codes = [
        bench.codes(rule, side).gather(pairs[side.name]).fill_null(at)  # no key is no other record's key
        for at, side in enumerate((bench.plan.left, bench.plan.right))
    ]
    return pairs.filter(codes[0] != codes[1])


def _is_among(pairs: pl.DataFrame, some: pl.DataFrame) -> pl.Series:
    """Which pairs are among some of them; one side's records stand in one pair each."""
    if some.is_empty():
        return pl.Series([False]).new_from_index(0, pairs.height)
    ends = [marked(some[side], int(pairs[side].max()) + 1).gather(pairs[side]) for side in ("left", "right")]  # type: ignore[arg-type]
    return ends[0] & ends[1]


def _apart_from(rows: pl.Series | None, side: Side, placed: pl.Series) -> pl.Series:
    """Positions, of all records if none are given, that are in no sound pair."""
    is_free = ~marked(placed, side.frame.height)
    return is_free.arg_true() if rows is None else rows.filter(is_free.gather(rows))
