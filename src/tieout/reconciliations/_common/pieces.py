"""Pieces of articles: which went in the place of which, and what is left of either."""

from collections.abc import Sequence

import polars as pl

from tieout.money.columns import divide_half_up_expr

__all__ = ["average_cost", "in_place_of", "less"]


def average_cost(cost: pl.Expr, parts: pl.Expr) -> pl.Expr:
    """The cost of one piece over all rows that say one above nothing, half-up; null where none does.

    Args:
        cost: Cost of one piece in minor units.
        parts: How much each row is of, in parts of a piece.
    """
    known = cost.fill_null(0) > 0
    weight = pl.when(known).then(parts).otherwise(0).cast(pl.Int128).sum()
    total = (pl.when(known).then(cost).otherwise(0).cast(pl.Int128) * parts).sum()
    spread = divide_half_up_expr(total, pl.max_horizontal(weight, pl.lit(1, dtype=pl.Int128)))
    return pl.when(weight > 0).then(spread).cast(pl.Int64)


def in_place_of(over: pl.DataFrame, short: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Which articles that were not asked for stand in the place of which that are lacking, in the order of their names.

    Args:
        over: `by`, `article`, `parts`: what was not asked for, one row per article.
        short: The same of what is lacking.
        by: Columns within which one may stand for another.

    Returns:
        `by`, `article`, `instead_of` and `parts`: how much of the one stands for how much of the other.
    """
    there, lacking = _laid_out(over, by), _laid_out(short, by)
    both = there.join(lacking, on=list(by), suffix="_lacking")
    first = pl.max_horizontal(pl.col("end") - pl.col("parts"), pl.col("end_lacking") - pl.col("parts_lacking"))
    overlap = pl.min_horizontal("end", "end_lacking") - first
    return both.select(
        *by, "article", pl.col("article_lacking").alias("instead_of"), overlap.cast(pl.Int64).alias("parts")
    ).filter(pl.col("parts") > 0)


def less(rows: pl.DataFrame, taken: pl.DataFrame, *, by: Sequence[str], named: str = "article") -> pl.DataFrame:
    """Rows with the `parts` that are left of them after some were taken.

    Args:
        rows: `by`, `article`, `parts`.
        taken: As `in_place_of` gives it.
        by: Columns of both.
        named: Column of `taken` that names the article.
    """
    sums = taken.group_by(*by, pl.col(named).alias("article")).agg(pl.col("parts").sum().alias("taken"))
    return (
        rows.join(sums, on=[*by, "article"], how="left", maintain_order="left")
        .with_columns((pl.col("parts") - pl.col("taken").fill_null(0)).alias("parts"))
        .drop("taken")
    )


def _laid_out(rows: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Articles with `end`, where each ends when all are laid in a row."""
    return (
        rows.select(*by, "article", "parts")
        .sort(*by, "article")
        .with_columns(pl.col("parts").cum_sum().over(list(by)).alias("end"))
    )
