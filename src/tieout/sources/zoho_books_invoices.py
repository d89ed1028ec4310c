"""Zoho Books invoices of marketplace orders, as they are imported (Zoho Books 销售发票).

A text in UTF-8 with a mark: one line of an invoice a row. What a book calls an invoice is here the order that it invoices, so
that books and platform can be compared order by order: merchant_order_id is the platform's number, and an invoice without one is
an order of its own number, with a note. Lines of an order that stand on two invoices contradict each other, which is told.

Days stand without time and the file does not say whose they are, so the caller says the zone; the moments are the beginnings of
these days. Prices are what the book takes as sales; the file says nothing of tax, and no currency. Records say `zoho_books` for
the platform unless `constants={"platform": ...}` says another.

Rules from the real output of a program that puts a marketplace's settlement into Zoho; `formats.md` 1.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Price
from tieout.sources._measures import Number
from tieout.sources._orders import OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key

__all__ = ["FORMAT"]

_STAGES: Final = {
    **dict.fromkeys(
        ("Draft", "Pending Approval", "Approved", "Sent", "Viewed", "Overdue", "Partially Paid"), "created"
    ),
    "Paid": "paid",
    "Void": "closed",
}


def _rows(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    numberless = frame["_order"].null_count()
    if numberless:
        text = f"{numberless} rows have no merchant_order_id; the number of their invoice stands for it"
        reading.note("order.no_number", text)
    return frame


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(platform_order_id=pl.coalesce("_order", "merchant_order_no"))


FORMAT: Final = order_format(
    columns=(
        Key("Invoice Number", to="merchant_order_no", whole=True),
        Key("merchant_order_id", to="_order", needed=False, whole=True),
        Moment("Invoice Date", to="created_at", needed=True),
        Choice("Invoice Status", _STAGES, to="status", lenient=True),
        Key("SKU", to="_item.sku", needed=False),
        Number("Quantity", to="_item.quantity", needed=True),
        Price("Item Price", to="_item.unit_price", needed=True),
        Price("Invoice Line Amount", to="_item.goods_amount", needed=True),
    ),
    rows=OrderRows(rows=_rows),
    derive=_derive,
    evidence="files",
    constants={"platform": "zoho_books"},
    ignored=("Customer Name", "Notes", "Reference Number", "row_id", "Validation_Flag", "settlement_id"),
)
