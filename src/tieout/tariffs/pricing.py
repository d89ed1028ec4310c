"""Prices in columns: zone and billing weight to the exact freight, before and after discount.

Prices depend on zone and billing weight only, so each distinct pair is priced once and joined back. The exact freight is a
fraction of whole numbers of millionths (`numerator / denominator`); it is rounded once, to the step the contract names.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import polars as pl

from tieout.tariffs._integers import WEIGHT_UNITS, big, ceil_div, micro, whole_units
from tieout.tariffs.amounts import Amounts, Discount
from tieout.tariffs.prices import Price, Prices

__all__ = ["first_weights", "price_weights"]

_SCHEMA: Final = {
    "zone": pl.String,
    "model": pl.String,
    "beyond": pl.String,
    "first_w": pl.Int64,
    "step_w": pl.Int64,
    "first_m": pl.Int64,
    "continued_m": pl.Int64,
    "pro_rata": pl.Boolean,
    "by_continued": pl.Boolean,
    "rate_m": pl.Int64,
    "min_m": pl.Int64,
    "fee_m": pl.Int64,
}
_OPEN: Final = 2**62  # above every possible weight


def first_weights(prices: Prices, *, unit: str) -> pl.Expr:
    """The first weight of each parcel's zone, in counts of 1e-8 g; null where its price has none."""
    known = {zone: _units(price.first_weight, unit) for zone, price in prices.zones.items() if price.first_weight}
    return pl.col("zone").replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Int64)


def price_weights(
    frame: pl.DataFrame,
    prices: Prices,
    *,
    weight: str,
    unit: str,
    amounts: Amounts,
    discount: Discount,
    prefix: str = "",
) -> pl.DataFrame:
    """Add what each parcel's freight is.

    Args:
        frame: Columns zone and the one that `weight` names.
        prices: Prices by zone.
        weight: Column of the weight that is priced, in counts of 1e-8 g.
        unit: The card's weight unit.
        amounts: How the freight is rounded.
        discount: What is taken off.
        prefix: Put before the names of the new columns.

    Returns:
        The frame, same order, with gross_minor and net_minor (null where there is no price), and how the list price came about:
        model, first_m, units (continued steps, or the weight of the continued part), price_m, numerator, denominator.
    """
    pairs = frame.select("zone", priced_w=weight).unique().drop_nulls()
    pairs = _add_prices(pairs, prices, unit)
    numerator, denominator = pl.col("numerator"), pl.col("denominator")
    share = 1 - Fraction(discount.percent) / 100
    net_denominator = denominator * big(share.denominator)
    least = big(micro(discount.floor)) * net_denominator
    net = numerator * big(share.numerator) - big(micro(discount.per_parcel)) * net_denominator
    net = pl.when(net.is_null() | (net > least)).then(net).otherwise(least)
    pairs = pairs.with_columns(
        gross_minor=amounts.round(numerator, denominator, step=amounts.freight_step),
        net_minor=amounts.round(net, net_denominator, step=amounts.freight_step),
    )
    pairs = pairs.rename({name: prefix + name for name in pairs.columns if name not in {"zone", "priced_w"}})
    return frame.join(pairs, left_on=["zone", weight], right_on=["zone", "priced_w"], how="left", maintain_order="left")


def _add_prices(pairs: pl.DataFrame, prices: Prices, unit: str) -> pl.DataFrame:
    table = pl.DataFrame([_row(zone, price, unit) for zone, price in prices.zones.items()], schema=_SCHEMA)
    pairs = pairs.join(table, on="zone", how="left")
    weight = pl.col("priced_w")
    over_first = pl.when(weight > pl.col("first_w")).then(weight - pl.col("first_w")).otherwise(0)
    by_continued = pl.when(pl.col("by_continued")).then(over_first).otherwise(weight)
    pairs = pairs.with_columns(over_first=over_first, segment_w=by_continued)
    pairs = _look_up(pairs, _long(prices, "tiers", unit), by="priced_w", name="tier_m")
    pairs = _look_up(pairs, _long(prices, "segments", unit), by="segment_w", name="segment_m")
    steps = (
        pl.when(pl.col("pro_rata"))
        .then(pl.col("over_first"))
        .otherwise(ceil_div(pl.col("over_first"), pl.col("step_w")))
    )
    above = pl.col("tier_m").is_null() & pl.col("beyond").is_not_null()
    pairs = pairs.with_columns(model=pl.when(above).then("beyond").otherwise("model"), units=steps)
    segmented = pl.col("model") == "segmented_continued"
    pairs = pairs.with_columns(continued_m=pl.when(segmented).then("segment_m").otherwise("continued_m"))
    return _evaluate(pairs, WEIGHT_UNITS[unit])


def _evaluate(pairs: pl.DataFrame, unit: int) -> pl.DataFrame:
    """Numerator and denominator by the model that each line uses."""
    one = big(1)
    step = pl.when(pl.col("pro_rata")).then(pl.col("step_w").cast(pl.Int128)).otherwise(one)
    per_unit = pl.col("priced_w").cast(pl.Int128) * pl.col("rate_m").cast(pl.Int128)
    least = pl.col("min_m").cast(pl.Int128) * big(unit)
    unit_price = pl.when(pl.col("units") == 0).then(0).otherwise(pl.col("continued_m"))
    continued = pl.col("first_m").cast(pl.Int128) * step + pl.col("units").cast(pl.Int128) * unit_price.cast(pl.Int128)
    numerators = {
        "first_continued": continued,
        "segmented_continued": continued,
        "tier_flat": pl.col("tier_m").cast(pl.Int128),
        "zone_table": pl.col("tier_m").cast(pl.Int128),
        "per_kg": pl.when(per_unit > least).then(per_unit).otherwise(least),
        "label_fee": pl.col("fee_m").cast(pl.Int128),
    }
    denominators = {"first_continued": step, "segmented_continued": step, "per_kg": big(unit)}
    numerator = pl.lit(None, dtype=pl.Int128)
    denominator = one
    for model, value in numerators.items():
        numerator = pl.when(pl.col("model") == model).then(value).otherwise(numerator)
        denominator = pl.when(pl.col("model") == model).then(denominators.get(model, one)).otherwise(denominator)
    return pairs.select(
        "zone",
        "priced_w",
        "model",
        "units",
        "first_m",
        price_m=pl.when(pl.col("model").is_in(["tier_flat", "zone_table"]))
        .then("tier_m")
        .when(pl.col("model") == "per_kg")
        .then("rate_m")
        .when(pl.col("model") == "label_fee")
        .then("fee_m")
        .otherwise("continued_m"),
        step_w="step_w",
        numerator=numerator,
        denominator=denominator,
    )


def _row(zone: str, price: Price, unit: str) -> dict[str, Any]:
    def money(value: Decimal | None) -> int | None:
        return None if value is None else micro(value)

    return {
        "zone": zone,
        "model": price.model,
        "beyond": price.beyond,
        "first_w": _units(price.first_weight, unit),
        "step_w": _units(price.step, unit),
        "first_m": money(price.first),
        "continued_m": money(price.continued),
        "pro_rata": price.partial_step == "pro_rata",
        "by_continued": price.basis == "continued",
        "rate_m": money(price.rate),
        "min_m": money(price.min_price),
        "fee_m": money(price.fee),
    }


def _units(weight: Decimal | None, unit: str) -> int | None:
    return None if weight is None else whole_units(weight, WEIGHT_UNITS[unit])


def _long(prices: Prices, what: str, unit: str) -> pl.DataFrame:
    """Tiers or segments of all zones: zone, inclusive upper bound, price."""
    rows = [
        (zone, _OPEN if bound is None else _units(bound, unit), micro(price))
        for zone, terms in prices.zones.items()
        for bound, price in getattr(terms, what)
    ]
    return pl.DataFrame(rows, schema={"zone": pl.String, "bound": pl.Int64, "price": pl.Int64}, orient="row")


def _look_up(pairs: pl.DataFrame, steps: pl.DataFrame, *, by: str, name: str) -> pl.DataFrame:
    """Add the price of the smallest bound that is not below the weight; null above the last bound."""
    if steps.is_empty():
        return pairs.with_columns(pl.lit(None, dtype=pl.Int64).alias(name))
    found = pairs.sort(by).join_asof(
        steps.sort("bound"),
        left_on=by,
        right_on="bound",
        by="zone",
        strategy="forward",
        check_sortedness=False,  # sorted just above; Polars cannot check it with `by`
    )
    return found.drop("bound").rename({"price": name})
