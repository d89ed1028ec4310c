"""JD personal bill (京东个人交易明细).

A text in UTF-8 with a mark: twenty-one lines with the account, the period, the number and sum of gains, losses and the rest,
and warnings; then one payment a line. What was refunded of a payment stands behind its amount, as in `131.77(已退款89.84)`
or `30.52(已全额退款)`, and the refunds are lines of their own, 不计收支, with the payment's number. 先享后付 is bought on
credit and moves nothing until it is paid, which is a line of its own.

Rules: `formats.md` 2.7.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.model import BillKind, ChannelTransaction
from tieout.proof import Check
from tieout.sources._cash import GAIN, LOSS
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._wallets import AmountIn, note_neutral, said_above, wallet_amount, wallet_direction
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_PAID: Final = r"^([^()（）]*)[(（](?:已退款[\d.,]+|已全额退款)[)）]$"
_REFUNDED: Final = r"[(（]已退款([\d.,]+)[)）]$"
_ALL: Final = r"^([^()（）]*)[(（]已全额退款[)）]$"


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    sign = (
        pl.when(pl.col("status") == "退款成功")
        .then(1)
        .when(pl.col("_all_refunded_minor").is_not_null())
        .then(-1)
        .otherwise(0)
    )
    return frame.with_columns(amount_minor=wallet_amount(pl.col("_amount_minor"), neutral_sign=sign))


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    note_neutral(reading)
    return frame


def _checks(reading: Reading) -> Iterator[Check]:
    kept = pl.col("_amount_minor") - pl.col("_refunded_minor").fill_null(0)
    kept -= pl.col("_all_refunded_minor").fill_null(0)
    sums = {word: pl.when(pl.col("_direction") == kind).then(kept) for word, kind in (("收入", GAIN), ("支出", LOSS))}
    yield from said_above(reading, sums)


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "jd_pay", "bill_kind": BillKind.TRADE.value},
    columns=(
        Moment("交易时间", to="occurred_at", needed=True),
        AmountIn("金额", to="_amount", pattern=_PAID, is_whole=True, needed=True),
        AmountIn("金额", to="_refunded", pattern=_REFUNDED),
        AmountIn("金额", to="_all_refunded", pattern=_ALL),
        Text("交易状态", to="status"),
        wallet_direction(),
        Text("交易分类", to="type"),
        Key("交易订单号", to="channel_txn_id"),
        Key("商家订单号", to="merchant_order_no", needed=False),
        Text("商户名称", to="_merchant"),
        Text("交易说明", to="_what"),
    ),
    ignored=("收/付款方式", "备注"),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
