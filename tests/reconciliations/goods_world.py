"""Orders, parcels and after-sale cases of January 2026, for the leaves that follow goods."""

import datetime as dt
from decimal import Decimal

from _records import SHANGHAI
from moneyed import Money

from tieout.model import Order, OrderLine, Return, Shipment, ShipmentLine

SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 3"))


def at(day, hour=12):
    return dt.datetime(2026, 1, day, hour, tzinfo=SHANGHAI)


def article(sku="A", count=1, cost="80.00", sub=None, **more):
    return OrderLine(
        sku=sku,
        platform_sub_order_id=sub,
        quantity=Decimal(count),
        unit_price=Money("170.00", "CNY"),
        unit_cost=None if cost is None else Money(cost, "CNY"),
        **more,
    )


def order(number, day=2, *lines, status="shipped", shop=SHOPS[0], **more):
    platform, shop_id = shop
    fields = {
        "created_at": at(day, 9),
        "paid_at": None if status == "created" else at(day, 10),
        "shipped_at": at(day + 1) if status in {"shipped", "signed", "completed"} else None,
        "currency": "CNY",
    }
    return Order(
        platform=platform, shop_id=shop_id, platform_order_id=number, status=status, lines=lines, **(fields | more)
    )


def held(number, sku="A", count=1, sub=None):
    return ShipmentLine(platform_order_id=number, sku=sku, platform_sub_order_id=sub, quantity=Decimal(count))


def parcel(tracking_no, day=3, *lines, shop=SHOPS[0], **more):
    fields = {"carrier": "sf", "status": "in_transit", "shipped_at": at(day)}
    return Shipment(tracking_no=tracking_no, shop_id=shop and shop[1], lines=lines, **(fields | more))


def case(return_id, number, kind, *lines, shop=SHOPS[0], **more):
    platform, shop_id = shop
    fields = {"status": "approved", "applied_at": at(4)}
    return Return(
        return_id=return_id,
        platform=platform,
        shop_id=shop_id,
        platform_order_id=number,
        kind=kind,
        lines=lines,
        **(fields | more),
    )
