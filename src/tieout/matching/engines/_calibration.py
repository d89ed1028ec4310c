"""Calibration: the pairs of a searched key, scored by what the data teach, and confirmed as far as the bar allows.

The odds of a pair are the odds that a key so damaged is found for a true pair (the prior) times how much more often true pairs
agree at the gates as this one does than strangers (the weights). See decision 0011.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

import attrs
import polars as pl

from tieout.matching._plan import BoundRule, Plan
from tieout.matching._workbench import Workbench
from tieout.matching.calibration import PRIORS, Calibration, CalibrationReason
from tieout.matching.conditions._base import Search
from tieout.matching.engines._pool import Decision, Pool
from tieout.matching.engines._prior import found_pairs, prior_of
from tieout.matching.engines._teaching import NEAR, teaching_pairs
from tieout.matching.engines._weights import Weights, learn_weights

__all__ = ["Lesson", "calibrated", "lesson_of", "teaches"]

_PAIRS_MIN = 500  # the share of true pairs at a level is then known to two hundredths
_PAIRS_ENOUGH = 3_334  # near strangers to see one in 10,000
_WORST = 100  # a pair is confirmed with so many times the allowed share of doubt at most, however few doubtful ones there are
_SAID = ["left", "right", "score", "evidence", "steps", "choices"]


@attrs.frozen(kw_only=True, eq=False)
class Lesson:
    """What the data teach before a rule decides.

    Attributes:
        reason: Why nothing is learned; LEARNED when it is.
        taught: Pairs that teach; None when none were looked for.
        weights: What they teach of the gates.
        found: Pairs that the search finds whatever the gates say: left, right, steps.
    """

    reason: CalibrationReason
    taught: int | None = None
    weights: Weights | None = None
    found: pl.DataFrame | None = None


def lesson_of(bench: Workbench, pool: Pool, rule: BoundRule, search: Search) -> Lesson:
    """What can be learned for a rule, whatever it decides.

    Args:
        bench: Columns of both sides.
        pool: Who is free for the rule.
        rule: A rule with a searched key.
        search: How its key is searched.
    """
    reason = _obstacle(bench.plan, rule)
    if reason is not None:
        return Lesson(reason=reason)
    taught, weights = _weights_of(bench, rule)
    if weights is None:
        return Lesson(reason=CalibrationReason.TOO_FEW_PAIRS, taught=taught)
    found = found_pairs(bench, pool, rule, search)
    reason = CalibrationReason.TOO_MANY_CANDIDATES if found is None else CalibrationReason.LEARNED
    return Lesson(reason=reason, taught=taught, weights=weights, found=found)


def calibrated(
    bench: Workbench,
    pool: Pool,
    rule: BoundRule,
    search: Search,
    decision: Decision,
    lesson: Lesson,
    before: Sequence[Calibration],
) -> tuple[Decision, Calibration]:
    """A decision by rivals with probabilities as scores, and what is below the bar suggested.

    Args:
        bench: Columns of both sides.
        pool: Who is free for the rule.
        rule: A rule with a searched key.
        search: How its key is searched.
        decision: What the rule says by rivals alone; both frames have `steps` and `choices` too.
        lesson: What the data teach.
        before: What earlier rules learned, and confirmed.

    Returns:
        The decision as it was when there is too little to learn from.
    """
    known = Calibration(rule=rule.rule.name, reason=lesson.reason, wrong_share=float(bench.plan.wrong_share))
    if lesson.taught is None:
        return decision, known
    pairs = _doubtful(decision, search)
    if pairs.is_empty():
        return decision, attrs.evolve(known, reason=CalibrationReason.NOTHING_FOUND)
    needed = pairs_needed(bench.plan.wrong_share)
    known = attrs.evolve(known, teaching_pairs=lesson.taught, teaching_pairs_needed=needed)
    weights, found = lesson.weights, lesson.found
    if weights is None or found is None:
        return decision, known
    ends = ["left", "right"]
    ratios = weights.ratios(pl.concat([found.select(ends), pairs.select(ends)]))  # of all at once
    counted = found.select("steps", ratio=ratios.head(found.height), is_lone=_is_lone(bench, rule, found, decision))
    priors = _priors(counted, pairs["steps"].unique().sort().to_list(), search)
    known = attrs.evolve(known, levels=weights.shown(), priors=priors.drop("steps"))
    scored = _scored(pairs, ratios.slice(found.height), priors)
    expected = sum((one.expected_wrong_share or 0.0) * one.confirmed for one in before)
    bar = _bar(scored, known.wrong_share, pool.confirmed, expected)
    scored = scored.with_columns(is_settled=pl.col("is_sure") & (pl.col("doubt") <= bar))
    return _told(decision, scored, search), _counted(known, scored, pool.confirmed, expected)


def _weights_of(bench: Workbench, rule: BoundRule) -> tuple[int, Weights | None]:
    """How many pairs teach a rule's gates, and what; None when they are fewer than needed.

    Rules with the same key columns and gates have the same lesson, so it is learned once.
    """
    subject = (tuple(part.asked for part in rule.parts), rule.rule.given)
    if subject not in bench.lessons:
        teaching = teaching_pairs(bench.plan, rule)
        enough = teaching.height >= pairs_needed(bench.plan.wrong_share)
        bench.lessons[subject] = (
            teaching.height,
            learn_weights(bench.plan, rule.gates, teaching) if enough else None,
        )
    taught, weights = bench.lessons[subject]
    return taught, weights


def pairs_needed(wrong_share: Decimal) -> int:
    """The fewest pairs to learn from: their strangers, so many to a pair, must be enough to see one in `1 / wrong_share`.

    Never more than 1 in 10,000 needs: what teaches a bar is no worse for a stricter one, which then confirms less. Asking for
    more pairs would leave the fixed scores to those who asked for more caution.
    """
    return min(max(_PAIRS_MIN, ceil(1 / Fraction(wrong_share) / len(NEAR))), _PAIRS_ENOUGH)


def teaches(plan: Plan, rule: BoundRule) -> bool:
    """Whether a rule with a searched key looks for pairs that teach it."""
    return _obstacle(plan, rule) is None


def _obstacle(plan: Plan, rule: BoundRule) -> CalibrationReason | None:
    """What keeps a rule from learning, whatever the data."""
    if not plan.calibrate:
        return CalibrationReason.SWITCHED_OFF
    if not rule.gates:
        return CalibrationReason.NO_GATES
    if not rule.rule.confirm:
        return CalibrationReason.ONLY_SUGGESTS
    asked = {part.asked for part in rule.parts}
    earlier = [one for one in plan.rules[: rule.number] if one.search is None and not one.sums]
    if not any({part.asked for part in one.parts} == asked for one in earlier):
        return CalibrationReason.NO_EXACT_RULE
    return None


def _doubtful(decision: Decision, search: Search) -> pl.DataFrame:
    """All pairs of a decision but those whose key is certain, with `is_sure`: whether the decision confirms them."""
    return pl.concat(
        frame.filter(~_is_certain(frame, search)).with_columns(is_sure=pl.lit(is_sure))
        for frame, is_sure in ((decision.confirmed, True), (decision.suggested, False))
    )


def _is_certain(frame: pl.DataFrame, search: Search) -> pl.Expr:
    certain = [steps for steps in frame["steps"].unique().to_list() if search.is_certain(steps)]
    return pl.col("steps").is_in(certain)


def _is_lone(bench: Workbench, rule: BoundRule, found: pl.DataFrame, decision: Decision) -> pl.Series:
    """Which of these pairs nothing rivals, as decided by rivals.

    A rival passes all gates with either record, or has its very key. Whether a pair is lone does not depend on how it agrees
    itself, so that lone pairs can be counted by themselves. Most strangers are not: the true partner of one of them is there.
    """
    sure = decision.confirmed.select("left", "right", is_sure=pl.lit(value=True))
    is_sure = found.select("left", "right").join(sure, on=["left", "right"], how="left", maintain_order="left")[
        "is_sure"
    ]
    taken = pl.concat([decision.confirmed.select("left", "right"), decision.suggested.select("left", "right")])
    rivalled = found["left"].is_in(taken["left"].implode()) | found["right"].is_in(taken["right"].implode())
    codes = [bench.codes(rule, side) for side in (bench.plan.left, bench.plan.right)]
    for own, other, rows in ((*codes, found["left"]), (*reversed(codes), found["right"])):
        wanted = own.gather(rows)
        present = other.filter(other.is_in(wanted.unique().implode()))
        rivalled |= wanted.is_in(present.implode()) & (found["steps"] > 0)
    return is_sure.fill_null(value=False) | ~rivalled


def _priors(counted: pl.DataFrame, wanted: list[int], search: Search) -> pl.DataFrame:
    """For each kind of key evidence that is wanted: steps, evidence, candidates, prior, lone, lone_prior."""
    rows: list[tuple[int, str, int, float, int, float]] = []
    for steps in wanted:
        seen = counted.filter(pl.col("steps") == steps)
        ratios, lone = seen["ratio"].to_list(), seen.filter("is_lone")["ratio"].to_list()
        prior = prior_of(ratios)
        lone_prior = prior if len(lone) == len(ratios) else prior_of(lone)
        rows.append((steps, search.evidence(steps), len(ratios), prior, len(lone), lone_prior))
    return pl.DataFrame(rows, schema={"steps": pl.Int64(), **PRIORS}, orient="row")


def _scored(pairs: pl.DataFrame, ratios: pl.Series, priors: pl.DataFrame) -> pl.DataFrame:
    """The pairs with their probability as `score`, and what is missing from 1 as `doubt`.

    Where several could be meant, they share the probability: all that are suggested for either record, and those that are
    matched already, each taken to be as likely as the pair itself. A pair that nothing rivals and that is suggested all the same
    has something against it that the odds do not know: its score is no more than the fixed one.
    """
    prior = pl.when("is_sure").then("lone_prior").otherwise("prior")
    with_odds = pairs.with_columns(ratio=ratios).join(priors, on="steps", how="left", maintain_order="left")
    with_odds = with_odds.with_columns(odds=prior / (1 - prior) * pl.col("ratio"))
    rivals = with_odds.filter(~pl.col("is_sure"))
    for side in ("left", "right"):
        total = rivals.group_by(side).agg(pl.col("odds").sort().sum().alias(f"on_{side}"))
        with_odds = with_odds.join(total, on=side, how="left", maintain_order="left")
    competing = pl.max_horizontal(
        pl.col("on_left") + pl.col("on_right") - pl.col("odds"), pl.col("odds") * pl.col("choices")
    )
    against = 1 + pl.when("is_sure").then(0.0).otherwise(competing - pl.col("odds"))
    chance = pl.col("odds") / (pl.col("odds") + against)
    knows_more = ~pl.col("is_sure") & (pl.col("choices") == 1)  # a check digit, for one: the odds do not know it
    return with_odds.with_columns(
        score=pl.when(knows_more).then(pl.min_horizontal("score", chance)).otherwise(chance),
        doubt=against / (pl.col("odds") + against),
    )


def _bar(scored: pl.DataFrame, wrong_share: float, confirmed: int, expected: float) -> float:
    """The most doubt that is confirmed: the most likely pairs, as many as keep the whole result within what is allowed.

    Args:
        scored: Pairs with their doubt.
        wrong_share: Share of wrong pairs that is allowed among all that are confirmed.
        confirmed: Pairs that earlier rules confirmed.
        expected: How many of those are expected to be wrong.
    """
    sure = scored.filter("is_sure").group_by("doubt").agg(pl.len()).sort("doubt")
    wrong = expected + (pl.col("doubt") * pl.col("len")).cum_sum()
    allowed = wrong_share * (confirmed + pl.col("len").cum_sum())
    is_within = (wrong <= allowed) & (pl.col("doubt") <= min(1.0, _WORST * wrong_share))
    within = sure.filter(is_within)["doubt"]
    return float(within[-1]) if len(within) else -1.0


def _told(decision: Decision, scored: pl.DataFrame, search: Search) -> Decision:
    """The decision with these scores; what is below the bar is suggested and says why."""
    below = pl.col("is_sure") & ~pl.col("is_settled")
    words = pl.when(below).then(pl.concat_str("evidence", pl.lit(", below the bar"))).otherwise("evidence")
    told = scored.with_columns(evidence=words)
    return attrs.evolve(
        decision,
        confirmed=_together(decision.confirmed, told.filter("is_settled"), search),
        suggested=_together(decision.suggested, told.filter(~pl.col("is_settled")), search),
    )


def _together(before: pl.DataFrame, scored: pl.DataFrame, search: Search) -> pl.DataFrame:
    """The pairs that were never in doubt, and scored ones."""
    return pl.concat([before.filter(_is_certain(before, search)).select(_SAID), scored.select(_SAID)])


def _counted(known: Calibration, scored: pl.DataFrame, confirmed: int, expected: float) -> Calibration:
    settled = scored.filter("is_settled")
    doubts = settled["doubt"].sort()
    wrong = float(doubts.sum())
    return attrs.evolve(
        known,
        confirmed=settled.height,
        below_bar=int(scored["is_sure"].sum()) - settled.height,
        bar=settled["score"].min() if len(doubts) else None,  # type: ignore[arg-type]  # a float
        expected_wrong_share=wrong / len(doubts) if len(doubts) else None,
        result_wrong_share=(expected + wrong) / (confirmed + len(doubts)) if len(doubts) else None,
    )
