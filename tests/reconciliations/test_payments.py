"""Payments: orders and their payments against the bills of channels."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at, yuan
from _suite import ReconciliationSuite, World
from moneyed import Money

from tieout.errors import InputError, InvalidField
from tieout.model import ChannelTransaction, Discount, Order, OrderLine, Payment, Refund
from tieout.reconciliations import Payments
from tieout.reconciliations.payments import FeeRate
from tieout.tables import Table

AS_OF = dt.date(2026, 10, 31)
SHOPS = (("taobao", "shop 1"), ("own_site", "shop 2"))
RATES = {"wechat_pay": Decimal("0.006")}


def order(number, day, minor, shop=SHOPS[0], code="CNY", **more):
    platform, shop_id = shop
    fields = {"status": "paid", "paid_at": at(day), "created_at": at(day, 11), **more}
    return Order(
        platform=platform,
        shop_id=shop_id,
        platform_order_id=number,
        currency=code,
        goods_amount=None if minor is None else yuan(minor, code),
        **fields,
    )


def payment(number, day, minor, code="CNY", **more):
    fields = {"channel": "wechat_pay", "platform_order_id": number, **more}
    return Payment(amount=yuan(minor, code), paid_at=at(day), **fields)


def transaction(number, day, minor, code="CNY", **more):
    fields = {
        "channel": "wechat_pay",
        "bill_kind": "trade",
        "type": "SUCCESS",
        "channel_txn_id": f"42000{number}",
        **more,
    }
    return ChannelTransaction(merchant_order_no=number, amount=yuan(minor, code), occurred_at=at(day), **fields)


def refund(number, day, minor, of, shop=SHOPS[0], **more):
    platform, shop_id = shop
    fields = {"status": "succeeded", "succeeded_at": at(day), **more}
    return Refund(
        platform=platform, shop_id=shop_id, refund_id=number, platform_order_id=of, amount=yuan(minor), **fields
    )


def fee(minor, rate=Decimal("0.006")):
    part = (abs(minor) * rate).quantize(Decimal(1), rounding="ROUND_HALF_UP")
    return yuan(-int(part) if minor > 0 else int(part))


class TestPayments(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 16)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Payments(as_of=AS_OF, rates=RATES),
            sides={name: [row for row, _ in rows] for name, rows in books.sides.items()},
            arrives={name: [day for _, day in rows] for name, rows in books.sides.items()},
            planted=books.planted,
            named_by=(
                "lost",
                "platform_order_id",
                "merchant_order_no",
                "refund_id",
                "channel_txn_id",
                "channel_refund_id",
            ),
        )


class Books:
    """Books that are written story by story, each with its own number and amount."""

    def __init__(self, dice):
        self.dice = dice
        self.sides = {"orders": [], "transactions": [], "payments": [], "refunds": []}
        self.planted = []
        self.count = 0

    def put(self, side, row, day):
        self.sides[side].append((row, day))

    def new(self):
        self.count += 1
        minor = 2 ** (self.count % 20) * 10_007 + self.count * 131 + self.dice.randint(0, 9) * 1_000_003
        return f"N{self.count:06}", dt.date(2026, 10, self.dice.randint(1, 20)), minor

    def order(self, number, day, minor, **more):
        self.put("orders", order(number, day, minor, **more), day)

    def pay(self, number, day, minor, **more):
        self.put("payments", payment(number, day, minor, **more), day)

    def bill(self, number, day, minor, arrives=None, **more):
        more.setdefault("fee", fee(minor) if more.get("code", "CNY") == "CNY" else None)
        self.put("transactions", transaction(number, day, minor, **more), arrives or day + dt.timedelta(days=1))

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def paid(self):
        number, day, minor = self.new()
        self.order(number, day, minor, shop=self.dice.choice(SHOPS))
        self.bill(number, day + dt.timedelta(days=self.dice.choice((0, 1))), minor)

    def paid_by_number(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.pay(number, day, minor, payment_id=f"P{number}", channel_txn_id=f"42000{number}")
        self.bill(number, day, minor)

    def split(self):
        number, day, minor = self.new()
        wallet = minor // 3
        self.order(number, day, minor)
        for part, share in (("W", wallet), ("C", minor - wallet)):
            self.pay(
                number, day, share, payment_id=f"{part}{number}", channel_txn_id=f"99{part}{number}", channel="card"
            )
            self.bill(number, day, share, channel_txn_id=f"99{part}{number}")

    def split_without_records(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor // 3, channel_txn_id=f"W{number}")
        self.bill(number, day, minor - minor // 3, channel_txn_id=f"C{number}")

    def presale(self):
        number, day, minor = self.new()
        deposit = minor // 5
        later = day + dt.timedelta(days=5)
        parts = ((day, deposit, "deposit"), (later, minor - deposit, "balance"))
        rows = tuple(
            payment(number, on, part, phase=phase, merchant_order_no=f"{phase}{number}") for on, part, phase in parts
        )
        self.put("orders", order(number, later, minor, is_presale=True, payments=rows), later)
        for on, part, phase in parts:
            self.bill(f"{phase}{number}", on, part, arrives=later)

    def presale_open(self):
        number, day, minor = self.new()
        row = payment(number, day, minor // 5, phase="deposit", merchant_order_no=f"D{number}")
        self.put(
            "orders", order(number, day, minor, is_presale=True, payments=(row,), status="created", paid_at=None), day
        )
        self.bill(f"D{number}", day, minor // 5)
        if day + dt.timedelta(days=30) <= AS_OF:
            self.plant("order.balance_unpaid", number)

    def presale_closed(self):
        number, day, minor = self.new()
        row = payment(number, day, minor // 5, phase="deposit", merchant_order_no=f"D{number}")
        closed = {"status": "closed", "paid_at": None}
        self.put("orders", order(number, day, minor, is_presale=True, payments=(row,), **closed), day)
        self.bill(f"D{number}", day, minor // 5)
        self.plant("order.balance_unpaid", number)

    def merged(self):
        number, day, minor = self.new()
        for part, share in enumerate((minor // 4, minor - minor // 4)):
            self.order(f"{number}-{part}", day, share, merchant_order_no=f"M{number}")
        self.bill(f"M{number}", day, minor)

    def in_two_bills(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor)
        self.bill(number, day, minor, bill_kind="fund", type="交易", fee=None)
        self.bill(number, day, int(-fee(minor).amount * -100), bill_kind="fund", type="扣除交易手续费", fee=None)

    def bills_disagree(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor)
        self.bill(number, day, minor - 5, bill_kind="fund", type="交易", fee=None)
        self.plant("channel.bills_disagree", number)

    def cash_on_delivery(self):
        number, day, minor = self.new()
        self.order(number, day, minor, is_cod=True, status="shipped", paid_at=None)

    def free(self):
        number, day, _ = self.new()
        self.order(number, day, 0)

    def unpaid(self):
        number, day, minor = self.new()
        self.order(number, day, minor, status=self.dice.choice(("created", "closed")), paid_at=None)

    def a_cent_off(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor + self.dice.choice((-1, 1)))

    def order_off(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        off = self.dice.choice((-1000, 2, 300))
        self.bill(number, day, minor + off)
        self.plant("order.payment_mismatch", number, off)

    def payments_off(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.pay(number, day, minor - 1000, payment_id=f"P{number}")
        self.bill(number, day, minor - 1000)
        self.plant("order.payment_mismatch", number, -1000)

    def amount_off(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.pay(number, day, minor, payment_id=f"P{number}", channel_txn_id=f"42000{number}")
        self.bill(number, day, minor - 700)
        self.plant("channel.amount_mismatch", number, -700)

    def missing(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.plant("channel.order_paid_not_in_channel", number, -minor)

    def not_due(self):
        number, _, minor = self.new()
        self.order(number, AS_OF, minor)

    def unknown(self):
        number, day, minor = self.new()
        self.bill(number, day, minor)
        self.plant("channel.paid_not_in_orders", number, minor)

    def unknown_and_given_back(self):
        number, day, minor = self.new()
        self.bill(number, day, minor)
        self.bill(number, day, -minor, type="REFUND", channel_refund_id=f"5000{number}")

    def twice(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor, channel_txn_id=f"1st{number}")
        self.bill(number, day, minor, channel_txn_id=f"2nd{number}")
        self.plant("channel.duplicate_payment", number, minor)

    def twice_on_record(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        for nth in ("1st", "2nd"):
            self.pay(number, day, minor, payment_id=f"{nth}{number}", channel_txn_id=f"{nth}{number}")
            self.bill(number, day, minor, channel_txn_id=f"{nth}{number}")
        self.plant("channel.duplicate_payment", number, minor)

    def twice_and_given_back(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        for nth in ("1st", "2nd"):
            self.bill(number, day, minor, channel_txn_id=f"{nth}{number}")
        back = self.dice.choice(("1st", "2nd"))
        self.bill(number, day, -minor, type="REFUND", channel_txn_id=f"{back}{number}", channel_refund_id=f"R{number}")

    def paid_while_unpaid(self):
        number, day, minor = self.new()
        state = self.dice.choice(({"status": "created"}, {"status": "closed"}, {"status": "shipped", "is_cod": True}))
        self.order(number, day, minor, paid_at=None, **state)
        self.bill(number, day, minor)
        self.plant("channel.status_mismatch", number, minor)

    def failed_on_the_channel(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor, status=self.dice.choice(("FAILED", "交易关闭", "pending")))
        self.plant("channel.status_mismatch", number, -minor)

    def failed_by_our_record(self):
        number, day, minor = self.new()
        self.order(number, day, minor, status="created", paid_at=None)
        self.pay(number, day, minor, payment_id=f"P{number}", channel_txn_id=f"42000{number}", status="支付失败")
        self.bill(number, day, minor)
        self.plant("channel.status_mismatch", number, minor)

    def fee_off(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        off = int(fee(minor).amount * 100) * 2 - 7
        self.bill(number, day, minor, fee=yuan(off))
        self.plant("channel.fee_mismatch", number, off - int(fee(minor).amount * 100))

    def on_another_day(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day + dt.timedelta(days=2), minor)
        self.plant("channel.period_mismatch", number)

    def another_currency(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor // 7, code="USD")
        self.planted += [
            ("channel.currency_mismatch", number, -minor),
            ("channel.currency_mismatch", number, minor // 7),
        ]

    def payment_without_order(self):
        number, day, minor = self.new()
        self.pay(number, day, minor, payment_id=f"P{number}")
        self.bill(number, day, minor)
        self.plant("order.payment_without_order", number, minor)

    def refunded(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor)
        for nth, share in enumerate((minor // 3, minor // 4)):
            name = {"channel_refund_id": f"5{nth}{number}"}
            known = self.dice.choice((name, {}))
            self.put("refunds", refund(f"R{nth}{number}", day, share, number, **known), day)
            self.bill(number, day + dt.timedelta(days=nth), -share, type="REFUND", **name)

    def refund_missing(self):
        number, day, minor = self.new()
        day = dt.date(2026, 10, self.dice.randint(1, 20))
        self.put("refunds", refund(f"R{number}", day, minor, number), day)
        self.plant("channel.refund_missing", number, minor)

    def refund_in_transit(self):
        number, _, minor = self.new()
        self.put("refunds", refund(f"R{number}", dt.date(2026, 10, 28), minor, number), dt.date(2026, 10, 28))

    def refund_unknown(self):
        number, day, minor = self.new()
        self.order(number, day, minor)
        self.bill(number, day, minor)
        self.bill(number, day, -700, type="REFUND", channel_refund_id=f"5{number}")
        self.plant("channel.refund_unknown", number, -700)

    def refund_off(self):
        number, day, minor = self.new()
        self.put("refunds", refund(f"R{number}", day, minor, number, channel_refund_id=f"5{number}"), day)
        self.bill(number, day, 500 - minor, type="REFUND", channel_refund_id=f"5{number}")
        self.plant("channel.amount_mismatch", number, 500)

    def no_amount(self):
        number, day, _ = self.new()
        self.order(number, day, None)
        self.plant("data.amount_missing", number)

    def negative(self):
        number, day, minor = self.new()
        self.order(number, day, -minor)
        self.plant("data.amount_negative", number)

    def digits_lost(self):
        _, day, minor = self.new()
        lost = f"4.2000123{self.count:04}E+27"
        self.bill(lost, day, minor)
        self.plant("channel.paid_not_in_orders", lost, minor)
        self.plant("data.id_precision_lost", lost)

    STORIES = (
        paid,
        paid_by_number,
        split,
        split_without_records,
        presale,
        presale_open,
        presale_closed,
        merged,
        in_two_bills,
        bills_disagree,
        cash_on_delivery,
        free,
        unpaid,
        a_cent_off,
        order_off,
        payments_off,
        amount_off,
        missing,
        not_due,
        unknown,
        unknown_and_given_back,
        twice,
        twice_on_record,
        twice_and_given_back,
        paid_while_unpaid,
        failed_on_the_channel,
        failed_by_our_record,
        fee_off,
        on_another_day,
        another_currency,
        payment_without_order,
        refunded,
        refund_missing,
        refund_in_transit,
        refund_unknown,
        refund_off,
        no_amount,
        negative,
        digits_lost,
    )


def run(reconciliation=None, **sides):
    return (reconciliation or Payments(as_of=AS_OF)).run(**{"orders": [], "transactions": [], **sides})


def found(outcome):
    return sorted((one.type, str(one.impact.amount)) for one in outcome.discrepancies)


DAY = dt.date(2026, 10, 5)


def test_an_order_of_170_that_the_channel_has_with_160_is_ten_short():
    outcome = run(orders=[order("A", DAY, 17000)], transactions=[transaction("A", DAY, 16000)])

    assert [("order.payment_mismatch", "-10.00")] == found(outcome)
    assert outcome.proof.holds


def test_an_order_paid_100_by_wallet_and_70_by_card_agrees():
    parts = [payment("A", DAY, 10000, payment_id="W"), payment("A", DAY, 7000, payment_id="C", channel="card")]
    rows = [
        transaction("A", DAY, 10000, channel_txn_id="1"),
        transaction("A", DAY, 7000, channel_txn_id="2", channel="stripe"),
    ]

    outcome = run(orders=[order("A", DAY, 17000)], payments=parts, transactions=rows)

    assert [] == found(outcome)
    assert ["agreed"] * 2 == outcome.records["payments"]["verdict"].to_list()


def test_the_taobao_number_inside_the_sent_one_names_the_order():
    bill = transaction("T200P5116032541422009305", DAY, 17000)

    outcome = run(orders=[order("5116032541422009305", DAY, 17000)], transactions=[bill])

    assert [] == found(outcome)
    assert [(0, 0)] == outcome.matches.select("left", "right").rows()


def test_a_fee_two_cents_off_is_tolerated_and_three_are_not():
    rows = [transaction(name, DAY, 1000, fee=yuan(minor)) for name, minor in (("A", -8), ("B", -9))]
    orders = [order(name, DAY, 1000) for name in ("A", "B")]

    outcome = run(Payments(as_of=AS_OF, rates=RATES), orders=orders, transactions=rows)

    assert [("channel.fee_mismatch", "-0.03")] == found(outcome)
    assert -2 == outcome.totals["absorbed by tolerance", "CNY"]


def test_a_fee_is_half_up_and_given_back_with_a_refund():
    rows = [
        transaction("A", DAY, 250, fee=yuan(-2)),
        transaction("A", DAY, -250, fee=yuan(2), type="REFUND", channel_refund_id="50001"),
    ]

    outcome = run(Payments(as_of=AS_OF, rates=RATES), orders=[order("A", DAY, 250)], transactions=rows)

    fees = outcome.lines.filter(outcome.lines["what"] == "fee")
    assert [-2, 2] == sorted(fees["expected_minor"].to_list())
    assert [] == found(outcome)


def test_a_fixed_fee_counts_once_a_payment_and_is_kept():
    rate = FeeRate(rate=Decimal("0.029"), fixed=Money("0.30", "USD"), is_returned=False)
    rows = [
        transaction("A", DAY, 10000, "USD", channel="stripe", fee=yuan(-320, "USD")),
        transaction(
            "A", DAY, -10000, "USD", channel="stripe", type="refund", channel_refund_id="re1", fee=yuan(0, "USD")
        ),
    ]

    outcome = run(
        Payments(as_of=AS_OF, rates={"stripe": rate}), orders=[order("A", DAY, 10000, code="USD")], transactions=rows
    )

    assert [] == found(outcome)
    assert [-320, 0] == sorted(outcome.lines.filter(outcome.lines["what"] == "fee")["expected_minor"].to_list())


def test_a_rate_is_a_share():
    with pytest.raises(InputError, match="from 0 to 1"):
        Payments(rates={"alipay": Decimal(6)})


def test_a_payment_is_not_due_in_transit_late_and_missing_by_its_day():
    states = {}
    for days in (0, 1, 2, 4, 5):
        outcome = run(Payments(as_of=DAY + dt.timedelta(days=days)), orders=[order("A", DAY, 100)])
        states[days] = outcome.carry_forward.items["what"].to_list() + [kind for kind, _ in found(outcome)]

    missing = "channel.order_paid_not_in_channel"
    assert {
        0: ["not due"],
        1: ["in transit"],
        2: ["late", missing],
        4: ["late", missing],
        5: ["missing", missing],
    } == states


@pytest.mark.parametrize(
    ("paid_on", "crosses"),
    [(dt.date(2026, 10, 30), []), (dt.date(2026, 10, 31), [("channel.period_mismatch", "0.00")])],
)
def test_a_payment_that_the_channel_books_a_month_later_is_one_pair_with_a_word_about_the_month(paid_on, crosses):
    booked = transaction("A", paid_on + dt.timedelta(days=1), 5000)

    outcome = run(Payments(as_of=dt.date(2026, 11, 5)), orders=[order("A", paid_on, 5000)], transactions=[booked])

    assert crosses == found(outcome)
    assert outcome.proof.holds


def test_an_order_of_one_number_in_two_shops_is_only_suggested():
    orders = [order("1001", DAY, 5000, shop=shop) for shop in SHOPS]

    outcome = run(orders=orders, transactions=[transaction("1001", DAY, 5000)])

    kinds = ["channel.order_paid_not_in_channel"] * 2 + ["channel.paid_not_in_orders"]
    assert kinds == [kind for kind, _ in found(outcome)]
    assert {"suggested"} == set(outcome.matches["status"])
    unknown = next(one for one in outcome.discrepancies if one.type == "channel.paid_not_in_orders")
    assert "1001" == unknown.evidence["suggested"]
    assert outcome.proof.holds


def test_books_never_mix():
    ours = order("A", DAY, 5000, book_id="one")
    theirs = transaction("A", DAY, 5000, book_id="two")

    outcome = run(orders=[ours], transactions=[theirs])

    assert ["channel.order_paid_not_in_channel", "channel.paid_not_in_orders"] == [kind for kind, _ in found(outcome)]
    assert not outcome.matches.height


def test_findings_of_two_books_with_the_same_numbers_are_two():
    ids = [
        one.discrepancy_id
        for book in ("one", "two", None)
        for one in run(orders=[order("A", DAY, 5000, book_id=book)], transactions=[]).discrepancies
    ]

    assert len(set(ids)) == 3


def test_a_number_that_lost_digits_is_suggested_and_never_matched():
    number = "4200001234202610051234567890"
    ours = payment("A", DAY, 5000, payment_id="P", channel_txn_id=number)
    row = transaction("nobody", DAY, 5000, channel_txn_id="4.20000123420261E+27")

    outcome = run(orders=[order("A", DAY, 5000)], payments=[ours], transactions=[row])

    kinds = ["channel.order_paid_not_in_channel", "channel.paid_not_in_orders", "data.id_precision_lost"]
    assert kinds == [kind for kind, _ in found(outcome)]
    assert ["suggested"] == outcome.matches["status"].to_list()
    lost = next(one for one in outcome.discrepancies if one.type == "data.id_precision_lost")
    assert "A" == lost.evidence["suggested"]


def test_a_missing_currency_is_an_error_that_names_the_row():
    frame = (
        Table.from_records([transaction("A", DAY, 100)])
        .to_polars()
        .with_columns(pl.lit(None, dtype=pl.String).alias("currency"))
    )

    with pytest.raises(InvalidField, match=r"currency.*row 0"):
        run(transactions=frame)


def test_negative_quantities_are_named():
    line = OrderLine(quantity=Decimal(-1), unit_price=yuan(5000))

    outcome = run(orders=[order("A", DAY, None, lines=(line,))])

    assert [("data.amount_negative", "0.00")] == found(outcome)


def test_what_the_buyer_pays_is_goods_and_freight_less_discounts():
    line = OrderLine(quantity=Decimal("1.5"), unit_price=yuan(10000))
    off = Discount(kind="shop_coupon", funder="merchant", amount=yuan(1000))
    ours = order("A", DAY, None, lines=(line,), discounts=(off,), freight_charged=yuan(800), adjustment=yuan(-300))

    outcome = run(orders=[ours], transactions=[transaction("A", DAY, 14500)])

    assert [] == found(outcome)
    assert ["agreed"] == outcome.records["orders"]["verdict"].to_list()


def test_a_payment_in_its_order_and_in_the_list_counts_once():
    inside = payment("A", DAY, 5000, channel_txn_id="X1")
    ours = order("A", DAY, 5000, payments=(inside,))

    outcome = run(
        orders=[ours],
        payments=[attrs.evolve(inside, status="ok")],
        transactions=[transaction("A", DAY, 5000, channel_txn_id="X1")],
    )

    assert [] == found(outcome)
    assert ["agreed", "listed twice"] == outcome.records["payments"]["verdict"].to_list()


def test_cash_on_delivery_in_part_is_the_couriers():
    deposit = payment("A", DAY, 2000)

    outcome = run(
        orders=[order("A", DAY, 9000, is_cod=True, payments=(deposit,))], transactions=[transaction("A", DAY, 2000)]
    )

    assert [] == found(outcome)
    assert ["cash on delivery"] == outcome.records["orders"]["verdict"].to_list()


def test_channels_whose_bills_are_not_given_are_set_aside():
    rows = [payment("A", DAY, 5000, payment_id="1", channel="alipay"), payment("B", DAY, 5000, payment_id="2")]
    orders = [order("A", DAY, 5000), order("B", DAY, 5000), order("C", DAY, 5000)]

    outcome = run(Payments(as_of=AS_OF, channels=("wechat_pay",)), orders=orders, payments=rows)

    assert [("channel.order_paid_not_in_channel", "-50.00")] == found(outcome)
    said = dict(outcome.records["payments"].select("platform_order_id", "verdict").iter_rows())
    assert {"A": "channel not compared", "B": "discrepancy", "C": "channel not said"} == said


def test_refunds_on_the_bill_are_set_aside_by_name_without_refunds_of_ours():
    rows = [transaction("A", DAY, 5000), transaction("A", DAY, -1000, type="REFUND", channel_refund_id="5001")]

    outcome = run(orders=[order("A", DAY, 5000)], transactions=rows)

    assert [] == found(outcome)
    assert ["agreed", "a refund, not compared"] == outcome.records["transactions"]["verdict"].to_list()


def test_only_the_last_version_of_a_refund_counts():
    versions = [refund("R", DAY, 10000, "A", version="1"), refund("R", DAY, 8000, "A", version="2")]
    rows = [transaction("A", DAY, 20000), transaction("A", DAY, -8000, type="REFUND", channel_refund_id="5001")]

    outcome = run(orders=[order("A", DAY, 20000)], refunds=versions, transactions=rows)

    assert [] == found(outcome)
    assert ["an earlier version", "agreed"] == outcome.records["refunds"]["verdict"].to_list()


def test_a_refund_of_an_absent_order_is_found_by_the_number_on_the_bill():
    row = transaction("OLD", DAY, -1000, type="REFUND", channel_refund_id="5001")

    outcome = run(refunds=[refund("R", DAY, 1000, "OLD")], transactions=[row])

    assert [] == found(outcome)


def test_movements_of_the_balance_are_named_and_fees_of_their_own_too():
    kinds = {"提现": "another movement of the balance", "扣除交易手续费": "a fee of its own", "chargeback": "a dispute"}
    rows = [transaction(f"X{n}", DAY, -500, type=word, bill_kind="fund") for n, word in enumerate(kinds)]

    outcome = run(transactions=rows)

    assert list(kinds.values()) == outcome.records["transactions"]["verdict"].to_list()
    assert outcome.proof.holds


def test_words_that_are_not_understood_can_be_told():
    row = transaction("A", DAY, 5000, type="Sammelgutschrift", status="storniert")
    told = Payments(as_of=AS_OF, kinds={"Sammelgutschrift": "other"})
    undone = Payments(as_of=AS_OF, statuses={"storniert": "failed"})

    assert ["channel.paid_not_in_orders"] == [kind for kind, _ in found(run(transactions=[row]))]
    assert [] == found(run(told, transactions=[row]))
    assert [] == found(run(undone, transactions=[row]))
    with pytest.raises(InputError, match="one of payment"):
        Payments(kinds={"x": "money"})


def test_a_payment_before_midnight_and_its_row_after_it_are_one_in_both_months():
    orders, rows = [order("A", dt.date(2026, 10, 31), 5000)], [transaction("A", dt.date(2026, 11, 1), 5000)]

    for period in ("2026-10", "2026-11"):
        outcome = run(Payments(period=period), orders=orders, transactions=rows)
        assert [("channel.period_mismatch", "0.00")] == found(outcome)
        assert outcome.proof.holds
    assert ["another period"] == run(Payments(period="2026-09"), orders=orders).records["payments"]["verdict"].to_list()


def test_a_row_that_is_edited_later_takes_the_place_of_the_carried_one():
    first = run(orders=[order("A", DAY, 5000)], transactions=[transaction("A", DAY, 4000)])
    second = run(transactions=[transaction("A", DAY, 5000)], opening=first.carry_forward)

    assert [("order.payment_mismatch", "-10.00")] == found(first)
    assert [] == found(second)
    assert ["gone"] == second.compare(first)["change"].to_list()


def test_a_deposit_on_the_bill_of_an_unpaid_presale_is_no_payment_in_error():
    ours = order("A", DAY, 20000, is_presale=True, status="created", paid_at=None)

    outcome = run(orders=[ours], transactions=[transaction("A", DAY, 5000)])

    assert [] == found(outcome)
    assert ["deposit of a presale"] == outcome.records["transactions"]["verdict"].to_list()


def test_a_refund_seen_in_two_bills_counts_once():
    trade = transaction("A", DAY, -1000, type="REFUND", channel_refund_id="50000012345")
    fund = transaction("A", DAY, -1000, type="退款", bill_kind="fund", channel_txn_id="50000012345")

    outcome = run(refunds=[refund("R", DAY, 1000, "A")], transactions=[trade, fund])

    assert [] == found(outcome)
    assert ["agreed", "seen in another bill"] == outcome.records["transactions"]["verdict"].to_list()


def test_an_own_check_is_added():
    def check(sides):
        return sides["orders"].select(pl.lit("orders").alias("side"), "row", pl.lit("look").alias("reason"))

    outcome = run(Payments(as_of=AS_OF, own_checks={"look": check}), orders=[order("A", DAY, 0)])

    assert ["custom.look"] == [kind for kind, _ in found(outcome)]


def run_on(day, opening=None, **sides):
    """A run as of a day, with refunds compared."""
    given = {"orders": [], "transactions": [], "refunds": [], **sides}
    return Payments(as_of=day).run(**given, opening=opening)


OLD = dt.date(2026, 7, 1)
REMEMBERED = [
    {"orders": [order("A", OLD, 5000)], "transactions": [transaction("A", OLD + dt.timedelta(days=1), 5000)]},
    {
        "orders": [order("A", OLD, 5000)],
        "transactions": [
            transaction("A", OLD, 5000),
            transaction("A", OLD + dt.timedelta(days=1), 5000, bill_kind="fund", type="交易"),
        ],
    },
    {
        "orders": [order("A", OLD, 5000)],
        "transactions": [
            transaction("A", OLD, 5000),
            transaction(
                "sent", OLD + dt.timedelta(days=1), -1000, type="REFUND", channel_txn_id="42000A", channel_refund_id="5"
            ),
        ],
        "refunds": [refund("R", OLD + dt.timedelta(days=1), 1000, "A")],
    },
    {
        "transactions": [
            transaction("A", OLD, 5000),
            transaction("A", OLD + dt.timedelta(days=1), -5000, type="REFUND", channel_refund_id="5"),
        ]
    },
]


@pytest.mark.parametrize("sides", REMEMBERED, ids=["a day later", "in two bills", "with a refund", "given back"])
def test_what_hangs_together_is_forgotten_together(sides):
    first = run_on(OLD + dt.timedelta(days=91), **sides)
    second = run_on(OLD + dt.timedelta(days=92), opening=first.carry_forward)
    third = run_on(OLD + dt.timedelta(days=93), opening=second.carry_forward)

    assert [[], [], []] == [found(outcome) for outcome in (first, second, third)]
    assert {0} == {len(table) for table in second.carry_forward.sides.values()}


def test_an_order_of_the_month_before_stays_with_its_row_on_the_bill():
    october = Payments(period="2026-10").run(
        orders=[order("A", dt.date(2026, 9, 30), 5000), order("B", dt.date(2026, 9, 29), 100)],
        transactions=[transaction("A", dt.date(2026, 10, 1), 5000)],
    )
    november = Payments(period="2026-11").run(orders=[], transactions=[], opening=october.carry_forward)

    assert {"orders": 1, "transactions": 1} == {
        name: len(table) for name, table in october.carry_forward.sides.items() if len(table)
    }
    assert [("channel.period_mismatch", "0.00")] == found(november)


def test_of_two_exports_of_an_order_the_later_counts():
    paid = order("A", DAY, 10000, payments=(payment("A", DAY, 10000, channel_txn_id="42000A"),))
    shipped = attrs.evolve(paid, status="shipped", shipped_at=at(DAY, 20))

    for orders in ([paid, shipped], [shipped, paid]):
        outcome = run(orders=orders, transactions=[transaction("A", DAY, 10000)])
        assert [] == found(outcome)
        said = outcome.records["orders"].select("status", "verdict").rows()
        assert {("paid", "an older version"), ("shipped", "agreed")} == set(said)


def test_of_two_exports_of_a_payment_the_later_counts():
    first = payment("A", DAY, 10000, payment_id="P")
    later = attrs.evolve(first, status="settled", paid_at=at(DAY, 20))

    for payments in ([first, later], [later, first]):
        outcome = run(orders=[order("A", DAY, 10000)], payments=payments, transactions=[transaction("A", DAY, 10000)])
        assert [] == found(outcome)


@pytest.mark.parametrize(
    ("versions", "succeeded"), [(("9", "10"), (12, 12)), ((None, "1"), (12, 12)), ((None, None), (12, 13))]
)
def test_the_last_version_of_a_refund_is_told_by_its_counter_or_its_moment(versions, succeeded):
    first, last = (
        refund("R", DAY, minor, "A", version=version, succeeded_at=at(DAY, hour))
        for minor, version, hour in zip((10000, 8000), versions, succeeded, strict=True)
    )
    rows = [transaction("A", DAY, 20000), transaction("A", DAY, -8000, type="REFUND", channel_refund_id="5001")]

    for refunds in ([first, last], [last, first]):
        assert [] == found(run(orders=[order("A", DAY, 20000)], refunds=refunds, transactions=rows))


def test_which_of_two_payments_alike_is_missing_does_not_depend_on_their_order():
    pair = [payment("A", DAY, 5000, payment_id=name) for name in "PQ"]
    missing = [
        [one.keys["payment_id"] for one in run(payments=rows, transactions=[transaction("A", DAY, 5000)]).discrepancies]
        for rows in (pair, pair[::-1])
    ]

    assert missing[0] == missing[1]


def test_a_second_payment_by_another_channel_does_not_take_the_place_of_the_first():
    wallet = payment("A", DAY, 6000, merchant_order_no="M")
    card = payment("A", DAY, 4000, merchant_order_no="M", channel="card")
    rows = [transaction("A", DAY, minor, channel_txn_id=str(minor)) for minor in (6000, 4000)]

    first = run(orders=[order("A", DAY, 10000)], payments=[wallet])
    second = run(payments=[card], transactions=rows, opening=first.carry_forward)

    assert [] == found(second)


def test_a_row_that_two_shops_may_have_stays_doubtful_when_one_order_is_old():
    old, young = (
        order("1001", day, 5000, shop=shop, payments=(payment("1001", day, 5000, channel="points"),))
        for day, shop in zip((OLD, OLD + dt.timedelta(days=80)), SHOPS, strict=True)
    )
    row = transaction("1001", OLD + dt.timedelta(days=81), 5000)

    first = run_on(OLD + dt.timedelta(days=100), orders=[old, young], transactions=[row])
    second = run_on(OLD + dt.timedelta(days=101), opening=first.carry_forward)

    assert [("channel.paid_not_in_orders", "50.00")] == found(first)
    assert found(first) == found(second)
    assert ["1001"] * 2 == second.records["orders"]["platform_order_id"].to_list()


def test_a_finding_about_a_payment_stays_as_long_as_it_is_open():
    points = payment("nobody", OLD, 5000, channel="points")
    wrong_fee = {"orders": [order("A", OLD, 1000)], "transactions": [transaction("A", OLD, 1000, fee=yuan(-100))]}
    leaf = Payments(as_of=OLD + dt.timedelta(days=200), rates=RATES)

    first = leaf.run(payments=[points], **wrong_fee)
    second = leaf.run(orders=[], transactions=[], opening=first.carry_forward)

    assert [("channel.fee_mismatch", "-0.94"), ("order.payment_without_order", "50.00")] == found(first)
    assert found(first) == found(second)


def test_the_order_that_says_its_shop_has_the_payment_whatever_the_order_of_the_rows():
    orders = [order("A", DAY, 5000), order("A", DAY, 7000, shop=("taobao", None))]
    paid = payment("A", DAY, 5000, payment_id="P")

    outcomes = [run(orders=rows, payments=[paid]) for rows in (orders, orders[::-1])]

    said = [sorted(outcome.records["orders"].select("shop_id", "verdict").rows(), key=str) for outcome in outcomes]
    assert said[0] == said[1]
    assert ("shop 1", "agreed") in said[0]


def test_findings_that_differ_in_their_currency_only_keep_their_numbers():
    rows = [transaction("4.2E+12", DAY, 100, code, channel_txn_id="X", book_id=code) for code in ("CNY", "USD")]

    ids = [
        {(one.discrepancy_id, str(one.impact.currency)) for one in run(transactions=given).discrepancies}
        for given in (rows, rows[::-1])
    ]

    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    ("state", "word"), [({"status": "created"}, "未支付"), ({"status": "shipped", "is_cod": True}, "货到付款")]
)
def test_the_chinese_sentence_of_a_status_has_no_english_word_of_ours(state, word):
    outcome = run(orders=[order("A", DAY, 5000, paid_at=None, **state)], transactions=[transaction("A", DAY, 5000)])

    assert [f"A：我方状态 {word}，渠道状态 SUCCESS，涉及 50.00 CNY"] == [one.reason_zh for one in outcome.discrepancies]


def test_the_chinese_sentence_of_a_presale_says_whether_it_is_closed():
    ours = order("A", DAY, 20000, is_presale=True, status="closed", paid_at=None)

    outcome = run(orders=[ours], transactions=[transaction("A", DAY, 5000)])

    assert ["预售单 A（已关闭）：应付 200.00，已付 50.00 CNY"] == [one.reason_zh for one in outcome.discrepancies]


def test_what_an_order_was_paid_beside_its_own_amount_is_said_with_both():
    rows = [transaction("A", DAY, minor, channel_txn_id=str(minor)) for minor in (10000, 9000)]

    outcome = run(orders=[order("A", DAY, 10000)], transactions=rows)

    assert [("order.payment_mismatch", "90.00")] == found(outcome)
    assert ["A comes to 100.00, its payments to 190.00: a difference of 90.00 CNY"] == [
        one.reason for one in outcome.discrepancies
    ]
    assert outcome.proof.holds


def test_several_payments_beside_an_orders_own_amount_are_each_unknown():
    rows = [transaction("A", DAY, minor, channel_txn_id=str(minor)) for minor in (10000, 9000, 8000)]

    outcome = run(orders=[order("A", DAY, 10000)], transactions=rows)

    assert [("channel.paid_not_in_orders", "80.00"), ("channel.paid_not_in_orders", "90.00")] == found(outcome)
    assert outcome.proof.holds


def back(number, minor, **fields):
    return transaction(number, DAY, -minor, type="REFUND", **{"channel_refund_id": f"5{number}", **fields})


def parts_of_an_order(*minors):
    return [transaction("A", DAY, minor, channel_txn_id=f"{nth}A") for nth, minor in enumerate(minors)]


@pytest.mark.parametrize("refunds", [[], [refund("R", DAY, 1000, "A")]], ids=["a refund of theirs", "a refund of ours"])
def test_a_part_of_an_order_that_was_given_back_in_full_was_paid_for_it(refunds):
    rows = [*parts_of_an_order(1000, 3000), back("A", 1000, channel_txn_id="0A")]

    outcome = run(orders=[order("A", DAY, 4000)], transactions=rows, refunds=refunds or None)

    assert [] == found(outcome)
    assert outcome.proof.holds


def test_a_sum_that_is_off_counts_the_part_that_our_own_refund_gave_back():
    rows = [*parts_of_an_order(1000, 3000, 2700), back("A", 1000, channel_txn_id="0A")]
    off = {"orders": [order("A", DAY, 6000)], "transactions": rows}

    assert [("order.payment_mismatch", "7.00")] == found(run(**off, refunds=[refund("R", DAY, 1000, "A")]))
    assert [("order.payment_mismatch", "-3.00")] == found(run(**off))


def test_an_order_paid_anew_in_parts_is_not_paid_by_what_was_given_back():
    rows = [*parts_of_an_order(4000, 1500, 2500), back("A", 4000, channel_txn_id="0A")]

    outcome = run(orders=[order("A", DAY, 4000)], transactions=rows)

    assert [] == found(outcome)
    assert "paid and given back" == outcome.records["transactions"]["verdict"][0]


def test_a_refund_that_two_channels_gave_back_is_one_though_it_names_the_number_of_one():
    rows = [
        *parts_of_an_order(2000, 3000),
        back("A", 2000, channel_txn_id="0A", channel_refund_id="RA"),
        back("A", 3000, channel_txn_id="1A", channel_refund_id="RB", channel="alipay"),
    ]
    sides = {"orders": [order("A", DAY, 5000)], "transactions": rows}

    assert [] == found(run(**sides, refunds=[refund("R", DAY, 5000, "A", channel_refund_id="RA")]))
    off = run(**sides, refunds=[refund("R", DAY, 4900, "A", channel_refund_id="RA")])
    assert [("channel.amount_mismatch", "29.00"), ("channel.refund_unknown", "-30.00")] == found(off)


def test_a_payment_of_nothing_is_on_no_bill():
    outcome = run(orders=[order("A", DAY, 0)], payments=[payment("A", DAY, 0, payment_id="P")])

    assert [] == found(outcome)
    assert ["nothing to pay"] == outcome.records["payments"]["verdict"].to_list()


def test_a_refund_that_the_channel_lacks_is_asked_for_whatever_a_later_download_says_of_it():
    back = refund("R", DAY, 300, "A")
    october = Payments(period="2026-10").run(orders=[], transactions=[], refunds=[back])
    opening = attrs.evolve(october.carry_forward, opens_on=dt.date(2026, 11, 1))
    renewed = attrs.evolve(back, funded_from="escrow")

    november = [
        Payments(period="2026-11").run(orders=[], transactions=[], refunds=given, opening=opening)
        for given in ([], [back], [renewed])
    ]

    assert 1 == len(found(november[0]))
    assert found(november[0]) == found(november[1]) == found(november[2])
    assert [1, 1, 1] == [len(one.carry_forward) for one in november]
