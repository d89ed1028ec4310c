"""Taobao and Tmall bill of the WeChat channel (千牛微信账单).

What Taobao's buyers paid by WeChat, as 千牛 exports it: 8 columns with one 入账时间 and one 淘宝订单编号, or 14 with
入帐日期 and 入帐时间, order and order line. Gains and losses stand in two columns; a loss may be blank, zero, -0, or written
with a minus or without. No file was at hand: the captions are those of two shops, and whether 入帐时间 holds the day too is
not known, so both ways are read.

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.11.
"""

from typing import Final

import attrs
import polars as pl

from tieout.model import SettlementLine
from tieout.sources._alipay_words import alipay_type_expr
from tieout.sources._amounts import Amount
from tieout.sources._cash import gain_less_loss
from tieout.sources._faults import Conventions, Parsed
from tieout.sources._line_types import note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_CLOCK: Final = r"^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?$"


@attrs.frozen
class _MomentOrClock(Moment):
    """A moment; a time of day alone is left to the column of the day."""

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        is_clock = cells.str.contains(_CLOCK).fill_null(value=False)
        return Moment.parse(self, cells.zip_with(~is_clock, pl.Series([None], dtype=pl.String)), conventions)


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(amount_minor=gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor")))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    hours, minutes, seconds = (pl.col("_clock").str.extract(_CLOCK, at).cast(pl.Int64).fill_null(0) for at in (1, 2, 3))
    of_day = pl.col("_day") + pl.duration(hours=hours, minutes=minutes, seconds=seconds)
    frame = frame.with_columns(
        posted_at=pl.coalesce("posted_at", of_day),
        type=alipay_type_expr(remark=pl.col("_remark"), code=pl.col("_code"), kind=pl.col("_kind")),
        description=pl.coalesce("_code", "_remark", "_kind"),
    )
    note_unknown(reading, frame, "_kind")
    return frame


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "taobao"},
    columns=(
        _MomentOrClock("入账时间", to="posted_at"),
        Text("入账时间", to="_clock"),
        Moment("入账日期", to="_day", optional=True),
        Key("支付流水号", to="line_id"),
        Key(("淘宝订单编号", "主订单id"), to="platform_order_id", needed=False),
        Key("子订单id", to="platform_sub_order_id", needed=False, optional=True),
        Text("入账类型", to="_kind", needed=True),
        Amount(("收入金额（元）", "收入金额"), to="_gain"),
        Amount(("支出金额（元）", "支出金额"), to="_loss"),
        Remark("业务描述", to="_code"),
        Remark("备注", to="_remark", optional=True),
    ),
    either=(("_gain_minor", "_loss_minor"), ("posted_at", "_day")),
    ignored=("商家昵称", "收/付渠道", "数据创建时间", "数据修改时间"),
    by_line=True,
    derive=_signed,
    shape=_shape,
)
