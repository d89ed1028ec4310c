"""Numbers of a rate card: exact, finite, not negative, and of a size the engine's integers can hold."""

from decimal import Decimal, InvalidOperation
from typing import Final

__all__ = ["PRICE_DECIMALS_MAX", "PRICE_MAX", "decimals_of", "exact_number"]

PRICE_DECIMALS_MAX: Final = 6  # prices are kept as integers of a millionth of the currency's unit
PRICE_MAX: Final = Decimal(10_000_000)  # beyond it the 128-bit products of the engine could overflow
DIGITS_MAX: Final = 20


def exact_number(value: object) -> tuple[Decimal | None, str]:  # noqa: PLR0911 - one return for each way to be wrong
    """A value as an exact number, or None and what is wrong with it.

    Example:
        >>> exact_number("0.50"), exact_number(-1)
        ((Decimal('0.50'), ''), (None, 'this may not be negative, found -1'))
    """
    if isinstance(value, float):  # only `from_dict` can bring one: TOML's own decimals are read exactly
        return None, f"a float is not exact: {value!r}"
    if isinstance(value, bool) or not isinstance(value, (int, str, Decimal)):
        return None, f"a number is needed, found {value!r}"
    try:
        number = Decimal(value.strip() if isinstance(value, str) else value)
    except InvalidOperation:
        return None, f"a number is needed, found {value!r}"
    if not number.is_finite():
        return None, f"a finite number is needed, found {value}"
    if len(number.as_tuple().digits) > DIGITS_MAX or decimals_of(number) > DIGITS_MAX:
        return None, f"a number of at most {DIGITS_MAX} digits is needed, found {number}"
    if number < 0:
        return None, f"this may not be negative, found {number}"
    return number, ""


def decimals_of(number: Decimal) -> int:
    """How many decimals a number needs; 0 for 10 and for 1E+1.

    Example:
        >>> decimals_of(Decimal("1.250")), decimals_of(Decimal("1E+1"))
        (2, 0)
    """
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
