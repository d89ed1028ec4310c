"""What an outcome shows of documents and movements: which hang together, and what became of each article."""

import polars as pl

from tieout.reconciliations._common.sides import Side, quantity_expr
from tieout.reconciliations._inbound.pieces import KEY

__all__ = ["lines_shown", "pairs_of"]


def pairs_of(papers: Side, moves: Side) -> pl.DataFrame:
    """Documents (left) with the movements (right) that hang together with them. Pairs are of the outcome's first two sides."""
    left = papers.compared.select(pl.col("row").alias("left"), "unit")
    right = moves.compared.select(pl.col("row").alias("right"), "unit")
    return (
        left.join(right, on="unit")
        .select(
            "left",
            "right",
            pl.lit("document named").alias("rule"),
            pl.lit(1.0).alias("score"),
            pl.lit("confirmed").alias("status"),
        )
        .sort("left", "right")
    )


def lines_shown(
    rows: pl.DataFrame,
    replaced: pl.DataFrame,
    gaps: pl.DataFrame,
    bills: pl.DataFrame,
    named: pl.DataFrame,
    units: pl.DataFrame,
) -> pl.DataFrame:
    """One row per document and article: what was ordered, announced, moved and billed, and what became of it.

    Args:
        rows: What was to be there and is, with costs.
        replaced: Articles that came in and are on no document.
        gaps: Gaps with `state`.
        bills: What was billed.
        named: What names each unit.
        units: Those that are compared.
    """
    timing = pl.col("state").is_in(["not_due", "in_transit"]).fill_null(value=False)
    stated = gaps.group_by(*KEY).agg(timing.all().alias("waits"), pl.col("state").sort().first())
    verdict = (
        pl.when(pl.col("waits"))
        .then(pl.col("state").str.replace("_", " ", literal=True))
        .when(pl.col("waits").is_not_null() | pl.col("is_replaced"))
        .then(pl.lit("discrepancy"))
        .otherwise(pl.lit("agreed"))
    )
    strange = replaced.select(*KEY).unique().with_columns(pl.lit(value=True).alias("is_replaced"))
    billing = bills.select(*KEY, pl.col("listed").alias("billed"), "amount_minor")
    figures = ("ordered", "delivered", "expected", "good", "damaged", "billed")
    return (
        rows.join(named.drop("currency"), on="unit")
        .filter(pl.col("unit").is_in(units["unit"].implode()))
        .join(stated, on=list(KEY), how="left")
        .join(strange, on=list(KEY), how="left")
        .join(billing, on=list(KEY), how="left")
        .select(
            "supplier",
            "document_id",
            pl.col("article").alias("sku"),
            "family",
            *(quantity_expr(pl.col(name)).alias(name) for name in figures),
            pl.col("code").alias("currency"),
            "cost_minor",
            pl.col("amount_minor").alias("billed_minor"),
            verdict.alias("verdict"),
        )
        .sort("supplier", "document_id", "sku", nulls_last=True)
    )
