from datetime import UTC, datetime

from moneyed import Money

from tieout.casebook import Actor, Casebook
from tieout.model import ChannelTransaction, Order
from tieout.reconciliations import Payments

paid = datetime(2026, 10, 5, 12, tzinfo=UTC)
order = Order(
    platform="taobao",
    shop_id="shop 1",
    platform_order_id="5116032541422009305",
    status="paid",
    currency="CNY",
    goods_amount=Money("170.00", "CNY"),
    paid_at=paid,
)
row = ChannelTransaction(
    channel="alipay",
    bill_kind="trade",
    type="交易",
    merchant_order_no="T200P5116032541422009305",
    channel_txn_id="2026100522001",
    amount=Money("160.00", "CNY"),
    occurred_at=paid,
)
li = Actor("li", roles=["platform_ops"])
with Casebook("sqlite://") as cases:
    [case_id] = cases.run(Payments(), actor=li, orders=[order], transactions=[row]).opened
    cases.start(case_id, actor=li)
    cases.start(case_id, actor=li)
