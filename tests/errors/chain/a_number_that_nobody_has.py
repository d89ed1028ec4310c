from tieout.chain import Chain
from tieout.model import Order
from tieout.reconciliations import Dispatch

order = Order(platform="tmall", platform_order_id="1", currency="CNY")
Chain([Dispatch().run(orders=[order], shipments=[])]).trace("2")
