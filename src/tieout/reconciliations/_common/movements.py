"""Movements of stock that say too little, or the opposite of what their kind is."""

from collections.abc import Sequence

import polars as pl

from tieout.model import StockMovement
from tieout.outcome import CarryForward
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import Role, Side, quantity_expr, take
from tieout.tables import FrameLike

__all__ = ["SIGN", "UNDATED", "take_movements", "turned", "undated"]

SIGN = "data.movement_sign"
UNDATED = "data.movement_undated"
_MOVEMENT = ("book_id", "movement_id", "sku")


def take_movements(given: FrameLike, opening: CarryForward | None, *, role: Role, on: pl.Expr) -> Side:
    """Movements as a side: one is named by its number, article and warehouse; who has one warehouse may not say it.

    Args:
        given: As `take` takes it.
        opening: What the run before carried forward.
        role: What its amounts are.
        on: Business day of a movement.
    """
    warehouse = pl.col("warehouse").fill_null("")
    return take("movements", StockMovement, given, role=role, key=_MOVEMENT, opening=opening, identity=warehouse, on=on)


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
