"""Youzan fund detail (有赞账务明细).

A workbook, or a text made of it: one movement of an account a line, gains and losses in two columns that are both
positive, and the balance after it. 类型 and 名称 say what it is. No file with lines was at hand: what kinds there are
is not known beyond the plainest words, and all others are of an unknown type.

Rules: `domain.md` 4.2; `formats.md` 4.14.
"""

from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import gain_less_loss
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "提现": "withdrawal",
    "退款": "sale_refund",
    "手续费": fee_or_refund("payment_fee"),
    "技术服务费": fee_or_refund("tech_service_fee"),
    "保证金": ("deposit_return", "deposit_pay"),
    "转账": "transfer",
    "订单入账|交易入账|货款": ("sale", "sale_refund"),
}


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    return values.with_columns(amount_minor=gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor")))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    said = [line_type_expr(pl.col(name), _TYPES, amount=pl.col("amount_minor")) for name in ("_kind", "_name")]
    known = [pl.when(kind != "unknown").then(kind) for kind in said]
    order = pl.col("_related").str.extract(r"^(E\d+)$", 1)
    frame = frame.with_columns(
        type=pl.coalesce(*known, pl.lit("unknown")),
        line_id=pl.coalesce("line_id", "_business"),
        description=pl.coalesce("_kind", "_name"),
        platform_order_id=pl.coalesce(order, pl.col("_business").str.extract(r"^(E\d+)$", 1), "_related"),
    )
    note_unknown(reading, frame, "_kind")
    return frame


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "youzan"},
    columns=(
        Text("类型", to="_kind"),
        Text("名称", to="_name"),
        Key("业务单号", to="_business", needed=False),
        Key("支付流水号", to="line_id", needed=False),
        Key("关联单号", to="_related", needed=False),
        Text(("账户", "账户类型"), to="_account", optional=True),
        Amount("收入(元)", to="_gain"),
        Amount("支出(元)", to="_loss"),
        Amount("余额(元)", to="_balance", optional=True),
        Moment("入账时间", to="posted_at", needed=True),
    ),
    either=(("_gain_minor", "_loss_minor"), ("line_id", "_business")),
    ignored=(
        *(
            "店铺名称",
            "交易来源地",
            "账务主体",
            "支付方式",
            "交易对手",
            "渠道",
            "下单时间",
            "操作人",
            "附加信息",
            "备注",
            "来源",
        ),
    ),
    by_line=True,
    checked=("_balance_minor", "amount_minor", "_account"),
    derive=_derive,
    shape=_shape,
    checks=lambda reading: balance_checks(reading, group="_account"),
)
