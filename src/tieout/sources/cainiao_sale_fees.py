"""Cainiao fees by payment (菜鸟费用明细 按支出).

What Cainiao took by each payment: its serial number, moment, amount and kind of fee, with neither order nor waybill. The charges
are of the account, positive as `支出金额` writes them; what is given back is negative.

Rules: `formats.md` 5. Only an empty template was at hand.
"""

from typing import Final

from tieout.model import CourierCharge
from tieout.sources._amounts import Amount
from tieout.sources._courier_words import charged_by_words
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="cainiao",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    columns=(
        Key("支付流水号", to="bill_no"),
        Amount("支出金额", to="amount"),
        Text("费用项", to="description", needed=True),
        Text("支出时间", to="_spent_at"),
    ),
    by_line=True,
    shape=charged_by_words,
)
