"""Local engine: Polars in this process."""

import polars as pl

from tieout.matching._plan import Plan
from tieout.matching._workbench import Workbench
from tieout.matching.engines._blocks import decide_by_blocks
from tieout.matching.engines._pool import Pool
from tieout.matching.engines._rivals import decide_by_rivals

__all__ = ["run"]


def run(plan: Plan) -> pl.DataFrame:
    """Carry a plan out; the result depends neither on the order of rows nor on the number of threads.

    Args:
        plan: Bound rules and both sides.
    """
    bench, pool = Workbench(plan), Pool(plan)
    for rule in plan.rules:
        search = rule.search
        decision = (
            decide_by_blocks(bench, pool, rule) if search is None else decide_by_rivals(bench, pool, rule, search)
        )
        pool.settle(decision, rule)
    return pool.links()
