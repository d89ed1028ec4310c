"""Xiaohongshu orders (小红书订单).

A sheet or text: one article of an order a row. Of its columns only those are known that programs read, so there are
no times, stages or freight. SKU实付单价 is what the buyer pays for one piece, all reductions taken off; times SKU件数
it is what the row comes to. 商家应收金额 says what the merchant is to receive; whether of the row or of the order is
not known, so it makes no amount: a note counts the rows where it is neither the row's nor the order's sum.

Rules: `formats.md` 4.14. Made from a list of columns alone, which is not whole.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._orders import OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


def _rows(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    of_row = pl.col("_item_unit_price_minor").cast(pl.Decimal(38, 0)) * pl.col("_item_quantity")
    stated = pl.col("_row_receivable_minor")
    is_odd = (stated != of_row) & (stated != of_row.sum().over("platform_order_id"))
    odd = frame.filter(is_odd.fill_null(value=False)).height
    if odd:
        reading.note(
            "order.receivable_differs", f"on {odd} rows 商家应收金额 is not what was paid for the row or the order"
        )
    return frame


FORMAT: Final = order_format(
    columns=(
        Key("订单号", to="platform_order_id", whole=True),
        Key(("商家编码", "小红书编码"), to="_item.sku", needed=False),
        Text("商品名称", to="_item.title", optional=True),
        Number("SKU件数", to="_item.quantity", needed=True),
        Price("SKU实付单价", to="_item.unit_price", needed=True),
        Amount(("商家应收金额(元)(支付金额)", "商家应收金额(元)"), to="_row.receivable", optional=True),
        Text("快递单号", to="_row.tracking_no", optional=True),
        Text("快递公司", to="_row.carrier", optional=True),
    ),
    rows=OrderRows(rows=_rows),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "xiaohongshu"},
    ignored=("SKU名称", "达人ID", "达人名称"),
)
