"""Lazada orders (Lazada 订单).

A workbook or text: one piece of an order a row, for each orderItemId is one. Captions are program names
(`orderItemId`). unitPrice is the list price of the piece, paidPrice what the buyer pays for it; what is less is a
reduction, the seller's as far as sellerDiscountTotal goes, Lazada's and settled for the rest. sellerDiscountTotal is
written with a minus or without. shippingFee is the row's share. The file says no currency, so the caller does
(`constants={"currency": "MYR"}`), and no zone (`timezone=...`).

refundAmount is a refund of the row, with the number of its piece. Pieces that were canceled keep their prices.

Rules: `formats.md` 3.8. Made from a list of columns alone.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_STAGES: Final = {
    "unpaid": "created",
    "pending": "paid",
    "topack": "paid",
    "packed": "paid",
    "ready_to_ship": "paid",
    "shipped": "shipped",
    "delivered": "signed",
    "confirmed": "completed",
    "canceled": "closed",
    "cancelled": "closed",
    "returned": "signed",
    "failed": "rejected",
    "failed_delivery": "rejected",
    "lost": "shipped",
}


def _rows(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    off = pl.col("_item_unit_price_minor") - pl.col("_item_line_paid_minor")
    sellers = pl.min_horizontal(pl.col("_row_seller_minor").abs().fill_null(0), pl.max_horizontal(off, pl.lit(0)))
    return frame.with_columns(
        pl.col("status").alias("_item_status"),
        _item_quantity=pl.lit(1, dtype=pl.Decimal(28, 8)),
        _row_seller_minor=sellers,
        _row_platform_minor=pl.when(off > sellers).then(off - sellers),
    )


FORMAT: Final = order_format(
    columns=(
        Key("orderNumber", to="platform_order_id", whole=True),
        Key("orderItemId", to="_item.platform_sub_order_id", whole=True),
        Choice("status", _STAGES, to="status", lenient=True),
        Moment("createTime", to="created_at"),
        Moment("deliveredDate", to="signed_at", optional=True),
        Key("sellerSku", to="_item.sku", needed=False),
        Key("lazadaSku", to="_item.platform_sku_id", needed=False),
        Text("itemName", to="_item.title"),
        Price("unitPrice", to="_item.unit_price", needed=True),
        Price("paidPrice", to="_item.line_paid", needed=True),
        Amount("sellerDiscountTotal", to="_row.seller"),
        Price("shippingFee", to="freight_charged"),
        Price("refundAmount", to="_row.refund"),
        Text("trackingCode", to="_row.tracking_no", optional=True),
        Text("shippingProvider", to="_row.carrier", optional=True),
        Text("shippingCountry", to="ship_to.country", optional=True),
        Text("shippingRegion", to="ship_to.province", optional=True),
        Text("shippingCity", to="ship_to.city", optional=True),
        Text("shippingPostCode", to="ship_to.postcode", optional=True),
    ),
    rows=OrderRows(
        summed=("freight_charged_minor",),
        less=(
            Less("_row_seller_minor", "shop_coupon", "merchant"),
            Less("_row_platform_minor", "platform_coupon", "platform", settled=True),
        ),
        refund="_row_refund_minor",
        rows=_rows,
    ),
    evidence="columns only",
    constants={"platform": "lazada"},
    ignored=(
        *("orderType", "Guarantee", "deliveryType", "lazadaId", "wareHouse", "updateTime", "rtsSla", "ttsSla"),
        *("invoiceRequired", "invoiceNumber", "customerName", "customerEmail", "nationalRegistrationNumber"),
        *("shippingName", "shippingAddress", "shippingAddress2", "shippingAddress3", "shippingAddress4"),
        *("shippingAddress5", "shippingPhone", "shippingPhone2", "billingName", "billingAddr", "billingAddr2"),
        *("billingAddr3", "billingAddr4", "billingAddr5", "billingPhone", "billingPhone2", "billingCity"),
        *("billingPostCode", "billingCountry", "taxCode", "branchNumber", "taxInvoiceRequested", "payMethod"),
        *("walletCredit", "variation", "cdShippingProvider", "shipmentTypeName", "shippingProviderType"),
        *("cdTrackingCode", "trackingUrl", "shippingProviderFM", "trackingCodeFM", "trackingUrlFM"),
        *("promisedShippingTime", "premium", "buyerFailedDeliveryReturnInitiator", "buyerFailedDeliveryReason"),
        *("buyerFailedDeliveryDetail", "buyerFailedDeliveryUserName", "bundleId", "semiManaged"),
        *("flexibleDeliveryTime", "bundleDiscount", "sellerNote"),
    ),
)
