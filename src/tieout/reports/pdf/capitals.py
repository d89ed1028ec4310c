"""Capitals: an amount in the characters that nobody can alter (大写), as vouchers and receipts write it."""

from typing import Final

from moneyed import Money, get_currency

from tieout.errors import ReportError
from tieout.model.currency import exponent, to_units

__all__ = ["has_capitals", "in_capitals"]

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_UNITS: Final = ((10**8, "亿"), (10**4, "万"), (1000, "仟"), (100, "佰"), (10, "拾"))
_DECIMALS: Final = (0, 2)


def has_capitals(currency: str) -> bool:
    """Whether amounts of a currency can be written so: its unit is whole, or of 100 parts as 角 and 分 are.

    Args:
        currency: ISO 4217 code.
    """
    return exponent(currency) in _DECIMALS


def in_capitals(amount: Money) -> str:
    """An amount in Chinese capitals, with the name of its currency before it and 负 where it is negative (红字).

    Zeros are written as the rules for negotiable instruments (支付结算办法, annex 1) allow: one 零 for a run of them inside an
    amount, none at the end of a group of four, and 零 before 分 where there is no 角. 整 ends an amount without 分.

    Args:
        amount: Exact in its currency.

    Raises:
        ReportError: The currency has other parts than hundredths.

    Example:
        >>> in_capitals(Money("10050.05", "CNY")), in_capitals(Money("-0.50", "CNY"))
        ('人民币壹万零伍拾元零伍分', '人民币负伍角整')
    """
    code = amount.currency.code
    if not has_capitals(code):
        raise ReportError(f"{code} has {exponent(code)} decimals, capitals have 角 and 分 only", where="in_capitals")
    units = to_units(amount.amount, code)
    whole, cents = divmod(abs(units), 10 ** exponent(code))
    tenths, hundredths = divmod(cents, 10)
    text = f"{_whole(whole)}元" if whole or not cents else ""
    if tenths:
        text += f"{_DIGITS[tenths]}角"
    if hundredths:
        text += ("零" if whole and not tenths else "") + f"{_DIGITS[hundredths]}分"
    else:
        text += "整"
    return f"{get_currency(code).get_name('zh_CN')}{'负' if units < 0 else ''}{text}"


def _whole(number: int) -> str:
    """A whole number of 0 or more."""
    for unit, name in _UNITS:
        if number >= unit:
            high, low = divmod(number, unit)
            rest = (_DIGITS[0] if low < unit // 10 else "") + _whole(low) if low else ""
            return f"{_whole(high)}{name}{rest}"
    return _DIGITS[number]
