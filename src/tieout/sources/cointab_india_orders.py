"""Indian merchant's order report, one line an article (印度商家订单明细).

What an Indian merchant hands over beside a courier's invoice (`cointab_india_invoice`), to reckon the weight of each parcel: the
number of the order, the article and how many. There is no price, no day and no state; a line below zero takes articles back.
The same article stands once in an order.

Rules: `formats.md` 5.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import OrderLine
from tieout.proof import Check
from tieout.sources._measures import Number
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key

__all__ = ["FORMAT"]


def _checks(reading: Reading) -> Iterator[Check]:
    """That no article stands twice in an order: the line may be there twice, and its weight counted so."""
    lines = reading.frame.height
    twice = lines - reading.frame.select(pl.struct("platform_order_id", "sku").n_unique()).item()
    parts = {"once": lines - twice}
    yield Check(name="articles of an order", side="file", currency=None, total=lines, parts=parts)


FORMAT: Final = TableFormat(
    record=OrderLine,
    currency="INR",
    evidence="files",
    columns=(
        Key("ExternOrderNo", to="platform_order_id"),
        Key("SKU", to="sku"),
        Number("Order Qty", to="quantity", needed=True),
    ),
    checks=_checks,
)
