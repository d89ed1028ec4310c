"""Local engine: Polars in this process."""

from functools import partial
from typing import TYPE_CHECKING

from tieout.matching._plan import Plan
from tieout.matching._side_by_side import together
from tieout.matching._workbench import Workbench
from tieout.matching.engines._base import Findings
from tieout.matching.engines._blocks import decide_by_blocks
from tieout.matching.engines._calibration import calibrated, lesson_of
from tieout.matching.engines._contradictions import without_contradicted
from tieout.matching.engines._dirt import with_dirt
from tieout.matching.engines._pool import FREE, Pool
from tieout.matching.engines._rivals import decide_by_rivals
from tieout.matching.engines._sums import decide_by_sums
from tieout.matching.progress import Progress, Tell

if TYPE_CHECKING:
    from tieout.matching.calibration import Calibration

__all__ = ["run"]


def run(plan: Plan, tell: Tell) -> Findings:
    """Carry a plan out; the result depends neither on the order of rows nor on the number of threads.

    Args:
        plan: Bound rules and both sides.
        tell: Called before each rule and at the end.
    """
    bench, pool = Workbench(plan), Pool(plan)
    calibrations: list[Calibration] = []
    verdicts = []
    for rule in plan.rules:
        tell(_news(plan, pool, rule.number, rule.rule.name))
        search = rule.search
        if rule.sums:
            decision, found = decide_by_sums(bench, pool, rule, rule.sums[0])
            verdicts.extend(found)
        elif search is None:
            decision = without_contradicted(bench, pool, rule, decide_by_blocks(bench, pool, rule))
        else:
            lesson, decision = together(
                partial(lesson_of, bench, pool, rule, search), partial(decide_by_rivals, bench, pool, rule, search)
            )
            decision = with_dirt(bench, rule, decision)
            decision, learned = calibrated(bench, pool, rule, search, decision, lesson, calibrations)
            calibrations.append(learned)
        pool.settle(decision if rule.rule.confirm else decision.only_suggested(), rule)
    tell(_news(plan, pool, len(plan.rules), ""))
    return Findings(links=pool.links(), calibrations=tuple(calibrations), verdicts=tuple(verdicts))


def _news(plan: Plan, pool: Pool, done: int, rule: str) -> Progress:
    left, right = (int((pool.use[side] == FREE).sum()) for side in ("left", "right"))
    return Progress(rule=rule, done=done, total=len(plan.rules), left_free=left, right_free=right)
