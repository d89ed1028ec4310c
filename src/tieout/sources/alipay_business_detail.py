"""Alipay merchant trade bill (支付宝业务明细).

A text in GB18030: four lines that begin with `#`, the header of 25 columns, one trade or refund a line, and a footer with
number and sums of both. A refund has the numbers of its trade, negative amounts, and the time of the refund as 完成时间.
Identifiers and some words end in a tab. The ZIP that Alipay delivers holds a summary too, which is refused as one.

The amount is 商家实收, what the merchant gets of an order before 服务费. A share that goes to others (分润) is a line of its
own.

Rules: `domain.md` 2.2, 4.3; `formats.md` 2.2.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from tieout.model import BillKind, ChannelTransaction
from tieout.proof import Check
from tieout.sources._amounts import Amount
from tieout.sources._faults import CountedNote
from tieout.sources._grid import LINE
from tieout.sources._reading import Reading
from tieout.sources._spoken_totals import spoken_total
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._totals import declared_count, declared_sum, doubt_missing_total
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_SHARE: Final = "分润"


def _gained(said: Mapping[str, int]) -> str:
    return f"{said['trades']} trades have a positive 服务费, as if the fee were a gain"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    trades = frame.with_columns(
        net_minor=pl.col("amount_minor") + pl.col("fee_minor").fill_null(0),
        occurred_at=pl.coalesce("occurred_at", "_created_at"),
    )
    odd = trades.filter((pl.col("type") == "交易") & (pl.col("fee_minor") > 0)).height
    if odd:
        reading.notes.append(CountedNote.of("fee.gained", {"trades": odd}, _gained))
    shares = trades.filter(pl.col("_share_minor").fill_null(0) != 0).with_columns(
        amount_minor=pl.col("_share_minor"),
        net_minor=pl.col("_share_minor"),
        fee_minor=pl.lit(None, dtype=pl.Int64),
        type=pl.lit(_SHARE),
    )
    return pl.concat([trades, shares]).sort(LINE, maintain_order=True)


def _checks(reading: Reading) -> Iterator[Check]:
    for kind in ("交易", "退款"):
        said = spoken_total(reading, f"{kind}合计", figures=1)
        if said is None:
            doubt_missing_total(reading, f"{kind}合计", is_export=bool(reading.preamble))
            continue
        is_kind = pl.col("type") == kind
        yield declared_count(reading, f"{kind}合计 笔数", is_kind, said.count)
        sums = zip(("商家实收", "商家优惠"), ("amount_minor", "_discount_minor"), said.sums, strict=False)
        for name, column, total in sums:
            value = pl.when(is_kind).then(pl.col(column))
            yield declared_sum(reading, f"{kind}合计 {name}", value, total, currency="CNY")


FORMAT: Final = TableFormat(
    record=ChannelTransaction,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"channel": "alipay", "bill_kind": BillKind.TRADE.value},
    columns=(
        Key("支付宝交易号", to="channel_txn_id"),
        Key("商户订单号", to="merchant_order_no", needed=False),
        Text("业务类型", to="type", needed=True),
        Moment("创建时间", to="_created_at", needed=True),
        Moment("完成时间", to="occurred_at"),
        Amount("商家实收（元）", to="amount", needed=True),
        Amount("商家优惠（元）", to="_discount"),
        Key(("退款批次号/请求号", "退款批次号"), to="channel_refund_id", needed=False),
        Amount("服务费（元）", to="fee"),
        Amount("分润（元）", to="_share"),
    ),
    ignored=(
        "商品名称",
        "门店编号",
        "门店名称",
        "操作员",
        "终端号",
        "对方账户",
        "订单金额（元）",
        "支付宝红包（元）",
        "集分宝（元）",
        "支付宝优惠（元）",
        "券核销金额（元）",
        "券名称",
        "商家红包消费金额（元）",
        "卡消费金额（元）",
        "实收净额（元）",
        "商户识别号",
        "交易方式",
        "备注",
    ),
    by_line=True,
    checked=("type", "amount_minor", "_discount_minor"),
    shape=_shape,
    checks=_checks,
)
