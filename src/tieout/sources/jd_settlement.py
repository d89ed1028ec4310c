"""JD settlement (京东结算单, 对账表).

A workbook or a text in GB18030 or UTF-8, one fee of an order a line, its identifiers often wrapped as `="..."`. The
layout of 2019 (结算单, and the sheet 结算表 that is delivered with the wallet's 资金表) has 单据编号 and 费用项, that
of 2026 (对账表) has 父单号, 费用名称 and a title above the header. 收支方向 says whether the line is a gain or a
loss; losses are written with a minus or without.

The price of the goods as a loss is a refund, and so is the shipping that is taken back. Lines that are not settled
yet are read too, and said. 商户订单号 is the number of the payment in the wallet that settles the line
(`jd_wallet_fund`).

Rules: `domain.md` 4.2, 4.3; `formats.md` 4.5.
"""

from collections.abc import Mapping
from functools import partial
from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.model.currency import from_units
from tieout.sources._amounts import Amount
from tieout.sources._cash import direction, signed_by_direction
from tieout.sources._faults import CountedNote
from tieout.sources._line_types import ByWords, fee_or_refund, line_type_expr, note_unknown
from tieout.sources._reading import Reading
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Currency, Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "^货款": ("sale", "sale_refund"),
    "代收配送费": ("shipping_income", "sale_refund"),
    "佣金": fee_or_refund("commission"),
    "运费保险|运费险": fee_or_refund("freight_insurance"),
    "售后卖家赔付": ("claim_reimbursement", "buyer_compensation"),
    "京豆": fee_or_refund("points_fee"),
    "返利框架": "adjustment",
    "短信服务费|技术服务费|平台使用费": fee_or_refund("tech_service_fee"),
    "保证金": ("deposit_return", "deposit_pay"),
}


def _open(code: str, said: Mapping[str, int]) -> str:
    return f"{said['lines']} lines, {from_units(said['minor'], code)} {code} in sum, are not settled yet"


def _shape(frame: pl.DataFrame, reading: Reading) -> pl.DataFrame:
    is_after_sale = pl.col("_document").str.contains("售后服务单|退款单").fill_null(value=False)
    frame = frame.with_columns(
        type=line_type_expr(pl.col("description"), _TYPES, amount=pl.col("amount_minor")),
        posted_at=pl.coalesce("_settled_at", "_billed_at", "_happened_at"),
        refund_id=pl.coalesce("refund_id", pl.when(is_after_sale).then(pl.col("line_id"))),
    )
    note_unknown(reading, frame, "description")
    unsettled = frame.filter(pl.col("_status").str.contains("未结算|待结算"))
    for code, lines, minor in unsettled.group_by("currency").agg(pl.len(), pl.col("amount_minor").sum()).iter_rows():
        figures = {"lines": lines, "minor": minor}
        reading.notes.append(CountedNote.of("settlement.open", figures, partial(_open, code), about=code))
    return frame


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "jd"},
    columns=(
        Key("订单编号", to="platform_order_id", needed=False),
        Key("单据编号", to="line_id", needed=False, optional=True),
        Text("单据类型", to="_document", optional=True),
        Key("商户订单号", to="settlement_id", needed=False, optional=True),
        Key("售后服务单号", to="refund_id", needed=False, optional=True),
        Text(("费用项", "费用名称"), to="description", needed=True),
        Currency("币种", needed=False),
        Amount(("金额", "应结金额"), to="_amount", needed=True),
        direction("收支方向"),
        Text("结算状态", to="_status", optional=True),
        Moment(("费用结算时间", "到账时间"), to="_settled_at", optional=True),
        Moment(("费用计费时间", "账单生成时间"), to="_billed_at", optional=True),
        Moment(("费用发生时间", "订单完成时间"), to="_happened_at", optional=True),
        Key("店铺号", to="shop_id", needed=False, optional=True),
    ),
    ignored=(
        *(
            "商品编号",
            "商品名称",
            "商家应收/应付",
            "钱包结算备注",
            "京东门店编号",
            "品牌门店编号",
            "门店名称",
            "备注",
            "商品数量",
        ),
        *(
            "对账日期",
            "账单日期",
            "父单号",
            "订单状态",
            "订单下单时间",
            "售后退款时间",
            "扣点类型",
            "佣金比例",
            "预计结算时间",
        ),
        "资金动账备注",
    ),
    by_line=True,
    derive=signed_by_direction,
    shape=_shape,
)
