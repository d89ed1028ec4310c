"""Repeats: the same charge or refund on an order, booked more often than it can be."""

import polars as pl

from tieout.reconciliations._settlement.words import FEES, REFUND

__all__ = ["extra_rows"]

_SAME = ("key", "kind", "amount_minor", "currency", "platform_sub_order_id", "refund_id", "description")


def extra_rows(lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Lines with `is_extra`: the same fee or refund of the same order again, in the same words.

    A fee that names no article may stand once for each article of the order, or for each payment of it.

    Args:
        lines: Lines with `key` and `kind`.
        orders: Orders with `key` and `articles`.
    """
    takes = pl.col("kind").is_in((*FEES, *REFUND)) & (pl.col("amount_minor") < 0) & pl.col("key").is_not_null()
    counted = lines.filter(takes & ~pl.col("is_repeat")).select("row", *_SAME, "posted_at", "settlement_id", "line_id")
    paid = (pl.col("kind") == "sale") & (pl.col("amount_minor") > 0) & ~pl.col("is_repeat")
    again = (
        counted.filter(pl.len().over("key", "kind", "amount_minor") > 1)
        .join(orders.group_by("key").agg(pl.col("articles").max()), on="key", how="left")
        .join(lines.filter(paid).group_by("key").agg(pl.len().cast(pl.Int64).alias("payments")), on="key", how="left")
    )
    names_none = pl.col("platform_sub_order_id").is_null() & pl.col("kind").is_in(FEES)
    allowed = pl.when(names_none).then(pl.max_horizontal("articles", "payments", pl.lit(1))).otherwise(1)
    extra = again.sort(*_SAME, "posted_at", "settlement_id", "line_id", nulls_last=True).filter(
        pl.int_range(pl.len()).over(_SAME) >= allowed
    )
    return lines.with_columns(pl.col("row").is_in(extra["row"].implode()).alias("is_extra"))
