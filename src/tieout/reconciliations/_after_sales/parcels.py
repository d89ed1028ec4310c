"""Goods of cases: whether the order left, whether anything left beyond it, and whether anything came back."""

from datetime import timedelta
from typing import Final

import polars as pl

from tieout.reconciliations._after_sales.facts import REFUSED
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.goods import FURTHER, number_expr
from tieout.reconciliations._common.scope import keyed_pairs, uncrowded
from tieout.reconciliations._common.sides import SCOPE, local_day

__all__ = ["parcels_of", "with_goods"]

_SENT_MOVES: Final = ("exchange_out", "reship_out", "repair_out")
_BACK_MOVES: Final = ("return_in", "exchange_in", "repair_in")
_ARRIVED: Final = ("signed", "returned")
_RECYCLED: Final = timedelta(days=180)
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
    numbered = _numbered(rows)
    by_number = _by_number(cases, "exchange_tracking_no", numbered)
    ours = cases.select(pl.col("row").alias("case_row"), pl.col("key").alias("of_case"))
    of_case = by_number.join(ours, left_on="row", right_on="case_row").drop_nulls("of_case")
    of_case = of_case.select("of_case", pl.col("other").alias("row")).unique().unique("row", keep="none")
    numbered = numbered.join(of_case, on="row", how="left", maintain_order="left")
    return numbered.with_columns(pl.coalesce("key", "of_case").alias("key"), pl.col("on").alias("left_on"))


def _by_number(cases: pl.DataFrame, column: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Cases with the parcels or movements that have a number of theirs: `row`, and `other` and `on` of those.

    Numbers are of one book, and of one time: couriers give them again after a year or two (`domain.md` 2.1). One that a crowd of
    cases has is no parcel's.

    Args:
        cases: Cases with `on`.
        column: The number that they have.
        rows: Parcels or movements with `number` and `on`.
    """
    numbers = cases.select("row", "book_id", number_expr(column).alias("number"), pl.col("on").alias("case_on"))
    told = uncrowded(numbers.drop_nulls("number"), ("book_id", "number"), of="row")
    others = rows.select(pl.col("row").alias("other"), pl.col("book_id").alias("other_book"), "number", "on")
    far = ((pl.col("on") - pl.col("case_on")).abs() > _RECYCLED).fill_null(value=False)
    return told.join(others, on="number").filter(_one_book() & ~far).select("row", "other", "on")


def _one_book() -> pl.Expr:
    return (pl.col("book_id") == pl.col("other_book")).fill_null(value=True)


def _numbered(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(number_expr("tracking_no").alias("number"))


def _of_case(cases: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """Cases with the movements that name them, of one book, and of one order where both say theirs: `row`, `on`."""
    named = moves.select("return_id", "on", pl.col("key").alias("key_moved"), pl.col("book_id").alias("other_book"))
    ours = cases.select("row", "return_id", "key", "book_id").join(named, on="return_id")
    one_order = (pl.col("key") == pl.col("key_moved")).fill_null(value=True)
    return ours.filter(_one_book() & one_order).select("row", "on")


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
    by_number = [_by_number(cases, "return_tracking_no", _numbered(rows)) for rows in (returned, signed)]
    lone = cases.filter((pl.col("needs_inbound") == "must") & (pl.len().over("key") == 1))
    nameless = returned.filter(pl.col("return_id").is_null())
    by_order = lone.select("row", "key").join(nameless.select("key", "on"), on="key")
    every = pl.concat([frame.select("row", "on") for frame in (_of_case(cases, returned), *by_number, by_order)])
    return every.group_by("row").agg(
        pl.col("on").min().alias("moved_back_on"), pl.lit(value=True).first().alias("is_back")
    )


def _sent(cases: pl.DataFrame, parcels: pl.DataFrame, moves: pl.DataFrame) -> pl.Series:
    """Cases of which a further parcel left: by its number, by a movement of the case, else where an order has enough of them."""
    by_number = _by_number(cases, "exchange_tracking_no", parcels)
    sent = moves.filter(pl.col("type").is_in(_SENT_MOVES))
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
    return pl.concat([by_number.select("row"), _of_case(cases, sent).select("row"), by_order])["row"].unique()
