"""Groups: links that hang together, numbered."""

from collections.abc import Sequence

import polars as pl

from tieout.matching._components import roots_of
from tieout.model import MatchStatus

__all__ = ["PAIRS", "grouped"]

PAIRS = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "group": pl.Int64(),
    "rule": pl.String(),
    "score": pl.Float64(),
    "status": pl.String(),
    "evidence": pl.String(),
}
"""Columns of `MatchResult.pairs`."""


def grouped(links: pl.DataFrame, rules: Sequence[str]) -> pl.DataFrame:
    """Links as pairs: with group numbers and rule names, in the order of the groups.

    Args:
        links: What an engine handed on.
        rules: Names of the rules, in order.
    """
    parts = [_with_first(links.filter("is_confirmed")), _with_first(links.filter(~pl.col("is_confirmed")))]
    order = ["first_left", "is_later", "first_right"]
    pairs = pl.concat(parts).with_columns(is_later=~pl.col("is_confirmed")).sort(*order, "left", "right")
    names = pl.Series("rule", list(rules), dtype=pl.String)
    status = (
        pl.when("is_confirmed").then(pl.lit(MatchStatus.CONFIRMED.value)).otherwise(pl.lit(MatchStatus.SUGGESTED.value))
    )
    return pairs.with_columns(
        group=pl.struct(order).rle_id(),
        rule=names.gather(pairs["rule"]),
        status=status,
    ).select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items())


def _with_first(links: pl.DataFrame) -> pl.DataFrame:
    """Links with the smallest left and right position of their group, which name it."""
    numbered = links.with_row_index("edge").with_columns(
        left_repeats=pl.col("left").is_duplicated(), right_repeats=pl.col("right").is_duplicated()
    )
    if not numbered["left_repeats"].any():
        root = pl.col("edge").min().over("right")
    elif not numbered["right_repeats"].any():
        root = pl.col("edge").min().over("left")
    else:
        root = pl.lit(pl.Series("root", _roots(numbered), dtype=pl.UInt32))
    return (
        numbered.with_columns(root=root)
        .with_columns(first_left=pl.col("left").min().over("root"), first_right=pl.col("right").min().over("root"))
        .drop("edge", "root", "left_repeats", "right_repeats")
    )


def _roots(links: pl.DataFrame) -> list[int]:
    return roots_of(links["left"].to_list(), links["right"].to_list())
