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
    plan = bench.plan
    keys = pl.DataFrame(
        [bench.texts(rule, side, pairs[side.name]).alias(side.name) for side in (plan.left, plan.right)]
    ).with_row_index("at")
    keys = keys.filter(pl.col("left") != pl.col("right"))
    keys = keys.with_columns(state=_state(keys["left"])).filter(pl.col("state").is_not_null())  # few have a check digit
    keys = keys.filter(pl.col("state") == _state(keys["right"]))
    why = pl.Series("why", [None], dtype=pl.String).new_from_index(0, pairs.height)
    return why.scatter(keys["at"], keys["state"].replace_strict(_WHY, return_dtype=pl.String))


def _state(numbers: pl.Series) -> pl.Series:
    """What the check digit says; null where there is none."""
    distinct = numbers.unique().alias("number").to_frame()
    states = distinct.with_columns(state=check_state_expr(pl.col("number")))
    known = states.filter(pl.col("state") != CheckState.ABSENT.value)
    return numbers.alias("number").to_frame().join(known, on="number", how="left", maintain_order="left")["state"]
