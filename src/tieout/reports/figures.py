"""How figures and texts are written in a page: exact, and so that no character of a file can hide or move others."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from tieout.model.currency import exponent, is_currency
from tieout.reports.report import Column, Kind

__all__ = ["NUMERIC", "cell_text", "money_text", "shown", "width_of"]

NUMERIC = frozenset({Kind.COUNT, Kind.MONEY, Kind.SHARE, Kind.NUMBER})

# Controls, and marks that turn or hide what stands beside them: an order number must look like what it is.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def shown(text: str) -> str:
    r"""Text with its invisible and direction-turning characters spelled out, such as U+202E as `\u202e`."""
    return _HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def money_text(minor: int, currency: str) -> str:
    """Whole minor units as text with the currency's decimals and grouped digits, without the code.

    Args:
        minor: Whole minor units.
        currency: ISO 4217 code; of an unknown one the minor units are written as they are.

    Example:
        >>> money_text(-123456, "CNY"), money_text(5, "JPY")
        ('-1,234.56', '5')
    """
    decimals = exponent(currency) if is_currency(currency) else 0
    whole, part = divmod(abs(minor), 10**decimals)
    text = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    return f"-{text}" if minor < 0 else text


def cell_text(value: object, column: Column, *, currency: str | None = None, zone: str = "UTC") -> str:
    """A value as people read it; empty for what is not there.

    Args:
        value: Value of the frame.
        column: Its column.
        currency: For money, its ISO 4217 code.
        zone: Zone in which moments are written.
    """
    if value is None:
        return ""
    if column.kind in NUMERIC and isinstance(value, (int, float, Decimal)):
        return _figure(value, column.kind, currency or "")
    if column.kind is Kind.FLAG:
        return str(bool(value)).lower()
    return _text(value, zone)


def _figure(value: float | Decimal, kind: Kind, currency: str) -> str:
    if kind is Kind.MONEY and isinstance(value, int):
        return money_text(value, currency)
    if kind is Kind.SHARE:
        return f"{value * 100:,.1f} %"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:,}"


def _text(value: object, zone: str) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(zone)) if value.tzinfo else value
        return f"{local:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return shown(", ".join(str(one) for one in value))
    return shown(str(value))


def width_of(text: str) -> int:
    """How many columns a text takes, where a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
