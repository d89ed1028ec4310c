"""Check digits: whether a number lets itself be another number, damaged.

Of a number and its damaged copy one is intact. Where a carrier's numbers carry a check digit, two that both pass are two parcels,
and two that both fail are neither's. And of a short number so little is left beside the edits that it says nothing.
"""

import polars as pl

from tieout.keys import CheckState, check_state_expr
from tieout.matching._plan import BoundRule
from tieout.matching._workbench import Workbench

__all__ = ["forbidden"]

_CHARS_AN_EDIT, _CHARS_BESIDE = 4, 2  # six characters for one edit, ten for two: shorter keys have too few beside
_SHORT = "short key"

_WHY = {CheckState.PASSED.value: "both check digits right", CheckState.FAILED.value: "both check digits wrong"}


def forbidden(bench: Workbench, rule: BoundRule, pairs: pl.DataFrame, *, by_edits: bool) -> pl.Series:
    """What about the keys themselves forbids a pair of searched keys, in words; null where nothing does.

    Args:
        bench: Columns of both sides.
        rule: A rule with a searched key.
        pairs: Columns left, right, steps.
        by_edits: Whether steps are edits, of which short keys bear few.
    """
    plan = bench.plan
    keys = pl.DataFrame(
        [bench.texts(rule, side, pairs[side.name]).alias(side.name) for side in (plan.left, plan.right)]
    ).with_row_index("at")
    length = pl.min_horizontal(pl.col("left", "right").str.len_chars().cast(pl.Int64))
    is_short = length < pl.lit(pairs["steps"]) * _CHARS_AN_EDIT + _CHARS_BESIDE
    short = keys.select(why=pl.when(is_short & pl.lit(pairs["steps"] > 0)).then(pl.lit(_SHORT))).to_series()
    keys = keys.filter(pl.col("left") != pl.col("right"))
    known = _known_states(pl.concat([keys["left"], keys["right"].alias("left")]))  # few have a check digit
    keys = keys.join(known, left_on="left", right_on="number")
    keys = keys.join(known, left_on=["right", "state"], right_on=["number", "state"])
    why = short if by_edits else pl.Series("why", [None], dtype=pl.String).new_from_index(0, pairs.height)
    return why.scatter(keys["at"], keys["state"].replace_strict(_WHY, return_dtype=pl.String))


def _known_states(numbers: pl.Series) -> pl.DataFrame:
    """What the check digit says of the numbers that have one: number, state."""
    states = numbers.unique().alias("number").to_frame().with_columns(state=check_state_expr(pl.col("number")))
    return states.filter(pl.col("state") != CheckState.ABSENT.value)
