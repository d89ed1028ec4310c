"""Shared parcels: parcels with several orders, of which each file lists those orders alone that it is about.

An export of orders says of a parcel which of its own orders are in it. Two orders that were paid in two months stand in two
files and may leave in one parcel: the later file's version of the parcel replaces the earlier one, and says nothing of the
order that only the earlier file has. What a later file does list, it says whole: where it has the order and no longer names it in
the parcel, the order left in another.
"""

from typing import Final

import polars as pl

__all__ = ["with_orders_elsewhere"]

_LINES: Final = "lines"
_ORDER: Final = "platform_order_id"
_MORE: Final = "_more"


def with_orders_elsewhere(
    kept: pl.DataFrame, frame: pl.DataFrame, older: pl.DataFrame, orders: pl.DataFrame | None, *, at: str, file: str
) -> pl.DataFrame:
    """The parcels that stand, with the lines of orders of which only files of replaced versions tell.

    Args:
        kept: The parcels that stand.
        frame: All parcels of all files.
        older: The replaced versions: their place, and as `other` that of the version that stands.
        orders: The orders of all files; None when there are none, so that no file says which orders it is about.
        at: Column of a row's place.
        file: Column of its file.
    """
    if orders is None or older.is_empty() or _LINES not in kept.columns:
        return kept
    listed = orders.select(pl.col(file).alias("_last"), pl.col(_ORDER).alias("_order")).unique()
    last = frame.select(pl.col(at).alias("other"), pl.col(file).alias("_last"), pl.col(_LINES).alias("_own"))
    lines = older.select(at, "other").join(frame.select(at, file, _LINES), on=at).join(last, on="other")
    lines = lines.filter(pl.col("_last").is_in(listed["_last"].unique().implode()))
    own = lines.select("other", "_own").unique("other").explode("_own")
    own = own.select("other", pl.col("_own").struct.field(_ORDER).alias("_order"))
    gone = (
        lines.drop("_own")
        .explode(_LINES)
        .with_columns(pl.col(_LINES).struct.field(_ORDER).alias("_order"))
        .filter(pl.col("_order").is_not_null())
        .join(listed, on=["_last", "_order"], how="anti")
        .join(own, on=["other", "_order"], how="anti")
        .filter(pl.col(file) == pl.col(file).max().over("other", "_order"))
    )
    more = gone.sort(at, maintain_order=True).group_by("other", maintain_order=True).agg(pl.col(_LINES).alias(_MORE))
    joined = kept.join(more, left_on=at, right_on="other", how="left", maintain_order="left")
    both = pl.when(pl.col(_MORE).is_not_null()).then(pl.concat_list(_MORE, _LINES)).otherwise(_LINES)
    return joined.with_columns(both.alias(_LINES)).drop(_MORE)
