"""Douyin fund detail (抖音动账明细).

A text in UTF-8 or a workbook, one movement of the account a line, its identifiers with a leading `'`. 动账方向 says
whether the line is a gain or a loss. For orders, further columns say what the movement is made of, all of them
signed: price, shipping, subsidies, refunds, fees. Each of them that is not zero becomes a line of its own, so that
their sum is what moved. Movements of other kinds (withdrawals, deposits, compensations) have nothing there: 动账场景
says what they are. What the columns do not explain stays as a line of an unknown type, and a check that does not
hold. The columns change from year to year; any of them may be absent.

Rules: `domain.md` 4.2; `formats.md` 4.9; scenes as the platform's interface lists them.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._cash import by_direction, direction
from tieout.sources._douyin_scenes import SCENES
from tieout.sources._grid import LINE
from tieout.sources._line_types import fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import tie_lines
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_SUBSIDY: Final = ("platform_subsidy", "subsidy_clawback")
_AFFILIATE: Final = fee_or_refund("affiliate")
PARTS: Final = (
    Part(("订单实付应结", "销售收入"), ("sale", "sale_refund"), optional=True),
    Part("运费实付", ("shipping_income", "sale_refund"), optional=True),
    Part(("实际平台补贴_运费", "平台补贴运费"), _SUBSIDY, optional=True),
    Part("实际平台补贴", _SUBSIDY, optional=True),
    Part("其他平台补贴", _SUBSIDY, optional=True),
    Part("以旧换新抵扣", _SUBSIDY, optional=True),
    Part("政府补贴平台垫资", ("gov_subsidy", "subsidy_clawback"), optional=True),
    Part("实际达人补贴", ("influencer_subsidy", "subsidy_clawback"), optional=True),
    Part("实际抖音支付补贴", _SUBSIDY, optional=True),
    Part("实际抖音月付营销补贴", _SUBSIDY, optional=True),
    Part("银行补贴", _SUBSIDY, optional=True),
    Part("订单退款", "sale_refund", optional=True),
    Part("平台服务费", fee_or_refund("tech_service_fee"), optional=True),
    Part(("佣金", "达人佣金"), fee_or_refund("influencer_commission"), optional=True),
    Part("服务商佣金", _AFFILIATE, optional=True),
    Part("渠道分成", _AFFILIATE, optional=True),
    Part("招商服务费", _AFFILIATE, optional=True),
    Part("站外推广费", _AFFILIATE, optional=True),
    Part("其他分成", _AFFILIATE, optional=True),
)


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    amount = by_direction(pl.col("_amount_minor"), pl.col("_direction"))
    has_parts = pl.any_horizontal(pl.col(part.name).fill_null(0) != 0 for part in PARTS)
    return values.with_columns(amount_minor=amount, _tied_minor=pl.when(has_parts).then(amount))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    scene = line_type_expr(pl.col("_scene"), SCENES, amount=pl.col("amount_minor"))
    is_rest = pl.col("type").is_null()
    is_alone = pl.len().over(LINE) == 1
    frame = frame.with_columns(
        type=pl.when(~is_rest).then(pl.col("type")).when(is_alone).then(scene).otherwise(pl.lit("unknown")),
        description=pl.coalesce("description", "_scene"),
    )
    note_unknown(reading, frame, "_scene")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    names = [part.name for part in PARTS]
    yield tie_lines(reading, "动账金额 = its parts", total="_tied_minor", plus=names, currency="CNY")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "douyin"},
    columns=(
        Key("动账流水号", to="line_id"),
        Moment("动账时间", to="posted_at", needed=True),
        direction("动账方向"),
        Amount("动账金额", to="_amount", needed=True),
        Text("动账场景", to="_scene"),
        Key("订单号", to="platform_order_id", needed=False),
        Key("子订单号", to="platform_sub_order_id", needed=False),
        Key(("售后编号", "售后单号"), to="refund_id", needed=False, optional=True),
        *PARTS,
    ),
    parts_included=True,
    ignored=(
        *(
            "动账账户",
            "计费类型",
            "下单时间",
            "商品ID",
            "商品编码",
            "商品名称",
            "达人ID",
            "达人名称",
            "订单类型",
            "是否免佣",
        ),
        *("免佣金额", "商户主体名称", "备注"),
    ),
    by_line=True,
    checked=("_tied_minor", *(part.name for part in PARTS)),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
