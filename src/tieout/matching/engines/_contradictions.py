"""Contradictions: equal keys that the evidence speaks against.

A damaged key may happen to be a stranger's real one: then an exact join links two strangers, silently. So the pairs of a rule of
equal keys are held against the gates of the later rules that search the same key. Where those gates fail, and a neighbour that
nobody else has a better claim to passes them, the pair is for a person to decide, beside that neighbour.
"""

import polars as pl

from tieout.matching._places import marked
from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench
from tieout.matching.conditions._base import Search
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._search import neighbours, searched

__all__ = ["without_contradicted"]


def without_contradicted(bench: Workbench, pool: Pool, rule: BoundRule, decision: Decision) -> Decision:
    """The decision, with pairs suggested instead of confirmed where a later rule's evidence contradicts them.

    Args:
        bench: Columns of both sides.
        pool: What was free when the rule was tried.
        rule: A rule of equal keys.
        decision: What it says.
    """
    for other in bench.plan.rules[rule.number + 1 :]:
        search = other.search
        if search is not None and decision.confirmed.height and _speaks_of(other, rule):
            decision = _held_against(bench, pool, decision, other, search)
    return decision


def _speaks_of(other: BoundRule, rule: BoundRule) -> bool:
    """Whether the other rule searches this rule's key and has evidence that this one has not asked for."""
    keys = [{part.asked for part in one.parts} for one in (other, rule)]
    return keys[0] == keys[1] and not other.sums and any(gate not in rule.rule.given for gate in other.rule.given)


def _held_against(bench: Workbench, pool: Pool, decision: Decision, other: BoundRule, search: Search) -> Decision:
    holds = bench.holds(decision.confirmed, other)
    if holds.all():
        return decision
    failing, sound = decision.confirmed.filter(~holds), decision.confirmed.filter(holds)
    plan, pairing = bench.plan, other.pairing
    free = [
        _apart_from(
            searched(bench, other, side, pool.rows(side.name, may_share=may_share)), sound[side.name], side.frame.height
        )
        for side, may_share in ((plan.left, pairing.left_takes_many), (plan.right, pairing.right_takes_many))
    ]
    own = [searched(bench, other, side, failing[side.name].unique()) for side in (plan.left, plan.right)]
    fit_left = bench.passes(neighbours(bench, other, search, own[0], free[1]).filter(pl.col("steps") > 0), other)[
        "left"
    ]
    fit_right = bench.passes(neighbours(bench, other, search, free[0], own[1]).filter(pl.col("steps") > 0), other)[
        "right"
    ]
    doubtful = failing["left"].is_in(fit_left.implode()) | failing["right"].is_in(fit_right.implode())
    if not doubtful.any():
        return decision
    suggested = failing.filter(doubtful).with_columns(
        score=pl.col("score") / 2, evidence=pl.col("evidence") + ", contradicted"
    )
    return (
        Decision(confirmed=pl.concat([sound, failing.filter(~doubtful)]))
        .joined(Decision(confirmed=decision.confirmed.clear(), suggested=decision.suggested))
        .joined(Decision(suggested=suggested))
    )


def _apart_from(rows: pl.DataFrame, placed: pl.Series, length: int) -> pl.DataFrame:
    """Records that are in no sound pair."""
    return rows.filter(~marked(placed, length).gather(rows["row"]))
