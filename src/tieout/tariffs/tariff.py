"""Tariffs: everything that prices a parcel of one service under one version of a contract."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from tieout.tariffs._toml import Node
from tieout.tariffs.amounts import Amounts, Discount, read_amounts, read_discount
from tieout.tariffs.fuel import Fuel, read_fuel
from tieout.tariffs.price_tables import read_prices
from tieout.tariffs.prices import Prices
from tieout.tariffs.returns import Intercept, Returns, read_intercept, read_returns
from tieout.tariffs.routes import Regions
from tieout.tariffs.surcharges import Surcharge, read_surcharges
from tieout.tariffs.volumetric import Volumetric, read_volumetric
from tieout.tariffs.weights import WeightTerms, read_weight_terms
from tieout.tariffs.zones import Zones, read_zones

__all__ = ["ANY_SERVICE", "Tariff", "TariffReader", "Units"]

ANY_SERVICE: Final = ""  # the one tariff of a version without services


@frozen(kw_only=True)
class Units:
    """The units of a card.

    Attributes:
        weight: "kg" or "lb".
        dim: "cm" or "in".
        exponent: Decimals of the currency.
    """

    weight: str
    dim: str
    exponent: int


@frozen(kw_only=True)
class Tariff:
    """Everything that prices a parcel of one service under one version.

    Attributes:
        version: Id of the version.
        service: Name of the service; `ANY_SERVICE` when the version has none.
        weight_unit: "kg" or "lb".
        dim_unit: "cm" or "in".
        zones: Price zones.
        weight: Weight rounding and minimum.
        volumetric: Volume rules.
        prices: Prices by zone.
        discount: Discount on the freight.
        amounts: Rounding of amounts.
        surcharges: Surcharges, in the order of the card.
        fuel: Fuel table; None without fuel surcharge.
        minimum_charge: Least sum of all charges of an outward parcel.
        returns: Return-to-sender terms; None when the contract has none.
        intercept: Interception terms; None when the contract has none.
        price_tables: Other prices that a monthly tier switches to, by name.
        assumes: Whether the parcels say, in `assumed`, which surcharges hold where what decides it is not known.
    """

    version: str
    service: str
    weight_unit: str
    dim_unit: str
    zones: Zones
    weight: WeightTerms
    volumetric: Volumetric
    prices: Prices
    discount: Discount
    amounts: Amounts
    surcharges: tuple[Surcharge, ...] = ()
    fuel: Fuel | None = None
    minimum_charge: Decimal = Decimal(0)
    returns: Returns | None = None
    intercept: Intercept | None = None
    price_tables: Mapping[str, Prices] = field(factory=dict)
    assumes: bool = False

    @property
    def needs_weight(self) -> bool:
        """Whether a parcel of unknown weight cannot be rated; a fee per label needs none."""
        return self.prices.charge_type != "label" or any(surcharge.rate for surcharge in self.surcharges)

    def charge_terms(self) -> dict[str, str]:
        """Charge types the tariff knows, and the kind of condition each waits for; the first surcharge of a type names it."""
        terms = {self.prices.charge_type: "always"}
        if self.discount and self.discount.shown == "separate":
            terms["discount"] = "always"
        for surcharge in self.surcharges:
            terms.setdefault(surcharge.charge_type, surcharge.when)
        optional = {
            "fuel": self.fuel,
            "minimum": self.minimum_charge,
            "return_to_sender": self.returns,
            "intercept": self.intercept,
        }
        kinds = {"return_to_sender": "return"}
        return terms | {name: kinds.get(name, name) for name, present in optional.items() if present}


class TariffReader:
    """Reads a tariff from a version's tables and those that a service has instead."""

    def __init__(self, version: Node, service: Node | None, units: Units) -> None:
        """Take the version's table, and the service's, which is None for a version without services."""
        self._version = version
        self._service = service
        self._units = units

    def read(self, version_id: str, name: str, regions: Regions) -> Tariff:
        """Read the tariff of the service `name`.

        Raises:
            RateCardError: Something is unknown, missing, negative or contradictory; the error names the key.
        """
        zones = read_zones(self._table("zones"), regions)
        prices = self._prices(zones)
        weight_unit, dim_unit = self._units.weight, self._units.dim
        volumetric = read_volumetric(
            self._table("volumetric"), regions=regions, zones=zones.names, dim_unit=dim_unit, weight_unit=weight_unit
        )
        surcharges = read_surcharges(
            self._home("surcharges").tables("surcharges"),
            regions=regions,
            zones=zones.names,
            dim_unit=dim_unit,
            weight_unit=weight_unit,
        )
        return Tariff(
            version=version_id,
            service=name,
            weight_unit=weight_unit,
            dim_unit=dim_unit,
            zones=zones,
            weight=self._weight(prices),
            volumetric=volumetric,
            prices=prices,
            discount=read_discount(self._table("discount")),
            amounts=read_amounts(self._table("amounts"), exponent=self._units.exponent),
            surcharges=surcharges,
            fuel=read_fuel(self._table("fuel")),
            minimum_charge=self._home("minimum_charge").price("minimum_charge", Decimal(0)),
            returns=read_returns(self._table("returns"), zones, unit=weight_unit),
            intercept=read_intercept(self._table("intercept")),
            price_tables=self._price_tables(zones),
        )

    def _home(self, key: str) -> Node:
        """The table that holds the key: the service's own, else the version's."""
        of_version = self._version.has(key)  # asked in any case, so that it counts as known
        if self._service is not None and (self._service.has(key) or not of_version):
            return self._service
        return self._version

    def _table(self, key: str) -> Node | None:
        return self._home(key).table(key)

    def _prices(self, zones: Zones) -> Prices:
        table = self._table("prices")
        if table is None:
            raise self._home("prices").error("the key 'prices' is missing", "prices")
        return read_prices(table, zones, unit=self._units.weight)

    def _weight(self, prices: Prices) -> WeightTerms:
        table = self._table("weight")
        if table is None and prices.charge_type != "label":
            problem = "the key 'weight' is missing: how a weight is rounded is never assumed"
            raise self._home("weight").error(problem, "weight", hint="weight = { rounding = { mode = ... } }")
        return read_weight_terms(table, unit=self._units.weight)

    def _price_tables(self, zones: Zones) -> dict[str, Prices]:
        tables = self._table("price_tables")
        if tables is None:
            return {}
        return {name: read_prices(child, zones, unit=self._units.weight) for name, child in tables.entries()}
