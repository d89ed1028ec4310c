"""Kin: records that are remembered as long as one of them is, since a later run pairs them anew."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.matching._components import roots_of
from tieout.reconciliations._common.sides import Side

__all__ = ["with_kin"]

_LINKS: Final = ("unit", "order_row", "group", "number")
_NUMBERS: Final = ("channel_txn_id", "channel_refund_id")


def with_kin(sides: Sequence[Side], names: Sequence[str], horizon: date) -> tuple[Side, ...]:
    """Sides with `kin`, a number that rows share which hang together: by an order, by what they are compared in, by a number.

    Args:
        sides: Sides with `unit`, and `order_row` and `group` where they have them.
        names: Names of those that are carried forward, the orders first.
        horizon: Day before which a run forgets; where no row is older, nothing hangs on it and the sides stay as they are.
    """
    days = [day for side in sides if isinstance(day := side.frame["on"].min(), date)]
    if min(days, default=horizon) >= horizon:
        return tuple(sides)
    frames = {side.name: side.frame for side in sides if side.name in names}
    frames[names[0]] = frames[names[0]].with_columns(pl.col("row").alias("order_row"))
    starts, edges, start = {}, [], 0
    for name, frame in frames.items():
        starts[name] = start
        edges += [edge.with_columns(pl.col("left") + start) for edge in _edges(frame)]
        start += frame.height
    every = pl.concat(edges)
    roots = every.select(pl.col("left"), roots_of(every["left"], every["right"]).alias("kin")).unique(
        "left", keep="first", maintain_order=True
    )
    return tuple(
        side.with_frame(
            side.frame.join(
                roots.select(pl.col("left").alias("row") - starts[side.name], "kin"),
                on="row",
                how="left",
                maintain_order="left",
            )
        )
        if side.name in starts
        else side
        for side in sides
    )


def _edges(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Rows (`left`) with what they hang by (`right`), each kind of it in numbers of its own."""
    parts = {name: frame.select("row", pl.col(name).alias("to")) for name in _LINKS if name in frame.columns}
    if set(_NUMBERS) <= set(frame.columns):
        parts["number"] = _numbered(frame)
    return [
        part.drop_nulls("to").select(
            pl.col("row").alias("left"), (pl.col("to").cast(pl.Int64) * len(_LINKS) + _LINKS.index(name)).alias("right")
        )
        for name, part in parts.items()
    ]


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of bills with a number for each of the channel's numbers that several of them have."""
    named = pl.concat([frame.select("row", "book_id", pl.col(name).alias("id")) for name in _NUMBERS])
    often = named.drop_nulls("id").unique(maintain_order=True).filter(pl.len().over("book_id", "id") > 1)
    return often.select("row", pl.struct("book_id", "id").rank("dense").alias("to"))
