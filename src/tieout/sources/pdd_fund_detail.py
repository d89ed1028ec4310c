"""Pinduoduo fund detail (拼多多店铺账务明细).

A text in GB18030 or UTF-8: a title, a blank line, the period, a line of dashes, the header, one movement of the balance a
line, and a footer with numbers and sums of gains and losses. Gains and losses stand in two columns, losses with a minus; lines
of no amount count in the footer too. Rows that sum up settlements and withdrawals (结算汇总, 提现汇总) may stand among the
lines. A shop abroad has the same movement in dollars beside it: the line is then one in dollars, and the yuan are only summed.

There is no number of the line. 商户订单号 is the order where it looks like one, else the movement's own number; without it, an
order that the remark names is taken. The older file has no 业务描述, so that 账务类型 says what a line is.

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.8.
"""

import re
from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.money import parse_money, to_minor
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._cash import gain_less_loss
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_count, declared_sum, doubt_missing_total
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "优惠券结算": ("platform_subsidy", "subsidy_clawback"),
    "订单收入|^交易收入": ("sale", "sale_refund"),
    "订单退款|^交易退款|^退款": "sale_refund",
    "技术服务费": fee_or_refund("tech_service_fee"),
    "多多进宝": fee_or_refund("affiliate"),
    "营销费用": fee_or_refund("ad_fee"),
    "广告账户": "ad_topup",
    "合作费追回": "adjustment",
    "运费险|退货包运费": fee_or_refund("freight_insurance"),
    "保证金": ("deposit_return", "deposit_pay"),
    "小额打款|赔付|赔偿": ("claim_reimbursement", "buyer_compensation"),
    "延迟发货|虚假发货|缺货|违规": fee_or_refund("penalty"),
    "提现": "withdrawal",
    "转账": "transfer",
}
_ORDER: Final = r"^(\d{6}-\d+)$"
_ORDER_IN_REMARK: Final = r"(\d{6}-\d{15})"
_ROLL_UPS: Final = ("结算汇总", "提现汇总")
_COUNT: Final = re.compile(r"(\d[\d,]*)\s*笔")
_SUM: Final = re.compile(r"(-?\d[\d,]*(?:\.\d{1,2})?)\s*元")
_COLUMNS_OF: Final = {"收入合计": "_gain_minor", "支出合计": "_loss_minor"}


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    yuan = gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor"))
    dollars = gain_less_loss(pl.col("_gain_usd_minor"), pl.col("_loss_usd_minor"))
    is_abroad = dollars.is_not_null() & ((dollars != 0) | (yuan.fill_null(0) == 0))
    return values.with_columns(
        amount_minor=pl.when(is_abroad).then(dollars).otherwise(yuan),
        currency=pl.when(is_abroad).then(pl.lit("USD")).otherwise(pl.lit("CNY")),
        _yuan_minor=yuan,
    )


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    words = [pl.when(pl.col(name) != "").then(pl.col(name)) for name in ("_code", "_kind", "_remark")]
    frame = frame.with_columns(type=pl.lit("unknown"))
    for word in words:
        unknown = pl.col("type") == "unknown"
        if not frame.select(
            unknown.any()
        ).item():  # a text of three million lines is looked through once, and not thrice
            break
        said = line_type_expr(word, _TYPES, amount=pl.col("amount_minor"))
        frame = frame.with_columns(type=pl.when(unknown).then(said).otherwise("type"))
    order = pl.col("_order").str.extract(_ORDER, 1)
    frame = frame.with_columns(
        platform_order_id=order.fill_null(pl.col("_remark").str.extract(_ORDER_IN_REMARK, 1)),
        line_id=pl.when(order.is_null()).then(pl.col("_order")),
        description=pl.coalesce(*words),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    counts = []
    for word, column in (*_COLUMNS_OF.items(), ("总计", "_yuan_minor")):
        said = next((" ".join(filter(None, row)) for row in reading.below if word in row[0]), "")
        total, count = _SUM.search(said), _COUNT.search(said)
        if total is not None:
            value = pl.col(column) if word == "总计" else pl.col(column).abs()
            sum_ = to_minor(parse_money(total[1], "CNY"))
            yield declared_sum(reading, f"{word} 金额", value, sum_ if word == "总计" else abs(sum_), currency="CNY")
        if count is not None and word != "总计":
            counts.append(int(count[1].replace(",", "")))
    if not any(any(word in row[0] for word in _COLUMNS_OF) for row in reading.below):
        doubt_missing_total(reading, next(iter(_COLUMNS_OF)), is_export=False)
    if len(counts) == len(_COLUMNS_OF):
        yield declared_count(reading, "收入合计 + 支出合计 笔数", pl.col("_yuan_minor").is_not_null(), sum(counts))
    yield from _roll_ups(reading)


def _roll_ups(reading: Reading) -> Iterator[Check]:
    """The rows that sum up settlements and withdrawals, against the lines that they sum up."""
    is_withdrawal = pl.coalesce("_code", "_kind", "_remark").str.contains("提现").fill_null(value=False)
    places = {column.name: at for at, column in reading.bound}
    for row in reading.below:
        word = next((word for word in _ROLL_UPS if word in row), None)
        if word is None:
            continue
        of_word = is_withdrawal if word == "提现汇总" else ~is_withdrawal
        for side, column in (("收入", "_gain_minor"), ("支出", "_loss_minor")):
            found = _SUM.search(f"{row[places[column]]}元") if column in places else None
            if found is not None:
                value = pl.when(of_word).then(pl.col(column).abs())
                total = abs(to_minor(parse_money(found[1], "CNY")))
                yield declared_sum(reading, f"{word} {side}", value, total, currency="CNY")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "pdd"},
    columns=(
        Key(("商户订单号", "商品订单号"), to="_order", needed=False),
        Moment("发生时间", to="posted_at", needed=True),
        Amount("收入金额（+元）", to="_gain"),
        Amount("支出金额（-元）", to="_loss"),
        Amount("收入金额（+$）", to="_gain_usd", currency="USD", optional=True),
        Amount("支出金额（-$）", to="_loss_usd", currency="USD", optional=True),
        Text("账务类型", to="_kind"),
        Remark("备注", to="_remark", optional=True),
        Text("业务描述", to="_code", optional=True),
    ),
    either=(("_gain_minor", "_loss_minor", "_gain_usd_minor", "_loss_usd_minor"),),
    together=(("_gain_usd_minor", "_loss_usd_minor"),),
    footers=tuple(f"^{word}$" for word in _ROLL_UPS),
    ignored=("汇率（美元兑人民币）",),
    by_line=True,
    checked=("_gain_minor", "_loss_minor", "_yuan_minor", "_code", "_kind", "_remark"),
    derive=_derive,
    shape=_shape,
    checks=_checks,
)
