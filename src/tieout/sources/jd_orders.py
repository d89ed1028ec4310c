"""JD orders (京东订单导出).

A text in GB18030: one article of an order a row. What the order comes to (订单金额, 结算金额, 余额支付, 应付金额,
运费金额) is repeated on each of its rows and counted once. 订单状态 may begin with `(删除)`: such an order was taken
back or split into others, which 商家备注 names, and is closed. The file has no waybills; they come in an export of
their own.

订单金额 is what the goods cost by 京东价; what 结算金额 is less than that is a reduction of which the file does not
say more, and which is not settled to the merchant. 结算金额 with freight is what the buyer pays, from the balance
(余额支付) or else (应付金额). That the articles come to 订单金额, the order to what is paid, and that all rows of an
order agree, is checked.

Rules: `formats.md` 3.2.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_PAYS: Final = "_应付金额 + 余额支付_minor"
_STAGES: Final = {
    "等待付款": "created",
    "等待付款确认": "created",
    "等待打包": "paid",
    "等待出库": "paid",
    "等待发货": "paid",
    "等待确认收货": "shipped",
    "等待收货": "shipped",
    "已完成": "completed",
    "完成": "completed",
    "取消": "closed",
    "已取消": "closed",
}
_MARKED: Final = {f"({mark}){word}": stage for mark in ("锁定", "暂停") for word, stage in _STAGES.items()}
_DELETED: Final = {f"(删除){word}": "closed" for word in _STAGES}


def _orders(orders: pl.DataFrame, _: Reading) -> pl.DataFrame:
    off = pl.col("goods_amount_minor") - pl.col("_settled_minor")
    pays = pl.col("_due_minor") + pl.col("_balance_minor").fill_null(0)
    is_cod = (pl.col("_way") == "货到付款").fill_null(value=False)
    return orders.with_columns(pays.alias(_PAYS), _off_minor=pl.when(off > 0).then(off), is_cod=is_cod)


FORMAT: Final = order_format(
    columns=(
        Key("订单号", to="platform_order_id", whole=True),
        Choice("订单状态", {**_STAGES, **_MARKED, **_DELETED}, to="status", lenient=True),
        Moment("下单时间", to="created_at"),
        Moment("付款确认时间", to="paid_at"),
        Moment("订单完成时间", to="completed_at", optional=True),
        Price("订单金额", to="goods_amount", needed=True),
        Amount("结算金额", to="_settled", needed=True),
        Amount("余额支付", to="_balance"),
        Amount("应付金额", to="_due", needed=True),
        Price("运费金额", to="freight_charged"),
        Text("支付方式", to="_way"),
        Key("商品ID", to="_item.platform_sku_id"),
        Text("商品名称", to="_item.title"),
        Number("订购数量", to="_item.quantity", needed=True),
        Price("京东价", to="_item.unit_price", needed=True),
        Key("货号", to="_item.sku", needed=False, optional=True),
    ),
    rows=OrderRows(less=(Less("_off_minor", "other", "merchant"),), payable=_PAYS, orders=_orders),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "jd"},
    ignored=(
        *("订单类型", "下单帐号", "客户姓名", "客户地址", "联系电话", "订单备注", "发票类型", "发票抬头"),
        *("发票内容", "商家备注", "商家备注等级（等级1-5为由高到低）", "增值税发票", "订单来源", "订单渠道"),
    ),
)
