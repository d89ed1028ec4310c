"""A few orders and what platforms settled of them, as the data of reports."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from moneyed import Money

from tieout.model import Order, OrderLine, Provenance, Refund, SettlementLine
from tieout.reconciliations import DueRule, DueRules, Settlement
from tieout.reports import ReportData

ZONE = ZoneInfo("Asia/Shanghai")
AT_ONCE = DueRules(DueRule(after=0, grace=2, patience=14))


def moment(day, hour=12):
    return dt.datetime.combine(day, dt.time(hour), tzinfo=ZONE)


def order(number, amount, completed, *, platform="tmall", shop="shop 1", code="CNY", **more):
    """An order of one piece that is completed on a day; its expected day is that one."""
    day = None if completed is None else moment(completed)
    return Order(
        platform=platform,
        shop_id=shop,
        platform_order_id=number,
        currency=code,
        lines=(OrderLine(quantity=Decimal(1), unit_price=Money(amount, code)),),
        provenance=Provenance(file="orders.csv", line=int(number) + 1),
        **{"completed_at": day, "paid_at": day, "shipped_at": day, **more},
    )


def settled(number, amount, day, *, kind="sale", platform="tmall", shop="shop 1", code="CNY", **more):
    """A line of a platform about an order."""
    return SettlementLine(
        platform=platform,
        shop_id=shop,
        line_id=f"{kind} {number} {amount}",
        type=kind,
        platform_order_id=number,
        posted_at=moment(day),
        amount=Money(amount, code),
        provenance=Provenance(file="settlement.csv", line=int(number) + 1),
        **more,
    )


def refund(number, amount, day, *, platform="tmall", shop="shop 1", code="CNY"):
    """A refund that succeeded."""
    return Refund(
        platform=platform,
        shop_id=shop,
        refund_id=f"R{number}",
        platform_order_id=number,
        amount=Money(amount, code),
        status="succeeded",
        succeeded_at=moment(day),
        provenance=Provenance(file="refunds.csv", line=int(number) + 1),
    )


def settlement_data(orders, lines, refunds=(), *, as_of, period=None, **settings):
    """The data of a period with one outcome, of `Settlement`."""
    outcome = Settlement(as_of=as_of, due=AT_ONCE, **settings).run(
        orders=list(orders), lines=list(lines), refunds=list(refunds)
    )
    return ReportData(
        name="Lamp House",
        period=period or f"{as_of:%Y-%m}",
        as_of=as_of,
        currency="CNY",
        outcomes=[outcome],
        proof=outcome.proof,
    )
