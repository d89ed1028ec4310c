"""Exact integer arithmetic in columns: weights, lengths and money as whole numbers of a small unit.

Weights are 64-bit counts of 1e-8 g, so that a pound (453.59237 g) is a whole number of them; lengths are counts of 1e-8 cm, so
that an inch (2.54 cm) is; money inside the engine is a 128-bit fraction of millionths of the currency's unit. Nothing here is
a float. All operands are non-negative, therefore `//` is a floor.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Final

import polars as pl

__all__ = [
    "LENGTH_MAX",
    "LENGTH_UNITS",
    "MICRO",
    "WEIGHT_DECIMAL",
    "WEIGHT_MAX",
    "WEIGHT_UNITS",
    "big",
    "ceil_div",
    "ceil_fraction",
    "decimal_text",
    "factor_is_safe",
    "half_up_div",
    "micro",
    "minor_text",
    "ratio_text",
    "to_decimal",
    "weight_text",
    "whole_units",
]

WEIGHT_UNITS: Final = {"kg": 10**11, "lb": 45_359_237_000}  # 1e-8 g in one unit
LENGTH_UNITS: Final = {"cm": 10**8, "in": 254_000_000}  # 1e-8 cm in one unit
WEIGHT_MAX: Final = 10**16  # 100 t: no parcel, and the products below stay inside 128 bits
LENGTH_MAX: Final = 2000 * 10**8  # 20 m, for the same reason
MICRO: Final = 10**6
WEIGHT_DECIMAL: Final = pl.Decimal(28, 8)
_SAFE: Final = 2**126


def big(value: int) -> pl.Expr:
    """A 128-bit literal."""
    return pl.lit(value, dtype=pl.Int128)


def micro(price: Decimal) -> int:
    """A price of at most six decimals as a whole number of millionths."""
    return int(price.scaleb(6))


def whole_units(value: Decimal, unit: int) -> int | None:
    """A value in a unit as a whole number of the engine's small unit; None when it is not whole.

    Example:
        >>> whole_units(Decimal("0.5"), WEIGHT_UNITS["lb"]), whole_units(Decimal("1e-9"), WEIGHT_UNITS["lb"])
        (22679618500, None)
    """
    exact = Fraction(value) * unit
    return exact.numerator if exact.denominator == 1 else None


def ceil_div(numerator: pl.Expr, denominator: int | pl.Expr) -> pl.Expr:
    """The smallest whole number that is not below the quotient."""
    return (numerator + (denominator - 1)) // denominator


def half_up_div(numerator: pl.Expr, denominator: int | pl.Expr) -> pl.Expr:
    """The whole number nearest to the quotient; a half goes up (四舍五入)."""
    return (numerator + denominator // 2) // denominator


def ceil_fraction(value: pl.Expr, factor: Fraction) -> pl.Expr:
    """`value x factor`, rounded up to a whole number, without overflow on the way.

    Args:
        value: A 128-bit column, not negative.
        factor: `factor_is_safe(factor)` must hold.
    """
    numerator, denominator = big(factor.numerator), big(factor.denominator)
    return value // denominator * numerator + ceil_div(value % denominator * numerator, denominator)


def factor_is_safe(factor: Fraction) -> bool:
    """Whether `ceil_fraction` with this factor stays inside 128 bits."""
    return factor.numerator * factor.denominator < _SAFE


def to_decimal(units: pl.Expr) -> pl.Expr:
    """Weights counted in 1e-8 g as exact grams."""
    return (units.cast(pl.Decimal(38, 0)) * pl.lit(Decimal("0.00000001"))).cast(WEIGHT_DECIMAL)


def ratio_text(numerator: int, denominator: int) -> str:
    """A quotient of at most five decimals (more are cut), without trailing zeros.

    Example:
        >>> ratio_text(10, 4), ratio_text(1, 3)
        ('2.5', '0.33333')
    """
    return decimal_text(Decimal(numerator * 100_000 // denominator).scaleb(-5))


def weight_text(units: int, unit: str) -> str:
    """A weight in kg or lb, of at most five decimals (more are cut), without trailing zeros.

    Example:
        >>> weight_text(1_250_000_000_00, "kg"), weight_text(5 * 45_359_237_000, "lb")
        ('1.25', '5')
    """
    return ratio_text(units, WEIGHT_UNITS[unit])


def decimal_text(number: Decimal) -> str:
    """A number without exponent and without trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def minor_text(minor: int, exponent: int) -> str:
    """An amount in minor units, with the currency's decimals."""
    return f"{Decimal(minor).scaleb(-exponent):f}"
