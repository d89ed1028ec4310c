"""Douyin settlement bill (抖音结算账单).

A workbook or a text, one settlement of an order line a line. The line below the header may hold formulas or sums: it
has neither order nor time, and is set apart. 结算金额 is 收入合计 and 支出合计 together, fees being negative; each of
the columns that these are made of becomes a line of its own, so that their sum is what is settled. Whether a refund
before the settlement is already taken out of 用户实付 differs, and so may what the merchant advanced of a
government's subsidy (政府补贴商家垫资, claimed back later): where it is what the other columns leave unexplained, it
is a line too. What stays unexplained is a line of an unknown type, and a check that does not hold.

The same money stands in `douyin_fund_detail`, by the day on which it moved: read one or the other.

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.10. No real file was at hand.
"""

from collections.abc import Callable, Iterator
from typing import Final

import polars as pl

from tieout.errors import MoneyError
from tieout.model import SettlementLine
from tieout.money import parse_money, to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount, Part
from tieout.sources._grid import LINE
from tieout.sources._line_types import fee_or_refund, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_sum, tie_lines
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_SUBSIDY: Final = ("platform_subsidy", "subsidy_clawback")
_AFFILIATE: Final = fee_or_refund("affiliate")
_GAINS: Final = (
    Part("用户实付", ("sale", "sale_refund")),
    Part("平台补贴", _SUBSIDY, optional=True),
    Part("其他平台补贴", _SUBSIDY, optional=True),
    Part("平台补贴运费", _SUBSIDY, optional=True),
    Part("以旧换新抵扣", _SUBSIDY, optional=True),
    Part("政府补贴平台垫资", ("gov_subsidy", "subsidy_clawback"), optional=True),
    Part("达人补贴", ("influencer_subsidy", "subsidy_clawback"), optional=True),
    Part("抖音支付补贴", _SUBSIDY, optional=True),
    Part("抖音月付营销补贴", _SUBSIDY, optional=True),
    Part("银行补贴", _SUBSIDY, optional=True),
)
_ADVANCED: Final = Part("政府补贴商家垫资", "adjustment", optional=True)
_LOSSES: Final = (
    Part("平台服务费", fee_or_refund("tech_service_fee")),
    Part(("佣金", "达人佣金"), fee_or_refund("influencer_commission"), optional=True),
    Part("服务商佣金", _AFFILIATE, optional=True),
    Part("渠道分成", _AFFILIATE, optional=True),
    Part("招商服务费", _AFFILIATE, optional=True),
    Part("站外推广费", _AFFILIATE, optional=True),
    Part("其他分成", _AFFILIATE, optional=True),
)


def _is_apart(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    has_money = pl.any_horizontal(cell(caption).is_not_null() for caption in ("结算金额", "收入合计", "用户实付"))
    return has_money & pl.all_horizontal(cell(caption).is_null() for caption in ("结算时间", "订单号", "子订单号"))


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    """Where a refund before the settlement, what the merchant advanced, or both are what is missing, they are taken back."""
    missing = pl.col("_gains_minor") - pl.sum_horizontal(pl.col(part.name).fill_null(0) for part in _GAINS)
    refund, advanced = (-pl.col(name).abs().fill_null(0) for name in ("_refund_minor", _ADVANCED.name))
    is_one = (missing != 0) & (refund != advanced)  # of two alike nobody knows which
    is_both = (refund != 0) & (advanced != 0) & (missing == refund + advanced)
    return values.with_columns(
        pl.when(is_one & (missing == refund) | is_both).then(refund).alias("_apart_minor"),
        pl.when(is_one & (missing == advanced) | is_both).then(advanced).alias(_ADVANCED.name),
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_rest = pl.col("type").is_null()
    is_refund = is_rest & (pl.col("amount_minor") == pl.col("_apart_minor")).fill_null(value=False)
    is_empty = is_rest & (pl.col("amount_minor") == 0) & (pl.len().over(LINE) == 1)
    kind = pl.when(is_refund).then(pl.lit("sale_refund")).when(is_empty).then(pl.lit("sale")).otherwise(pl.col("type"))
    words = pl.when(is_refund).then(pl.lit("结算前退款金额")).otherwise(pl.coalesce("description", "_kind"))
    frame = frame.with_columns(type=kind.fill_null("unknown"), description=words)
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    gains, losses = ([part.name for part in parts] for parts in (_GAINS, _LOSSES))
    sums = ["_gains_minor", "_losses_minor"]
    yield tie_lines(reading, "结算金额 = 收入合计 + 支出合计", total="amount_minor", plus=sums, currency="CNY")
    plus = [*gains, "_apart_minor", _ADVANCED.name]
    yield tie_lines(reading, "收入合计 = its parts", total="_gains_minor", plus=plus, currency="CNY")
    yield tie_lines(reading, "支出合计 = its parts", total="_losses_minor", plus=losses, currency="CNY")
    for _, column in reading.bound:
        if isinstance(column, Amount) and column is not _ADVANCED:
            yield from _summed(reading, column)


def _summed(reading: Reading, column: Amount) -> Iterator[Check]:
    """What the row of sums below the header says of a column; texts of formulas say nothing."""
    captions = (caption for caption in column.captions if reading.cells(caption) is not None)
    for said in reading.apart(next(captions)).drop_nulls():
        try:
            total = to_minor(parse_money(said, "CNY"))
        except MoneyError:
            continue
        name = f"row of sums {column.caption}"
        yield declared_sum(reading, name, pl.col(column.name), total, currency="CNY")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "douyin"},
    columns=(
        Moment("结算时间", to="posted_at", needed=True),
        Key("订单号", to="platform_order_id"),
        Key("子订单号", to="platform_sub_order_id", needed=False),
        Key("结算单号", to="settlement_id", needed=False, optional=True),
        Text("结算单类型", to="_kind", optional=True),
        Amount("结算金额", to="amount"),
        Amount("收入合计", to="_gains", needed=True),
        Amount("支出合计", to="_losses", needed=True),
        Amount("结算前退款金额", to="_refund", optional=True),
        *_GAINS,
        _ADVANCED,
        *_LOSSES,
    ),
    parts_included=True,
    is_apart=_is_apart,
    ignored=(
        *(
            "结算账户",
            "有结算前退款",
            "下单时间",
            "商品ID",
            "商品名称",
            "商品数量",
            "达人ID",
            "达人名称",
            "业务类型",
            "订单类型",
        ),
        *(
            "订单总价",
            "商品总价",
            "运费",
            "店铺劵",
            "店铺券",
            "其他分成说明",
            "是否免佣",
            "免佣金额",
        ),
        *("商户主体名称", "APP渠道", "备注"),
    ),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
