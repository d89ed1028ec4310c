"""WeChat shop fund flow (微信小店资金流水, 视频号小店).

A workbook, or a text made of it: one movement of the balance a line, with its kind (动账类型), whether it is a gain
or a loss (收支类型), a positive amount, the balance after it, and the numbers of the order, the after-sale case or
the withdrawal that it belongs to.

Rules: `domain.md` 4.2; `formats.md` 1 (row 23); kinds as the platform's interface lists them.
"""

from typing import Final

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._balances import balance_checks
from tieout.sources._cash import direction, signed_by_direction
from tieout.sources._line_types import ByWords, fee_or_refund, typed_by
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "订单支付": ("sale", "sale_refund"),
    "提现": "withdrawal",
    "运费险": fee_or_refund("freight_insurance"),
    "导购分账|联盟|团长|达人|机构服务费": fee_or_refund("affiliate"),
    "平台抽佣|小店抽佣|技术服务费": fee_or_refund("tech_service_fee"),
    "手续费": fee_or_refund("payment_fee"),
    "保证金": ("deposit_return", "deposit_pay"),
    "^(?:订单)?退款": "sale_refund",
}


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "wechat_shop"},
    columns=(
        Key("流水单号", to="line_id"),
        Moment("记账时间", to="posted_at", needed=True),
        Text("动账类型", to="description", needed=True),
        direction("收支类型"),
        Amount("收支金额", to="_amount", needed=True),
        Amount("账户余额", to="_balance", optional=True),
        Key("关联订单号", to="platform_order_id", needed=False),
        Key("关联售后单号", to="refund_id", needed=False, optional=True),
    ),
    ignored=("关联提现单号", "关联保单号", "关联礼物单号", "详情"),
    by_line=True,
    checked=("_balance_minor", "amount_minor"),
    derive=signed_by_direction,
    shape=typed_by(_TYPES),
    checks=balance_checks,
)
