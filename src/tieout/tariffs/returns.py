"""Return-to-sender (退回) and interception (拦截): what a parcel costs on its way back (`domain.md` 3.5)."""

from decimal import Decimal
from typing import Final

from attrs import frozen

from tieout.tariffs._toml import Node
from tieout.tariffs.price_tables import read_prices
from tieout.tariffs.prices import Prices
from tieout.tariffs.zones import Zones

__all__ = ["RETURN_MODES", "Intercept", "Returns", "read_intercept", "read_returns"]

RETURN_MODES: Final = ("free", "share", "table")


@frozen(kw_only=True)
class Returns:
    """What a parcel costs on its way back.

    Attributes:
        mode: "free", "share" (of the outward freight) or "table" (prices of its own).
        percent: The share; 50 means half the outward freight.
        prices: The prices of mode "table"; None otherwise.
        fuelable: Whether fuel is charged on it.
    """

    mode: str
    percent: Decimal = Decimal(0)
    prices: Prices | None = None
    fuelable: bool = False


@frozen(kw_only=True)
class Intercept:
    """What stopping a parcel on its way costs.

    Attributes:
        fee: Fee per parcel.
        with_return: Whether the way back is charged besides.
        fuelable: Whether fuel is charged on it.
    """

    fee: Decimal
    with_return: bool = True
    fuelable: bool = False


def read_returns(node: Node | None, zones: Zones, *, unit: str) -> Returns | None:
    """Read the `returns` table of a version; None when the contract does not speak of returns."""
    if node is None:
        return None
    mode = node.choice("mode", RETURN_MODES)
    prices = None
    if mode == "table":
        table = node.table("prices")
        if table is None:
            raise node.error("the mode 'table' needs a table 'prices'", "prices")
        prices = read_prices(table, zones, unit=unit)
        if prices.average is not None or prices.charge_type != "base":
            raise table.error("a return cannot be priced by average weight or by label", "model")
    returns = Returns(
        mode=mode,
        percent=node.percent("percent") if mode == "share" else Decimal(0),
        prices=prices,
        fuelable=node.flag("fuel", False),
    )
    node.finish()
    return returns


def read_intercept(node: Node | None) -> Intercept | None:
    """Read the `intercept` table of a version; None when the contract does not speak of it."""
    if node is None:
        return None
    intercept = Intercept(
        fee=node.price("fee"),
        with_return=node.flag("with_return", True),
        fuelable=node.flag("fuel", False),
    )
    node.finish()
    return intercept
