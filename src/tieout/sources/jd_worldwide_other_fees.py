"""JD Worldwide fees that no sale brings (京东国际非销售单结算数据).

A text in GB18030: `币种：USD`, the header, one fee a line, and a row 合计. Amounts are taken as they are signed. What
kinds of fees there are is not known beyond the plainest words; all others are of an unknown type.

Rules: `domain.md` 4.2; `formats.md` 4.7. No real file was at hand.
"""

from typing import Final

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._jd_worldwide import COLUMNS, IGNORED, currency_of, end_checks, posted
from tieout.sources._line_types import ByWords, fee_or_refund, typed_by
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "平台使用费|技术服务费|短信": fee_or_refund("tech_service_fee"),
    "京豆": fee_or_refund("points_fee"),
    "仓储": fee_or_refund("storage_fee"),
    "赔付": ("claim_reimbursement", "buyer_compensation"),
    "罚|违约": fee_or_refund("penalty"),
    "保证金": ("deposit_return", "deposit_pay"),
}


FORMAT: Final = TableFormat(
    record=SettlementLine,
    timezone="Asia/Shanghai",
    evidence="columns only",
    constants={"platform": "jd"},
    columns=(
        Text("费用类型", to="description", needed=True),
        Amount("费用金额", to="amount"),
        Key("单据编号", to="line_id", needed=False),
        Key(("订单编号", "平台订单号"), to="platform_order_id", needed=False, optional=True),
        posted("计费时间", "发生时间"),
        *COLUMNS,
    ),
    currency_of=currency_of,
    ignored=(*IGNORED, "发生时间", "账单日期"),
    shape=typed_by(_TYPES),
    checks=end_checks,
)
