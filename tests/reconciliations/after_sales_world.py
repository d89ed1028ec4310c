"""Books of after-sales, written story by story with known faults: orders, cases, refunds, bills, the books, parcels, stock."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

from _records import at, yuan
from _suite import World

from tieout.model import (
    ChannelTransaction,
    Discount,
    Order,
    OrderLine,
    Payment,
    Refund,
    Return,
    SettlementLine,
    Shipment,
    ShipmentLine,
    StockMovement,
)
from tieout.reconciliations import AfterSales

AS_OF = dt.date(2026, 10, 31)
ARRIVALS = (dt.date(2026, 10, 12), AS_OF)
SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 1"))
SIDES = (
    "refunds",
    "returns",
    "transactions",
    "lines",
    "erp_refunds",
    "erp_returns",
    "orders",
    "erp_orders",
    "shipments",
    "movements",
)


def day_of(number):
    """A day of October; 0 and below are days of September."""
    return dt.date(2026, 10, 1) + dt.timedelta(days=number - 1)


def order(number, minor, *, day=1, shop=SHOPS[0], code="CNY", channels=("alipay",), shipped=True, **fields):
    """An order of one article, paid in equal parts by its channels, shipped the day after and signed two days later."""
    parts = [minor // len(channels)] * (len(channels) - 1)
    payments = tuple(
        Payment(channel=channel, amount=yuan(part, code), paid_at=at(day_of(day)))
        for channel, part in zip(channels, [*parts, minor - sum(parts)], strict=True)
    )
    moments = {"shipped_at": at(day_of(day + 1)), "signed_at": at(day_of(day + 3))} if shipped else {}
    told = {
        "status": "completed" if shipped else "closed",
        "paid_at": at(day_of(day)),
        "lines": (
            OrderLine(
                platform_sub_order_id=f"{number}-1",
                quantity=Decimal(1),
                unit_price=yuan(minor, code),
                line_paid=yuan(minor, code),
            ),
        ),
        "payments": payments,
        **moments,
        **fields,
    }
    return Order(platform=shop[0], shop_id=shop[1], platform_order_id=number, currency=code, **told)


def case(number, of, kind="refund_only", *, day=5, shop=SHOPS[0], status="refunded", **fields):
    told = {"stage": "after_receipt", "applied_at": at(day_of(day)), "approved_at": at(day_of(day)), **fields}
    return Return(
        platform=shop[0], shop_id=shop[1], return_id=number, platform_order_id=of, kind=kind, status=status, **told
    )


def refund(number, of, minor, *, day=6, shop=SHOPS[0], code="CNY", status="succeeded", **fields):
    told = {"applied_at": at(day_of(day - 1)), "approved_at": at(day_of(day)), "channel": "alipay", **fields}
    if status == "succeeded":
        told.setdefault("succeeded_at", at(day_of(day)))
        told.setdefault("amount_approved", yuan(minor, code))
    else:
        told.setdefault("amount_requested", yuan(minor, code))
    amount = yuan(minor if status == "succeeded" else 0, code)
    return Refund(
        platform=shop[0], shop_id=shop[1], refund_id=number, platform_order_id=of, amount=amount, status=status, **told
    )


def bill(number, of, minor, *, day=6, channel="alipay", code="CNY", **fields):
    """A row of a channel's bill that gives an amount back."""
    return ChannelTransaction(
        channel=channel,
        bill_kind="trade",
        type="退款",
        merchant_order_no=of,
        channel_txn_id=f"T{number}",
        channel_refund_id=number,
        amount=yuan(-minor, code),
        occurred_at=None if day is None else at(day_of(day)),
        **fields,
    )


def line(number, of, minor, *, day=6, shop=SHOPS[0], kind="sale_refund", refund_id=None, code="CNY"):
    return SettlementLine(
        platform=shop[0],
        shop_id=shop[1],
        line_id=number,
        type=kind,
        platform_order_id=of,
        refund_id=refund_id,
        posted_at=at(day_of(day)),
        amount=yuan(minor, code),
    )


def parcel(number, of, *, day=2, shop=SHOPS[0], direction="outbound", **fields):
    told = {"shipped_at": at(day_of(day)), **fields}
    lines = (ShipmentLine(platform_order_id=of, quantity=Decimal(1)),) if of else ()
    return Shipment(carrier="sf", tracking_no=number, shop_id=shop[1], direction=direction, lines=lines, **told)


def movement(number, of=None, *, day=8, kind="return_in", return_id=None, tracking_no=None):
    return StockMovement(
        movement_id=number,
        type=kind,
        warehouse="W1",
        sku="A",
        quantity=Decimal(1),
        platform_order_id=of,
        return_id=return_id,
        tracking_no=tracking_no,
        occurred_at=at(day_of(day)),
    )


class Books:
    """Books that are written story by story, each with orders and amounts of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.sides = {name: [] for name in SIDES}
        self.arrives = {name: [] for name in SIDES}
        self.planted = []
        self.count = 0

    def world(self):
        return World(
            reconciliation=AfterSales(as_of=AS_OF, commission_back=("taobao",)),
            sides=self.sides,
            arrives=self.arrives,
            planted=self.planted,
            named_by=("refund_id", "return_id", "tracking_no", "channel_txn_id", "platform_order_id"),
        )

    def add(self, side, record, day=1):
        self.sides[side].append(record)
        self.arrives[side].append(next(arrival for arrival in ARRIVALS if day_of(day) <= arrival))

    def plant(self, kind, name, minor=0):
        prefix = "" if kind.startswith(("general.", "data.")) else "aftersale."
        self.planted.append((prefix + kind, name, minor))

    def sold(self, *, parcels=True, shop=None, **fields):
        self.count += 1
        number, minor = f"A{self.count:04}", self.dice.randint(5_000, 90_000)
        day, shop = self.dice.randint(1, 5), shop or self.dice.choice(SHOPS)
        self.add("orders", order(number, minor, day=day, shop=shop, **fields), day)
        if parcels and fields.get("shipped", True):
            self.add("shipments", parcel(f"SF{number}", number, day=day + 1, shop=shop), day + 1)
        return SimpleNamespace(number=number, minor=minor, day=day, shop=shop, case=f"C{number}", refund=f"R{number}")

    def open(self, sale, kind="refund_only", *, name=None, booked=True, day=None, **fields):
        day = sale.day + 4 if day is None else day
        made = case(name or sale.case, sale.number, kind, day=day, shop=sale.shop, **fields)
        self.add("returns", made, day)
        if booked:
            self.add("erp_returns", made, day)

    def refund(self, sale, minor=None, *, name=None, case=..., booked=True, day=None, **fields):
        day = sale.day + 5 if day is None else day
        name, minor = name or sale.refund, sale.minor if minor is None else minor
        of_case = sale.case if case is ... else case
        made = refund(name, sale.number, minor, day=day, shop=sale.shop, return_id=of_case, **fields)
        self.add("refunds", made, day)
        if booked:
            self.add("erp_refunds", made, day)
        return day

    def pay(self, sale, minor=None, *, name=None, day=None, **fields):
        day = sale.day + 5 if day is None else day
        self.add(
            "transactions",
            bill(name or sale.refund, sale.number, sale.minor if minor is None else minor, day=day, **fields),
            day,
        )

    def back(self, sale, day=None, **fields):
        day = sale.day + 5 if day is None else day
        self.add("movements", movement(f"M{sale.number}", sale.number, day=day, return_id=sale.case, **fields), day)

    def refunded(self, kind="refund_only", minor=None, *, sale=None, back=False, of_case=None, **order_fields):
        """A whole case: sold, applied for, refunded, paid, booked."""
        sale = sale or self.sold(**order_fields)
        self.open(sale, kind, **(of_case or {}))
        self.refund(sale, minor)
        self.pay(sale, minor)
        if back:
            self.back(sale)
        return sale

    # What agrees, one story for each row of the matrix and more

    def money_without_goods(self):
        self.refunded()

    def cancelled_before_shipment(self):
        self.refunded(shipped=False, of_case={"stage": "before_shipment"})

    def goods_and_money(self):
        self.refunded("return_refund", back=True)

    def goods_of_bad_quality(self):
        self.refunded("return_refund", back=True, of_case={"freight_bearer": "merchant"})

    def part_of_the_price(self):
        self.refunded("price_adjust", self.dice.randint(100, 4000))

    def compensated_beyond_the_price(self):
        self.refunded("compensation", 100_000)

    def stopped_on_the_way(self):
        self.refunded(self.dice.choice(("intercept", "rejected")), back=True)

    def rejected_at_the_door(self):
        sale = self.sold(is_cod=True, payments=(), channels=("cod",))
        self.open(sale, "rejected", status="cancelled")
        self.back(sale)

    def exchanged(self):
        sale = self.sold()
        self.open(sale, "exchange", status="exchanged", exchange_tracking_no=f"EX{sale.number}")
        self.back(sale)
        self.add("shipments", parcel(f"EX{sale.number}", sale.number, day=10, shop=sale.shop, direction="exchange"), 10)

    def exchanged_for_something_cheaper(self):
        sale = self.refunded("exchange", 1000, back=True, of_case={"status": "exchanged"})
        self.add("shipments", parcel(f"EX{sale.number}", sale.number, day=10, shop=sale.shop, direction="exchange"), 10)

    def sent_again(self):
        sale = self.sold()
        self.open(sale, "reship", status="exchanged")
        self.add("shipments", parcel(f"RE{sale.number}", sale.number, day=9, shop=sale.shop, direction="reship"), 9)

    def repaired(self):
        sale = self.sold()
        self.open(sale, "repair", status="repaired")
        self.back(sale, kind="repair_in")
        out = movement(f"O{sale.number}", sale.number, day=15, kind="repair_out", return_id=sale.case)
        self.add("movements", out, 15)

    def lost_and_refunded(self):
        self.refunded("lost")

    def lost_and_sent_again(self):
        sale = self.sold()
        self.open(sale, "lost", status="exchanged")
        self.add("shipments", parcel(f"RE{sale.number}", sale.number, day=9, shop=sale.shop, direction="reship"), 9)

    def paid_back_as_it_was_paid(self):
        sale = self.sold(channels=("alipay", "card"))
        self.open(sale)
        self.refund(sale, channel=None)
        half = sale.minor // 2
        self.pay(sale, half)
        self.pay(sale, sale.minor - half, name=f"K{sale.number}", channel="card", day=sale.day + 9)

    def changed_before_it_was_paid(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, 3000, version="1", status="requested", day=sale.day + 4, booked=False)
        self.refund(sale, 2000, version="2")
        self.pay(sale, 2000)

    def withdrawn_by_the_buyer(self):
        sale = self.sold()
        self.open(sale, status="cancelled")
        self.refund(sale, version="1", status="requested", booked=False)
        self.refund(sale, version="2", status="closed", booked=False, day=sale.day + 6)

    def not_due_yet(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, day=31, approved_at=at(day_of(30)), booked=False)

    def agreed_yesterday(self):
        sale = self.sold()
        self.open(sale, status="refunding")
        self.refund(sale, day=30, status="approved", booked=False)

    def a_card_takes_a_week(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, day=25, channel="card")

    def settled_by_the_platform(self):
        sale = self.sold()
        self.open(sale)
        day = self.refund(sale)
        named = sale.refund if self.dice.random() < 0.5 else None
        self.add(
            "lines", line(f"L{sale.number}", sale.number, -sale.minor, day=day, shop=sale.shop, refund_id=named), day
        )

    def on_a_bill_and_in_the_settlement(self):
        sale = self.refunded()
        self.add("lines", line(f"L{sale.number}", sale.number, -sale.minor, day=12, shop=sale.shop), 12)

    def a_cent_off(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale)
        self.pay(sale, sale.minor + self.dice.choice((-1, 1)))

    def one_number_in_two_shops(self):
        sale = self.refunded(shop=SHOPS[0])
        other = SimpleNamespace(
            **{**vars(sale), "shop": SHOPS[1], "minor": sale.minor + 700, "refund": f"W{sale.number}"}
        )
        self.add("orders", order(sale.number, other.minor, day=sale.day, shop=SHOPS[1]), sale.day)
        self.add("shipments", parcel(f"PD{sale.number}", sale.number, day=2, shop=SHOPS[1]), 2)
        self.open(other)
        self.refund(other)
        day = sale.day + 5
        settled = line(f"P{sale.number}", sale.number, -other.minor, day=day, shop=SHOPS[1], refund_id=other.refund)
        self.add("lines", settled, day)

    # Money that is not as it should be

    def never_arrived(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale)
        self.plant("refund_not_arrived", sale.refund, -sale.minor)

    def one_channel_of_two_never_paid(self):
        sale = self.sold(channels=("alipay", "card"))
        self.open(sale)
        self.refund(sale, channel=None)
        self.pay(sale, sale.minor // 2)
        self.plant("refund_not_arrived", sale.refund, sale.minor // 2 - sale.minor)

    def agreed_and_never_paid(self):
        sale = self.sold()
        self.open(sale, status="refunding")
        self.refund(sale, status=self.dice.choice(("approved", "processing", "failed")), booked=False)
        self.plant("refund_delayed", sale.refund, -sale.minor)

    def agreed_and_paid_late(self):
        sale = self.sold()
        self.open(sale)
        day = self.refund(sale, day=sale.day + 10, approved_at=at(day_of(sale.day + 5)))
        self.pay(sale, day=day)
        self.plant("refund_delayed", sale.refund)

    def another_amount_by_the_channel(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale)
        self.pay(sale, sale.minor - 500)
        self.plant("refund_amount_mismatch", sale.refund, -500)

    def another_amount_in_the_books(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, 4000, version="1", status="requested", day=sale.day + 4, booked=False)
        self.refund(sale, 3000, version="2", booked=False)
        self.pay(sale, 3000)
        self.add("erp_refunds", refund(sale.refund, sale.number, 4000, day=sale.day + 5, shop=sale.shop), sale.day + 5)
        self.plant("refund_amount_mismatch", sale.refund, 1000)

    def another_amount_than_agreed(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, sale.minor - 300, amount_approved=yuan(sale.minor))
        self.pay(sale, sale.minor - 300)
        self.plant("refund_amount_mismatch", sale.refund)

    def more_than_was_paid(self):
        sale = self.refunded(minor=None)
        self.open(sale, "price_adjust", name=f"D{sale.number}")
        self.refund(sale, 900, name=f"Q{sale.number}", case=f"D{sale.number}", day=sale.day + 6)
        self.pay(sale, 900, name=f"Q{sale.number}", day=sale.day + 6)
        self.plant("refund_exceeds_paid", f"Q{sale.number}", 900)

    def more_than_was_paid_and_stopped(self):
        sale = self.refunded()
        self.open(sale, "price_adjust", name=f"D{sale.number}", status="refunding")
        self.refund(sale, 900, name=f"Q{sale.number}", case=f"D{sale.number}", status="approved", booked=False)
        self.plant("refund_exceeds_paid", f"Q{sale.number}")

    def paid_twice_by_the_channel(self):
        sale = self.refunded()
        self.pay(sale, name=f"Z{sale.number}", day=sale.day + 6)
        self.plant("refund_duplicated", f"TZ{sale.number}", sale.minor)

    def refunded_twice_by_the_platform(self):
        sale = self.refunded()
        self.refund(sale, name=f"S{sale.number}", day=sale.day + 6)
        self.pay(sale, name=f"S{sale.number}", day=sale.day + 6)
        self.plant("refund_duplicated", f"S{sale.number}", sale.minor)

    def alike_within_what_was_paid(self):
        sale = self.refunded(minor=1000)
        self.refund(sale, 1000, name=f"S{sale.number}", day=sale.day + 6)
        self.pay(sale, 1000, name=f"S{sale.number}", day=sale.day + 6)
        self.plant("refund_duplicated", f"S{sale.number}")

    def money_for_what_is_sent_again(self):
        sale = self.refunded("reship", 2000, of_case={"status": "exchanged"})
        self.add("shipments", parcel(f"RE{sale.number}", sale.number, day=9, shop=sale.shop, direction="reship"), 9)
        self.plant("refund_unexpected", sale.refund, 2000)

    def refused_and_refunded(self):
        sale = self.refunded(of_case={"status": "rejected"})
        self.plant("return_rejected_but_refunded", sale.refund, sale.minor)

    def no_case_at_all(self):
        sale = self.sold()
        self.refund(sale, case=None)
        self.pay(sale)
        self.plant("refund_without_case", sale.refund)

    def nothing_but_a_payment(self):
        sale = self.sold()
        self.pay(sale)
        self.plant("refund_without_case", f"T{sale.refund}", sale.minor)

    def closed_and_paid(self):
        sale = self.sold()
        self.open(sale, status="applied", approved_at=None)
        self.refund(sale, status="closed", booked=False)
        self.pay(sale)
        self.plant("status_conflict", sale.refund, sale.minor)

    def bill_and_settlement_disagree(self):
        sale = self.refunded()
        settled = line(f"L{sale.number}", sale.number, 200 - sale.minor, day=12, shop=sale.shop, refund_id=sale.refund)
        self.add("lines", settled, 12)
        self.plant("refund_amount_mismatch", sale.refund)

    # Cases that lack something, or have too much

    def refunded_before_the_goods_came(self):
        sale = self.refunded("return_refund")
        self.plant("refund_without_return", sale.case)

    def goods_and_no_money(self):
        sale = self.sold()
        self.open(sale, "return_refund", status="received")
        self.back(sale)
        self.plant("return_without_refund", sale.case)

    def agreed_and_no_refund_made(self):
        sale = self.sold()
        self.open(sale, status="approved")
        self.plant("refund_delayed", sale.case)

    def never_left(self):
        sale = self.refunded(shipped=False, status="paid")
        self.plant("outbound_missing", sale.case)

    def cancelled_and_sent(self):
        sale = self.refunded(of_case={"stage": "before_shipment"})
        self.plant("outbound_unexpected", sale.case)

    def came_back_unasked(self):
        sale = self.refunded(back=True)
        self.plant("inbound_unexpected", sale.case)

    def exchange_forgotten(self):
        sale = self.sold()
        self.open(sale, "exchange", status="received")
        self.back(sale)
        self.plant("exchange_not_shipped", sale.case)

    def reship_forgotten(self):
        sale = self.sold()
        self.open(sale, "reship", status="approved")
        self.plant("reship_not_shipped", sale.case)

    def sent_again_by_nobodys_wish(self):
        sale = self.sold()
        self.add("shipments", parcel(f"RE{sale.number}", sale.number, day=9, shop=sale.shop, direction="reship"), 9)
        self.plant("reship_without_case", f"RE{sale.number}")

    def repair_forgotten(self):
        sale = self.sold()
        self.open(sale, "repair", status="repairing")
        self.back(sale, kind="repair_in")
        self.plant("repair_overdue", sale.case)

    def lost_and_forgotten(self):
        sale = self.sold()
        self.open(sale, "lost", status="approved")
        self.plant("lost_not_settled", sale.case)

    def way_back_paid_twice(self):
        sale = self.refunded("return_refund", back=True, of_case={"freight_bearer": "insurance"})
        self.open(sale, "freight_compensation", name=f"F{sale.number}")
        self.refund(sale, 800, name=f"G{sale.number}", case=f"F{sale.number}")
        self.pay(sale, 800, name=f"G{sale.number}")
        self.plant("double_return_freight", sale.case)

    def way_back_inside_the_refund(self):
        sale = self.sold()
        self.add("lines", line(f"I{sale.number}", sale.number, -50, shop=sale.shop, kind="freight_insurance"), 6)
        self.open(sale, "return_refund")
        self.back(sale)
        self.refund(sale, freight=yuan(800))
        self.pay(sale)
        self.plant("double_return_freight", sale.case)

    def late_by_weeks(self):
        sale = self.sold()
        self.open(sale, "return_refund", day=sale.day + 20)
        self.refund(sale, day=sale.day + 20)
        self.pay(sale, day=sale.day + 20)
        self.back(sale, day=sale.day + 21)
        self.plant("late_application", sale.case)

    def nobody_approved(self):
        sale = self.refunded(of_case={"approved_at": None})
        self.plant("general.evidence_missing", sale.case)

    def in_a_circle(self):
        sale = self.sold()
        for name, old, new in (("U", "X", "Y"), ("V", "Y", "X")):
            made = {"outbound_tracking_no": f"{old}{sale.number}", "exchange_tracking_no": f"{new}{sale.number}"}
            self.open(sale, "reship", name=f"{name}{sale.number}", status="exchanged", **made)
            again = parcel(f"{old}{sale.number}", sale.number, day=9, shop=sale.shop, direction="reship")
            self.add("shipments", again, 9)
            self.plant("data.reship_cycle", f"{name}{sale.number}")

    def order_not_there(self):
        self.count += 1
        sale = SimpleNamespace(
            number=f"N{self.count:04}",
            minor=4000,
            day=3,
            shop=SHOPS[0],
            case=f"CN{self.count}",
            refund=f"RN{self.count}",
        )
        self.add("shipments", parcel(f"SF{sale.number}", sale.number, shop=sale.shop))
        self.refunded(sale=sale)
        self.plant("data.order_missing", sale.case)
        self.plant("data.order_missing", sale.refund)

    def less_than_nothing(self):
        sale = self.sold()
        self.open(sale, status="applied", approved_at=None)
        self.refund(sale, -2000, booked=False)
        self.plant("data.amount_negative", sale.refund)

    # The books

    def not_booked(self):
        sale = self.sold()
        self.open(sale)
        self.refund(sale, booked=False)
        self.pay(sale)
        self.plant("missing_in_erp", sale.refund, -sale.minor)

    def case_not_booked(self):
        sale = self.sold()
        self.open(sale, booked=False)
        self.refund(sale)
        self.pay(sale)
        self.plant("missing_in_erp", sale.case)

    def booked_alone(self):
        sale = self.sold()
        self.add("erp_refunds", refund(sale.refund, sale.number, 1500, day=9, shop=sale.shop), 9)
        self.add("erp_returns", case(sale.case, sale.number, day=9, shop=sale.shop), 9)
        self.plant("extra_in_erp", sale.refund, 1500)
        self.plant("extra_in_erp", sale.case)

    def booked_in_the_next_month(self):
        sale = self.sold(shipped=True)
        self.open(sale, day=-3)
        self.refund(sale, day=0, booked=False)
        self.pay(sale, day=0)
        booked = refund(sale.refund, sale.number, sale.minor, day=2, shop=sale.shop)
        self.add("erp_refunds", booked, 2)
        self.plant("period_mismatch", sale.refund)

    def still_open_in_the_books(self):
        sale = self.sold()
        self.open(sale, booked=False)
        self.add("erp_returns", case(sale.case, sale.number, day=9, shop=sale.shop, status="received"), 9)
        self.refund(sale, booked=False)
        self.pay(sale)
        self.add("erp_refunds", refund(sale.refund, sale.number, sale.minor, shop=sale.shop, status="approved"), 9)
        self.plant("status_conflict", sale.case)
        self.plant("status_conflict", sale.refund, -sale.minor)

    def order_still_shipped_in_the_books(self):
        sale = self.refunded()
        self.add("erp_orders", order(sale.number, sale.minor, shop=sale.shop, status="shipped"), 9)
        self.plant("status_conflict", sale.number)

    # What should have come back

    def commission_kept(self):
        sale = self.refunded(shop=SHOPS[0])
        self.add("lines", line(f"K{sale.number}", sale.number, -500, day=7, shop=sale.shop, kind="commission"), 7)
        self.add("lines", line(f"B{sale.number}", sale.number, 200, day=8, shop=sale.shop, kind="fee_refund"), 8)
        self.plant("commission_not_returned", sale.number)

    def points_kept(self):
        points = Discount(kind="points", funder="platform", amount=yuan(300))
        sale = self.sold(discounts=(points,), payments=())
        self.open(sale)
        self.refund(sale, sale.minor - 300, points_returned=yuan(100))
        self.pay(sale, sale.minor - 300)
        self.plant("points_not_returned", sale.number)

    def coupons_kept(self):
        coupons = [
            Discount(kind=kind, funder="platform", amount=yuan(minor))
            for kind, minor in (("shop_coupon", 200), ("platform_coupon", 100), ("full_reduction", 50))
        ]
        sale = self.sold(discounts=tuple(coupons), payments=())
        self.open(sale)
        self.refund(sale, sale.minor - 350, coupons_returned=yuan(200))
        self.pay(sale, sale.minor - 350)
        self.plant("coupon_not_returned", sale.number)

    STORIES = (
        money_without_goods,
        cancelled_before_shipment,
        goods_and_money,
        goods_of_bad_quality,
        part_of_the_price,
        compensated_beyond_the_price,
        stopped_on_the_way,
        rejected_at_the_door,
        exchanged,
        exchanged_for_something_cheaper,
        sent_again,
        repaired,
        lost_and_refunded,
        lost_and_sent_again,
        paid_back_as_it_was_paid,
        changed_before_it_was_paid,
        withdrawn_by_the_buyer,
        not_due_yet,
        agreed_yesterday,
        a_card_takes_a_week,
        settled_by_the_platform,
        on_a_bill_and_in_the_settlement,
        a_cent_off,
        one_number_in_two_shops,
        never_arrived,
        one_channel_of_two_never_paid,
        agreed_and_never_paid,
        agreed_and_paid_late,
        another_amount_by_the_channel,
        another_amount_in_the_books,
        another_amount_than_agreed,
        more_than_was_paid,
        more_than_was_paid_and_stopped,
        paid_twice_by_the_channel,
        refunded_twice_by_the_platform,
        alike_within_what_was_paid,
        money_for_what_is_sent_again,
        refused_and_refunded,
        no_case_at_all,
        nothing_but_a_payment,
        closed_and_paid,
        bill_and_settlement_disagree,
        refunded_before_the_goods_came,
        goods_and_no_money,
        agreed_and_no_refund_made,
        never_left,
        cancelled_and_sent,
        came_back_unasked,
        exchange_forgotten,
        reship_forgotten,
        sent_again_by_nobodys_wish,
        repair_forgotten,
        lost_and_forgotten,
        way_back_paid_twice,
        way_back_inside_the_refund,
        late_by_weeks,
        nobody_approved,
        in_a_circle,
        order_not_there,
        less_than_nothing,
        not_booked,
        case_not_booked,
        booked_alone,
        booked_in_the_next_month,
        still_open_in_the_books,
        order_still_shipped_in_the_books,
        commission_kept,
        points_kept,
        coupons_kept,
    )
