"""Tmall order report extract (天猫订单报表).

Seven columns of the order export, as a research data set has them: one order a row, without articles. 总金额 is what
the order comes to, 买家实际支付金额 what the buyer paid less what was given back (退款金额), which is checked for
orders that were paid. 收货地址 is a province in that data set, and an address elsewhere: it is read with
`keep_pii=True` alone. The file says no stage.

The file names no refund, so the refund has the order's number.

Rules: `formats.md` 3.1.
"""

from collections.abc import Iterator
from typing import Final

import attrs
import polars as pl

from tieout.proof import Check
from tieout.sources._amounts import Amount, Price
from tieout.sources._order_ties import tie_orders
from tieout.sources._orders import OrderRows, order_format
from tieout.sources._reading import Reading
from tieout.sources._times import Moment
from tieout.sources._words import Key, Text

__all__ = ["FORMAT"]

_ORDERS: Final = order_format(
    columns=(
        Key("订单编号", to="platform_order_id"),
        Price("总金额", to="goods_amount", needed=True),
        Amount("买家实际支付金额", to="_paid", needed=True),
        Text("收货地址", to="ship_to.province"),
        Moment("订单创建时间", to="created_at"),
        Moment("订单付款时间", to="paid_at"),
        Price("退款金额", to="_refund"),
    ),
    rows=OrderRows(one_row=True, refund="_refund_minor"),
    currency="CNY",
    timezone="Asia/Shanghai",
    evidence="files",
    constants={"platform": "tmall"},
)


def _checks(reading: Reading) -> Iterator[Check]:
    yield from reading.checks
    paid = reading.frame.filter(pl.col("paid_at").is_not_null())
    kept = pl.col("goods_amount_minor") - pl.col("_refund_minor").fill_null(0)
    yield tie_orders(reading, paid, "paid less given back", stated="_paid_minor", derived=kept)


FORMAT: Final = attrs.evolve(_ORDERS, checks=_checks)
