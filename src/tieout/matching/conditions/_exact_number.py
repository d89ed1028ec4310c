"""Exact numbers: what a tolerance may be given as."""

from decimal import Decimal, InvalidOperation
from typing import Any

from tieout.errors import MatcherError
from tieout.matching.conditions._values import decimals_of

__all__ = ["exact_number", "require_few_decimals"]

_DECIMALS_MAX = {"percent": 4}  # finer tolerances are a mistake, and would cost the range of the comparison
_DECIMALS_MAX_ELSE = 9


def exact_number(value: Any, key: str, where: str) -> Decimal:  # noqa: ANN401 - anything may be given
    """A setting as an exact number; its sign and size are the caller's to judge.

    Args:
        value: What was given.
        key: The setting's name.
        where: What it is a setting of.

    Raises:
        MatcherError: It is a float or no number.
    """
    if isinstance(value, (bool, float)) or not isinstance(value, (int, Decimal, str)):
        raise MatcherError(
            f"{key}={value!r} is {type(value).__name__}; a tolerance is exact",
            where=where,
            hint='an int, a Decimal, or text such as "0.05"',
        )
    try:
        return Decimal(value)
    except InvalidOperation as cause:
        raise MatcherError(f"{key}={value!r} is not a number", where=where) from cause


def require_few_decimals(number: Decimal, key: str, where: str) -> Decimal:
    """The number, unless it has more decimals than a tolerance needs.

    Raises:
        MatcherError: It has.
    """
    most = _DECIMALS_MAX.get(key, _DECIMALS_MAX_ELSE)
    if decimals_of(number) > most:
        raise MatcherError(f"{key}={number:f} has more than {most} decimals", where=where)
    return number
