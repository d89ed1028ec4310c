"""Amounts: what each order brings and costs, each movement counted once however many bills show it."""

from collections.abc import Mapping

import attrs
import polars as pl

from tieout.chain._gathering import Things
from tieout.chain._kinds import SCOPE
from tieout.chain._links import Links, effective_refunds
from tieout.model import SettlementLineType

__all__ = [
    "BALANCE",
    "GROSS",
    "PARTS",
    "Amounts",
    "allotted",
    "amounts_of",
    "by_channel_alone",
    "freight_shares",
    "of_orders",
]

GROSS = tuple(kind.value for kind in SettlementLineType if kind.is_gross)
BALANCE = tuple(kind.value for kind in SettlementLineType if kind.is_balance)
_BACK = ("sale_refund", "subsidy_clawback")
PARTS = ("receivable_minor", "refunds_minor", "fees_minor", "freight_minor", "cost_minor")
"""What a margin is the sum of, each signed as the merchant gains by it."""
_KEY = ["order", "currency"]


@attrs.frozen(kw_only=True)
class Amounts:
    """Amounts of orders, by `order` and `currency`.

    Attributes:
        refunds: `refunds_minor`: what went back to buyers and funders, not positive.
        fees: `fees_minor`: what platforms and channels kept.
        collected: `collected_minor`: what was settled, else what the channel or the courier has.
        freight: `freight_minor`: what couriers charged, each parcel's charges split among its orders.
    """

    refunds: pl.DataFrame = attrs.field(repr=False)
    fees: pl.DataFrame = attrs.field(repr=False)
    collected: pl.DataFrame = attrs.field(repr=False)
    freight: pl.DataFrame = attrs.field(repr=False)


def amounts_of(things: Mapping[str, Things], links: Links) -> Amounts:
    """What the records say of each order.

    Args:
        things: Of every kind.
        links: How they hang together.
    """
    lines = of_orders(
        things["line"].nodes.select("node", "type", "refund_id", "cash_minor", "cash_currency"), links, "line"
    )
    settled = _summed(lines.filter(pl.col("type").is_in(GROSS)), "collected_minor")
    fees = _summed(lines.filter(~pl.col("type").is_in((*GROSS, *BALANCE))), "fees_minor")
    has_lines = lines.filter(pl.col("type").is_in(GROSS))["order"].unique()
    every = _of_channel(things, links)
    of_channel = every.join(by_channel_alone(things), on="order", how="semi")
    is_fee = pl.col("is_fee")
    by_channel = _summed(of_channel.filter(~is_fee), "collected_minor")
    seen = pl.concat([has_lines, by_channel["order"].unique()])
    charges = of_orders(
        things["charge"].nodes.filter(pl.col("charge_type") == "cod_remittance"), links, "charge"
    ).filter(~pl.col("order").is_in(seen.implode()))
    return Amounts(
        refunds=_refunds(things, links, lines, every),
        fees=pl.concat([fees, _summed(of_channel.filter(is_fee), "fees_minor")]),
        collected=pl.concat([settled, by_channel, _summed(charges, "collected_minor")]),
        freight=_summed(freight_shares(things, links), "freight_minor"),
    )


def by_channel_alone(things: Mapping[str, Things]) -> pl.DataFrame:
    """Orders of shops that no platform settles: what the channel has is what they collected. `order`.

    Where a platform settles, a payment on a channel's bill is the buyer's, and says nothing of what the platform owes. A platform
    settles that has lines or settlements of the shop, and one of which a reconciliation awaited lines and got none.
    """
    orders = things["order"].nodes.select(pl.col("node").alias("order"), *SCOPE)
    seen = things["order"].seen.filter(~pl.col("is_evidence"), pl.col("outcome").is_in(sorted(things["line"].awaited)))
    awaiting = orders.join(seen, left_on="order", right_on="node", how="semi")
    stated = [things["line"].nodes.filter(pl.col("type").is_in(GROSS)), things["settlement"].nodes, awaiting]
    settling = pl.concat([frame.select(SCOPE) for frame in stated]).unique()
    return orders.join(settling, on=list(SCOPE), how="anti", nulls_equal=True).select("order")


def of_orders(nodes: pl.DataFrame, links: Links, kind: str) -> pl.DataFrame:
    """Things that belong to one order, with `order`; what belongs to several is nobody's alone."""
    pairs = links.orders[kind]
    alone = pairs.filter(pl.len().over("node") == 1)
    return nodes.join(alone, on="node").rename({"cash_currency": "currency"})


def _summed(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    return rows.filter(pl.col("currency").is_not_null()).group_by(_KEY).agg(pl.col("cash_minor").sum().alias(name))


def _refunds(things: Mapping[str, Things], links: Links, lines: pl.DataFrame, of_channel: pl.DataFrame) -> pl.DataFrame:
    """What went back: by the refunds on record; by lines, or else by the channel, where no such refund is."""
    effective = effective_refunds(things["refund"].nodes)
    counted = of_orders(effective, links, "refund").with_columns(
        (pl.col("cash_minor") - pl.col("clawback_minor").fill_null(0)).alias("cash_minor")
    )
    on_record = links.refunded["line"].join(effective, left_on="left", right_on="node", how="semi")["right"]
    with_refund = counted["order"].unique().implode()
    back = lines.filter(
        pl.col("type").is_in(_BACK)
        & pl.when(pl.col("refund_id").is_null())
        .then(~pl.col("order").is_in(with_refund))
        .otherwise(~pl.col("node").is_in(on_record.implode()))
    )
    known = pl.concat([counted["order"], back["order"]]).unique().implode()
    by_channel = of_channel.filter(~pl.col("is_fee") & pl.col("is_refund") & ~pl.col("order").is_in(known))
    columns = ["order", "currency", "cash_minor"]
    return _summed(pl.concat([part.select(columns) for part in (counted, back, by_channel)]), "refunds_minor")


def _of_channel(things: Mapping[str, Things], links: Links) -> pl.DataFrame:
    """Movements on the bills of channels, once each: a trade bill says an amount and its fee, a fund bill says both as rows."""
    name = ["channel", "channel_txn_id", "channel_refund_id"]
    rows = of_orders(things["channel"].nodes, links, "channel").select(
        "order", *name, "bill_kind", "cash_minor", "fee_minor", "currency"
    )
    amounts = rows.drop("fee_minor")
    fees = rows.filter(pl.col("fee_minor").fill_null(0) != 0).select(
        *(pl.col("fee_minor").alias(column) if column == "cash_minor" else column for column in amounts.columns)
    )
    group = ["order", *name, "cash_minor", "currency"]
    counts = pl.concat([amounts, fees]).group_by([*group, "bill_kind"]).len()
    once = counts.group_by(group).agg(pl.col("len").max())
    is_refund = pl.col("channel_refund_id").is_not_null()
    gains = pl.col("cash_minor") > 0
    return once.select(
        *group[:-2],
        "currency",
        (pl.col("cash_minor") * pl.col("len").cast(pl.Int64)).alias("cash_minor"),
        is_refund.alias("is_refund"),
        (is_refund == gains).alias("is_fee"),
    )


def freight_shares(things: Mapping[str, Things], links: Links) -> pl.DataFrame:
    """What of each charge falls on which order: `node`, `order`, `currency`, `cash_minor`.

    A parcel of several orders is split by what its articles cost the buyer, where every order in it says that, else equally; the
    shares of a charge sum to it, by largest remainder (`domain.md` 2.5; no record says the weight of an article).
    """
    charges = things["charge"].nodes.filter(
        (pl.col("charge_type") != "cod_remittance") & pl.col("cash_minor").is_not_null()
    )
    pairs = charges.select("node", "cash_minor", "cash_currency").join(links.orders["charge"], on="node")
    pairs = pairs.with_columns((pl.len().over("node") > 1).alias("is_shared"))
    shared = pairs.filter("is_shared")
    if shared.height:
        parcels = links.parcels.select(pl.col("right").alias("node"), pl.col("left").alias("parcel")).unique("node")
        shared = shared.join(parcels, on="node", how="left")
        shared = shared.join(_values(things, links, shared), on=["parcel", "order"], how="left")
        is_known = (pl.col("value").fill_null(0) > 0).all().over("node")
        shared = shared.with_columns(pl.when(is_known).then("value").otherwise(1).alias("weight"))
        numbers = things["order"].nodes.select(
            pl.col("node").alias("order"), "platform_order_id", "shop_id", "platform"
        )
        shared = allotted(shared.join(numbers, on="order"))
    columns = ["node", "order", pl.col("cash_currency").alias("currency"), "cash_minor"]
    return pl.concat([pairs.filter(~pl.col("is_shared")).select(columns), shared.select(columns)])


def allotted(rows: pl.DataFrame) -> pl.DataFrame:
    """`cash_minor` of each `node` split among its rows by `weight`, exactly; ties go to the first order number.

    Args:
        rows: `node`, `cash_minor` (the whole, on each row), `weight` (whole, positive), `platform_order_id`, `shop_id`,
            `platform`.
    """
    size = pl.col("cash_minor").abs().cast(pl.Int128)
    product = size * pl.col("weight").cast(pl.Int128)
    total = pl.col("weight").cast(pl.Int128).sum().over("node")
    split = rows.with_columns((product // total).alias("floor"), (product % total).alias("rest")).with_columns(
        (size - pl.col("floor").sum().over("node")).alias("left")
    )
    order = ["node", "rest", "platform_order_id", "shop_id", "platform"]
    split = split.sort(order, descending=[False, True, False, False, False], nulls_last=True)
    nth = pl.int_range(pl.len()).over("node")
    share = pl.col("floor") + (nth < pl.col("left")).cast(pl.Int128)
    return split.with_columns((share * pl.col("cash_minor").sign()).cast(pl.Int64).alias("cash_minor"))


def _values(things: Mapping[str, Things], links: Links, shared: pl.DataFrame) -> pl.DataFrame:
    """What the articles of each order in a shared parcel cost the buyer: `parcel`, `order`, `value` (null where unknown)."""
    line = pl.col("lines").struct
    fields = ["platform_order_id", "platform_sub_order_id", "sku", "quantity"]
    wanted = shared["parcel"].drop_nulls().unique()
    held = (
        things["parcel"]
        .nodes.filter(pl.col("node").is_in(wanted.implode()))
        .select(pl.col("node").alias("parcel"), "lines")
        .explode("lines", empty_as_null=True)
        .select("parcel", *(line.field(name).alias(name) for name in fields))
        .join(links.orders["parcel"].rename({"node": "parcel"}), on="parcel")
        .join(
            things["order"].nodes.select(pl.col("node").alias("order"), pl.col("platform_order_id").alias("own")),
            on="order",
        )
        .filter(pl.col("platform_order_id") == pl.col("own"))
    )
    sold = (
        things["order"]
        .nodes.filter(pl.col("node").is_in(held["order"].unique().implode()))
        .select(pl.col("node").alias("order"), "lines")
        .explode("lines", empty_as_null=True)
        .select(
            "order",
            *(line.field(name).alias(name) for name in ("platform_sub_order_id", "sku")),
            line.field("unit_price_minor").alias("price"),
        )
    )
    by_sub = _prices(sold, "platform_sub_order_id")
    by_sku = _prices(sold, "sku")
    priced = held.join(by_sub, on=["order", "platform_sub_order_id"], how="left").join(
        by_sku, on=["order", "sku"], how="left"
    )
    price = pl.coalesce("price_of_platform_sub_order_id", "price_of_sku")
    value = price.cast(pl.Int128) * pl.col("quantity").to_physical().cast(pl.Int128)
    return priced.group_by("parcel", "order").agg(
        pl.when(value.is_null().any()).then(None).otherwise(value.sum()).alias("value")
    )


def _prices(sold: pl.DataFrame, by: str) -> pl.DataFrame:
    known = sold.filter(pl.col(by).is_not_null() & pl.col("price").is_not_null())
    return known.group_by("order", by).agg(pl.col("price").min().alias(f"price_of_{by}"))
