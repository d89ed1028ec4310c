"""How files write moments, rows and names."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Final

from shop.terms import at
from shop.world import Row

CARRIERS: Final = {"sf": "顺丰速运", "zto": "中通快递", "yto": "圆通速递"}
SHORT: Final = {"sf": "顺丰", "zto": "中通", "yto": "圆通", "": ""}
PLATFORMS: Final = {"tmall": "天猫", "pdd": "拼多多"}
FIRMS: Final = {"tmall": "支付宝(中国)网络技术有限公司", "pdd": "上海寻梦信息技术有限公司"}


def moment(value: dt.datetime | None) -> str:
    """A moment as files write it."""
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def day_of(day: int) -> str:
    """A day of the month as files write it."""
    return f"{at(day):%Y-%m-%d}"


def table(rows: Iterable[Sequence[object]], *, quoting: int = csv.QUOTE_MINIMAL, end: str = "\r\n") -> str:
    """Rows as comma separated text."""
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(rows)
    return text.getvalue()


def of_dicts(rows: Iterable[dict[str, object]]) -> str:
    """Rows of one set of captions, with their header."""
    listed = list(rows)
    return table([list(listed[0]), *(list(row.values()) for row in listed)])


def stage(order: Row) -> str:
    """How far an order is."""
    if order["closed"] is not None:
        return "closed"
    return next((name for name in ("completed", "signed", "shipped") if order[name] is not None), "paid")
