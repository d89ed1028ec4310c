"""What the records of all worlds are made with: moments of the book's zone, and money in minor units."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from moneyed import Money

from tieout.model.currency import exponent

__all__ = ["SHANGHAI", "at", "yuan"]

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day, hour=12):
    return dt.datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def yuan(minor, code="CNY"):
    """An amount of so many minor units, of yuan where nothing else is said."""
    return Money(Decimal(minor).scaleb(-exponent(code)), code)
