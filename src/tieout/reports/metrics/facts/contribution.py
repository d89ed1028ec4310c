"""Facts of what each article leaves: revenue less cost of goods, fees, freight and what after-sales cost (SKU contribution)."""

from collections.abc import Sequence

import polars as pl

from tieout.money.columns import allocated
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import orders_of, tracking_expr

__all__ = ["FACTS"]

_WHERE = ("platform", "shop", "province", "courier", "warehouse")
_SHARED = ("revenue_minor", "fees_minor", "freight_minor", "after_minor", "back_minor")
_AFTER_LEGS = ("return", "intercept", "round_trip", "reship")
_KEY = ["order", "currency"]
_PARCEL = ("book_id", "carrier", "tracking_no")
_SPENT = ("reship_out", "scrap_out")


def _contribution(facts: Facts) -> Built:
    """One row an article of a shipped order; what is known of the order only is shared by the price of the articles."""
    lines, orders = facts.get("lines"), facts.get("orders")
    settled, charges = facts.get("settled"), facts.get("charges")
    if not isinstance(lines, pl.DataFrame) or not isinstance(orders, pl.DataFrame):
        return no_side("orders", "订单")
    if not isinstance(settled, pl.DataFrame):
        return settled
    if not isinstance(charges, pl.DataFrame):
        return charges
    if not lines["cost_minor"].is_not_null().any():
        return no_side("costs of goods", "商品成本")
    whole = orders.filter("is_shipped").select("order", "currency", "receivable_minor")
    goods = (_moved(facts, orders, ("return_in",), "back_minor"), _moved(facts, orders, _SPENT, "spent_minor"))
    for part in (_refunded(facts), _fees(settled, orders), *_freight(facts, charges, orders), *goods):
        whole = whole.join(part, on=_KEY, how="left", maintain_order="left")
    names = [name for name in whole.columns if name not in {*_KEY, "receivable_minor"}]
    whole = whole.with_columns(pl.col(names).fill_null(0)).with_columns(
        (pl.col("receivable_minor") - pl.col("refunds_minor")).alias("revenue_minor"),
        (pl.col("after_minor") - pl.col("spent_minor")).alias("after_minor"),
    )
    rows = lines.filter("is_shipped").join(whole.drop("currency"), on="order", how="left", maintain_order="left")
    rows = _shared_out(rows)
    left = pl.col("revenue_minor") - pl.col("cost_minor") + pl.col("back_minor")
    left = left - pl.col("fees_minor") - pl.col("freight_minor") - pl.col("after_minor")
    return rows.select(
        *_WHERE,
        "sku",
        "category",
        "platform_order_id",
        "shipped_on",
        "currency",
        *_SHARED,
        "cost_minor",
        left.alias("left_minor"),
        *SOURCE,
    )


def _shared_out(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with what falls on each of the amounts of their order, exactly; equal parts where an article has no price."""
    priced = (pl.col("goods_minor").fill_null(0) > 0).all().over("order")
    weighed = rows.with_columns(pl.when(priced).then("goods_minor").otherwise(1).alias("#weight"))
    is_alone = pl.len().over("order") == 1
    alone = weighed.filter(is_alone)
    shared = weighed.filter(~is_alone)
    if shared.height:
        shared = shared.with_columns(
            allocated(shared.with_columns(pl.col(name).fill_null(0)), name, "#weight", over=["order"]).alias(name)
            for name in _SHARED
        )
    return pl.concat([alone, shared]).drop("#weight")


def _refunded(facts: Facts) -> pl.DataFrame:
    refunds = facts.get("refunds")
    schema = {"order": pl.Int64, "currency": pl.String, "refunds_minor": pl.Int64}
    if not isinstance(refunds, pl.DataFrame):
        return pl.DataFrame(schema=schema)
    known = refunds.filter(pl.col("order").is_not_null())
    return known.group_by(_KEY).agg(pl.col("amount_minor").sum().alias("refunds_minor"))


def _fees(settled: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    fees = settled.filter(pl.col("is_fee") & pl.col("platform_order_id").is_not_null())
    named = fees.group_by("platform", "shop_id", "platform_order_id", "currency").agg(
        pl.col("fee_minor").sum().alias("fees_minor")
    )
    placed = named.with_columns(orders_of(named, orders)).filter(pl.col("order").is_not_null())
    return placed.group_by(_KEY).agg(pl.col("fees_minor").sum())


def _freight(facts: Facts, charges: pl.DataFrame, orders: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What couriers cost each order, outbound and after the sale; a parcel of several orders is shared by what they bring."""
    is_after = pl.col("leg").is_in(_AFTER_LEGS)
    costs = (
        charges.filter(pl.col("tracking_no").is_not_null())
        .group_by("tracking_no", "currency")
        .agg(
            pl.when(is_after).then(0).otherwise("net_minor").sum().alias("freight_minor"),
            pl.when(is_after).then("net_minor").otherwise(0).sum().alias("after_minor"),
        )
    )
    held = _parcel_orders(facts, orders)
    rows = costs.join(held, on="tracking_no").join(
        orders.select("order", pl.col("receivable_minor").alias("#weight")), on="order", maintain_order="left"
    )
    rows = rows.sort("tracking_no", "currency", "order")
    over = ["tracking_no", "currency"]
    weighable = (pl.col("#weight").fill_null(0) > 0).all().over(over)
    rows = rows.with_columns(
        pl.when(weighable).then("#weight").otherwise(1).alias("#weight"), (pl.len().over(over) > 1).alias("#many")
    )
    many = rows.filter("#many")
    names = ("freight_minor", "after_minor")
    if many.height:
        many = many.with_columns(allocated(many, name, "#weight", over=over).alias(name) for name in names)
    every = pl.concat([rows.filter(~pl.col("#many")), many])
    first, second = (every.group_by(_KEY).agg(pl.col(name).sum()) for name in names)
    return first, second


def _parcel_orders(facts: Facts, orders: pl.DataFrame) -> pl.DataFrame:
    """Which orders are in which parcel, or come back in it: `tracking_no`, `order`."""
    parts = []
    parcels, cases = facts.with_carried("Shipment", _PARCEL), facts.get("returns")
    if parcels is not None:
        numbers = pl.col("lines").list.eval(pl.element().struct.field("platform_order_id").drop_nulls()).list.unique()
        rows = (
            parcels.select("shop_id", tracking_expr("tracking_no"), numbers.alias("platform_order_id"))
            .explode("platform_order_id", empty_as_null=True)
            .filter(pl.col("platform_order_id").is_not_null())
        )
        parts.append(rows.with_columns(orders_of(rows, orders)).select("tracking_no", "order"))
    given = facts.records("Return")
    if given is not None and isinstance(cases, pl.DataFrame):
        back = given.select("platform", "shop_id", "platform_order_id", tracking_expr("return_tracking_no"))
        back = back.filter(pl.col("tracking_no").is_not_null())
        placed = back.with_columns(orders_of(back, orders))
        parts.append(placed.select("tracking_no", "order"))
    schema = {"tracking_no": pl.String, "order": pl.Int64}
    every = pl.concat([pl.DataFrame(schema=schema), *parts])
    return every.filter(pl.col("order").is_not_null()).unique().sort("tracking_no", "order")


def _moved(facts: Facts, orders: pl.DataFrame, types: Sequence[str], name: str) -> pl.DataFrame:
    """The cost of the goods that movements of some types put into stock for each order, below zero where they took them out."""
    moves = facts.get("movements")
    schema = {"order": pl.Int64, "currency": pl.String, name: pl.Int64}
    if not isinstance(moves, pl.DataFrame) or "order" not in moves.columns:
        return pl.DataFrame(schema=schema)
    meant = moves.filter(pl.col("type").is_in(types) & pl.col("order").is_not_null())
    known = meant.filter(pl.col("order").is_in(orders["order"].implode()))
    return known.group_by(_KEY).agg(pl.col("value_minor").sum().alias(name))


FACTS = (
    FactKind(
        name="contribution",
        title="articles of shipped orders and what they leave",
        title_zh="发货商品贡献",
        dimensions=(*_WHERE, "sku", "category"),
        moments=("shipped_on",),
        ids=("platform_order_id",),
        build=_contribution,
    ),
)
