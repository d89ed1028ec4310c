"""Goods of cases: whether the order left, whether anything left beyond it, and whether anything came back."""

from typing import Final

import polars as pl

from tieout.reconciliations._after_sales.facts import REFUSED
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.goods import FURTHER
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import SCOPE, local_day

__all__ = ["parcels_of", "with_goods"]

_SENT_MOVES: Final = ("exchange_out", "reship_out", "repair_out")
_BACK_MOVES: Final = ("return_in", "exchange_in", "repair_in")
_ARRIVED: Final = ("signed", "returned")
_CAME: Final = ("received", "inspected")


def parcels_of(books: Books) -> pl.DataFrame:
    """Parcels that went to buyers, one row for each order of a parcel: `key`, `tracking_no`, `direction`, `left_on`, the source.

    A parcel that names no order, and whose number a case says, belongs to the case's order.

    Args:
        books: The sides.
    """
    cases = books.returns.frame.filter(pl.col("reason").is_null())
    sent = books.shipments.frame.filter(pl.col("reason").is_null()).with_columns(
        pl.col("lines")
        .list.eval(pl.element().struct.field("platform_order_id"))
        .list.unique()
        .alias("platform_order_id")
    )
    rows = sent.explode("platform_order_id", empty_as_null=True).rename({"row": "parcel_row"})
    rows = rows.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    named = [books.orders.frame, cases, books.refunds.frame]
    known = pl.concat([frame.select(pl.col("key").alias("row"), *SCOPE, "platform_order_id") for frame in named])
    known = known.drop_nulls(["row", "platform_order_id"]).unique(maintain_order=True)
    pairs = keyed_pairs(known, rows, ("platform_order_id",), rule="order named").filter(pl.col("status") == "confirmed")
    keys = pairs.group_by(pl.col("right").alias("row")).agg(pl.col("left").min().alias("key"))
    rows = rows.join(keys, on="row", how="left", maintain_order="left")
    of_case = _numbers(cases, "exchange_tracking_no").select("tracking_no", pl.col("key").alias("of_case"))
    rows = rows.join(of_case.unique("tracking_no", keep="none"), on="tracking_no", how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("key", "of_case").alias("key"), pl.col("on").alias("left_on"))


def _numbers(cases: pl.DataFrame, column: str) -> pl.DataFrame:
    """Cases by a number of a parcel: `row`, `key`, `tracking_no`."""
    return cases.filter(pl.col(column).is_not_null()).select("row", "key", pl.col(column).alias("tracking_no"))


def with_goods(cases: pl.DataFrame, books: Books, parcels: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Cases with `has_parcel` (what the order asked for left), `has_further`, `has_inbound`, `back_on` (when goods came back).

    Args:
        cases: Of `facts_of`.
        books: The sides.
        parcels: Of `parcels_of`.
        timezone: Zone in which days count.
    """
    moves = books.movements.frame.filter(~pl.col("is_repeat"))
    out = pl.concat(
        [
            parcels.filter(~pl.col("direction").is_in(FURTHER)).select("key"),
            moves.filter(pl.col("type") == "sale_out").select("key"),
        ]
    ).drop_nulls()
    back = _back(cases, books, moves)
    told = pl.col("status").is_in(_CAME).fill_null(value=False)
    is_back = told | pl.col("received_at").is_not_null() | pl.col("is_back")
    joined = cases.join(back, on="row", how="left", maintain_order="left").with_columns(
        pl.col("is_back").fill_null(value=False)
    )
    received = local_day("received_at", timezone)
    sent = _sent(joined, parcels, moves)
    return joined.with_columns(
        pl.col("key").is_in(out["key"].unique().implode()).fill_null(value=False).alias("has_parcel"),
        pl.col("row").is_in(sent.implode()).alias("has_further"),
        is_back.alias("has_inbound"),
        pl.coalesce(received, "moved_back_on").alias("back_on"),
    )


def _back(cases: pl.DataFrame, books: Books, moves: pl.DataFrame) -> pl.DataFrame:
    """Cases whose goods came back by the stock or the courier: `row`, `moved_back_on`, `is_back`."""
    returned = moves.filter(pl.col("type").is_in(_BACK_MOVES))
    signed = books.shipments.frame.filter(
        (pl.col("direction") == "return")
        & ~pl.col("is_repeat")
        & (pl.col("signed_at").is_not_null() | pl.col("status").is_in(_ARRIVED).fill_null(value=False))
    )
    by_case = cases.select("row", "return_id", "key").join(
        returned.select("return_id", "on", pl.col("key").alias("key_moved")), on="return_id"
    )
    by_case = by_case.filter(
        pl.col("key").is_null() | pl.col("key_moved").is_null() | (pl.col("key") == pl.col("key_moved"))
    )
    numbers = _numbers(cases, "return_tracking_no")
    by_number = [numbers.join(rows.select("tracking_no", "on"), on="tracking_no") for rows in (returned, signed)]
    lone = cases.filter((pl.col("needs_inbound") == "must") & (pl.len().over("key") == 1))
    nameless = returned.filter(pl.col("return_id").is_null())
    by_order = lone.select("row", "key").join(nameless.select("key", "on"), on="key")
    every = pl.concat([frame.select("row", "on") for frame in (by_case, *by_number, by_order)])
    return every.group_by("row").agg(
        pl.col("on").min().alias("moved_back_on"), pl.lit(value=True).first().alias("is_back")
    )


def _sent(cases: pl.DataFrame, parcels: pl.DataFrame, moves: pl.DataFrame) -> pl.Series:
    """Cases of which a further parcel left: by its number, by a movement of the case, else where an order has enough of them."""
    by_number = _numbers(cases, "exchange_tracking_no").join(parcels.select("tracking_no").unique(), on="tracking_no")
    sent = moves.filter(pl.col("type").is_in(_SENT_MOVES))
    by_case = cases.select("row", "return_id", "key").join(
        sent.select("return_id", pl.col("key").alias("key_moved")), on="return_id"
    )
    by_case = by_case.filter(
        pl.col("key").is_null() | pl.col("key_moved").is_null() | (pl.col("key") == pl.col("key_moved"))
    )
    is_open = ~pl.col("status").is_in(REFUSED).fill_null(value=False)
    asks = cases.filter(pl.col("needs_further").is_in(["must", "either"]) & is_open)
    asked = asks.group_by("key").agg(pl.len().alias("asked"))
    left = (
        parcels.filter(pl.col("direction").is_in(FURTHER))
        .group_by("key")
        .agg(pl.col("parcel_row").n_unique().alias("left"))
    )
    moved = (
        sent.filter(pl.col("return_id").is_null()).group_by("key").agg(pl.col("movement_id").n_unique().alias("moved"))
    )
    counts = asked.join(left, on="key", how="left").join(moved, on="key", how="left")
    enough = counts.filter(pl.max_horizontal("left", "moved").fill_null(0) >= pl.col("asked"))
    by_order = asks.join(enough.select("key"), on="key").select("row")
    return pl.concat([by_number.select("row"), by_case.select("row"), by_order])["row"].unique()
