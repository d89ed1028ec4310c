"""Values: pieces at the moving-average cost of their line, rounded half-up, so that book value + differences = counted value."""

import polars as pl

from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE, Side, parts_of

__all__ = ["with_values"]


def with_values(counts: Side, rolled: pl.DataFrame) -> Side:
    """Lines with what the book has and what was counted, in parts of a piece and in minor units.

    Adds what rolling gave; `expected` (the book rolled forward, else as stated); `broken` (stated - rolled) and `difference`
    (counted - stated) in parts of a piece; `cost_minor` (null where none can be used); and `expected_value`, `broken_value`,
    `difference_value`, `actual_value` in minor units.

    Args:
        counts: Lines with quantities.
        rolled: Lines as they were rolled.
    """
    ours = rolled.filter(pl.col("side") == "counts").select("row", "opening", "opened_at", "moved", "start", "rolled")
    frame = counts.frame.join(ours, on="row", how="left", maintain_order="left")
    usable = pl.col("currency").is_not_null() & (pl.col("unit_cost_minor") >= 0)
    frame = frame.with_columns(
        pl.coalesce("rolled", "stated").alias("expected"),
        parts_of(pl.col("stated") - pl.col("rolled")).fill_null(0).alias("broken"),
        parts_of(pl.col("actual") - pl.col("stated")).alias("difference"),
        pl.when(usable).then("unit_cost_minor").alias("cost_minor"),
    )
    frame = frame.with_columns(
        _value(parts_of(pl.col("expected"))).alias("expected_value"),
        _value(pl.col("broken")).alias("broken_value"),
        _value(pl.col("difference")).alias("difference_value"),
    )
    worth = pl.col("expected_value") + pl.col("broken_value") + pl.col("difference_value")
    return counts.with_frame(frame.with_columns(worth.alias("actual_value")))


def _value(parts: pl.Expr) -> pl.Expr:
    wide = parts.cast(pl.Int128) * pl.col("cost_minor").cast(pl.Int128)
    return pl.when(pl.col("cost_minor").is_null()).then(0).otherwise(divide_half_up_expr(wide, PARTS_OF_A_PIECE))
