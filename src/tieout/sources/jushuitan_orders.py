"""Jushuitan order costs (聚水潭订单成本).

The ERP's export of orders of all shops, a sheet or text: one article a row. It joins waybills (快递单号, which may
begin with `@`) to the platforms' order numbers (原始线上订单号) and says what a piece cost (成本价). One ERP order
(内部订单号) may hold several platform orders, and a platform order may be split into several; so rows with one
原始线上订单号 of one shop are one order here. Where it is blank, as in orders by hand, 线上订单号 or 内部订单号
stands for it, and a note says so.

买家实付 is what was paid for the row and 商品金额 what its pieces cost; what is less is a reduction of which the file
does not say more. 收入运费 is repeated on the rows of an ERP order, and read from its first row alone; 应付金额 and
已付金额 repeat likewise, and are not read, for parts of split orders say them again. People add a last column 总成本,
which is not read. The platform is that of 平台站点 only in words, so records say `jushuitan` unless
`constants={"platform": ...}` says another.

Rules: `formats.md` 3.8. Made from a list of columns alone.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._order_rows import EXACT
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_STAGES: Final = {
    "待付款": "created",
    "待付款（线上）": "created",
    "已付款待审核": "paid",
    "已客审待财审": "paid",
    "等待发货": "paid",
    "发货中": "paid",
    "异常": "paid",
    "已发货": "shipped",
    "已完成": "completed",
    "取消": "closed",
    "已取消": "closed",
    "被合并": "closed",
    "被拆分": "closed",
}


def _rows(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    blank = frame["_original"].null_count()
    if blank:
        reading.note("order.no_number", f"{blank} rows have no 原始线上订单号; 线上订单号 or 内部订单号 stands for it")
    # Of an order that was split, the ERP may list the whole and its parts: what is closed does not count beside what is not.
    is_closed = (pl.col("status") == "closed").fill_null(value=False)
    is_gone = is_closed & (~is_closed).any().over("platform_order_id", "shop_id")
    price = pl.col("_item_goods_amount_minor")
    off = pl.col("_item_goods_amount_minor") - pl.col("_item_line_paid_minor")
    is_first = pl.col("_row_internal").is_first_distinct()
    return frame.with_columns(
        pl.col("status").alias("_item_status"),
        freight_charged_minor=pl.when(is_first & ~is_gone).then("_row_freight_minor"),
        _row_off_minor=pl.when((off > 0) & ~is_gone).then(off),
        _gone_minor=is_gone.cast(pl.Int64),
        _kept_minor=pl.when(is_gone).then(0).otherwise(price),
        _item_platform_sub_order_id=pl.coalesce("_row_online_sub", "_row_sub"),
    )


def _orders(orders: pl.DataFrame, _: Reading) -> pl.DataFrame:
    kept = pl.when(pl.col("_gone_minor") > 0).then("_kept_minor")
    return orders.with_columns(goods_amount_minor=kept, _gross=pl.coalesce(kept.cast(EXACT), "_gross"))


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(platform_order_id=pl.coalesce("_original", "_row_online", "_row_internal"))


FORMAT: Final = order_format(
    columns=(
        Key("内部订单号", to="_row.internal", whole=True),
        Key("原始线上订单号", to="_original", needed=False, whole=True),
        Key("线上订单号", to="_row.online", needed=False, whole=True),
        Key("线上子订单编号", to="_row.online_sub", needed=False, optional=True),
        Key("子订单编号", to="_row.sub", needed=False, optional=True),
        Text("店铺名称", to="shop_id"),
        Choice("状态", _STAGES, to="status", lenient=True),
        Moment("下单时间", to="created_at"),
        Key("商品编码", to="_item.sku"),
        Text("商品名称", to="_item.title"),
        Number("数量", to="_item.quantity", needed=True),
        Price("商品单价", to="_item.unit_price", optional=True),
        Price("商品金额", to="_item.goods_amount", needed=True),
        Amount("买家实付", to="_item.line_paid", optional=True),
        Price("成本价", to="_item.unit_cost"),
        Price("收入运费", to="_row.freight", optional=True),
        Text("快递单号", to="_row.tracking_no"),
    ),
    rows=OrderRows(
        summed=("freight_charged_minor", "_gone_minor", "_kept_minor"),
        less=(Less("_row_off_minor", "other", "merchant"),),
        rows=_rows,
        orders=_orders,
        repeats_lines=True,
    ),
    currency="CNY",
    timezone="Asia/Shanghai",
    derive=_derive,
    evidence="columns only",
    constants={"platform": "jushuitan"},
    ignored=("应付金额", "已付金额", "订单类型", "旗帜", "平台站点", "原价", "支出运费", "总成本"),
)
