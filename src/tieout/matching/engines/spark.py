"""Spark engine: buckets wherever they are, and the rest here."""

import polars as pl

from tieout.matching._plan import Plan
from tieout.matching._spark.driving import carried_out
from tieout.matching._spark.plain import PlainCluster
from tieout.matching._spark.task import SIDES, Task
from tieout.matching.engines._base import LINKS, Findings
from tieout.matching.progress import Tell

__all__ = ["run"]

_BUCKETS = 4


def run(plan: Plan, tell: Tell) -> Findings:
    """Carry a plan out on frames that are here, by the steps that are taken on Spark: bucket by bucket, then the rest.

    It is there to be held against the local engine, which is faster. Frames of Spark come by `Matcher.match` as they are.

    Args:
        plan: Bound rules and both sides.
        tell: Called before each rule of the rest and at the end.
    """
    task = Task(
        rules=tuple(rule.rule for rule in plan.rules),
        records={"left": plan.left.frame.height, "right": plan.right.frame.height},
        max_candidates=plan.max_candidates,
        wrong_share=plan.wrong_share,
        calibrate=plan.calibrate,
    )
    cluster = PlainCluster({"left": plan.left.frame, "right": plan.right.frame}, _BUCKETS)
    found = carried_out(cluster, task, tell, few=0)
    settled = cluster.pairs.filter(~pl.col("left").is_in(found.replaces.implode())).select(
        *SIDES,
        rule=pl.lit(0),
        score=pl.when("is_raw").then(1.0).otherwise(0.99),
        evidence=pl.when("is_raw").then(pl.lit("raw")).otherwise(pl.lit("normalised")),
        is_confirmed=pl.lit(value=True),
    )
    links = [
        frame.select(pl.col(name).cast(dtype) for name, dtype in LINKS.items()) for frame in (settled, found.links)
    ]
    return Findings(links=pl.concat(links), verdicts=found.verdicts, calibrations=found.calibrations)
