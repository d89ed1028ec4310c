"""Currencies: the exponent of each ISO 4217 code."""

from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache

from moneyed import CURRENCIES, CurrencyDoesNotExist, get_currency

from tieout.errors import UnknownCurrency

__all__ = ["exponent", "from_units", "is_currency", "round_half_up", "to_units"]

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # our own context: the ambient one rounds half-even


@cache
def exponent(code: str) -> int:
    """How many decimals the smallest unit of a currency has.

    Args:
        code: ISO 4217 code in upper case.

    Raises:
        UnknownCurrency: The code is not in ISO 4217 (USDT, RMB and the like are not).

    Example:
        >>> exponent("CNY"), exponent("JPY"), exponent("KWD")
        (2, 0, 3)
    """
    try:
        sub_unit = get_currency(code).sub_unit
    except CurrencyDoesNotExist as cause:
        hint = "the code of the renminbi is CNY" if code in {"RMB", "￥", "¥", "人民币"} else ""
        raise UnknownCurrency(f"{code!r} is not an ISO 4217 currency code", hint=hint) from cause
    return len(str(sub_unit)) - 1


def is_currency(code: str) -> bool:
    """Whether the text is an ISO 4217 currency code."""
    return code in CURRENCIES


def round_half_up(amount: Decimal, code: str) -> Decimal:
    """Round an amount half-up (四舍五入) to the smallest unit of its currency.

    Args:
        amount: A finite Decimal of any number of decimals.
        code: ISO 4217 code.

    Example:
        >>> round_half_up(Decimal("0.125"), "CNY"), round_half_up(Decimal("-0.125"), "CNY")
        (Decimal('0.13'), Decimal('-0.13'))
    """
    return amount.quantize(Decimal(1).scaleb(-exponent(code)), rounding=ROUND_HALF_UP, context=_WIDE)


def to_units(amount: Decimal, code: str) -> int:
    """Minor units of an amount that is already exact in its currency; finer decimals are the caller's fault.

    Args:
        amount: A finite Decimal without more decimals than the currency, as records hold them.
        code: ISO 4217 code.

    Example:
        >>> to_units(Decimal("12.50"), "CNY")
        1250
    """
    return int(amount.scaleb(exponent(code), _WIDE))


def from_units(units: int, code: str) -> Decimal:
    """The amount of so many minor units.

    Args:
        units: Whole minor units, signed.
        code: ISO 4217 code.

    Example:
        >>> from_units(-5, "CNY")
        Decimal('-0.05')
    """
    return Decimal(units).scaleb(-exponent(code), _WIDE)
