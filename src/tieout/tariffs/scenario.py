"""Scenarios: a rating with one factor changed, to ask which change explains a billed amount (`domain.md` 3.9 step 7)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeVar

import attrs
from attrs import frozen

from tieout.errors import InvalidField
from tieout.tariffs.amounts import Discount
from tieout.tariffs.fuel import Fuel, FuelRate
from tieout.tariffs.periods import Period
from tieout.tariffs.rounding import Band, Rounding
from tieout.tariffs.volumetric import DIM_ROUNDINGS, VOLUME_MODES, Volumetric, divisor_problem

if TYPE_CHECKING:
    from tieout.tariffs.tariff import Tariff
    from tieout.tariffs.version import Version

__all__ = ["Scenario", "alternatives", "under_scenario"]

_FIELD_DIVISORS: Final = {
    ("cm", "kg"): ("5000", "6000", "7000", "8000", "12000"),
    ("in", "lb"): ("139", "166"),
}
_FIELD_ROUNDINGS: Final = (
    ("ceil", "0.1"),
    ("ceil", "0.5"),
    ("ceil", "1"),
    ("half_up", "0.1"),
    ("half_up", "1"),
    ("floor", "1"),
)
T = TypeVar("T")


@frozen(kw_only=True)
class Scenario:
    """What is changed against the card. Every default means no change.

    Attributes:
        billing_weight: Name of a Decimal column of grams, taken as the measured weight instead of ours; volume and pieces are
            left aside.
        zone: Zone of every parcel.
        zone_column: Name of a column of zones; where it is null the zone table decides.
        version: Id of the version of every parcel, whatever its date.
        service: Service of every parcel.
        divisor: Divisor of every route.
        volumetric: "full", "half" or "none".
        rounding: Weight rounding instead of the card's bands.
        dim_rounding: "none", "half_up" or "ceil".
        no_discount: True leaves the discount out.
        fuel_percent: Fuel percentage of every date.
        no_minimum: True leaves out the minimum weight, the minimum charge and weights raised by a surcharge.
        per_piece: True turns the card's rule for parcels of several boxes into the other one.
    """

    billing_weight: str | None = None
    zone: str | None = None
    zone_column: str | None = None
    version: str | None = None
    service: str | None = None
    divisor: Decimal | None = None
    volumetric: str | None = None
    rounding: Rounding | None = None
    dim_rounding: str | None = None
    no_discount: bool = False
    fuel_percent: Decimal | None = None
    no_minimum: bool = False
    per_piece: bool = False

    def __attrs_post_init__(self) -> None:
        """Refuse values that no card could hold (`InvalidField`)."""
        for name, known in (("volumetric", VOLUME_MODES), ("dim_rounding", DIM_ROUNDINGS)):
            value = getattr(self, name)
            if value is not None and value not in known:
                problem = f"{value!r} is not supported; known: {', '.join(known)}"
                raise InvalidField(problem, record="Scenario", field=name, value=value)
        if self.zone is not None and self.zone_column is not None:
            raise InvalidField("give zone or zone_column, not both", record="Scenario", field="zone_column")
        for name in ("divisor", "fuel_percent"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, Decimal) or not value.is_finite() or value < 0):
                raise InvalidField(f"a Decimal, not negative, is needed, got {value!r}", record="Scenario", field=name)


def under_scenario(tariff: "Tariff", scenario: Scenario) -> "Tariff":
    """The tariff with the scenario's factor changed; the tariff itself when the scenario changes nothing in it."""
    weight, discount, fuel = tariff.weight, tariff.discount, tariff.fuel
    if scenario.rounding is not None:
        weight = attrs.evolve(weight, bands=(Band(below=None, rounding=scenario.rounding),))
    if scenario.no_discount:
        discount = Discount()
    if scenario.fuel_percent is not None and fuel is not None:
        fuel = Fuel(rates=(FuelRate(period=Period(), percent=scenario.fuel_percent),))
    volumetric = _volumetric(tariff, scenario)
    changed = attrs.evolve(tariff, weight=weight, discount=discount, fuel=fuel, volumetric=volumetric)
    return _without_minimum(changed) if scenario.no_minimum else changed


def _volumetric(tariff: "Tariff", scenario: Scenario) -> Volumetric:
    volumetric = tariff.volumetric
    if scenario.billing_weight is not None:
        volumetric = attrs.evolve(volumetric, mode="none")
    if scenario.divisor is not None:
        problem = divisor_problem(scenario.divisor, dim_unit=tariff.dim_unit, weight_unit=tariff.weight_unit)
        if problem:
            raise InvalidField(problem, record="Scenario", field="divisor", value=scenario.divisor)
        volumetric = attrs.evolve(volumetric, divisor=scenario.divisor, routes=())
    if scenario.volumetric is not None:
        volumetric = attrs.evolve(volumetric, mode=scenario.volumetric)
    if scenario.dim_rounding is not None:
        volumetric = attrs.evolve(volumetric, dim_rounding=scenario.dim_rounding)
    if scenario.per_piece:
        volumetric = attrs.evolve(volumetric, pieces="total" if volumetric.pieces == "per_piece" else "per_piece")
    return volumetric


def _without_minimum(tariff: "Tariff") -> "Tariff":
    return attrs.evolve(
        tariff,
        weight=attrs.evolve(tariff.weight, minimum=Decimal(0)),
        minimum_charge=Decimal(0),
        discount=attrs.evolve(tariff.discount, floor=Decimal(0)),
        surcharges=tuple(attrs.evolve(item, minimum_weight=None) for item in tariff.surcharges),
    )


def alternatives(versions: "Sequence[Version]") -> list[tuple[str, Scenario]]:
    """Every single-factor scenario worth trying, the card's own values before those common in the field."""
    tariffs = [tariff for version in versions for tariff in version.tariffs.values()]
    found = [
        *(
            ("zone", Scenario(zone=zone))
            for zone in _distinct(zone for tariff in tariffs for zone in tariff.zones.names)
        ),
        *(("version", Scenario(version=version.id)) for version in versions if len(versions) > 1),
        *(
            ("service", Scenario(service=name))
            for name in _distinct(name for version in versions for name in version.services)
        ),
        *(("divisor", scenario) for scenario in _volumetric_alternatives(tariffs)),
        *(("rounding", Scenario(rounding=rounding)) for rounding in _rounding_alternatives(tariffs)),
        *(("rounding", Scenario(dim_rounding=how)) for how in DIM_ROUNDINGS),
        *(("discount", Scenario(no_discount=True)) for _ in range(any(tariff.discount for tariff in tariffs))),
        *(("fuel", Scenario(fuel_percent=percent)) for percent in _fuel_percents(tariffs)),
        *(("minimum", Scenario(no_minimum=True)) for _ in range(any(_has_minimum(tariff) for tariff in tariffs))),
        ("pieces", Scenario(per_piece=True)),
    ]
    return list(dict.fromkeys(found))


def _volumetric_alternatives(tariffs: "Sequence[Tariff]") -> list[Scenario]:
    own = [divisor for tariff in tariffs for divisor in tariff.volumetric.divisors()]
    field = [
        Decimal(divisor)
        for tariff in tariffs
        for divisor in _FIELD_DIVISORS.get((tariff.dim_unit, tariff.weight_unit), ())
    ]
    counts = any(tariff.volumetric.mode != "none" for tariff in tariffs)
    ignores = any(tariff.volumetric.mode == "none" for tariff in tariffs)
    divisors = _distinct([*own, *field])
    return [
        *(Scenario(divisor=divisor) for divisor in divisors if counts),
        *(Scenario(divisor=divisor, volumetric="full") for divisor in divisors if ignores),
        *(Scenario(volumetric=mode) for mode in VOLUME_MODES if counts),
    ]


def _rounding_alternatives(tariffs: "Sequence[Tariff]") -> list[Rounding]:
    own = [band.rounding for tariff in tariffs for band in tariff.weight.bands]
    without_grace = [Rounding(mode="ceil", step=rounding.step) for rounding in own if rounding.mode == "grace_ceil"]
    field = [Rounding(mode=mode, step=Decimal(step)) for mode, step in _FIELD_ROUNDINGS]
    return _distinct([*own, *without_grace, *field])


def _fuel_percents(tariffs: "Sequence[Tariff]") -> list[Decimal]:
    return _distinct(rate.percent for tariff in tariffs if tariff.fuel is not None for rate in tariff.fuel.rates)


def _has_minimum(tariff: "Tariff") -> bool:
    raised = any(item.minimum_weight is not None for item in tariff.surcharges)
    return bool(tariff.weight.minimum or tariff.minimum_charge or tariff.discount.floor or raised)


def _distinct(values: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(values))
