"""JD advertising spend (京准通).

A workbook, or a text made of it: what each campaign cost on a day, with the number of the charge. The costs are
positive; one with a minus is given back.

Rules: `domain.md` 4.2; `formats.md` 1 (row 16).
"""

from typing import Final

from tieout.model import SettlementLine
from tieout.sources._amounts import Amount
from tieout.sources._line_types import ByWords, fee_or_refund, typed_by
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_TYPES: Final[ByWords] = {
    "充值": "ad_topup",
    "扣费|消耗|花费|退款|返还": fee_or_refund("ad_fee"),
}


FORMAT: Final = TableFormat(
    record=SettlementLine,
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    constants={"platform": "jd"},
    columns=(
        Key("流水单号", to="line_id"),
        Moment("投放日期", to="posted_at", needed=True),
        Text("交易类型", to="description", needed=True),
        Amount("支出", to="amount", negate=True),
    ),
    ignored=("账号", "计划ID"),
    by_line=True,
    shape=typed_by(_TYPES),
)
