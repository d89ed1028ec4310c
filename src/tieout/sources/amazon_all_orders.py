"""Amazon All Orders report (亚马逊所有订单).

A text parted by tabs: one article of an order a row, prices of all its pieces and not of one, times with an offset.
Rows of one order share amazon-order-id; there is no number of the row. Cancelled articles keep their price: they stay
lines, with their own stage, but do not count in an order that is not cancelled itself; pending and cancelled orders
may lack the currency, and then need `constants={"currency": ...}`.

Prices on Amazon.com and Amazon.ca are without tax, so item, shipping and gift wrap tax come on top; everywhere else
prices include it. Amazon collects much of that tax itself and withholds it in the settlement. Gift wrap is an
adjustment of the order. The promotions are the merchant's; they are written with a minus or without.

Rules: `formats.md` 3.7.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._order_rows import EXACT
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Currency, Key, Text

__all__ = ["FORMAT"]

_STAGES: Final = {
    "Pending": "created",
    "Pending - Waiting for Pick Up": "paid",
    "Unshipped": "paid",
    "Shipping": "paid",
    "PartiallyShipped": "partially_shipped",
    "Partially Shipped": "partially_shipped",
    "Shipped": "shipped",
    "Shipped - Picked Up": "shipped",
    "Shipped - Out for Delivery": "shipped",
    "Shipped - Returning to Seller": "shipped",
    "Shipped - Returned to Seller": "shipped",
    "Shipped - Delivered to Buyer": "signed",
    "Shipped - Rejected by Buyer": "rejected",
    "Shipped - Lost in Transit": "shipped",
    "Shipped - Damaged": "shipped",
    "Shipped - Undeliverable": "shipped",
    "Cancelled": "closed",
    "Canceled": "closed",
}
_TAXES: Final = ("_row_item_tax_minor", "_row_ship_tax_minor", "_row_gift_tax_minor")
_OFF: Final = ("_row_item_off_minor", "_row_ship_off_minor")
_WITHOUT_TAX: Final = ("Amazon.com", "Amazon.ca")


def _rows(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    is_on_top = pl.col("_channel").is_in(_WITHOUT_TAX).fill_null(value=False)
    is_gone = ((pl.col("_item_status") == "closed") & (pl.col("status") != "closed")).fill_null(value=False)
    price = pl.col("_item_goods_amount_minor").fill_null(0)
    tax = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _TAXES)
    return frame.with_columns(
        *(pl.when(~is_gone).then(pl.col(name).abs()).alias(name) for name in _OFF),
        _gone_minor=is_gone.cast(pl.Int64),
        _kept_minor=pl.when(is_gone).then(0).otherwise(price),
        added_tax_minor=pl.when(is_on_top & ~is_gone).then(tax),
        tax_included=~is_on_top,
        freight_charged_minor=pl.when(~is_gone).then("freight_charged_minor"),
        adjustment_minor=pl.when(~is_gone).then("_gift_minor"),
    )


def _orders(orders: pl.DataFrame, _: Reading) -> pl.DataFrame:
    """What goods come to that were not cancelled, where some were."""
    has_gone = pl.col("_gone_minor") > 0
    kept = pl.when(has_gone).then("_kept_minor")
    return orders.with_columns(goods_amount_minor=kept, _gross=pl.coalesce(kept.cast(EXACT), "_gross"))


FORMAT: Final = order_format(
    columns=(
        Key("amazon-order-id", to="platform_order_id", whole=True),
        Key("merchant-order-id", to="merchant_order_no", needed=False, optional=True),
        Moment("purchase-date", to="created_at"),
        Choice("order-status", _STAGES, to="status", lenient=True),
        Text("sales-channel", to="_channel"),
        Text("product-name", to="_item.title"),
        Key("sku", to="_item.sku"),
        Key("asin", to="_item.platform_sku_id"),
        Choice("item-status", _STAGES, to="_item.status", lenient=True),
        Number("quantity", to="_item.quantity", needed=True),
        Currency("currency", needed=False),
        Price("item-price", to="_item.goods_amount"),
        Price("item-tax", to="_row.item_tax"),
        Price("shipping-price", to="freight_charged"),
        Price("shipping-tax", to="_row.ship_tax"),
        Price("gift-wrap-price", to="_gift"),
        Price("gift-wrap-tax", to="_row.gift_tax"),
        Amount("item-promotion-discount", to="_row.item_off"),
        Amount("ship-promotion-discount", to="_row.ship_off"),
        Text("ship-city", to="ship_to.city"),
        Text("ship-state", to="ship_to.province"),
        Text("ship-postal-code", to="ship_to.postcode"),
        Text("ship-country", to="ship_to.country"),
    ),
    rows=OrderRows(
        summed=(
            "freight_charged_minor",
            "added_tax_minor",
            "adjustment_minor",
            "_gift_minor",
            "_gone_minor",
            "_kept_minor",
        ),
        less=(Less(_OFF[0], "other", "merchant"), Less(_OFF[1], "other", "merchant")),
        rows=_rows,
        orders=_orders,
    ),
    carried=("currency",),
    evidence="files",
    constants={"platform": "amazon"},
    ignored=(
        *("last-updated-date", "fulfillment-channel", "order-channel", "url", "ship-service-level", "promotion-ids"),
        *(
            "is-business-order",
            "purchase-order-number",
            "price-designation",
            "is-replacement-order",
            "is-exchange-order",
        ),
        *("original-order-id", "is-iba", "is-transparency", "fulfilled-by", "payment-method-details", "cpf"),
        *("is-sold-by-ab", "buyer-company-name", "order-invoice-type", "default-ship-from-address-city"),
    ),
)
