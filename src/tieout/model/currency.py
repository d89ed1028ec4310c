"""Currencies: the exponent of each ISO 4217 code."""

from contextlib import AbstractContextManager
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from functools import cache

from moneyed import CURRENCIES, CurrencyDoesNotExist, Money, get_currency

from tieout.errors import InfinityRefused, NaNRefused, NotAnAmount, UnknownCurrency

__all__ = ["exactly", "exponent", "from_units", "is_currency", "negated", "round_half_up", "to_units"]

_WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # our own context: the ambient one is the caller's, and half-even


def exactly() -> AbstractContextManager[Context]:
    """A context in which arithmetic of Money is exact, whatever decimal context the caller has set.

    Example:
        >>> with localcontext(prec=3), exactly():
        ...     (Money("1234.56", "CNY") + Money("0.01", "CNY")).amount
        Decimal('1234.57')
    """
    return localcontext(_WIDE)


def negated(money: Money) -> Money:
    """Minus the amount, exactly: the operator `-` rounds to the ambient context.

    Example:
        >>> negated(Money("8.10", "CNY")).amount
        Decimal('-8.10')
    """
    return Money(_WIDE.minus(money.amount), money.currency)


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
        amount: A Decimal of any number of decimals.
        code: ISO 4217 code.

    Raises:
        NaNRefused: The amount is NaN.
        InfinityRefused: The amount is infinite.
        NotAnAmount: The amount has more digits than any sum of money.

    Example:
        >>> round_half_up(Decimal("0.125"), "CNY"), round_half_up(Decimal("-0.125"), "CNY")
        (Decimal('0.13'), Decimal('-0.13'))
    """
    if amount.is_nan():
        raise NaNRefused("NaN is not an amount")
    if amount.is_infinite():
        raise InfinityRefused("an infinity is not an amount")
    try:
        return _WIDE.quantize(amount, _step(code))
    except InvalidOperation as cause:
        raise NotAnAmount(f"{amount} has too many digits for an amount") from cause


@cache
def _step(code: str) -> Decimal:
    return _WIDE.scaleb(Decimal(1), -exponent(code))


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
