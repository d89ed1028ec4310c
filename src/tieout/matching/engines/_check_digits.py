"""Check digits: whether a number's own check lets it be another number, damaged.

Of a number and its damaged copy one is intact. Where a carrier's numbers carry a check digit, two that both pass are two parcels,
and two that both fail are neither's.
"""

import polars as pl

from tieout.keys import CheckState, check_state_expr
from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench

__all__ = ["forbidden"]

_WHY = {CheckState.PASSED.value: "both check digits right", CheckState.FAILED.value: "both check digits wrong"}


def forbidden(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame) -> pl.Series:
    """Why a check digit forbids a pair of searched keys, in words; null where it does not.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        pairs: Columns left, right.
    """
    keys = pl.DataFrame(
        [
            bench.texts(rule, bench.plan.left, pairs["left"]).alias("left"),
            bench.texts(rule, bench.plan.right, pairs["right"]).alias("right"),
        ]
    )
    state = check_state_expr(pl.col("left"))
    agrees = (state == check_state_expr(pl.col("right"))) & (pl.col("left") != pl.col("right"))
    why = pl.when(agrees).then(state.replace_strict(_WHY, default=None, return_dtype=pl.String))
    return keys.select(why.alias("why")).to_series()
