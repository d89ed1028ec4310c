"""Parsing: the amounts that people and exports write, into exact Money."""

import math
import re
from decimal import Decimal
from enum import StrEnum

from moneyed import Money

from tieout.errors import (
    CurrencyMismatch,
    FloatRefused,
    InfinityRefused,
    MoneyError,
    NaNRefused,
    NotAnAmount,
    TooManyDecimals,
)
from tieout.model.currency import exponent, round_half_up

__all__ = ["DecimalMark", "parse_amount", "parse_money", "signs_of"]


class DecimalMark(StrEnum):
    """Which character parts whole units from fractions."""

    POINT = "."
    COMMA = ","


# Full-width forms and look-alikes, folded one to one.
_FOLD = str.maketrans(
    "０１２３４５６７８９．，（）－＋−–—％　\u00a0\u202f\u2009'’",
    "0123456789.,()-+---%      ",
)
_SWAP = str.maketrans(".,", ",.")
_SIGNS = {
    "CNY": ("¥", "￥", "元", "RMB", "CN¥", "人民币", "圆"),
    "JPY": ("¥", "￥", "円", "JP¥"),
    "USD": ("$", "US$"),
    "CAD": ("$", "CA$", "C$"),
    "AUD": ("$", "A$", "AU$"),
    "HKD": ("$", "HK$"),
    "TWD": ("$", "NT$"),
    "SGD": ("$", "S$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "INR": ("₹", "Rs.", "Rs"),
    "KRW": ("₩",),
    "BRL": ("R$",),
    "IDR": ("Rp", "Rp."),
    "THB": ("฿",),
    "VND": ("₫",),
    "PHP": ("₱",),
    "MYR": ("RM",),
    "RUB": ("₽",),
}
_ANY_SIGN = sorted({sign for signs in _SIGNS.values() for sign in signs}, key=len, reverse=True)
_CODE = re.compile(r"^[A-Z]{3}(?![A-Za-z])|(?<![A-Za-z])[A-Z]{3}$")
_AROUND = (
    ' \r\n`"'  # WeChat guards cells with a grave accent; tabs, no-break spaces and apostrophes are folded to spaces
)
_TAIL = re.compile(r"(?i)\s*(CR|DR)\.?$")
_NUMBER = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]+)?(?:\.(?P<part>[0-9]*))?")
# Western thousands, Indian lakhs, Chinese ten thousands; a leading zero would be a decimal comma misread.
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+|[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}|[1-9][0-9]{0,3}(?:,[0-9]{4})+")


def parse_money(value: object, currency: str, *, decimal_mark: DecimalMark = DecimalMark.POINT) -> Money:
    """Money from what a file or a program gives.

    Takes text with thousands separators, full-width digits, currency signs or codes of this currency, brackets or a
    trailing minus or CR for negative, a trailing DR for positive; Decimal and int; Money of the same currency.

    Args:
        value: Text, Decimal, int or Money.
        currency: ISO 4217 code.
        decimal_mark: Character that parts the fraction; never guessed, since `1,234` means two things.

    Raises:
        FloatRefused: A float was given: it has lost the exact amount already.
        NaNRefused: The value is NaN.
        InfinityRefused: The value is infinite.
        TooManyDecimals: The value is finer than the currency's smallest unit.
        CurrencyMismatch: The text or Money names another currency.
        NotAnAmount: The text spells no amount.

    Example:
        >>> parse_money("（1,234.50）", "CNY").amount
        Decimal('-1234.50')
        >>> parse_money("１２．５０ CR", "CNY").amount
        Decimal('-12.50')
    """
    if isinstance(value, Money):
        if value.currency.code != currency:
            raise CurrencyMismatch(f"an amount in {currency} is needed, got one in {value.currency.code}")
        value = value.amount
    decimals = exponent(currency)
    amount = parse_amount(value, currency=currency, decimal_mark=decimal_mark)
    if round_half_up(amount, currency) != amount:
        raise TooManyDecimals(f"{amount} has more than the {decimals} decimals of {currency}")
    return Money(amount, currency)


def parse_amount(
    value: object, *, currency: str | None = None, decimal_mark: DecimalMark = DecimalMark.POINT
) -> Decimal:
    """An exact Decimal from what a file or a program gives; decimals are not limited.

    Args:
        value: Text, Decimal or int.
        currency: ISO 4217 code whose signs and code the text may carry; None to refuse any.
        decimal_mark: Character that parts the fraction.

    Raises:
        MoneyError: One of its subclasses, as `parse_money` raises them.

    Example:
        >>> parse_amount("+10,000.00")
        Decimal('10000.00')
    """
    if isinstance(value, bool) or value is None:
        raise NotAnAmount(f"{value!r} is not an amount")
    if isinstance(value, float):
        raise _float_error(value)
    if isinstance(value, Decimal):
        return _finite(value)
    if isinstance(value, int):
        return Decimal(value)
    if not isinstance(value, str):
        raise NotAnAmount(f"text, Decimal or int is needed, got {type(value).__name__}")
    return _parse_text(value, currency, decimal_mark)


def _float_error(value: float) -> MoneyError:
    if math.isnan(value):
        return NaNRefused("NaN is not an amount")
    if math.isinf(value):
        return InfinityRefused("an infinity is not an amount")
    return FloatRefused(
        f"the float {value!r} is not exact", hint="give text, Decimal or minor units, as the file has them"
    )


def _finite(value: Decimal) -> Decimal:
    if value.is_nan():
        raise NaNRefused("NaN is not an amount")
    if value.is_infinite():
        raise InfinityRefused("an infinity is not an amount")
    return value


def _parse_text(text: str, currency: str | None, mark: DecimalMark) -> Decimal:
    bare = text.translate(_FOLD).replace("\t", " ").strip(_AROUND)
    if bare.lower().lstrip("+-") in {"nan", "#n/a", "#num!"}:
        raise NaNRefused(f"{text!r} is not an amount")
    if bare.lower().lstrip("+-") in {"inf", "infinity", "∞"}:
        raise InfinityRefused(f"{text!r} is not an amount")
    outer, bare = _take_mark(bare)
    bare = _strip_currency(bare, currency, text)
    inner, bare = _take_mark(bare)
    match = _NUMBER.fullmatch(_ungroup(bare, mark, text))
    if match is None or not (match["whole"] or match["part"]):
        raise NotAnAmount(f"{text!r} is not an amount")
    signs = [sign for sign in (outer, inner, match["sign"]) if sign]
    if len(signs) > 1:
        raise NotAnAmount(f"{text!r} has two signs")
    amount = Decimal(f"{match['whole'] or '0'}.{match['part'] or ''}")
    return amount.copy_negate() if amount and signs == ["-"] else amount


def _take_mark(bare: str) -> tuple[str, str]:
    """The sign that brackets, a trailing minus, CR or DR stand for (none: empty), and the rest."""
    tail = _TAIL.search(bare)
    if tail is not None:
        return "-" if tail[1].upper() == "CR" else "+", bare[: tail.start()].strip()
    if bare.startswith("(") and bare.endswith(")"):
        return "-", bare[1:-1].strip()
    if bare.endswith("-"):
        return "-", bare[:-1].strip()
    return "", bare


def _strip_currency(bare: str, currency: str | None, text: str) -> str:
    code = _CODE.search(bare)
    if code is not None and code[0] != "RMB":
        if code[0] != currency:
            raise CurrencyMismatch(f"{text!r} names {code[0]}, expected {currency or 'no currency'}")
        bare = (bare[: code.start()] + bare[code.end() :]).strip()
    allowed = _SIGNS.get(currency or "", ())
    lead = bare[:1] if bare[:1] in {"-", "+"} else ""
    body = bare[len(lead) :].strip()
    for sign in _ANY_SIGN:
        if body.startswith(sign) or body.endswith(sign):
            if sign not in allowed:
                raise CurrencyMismatch(f"{text!r} has the sign {sign}, expected {currency or 'no currency'}")
            body = body.removeprefix(sign).removesuffix(sign).strip()
            break
    return lead + body


def _ungroup(bare: str, mark: DecimalMark, text: str) -> str:
    """The number without thousands separators, its fraction parted by a point."""
    if mark is DecimalMark.COMMA:
        bare = bare.translate(_SWAP)
    sign = bare[:1] if bare[:1] in {"-", "+"} else ""
    whole, point, part = bare[len(sign) :].strip().partition(".")
    separators = {",", " "} & set(whole)
    if separators and (len(separators) > 1 or not _GROUPED.fullmatch(whole.replace(" ", ","))):
        raise NotAnAmount(f"{text!r} has separators that do not part thousands")
    return sign + whole.replace(",", "").replace(" ", "") + point + part


def signs_of(currency: str) -> tuple[str, ...]:
    """What an amount of a currency may carry beside its digits: its code and its signs.

    Args:
        currency: ISO 4217 code.

    Example:
        >>> signs_of("CNY")[:3]
        ('CNY', '¥', '￥')
    """
    return (currency, *_SIGNS.get(currency, ()))
