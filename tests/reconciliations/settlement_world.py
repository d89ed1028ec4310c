"""Books of orders, refunds and settlement lines, written story by story with known faults."""

import datetime as dt
from decimal import Decimal

from _records import at, yuan
from _suite import World

from tieout.model import Discount, Order, OrderLine, Refund, SettlementLine
from tieout.model import Settlement as Header
from tieout.reconciliations import FeeContract, Settlement

AS_OF = dt.date(2026, 10, 31)
DAY = dt.timedelta(days=1)
SHOPS = (("tmall", "shop 1"), ("tmall", "shop 2"), ("pdd", "shop 1"))
FEES = (
    FeeContract(platform="tmall", line_type="commission", rate=Decimal("0.05"), returned=True),
    FeeContract(platform="tmall", line_type="payment_fee", rate=Decimal("0.006")),
)


def rounded(minor, per_mille):
    """A part of an amount, half-up."""
    return (2 * minor * per_mille + 1000) // 2000


def order(number, day, paid, *, funded=0, shop=SHOPS[0], code="CNY", **fields):
    platform, shop_id = shop
    discounts = (Discount(kind="shop_coupon", funder="merchant", amount=yuan(1000, code)),)
    if funded:
        discounts += (
            Discount(kind="platform_coupon", funder="platform", amount=yuan(funded, code), settled_to_merchant=True),
        )
    goods = yuan(paid + funded + 1000, code)
    return Order(
        platform=platform,
        shop_id=shop_id,
        platform_order_id=number,
        currency=code,
        lines=(OrderLine(quantity=Decimal(1), unit_price=goods),),
        discounts=discounts,
        **{"status": "completed", "completed_at": None if day is None else at(day), **fields},
    )


def line(number, kind, minor, day, *, of=None, shop=SHOPS[0], code="CNY", **fields):
    platform, shop_id = shop
    return SettlementLine(
        platform=platform,
        shop_id=shop_id,
        line_id=number,
        type=kind,
        platform_order_id=of,
        posted_at=None if day is None else at(day),
        amount=yuan(minor, code),
        **fields,
    )


def refund(number, of, day, minor, *, shop=SHOPS[0], code="CNY", **fields):
    platform, shop_id = shop
    return Refund(
        platform=platform,
        shop_id=shop_id,
        refund_id=number,
        platform_order_id=of,
        amount=yuan(minor, code),
        **{"status": "succeeded", "succeeded_at": None if day is None else at(day), **fields},
    )


class Books:
    """Books that are written story by story, each with its own number and amount."""

    def __init__(self, dice):
        self.dice = dice
        self.sides = {"orders": [], "lines": [], "refunds": [], "settlements": []}
        self.arrives = {name: [] for name in self.sides}
        self.planted = []
        self.count = 0

    def world(self):
        return World(
            reconciliation=Settlement(as_of=AS_OF, fees=FEES),
            sides=self.sides,
            arrives=self.arrives,
            planted=self.planted,
            named_by=("line_id", "refund_id", "platform_order_id", "settlement_id"),
        )

    def put(self, side, record, day):
        self.sides[side].append(record)
        self.arrives[side].append(day)
        return record

    def number(self, letter="O"):
        self.count += 1
        return f"{letter}{self.count}"

    def day(self):
        return dt.date(2026, 10, self.dice.randint(1, 15))

    def sell(self, *, day=None, funded=0, **fields):
        """An order of an amount of its own; gives its number, day and what the buyer pays."""
        number, day = self.number(), day or self.day()
        paid = self.dice.randint(5_000, 90_000)
        self.put("orders", order(number, day, paid, funded=funded, **fields), day)
        return number, day, paid

    def book(self, kind, minor, day, **fields):
        """A settlement line; gives its number."""
        number = self.number("L")
        self.put("lines", line(number, kind, minor, day, **fields), day)
        return number

    def charge(self, of, day, receivable, **fields):
        """The fees of a shop that has a contract, rightly; and one that no contract rates."""
        self.book("commission", -rounded(receivable, 50), day, of=of, **fields)
        self.book("payment_fee", -rounded(receivable, 6), day, of=of, **fields)
        self.book("freight_insurance", -50, day, of=of, **fields)

    def settle(self, *, funded=0, **fields):
        """An order that is settled, with its subsidy and fees."""
        number, day, paid = self.sell(funded=funded, **fields)
        shop = fields.get("shop", SHOPS[0])
        self.book("sale", paid, day + DAY, of=number, shop=shop)
        if funded:
            self.book("platform_subsidy", funded, day + DAY, of=number, shop=shop)
        self.charge(number, day + DAY, paid + funded, shop=shop)
        return number, day, paid

    def plant(self, kind, name, impact):
        self.planted.append((f"settlement.{kind}" if "." not in kind else kind, name, impact))

    # stories in which nothing is wrong

    def settled(self):
        self.settle(funded=self.dice.choice((0, 2_000)), shop=self.dice.choice(SHOPS))

    def settled_in_one_line(self):
        number, day, paid = self.sell(funded=2_000, shop=SHOPS[2])
        self.book("sale", paid + 2_000, day + DAY, of=number, shop=SHOPS[2])

    def settled_with_freight_and_tax(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        self.book("sale", paid - 800, day + DAY, of=number, shop=SHOPS[2])
        self.book("shipping_income", 800, day + DAY, of=number, shop=SHOPS[2])

    def settled_a_cent_short(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        self.book("sale", paid - self.dice.choice((-1, 1)), day + DAY, of=number, shop=SHOPS[2])

    def wholly_refunded(self):
        number, day, paid = self.settle(funded=2_000)
        back = day + 3 * DAY
        self.put("refunds", refund(f"R{number}", number, back, paid), back)
        self.book("sale_refund", -paid, back, of=number, refund_id=f"R{number}")
        self.book("subsidy_clawback", -2_000, back, of=number, refund_id=f"R{number}")
        self.book("fee_refund", rounded(paid + 2_000, 50), back, of=number, refund_id=f"R{number}")

    def partly_refunded(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        back = day + 2 * DAY
        self.put("refunds", refund(f"R{number}", number, back, 1_200, shop=SHOPS[2]), back)
        self.book("sale_refund", -1_200, back, of=number, shop=SHOPS[2])

    def refunded_before_it_was_settled(self):
        number, day, paid = self.sell(funded=2_000, shop=SHOPS[2], status="closed")
        self.put("refunds", refund(f"R{number}", number, day, paid, shop=SHOPS[2]), day)

    def settled_net_of_a_refund(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        self.put("refunds", refund(f"R{number}", number, day, 700, shop=SHOPS[2]), day)
        self.book("sale", paid - 700, day + DAY, of=number, shop=SHOPS[2])

    def refund_in_two_versions(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        back = day + 2 * DAY
        self.put("refunds", refund(f"R{number}", number, back, 2_500, shop=SHOPS[2], version="2"), back)
        self.put("refunds", refund(f"R{number}", number, back, 0, shop=SHOPS[2], version="1", status="closed"), back)
        self.book("sale_refund", -2_500, back, of=number, shop=SHOPS[2])

    def closed_unpaid(self):
        self.sell(status="closed", completed_at=None)

    def not_paid(self):
        self.sell(status="created", completed_at=None)

    def on_delivery(self):
        self.sell(is_cod=True)

    def not_due(self):
        self.sell(day=AS_OF - DAY)

    def under_way(self):
        self.sell(status="shipped", completed_at=None)

    def signed_of_late(self):
        self.sell(status="signed", completed_at=None, signed_at=at(AS_OF - 5 * DAY), day=AS_OF - 5 * DAY)

    def in_part_and_not_due(self):
        number, day, _ = self.sell(day=AS_OF - DAY, shop=SHOPS[2])
        self.book("sale", 1_000, day, of=number, shop=SHOPS[2])

    def refund_of_late(self):
        number, _, _ = self.settle(shop=SHOPS[2])
        self.put("refunds", refund(f"R{number}", number, AS_OF - 2 * DAY, 900, shop=SHOPS[2]), AS_OF - 2 * DAY)

    def movements_of_the_balance(self):
        for kind, minor in (
            ("withdrawal", -50_000),
            ("transfer", 700),
            ("ad_topup", -3_000),
            ("deposit_pay", -2_000),
            ("deposit_return", 1_000),
        ):
            self.book(kind, minor, self.day(), shop=self.dice.choice(SHOPS))

    def same_number_in_two_shops(self):
        number, day, paid = self.settle(shop=SHOPS[0])
        other = self.put("orders", order(number, day, paid + 11, shop=SHOPS[1]), day)
        self.book("sale", paid + 11, day + DAY, of=other.platform_order_id, shop=SHOPS[1])
        self.charge(number, day + DAY, paid + 11, shop=SHOPS[1])

    def lines_that_say_no_shop(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        self.book("sale", paid, day + DAY, of=number, shop=(None, None))

    def penalty_for_an_order(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        self.book("penalty", -300, day, of=number, shop=SHOPS[2])

    # stories with a fault

    def missing(self):
        number, _, paid = self.sell(funded=1_500)
        self.plant("order_missing", number, -(paid + 1_500))

    def late(self):
        number, _, paid = self.sell(day=AS_OF - 5 * DAY)
        self.plant("order_missing", number, -paid)

    def unknown_order(self):
        number = self.number("X")
        self.book("sale", 7_700, self.day(), of=number)
        self.plant("order_unknown", number, 7_700)

    def order_of_nobody(self):
        line_id = self.book("sale", 4_400, self.day())
        self.plant("order_unknown", line_id, 4_400)

    def fee_of_an_unknown_order(self):
        number = self.number("X")
        self.book("commission", -77, self.day(), of=number)
        self.plant("order_unknown", number, 0)

    def too_much(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        off = self.dice.choice((-2_500, 900, 2))
        self.book("sale", paid + off, day + DAY, of=number, shop=SHOPS[2])
        self.plant("amount_mismatch", number, off)

    def other_currency(self):
        number, day, paid = self.sell(shop=SHOPS[2])
        self.book("sale", paid // 7, day + DAY, of=number, shop=SHOPS[2], code="USD")
        self.plant("currency_mismatch", number, -paid)
        self.plant("currency_mismatch", number, paid // 7)

    def wrong_rate(self):
        number, day, paid = self.sell()
        self.book("sale", paid, day + DAY, of=number)
        self.book("commission", -rounded(paid, 55), day + DAY, of=number)
        self.book("payment_fee", -rounded(paid, 6), day + DAY, of=number)
        self.plant("commission_rate_wrong", number, rounded(paid, 50) - rounded(paid, 55))

    def fee_not_charged(self):
        number, day, paid = self.sell()
        self.book("sale", paid, day + DAY, of=number)
        self.book("payment_fee", -rounded(paid, 6), day + DAY, of=number)
        self.plant("commission_rate_wrong", number, rounded(paid, 50))

    def unknown_fee(self):
        line_id = self.book("unknown", -123, self.day())
        self.plant("fee_unknown", line_id, -123)

    def fee_kept(self):
        number, day, paid = self.settle()
        back = day + 3 * DAY
        self.put("refunds", refund(f"R{number}", number, back, paid), back)
        self.book("sale_refund", -paid, back, of=number, refund_id=f"R{number}")
        self.plant("fee_not_refunded", number, -rounded(paid, 50))

    def fee_twice(self):
        number, day, paid = self.settle()
        self.book("commission", -rounded(paid, 50), day + 2 * DAY, of=number)
        self.plant("fee_duplicated", number, -rounded(paid, 50))

    def unrated_fee_twice(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        self.book("freight_insurance", -50, day + 2 * DAY, of=number, shop=SHOPS[2])
        self.plant("fee_duplicated", number, -50)

    def no_subsidy(self):
        number, day, paid = self.sell(funded=2_000, shop=SHOPS[2])
        self.book("sale", paid, day + DAY, of=number, shop=SHOPS[2])
        self.plant("subsidy_missing", number, -2_000)

    def subsidy_short(self):
        number, day, paid = self.sell(funded=2_000, shop=SHOPS[2])
        self.book("sale", paid, day + DAY, of=number, shop=SHOPS[2])
        self.book("platform_subsidy", 1_500, day + DAY, of=number, shop=SHOPS[2])
        self.plant("subsidy_mismatch", number, -500)

    def too_much_taken_back(self):
        number, day, _ = self.settle(funded=2_000, shop=SHOPS[2])
        back = day + 2 * DAY
        self.put(
            "refunds",
            refund(f"R{number}", number, back, 2_000, shop=SHOPS[2], platform_subsidy_clawback=yuan(300)),
            back,
        )
        self.book("sale_refund", -2_000, back, of=number, shop=SHOPS[2])
        self.book("subsidy_clawback", -900, back, of=number, shop=SHOPS[2])
        self.plant("subsidy_mismatch", number, -600)

    def refund_not_taken(self):
        number, day, paid = self.settle(funded=2_000, shop=SHOPS[2])
        self.put("refunds", refund(f"R{number}", number, day, paid, shop=SHOPS[2]), day)
        self.plant("refund_missing", number, paid + 2_000)

    def refund_taken_twice(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        back = day + 2 * DAY
        self.put("refunds", refund(f"R{number}", number, back, 1_100, shop=SHOPS[2]), back)
        for _ in range(2):
            self.book("sale_refund", -1_100, back, of=number, shop=SHOPS[2], refund_id=f"R{number}")
        self.plant("refund_duplicated", number, -1_100)

    def refund_on_no_record(self):
        number, day, _ = self.settle(shop=SHOPS[2])
        self.book("sale_refund", -650, day + DAY, of=number, shop=SHOPS[2])
        self.plant("amount_mismatch", number, -650)

    def penalty(self):
        line_id = self.book("penalty", -5_000, self.day())
        self.plant("penalty_unexplained", line_id, -5_000)

    def refund_of_no_order(self):
        number, day = self.number("X"), self.day()
        self.put("refunds", refund(f"R{number}", number, day, 1_300), day)
        self.plant("refund_missing", number, 1_300)
        self.plant("data.order_missing", f"R{number}", 0)

    def no_price(self):
        number, day = self.number(), self.day()
        platform, shop_id = SHOPS[2]
        nameless = Order(platform=platform, shop_id=shop_id, platform_order_id=number, currency="CNY")
        self.put("orders", nameless, day)
        self.book("sale", 900, day, of=number, shop=SHOPS[2])
        self.plant("data.amount_missing", number, 0)

    def negative_quantity(self):
        number, day = self.number(), self.day()
        platform, shop_id = SHOPS[2]
        lines = (OrderLine(quantity=Decimal(-1), unit_price=yuan(500)),)
        back = Order(
            platform=platform,
            shop_id=shop_id,
            platform_order_id=number,
            currency="CNY",
            lines=lines,
            completed_at=at(day),
        )
        self.put("orders", back, day)
        self.book("sale", -500, day, of=number, shop=SHOPS[2])
        self.plant("data.amount_negative", number, 0)

    def two_records(self):
        number, day, paid = self.settle(shop=SHOPS[2])
        self.put("orders", order(number, day - 2 * DAY, paid + 40, shop=SHOPS[2]), day)
        self.plant("data.order_conflict", number, 0)

    # headers

    def header(self, sums, **fields):
        """A settlement of a shop of its own, with lines that sum as told; gives its number and last day."""
        number, day = self.number("S"), dt.date(2026, 10, self.dice.randint(3, 15))
        shop = ("jd", f"shop {number}")
        for kind, minor in sums.items():
            self.book(kind, minor, day, shop=shop, settlement_id=number)
        given = {name: yuan(minor) for name, minor in fields.items()}
        head = Header(
            settlement_id=number,
            platform=shop[0],
            shop_id=shop[1],
            currency="CNY",
            period_start=at(day - 6 * DAY, 0),
            period_end=at(day, 23),
            **given,
        )
        self.put("settlements", head, day)
        return number, day

    def header_that_agrees(self):
        self.header(
            {
                "adjustment": 9_000,
                "ad_topup": -1_000,
                "withdrawal": -3_000,
                "reserve_hold": -2_000,
                "reserve_release": 500,
            },
            opening_balance=100,
            closing_balance=3_600,
            reserve_previous=500,
            reserve_current=2_000,
            net=6_500,
        )

    def net_off(self):
        number, _ = self.header({"adjustment": 9_000}, net=8_500)
        self.plant("total_mismatch", number, 0)

    def balance_off(self):
        number, _ = self.header({"adjustment": 9_000}, opening_balance=0, closing_balance=9_001)
        self.plant("balance_break", number, 0)

    def reserve_off(self):
        number, _ = self.header({"reserve_hold": -400, "adjustment": 5_000}, reserve_current=500)
        self.plant("reserve_mismatch", number, 0)

    def reserve_late(self):
        day = dt.date(2026, 9, self.dice.randint(1, 20))
        shop = ("jd", f"shop {self.number('H')}")
        self.book("reserve_hold", -800, day, shop=shop)
        line_id = self.book("reserve_hold", -900, day + DAY, shop=shop)
        self.book("reserve_release", 800, day + 2 * DAY, shop=shop)
        self.plant("reserve_overdue", line_id, 0)

    def out_of_period(self):
        number, day = self.header({"adjustment": 700})
        line_id = self.number("L")
        shop = ("jd", f"shop {number}")
        outside = line(line_id, "adjustment", 5, day - 9 * DAY, shop=shop, settlement_id=number)
        self.put("lines", outside, day)
        self.plant("period_mismatch", line_id, 0)

    RIGHT = (
        settled,
        settled_in_one_line,
        settled_with_freight_and_tax,
        settled_a_cent_short,
        wholly_refunded,
        partly_refunded,
        refunded_before_it_was_settled,
        settled_net_of_a_refund,
        refund_in_two_versions,
        closed_unpaid,
        not_paid,
        on_delivery,
        not_due,
        under_way,
        signed_of_late,
        in_part_and_not_due,
        refund_of_late,
        movements_of_the_balance,
        same_number_in_two_shops,
        lines_that_say_no_shop,
        penalty_for_an_order,
        header_that_agrees,
    )
    WRONG = (
        missing,
        late,
        unknown_order,
        order_of_nobody,
        fee_of_an_unknown_order,
        too_much,
        other_currency,
        wrong_rate,
        fee_not_charged,
        unknown_fee,
        fee_kept,
        fee_twice,
        unrated_fee_twice,
        no_subsidy,
        subsidy_short,
        too_much_taken_back,
        refund_not_taken,
        refund_taken_twice,
        refund_on_no_record,
        penalty,
        refund_of_no_order,
        no_price,
        negative_quantity,
        two_records,
        net_off,
        balance_off,
        reserve_off,
        reserve_late,
        out_of_period,
    )
    STORIES = (*RIGHT, *WRONG)
