"""Surcharges: what is added to the freight, and the condition under which the contract allows it (`domain.md` 3.5).

A surcharge is an amount, a rate per weight unit, a percentage, or their sum, between a least and a most. Its `when` names the
condition; further keys narrow it, and all of them must hold.
"""

from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import and_
from typing import Final

import polars as pl
from attrs import field, frozen

from tieout.model.courier import ChargeType
from tieout.tariffs._integers import MICRO, WEIGHT_UNITS, big, micro, whole_units
from tieout.tariffs._toml import Node
from tieout.tariffs.amounts import Amounts
from tieout.tariffs.limits import Limits, read_limits
from tieout.tariffs.periods import Period, in_periods, read_periods
from tieout.tariffs.routes import Regions, Route, read_route
from tieout.tariffs.zones import check_zone

__all__ = ["BASES", "CONDITIONS", "RETURN_LEGS", "Surcharge", "read_surcharges"]

CONDITIONS: Final = (
    "always",
    "remote",
    "residential",
    "cod",
    "declared_value",
    "oversize",
    "overweight",
    "requested",
    "peak",
)
BASES: Final = {"base": "freight_minor", "declared_value": "declared_value_minor", "cod_amount": "cod_amount_minor"}
RETURN_LEGS: Final = ("return", "intercept")


@frozen(kw_only=True)
class Surcharge:
    """One surcharge of a tariff.

    Attributes:
        charge_type: What it is billed as.
        when: The kind of its condition, one of `CONDITIONS`.
        amount: Amount per parcel.
        rate: Amount per weight unit of the billing weight.
        rate_over: Weight from which the rate counts.
        percent: Percentage of `of`.
        of: "base" (the freight of the leg), "declared_value" or "cod_amount".
        least: Least amount once the condition holds.
        most: Greatest amount; None for none.
        fuelable: Whether fuel is charged on it.
        legs: Legs it holds for; empty for all but returns and intercepts.
        group: Of the surcharges of one group only the first whose condition holds is charged; None for no group.
        minimum_weight: Least billing weight of parcels it holds for, such as 90 lb; None for none.
        route: Places and routes it is limited to.
        zones: Zones it is limited to; empty for all.
        residential: Whether the destination must (not) be a home; None when it does not matter.
        requested: Services of which one must have been asked for; empty for none.
        periods: Dates it is limited to; empty for all.
        declared_over: Declared value that must be exceeded.
        limits: Sizes and weights that must be reached.
    """

    charge_type: str
    when: str
    amount: Decimal = Decimal(0)
    rate: Decimal = Decimal(0)
    rate_over: Decimal = Decimal(0)
    percent: Decimal = Decimal(0)
    of: str = "base"
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    fuelable: bool = False
    legs: tuple[str, ...] = ()
    group: str | None = None
    minimum_weight: Decimal | None = None
    route: Route
    zones: tuple[str, ...] = ()
    residential: bool | None = None
    requested: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    declared_over: Decimal = Decimal(0)
    limits: Limits = field(factory=Limits)

    def told(self, *, dim_unit: str, weight_unit: str, exponent: int) -> pl.Expr:
        """Whether the contract allows it for each parcel; null where a place, a size or the kind of address is not known.

        A service that is not on record was not asked for, cash and a declared value that are not are none.
        """
        leg = pl.col("leg")
        tests = [leg.is_in(list(self.legs)) if self.legs else ~leg.is_in(list(RETURN_LEGS))]
        known = []
        if self.route:
            tests.append(self.route.told())
        if self.zones:
            known.append(pl.col("zone").is_in(list(self.zones)))
        if self.residential is not None:
            tests.append(pl.col("is_residential") == self.residential)
        if self.requested:
            known.append(pl.any_horizontal(pl.col("requested").list.contains(pl.lit(name)) for name in self.requested))
        if self.when == "cod":
            known.append(pl.col("cod_amount_minor") > 0)
        if self.when == "declared_value":
            known.append(pl.col("declared_value_minor") > int(self.declared_over.scaleb(exponent)))
        if self.periods:
            known.append(in_periods(pl.col("rate_date"), self.periods))
        tests += self.limits.tests(dim_unit=dim_unit, weight_unit=weight_unit)
        return reduce(and_, [*tests, *(test.fill_null(False) for test in known)])

    def charge(self, amounts: Amounts, *, weight_unit: str) -> pl.Expr:
        """The amount in minor units, from the columns billing_w, freight_minor and the values it is a percentage of."""
        unit, share = WEIGHT_UNITS[weight_unit], Fraction(self.percent) / 100
        denominator = (unit if self.rate else 1) * share.denominator
        total = big(micro(self.amount) * denominator)
        if self.rate:
            start = whole_units(self.rate_over, unit) or 0
            weight = pl.when(pl.col("billing_w") > start).then(pl.col("billing_w") - start).otherwise(0)
            total = total + weight.cast(pl.Int128) * big(micro(self.rate) * share.denominator)
        if self.percent:
            value = pl.col(BASES[self.of]).cast(pl.Int128).fill_null(0)
            minor_m = MICRO // 10**amounts.exponent
            total = total + value * big(minor_m * share.numerator * (denominator // share.denominator))
        least, most = big(micro(self.least) * denominator), self.most
        total = pl.when(total > least).then(total).otherwise(least)
        if most is not None:
            highest = big(micro(most) * denominator)
            total = pl.when(total < highest).then(total).otherwise(highest)
        return amounts.round(total, denominator)


def read_surcharges(
    nodes: tuple[Node, ...], *, regions: Regions, zones: tuple[str, ...], dim_unit: str, weight_unit: str
) -> tuple[Surcharge, ...]:
    """Read the `surcharges` of a version.

    Raises:
        RateCardError: A charge type or condition is unknown, the condition lacks what it needs, or nothing is charged.
    """
    surcharges = []
    for node in nodes:
        limits = read_limits(node, dim_unit=dim_unit, weight_unit=weight_unit)
        surcharge = _read(node, regions, zones, limits)
        _check(node, surcharge, WEIGHT_UNITS[weight_unit])
        node.finish()
        surcharges.append(surcharge)
    return tuple(surcharges)


def _read(node: Node, regions: Regions, zones: tuple[str, ...], limits: Limits) -> Surcharge:
    when = node.choice("when", CONDITIONS)
    named = node.texts("zones")
    for zone in named:
        check_zone(node, "zones", zone, zones)
    percent = node.percent("percent", Decimal(0))
    return Surcharge(
        charge_type=node.choice("charge_type", tuple(ChargeType)),
        when=when,
        amount=node.price("amount", Decimal(0)),
        rate=node.price("rate", Decimal(0)),
        rate_over=node.number("rate_over", Decimal(0)),
        percent=percent,
        of=node.choice("of", tuple(BASES)) if percent else "base",
        least=node.price("min", Decimal(0)),
        most=node.price("max", None),
        fuelable=node.flag("fuel", False),
        legs=node.texts("legs"),
        group=node.text("group", None),
        minimum_weight=node.number("minimum_weight", None, over=0),
        route=read_route(node, regions),
        zones=named,
        residential=True if when == "residential" else node.flag("residential", None),
        requested=node.texts("requested"),
        periods=read_periods(node.tables("periods")),
        declared_over=node.price("declared_over", Decimal(0)) if when == "declared_value" else Decimal(0),
        limits=limits,
    )


def _check(node: Node, surcharge: Surcharge, unit: int) -> None:
    if not any(node.has(name) for name in ("amount", "rate", "percent", "min", "minimum_weight")):
        raise node.error("this surcharge charges nothing", hint="give amount, rate or percent")
    if surcharge.most is not None and surcharge.most < surcharge.least:
        raise node.error(f"the greatest amount {surcharge.most} is below the least {surcharge.least}", "max")
    needs = {
        "remote": (bool(surcharge.route or surcharge.zones), "dest_provinces, dest_cities, dest_postcodes or zones"),
        "oversize": (surcharge.limits.has_size, "a size limit such as longest_side_over"),
        "overweight": (surcharge.limits.has_weight, "a weight limit such as weight_over"),
        "requested": (bool(surcharge.requested), "requested"),
        "peak": (bool(surcharge.periods), "periods"),
    }
    fine, needed = needs.get(surcharge.when, (True, ""))
    if not fine:
        raise node.error(f"the condition {surcharge.when!r} needs {needed}", "when")
    if surcharge.minimum_weight is not None and surcharge.limits.weight_basis == "billing":
        raise node.error("a minimum weight cannot depend on the billing weight it raises", "minimum_weight")
    for name, weight in (("minimum_weight", surcharge.minimum_weight), ("rate_over", surcharge.rate_over)):
        if weight is not None and whole_units(weight, unit) is None:
            raise node.error(f"{weight} is not a whole number of 1e-8 g", name)
