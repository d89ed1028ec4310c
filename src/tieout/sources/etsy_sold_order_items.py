"""Etsy sold order items (Etsy 订单明细).

A text in UTF-8 with CRLF: one transaction a row, which is one article of an order. Order Shipping and Order Sales Tax
stand on the first row of an order, others have zero, so they are summed. Item Total is Price x Quantity, before
Discount Amount. Shipping Discount is already taken off Order Shipping, and not read.

Days (`7/15/2020`) stand without time, and the file does not say whose days they are, so the caller says the zone
(`timezone="America/New_York"`); the moments are the beginnings of these days. Rows without Order ID, as in files that
somebody blanked, are orders of their own with the number of their transaction, and a note says so. Sales tax comes on
top of prices; Etsy pays it to the state itself.

Rules: `formats.md` 3.6.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Price
from tieout.sources._measures import Number
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_DAY: Final = "%m/%d/%Y"


def _rows(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    numberless = frame["_order"].null_count()
    if numberless:
        reading.note(
            "order.no_number", f"{numberless} rows have no Order ID; each is an order with its transaction's number"
        )
    return frame


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(platform_order_id=pl.coalesce("_order", "_item_platform_sub_order_id"))


def _orders(orders: pl.DataFrame, _: Reading) -> pl.DataFrame:
    tax = pl.col("_tax_minor").fill_null(0)
    stage = pl.when(pl.col("shipped_at").is_not_null()).then(pl.lit("shipped"))
    paid = pl.when(pl.col("paid_at").is_not_null()).then(pl.lit("paid"))
    return orders.with_columns(
        status=pl.coalesce(stage, paid, pl.lit("created")),
        tax_included=tax == 0,
        added_tax_minor=pl.when(tax != 0).then(tax),
    )


FORMAT: Final = order_format(
    columns=(
        Key("Order ID", to="_order", needed=False, whole=True),
        Key("Transaction ID", to="_item.platform_sub_order_id", whole=True),
        Moment("Sale Date", to="created_at", format=_DAY),
        Moment("Date Paid", to="paid_at", format=_DAY),
        Moment("Date Shipped", to="shipped_at", format=_DAY),
        Currency("Currency", needed=False),
        Text("Item Name", to="_item.title"),
        Key("Listing ID", to="_item.platform_sku_id", needed=False),
        Key("SKU", to="_item.sku", needed=False),
        Number("Quantity", to="_item.quantity", needed=True),
        Price("Price", to="_item.unit_price", needed=True),
        Price("Item Total", to="_item.goods_amount"),
        Price("Discount Amount", to="_row.discount"),
        Text("Coupon Code", to="_row.code"),
        Price("Order Shipping", to="freight_charged"),
        Price("Order Sales Tax", to="_tax"),
        Text("Ship City", to="ship_to.city"),
        Text("Ship State", to="ship_to.province"),
        Text("Ship Country", to="ship_to.country"),
    ),
    rows=OrderRows(
        summed=("freight_charged_minor", "_tax_minor"),
        less=(Less("_row_discount_minor", "shop_coupon", "merchant", code="_row_code"),),
        rows=_rows,
        orders=_orders,
    ),
    derive=_derive,
    evidence="files",
    constants={"platform": "etsy"},
    ignored=(
        *(
            "Buyer",
            "Coupon Details",
            "Shipping Discount",
            "Ship Name",
            "Ship Address1",
            "Ship Address2",
            "Ship Zipcode",
        ),
        *("Variations", "Order Type", "Listings Type", "Payment Type", "InPerson Discount", "InPerson Location"),
        "VAT Paid by Buyer",
    ),
)
