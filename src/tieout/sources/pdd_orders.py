"""Pinduoduo seller orders (拼多多订单导出).

A text in UTF-8 or GB18030, or a sheet: one order a row, for an order here holds one article. The columns may stand in
any order, and older files say 商家编码-SKU维度. 订单成交时间 is blank for some orders; the day of the order is in its
number, whose first six digits are a date, but days around midnight differ by one, so no time is made of it.

商品总价 + 邮费 - 店铺优惠 - 平台优惠 - 多多支付立减 is what the buyer pays (用户实付金额). What the platform gives is
settled to the merchant, so 商家实收金额 is that and the platform's two reductions. Both are checked.

Rules: `domain.md` 2.4, 4.3; `formats.md` 3.3.
"""

from typing import Final

from tieout.sources._amounts import Amount, Price
from tieout.sources._measures import Number
from tieout.sources._orders import Less, OrderRows, order_format
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text

__all__ = ["FORMAT"]

_STATUS: Final = {
    "待支付": "created",
    "待付款": "created",
    "待发货": "paid",
    "已发货，待收货": "shipped",
    "已发货，待签收": "shipped",
    "已发货": "shipped",
    "待收货": "shipped",
    "已签收": "signed",
    "已收货": "completed",
    "交易成功": "completed",
    "已取消": "closed",
    "已取消，退款成功": "closed",
    "已发货，退款成功": "shipped",
    "未发货，退款成功": "closed",
    "已收货，退款成功": "completed",
}

FORMAT: Final = order_format(
    columns=(
        Key("订单号", to="platform_order_id"),
        Choice("订单状态", _STATUS, to="status", lenient=True),
        Moment("订单成交时间", to="paid_at"),
        Moment("发货时间", to="shipped_at", optional=True),
        Moment("确认收货时间", to="completed_at", optional=True),
        Price("商品总价(元)", to="_item.goods_amount", needed=True),
        Price("邮费(元)", to="freight_charged"),
        Price("店铺优惠折扣(元)", to="_shop"),
        Price("平台优惠折扣(元)", to="_platform"),
        Price("多多支付立减金额(元)", to="_payment", optional=True),
        Amount("用户实付金额(元)", to="_paid"),
        Amount("商家实收金额(元)", to="_received"),
        Number("商品数量(件)", to="_item.quantity", needed=True),
        Text("商品", to="_item.title"),
        Key("样式ID", to="_item.platform_sku_id", needed=False, optional=True),
        Key(("商家编码-规格维度", "商家编码-SKU维度"), to="_item.sku", needed=False, optional=True),
        Text("快递单号", to="_row.tracking_no", optional=True),
        Text("快递公司", to="_row.carrier", optional=True),
    ),
    rows=OrderRows(
        one_row=True,
        less=(
            Less("_shop_minor", "shop_coupon", "merchant"),
            Less("_platform_minor", "platform_coupon", "platform", settled=True),
            Less("_payment_minor", "pay_promo", "platform", settled=True),
        ),
        payable="_paid_minor",
        receivable="_received_minor",
    ),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "pdd"},
    ignored=("商品id", "商品规格", "商家编码-商品维度", "商家备注", "售后状态"),
)
