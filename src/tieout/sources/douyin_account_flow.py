"""Douyin account flow (抖音资金流水, 动账明细 by account).

A text in UTF-8, one movement of one account a line, with the balance after it. What a movement is made of is not
said: the price of the goods arrives here with the fees already taken out.

The same money stands in `douyin_fund_detail`, where each movement is taken apart: read one or the other.

Rules: `domain.md` 4.2. Built from the test rows of a program that reads it.
"""

from typing import Final

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import direction, signed_by_direction
from tieout.sources._douyin_scenes import SCENES
from tieout.sources._line_types import typed_by
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "douyin"},
    columns=(
        Key("动账流水号", to="line_id"),
        Moment("动账时间", to="posted_at", needed=True),
        direction("账户方向"),
        Amount("动账金额(元)", to="_amount", needed=True),
        Text("动账场景", to="description"),
        Amount("账户余额(元)", to="_balance"),
        Key("关联订单号", to="platform_order_id", needed=False, optional=True),
        Key("关联子订单号", to="platform_sub_order_id", needed=False, optional=True),
    ),
    ignored=("备注",),
    by_line=True,
    checked=("_balance_minor", "amount_minor"),
    derive=signed_by_direction,
    shape=typed_by(SCENES),
    checks=balance_checks,
)
