"""Amounts: Money to minor units and back, and half-up rounding."""

from moneyed import Money

from tieout.errors import CurrencyMismatch, TooManyDecimals
from tieout.model.currency import exponent, from_units, round_half_up, to_units

__all__ = ["from_minor", "quantize_money", "require_same_currency", "to_minor"]


def quantize_money(money: Money) -> Money:
    """Round half-up (四舍五入) to the smallest unit of the currency.

    `Money.round()` follows the ambient decimal context, which is half-even; this never does.

    Example:
        >>> quantize_money(Money("0.125", "CNY")).amount
        Decimal('0.13')
    """
    return Money(round_half_up(money.amount, money.currency.code), money.currency)


def to_minor(money: Money) -> int:
    """The amount in minor units (分, cents), exactly.

    Raises:
        TooManyDecimals: The amount is finer than the currency's smallest unit; round it first.
        NaNRefused: The amount is NaN.
        InfinityRefused: The amount is infinite.

    Example:
        >>> to_minor(Money("12.50", "CNY")), to_minor(Money("-3", "JPY"))
        (1250, -3)
    """
    code = money.currency.code
    if round_half_up(money.amount, code) != money.amount:
        raise TooManyDecimals(
            f"{money.amount} has more than the {exponent(code)} decimals of {code}",
            hint="round it with quantize_money first",
        )
    return to_units(money.amount, code)


def from_minor(minor: int, currency: str) -> Money:
    """Money from minor units.

    Args:
        minor: Whole minor units, signed.
        currency: ISO 4217 code.

    Example:
        >>> from_minor(1250, "CNY").amount, from_minor(1250, "JPY").amount
        (Decimal('12.50'), Decimal('1250'))
    """
    return Money(from_units(minor, currency), currency)


def require_same_currency(*amounts: Money) -> str:
    """The one currency of several amounts.

    Raises:
        CurrencyMismatch: They are of several currencies, or there are none.
    """
    codes = sorted({money.currency.code for money in amounts})
    if len(codes) != 1:
        raise CurrencyMismatch(f"amounts of one currency are needed, got {', '.join(codes) or 'no amount'}")
    return codes[0]
