"""Pinduoduo buyer orders (拼多多买家订单).

A text in UTF-8 with a mark: what was bought on Pinduoduo, one order a row, as a tool saves the buyer's pages.
订单金额 is what was paid. 商品 holds article, number of pieces and list price (`鼠标 - 黑色 2x ￥79.00`); the pieces
become the line's, the price is not read, for reductions are not listed. A cell may hold several articles, parted by
commas that names may hold too, so then the whole cell is one title, without a line.

Amounts are what the buyer owes the shop: whoever resells what was bought reads costs here, not income. 店铺 is the
seller's shop.

Rules: `formats.md` 3.8.
"""

from typing import Final

import polars as pl

from tieout.sources._amounts import Price
from tieout.sources._orders import OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_STAGES: Final = {
    "待付款": "created",
    "待发货": "paid",
    "待分享": "paid",
    "已寄出，待商家处理": "shipped",
    "待收货": "shipped",
    "已签收，待确认收货": "signed",
    "待评价": "completed",
    "交易成功": "completed",
    "交易已取消": "closed",
    "退款成功": "closed",
}
_ARTICLE: Final = r"^\s*(.*?)\s+(\d{1,5})x\s*[￥¥][\d.,]+\s*$"
_PRICES: Final = r"\d+x\s*[￥¥]"


def _rows(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    said = pl.col("_goods")
    is_one = said.str.count_matches(_PRICES) == 1
    pieces = pl.when(is_one).then(said.str.extract(_ARTICLE, 2)).cast(pl.Decimal(28, 8), strict=False)
    return frame.with_columns(
        _item_title=pl.when(is_one).then(said.str.extract(_ARTICLE, 1)), _item_quantity=pieces, _row_quantity=pieces
    )


FORMAT: Final = order_format(
    columns=(
        Key("订单编号", to="platform_order_id"),
        Price("订单金额", to="goods_amount", needed=True),
        Text("店铺", to="shop_id"),
        Text("商品", to="_goods"),
        Choice("订单状态", _STAGES, to="status", lenient=True),
        Moment("下单时间", to="created_at"),
        Moment("拼单时间", to="paid_at"),
        Moment("发货时间", to="shipped_at"),
        Moment("成交时间", to="completed_at"),
        Text("快递单号", to="_row.tracking_no"),
        Text("物流公司", to="_row.carrier"),
    ),
    rows=OrderRows(one_row=True, has_lines=True, rows=_rows),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "pdd"},
    ignored=("支付方式",),
)
