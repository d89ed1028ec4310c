"""Rounding of amounts and discounts on the freight (`domain.md` 3.1 steps 6 and 10)."""

from decimal import Decimal
from typing import Final

import polars as pl
from attrs import frozen

from tieout.tariffs._integers import big, ceil_div, half_up_div, micro
from tieout.tariffs._toml import Node

__all__ = ["AMOUNT_MODES", "Amounts", "Discount", "read_amounts", "read_discount"]

AMOUNT_MODES: Final = ("half_up", "up", "down")


@frozen(kw_only=True)
class Amounts:
    """How amounts are rounded; steps are in the card's currency.

    Attributes:
        step: What every charge becomes a multiple of.
        freight_step: What the freight (`base`, `return_to_sender`) becomes a multiple of.
        mode: "half_up", "up" or "down".
        exponent: Decimals of the currency.
    """

    step: Decimal
    freight_step: Decimal
    mode: str = "half_up"
    exponent: int

    def round(self, numerator: pl.Expr, denominator: pl.Expr | int, *, step: Decimal | None = None) -> pl.Expr:
        """A fraction of millionths as whole minor units of the currency."""
        step = self.step if step is None else step
        divisor = (big(denominator) if isinstance(denominator, int) else denominator) * big(micro(step))
        match self.mode:
            case "up":
                steps = ceil_div(numerator, divisor)
            case "down":
                steps = numerator // divisor
            case _:
                steps = half_up_div(numerator, divisor)
        return (steps * big(int(step.scaleb(self.exponent)))).cast(pl.Int64)


@frozen(kw_only=True)
class Discount:
    """What the merchant pays less than the list price.

    Attributes:
        percent: Percent off the freight.
        per_parcel: Amount off the freight of each parcel, after the percentage.
        floor: Least freight after the discount.
        shown: "net" when the bill charges the reduced freight, "separate" when it shows list price and discount.
    """

    percent: Decimal = Decimal(0)
    per_parcel: Decimal = Decimal(0)
    floor: Decimal = Decimal(0)
    shown: str = "net"

    def __bool__(self) -> bool:
        return bool(self.percent or self.per_parcel or self.floor)


def read_amounts(node: Node | None, *, exponent: int) -> Amounts:
    """Read the `amounts` table of a version; without one everything is rounded half-up to the currency's minor unit."""
    smallest = Decimal(1).scaleb(-exponent)
    if node is None:
        return Amounts(step=smallest, freight_step=smallest, exponent=exponent)
    step = node.number("step", smallest, over=0)
    amounts = Amounts(
        step=step,
        freight_step=node.number("freight_step", step, over=0),
        mode=node.choice("mode", AMOUNT_MODES, "half_up"),
        exponent=exponent,
    )
    for name, value in (("step", step), ("freight_step", amounts.freight_step)):
        if value % smallest:
            raise node.error(f"a multiple of {smallest} is needed, found {value}", name)
    node.finish()
    return amounts


def read_discount(node: Node | None) -> Discount:
    """Read the `discount` table of a version."""
    if node is None:
        return Discount()
    discount = Discount(
        percent=node.percent("percent", Decimal(0), most=100),
        per_parcel=node.price("per_parcel", Decimal(0)),
        floor=node.price("floor", Decimal(0)),
        shown=node.choice("shown", ("net", "separate"), "net"),
    )
    node.finish()
    return discount
