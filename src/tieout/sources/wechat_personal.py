"""WeChat Pay personal bill (微信支付账单明细).

A text in UTF-8, since 2025 a workbook: sixteen lines with the account, the period and the number and sum of gains, losses
and the rest, then one payment a line. Amounts are positive, with ¥ in front in the text; 收/支 says the direction, `/` is
neither. A withdrawal holds its fee, which stands in the remark. Who was paid and for what is not read.

Rules: `formats.md` 2.6.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import BillKind, ChannelTransaction
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._cash import GAIN, LOSS
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._wallets import AmountIn, note_neutral, said_above, wallet_amount, wallet_direction
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_WITHIN: Final = r"到零钱$|来自零钱$"
_COMES: Final = "^零钱充值|^转入零钱通-来自"
_GOES: Final = "^零钱提现|^零钱通转出-到"


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("type").fill_null("")
    sign = (
        pl.when(kind.str.contains(_WITHIN))
        .then(0)
        .when(kind.str.contains(_COMES))
        .then(1)
        .when(kind.str.contains(_GOES))
        .then(-1)
        .otherwise(0)
    )
    net = wallet_amount(pl.col("_amount_minor"), neutral_sign=sign)
    fee = pl.when(net < 0).then(-pl.col("_fee_minor"))
    return frame.with_columns(net_minor=net, fee_minor=fee, amount_minor=net - fee.fill_null(0))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    note_neutral(reading)
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    amount = pl.col("_amount_minor")
    sums = {word: pl.when(pl.col("_direction") == kind).then(amount) for word, kind in (("收入", GAIN), ("支出", LOSS))}
    yield from said_above(reading, sums)


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "wechat_pay", "bill_kind": BillKind.TRADE.value},
    sheets=("Sheet1",),
    columns=(
        Moment("交易时间", to="occurred_at", needed=True),
        Remark("交易类型", to="type", needed=True),
        wallet_direction(),
        Amount("金额(元)", to="_amount", needed=True),
        Text("当前状态", to="status"),
        Key("交易单号", to="channel_txn_id"),
        Key("商户单号", to="merchant_order_no", needed=False),
        AmountIn("备注", to="_fee", optional=True, pattern=r"服务费\s*([¥￥]?[\d.,]+)"),
    ),
    ignored=("交易对方", "商品", "支付方式"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
