"""WeChat Pay merchant fund bill (微信支付资金账单).

A text in UTF-8 with a backtick before every cell, one movement of an account a line, the balance after it, and at the end
the captions of totals and a line of figures. Amounts are positive, 收支类型 says the direction. The basic, the operating and
the fee account have a bill each. 记账时间 is when the balance moved, which of a refund is not when it succeeded.

On a refund 微信支付业务单号 is WeChat's refund number and 业务凭证号 the merchant's, elsewhere they are those of the trade.

Rules: `domain.md` 4.2, 4.3; `formats.md` 2.5.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import GAIN, LOSS, by_direction, direction
from tieout.sources._line_types import ByWords, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import summary_checks
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "手续费": ("fee_refund", "payment_fee"),
    "退款": ("transfer", "sale_refund"),
    "^交易$": "sale",
    "提现": "withdrawal",
    "充值|转账|转入|转出": "transfer",
}

_OF_TRADES: Final = ("sale", "payment_fee")
_OF_REFUNDS: Final = ("sale_refund", "fee_refund")


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(amount_minor=by_direction(pl.col("_amount_minor"), pl.col("_direction")))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    kind = pl.coalesce("_kind", "_name")
    frame = frame.with_columns(
        line_type_expr(kind, _TYPES, amount=pl.col("amount_minor")).alias("type"),
        pl.coalesce("description", "_kind").alias("description"),
    ).with_columns(
        pl.when(pl.col("type").is_in(_OF_REFUNDS)).then(pl.col("_wechat_no")).alias("refund_id"),
        pl.when(pl.col("type").is_in(_OF_TRADES)).then(pl.col("_merchant_no")).alias("platform_order_id"),
    )
    note_unknown(reading, frame, "_kind")
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    is_gain, is_loss = pl.col("_direction") == GAIN, pl.col("_direction") == LOSS
    amount = pl.col("_amount_minor")
    yield from summary_checks(
        reading,
        sums={("收入金额",): pl.when(is_gain).then(amount), ("支出金额",): pl.when(is_loss).then(amount)},
        counts={("资金流水总笔数",): pl.lit(value=True), ("收入笔数",): is_gain, ("支出笔数",): is_loss},
        currency="CNY",
    )
    yield from balance_checks(reading)


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "wechat_pay"},
    columns=(
        Moment("记账时间", to="posted_at", needed=True),
        Key("微信支付业务单号", to="_wechat_no", needed=False),
        Key("资金流水单号", to="line_id"),
        Text("业务名称", to="_name", optional=True),
        Text("业务类型", to="_kind", needed=True),
        direction("收支类型"),
        Amount("收支金额(元)", to="_amount", needed=True),
        Amount("账户结余(元)", to="_balance", optional=True),
        Remark("备注", to="description", optional=True),
        Key("业务凭证号", to="_merchant_no", needed=False, optional=True),
    ),
    totals=("^资金流水总笔数$",),
    ignored=("资金变更提交申请人",),
    by_line=True,
    checked=("_direction", "_amount_minor", "amount_minor", "_balance_minor"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
