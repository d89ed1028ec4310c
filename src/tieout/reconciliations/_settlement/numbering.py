"""Units: what is compared of each order."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.sides import Side

__all__ = ["PARTS", "with_units"]

PARTS = 2
"""Units of one order and currency: its money (0) and its rated fees (1)."""


def with_units(sides: Sequence[Side], codes: Sequence[str], keys: int) -> tuple[Side, ...]:
    """Sides whose rows have a `unit`: by `unit_key`, currency and `part`; a row without a key has its own.

    Args:
        sides: Sides with `unit_key`, `part` and `currency`.
        codes: All currencies, in order.
        keys: How many keys there are.
    """
    first_free = keys * max(len(codes), 1) * PARTS
    made = []
    for side in sides:
        place = pl.col("currency").replace_strict({code: at for at, code in enumerate(codes)}, return_dtype=pl.Int64)
        unit = (pl.col("unit_key") * len(codes) + place) * PARTS + pl.col("part")
        made.append(side.with_columns(pl.coalesce(unit, pl.col("row") + first_free).alias("unit")))
        first_free += side.frame.height
    return tuple(made)
