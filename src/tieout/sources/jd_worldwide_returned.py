"""JD Worldwide returns (京东国际退货结算数据).

A text in GB18030: `币种：USD`, the header, one returned article a line, and a row 合计. What is refunded and the
return's shipping are losses and the commission that comes back is a gain, whatever sign they are written with; each
becomes a line of its own.

Rules: `domain.md` 4.2; `formats.md` 4.7. No real file was at hand.
"""

from typing import Final

from tieout.model import SettlementLine
from tieout.sources._amounts import Part
from tieout.sources._jd_worldwide import COLUMNS, IGNORED, currency_of, end_checks, posted
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key

__all__ = ["FORMAT"]

FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "jd"},
    columns=(
        Key("订单编号", to="platform_order_id"),
        Key("返修单号", to="refund_id", needed=False),
        Part("退款金额", "sale_refund", sign=-1, needed=True),
        Part("返还佣金", "fee_refund", sign=1),
        Part("退货配送费", "shipping_fee", sign=-1, optional=True),
        posted("计费时间", "退货时间"),
        *COLUMNS,
    ),
    currency_of=currency_of,
    ignored=(*IGNORED, "退货时间", "账单日期"),
    checks=end_checks,
)
