"""Cainiao fees by order (菜鸟费用明细 按订单).

What Cainiao took for each fee of an order: the moment and the serial number of the payment, the order of the platform, the
waybill. Payments are charges, and stand as positive amounts; what is given back is negative. The serial number is the bill that
a charge stands on: the export by payment (`cainiao_sale_fees`) sums the same payments. The moment of payment is no day of
pickup and is not read.

Rules: `formats.md` 5. Only an empty template was at hand.
"""

from typing import Final

from tieout.model import CourierCharge
from tieout.sources._amounts import Amount
from tieout.sources._courier_words import charged_by_words
from tieout.sources._table_format import TableFormat
from tieout.sources._words import Key, Text, Tracking

__all__ = ["FORMAT"]


FORMAT: Final = TableFormat(
    record=CourierCharge,
    carrier="cainiao",
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="test rows",
    columns=(
        Key("支付流水号", to="bill_no"),
        Text("费用项", to="description", needed=True),
        Text("支付时间", to="_paid_at"),
        Amount("支付金额", to="amount"),
        Key("交易订单号", to="order_id", needed=False),
        Tracking("运单号", needed=False),
    ),
    by_line=True,
    shape=charged_by_words,
)
