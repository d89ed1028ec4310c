"""Lines: what orders ask for, what parcels hold, and which of the one is which of the other."""

import polars as pl

from tieout.reconciliations._common.orders import paired_orders
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE, parts_of
from tieout.tables._keys import numbers_of, ordered

__all__ = ["SHIPPED", "case_orders", "order_modes", "parcel_lines", "parcel_orders", "placed"]

SHIPPED = ("shipped", "signed", "completed", "rejected")
"""Statuses of orders, and of lines, that left."""
_PAID = ("paid", "partially_shipped", *SHIPPED)
_NO_CASE = ("rejected", "cancelled", "applied", "appealed")
_FURTHER = ("exchange", "reship", "repair", "lost")
"""Kinds of case that send the buyer a further parcel."""
_FOR_EVER = 9_000_000 * PARTS_OF_A_PIECE


def order_modes(orders: pl.DataFrame) -> pl.DataFrame:
    """How each order is to be shipped: `order_row`, `mode`, `until` (to when what left counts), `is_shipped`, and its facts.

    Modes: `due` for what is paid, or paid at the door; `closed` for what was paid and closed; `unpaid`; `unknown` where nothing
    is said of it, so that whatever left may be right.
    """
    paid = pl.col("is_cod") | pl.col("paid_at").is_not_null() | pl.col("status").is_in(_PAID).fill_null(value=False)
    # An export that never says when an order was paid does not say that one which was closed was not.
    says_paid = pl.col("paid_at").is_not_null().any().over("book_id", "platform", "shop_id")
    mode = (
        pl.when((paid | ~says_paid) & (pl.col("status") == "closed"))
        .then(pl.lit("closed"))
        .when(paid)
        .then(pl.lit("due"))
        .when(pl.col("status").is_null())
        .then(pl.lit("unknown"))
        .otherwise(pl.lit("unpaid"))
    )
    return orders.select(
        pl.col("row").alias("order_row"),
        mode.alias("mode"),
        pl.col("closed_at").alias("until"),
        # Exports such as Taobao's say neither when an order left nor when it was closed: what left may have left in time.
        (pl.coalesce("shipped_at", "paid_at").is_not_null() & pl.col("closed_at").is_null()).alias("is_any_time"),
        pl.col("status").is_in(SHIPPED).fill_null(value=False).alias("is_shipped"),
    )


def parcel_lines(parcels: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """What parcels hold: `parcel_row`, `platform_order_id`, `sub`, `sku`, `parts`, `left_at`, `is_further` and its number.

    A parcel that names no order, and whose number a case says, belongs to the case's order. A parcel without lines gives one of
    no piece.
    """
    line = pl.col("lines").struct
    lines = parcels.select("row", "book_id", "tracking_no", "carrier", "direction", "left_at", "lines").explode(
        "lines", empty_as_null=True
    )
    sent = (
        cases.filter(pl.col("exchange_tracking_no").is_not_null() & pl.col("platform_order_id").is_not_null())
        .group_by(pl.col("exchange_tracking_no").alias("tracking_no"), "book_id")
        .agg(pl.col("platform_order_id").unique().sort())
        .filter(pl.col("platform_order_id").list.len() == 1)
        .with_columns(pl.col("platform_order_id").list.first().alias("of_case"))
        .drop("platform_order_id")
    )
    return (
        lines.join(sent, on=["tracking_no", "book_id"], how="left", nulls_equal=True)
        .select(
            pl.col("row").alias("parcel_row"),
            pl.coalesce(line.field("platform_order_id"), "of_case").alias("platform_order_id"),
            line.field("platform_sub_order_id").alias("sub"),
            line.field("sku").alias("sku"),
            pl.max_horizontal(parts_of(line.field("quantity")).fill_null(0), pl.lit(0)).alias("parts"),
            "left_at",
            (
                pl.col("direction").is_in(["exchange", "reship"]).fill_null(value=False)
                | pl.col("of_case").is_not_null()
            ).alias("is_further"),
            "tracking_no",
            "carrier",
        )
        .pipe(_summed)
    )


def _summed(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines that say the same of their pieces as one, in the order of parcels."""
    key = [name for name in lines.columns if name != "parts"]
    if numbers_of(lines, key).n_unique() < lines.height:
        lines = lines.group_by(key).agg(pl.col("parts").sum())
    return lines[ordered(lines, lines["parcel_row"], [pl.col("platform_order_id"), pl.col("sub"), pl.col("sku")])]


def parcel_orders(orders: pl.DataFrame, parcels: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Pairs of orders with the parcels that name them, as `paired_orders`.

    Args:
        orders: Orders that count.
        parcels: Parcels with `row`, and their book and shop.
        lines: As `parcel_lines`.
    """
    named = lines.select(pl.col("parcel_row").alias("row"), "platform_order_id").unique().drop_nulls()
    named = named.join(parcels.select("row", "book_id", "shop_id"), on="row").sort("row", "platform_order_id")
    return paired_orders(orders, named, rule="order named")


def placed(lines: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Parcel lines with `key`, the article of the order that they are, and `is_wrong`: an article that was not ordered.

    A line that says neither article nor sub-order, or whose order does not say its articles, has no key and is not wrong: it
    may be any of them.

    Args:
        lines: Parcel lines with `order_row`.
        articles: As `order_lines`.
    """
    by_sku = articles.filter(pl.col("sku").is_not_null()).select("order_row", "sku", pl.col("key").alias("key_of_sku"))
    by_sub = (
        articles.select(
            "order_row",
            pl.col("subs").alias("sub"),
            pl.col("key").alias("key_of_sub"),
            pl.col("sku").alias("sku_of_sub"),
        )
        .explode("sub")
        .filter(pl.col("sub").is_not_null())
        .sort("order_row", "sub", "key_of_sub")
        .unique(["order_row", "sub"], keep="first", maintain_order=True)
    )
    of_order = articles.group_by("order_row").agg(
        pl.col("sku").is_not_null().all().alias("has_skus"), (pl.col("key") == "").any().alias("has_nameless")
    )
    joined = (
        lines.join(by_sku, on=["order_row", "sku"], how="left")
        .join(by_sub, on=["order_row", "sub"], how="left")
        .join(of_order, on="order_row", how="left")
    )
    other = pl.col("sku").is_not_null() & pl.col("sku_of_sub").is_not_null()
    nameless = pl.when("has_nameless").then(pl.lit(""))
    key = pl.coalesce("key_of_sku", pl.when(~other).then("key_of_sub"), nameless)
    return joined.with_columns(
        key.alias("key"),
        (key.is_null() & pl.col("sku").is_not_null() & pl.col("has_skus")).fill_null(value=False).alias("is_wrong"),
    ).drop("key_of_sku", "key_of_sub", "sku_of_sub", "has_skus", "has_nameless")


def case_orders(cases: pl.DataFrame, articles: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What cases do to orders.

    Args:
        cases: Cases that count, with `order_row`.
        articles: As `order_lines`.

    Returns:
        Cancelled before shipment: `order_row`, `key`, `cancelled`; and what may be sent again: `order_row`, `key`, `allowed`,
        where a null key is any article of the order.
    """
    standing = cases.filter(~pl.col("status").is_in(_NO_CASE).fill_null(value=False))
    line = pl.col("lines").struct
    asked = (
        standing.explode("lines", empty_as_null=True)
        .select(
            "order_row",
            "kind",
            "stage",
            line.field("sku").alias("sku"),
            pl.coalesce(line.field("platform_sub_order_id"), "platform_sub_order_id").alias("sub"),
            parts_of(line.field("quantity_requested")).alias("parts"),
        )
        .filter((pl.col("parts") > 0) | pl.col("parts").is_null())
    )
    keyed = placed(asked, articles)
    every = articles.select("order_row", pl.col("key").alias("each"), "ordered")
    stopped = keyed.filter(
        (pl.col("stage") == "before_shipment") & pl.col("kind").is_in(["refund_only", "return_refund", "intercept"])
    )
    wide = pl.col("key").is_null() & pl.col("sku").is_null() & pl.col("sub").is_null()
    cancelled = (
        stopped.join(every, on="order_row", how="left")
        .filter((pl.col("key") == pl.col("each")) | wide)
        .with_columns(
            pl.when(wide)
            .then(pl.coalesce("ordered", pl.lit(_FOR_EVER)))
            .otherwise(pl.coalesce("parts", "ordered"))
            .alias("cancelled")
        )
        .group_by("order_row", pl.col("each").fill_null("").alias("key"))
        .agg(pl.col("cancelled").sum())
    )
    totals = articles.group_by("order_row").agg(pl.col("ordered").sum().alias("in_all"))
    allowed = (
        keyed.filter(pl.col("kind").is_in(_FURTHER))
        .join(articles.select("order_row", "key", "ordered"), on=["order_row", "key"], how="left")
        .join(totals, on="order_row", how="left")
        .group_by("order_row", "key")
        .agg(pl.coalesce("parts", "ordered", "in_all", pl.lit(_FOR_EVER)).sum().alias("allowed"))
    )
    return cancelled, allowed
