"""Fees of a bonded warehouse by parcel (保税仓订单费用).

One line a parcel that a bonded warehouse in China sent for the owner of the goods (货主), its cells parted by semicolons: a fee
for handling (操作费), one for packaging (包材费) and the courier's (快递费). Each that is not zero becomes a charge of its own.
The outbound order of the owner is the order of the platform, 物流单号 the waybill; the courier is not named.

Rules: `formats.md` 5.
"""

from typing import Final

from tieout.model import CourierCharge
from tieout.sources._amounts import Charge
from tieout.sources._measures import Weight
from tieout.sources._table_format import TableFormat
from tieout.sources._times import Date
from tieout.sources._words import Key, Text, Tracking

__all__ = ["FORMAT"]

FORMAT: Final = TableFormat(
    record=CourierCharge,
    currency="CNY",
    timezone="Asia/Shanghai",
    columns=(
        Key("出库单号（货主）", to="order_id"),
        Text("收货省", to="dest.province", optional=True),
        Text("收货市", to="dest.city", optional=True),
        Text("收货区", to="dest.district", optional=True),
        Date("发运时间", to="ship_date"),
        Tracking("物流单号"),
        Weight("重量", to="billed_weight_g", unit="kg"),
        Charge("操作费", "other"),
        Charge("包材费", "packaging"),
        Charge("快递费", "base"),
    ),
    ignored=("货主", "装箱单号", "包材编码", "包材名称", "货品名称", "货品数量"),
)
