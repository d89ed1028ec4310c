"""Xiaohongshu settlement (小红书商品结算明细).

A workbook (sheet 商品结算明细), one settlement or refund of an order a line. 动账金额 is what moves; each of the
columns that it is made of (price, shipping, subsidies, taxes, commissions, all of them signed) becomes a line of its
own, so that their sum is what moves. What stays unexplained is a line of an unknown type, and a check that does not
hold. The monthly bill's table of sums (项目, 金额) holds no lines and is not read.

Rules: `domain.md` 4.2; `formats.md` 4.14. No real file was at hand.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._grid import LINE
from tieout.sources._line_types import fee_or_refund, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_SUBSIDY: Final = ("platform_subsidy", "subsidy_clawback")
_TAX: Final = ("tax_collected", "tax_withheld")
_PARTS: Final = (
    Part("商品实付/实退", ("sale", "sale_refund")),
    Part("运费实付/实退", ("shipping_income", "sale_refund"), optional=True),
    Part("平台优惠补贴", _SUBSIDY, optional=True),
    Part("平台运费补贴", _SUBSIDY, optional=True),
    Part("跨境税代缴", _TAX, optional=True),
    Part("商品税金", _TAX, optional=True),
    Part("运费税金", _TAX, optional=True),
    Part(("佣金总额", "佣金"), fee_or_refund("commission"), optional=True),
    Part("支付渠道费", fee_or_refund("payment_fee"), optional=True),
    Part("分销佣金", fee_or_refund("influencer_commission"), optional=True),
    Part("代运营服务商佣金", fee_or_refund("affiliate"), optional=True),
    Part("代开发服务商佣金", fee_or_refund("affiliate"), optional=True),
    Part("花呗分期手续费", fee_or_refund("installment_fee"), optional=True),
)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_empty = (pl.col("amount_minor") == 0) & (pl.len().over(LINE) == 1)
    rest = pl.when(is_empty).then(pl.lit("sale")).otherwise(pl.lit("unknown"))
    frame = frame.with_columns(type=pl.coalesce("type", rest), description=pl.coalesce("description", "_kind"))
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    parts = [part.name for part in _PARTS]
    yield tie_lines(reading, "动账金额 = its parts", total="amount_minor", plus=parts, currency="CNY")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "xiaohongshu"},
    columns=(
        Key("订单号", to="platform_order_id"),
        Key("结算唯一ID", to="line_id", needed=False, optional=True),
        Key("售后单号", to="refund_id", needed=False, optional=True),
        Moment("结算时间", to="posted_at", needed=True),
        Text("交易类型", to="_kind"),
        Amount(("动账金额", "结算金额"), to="amount"),
        *_PARTS,
    ),
    sheets=("商品结算明细",),
    parts_included=True,
    ignored=("下单时间", "结算账户", "计佣基数", "商品数量", "商品名称", "国补订单毛保金额", "备注"),
    shape=_shape,
    checks=_checks,
)
