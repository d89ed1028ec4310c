"""WeChat Pay merchant trade bill (微信支付交易账单).

A text in UTF-8 with a backtick before every cell and no quotes, so that the name of a product may hold commas; at its end the
captions of totals and a line of figures. The kinds ALL, SUCCESS and REFUND have 27, 20 and 29 columns, those before 2018 three
fewer under other names; several days may be joined into one file. A payment and its refund are two lines with one number. On a
refund 应结订单金额 is zero, 退款金额 positive and 手续费, which is given back, negative. In a bill of the kind REFUND the column
交易时间 is the time of the payment.

Rules: `domain.md` 2.2, 4.3; `formats.md` 2.4.
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
from tieout.sources._totals import summary_checks, tie_lines
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]


def _signed(frame: pl.DataFrame) -> pl.DataFrame:
    settled = pl.when(pl.col("type") == "REFUND").then(0).otherwise(pl.col("_settled_minor"))
    amount = settled - pl.col("_refunded_minor").fill_null(0)
    return frame.with_columns(amount_minor=amount, net_minor=amount + pl.col("fee_minor").fill_null(0))


def _shape(frame: pl.DataFrame, _: Reading) -> pl.DataFrame:
    refund = pl.col("channel_refund_id")
    return frame.with_columns(
        channel_refund_id=pl.when(refund != "0").then(refund),
        occurred_at=pl.coalesce("_refunded_at", "_applied_at", "occurred_at"),
        status=pl.coalesce("status", "type"),
    )


def _checks(reading: Reading) -> Iterator[Check]:
    currencies = reading.values["currency"].drop_nulls().unique()
    if len(currencies) > 1:
        reading.note("total.not_checked", "the lines are in several currencies: the totals are not compared")
        return
    currency = currencies[0] if len(currencies) else "CNY"
    yield from summary_checks(
        reading,
        sums={
            ("应结订单总金额", "总交易额"): pl.col("_settled_minor"),
            ("退款总金额", "总退款金额"): pl.col("_refunded_minor"),
            ("充值券退款总金额", "总代金券或立减优惠退款金额", "总企业红包退款金额"): pl.col("_coupon_refund_minor"),
            ("手续费总金额",): -pl.col("fee_minor"),
            ("订单总金额",): pl.col("_ordered_minor"),
            ("申请退款总金额",): pl.col("_applied_minor"),
        },
        counts={("总交易单数",): pl.lit(value=True)},
        currency=currency,
    )
    is_refund = pl.col("type") == "REFUND"
    reading.values = reading.values.with_columns(
        _of_refund_minor=pl.when(is_refund).then(pl.col("_settled_minor")), _nothing_minor=pl.lit(0)
    )
    name = "应结订单金额 of a refund = 0"
    yield tie_lines(reading, name, total="_of_refund_minor", plus=["_nothing_minor"], minus=[], currency=currency)


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "wechat_pay", "bill_kind": BillKind.TRADE.value},
    columns=(
        Moment("交易时间", to="occurred_at", needed=True),
        Key("微信订单号", to="channel_txn_id"),
        Key("商户订单号", to="merchant_order_no", needed=False),
        Text("交易状态", to="type", needed=True),
        Currency("货币种类"),
        Amount(("应结订单金额", "总金额"), to="_settled", needed=True),
        Amount("手续费", to="fee", negate=True),
        Key("微信退款单号", to="channel_refund_id", needed=False, optional=True),
        Amount("退款金额", to="_refunded", optional=True),
        Amount(("充值券退款金额", "代金券或立减优惠退款金额", "企业红包退款金额"), to="_coupon_refund", optional=True),
        Text("退款状态", to="status", optional=True),
        Moment("退款申请时间", to="_applied_at", optional=True),
        Moment("退款成功时间", to="_refunded_at", optional=True),
        Amount("订单金额", to="_ordered", optional=True),
        Amount("申请退款金额", to="_applied", optional=True),
    ),
    totals=("^总交易单数$",),
    ignored=(
        "公众账号ID",
        "商户号",
        "特约商户号",
        "子商户号",
        "设备号",
        "用户标识",
        "交易类型",
        "付款银行",
        "代金券金额",
        "代金券或立减优惠金额",
        "企业红包金额",
        "商户退款单号",
        "退款类型",
        "商品名称",
        "商户数据包",
        "费率",
        "费率备注",
    ),
    by_line=True,
    checked=(
        "type",
        "currency",
        "_settled_minor",
        "_refunded_minor",
        "_coupon_refund_minor",
        "fee_minor",
        "_ordered_minor",
        "_applied_minor",
    ),
    derive=_signed,
    shape=_shape,
    checks=_checks,
)
