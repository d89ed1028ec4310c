"""Douyin orders (抖店订单导出).

A text in UTF-8 with a mark: one sub-order a row, several of which may share 主订单编号. Numbers and codes begin with
a tab inside quotes, cells of personal data are ciphers, `-` is an empty cell. The file has 75 columns in 2026; older
ones have fewer, so only what makes an order is needed.

订单应付金额 is what the buyer pays for the row, freight included. What stands apart from it are the reductions by who
bears them in the end (平台, 商家 and 达人实际承担优惠金额); what platform and influencer bear is settled to the
merchant. So the price of the goods is what is paid, less freight, plus these reductions, and the order has
订单应付金额 for its buyer by construction. 商品金额, where the file has it, is compared, as the price of one piece or
of all, and a note counts the rows where it is neither. 平台优惠, 商家优惠, 达人优惠 and 优惠总金额 are the same
reductions by who offers them, and are not read.

快递信息 is searched for waybills. Stages of rows become those of lines, and of the order.

Rules: `formats.md` 3.4; `domain.md` 2.4.
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

_STAGES: Final = {
    "待确认": "created",
    "待支付": "created",
    "待付款": "created",
    "备货中": "paid",
    "待发货": "paid",
    "部分发货": "partially_shipped",
    "已发货": "shipped",
    "已收货": "signed",
    "已签收": "signed",
    "已完成": "completed",
    "已关闭": "closed",
    "已取消": "closed",
}
_BORNE: Final = ("_row_platform_minor", "_row_merchant_minor", "_row_influencer_minor")
_WAYBILL: Final = r"[A-Za-z]{0,4}[0-9]{10,20}"


def _rows(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    borne = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _BORNE)
    goods = pl.col("_pays_minor") - pl.col("freight_charged_minor").fill_null(0) + borne
    frame = frame.with_columns(
        pl.col("status").alias("_item_status"),
        goods.alias("_item_goods_amount_minor"),
        pl.col("_row_parcel").str.extract_all(_WAYBILL).list.join(";").alias("_row_tracking_no"),
    )
    of_one = (pl.col("_row_stated_minor").cast(pl.Decimal(38, 0)) * pl.col("_item_quantity")) == goods
    odd = frame.filter((pl.col("_row_stated_minor") != goods) & ~of_one.fill_null(value=False)).height
    if odd:
        reading.note(
            "order.goods_differ", f"on {odd} rows 商品金额 is not what is paid plus the reductions, less freight"
        )
    return frame


FORMAT: Final = order_format(
    columns=(
        Key("主订单编号", to="platform_order_id", whole=True),
        Key("子订单编号", to="_item.platform_sub_order_id"),
        Choice("订单状态", _STAGES, to="status", lenient=True),
        Moment("订单提交时间", to="created_at"),
        Moment("支付完成时间", to="paid_at", optional=True),
        Moment("发货时间", to="shipped_at", optional=True),
        Moment("订单完成时间", to="completed_at", optional=True),
        Text("选购商品", to="_item.title"),
        Key("商品ID", to="_item.platform_sku_id", needed=False, optional=True),
        Key("商家编码", to="_item.sku", needed=False),
        Number("商品数量", to="_item.quantity", needed=True),
        Amount("订单应付金额", to="_pays", needed=True),
        Price("运费", to="freight_charged"),
        Price("平台实际承担优惠金额", to="_row.platform"),
        Price("商家实际承担优惠金额", to="_row.merchant"),
        Price("达人实际承担优惠金额", to="_row.influencer"),
        Price("商品金额", to="_row.stated", optional=True),
        Text("省", to="ship_to.province", optional=True),
        Text("市", to="ship_to.city", optional=True),
        Text("区", to="ship_to.district", optional=True),
        Text("快递信息", to="_row.parcel", optional=True),
    ),
    rows=OrderRows(
        summed=("_pays_minor", "freight_charged_minor"),
        less=(
            Less("_row_platform_minor", "platform_coupon", "platform", settled=True),
            Less("_row_merchant_minor", "shop_coupon", "merchant"),
            Less("_row_influencer_minor", "influencer_coupon", "influencer", settled=True),
        ),
        payable="_pays_minor",
        has_parcels=True,
        rows=_rows,
    ),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "douyin"},
    ignored=(
        *(
            "支付方式",
            "货号",
            "商品规格",
            "承诺发货时间",
            "预约发货时间",
            "买家留言",
            "旗帜颜色",
            "商家备注",
            "APP渠道",
        ),
        *("取消原因", "售后状态", "订单类型", "车型", "是否是以旧换新", "换新额外补贴", "换新额外补贴发放状态"),
        *("优惠总金额", "平台优惠", "商家优惠", "达人优惠", "商家改价", "支付优惠", "手续费", "红包抵扣", "降价类优惠"),
        *(
            "收件人",
            "收件人手机号",
            "街道",
            "详细地址",
            "是否修改过地址",
            "序列号",
            "达人ID",
            "达人昵称",
            "拼团订单团编号",
        ),
        *("商品单价是否含税", "税费", "鲁班落地页ID", "所属门店ID", "流量来源", "仓库ID", "仓库名称", "是否安心购"),
        *("广告渠道", "流量类型", "流量体裁", "流量渠道", "发货主体", "发货主体明细", "教育优惠", "预计送达时间"),
        *("是否平台仓自流转", "是否是渠道商品", "预约送达时间", "建议发货时间（起）", "建议发货时间（止）"),
    ),
)
