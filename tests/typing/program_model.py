"""What type checkers make of records."""

from decimal import Decimal
from typing import reveal_type

from moneyed import Money

from tieout.model import CourierCharge, Discrepancy, JournalLine, Order, Piece, Place, Voucher

charge = CourierCharge(charge_type="base", amount=Money("8.00", "CNY"))  # E: arg-type
reveal_type(charge.amount)  # T: moneyed.classes.Money
reveal_type(charge.cash_effect)  # T: moneyed.classes.Money
reveal_type(charge.leg)  # T: tieout.model.courier.Leg
reveal_type(charge.dest)  # T: tieout.model.place.Place | None
reveal_type(charge.billed_weight_g)  # T: decimal.Decimal | None
reveal_type(charge.raw)  # T: typing.Mapping[str, str]

charge.amount = Money("9.00", "CNY")  # E: misc
Piece(weight_g=500.0)  # E: arg-type
Piece(Decimal(500))  # E: call-arg
Piece(weight=Decimal(500))  # E: call-arg
Money("8.00")  # E: call-overload
Place(street="Long Road 1")  # E: call-arg
Order(platform="pdd", platform_order_id="1")  # E: call-arg

order = Order(platform="pdd", platform_order_id="1", currency="CNY")
reveal_type(order.lines)  # T: tuple[tieout.model.order.OrderLine, ...]
reveal_type(order.merchant_receivable)  # T: moneyed.classes.Money


def cause(found: Discrepancy) -> str:
    return found.cause  # E: return-value


def total(voucher: Voucher, line: JournalLine) -> Money:
    return voucher.total("CNY") + line.amount
