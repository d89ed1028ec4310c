"""Meituan personal bill (美团交易账单明细).

A text in UTF-8 with a mark: nineteen lines with the account, the period, the number and sum of losses, gains and the rest,
and warnings; then one payment a line. 订单金额 is before Meituan's discount, 实付金额 what was paid. A repayment of what was
bought on credit (还款) is written as a loss, though the purchases were losses too; the sum above the table leaves it out.

Rules: `formats.md` 2.7.
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
from tieout.sources._wallets import note_neutral, said_above, wallet_amount, wallet_direction
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(amount_minor=wallet_amount(pl.col("_amount_minor"), neutral_sign=pl.lit(0)))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    note_neutral(reading)
    return frame.with_columns(occurred_at=pl.coalesce("occurred_at", "_created_at"))


def _checks(reading: Reading) -> Iterator[Check]:
    paid = pl.when(pl.col("type") != "还款").then(pl.col("_amount_minor"))
    sums = {word: pl.when(pl.col("_direction") == kind).then(paid) for word, kind in (("收入", GAIN), ("支出", LOSS))}
    yield from said_above(reading, sums)


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "meituan_pay", "bill_kind": BillKind.TRADE.value},
    columns=(
        Moment("交易创建时间", to="_created_at", needed=True),
        Moment("交易成功时间", to="occurred_at"),
        Text("交易类型", to="type", needed=True),
        wallet_direction(),
        Amount("实付金额", to="_amount", needed=True),
        Key("交易单号", to="channel_txn_id"),
        Key(("商家单号", "商户单号"), to="merchant_order_no", needed=False),
    ),
    ignored=("订单标题", "支付方式", "订单金额", "备注"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
