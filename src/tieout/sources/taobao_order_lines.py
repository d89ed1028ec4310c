"""Taobao and Tmall order lines (淘宝订单明细 ExportOrderDetailList).

A text in GB18030 with CRLF and every cell in quotes: one article of an order a row. In 2017 it has 10 columns, the
order's number alone, and a comma at the end of each row; now 18, with 子订单编号 and 主订单编号. Its amounts do not
make an order: freight and, in the old layout, reductions are missing. So its records are lines; the orders stand in
ExportOrderList (`taobao_orders`).

价格 is the list price of one piece; 买家应付货款 what the buyer has to pay for the line, and what is less than the
price is the line's reduction. 退款金额 is what is given back for the line; it counts as paid where 退款状态 says so.

Rules: `formats.md` 3.1.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.model import OrderLine, Refund
from tieout.proof import Check
from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._order_parts import refunds_of
from tieout.sources._order_ties import unlike_numbers
from tieout.sources._order_words import TAOBAO_STAGES
from tieout.sources._reading import Reading
from tieout.sources._shaping import table_of_frame
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text
from tieout.tables import Table

__all__ = ["FORMAT"]

_REFUND_STAGES: Final = {
    "退款成功": "succeeded",
    "退款关闭": "closed",
    "买家已经申请退款，等待卖家同意": "requested",
    "卖家已经同意退款，等待买家退货": "approved",
    "买家已经退货，等待卖家确认收货": "approved",
    "卖家拒绝退款": "requested",
}


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    text, minor = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Int64)
    absent = {"_outer": text, "sku": text, "platform_sub_order_id": text, "_refund_status": text, "_due_minor": minor}
    absent["_refund_minor"] = minor
    frame = frame.with_columns(**{name: value for name, value in absent.items() if name not in frame.columns})
    gross = (pl.col("unit_price_minor").cast(pl.Decimal(38, 0)) * pl.col("quantity")).cast(pl.Int64)
    frame = frame.with_columns(
        sku=pl.coalesce("_outer", "sku"),
        line_discount_minor=pl.when(pl.col("_due_minor") <= gross).then(gross - pl.col("_due_minor")),
        _number=pl.coalesce("platform_sub_order_id", "platform_order_id"),
    )
    refunds = refunds_of(frame, "_refund_minor", number="_number", status="_refund_status")
    sub = frame.select("_line", "platform_sub_order_id")
    reading.beside["Refund"] = refunds.join(sub, on="_line", how="left", maintain_order="left")
    return frame


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return {"Refund": table_of_frame(reading.beside["Refund"], Refund, reading)}


def _checks(reading: Reading) -> Iterator[Check]:
    yield from unlike_numbers(reading, reading.frame, "platform_sub_order_id", "line numbers")


FORMAT: Final = TableFormat(
    record=OrderLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "taobao"},
    columns=(
        Key("子订单编号", to="platform_sub_order_id", needed=False, optional=True),
        Key(("主订单编号", "订单编号"), to="platform_order_id"),
        Text("标题", to="title"),
        Price("价格", to="unit_price", needed=True),
        Number("购买数量", to="quantity", needed=True),
        Key("外部系统编号", to="_outer", needed=False, optional=True),
        Key("商家编码", to="sku", needed=False, optional=True),
        Choice("订单状态", TAOBAO_STAGES, to="status", lenient=True),
        Price("买家应付货款", to="_due", optional=True),
        Amount("买家实际支付金额", to="line_paid", optional=True),
        Choice("退款状态", _REFUND_STAGES, to="_refund_status", other="requested", optional=True),
        Price("退款金额", to="_refund", optional=True),
        Moment("订单创建时间", to="created_at", optional=True),
    ),
    ignored=("商品属性", "套餐信息", "备注", "支付单号", "订单付款时间"),
    shape=_shape,
    others=_others,
    checks=_checks,
)
