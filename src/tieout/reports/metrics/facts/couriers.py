"""Facts of parcels and of what couriers bill for them."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from tieout.money.columns import RATE_SCALE, net_of_tax_expr
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import orders_of, shop_expr, tracking_expr
from tieout.reports.versions import in_order, latest

__all__ = ["FACTS"]

_OF_PARCEL = ("platform", "shop", "province", "warehouse")
_PARCEL = ("book_id", "carrier", "tracking_no")
_LEFT = ("picked_up_at", "shipped_at", "signed_at")
_WEIGHED = ("base", "all_in")
_NOT_COSTS = ("cod_remittance", "late_payment", "payment_processing")
_ASIDE = ("listed_twice", "another_period")
_PPM = 10**8 // RATE_SCALE


def _parcels(facts: Facts) -> Built:
    given = facts.with_carried("Shipment", _PARCEL)
    if given is None:
        return no_side("parcels", "运单")
    # A parcel without a day is of any period, but not one that an earlier period had.
    new = given.filter(~pl.col("is_carried") | pl.any_horizontal(pl.col(name).is_not_null() for name in _LEFT))
    newest = latest(new, _PARCEL, ("signed_at", "picked_up_at", "shipped_at", "label_created_at"))
    rows = newest.select(
        pl.col("carrier").alias("courier"),
        tracking_expr("tracking_no"),
        "shop_id",
        "warehouse",
        pl.col("dest_province").alias("dest"),
        "direction",
        (pl.col("voided_at").is_null() & (pl.col("status") != "voided").fill_null(value=True)).alias("is_sent"),
        facts.day("picked_up_at").alias("picked_on"),
        pl.coalesce(*(facts.day(name) for name in _LEFT)).alias("shipped_on"),
        pl.coalesce("weight_scale_g", "weight_theoretical_g").alias("weight_g"),
        pl.col("lines").list.first().struct.field("platform_order_id").alias("platform_order_id"),
        *SOURCE,
    )
    orders = facts.get("orders")
    known = orders if isinstance(orders, pl.DataFrame) else None
    rows = rows.with_columns(orders_of(rows, known))
    if known is None:
        rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in ("platform", "own", "home"))
    else:
        of_order = known.select("order", "platform", pl.col("shop_id").alias("own"), pl.col("province").alias("home"))
        rows = rows.join(of_order, on="order", how="left", maintain_order="left")
    return (
        rows.with_columns(pl.coalesce("shop_id", "own").alias("shop_id"), pl.coalesce("dest", "home").alias("province"))
        .with_columns(shop_expr().alias("shop"))
        .drop("own", "home", "dest")
    )


def _of_parcels(facts: Facts, rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Rows with what is known of their parcels.

    Args:
        facts: The facts.
        rows: `courier`, `tracking_no`.
        names: Columns of parcels, with their names in the result; null where the parcel is not known.
    """
    parcels = facts.get("parcels")
    if not isinstance(parcels, pl.DataFrame):
        schema: dict[str, Any] = {**dict.fromkeys(names.values(), pl.String), "picked_on": pl.Date, "order": pl.Int64}
        return rows.with_columns(pl.lit(None, dtype=schema[name]).alias(name) for name in names.values())
    key = ["courier", "tracking_no"]
    chosen = [pl.col(name).alias(to) for name, to in names.items()]
    said = parcels.filter(pl.col("courier").is_not_null()).select(*key, *chosen).unique(key, keep="first")
    joined = rows.join(said, on=key, how="left", maintain_order="left")
    silent = parcels.filter(pl.col("courier").is_null())
    if not silent.height:  # the merchant's file names no courier where it ships with one only
        return joined
    renamed = {to: f"{to}_silent" for to in names.values()}
    other = silent.select("tracking_no", *chosen).unique("tracking_no", keep="first").rename(renamed)
    joined = joined.join(other, on="tracking_no", how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce(to, silent_to).alias(to) for to, silent_to in renamed.items()).drop(
        list(renamed.values())
    )


def _charges(facts: Facts) -> Built:
    given = facts.records("CourierCharge")
    if given is None:
        return no_side("courier bills", "快递账单")
    rows = given.filter(~pl.col("charge_type").is_in(_NOT_COSTS)).select(
        pl.col("carrier").alias("courier"),
        tracking_expr("tracking_no"),
        "bill_no",
        "charge_type",
        "leg",
        pl.col("zone_billed").alias("zone"),
        pl.col("dest_province").alias("billed_to"),
        "ship_date",
        "billed_weight_g",
        "amount_minor",
        "currency",
        "vat_rate",
        *SOURCE,
    )
    wanted = {
        "platform": "platform",
        "shop": "shop",
        "province": "sent_to",
        "warehouse": "warehouse",
        "picked_on": "picked_on",
        "order": "order",
    }
    rows = _of_parcels(facts, rows, wanted)
    rates = _known_rates(facts)
    rows = rows.join(rates, on="courier", how="left", maintain_order="left", nulls_equal=True)
    stated = pl.coalesce("vat_rate", "contract_rate").to_physical().cast(pl.Int64) // _PPM
    bears = pl.col("charge_type").is_in(_WEIGHED)
    return rows.select(
        "courier",
        *(name for name in _OF_PARCEL if name != "province"),
        pl.coalesce("sent_to", "billed_to").alias("province"),
        "zone",
        "leg",
        "charge_type",
        "tracking_no",
        "bill_no",
        "order",
        pl.coalesce("picked_on", "ship_date").alias("shipped_on"),
        pl.when(pl.col("tracking_no").is_not_null())
        .then(pl.concat_str([pl.col("courier").fill_null(""), "tracking_no"], separator="/"))
        .cast(pl.Categorical)
        .to_physical()  # a number: counting different texts by the million is slow
        .alias("parcel"),
        pl.when(bears).then("billed_weight_g").alias("billed_g"),
        "amount_minor",
        pl.when(stated.is_not_null()).then(net_of_tax_expr(pl.col("amount_minor"), stated)).otherwise("amount_minor")
        .alias("net_minor"),
        "currency",
        *SOURCE,
    )  # fmt: skip


def _known_rates(facts: Facts) -> pl.DataFrame:
    """The VAT rate of a courier's bills where the lines do not say it: of what was posted, if that knows one only."""
    schema: dict[str, Any] = {"courier": pl.String, "contract_rate": pl.Decimal(28, 8)}
    events = [one.events.to_polars().select("party", "tax_rate") for one in facts.data.outcomes_of("courier_bill")]
    if not events:
        return pl.DataFrame(schema=schema)
    rates = pl.concat(events).drop_nulls().unique()
    return (
        rates.group_by(pl.col("party").alias("courier"))
        .agg(pl.col("tax_rate").first().alias("contract_rate"), pl.len())
        .filter(pl.col("len") == 1)
        .select("courier", pl.col("contract_rate").cast(pl.Decimal(28, 8)))
        .sort("courier")
    )


def _weights(facts: Facts) -> Built:
    charges, parcels = facts.get("charges"), facts.get("parcels")
    if not isinstance(charges, pl.DataFrame):
        return charges
    if not isinstance(parcels, pl.DataFrame):
        return parcels
    ours = parcels.filter(pl.col("weight_g") > 0)
    if not ours.height:
        return no_side("weights of our own parcels", "自有包裹重量")
    billed = (
        charges.filter(pl.col("billed_g").is_not_null() & (pl.col("leg") == "outbound") & (pl.col("amount_minor") > 0))
        .group_by("courier", "tracking_no")
        .agg(pl.col("billed_g").max())
    )
    key = ["courier", "tracking_no"]
    joined = ours.filter(pl.col("courier").is_not_null()).join(billed, on=key, maintain_order="left")
    silent = ours.filter(pl.col("courier").is_null()).drop("courier")
    joined = pl.concat([joined, silent.join(billed, on="tracking_no", maintain_order="left").select(joined.columns)])
    over = pl.col("billed_g") - pl.col("weight_g")
    return joined.select(
        "courier",
        *_OF_PARCEL,
        "tracking_no",
        "shipped_on",
        "weight_g",
        "billed_g",
        ((over.abs() * 100) <= (pl.col("weight_g") * 3)).alias("is_accurate"),
        over.alias("over_g"),
        *SOURCE,
    )


def _bill_lines(facts: Facts) -> Built:
    frames = [one.lines for one in facts.data.outcomes_of("courier_bill") if "billed_minor" in one.lines.columns]
    if not frames:
        return _NOT_CHECKED
    rows = pl.concat(frames, how="vertical_relaxed").select(
        pl.col("carrier").alias("courier"),
        tracking_expr("tracking_no"),
        "bill_no",
        "charge_type",
        "leg",
        pl.col("type").alias("reason"),
        "ship_date",
        "currency",
        "billed_minor",
        (pl.col("billed_minor") - pl.col("expected_minor")).fill_null(0).alias("difference_minor"),
        (~pl.col("verdict").is_in(_ASIDE) & (pl.col("charge_type") != "cod_remittance")).alias("is_compared"),
        *SOURCE,
    )
    wanted = {"platform": "platform", "shop": "shop", "province": "province", "warehouse": "warehouse",
              "picked_on": "picked_on"}  # fmt: skip
    return _of_parcels(facts, in_order(rows), wanted).select(
        "courier",
        *_OF_PARCEL,
        "leg",
        "charge_type",
        "reason",
        "bill_no",
        "tracking_no",
        pl.coalesce("picked_on", "ship_date").alias("shipped_on"),
        "currency",
        "billed_minor",
        pl.col("billed_minor").abs().alias("billed_size_minor"),
        pl.col("difference_minor").abs().alias("difference_size_minor"),
        "is_compared",
        pl.col("reason").is_not_null().alias("is_found"),
        *SOURCE,
    )


_NOT_CHECKED = no_side("courier bills that were checked", "已核对的快递账单")

FACTS = (
    FactKind(
        name="parcels",
        title="parcels",
        title_zh="包裹",
        dimensions=("courier", *_OF_PARCEL),
        moments=("shipped_on",),
        ids=("tracking_no",),
        build=_parcels,
    ),
    FactKind(
        name="charges",
        title="charges of couriers",
        title_zh="快递费用行",
        dimensions=("courier", *_OF_PARCEL, "zone", "leg", "charge_type"),
        moments=("shipped_on",),
        ids=("bill_no", "tracking_no"),
        build=_charges,
    ),
    FactKind(
        name="weights",
        title="parcels that were weighed by both",
        title_zh="双方称重包裹",
        dimensions=("courier", *_OF_PARCEL),
        moments=("shipped_on",),
        ids=("tracking_no",),
        build=_weights,
    ),
    FactKind(
        name="bill_lines",
        title="checked lines of courier bills",
        title_zh="已核对快递账单行",
        dimensions=("courier", *_OF_PARCEL, "leg", "charge_type", "reason"),
        moments=("shipped_on",),
        ids=("bill_no", "tracking_no"),
        build=_bill_lines,
    ),
)
