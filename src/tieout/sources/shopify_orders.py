"""Shopify orders (Shopify 订单 orders_export).

A text in UTF-8: one article of an order a row. What the order comes to stands on its first row alone; the following
rows repeat `Name` and `Email`, and leave it blank. `Name` (`#1411`) is the order's number as payouts name it, `Id`
another one. Times carry their offset.

Subtotal is what the articles come to, less Discount Amount; with Shipping it is Total, where prices include tax, and
with Taxes added where they do not: which of both holds is told from the figures of each order. Refunded Amount is
positive; the file names no refund, so the refund has the order's number. A reduction of a line (`Lineitem discount`)
is part of Discount Amount.

Rules: `formats.md` 3.5.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]


def _orders(orders: pl.DataFrame, _: Reading) -> pl.DataFrame:
    bare = (
        pl.col("_subtotal_minor") + pl.col("freight_charged_minor").fill_null(0) + pl.col("_duties_minor").fill_null(0)
    )
    tax = pl.col("_taxes_minor").fill_null(0)
    is_added = ((tax > 0) & (bare != pl.col("_total_minor")) & (bare + tax == pl.col("_total_minor"))).fill_null(
        value=False
    )
    sent, paid = pl.col("_fulfilled"), pl.col("_financial")
    stage = (
        pl.when(pl.col("closed_at").is_not_null() | (paid == "voided"))
        .then(pl.lit("closed"))
        .when(sent == "fulfilled")
        .then(pl.lit("shipped"))
        .when(sent == "partial")
        .then(pl.lit("partially_shipped"))
        .when(paid.is_in(["paid", "partially_refunded", "refunded"]))
        .then(pl.lit("paid"))
        .when(paid.is_in(["pending", "authorized", "partially_paid", "expired"]))
        .then(pl.lit("created"))
    )
    return orders.with_columns(
        status=stage,
        tax_included=~is_added,
        added_tax_minor=pl.when(is_added).then(tax),
        adjustment_minor=pl.when(pl.col("_duties_minor").fill_null(0) > 0).then("_duties_minor"),
    )


FORMAT: Final = order_format(
    columns=(
        Key("Name", to="platform_order_id", whole=True),
        Text("Financial Status", to="_financial"),
        Text("Fulfillment Status", to="_fulfilled"),
        Moment("Created at", to="created_at"),
        Moment("Paid at", to="paid_at"),
        Moment("Fulfilled at", to="shipped_at"),
        Moment("Cancelled at", to="closed_at"),
        Currency("Currency", needed=False),
        Amount("Subtotal", to="_subtotal"),
        Price("Shipping", to="freight_charged"),
        Amount("Taxes", to="_taxes"),
        Amount("Duties", to="_duties", optional=True),
        Amount("Total", to="_total"),
        Price("Discount Amount", to="_discount", optional=True),
        Text("Discount Code", to="_code", optional=True),
        Price("Refunded Amount", to="_refunded"),
        Text("Payment Reference", to="merchant_order_no", optional=True),
        Text("Shipping Country", to="ship_to.country", optional=True),
        Text("Shipping Province", to="ship_to.province", optional=True),
        Text("Shipping City", to="ship_to.city", optional=True),
        Number("Lineitem quantity", to="_item.quantity", needed=True),
        Text("Lineitem name", to="_item.title"),
        Price("Lineitem price", to="_item.unit_price", needed=True),
        Key("Lineitem sku", to="_item.sku", needed=False, optional=True),
    ),
    rows=OrderRows(
        less=(Less("_discount_minor", "shop_coupon", "merchant", code="_code"),),
        payable="_total_minor",
        refund="_refunded_minor",
        orders=_orders,
    ),
    carried=("currency",),
    evidence="files",
    constants={"platform": "shopify"},
    ignored=(
        *("Email", "Accepts Marketing", "Shipping Method", "Lineitem compare at price"),
        *("Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status", "Lineitem discount"),
        *("Billing Name", "Billing Street", "Billing Address1", "Billing Address2", "Billing Company"),
        *("Billing City", "Billing Zip", "Billing Province", "Billing Country", "Billing Phone", "Shipping Name"),
        *("Shipping Street", "Shipping Address1", "Shipping Address2", "Shipping Company", "Shipping Zip"),
        *("Shipping Phone", "Notes", "Note Attributes", "Payment Method", "Vendor", "Id", "Tags", "Risk Level"),
        *("Source", "Phone", "Receipt Number", "Billing Province Name", "Shipping Province Name"),
        *("Payment Terms Name", "Next Payment Due At", "Outstanding Balance", "Employee", "Location", "Device ID"),
        *("Payment ID", "Payment References"),
        *(f"Tax {number} {what}" for number in range(1, 6) for what in ("Name", "Value")),
    ),
)
