"""Alipay merchant fund bill (支付宝账务明细).

A text in GB18030 (or a sheet made of it): four lines that begin with `#`, the header, one movement of the balance a line, and a
footer with the number and sum of gains and losses. Gains and losses stand in two columns; losses are written with a minus, or
without where someone edited the file. Identifiers end in a tab. The 12 columns up to 备注 are older; the newer file has 业务描述
with a code and words, and 业务基础订单号. The ZIP that Alipay delivers holds a summary too, which is another table.

The order comes from 业务基础订单号 where all of it is digits, else from `T200P...` in 商户订单号, else from the remark; where the
shop is not Taobao's, 商户订单号 is the merchant's own number.

Rules: `domain.md` 4.2, 4.3; `formats.md` 2.1.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._alipay_words import alipay_type_expr
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import gain_less_loss
from tieout.sources._line_types import note_unknown
from tieout.sources._reading import Reading
from tieout.sources._spoken_totals import spoken_total
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_count, declared_sum, doubt_missing_total
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_ORDER_IN_ID: Final = r"T\d+P(\d{16,22})"
_ORDER_IN_REMARK: Final = (
    r"tradeid:(\d{16,22})",
    r"关联订单号[：:](\d{16,22})",
    r"订单号[：:]?(\d{16,22})",
    r"[(（\[{](\d{16,22})[)）\]}]",
)


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    amount = gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor"))
    frame = frame.with_columns(amount_minor=amount)
    frame = frame.with_columns(
        type=alipay_type_expr(remark=pl.col("_remark"), code=pl.col("_code"), kind=pl.col("_kind")),
        platform_order_id=pl.coalesce(
            pl.col("_base_order").str.extract(r"^(\d{16,22})$", 1),
            pl.col("_merchant_order").str.extract(_ORDER_IN_ID, 1),
            *(pl.col("_remark").str.extract(pattern, 1) for pattern in _ORDER_IN_REMARK),
            pl.col("_merchant_order"),
        ),
        description=pl.coalesce("_code", "_remark", "_kind"),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    for word, column in (("收入合计", "_gain_minor"), ("支出合计", "_loss_minor")):
        said = spoken_total(reading, word, figures=1)
        if said is None:
            doubt_missing_total(reading, word, is_export=bool(reading.preamble))
            continue
        for total in said.sums[:1]:
            yield declared_sum(reading, f"{word} 金额", pl.col(column).abs(), abs(total), currency="CNY")
        yield declared_count(reading, f"{word} 笔数", pl.col(column).fill_null(0) != 0, said.count)
    moved = gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor"))
    reading.values = reading.values.with_columns(_moved_minor=moved)
    yield from balance_checks(reading, amount="_moved_minor")


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "alipay"},
    columns=(
        Key("账务流水号", to="line_id"),
        Key("业务流水号", to="_trade", needed=False),
        Key("商户订单号", to="_merchant_order", needed=False),
        Moment(("发生时间", "入账时间", "入帐时间"), to="posted_at", needed=True),
        Amount(("收入金额（+元）", "收入（+元）"), to="_gain"),
        Amount(("支出金额（-元）", "支出（-元）"), to="_loss"),
        Amount(("账户余额（元）", "账户余额"), to="_balance", optional=True),
        Text("业务类型", to="_kind"),
        Remark("备注", to="_remark", optional=True),
        Remark("业务描述", to="_code", optional=True),
        Key("业务基础订单号", to="_base_order", needed=False, optional=True),
    ),
    either=(("_gain_minor", "_loss_minor"),),
    ignored=("商品名称", "对方账号", "交易渠道", "业务账单来源", "业务订单号"),
    by_line=True,
    checked=("_gain_minor", "_loss_minor", "_balance_minor"),
    shape=_shape,
    checks=_checks,
)
