"""JD wallet movements (京东钱包资金表, 京东支付流水).

A workbook, or a text made of it: one movement of the wallet a line, gains and losses in two columns that are both
positive, and the balance after it. Dates in the old `.xls` are serial numbers. 货款 is not a sale but the sum of
settled lines (`jd_settlement`) that is paid into the wallet: their `settlement_id` is the `line_id` here.

Rules: `domain.md` 4.2; `formats.md` 4.6.
"""

from typing import Final

import polars as pl

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import gain_less_loss
from tieout.sources._line_types import ByWords, fee_or_refund, typed_by
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "手续费": fee_or_refund("payment_fee"),
    "提现": "withdrawal",
    "保证金": ("deposit_return", "deposit_pay"),
    "货款|转账": "transfer",
}


def _derive(values: pl.DataFrame) -> pl.DataFrame:
    amount = gain_less_loss(pl.col("_gain_minor"), pl.col("_loss_minor"))
    return values.with_columns(amount_minor=amount, _account=pl.format("…{}", pl.col("_account").str.tail(4)))


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "jd"},
    columns=(
        Key("商户订单号", to="line_id"),
        Text("账户代码", to="_account", optional=True),
        Moment("日期", to="posted_at", needed=True),
        Amount("收入金额(元)", to="_gain"),
        Amount("支出金额(元)", to="_loss"),
        Amount("账户余额(元)", to="_balance"),
        Remark("交易备注", to="description"),
    ),
    either=(("_gain_minor", "_loss_minor"),),
    ignored=("商户号", "账户名称", "账单日期"),
    by_line=True,
    checked=("_balance_minor", "amount_minor", "_account"),
    derive=_derive,
    shape=typed_by(_TYPES),
    checks=lambda reading: balance_checks(reading, group="_account"),
)
