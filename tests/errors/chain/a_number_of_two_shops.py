from tieout.chain import Chain
from tieout.model import Order
from tieout.reconciliations import Dispatch

orders = [Order(platform="tmall", shop_id=shop, platform_order_id="1", currency="CNY") for shop in ("shop 1", "shop 2")]
Chain([Dispatch().run(orders=orders, shipments=[])]).trace("1")
