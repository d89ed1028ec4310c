"""Charges: a line with several columns of charges becomes several records."""

from collections.abc import Sequence

import polars as pl

from tieout.sources._amounts import Charge
from tieout.sources._grid import LINE

__all__ = ["split_charges"]

_ORDER = "_order"


def split_charges(frame: pl.DataFrame, charges: Sequence[Charge], *, main: str | None, included: bool) -> pl.DataFrame:
    """One row for the line's own amount, and one for each charge column that is not zero.

    Args:
        frame: One row a line, with an amount in minor units for each charge column, and `amount_minor` when the line has its own.
        charges: The charge columns.
        main: Charge type of the line's own amount; None when a column says it, or the line has none.
        included: Whether the line's own amount is a total that holds the charges: they are then taken out of it, and it is
            left out where nothing remains beside them.

    Returns:
        The rows in the order of the lines, the line's own amount first.
    """
    parts = []
    apart = pl.sum_horizontal(pl.col(charge.name).fill_null(0) for charge in charges)
    if "amount_minor" in frame.columns:
        own = frame.filter(pl.col("amount_minor").is_not_null()).with_columns(pl.lit(0).alias(_ORDER))
        if included:
            own = own.with_columns(pl.col("amount_minor") - apart, apart.alias("_apart"))
            own = own.filter((pl.col("amount_minor") != 0) | (pl.col("_apart") == 0)).drop("_apart")
        if main is not None:
            own = own.with_columns(pl.lit(main).alias("charge_type"))
        parts.append(own)
    for order, charge in enumerate(charges, start=1):
        rows = frame.filter(pl.col(charge.name).fill_null(0) != 0)
        parts.append(
            rows.with_columns(
                pl.col(charge.name).alias("amount_minor"),
                pl.lit(charge.charge_type).alias("charge_type"),
                pl.lit(charge.caption).alias("description"),
                pl.lit(order).alias(_ORDER),
                *(pl.lit(None, dtype=pl.Int64).alias(name) for name in _OF_THE_OWN if name in frame.columns),
            )
        )
    joined = pl.concat(parts, how="diagonal")
    return joined.sort(LINE, _ORDER, maintain_order=True).drop(_ORDER, *(charge.name for charge in charges))


_OF_THE_OWN = ("list_amount_minor", "discount_amount_minor")
