"""Facts of what was sold: orders, their articles, and their price reductions."""

import polars as pl

from tieout.money.columns import divide_half_up_expr
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import amounts_of, orders_of, shop_expr
from tieout.reports.versions import latest, newest_cases

__all__ = ["FACTS"]

_SHIPPED = ("shipped", "signed", "completed", "partially_shipped", "rejected")
_UNIT = 10**8
_WHERE = ("platform", "shop", "province", "courier", "warehouse")
_ORDER = ("book_id", "platform", "shop_id", "platform_order_id")
_PARCEL = ("book_id", "carrier", "tracking_no")
_NEW = ("closed_at", "completed_at", "signed_at", "shipped_at", "paid_at", "created_at")


def _orders(facts: Facts) -> Built:
    orders = _newest(facts)
    if orders is None:
        return no_side("orders", "订单")
    told = orders.select(
        "platform",
        "shop_id",
        shop_expr().alias("shop"),
        pl.col("ship_to_province").alias("province"),
        "platform_order_id",
        "status",
        "currency",
        pl.coalesce(facts.day("created_at"), facts.day("paid_at")).alias("ordered_on"),
        facts.day("paid_at").alias("paid_on"),
        facts.day("shipped_at").alias("stated_on"),
        "is_carried",
        *SOURCE,
    ).with_row_index("order")
    told = told.with_columns(pl.col("order").cast(pl.Int64))
    table = pl.concat([told, amounts_of(orders)], how="horizontal")
    table = table.join(_sent(facts, table), on="order", how="left", maintain_order="left")
    by_status = pl.col("status").is_in(_SHIPPED).fill_null(value=False)
    left = pl.coalesce("stated_on", "left_on")
    unpaid = (pl.col("status") == "created") | ((pl.col("status") == "closed") & pl.col("paid_on").is_null())
    # A row without a day is of any period, but not one that an earlier period had.
    is_old = pl.col("is_carried") | pl.col("platform_order_id").is_in(_seen(facts).implode())
    has_left = pl.col("is_carried") | pl.col("platform_order_id").is_in(_left_before(facts).implode())
    table = table.with_columns(
        left.alias("shipped_on"),
        (left.is_not_null() | (by_status & ~has_left.fill_null(value=False))).alias("is_shipped"),
        (unpaid.fill_null(value=False) | (is_old.fill_null(value=False) & pl.col("ordered_on").is_null())).alias(
            "is_idle"
        ),
    )
    cases = _with_cases(facts, table)
    return table.with_columns(pl.col("order").is_in(cases.implode()).alias("has_case")).drop(
        "stated_on", "left_on", "is_carried"
    )


def _seen(facts: Facts) -> pl.Series:
    """Numbers of the orders that earlier closes have read."""
    seen = facts.data.seen
    if seen is None:
        return pl.Series("name", [], dtype=pl.String)
    return seen.filter(pl.col("table") == "Order")["name"]


def _left_before(facts: Facts) -> pl.Series:
    """Numbers of the orders that had left when an earlier close read them: all but those that it handed on as waiting."""
    seen, held = _seen(facts), facts.data.carried.get("Order")
    if held is None:
        return seen
    waited = held.to_polars().filter(~pl.col("status").is_in(_SHIPPED).fill_null(value=False))["platform_order_id"]
    return seen.filter(~seen.is_in(waited.drop_nulls().implode()))


def _newest(facts: Facts) -> pl.DataFrame | None:
    """Each order as it was said last, those that earlier periods handed on among them."""
    given = facts.with_carried("Order", _ORDER)
    return None if given is None else latest(given, _ORDER, _NEW)


def _sent(facts: Facts, orders: pl.DataFrame) -> pl.DataFrame:
    """The first parcel of each order: `order`, `left_on`, `courier`, `warehouse`."""
    schema = {"order": pl.Int64, "left_on": pl.Date, "courier": pl.String, "warehouse": pl.String}
    parcels = facts.with_carried("Shipment", _PARCEL)
    if parcels is None:
        return pl.DataFrame(schema=schema)
    rows = (
        parcels.filter((pl.col("direction") != "return").fill_null(value=True) & pl.col("voided_at").is_null())
        .filter((pl.col("status") != "voided").fill_null(value=True))
        .select(
            "shop_id",
            pl.coalesce("picked_up_at", "shipped_at", "signed_at").alias("at"),
            pl.col("carrier").alias("courier"),
            "warehouse",
            "tracking_no",
            pl.col("lines").list.eval(pl.element().struct.field("platform_order_id")).list.unique().alias("numbers"),
        )
        .explode("numbers", empty_as_null=True)
        .rename({"numbers": "platform_order_id"})
        .filter(pl.col("platform_order_id").is_not_null())
    )
    return (
        rows.with_columns(orders_of(rows, orders))
        .filter(pl.col("order").is_not_null())
        .sort("order", "at", "tracking_no", "courier", nulls_last=True)
        .unique("order", keep="first", maintain_order=True)
        .select("order", facts.day("at").alias("left_on"), "courier", "warehouse")
    )


def _with_cases(facts: Facts, orders: pl.DataFrame) -> pl.Series:
    cases = facts.records("Return")
    if cases is None:
        return pl.Series("order", [], dtype=pl.Int64)
    counted = newest_cases(cases).filter((pl.col("status") != "cancelled").fill_null(value=True))
    return orders_of(counted.select("platform", "shop_id", "platform_order_id"), orders).drop_nulls().unique()


def _lines(facts: Facts) -> Built:
    orders = facts.get("orders")
    newest = _newest(facts)
    if not isinstance(orders, pl.DataFrame) or newest is None:
        return no_side("orders", "订单")
    line = pl.col("lines").struct
    fields = ("sku", "quantity", "unit_price_minor", "goods_amount_minor", "unit_cost_minor", "line_paid_minor")
    rows = (
        newest.select("lines")
        .with_row_index("order")
        .with_columns(pl.col("order").cast(pl.Int64))
        .explode("lines", empty_as_null=True)
        .select("order", *(line.field(name).alias(name) for name in fields))
    )
    pieces = pl.col("quantity").to_physical().cast(pl.Int128)
    priced = divide_half_up_expr(pl.col("unit_price_minor").cast(pl.Int128) * pieces, _UNIT)
    cost = divide_half_up_expr(pl.col("unit_cost_minor").cast(pl.Int128) * pieces, _UNIT)
    rows = rows.select(
        "order",
        "sku",
        "quantity",
        pl.coalesce("goods_amount_minor", priced).alias("goods_minor"),
        cost.alias("cost_minor"),
        "line_paid_minor",
    )
    of_order = orders.select(
        *_WHERE, "platform_order_id", "currency", "ordered_on", "shipped_on", "is_shipped", "is_idle", *SOURCE
    )
    table = pl.concat([rows, of_order[rows["order"]]], how="horizontal")
    return with_category(facts, table)


def with_category(facts: Facts, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the `category` of their `sku`, null where the merchant's list of articles does not say it."""
    articles = facts.records("articles", "Article")
    if articles is None:
        return rows.with_columns(pl.lit(None, dtype=pl.String).alias("category"))
    known = articles.select("sku", "category").sort("sku", "category", nulls_last=True).unique("sku", keep="first")
    return rows.join(known, on="sku", how="left", maintain_order="left")


def _discounts(facts: Facts) -> Built:
    orders = facts.get("orders")
    newest = _newest(facts)
    if not isinstance(orders, pl.DataFrame) or newest is None:
        return no_side("orders", "订单")
    part = pl.col("discounts").struct
    rows = (
        newest.select("discounts")
        .with_row_index("order")
        .with_columns(pl.col("order").cast(pl.Int64))
        .filter(pl.col("discounts").list.len() > 0)
        .explode("discounts", empty_as_null=True)
        .select(
            "order",
            part.field("kind").alias("discount_kind"),
            part.field("funder").alias("funder"),
            part.field("amount_minor").alias("amount_minor"),
            part.field("merchant_share").alias("share"),
        )
    )
    share = pl.col("share").to_physical().cast(pl.Int128)
    others = divide_half_up_expr(pl.col("amount_minor").cast(pl.Int128) * (_UNIT - share), _UNIT)
    of_others = (
        pl.when(pl.col("funder") == "merchant")
        .then(0)
        .when(pl.col("share").is_not_null())
        .then(others)
        .otherwise("amount_minor")
    )
    rows = rows.with_columns(
        (pl.col("amount_minor") - of_others).alias("merchant_funded_minor"),
        of_others.cast(pl.Int64).alias("others_funded_minor"),
    ).drop("share")
    of_order = orders.select(*_WHERE, "platform_order_id", "currency", "ordered_on", "is_idle", *SOURCE)
    return pl.concat([rows, of_order[rows["order"]]], how="horizontal")


def _complaints(facts: Facts) -> Built:
    given = facts.records("complaints", "Complaint")
    if given is None:
        return no_side("records of complaints (a table named complaints)", "投诉记录（complaints 表）")
    orders = facts.get("orders")
    known = orders if isinstance(orders, pl.DataFrame) else None
    rows = given.select(
        "platform",
        "shop_id",
        pl.col("order_id").alias("platform_order_id"),
        facts.day("complained_at").alias("complained_on"),
        pl.col("type").alias("reason"),
        *SOURCE,
    )
    rows = rows.with_columns(orders_of(rows, known))
    where = ("province", "courier", "warehouse")
    if known is None:
        return rows.with_columns(shop_expr().alias("shop"), *(pl.lit(None, pl.String).alias(name) for name in where))
    of_order = known.select("order", *where, pl.col("platform").alias("p"), pl.col("shop_id").alias("s"))
    joined = rows.join(of_order, on="order", how="left", maintain_order="left")
    return joined.with_columns(
        pl.coalesce("platform", "p").alias("platform"), pl.coalesce("shop_id", "s").alias("shop_id")
    ).with_columns(shop_expr().alias("shop"))


FACTS = (
    FactKind(
        name="orders",
        title="orders",
        title_zh="订单",
        dimensions=_WHERE,
        moments=("ordered_on", "shipped_on"),
        ids=("platform_order_id",),
        build=_orders,
        finer=("lines", "order"),
    ),
    FactKind(
        name="lines",
        title="articles of orders",
        title_zh="订单明细",
        dimensions=(*_WHERE, "sku", "category"),
        moments=("ordered_on", "shipped_on"),
        ids=("platform_order_id",),
        build=_lines,
    ),
    FactKind(
        name="discounts",
        title="price reductions of orders",
        title_zh="订单优惠",
        dimensions=(*_WHERE, "discount_kind"),
        moments=("ordered_on",),
        ids=("platform_order_id",),
        build=_discounts,
    ),
    FactKind(
        name="complaints",
        title="complaints",
        title_zh="投诉",
        dimensions=(*_WHERE, "reason"),
        moments=("complained_on",),
        ids=("platform_order_id",),
        build=_complaints,
    ),
)
