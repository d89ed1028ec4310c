"""Movements of stock that say too little, or the opposite of what their kind is."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import quantity_expr

__all__ = ["MOVEMENT", "SIGN", "UNDATED", "of_warehouse", "turned", "undated"]

SIGN = "data.movement_sign"
UNDATED = "data.movement_undated"
MOVEMENT = ("book_id", "movement_id", "sku")
"""What names a movement within its warehouse."""


def of_warehouse() -> pl.Expr:
    """The warehouse of a movement as part of its name: who has one only may not say it."""
    return pl.col("warehouse").fill_null("")


def undated(moves: pl.DataFrame, named: Sequence[str]) -> pl.DataFrame:
    """Movements without a moment, of which no day can be posted and no order of moments told.

    Args:
        moves: Movements with `unit`, `parts`.
        named: Columns that say what a movement belongs to.
    """
    rows = moves.filter(pl.col("occurred_at").is_null())
    keys = [*named, "warehouse", "movement_id", "sku"]
    return findings_of(rows, UNDATED, keys=keys, evidence=[quantity_expr(pl.col("parts")).alias("pieces")], note=True)


def turned(moves: pl.DataFrame) -> pl.DataFrame:
    """Movements whose sign says the opposite of their kind, by warehouse and kind.

    Args:
        moves: Such movements, with `unit`, `on`, and `quantity_parts` as they are signed.
    """
    first = moves.sort("movement_id", *SOURCE, nulls_last=True)
    rows = first.group_by("book_id", "warehouse", "type", maintain_order=True).agg(
        pl.len().alias("movements"),
        quantity_expr(pl.col("quantity_parts").sum()).alias("pieces_moved"),
        pl.col("movement_id").first().alias("first"),
        pl.col("on").min(),
        pl.col("unit").first(),
        pl.col(*SOURCE).first(),
    )
    evidence = ["movements", "pieces_moved", "first"]
    return findings_of(rows, SIGN, keys=["book_id", "warehouse", "type"], evidence=evidence, note=True)
