"""Kin: records that are remembered as long as one of them is, since a later run pairs them anew."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.matching._components import roots_of
from tieout.reconciliations._common.channel_numbers import NO_NAMES
from tieout.reconciliations._common.sides import Side

__all__ = ["with_kin"]

_LINKS: Final = ("unit", "order_row", "group", "payment", "movement", "number")
_SAID_AGAIN: Final = {
    "payments": "payment",
    "payments of orders": "payment",
    "transactions": "movement",
    "fees by contract": "movement",
    "fees charged": "movement",
}
"""Sides whose rows are those of another, under the same number."""
_NUMBERS: Final = ("platform_order_id", "merchant_order_no", "channel_txn_id", "channel_refund_id")


def with_kin(sides: Sequence[Side], horizon: date) -> tuple[Side, ...]:
    """Sides with `kin`, a number that rows share which hang together: by an order, by what they are compared in, by a number.

    A number that two orders have keeps both: were one of them forgotten, what may be of either would be taken for the other's.

    Args:
        sides: Sides with `unit`, and `order_row` and `group` where they have them, the orders first.
        horizon: Day before which a run forgets; where no row is older, nothing hangs on it and the sides stay as they are.
    """
    days = [day for side in sides if isinstance(day := side.frame["on"].min(), date)]
    if min(days, default=horizon) >= horizon:
        return tuple(sides)
    frames = [side.frame.with_columns(pl.col("row").alias(_SAID_AGAIN.get(side.name, "itself"))) for side in sides]
    frames[0] = frames[0].with_columns(pl.col("row").alias("order_row"))
    edges = pl.concat([*(_edges(place, frame) for place, frame in enumerate(frames)), _of_numbers(frames)])
    ends = edges.with_columns((pl.col("row") * len(frames) + pl.col("side")).alias("left"))
    kin = ends.select("side", "row", roots_of(ends["left"], ends["right"]).alias("kin"))
    first = kin.unique(["side", "row"], keep="first", maintain_order=True)
    return tuple(
        side.with_frame(
            side.frame.join(
                first.filter(pl.col("side") == place).drop("side"), on="row", how="left", maintain_order="left"
            )
        )
        for place, side in enumerate(sides)
    )


def _edges(place: int, frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with what they hang by (`right`), each kind of it in numbers of its own."""
    return pl.concat(
        [
            frame.select(pl.lit(place).alias("side"), "row", _right(name, pl.col(name))).drop_nulls()
            for name in _LINKS
            if name in frame.columns
        ]
    )


def _of_numbers(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """The same for each number that several rows have."""
    named = pl.concat(
        [
            frame.select(pl.lit(place).alias("side"), "row", pl.col(name).alias("id"))
            for place, frame in enumerate(frames)
            for name in _NUMBERS
            if name in frame.columns
        ]
    )
    often = named.filter(pl.col("id").is_not_null() & ~pl.col("id").is_in(NO_NAMES)).filter(pl.len().over("id") > 1)
    return often.select("side", "row", _right("number", pl.col("id").rank("dense")))


def _right(name: str, number: pl.Expr) -> pl.Expr:
    return (number.cast(pl.Int64) * len(_LINKS) + _LINKS.index(name)).alias("right")
