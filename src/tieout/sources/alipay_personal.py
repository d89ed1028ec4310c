"""Alipay personal bill (支付宝个人交易明细).

A text in GB18030: some twenty lines with the account, the period, the number and sum of gains, losses and the rest, and
warnings; then the header, which ends in a comma as each line does, and one payment a line. Cells may be padded with blanks,
identifiers end in a tab. Amounts are positive; 收/支 says the direction, 不计收支 is neither: money between one's own
accounts, trades that were closed before they were paid, and refunds, which are gains here. A refund has the number of its
trade and a part of its own behind `_`, and where the trade is written as neither it is found by that number.

Rules: `formats.md` 2.3.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import BillKind, ChannelTransaction
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._wallets import NEUTRAL, note_neutral, said_above, wallet_amount, wallet_direction
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_TRADE: Final = r"^([^_*]+)[_*]"


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    words = pl.col("_what").fill_null("")
    is_refund = (pl.col("status").fill_null("") == "退款成功") | (pl.col("type").fill_null("") == "退款")
    is_neutral = pl.col("_direction") == NEUTRAL
    refunded = frame.filter(is_refund & is_neutral)["channel_txn_id"].str.extract(_TRADE, 1).drop_nulls().unique()
    was_paid = pl.col("channel_txn_id").is_in(refunded.implode()) & (pl.col("status") == "交易关闭")
    sign = (
        pl.when(is_refund | words.str.contains("收益发放|^充值"))
        .then(1)
        .when(was_paid.fill_null(value=False) | words.str.contains("^提现|转出到银行卡"))
        .then(-1)
        .otherwise(0)
    )
    is_closed = (pl.col("status") == "交易关闭") & ~was_paid
    sign = pl.when(is_closed.fill_null(value=False)).then(0).otherwise(sign)
    return frame.with_columns(amount_minor=wallet_amount(pl.col("_amount_minor"), neutral_sign=sign))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    note_neutral(reading)
    refund = pl.when(pl.col("status") == "退款成功").then(pl.col("channel_txn_id"))
    return frame.with_columns(
        channel_refund_id=refund,
        channel_txn_id=pl.coalesce(refund.str.extract(_TRADE, 1), "channel_txn_id"),
    )


def _checks(reading: Reading) -> Iterator[Check]:
    # The file itself warns that its sums may be others than those of the lines; its numbers of lines are not.
    yield from said_above(reading, {})


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "alipay", "bill_kind": BillKind.TRADE.value},
    columns=(
        Moment("交易时间", to="occurred_at", needed=True),
        Text("交易分类", to="type"),
        Remark("商品说明", to="_what"),
        wallet_direction(),
        Amount("金额", to="_amount", needed=True),
        Text("交易状态", to="status", needed=True),
        Key("交易订单号", to="channel_txn_id"),
        Key("商家订单号", to="merchant_order_no", needed=False),
    ),
    ignored=("交易对方", "对方账号", "收/付款方式", "备注"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
