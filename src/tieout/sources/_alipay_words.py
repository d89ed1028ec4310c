"""Alipay's words: what Alipay and Taobao call the movements of a shop's money, as types of settlement lines (`domain.md` 4.3)."""

from typing import Final

import polars as pl

from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr

__all__ = ["alipay_type_expr"]

_BY_CODE: Final[ByWords] = {
    r"^0010\d*\|": "sale",
    r"^0020\d*\|": "sale_refund",
    "淘宝客|淘宝联盟": fee_or_refund("affiliate"),
    "花呗分期|分期免息": fee_or_refund("installment_fee"),
    "公益宝贝": "donation",
    r"^0060\d*\|": fee_or_refund("ad_fee"),
    r"技术&?服务费|软件服务费|增值费": fee_or_refund("tech_service_fee"),
    "佣金": fee_or_refund("commission"),
    "提现": "withdrawal",
}
_BY_REMARK: Final[ByWords] = {
    "天猫佣金": fee_or_refund("commission"),
    "代扣返点积分|代扣交易退回积分": fee_or_refund("points_fee"),
    "基础软件服务费": fee_or_refund("tech_service_fee"),
    "消费者体验提升计划服务费|运费险|退货运费": fee_or_refund("freight_insurance"),
    "消费券代付资金扣回": "subsidy_clawback",
    "花呗分期免息营销": fee_or_refund("installment_fee"),
    "淘宝客佣金|淘宝联盟": fee_or_refund("affiliate"),
    "公益宝贝": "donation",
    "小额打款|延迟发货|货值赔付|赔付": ("claim_reimbursement", "buyer_compensation"),
    "保证金": ("deposit_return", "deposit_pay"),
    "网商银行|余利宝": "transfer",
    "新享": fee_or_refund("ad_fee"),
    "软件服务费|技术服务费|增值费|折扣服务费": fee_or_refund("tech_service_fee"),
    "售后退款|^退款": "sale_refund",
}
_BY_KIND: Final[ByWords] = {
    "交易付款|在线支付": "sale",
    "交易退款": "sale_refund",
    "提现": "withdrawal",
    "转账": "transfer",
}


def alipay_type_expr(*, remark: pl.Expr, code: pl.Expr, kind: pl.Expr) -> pl.Expr:
    """The type of each line, by the first of its words that says one; `amount_minor` tells a fee from one that comes back.

    Args:
        remark: 备注.
        code: 业务描述, a code and words.
        kind: 业务类型 or 入账类型.
    """
    said = [
        line_type_expr(text, types, amount=pl.col("amount_minor"))
        for text, types in ((remark, _BY_REMARK), (code, _BY_CODE), (kind, _BY_KIND))
    ]
    return pl.coalesce(*(pl.when(found != "unknown").then(found) for found in said), pl.lit("unknown"))
