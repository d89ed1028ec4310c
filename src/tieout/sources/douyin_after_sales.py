"""Douyin after-sale cases (抖店售后单).

One case a row: what the buyer asked for, how far it is, what is given back, and the parcels of it. Gives the case,
and the refund where money is given back, with the case's number. 退商品金额, 退运费金额 and 退税费金额 are what the
buyer gets; 退支付优惠 is what the platform takes back of its reduction. The refund counts as paid where 售后状态 says
退款成功; else it is what was asked for.

Rules: `domain.md` 2.6, 2.7. Made from a list of columns alone.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from tieout.keys import carrier_code_expr
from tieout.model import Refund, Return
from tieout.proof import Check
from tieout.sources._amounts import Price
from tieout.sources._grid import LINE, LINE_END
from tieout.sources._order_ties import unlike_numbers
from tieout.sources._reading import Reading
from tieout.sources._shaping import table_of_frame
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Choice, Key, Text, Tracking
from tieout.tables import Table

__all__ = ["FORMAT"]

_KINDS: Final = {
    "仅退款": "refund_only",
    "未发货仅退款": "refund_only",
    "已发货仅退款": "refund_only",
    "退货退款": "return_refund",
    "换货": "exchange",
    "补寄": "reship",
    "维修": "repair",
    "价保": "price_adjust",
}
_STAGES: Final = {
    "待商家处理": "applied",
    "待买家退货": "awaiting_return",
    "待商家收货": "in_return_transit",
    "同意退款，退款中": "refunding",
    "同意退款，退款成功": "refunded",
    "同意退款，退款失败": "refunding",
    "换货成功": "exchanged",
    "售后关闭": "cancelled",
    "拒绝售后申请": "rejected",
    "平台介入": "appealed",
}
_TO_BUYER: Final = ("_goods_minor", "_freight_minor", "_tax_minor")


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    given = pl.sum_horizontal(pl.col(name).fill_null(0) for name in _TO_BUYER)
    is_paid = (pl.col("status") == "refunded").fill_null(value=False)
    is_off = pl.col("status").is_in(["cancelled", "rejected"]).fill_null(value=False)
    frame = frame.with_columns(given.alias("_given"))
    has_refund = pl.col("_given") > 0
    reading.beside["Refund"] = frame.filter(has_refund).select(
        LINE,
        LINE_END,
        *("platform", "platform_order_id", "platform_sub_order_id", "return_id", "applied_at"),
        *(["shop_id"] if "shop_id" in frame.columns else []),
        pl.col("return_id").alias("refund_id"),
        pl.lit("CNY").alias("currency"),
        pl.col("_given").alias("amount_requested_minor"),
        pl.when(is_paid).then("_given").otherwise(0).alias("amount_minor"),
        pl.when(is_paid).then("_goods_minor").alias("goods_minor"),
        pl.when(is_paid).then("_freight_minor").alias("freight_minor"),
        pl.when(is_paid).then("_promotion_minor").alias("platform_subsidy_clawback_minor"),
        pl.when(is_paid).then(pl.coalesce("_arrived", "_refunded")).alias("succeeded_at"),
        pl.col("approved_at"),
        pl.when(is_paid)
        .then(pl.lit("succeeded"))
        .when(is_off)
        .then(pl.lit("closed"))
        .otherwise(pl.lit("requested"))
        .alias("status"),
    )
    carrier = pl.col("return_carrier")
    return frame.with_columns(
        stage=pl.when(pl.col("_where") == "未发货").then(pl.lit("before_shipment")),
        return_carrier=pl.coalesce(carrier_code_expr(carrier), carrier),
        refund_ids=pl.when(has_refund).then(pl.concat_list("return_id")),
    )


def _others(reading: Reading) -> Mapping[str, Table[Any]]:
    return {"Refund": table_of_frame(reading.beside["Refund"], Refund, reading)}


def _checks(reading: Reading) -> Iterator[Check]:
    yield from unlike_numbers(reading, reading.frame, "return_id", "case numbers")


FORMAT: Final = TableFormat(
    record=Return,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "douyin"},
    columns=(
        Key("售后单号", to="return_id"),
        Key("订单号", to="platform_order_id"),
        Key("商品单号", to="platform_sub_order_id", needed=False),
        Choice("售后类型", _KINDS, to="kind"),
        Choice("售后状态", _STAGES, to="status", lenient=True),
        Text("商品发货状态", to="_where", optional=True),
        Text("售后原因", to="reason_code"),
        Moment("售后申请时间", to="applied_at"),
        Moment("同意售后申请时间", to="approved_at", optional=True),
        Moment("退货发货时间", to="returned_at", optional=True),
        Moment("商家退款时间", to="_refunded", optional=True),
        Moment("用户到账时间", to="_arrived", optional=True),
        Moment(("售后完结时间", "售后关闭时间"), to="closed_at", optional=True),
        Price("退商品金额（元）", to="_goods"),
        Price("退运费金额（元）", to="_freight"),
        Price("退支付优惠（元）", to="_promotion", optional=True),
        Price("退税费金额（元）", to="_tax", optional=True),
        Text("退货物流公司", to="return_carrier", optional=True),
        Tracking("退货物流单号", to="return_tracking_no", needed=False, optional=True),
        Tracking("发货物流单号", to="outbound_tracking_no", needed=False, optional=True),
        Tracking("换货物流单号", to="exchange_tracking_no", needed=False, optional=True),
    ),
    ignored=(
        *("商品名称", "商品ID", "应付金额（元）", "商品运费（元）", "支付优惠（元）", "商品税费（元）", "退款方式"),
        *("是否已上传退款凭证", "售后原因标签", "退货异常", "自动处理截止时间", "商家退货地址", "商家退货联系人姓名"),
        *("商家退货联系人电话", "仲裁状态", "纠纷责任方", "是否极速退款", "是否拒签后退款", "发货物流状态"),
        *(
            "退货物流状态",
            "订单备注",
            "用户售后说明",
            "售后备注",
            "操作人",
            "协商记录",
            "换货商品信息",
            "商家编码",
            "门店名称",
        ),
    ),
    shape=_shape,
    others=_others,
    checks=_checks,
)
