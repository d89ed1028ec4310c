"""From weight and price to charges: freight, return, surcharges, fuel, minimum (`domain.md` 3.1 steps 6-10).

Each step adds columns of whole minor units; a column is null where its charge does not apply, and 0 where it applies and costs
nothing.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import reduce
from operator import and_
from typing import Final

import polars as pl

from tieout.tariffs._integers import MICRO, WEIGHT_UNITS, big, whole_units
from tieout.tariffs.amounts import Discount
from tieout.tariffs.fuel import PERCENT_SCALE, percent_column
from tieout.tariffs.pricing import price_weights
from tieout.tariffs.surcharges import RETURN_LEGS, Surcharge
from tieout.tariffs.tariff import Tariff

__all__ = ["UNDECIDED", "add_charges", "add_freight", "charge_columns", "surcharge_holds", "undecided_surcharges"]

UNDECIDED: Final = {"row": pl.Int64, "charge_type": pl.String, "surcharge": pl.Int64}
_BOTH_WAYS = "round_trip"


def charge_columns(tariff: Tariff) -> dict[str, list[str]]:
    """Charge types of a tariff in their order, and the columns that sum to each."""
    columns: dict[str, list[str]] = {tariff.prices.charge_type: ["base_minor"], "discount": ["discount_minor"]}
    columns["return_to_sender"] = ["return_minor"]
    columns["intercept"] = ["intercept_minor"]
    for index, surcharge in enumerate(tariff.surcharges):
        columns.setdefault(surcharge.charge_type, []).append(f"surcharge_{index}_minor")
    columns.setdefault("fuel", []).append("fuel_minor")
    columns.setdefault("minimum", []).append("minimum_minor")
    return columns


def surcharge_holds(index: int, tariff: Tariff) -> pl.Expr:
    """Whether a surcharge's condition holds for each parcel, its group aside."""
    told = _told(tariff.surcharges[index], tariff)
    assumed = pl.col("assumed").list.contains(index).fill_null(False) if tariff.assumes else pl.lit(False)
    return told.fill_null(assumed)


def _told(surcharge: Surcharge, tariff: Tariff) -> pl.Expr:
    return surcharge.told(dim_unit=tariff.dim_unit, weight_unit=tariff.weight_unit, exponent=tariff.amounts.exponent)


def undecided_surcharges(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Surcharges of which the record does not tell whether they hold.

    Args:
        frame: Parcels, rated.
        tariff: Their tariff.

    Returns:
        row, charge_type, surcharge (its place in the tariff).
    """
    none = pl.DataFrame(schema=UNDECIDED)
    groups: dict[str, pl.Expr] = {}
    found = [none]
    for index, surcharge in enumerate(tariff.surcharges):
        told = _told(surcharge, tariff)
        settled = groups.get(surcharge.group or "", pl.lit(False))
        if surcharge.group is not None:
            groups[surcharge.group] = settled | told.fill_null(False)
        if surcharge.minimum_weight is not None:  # it raises the weight, whichever of its group is charged
            settled = pl.lit(False)
        open_ = frame.filter(told.is_null() & ~settled & pl.col("problem").is_null())
        named = {"charge_type": pl.lit(surcharge.charge_type), "surcharge": pl.lit(index, dtype=pl.Int64)}
        found.append(open_.select("row").with_columns(**named).select(none.columns))
    return pl.concat(found)


def add_freight(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Add gross_minor, net_minor, base_minor, discount_minor, return_minor, intercept_minor and freight_minor."""
    average = tariff.prices.average
    priced = pl.col("billing_w")
    if average is not None and average.provisional_weight is not None:
        priced = pl.lit(whole_units(average.provisional_weight, WEIGHT_UNITS[tariff.weight_unit]), dtype=pl.Int64)
    if not tariff.needs_weight:
        priced = priced.fill_null(0)
    frame = frame.with_columns(priced_w=priced)
    frame = price_weights(
        frame,
        tariff.prices,
        weight="priced_w",
        unit=tariff.weight_unit,
        amounts=tariff.amounts,
        discount=tariff.discount,
    )
    outward = ~pl.col("leg").is_in(list(RETURN_LEGS))
    separate = tariff.discount.shown == "separate" and bool(tariff.discount)
    frame = _add_return(frame, tariff)
    return frame.with_columns(
        base_minor=pl.when(outward).then("gross_minor" if separate else "net_minor"),
        discount_minor=pl.when(outward & pl.lit(separate)).then(pl.col("net_minor") - pl.col("gross_minor")),
        freight_minor=pl.when(outward).then("net_minor").otherwise("return_minor"),
    )


def _add_return(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    leg = pl.col("leg")
    back = leg.is_in([*RETURN_LEGS, _BOTH_WAYS])
    intercepted = leg == "intercept"
    returns, intercept = tariff.returns, tariff.intercept
    if intercept is not None and not intercept.with_return:
        back = back & ~intercepted
    amount = pl.lit(None, dtype=pl.Int64)
    if returns is not None and returns.mode == "free":
        amount = pl.lit(0, dtype=pl.Int64)
    if returns is not None and returns.mode == "share":
        share = Fraction(returns.percent) / 100
        outward = pl.coalesce("outward_minor", "net_minor").cast(pl.Int128)
        minor_m = MICRO // 10**tariff.amounts.exponent
        amount = tariff.amounts.round(
            outward * big(minor_m * share.numerator), share.denominator, step=tariff.amounts.freight_step
        )
    if returns is not None and returns.prices is not None:
        frame = price_weights(
            frame,
            returns.prices,
            weight="billing_w",
            unit=tariff.weight_unit,
            amounts=tariff.amounts,
            discount=Discount(),
            prefix="return_",
        )
        amount = pl.col("return_net_minor")
    fee = pl.lit(None, dtype=pl.Int64)
    if intercept is not None:
        fee = tariff.amounts.round(big(int(intercept.fee * MICRO)), 1)
    return frame.with_columns(
        is_back=back,
        return_minor=pl.when(back).then(amount),
        intercept_minor=pl.when(intercepted).then(fee),
    )


def add_charges(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    """Add one column per surcharge, fuel_minor with fuel_percent, and minimum_minor."""
    frame = frame.with_columns(_surcharges(tariff))
    frame = _add_fuel(frame, tariff)
    amounts = [pl.col(name) for names in charge_columns(tariff).values() for name in names if name != "minimum_minor"]
    least = int(tariff.minimum_charge.scaleb(tariff.amounts.exponent))
    missing = least - pl.sum_horizontal(amounts)
    outward = ~pl.col("leg").is_in(list(RETURN_LEGS))
    return frame.with_columns(minimum_minor=pl.when(outward & (missing > 0)).then(missing))


def _surcharges(tariff: Tariff) -> Iterator[pl.Expr]:
    """One amount per surcharge; of a group only the first whose condition holds."""
    groups: dict[str, list[pl.Expr]] = {}
    for index, surcharge in enumerate(tariff.surcharges):
        holds = surcharge_holds(index, tariff)
        earlier = groups.setdefault(surcharge.group, []) if surcharge.group is not None else []
        charged = reduce(and_, [~other for other in earlier], holds)
        earlier.append(holds)
        amount = surcharge.charge(tariff.amounts, weight_unit=tariff.weight_unit)
        yield pl.when(charged).then(amount).alias(f"surcharge_{index}_minor")


def _add_fuel(frame: pl.DataFrame, tariff: Tariff) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.Int64)
    if tariff.fuel is None:
        return frame.with_columns(fuel_percent=none, fuel_of_minor=none, fuel_minor=none)
    frame = frame.with_columns(percent_column(frame, tariff.fuel))
    bearing: list[pl.Expr] = [pl.when(~pl.col("leg").is_in(list(RETURN_LEGS))).then("net_minor")]
    bearing += [pl.col("return_minor") for _ in range(tariff.returns is not None and tariff.returns.fuelable)]
    bearing += [pl.col("intercept_minor") for _ in range(tariff.intercept is not None and tariff.intercept.fuelable)]
    bearing += [pl.col(f"surcharge_{index}_minor") for index, item in enumerate(tariff.surcharges) if item.fuelable]
    borne = pl.any_horizontal(amount.is_not_null() for amount in bearing)
    frame = frame.with_columns(fuel_of_minor=pl.when(borne).then(pl.sum_horizontal(bearing)))
    minor_m = MICRO // 10**tariff.amounts.exponent
    fuel = pl.col("fuel_of_minor").cast(pl.Int128) * pl.col("fuel_percent").cast(pl.Int128) * big(minor_m)
    return frame.with_columns(fuel_minor=tariff.amounts.round(fuel, 100 * PERCENT_SCALE))
