"""Volumetric weight (抛重): dimension rounding, divisors by route, triggers, full, half or none (`domain.md` 3.1, 3.4, 3.7).

A volumetric weight is a quotient and seldom a whole number of grams: it is kept as the next count of 1e-8 g above it, so that
a ceiling taken afterwards is the ceiling of the exact quotient.
"""

from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import or_
from typing import Final

import polars as pl
from attrs import field, frozen

from tieout.tariffs._integers import (
    LENGTH_UNITS,
    WEIGHT_UNITS,
    big,
    ceil_div,
    ceil_fraction,
    factor_is_safe,
    half_up_div,
    whole_units,
)
from tieout.tariffs._toml import Node
from tieout.tariffs.routes import Regions, Route, read_route
from tieout.tariffs.zones import check_zone

__all__ = [
    "DIM_ROUNDINGS",
    "SIDES",
    "VOLUME_MODES",
    "DivisorRoute",
    "Trigger",
    "Volumetric",
    "divisor_factor",
    "divisor_problem",
    "read_volumetric",
]

VOLUME_MODES: Final = ("full", "half", "none")
DIM_ROUNDINGS: Final = ("none", "half_up", "ceil")
SIDES: Final = ("length", "width", "height")
_DIVISORS: Final = (100, 100_000)  # no contract lies outside, and the engine's integers hold inside


@frozen(kw_only=True)
class Trigger:
    """When the volume counts at all; always when no limit is set, else when any of them is reached.

    Attributes:
        side_from: A side of at least this, in the card's length unit.
        volume_over: A volume of more than this, in the card's length unit cubed.
        ratio_over: A volumetric weight of more than this many times the actual one.
    """

    side_from: Decimal | None = None
    volume_over: Decimal | None = None
    ratio_over: Decimal | None = None

    def holds(self, dim_unit: str) -> pl.Expr:
        """Whether the volume counts; needs the columns longest, volume, volumetric_w and actual_w."""
        scale = LENGTH_UNITS[dim_unit]
        tests = []
        if self.side_from is not None:
            tests.append(pl.col("longest") >= int(Fraction(self.side_from) * scale))
        if self.volume_over is not None:
            tests.append(pl.col("volume") > big(int(Fraction(self.volume_over) * scale**3)))
        if self.ratio_over is not None:
            ratio = Fraction(self.ratio_over)
            tests.append(pl.col("volumetric_w") * big(ratio.denominator) > pl.col("actual_w") * big(ratio.numerator))
        return reduce(or_, tests) if tests else pl.lit(True)


@frozen(kw_only=True)
class DivisorRoute:
    """A divisor that holds for some routes only, such as 12000 inside a region.

    Attributes:
        divisor: Cubic length units that weigh one weight unit.
        route: Which routes; every one when it is empty.
        zones: Which zones; every one when it is empty.
    """

    divisor: Decimal
    route: Route
    zones: tuple[str, ...] = ()

    def holds(self) -> pl.Expr:
        """Whether the divisor holds for each parcel."""
        return self.told().fill_null(False)

    def told(self) -> pl.Expr:
        """Whether the divisor holds for each parcel; null where a place that is not known decides that."""
        in_zone = pl.col("zone").is_in(list(self.zones)) if self.zones else pl.lit(True)
        return in_zone & self.route.told()


@frozen(kw_only=True)
class Volumetric:
    """How volume becomes weight.

    Attributes:
        mode: "full" (全抛, the greater of both), "half" (半抛, `share_percent` of the excess) or "none" (免抛).
        share_percent: The share of the excess that "half" adds.
        divisor: Cubic length units that weigh one weight unit (抛比).
        routes: Divisors of some routes, the first that holds wins.
        dim_rounding: "none", "half_up" or "ceil": how each side becomes whole units before it is multiplied.
        trigger: When the volume counts at all.
        pieces: "per_piece" (chargeable and rounded per piece, then summed) or "total" (weights and volumes summed first).
    """

    mode: str = "none"
    share_percent: Decimal = Decimal(50)
    divisor: Decimal | None = None
    routes: tuple[DivisorRoute, ...] = ()
    dim_rounding: str = "none"
    trigger: Trigger = field(factory=Trigger)
    pieces: str = "per_piece"

    def divisors(self) -> tuple[Decimal, ...]:
        """All its divisors, the default first, without repeats."""
        default = () if self.divisor is None else (self.divisor,)
        return tuple(dict.fromkeys((*default, *(route.divisor for route in self.routes))))

    def divisor_column(self) -> pl.Expr:
        """Which of `divisors()` holds for each parcel, as an index."""
        divisors = self.divisors()
        if self.mode == "none" or not divisors:
            return pl.lit(None, dtype=pl.Int32)
        result = pl.lit(0, dtype=pl.Int32)
        for route in reversed(self.routes):
            chosen = pl.lit(divisors.index(route.divisor), dtype=pl.Int32)
            result = pl.when(route.holds()).then(chosen).otherwise(result)
        return result

    def other_divisors_column(self) -> pl.Expr:
        """Which of `divisors()` may hold instead of the column `divisor_index`, by places that are not known, as a list."""
        may, is_open = [pl.lit(None, dtype=pl.Int32)], pl.lit(True)
        for route in self.routes if self.mode != "none" else ():
            own = pl.lit(self.divisors().index(route.divisor), dtype=pl.Int32)
            may.append(pl.when(is_open & route.told().is_null() & (own != pl.col("divisor_index"))).then(own))
            is_open &= ~route.holds()  # no later one is asked
        return pl.concat_list(may).list.drop_nulls().list.unique(maintain_order=True)

    def round_side(self, side: pl.Expr, dim_unit: str) -> pl.Expr:
        """A side after dimension rounding, in counts of 1e-8 cm."""
        unit = LENGTH_UNITS[dim_unit]
        if self.dim_rounding == "ceil":
            return ceil_div(side, unit) * unit
        return half_up_div(side, unit) * unit if self.dim_rounding == "half_up" else side

    def weigh(self, *, dim_unit: str, weight_unit: str) -> pl.Expr:
        """The volumetric weight of the column `volume`, by the column `divisor_index`; 128-bit counts of 1e-8 g."""
        result = pl.lit(None, dtype=pl.Int128)
        for index, divisor in enumerate(self.divisors()):
            factor = divisor_factor(divisor, dim_unit=dim_unit, weight_unit=weight_unit)
            weighed = ceil_fraction(pl.col("volume"), factor)
            result = pl.when(pl.col("divisor_index") == index).then(weighed).otherwise(result)
        return result

    def chargeable(self, dim_unit: str) -> pl.Expr:
        """The weight that is charged, from volumetric_w and actual_w; 128-bit counts of 1e-8 g."""
        actual = pl.col("actual_w").cast(pl.Int128)
        counts = (pl.col("volumetric_w") > actual) & self.trigger.holds(dim_unit)
        excess = pl.col("volumetric_w") - actual
        if self.mode == "half":
            share = Fraction(self.share_percent) / 100
            excess = ceil_div(excess * big(share.numerator), big(share.denominator))
        return pl.when(counts.fill_null(False)).then(actual + excess).otherwise(actual)


def divisor_factor(divisor: Decimal, *, dim_unit: str, weight_unit: str) -> Fraction:
    """What a volume in cubed counts of 1e-8 cm is multiplied with to give counts of 1e-8 g.

    Example:
        >>> divisor_factor(Decimal(6000), dim_unit="cm", weight_unit="kg")  # 1e-24 cm3 -> 1e-8 g
        Fraction(1, 60000000000000000)
    """
    return Fraction(WEIGHT_UNITS[weight_unit], LENGTH_UNITS[dim_unit] ** 3) / Fraction(divisor)


def divisor_problem(divisor: Decimal, *, dim_unit: str, weight_unit: str) -> str:
    """What keeps the engine from using a divisor; empty when nothing does."""
    low, high = _DIVISORS
    if not low <= divisor <= high:
        return f"a divisor from {low} to {high} is needed, found {divisor}"
    if not factor_is_safe(divisor_factor(divisor, dim_unit=dim_unit, weight_unit=weight_unit)):
        return f"the divisor {divisor} has too many decimals"
    return ""


def read_volumetric(
    node: Node | None, *, regions: Regions, zones: tuple[str, ...], dim_unit: str, weight_unit: str
) -> Volumetric:
    """Read the `volumetric` table of a version; without one the volume never counts."""
    if node is None:
        return Volumetric()
    mode = node.choice("mode", VOLUME_MODES)

    def read_divisor(of: Node) -> Decimal:
        return _read_divisor(of, dim_unit=dim_unit, weight_unit=weight_unit)

    routes = tuple(_read_route(child, regions, zones, read_divisor(child)) for child in node.tables("routes"))
    divisor = read_divisor(node) if node.has("divisor") or (mode != "none") else None
    volumetric = Volumetric(
        mode=mode,
        share_percent=node.percent("share", Decimal(50), most=100) if mode == "half" else Decimal(50),
        divisor=divisor,
        routes=routes,
        dim_rounding=node.choice("dim_rounding", DIM_ROUNDINGS, "none"),
        trigger=_read_trigger(node.table("trigger"), dim_unit),
        pieces=node.choice("pieces", ("per_piece", "total"), "per_piece"),
    )
    node.finish()
    return volumetric


def _read_route(node: Node, regions: Regions, zones: tuple[str, ...], divisor: Decimal) -> DivisorRoute:
    named = node.texts("zones")
    for zone in named:
        check_zone(node, "zones", zone, zones)
    route = DivisorRoute(divisor=divisor, route=read_route(node, regions), zones=named)
    node.finish()
    return route


def _read_divisor(node: Node, *, dim_unit: str, weight_unit: str) -> Decimal:
    divisor = node.number("divisor", over=0)
    problem = divisor_problem(divisor, dim_unit=dim_unit, weight_unit=weight_unit)
    if problem:
        raise node.error(problem, "divisor")
    return divisor


def _read_trigger(node: Node | None, dim_unit: str) -> Trigger:
    if node is None:
        return Trigger()
    trigger = Trigger(
        side_from=node.number("side_from", None, over=0),
        volume_over=node.number("volume_over", None, over=0),
        ratio_over=node.number("ratio_over", None, over=0),
    )
    node.finish()
    if trigger.side_from is not None and whole_units(trigger.side_from, LENGTH_UNITS[dim_unit]) is None:
        raise node.error(f"{trigger.side_from} {dim_unit} is not a whole number of 1e-8 cm", "side_from")
    return trigger
