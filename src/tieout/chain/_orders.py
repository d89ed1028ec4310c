"""Orders: of each one status and one margin."""

from collections.abc import Mapping

import polars as pl

from tieout.chain._amounts import PARTS, Amounts
from tieout.chain._gathering import Things
from tieout.chain._kinds import SCOPE
from tieout.chain._links import Links

__all__ = ["orders_of"]

_KEY = ["order", "currency"]
_ENDED = ("closed", "rejected")
_LEFT = ("picked_up", "in_transit", "out_for_delivery", "signed", "rejected", "intercepting", "returning", "returned",
         "lost", "damaged", "compensated")  # fmt: skip
_BACK = ("returned",)
_COMING_BACK = ("rejected", "intercepting", "returning")
_GONE = ("lost", "damaged", "compensated")
_CAME_BACK = ("received", "inspected", "refunding", "refunded", "exchanging", "exchanged", "repairing", "repaired")
_TAKEN_BACK = ("return_refund", "intercept", "rejected")
_SHIPPED = {"shipped": "shipped", "partially_shipped": "partly shipped", "signed": "signed", "completed": "signed"}


def orders_of(things: Mapping[str, Things], links: Links, amounts: Amounts) -> pl.DataFrame:
    """One row per order with its status, its amounts and its margin.

    Args:
        things: Of every kind.
        links: How they hang together.
        amounts: What the records say of each order.
    """
    orders = things["order"].nodes.rename({"node": "order", "cash_currency": "currency"})
    orders = orders.with_columns(pl.coalesce("created_at", "paid_at", "completed_at", "closed_at").alias("ordered_at"))
    table = orders.select(
        "order", *SCOPE, "platform_order_id", "ordered_at", pl.col("status").alias("order_status"), "closed_at", "currency",
        "cash_minor", pl.col("cost_minor").alias("stated_cost_minor"), "lines",
    )  # fmt: skip
    for part in (amounts.refunds, amounts.fees, amounts.collected, amounts.freight):
        table = table.join(part, on=_KEY, how="left", maintain_order="left")
    table = table.join(_absorbed(things), on="order", how="left", maintain_order="left")
    table = table.join(_goods(things, links, orders), on="order", how="left", maintain_order="left")
    table = table.with_columns(
        pl.col("collected_minor").is_not_null().alias("has_collected"),
        pl.col("refunds_minor", "fees_minor", "freight_minor", "collected_minor").fill_null(0),
    )
    table = table.with_columns(_receivable().alias("receivable_minor"))
    table = table.join(_stock_cost(things, links), on=_KEY, how="left", maintain_order="left").join(
        _returned_cost(things, links), on="order", how="left", maintain_order="left"
    )
    table = table.with_columns(_cost().alias("cost_minor"))
    table = table.join(_others(table, amounts), on="order", how="left", maintain_order="left")
    return _finished(table)


def _finished(table: pl.DataFrame) -> pl.DataFrame:
    open_minor = pl.col("receivable_minor") + pl.col("refunds_minor") - pl.col("collected_minor")
    table = table.with_columns(open_minor.alias("open_minor"))
    table = table.with_columns(_collection().alias("collection"))
    margin = pl.lit(0, dtype=pl.Int64)
    for part in PARTS:
        margin = margin + pl.col(part)
    known = pl.col("other_currencies").is_null()
    return table.select(
        *SCOPE,
        "platform_order_id",
        "ordered_at",
        "order_status",
        pl.concat_str([pl.col("collection").fill_null("nothing due"), "goods"], separator=", ").alias("status"),
        "collection",
        "goods",
        "currency",
        "receivable_minor",
        "refunds_minor",
        "collected_minor",
        "open_minor",
        "fees_minor",
        "freight_minor",
        "cost_minor",
        pl.when(known).then(margin).alias("margin_minor"),
        "other_currencies",
        "order",
    ).sort(*SCOPE, "platform_order_id", nulls_last=True)


def _is_idle() -> pl.Expr:
    """Orders that never were paid, or ended without a movement: nothing is due of them."""
    ended = pl.col("order_status").is_in(_ENDED).fill_null(value=False) | (
        pl.col("order_status").is_null() & pl.col("closed_at").is_not_null()
    )
    untouched = ~pl.col("has_collected") & (pl.col("refunds_minor") == 0)
    return untouched & (ended | (pl.col("order_status") == "created").fill_null(value=False))


def _receivable() -> pl.Expr:
    """What the order is to bring: what it says; of one that ended, what was given back of it, which leaves nothing."""
    ended = pl.col("order_status").is_in(_ENDED).fill_null(value=False)
    back = pl.min_horizontal("cash_minor", -pl.col("refunds_minor"))
    return (
        pl.when(pl.col("cash_minor").is_null())
        .then(None)
        .when(_is_idle())
        .then(0)
        .when(ended)
        .then(back)
        .otherwise("cash_minor")
    )


def _collection() -> pl.Expr:
    """How far the order is collected (`domain.md` C25); null where nothing is due, or nothing says what is."""
    left = pl.col("open_minor")
    allowed = pl.when(pl.col("is_absorbed").fill_null(value=False)).then(left.abs()).otherwise(0)
    kept = pl.col("receivable_minor") + pl.col("refunds_minor")
    return (
        pl.when(left.is_null() | _is_idle())
        .then(None)
        .when(left < -allowed)
        .then(pl.lit("over_settled"))
        .when((pl.col("refunds_minor") < 0) & (kept <= allowed) & (left.abs() <= allowed))
        .then(pl.lit("refunded"))
        .when(left.abs() <= allowed)
        .then(pl.lit("settled"))
        .when(~pl.col("has_collected"))
        .then(pl.lit("unsettled"))
        .otherwise(pl.lit("partially_settled"))
    )


def _absorbed(things: Mapping[str, Things]) -> pl.DataFrame:
    """Orders whose difference a reconciliation with settlement lines took for nothing: `order`, `is_absorbed`."""
    beside = things["line"].seen.select("outcome").unique()
    seen = things["order"].seen.join(beside, on="outcome", how="semi").filter(pl.col("verdict") == "within tolerance")
    return seen.select(pl.col("node").alias("order")).unique().with_columns(pl.lit(value=True).alias("is_absorbed"))


def _goods(things: Mapping[str, Things], links: Links, orders: pl.DataFrame) -> pl.DataFrame:
    """Where the goods of each order are: `order`, `goods`."""
    status = pl.col("status")
    parcels = (
        things["parcel"]
        .nodes.filter((pl.col("direction") != "return").fill_null(value=True))
        .select(
            "node",
            (
                (status.is_in(_LEFT)).fill_null(value=False)
                | pl.col("shipped_at").is_not_null()
                | pl.col("picked_up_at").is_not_null()
                | pl.col("signed_at").is_not_null()
            ).alias("left")
            & ~(status == "voided").fill_null(value=False),
            status.is_in(_BACK).fill_null(value=False).alias("back"),
            status.is_in(_COMING_BACK).fill_null(value=False).alias("coming"),
            status.is_in(_GONE).fill_null(value=False).alias("gone"),
            ((status == "signed") | (pl.col("signed_at").is_not_null() & status.is_null()))
            .fill_null(value=False)
            .alias("signed"),
        )
    )
    of_parcels = (
        parcels.join(links.orders["parcel"], on="node")
        .group_by("order")
        .agg(pl.col("left").sum(), *(pl.col(name).sum() for name in ("back", "coming", "gone", "signed")))
    )
    cases = (
        things["return"]
        .nodes.filter(pl.col("kind").is_in(_TAKEN_BACK))
        .join(links.orders["return"], on="node")
        .filter(
            pl.col("received_at").is_not_null()
            | (pl.col("status").is_in(_CAME_BACK) & (pl.col("stage") != "before_shipment").fill_null(value=True))
        )
        .explode("lines", empty_as_null=True)
        .with_columns(pl.col("lines").struct.field("quantity_received").alias("pieces"))
        .group_by("order")
        .agg(pl.col("pieces").sum().alias("pieces_back"), pl.len().alias("cases_back"))
    )
    bought = orders.select(
        "order",
        "status",
        "closed_at",
        pl.col("lines").list.eval(pl.element().struct.field("quantity")).list.sum().alias("pieces"),
    )
    joined = bought.join(of_parcels, on="order", how="left").join(cases, on="order", how="left")
    joined = joined.with_columns(pl.col("left", "back", "coming", "gone", "signed", "cases_back").fill_null(0))
    by_word = status.replace_strict(_SHIPPED, default=None, return_dtype=pl.String)
    partly_back = (pl.col("pieces_back") > 0) & (pl.col("pieces_back") < pl.col("pieces"))
    ended = (status == "closed").fill_null(value=False) | (status.is_null() & pl.col("closed_at").is_not_null())
    return joined.select(
        "order",
        pl.when((pl.col("left") == 0) & (pl.col("cases_back") == 0))
        .then(pl.when(ended).then(pl.lit("not shipped")).otherwise(pl.coalesce(by_word, pl.lit("not shipped"))))
        .when(partly_back.fill_null(value=False))
        .then(pl.lit("partly returned"))
        .when((pl.col("cases_back") > 0) | ((pl.col("back") > 0) & (pl.col("back") >= pl.col("left"))))
        .then(pl.lit("returned"))
        .when(pl.col("coming") > 0)
        .then(pl.lit("coming back"))
        .when(pl.col("gone") > 0)
        .then(pl.lit("lost"))
        .when(status == "partially_shipped")
        .then(pl.lit("partly shipped"))
        .when(pl.col("signed") >= pl.col("left"))
        .then(pl.lit("signed"))
        .otherwise(pl.lit("shipped"))
        .alias("goods"),
        (pl.col("left") > 0).alias("has_left"),
    )


def _stock_cost(things: Mapping[str, Things], links: Links) -> pl.DataFrame:
    """What the stock says that an order cost, what came back taken off: `order`, `currency`, `stock_minor`, `is_stock_known`."""
    moves = things["stock"].nodes.join(links.orders["stock"].filter(pl.len().over("node") == 1), on="node")
    return (
        moves.with_columns(pl.col("cash_currency").min().over("order").alias("currency"))
        .filter(pl.col("currency").is_not_null())
        .group_by(_KEY)
        .agg(
            pl.col("cash_minor").sum().alias("stock_minor"),
            pl.col("cash_minor").is_not_null().all().alias("is_stock_known"),
        )
    )


def _returned_cost(things: Mapping[str, Things], links: Links) -> pl.DataFrame:
    """What the articles cost that a case says came back: `order`, `returned_minor`."""
    line = pl.col("lines").struct
    back = (
        things["return"]
        .nodes.filter(pl.col("kind").is_in(_TAKEN_BACK))
        .join(links.orders["return"], on="node")
        .explode("lines", empty_as_null=True)
        .select("order", line.field("sku").alias("sku"), line.field("quantity_received").alias("pieces"))
        .filter(pl.col("pieces") > 0)
    )
    sold = (
        things["order"]
        .nodes.join(back.select(pl.col("order").alias("node")).unique(), on="node")
        .explode("lines", empty_as_null=True)
        .select(
            pl.col("node").alias("order"), line.field("sku").alias("sku"), line.field("unit_cost_minor").alias("cost")
        )
        .filter(pl.col("sku").is_not_null())
        .group_by("order", "sku")
        .agg(pl.col("cost").min())
    )
    priced = back.join(sold, on=["order", "sku"], how="left")
    value = pl.col("cost").cast(pl.Int128) * pl.col("pieces").to_physical().cast(pl.Int128)
    return priced.group_by("order").agg(
        pl.when(value.is_null().any())
        .then(None)
        .otherwise(value.sum() // 10**8)
        .cast(pl.Int64)
        .alias("returned_minor"),
        pl.lit(value=True).alias("has_returned"),
    )


def _cost() -> pl.Expr:
    """What the goods cost that did not come back, not positive; null where nothing says it.

    Stock goes first: what left the warehouse for the order less what came back. Without it, the order's own costs, as soon as
    something left.
    """
    kept = (
        pl.when(pl.col("goods") == "not shipped")
        .then(0)
        .when(pl.col("has_returned").fill_null(value=False))
        .then(pl.col("stated_cost_minor") - pl.col("returned_minor"))
        .when(pl.col("goods") == "returned")
        .then(0)
        .otherwise("stated_cost_minor")
    )
    return (
        pl.when(pl.col("is_stock_known").is_not_null())
        .then(pl.when("is_stock_known").then("stock_minor"))
        .otherwise(-kept)
        .cast(pl.Int64)
    )


def _others(table: pl.DataFrame, amounts: Amounts) -> pl.DataFrame:
    """Other currencies in which orders have amounts, which a margin would mix: `order`, `other_currencies`."""
    parts = [part.select(_KEY) for part in (amounts.refunds, amounts.fees, amounts.collected, amounts.freight)]
    own = table.select("order", pl.col("currency").alias("own"))
    others = pl.concat(parts).unique().join(own, on="order").filter(pl.col("currency") != pl.col("own"))
    return others.group_by("order").agg(pl.col("currency").sort().alias("other_currencies"))
