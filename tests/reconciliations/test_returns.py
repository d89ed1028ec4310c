"""Returned goods: cases against what the warehouse books, with parcels and charges as evidence."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at, yuan
from _suite import ReconciliationSuite, World

from tieout.errors import InputError
from tieout.model import CourierCharge, Order, OrderLine, Return, ReturnLine, Shipment, ShipmentLine, StockMovement
from tieout.reconciliations import DueRule, Returns

AS_OF = dt.date(2026, 10, 31)
FIRST = dt.date(2026, 10, 1)
SHOPS = (("taobao", "shop 1"), ("taobao", "shop 2"), ("pdd", "shop 1"))


def october(number):
    return dt.date(2026, 10, number)


def file_day(day):
    """The day on which the file with a record arrives: one comes every ten days."""
    return min((one for one in (october(10), october(20)) if one >= day), default=AS_OF)


def wants(sku, pieces, received=None, condition=None, sub=None):
    return ReturnLine(
        sku=sku,
        platform_sub_order_id=sub,
        quantity_requested=Decimal(pieces),
        quantity_received=None if received is None else Decimal(received),
        condition=condition,
    )


def case(number, *lines, kind="return_refund", shop=SHOPS[0], applied=FIRST, **more):
    moments = {name: None if day is None else at(day) for name, day in more.items() if name.endswith("_at")}
    return Return(
        return_id=number,
        platform=shop[0],
        shop_id=shop[1],
        kind=kind,
        applied_at=at(applied),
        lines=lines,
        **{**more, **moments},
    )


def moved(number, sku, pieces, day, cost=8000, kind="return_in", **more):
    return StockMovement(
        movement_id=number,
        type=kind,
        warehouse=more.pop("warehouse", "W1"),
        sku=sku,
        quantity=Decimal(pieces),
        unit_cost=None if cost is None else yuan(cost, more.pop("code", "CNY")),
        occurred_at=None if day is None else at(day),
        **more,
    )


def parcel(number, day, *, signed=None, order=None, sku=None, direction="return", **more):
    lines = [ShipmentLine(platform_order_id=order, sku=sku, quantity=Decimal(1))] if order else []
    return Shipment(
        tracking_no=number,
        direction=direction,
        status=more.pop("status", "in_transit" if signed is None else "signed"),
        picked_up_at=at(day),
        signed_at=None if signed is None else at(signed),
        lines=lines,
        **more,
    )


def billed(number, day, amount=800, leg="return"):
    return CourierCharge(
        carrier="sf", bill_no="B1", tracking_no=number, charge_type="base", leg=leg, ship_date=day, amount=yuan(amount)
    )


def sold(number, sku, pieces, cost, shop=SHOPS[0], sub=None):
    line = OrderLine(platform_sub_order_id=sub, sku=sku, quantity=Decimal(pieces), unit_cost=yuan(cost))
    return Order(platform=shop[0], shop_id=shop[1], platform_order_id=number, currency="CNY", lines=[line])


def run(cases, moves, leaf=None, **more):
    outcome = (leaf or Returns(as_of=AS_OF)).run(returns=cases, movements=moves, **more)
    assert [] == list(outcome.proof.failures)
    return outcome


def types(outcome):
    return [(found.type, str(found.impact.amount)) for found in outcome.discrepancies]


def only(outcome):
    (found,) = outcome.discrepancies
    return found


def only_event(outcome):
    (event,) = outcome.events
    return event


class TestReturns(ReconciliationSuite):
    elsewhere = frozenset({"data.case_conflict"})

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 5)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=Returns(as_of=AS_OF),
            sides={name: [row for row, _ in rows] for name, rows in books.sides.items()},
            arrives={name: [file_day(day) for _, day in rows] for name, rows in books.sides.items()},
            planted=books.planted,
            named_by=("return_id", "movement_id", "tracking_no", "warehouse", "sku"),
        )


class Books:
    """Books that are written story by story, each with an article, a number and a cost of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.sides = {"returns": [], "movements": [], "shipments": [], "charges": [], "orders": []}
        self.planted = []
        self.count = 0
        self.order("O-OTHER", 1, sku="OTHER")

    def begin(self):
        self.count += 1
        self.number, self.sku = f"R{self.count}", f"A{self.count}"
        self.shop, self.cost = self.dice.choice(SHOPS), self.dice.randint(1, 900) * 100 + self.count
        self.day = october(self.dice.randint(1, 12))
        return self.number, self.sku

    def later(self, days):
        return self.day + dt.timedelta(days=days)

    def case(self, *lines, number=None, known=0, **more):
        row = case(number or self.number, *lines, shop=self.shop, applied=self.day, **more)
        self.sides["returns"].append((row, self.later(known)))

    def book(self, pieces, days, *, sku=None, suffix="", **more):
        day = self.later(days)
        cost = more.pop("cost", self.cost)
        row = moved(f"M{self.count}{suffix}", sku or self.sku, pieces, day, cost, **more)
        self.sides["movements"].append((row, day))

    def order(self, number, pieces, sku=None, **more):
        row = sold(number, sku or self.sku, pieces, getattr(self, "cost", 100), getattr(self, "shop", SHOPS[0]), **more)
        self.sides["orders"].append((row, october(1)))

    def parcel(self, number, days, signed=None, **more):
        arrival = self.later(days if signed is None else signed)
        row = parcel(number, self.later(days), signed=None if signed is None else arrival, **more)
        self.sides["shipments"].append((row, arrival))

    def plant(self, kind, impact, name=None):
        self.planted.append((kind, name or self.number, impact))

    def came_back(self):
        number, sku = self.begin()
        pieces = self.dice.randint(1, 3)
        self.case(wants(sku, pieces), approved_at=self.day)
        self.book(pieces, 6, **self.dice.choice(({"return_id": number}, {"document_ref": number})))

    def came_back_by_number(self):
        number, sku = self.begin()
        self.case(wants(sku, 2), return_tracking_no=f"sf {number}1001", approved_at=self.day)
        self.book(2, 4, tracking_no=f"SF{number}1001", condition="A")
        self.parcel(f"SF{number}1001", 1, 3)
        self.sides["charges"].append((billed(f"SF{number}1001", self.later(1)), self.later(20)))

    def came_back_by_order(self):
        number, _ = self.begin()
        self.order(f"O{number}", 2, sub=f"{number}-1")
        self.case(platform_order_id=f"O{number}", platform_sub_order_id=f"{number}-1", approved_at=self.day)
        self.book(2, 5, platform_order_id=f"O{number}")

    def came_back_in_two_parcels(self):
        number, sku = self.begin()
        self.order(f"O{number}", 2)
        self.case(wants(sku, 2), platform_order_id=f"O{number}", return_tracking_no=f"T1{number}", approved_at=self.day)
        self.parcel(f"T1{number}", 1, 3)
        self.parcel(f"T2{number}", 1, 5, order=f"O{number}", sku=sku)
        self.book(1, 3, tracking_no=f"T1{number}", suffix="a")
        self.book(1, 6, tracking_no=f"T2{number}", suffix="b")

    def two_cases_in_one_parcel(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), return_tracking_no=f"T1{number}", approved_at=self.day)
        self.case(wants(sku, 2), number=f"{number}b", return_tracking_no=f"T1{number}", approved_at=self.day)
        self.book(3, 5, tracking_no=f"T1{number}")

    def two_articles_of_two_cases_in_one_parcel(self):
        number, sku = self.begin()
        other = f"{sku}-other"
        self.case(wants(sku, 1), return_tracking_no=f"T1{number}", approved_at=self.day)
        self.case(wants(other, 1), number=f"{number}b", return_tracking_no=f"T1{number}", approved_at=self.day)
        self.book(1, 5, tracking_no=f"T1{number}", suffix="a")
        self.book(2, 5, tracking_no=f"T1{number}", suffix="b", sku=other)
        self.plant("aftersale.qty_excess", self.cost, f"{number}b")

    def two_articles_of_one_case(self):
        number, sku = self.begin()
        other = f"{sku}-other"
        self.case(wants(sku, 1), wants(other, 2), approved_at=self.day)
        self.book(1, 5, return_id=number, suffix="a")
        self.book(1, 5, return_id=number, suffix="b", sku=other)
        self.plant("aftersale.qty_short", -self.cost)

    def damaged(self):
        number, sku = self.begin()
        self.case(wants(sku, 2), approved_at=self.day)
        self.book(1, 5, return_id=number, suffix="a")
        self.book(1, 5, return_id=number, suffix="b", condition=self.dice.choice("BC"))
        self.plant("aftersale.condition_damaged", -self.cost)

    def damaged_by_both(self):
        number, sku = self.begin()
        self.case(wants(sku, 1, 1, "A"), wants(sku, 1, 1, "C"), received_at=self.later(4), known=4)
        self.book(1, 5, return_id=number, suffix="a", condition="A")
        self.book(1, 5, return_id=number, suffix="b", condition="C")
        self.plant("aftersale.condition_damaged", -self.cost)

    def damaged_and_booked_as_new(self):
        number, sku = self.begin()
        self.case(wants(sku, 1, 1, "C"), received_at=self.later(4), known=4)
        self.book(1, 5, return_id=number)
        self.plant("aftersale.condition_damaged", -self.cost)
        self.plant("warehouse.restock_wrong_condition", self.cost)

    def damaged_and_disputed(self):
        number, sku = self.begin()
        self.case(wants(sku, 1, 1, "C"), received_at=self.later(4), known=4, status="appealed")
        self.book(1, 5, return_id=number, condition="C")
        self.plant("aftersale.condition_dispute", -self.cost)

    def another_article(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), approved_at=self.day)
        self.order(f"O{number}", 1)
        self.sides["returns"][-1] = (
            case(
                number,
                wants(sku, 1),
                shop=self.shop,
                applied=self.day,
                approved_at=self.day,
                platform_order_id=f"O{number}",
            ),
            self.day,
        )
        self.book(1, 5, return_id=number, sku=f"{sku}-wrong", cost=self.cost + 500)
        self.plant("aftersale.wrong_item", 500)

    def another_article_by_the_case(self):
        number, sku = self.begin()
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1, 1, "wrong"), platform_order_id=f"O{number}", received_at=self.later(3), known=3)
        self.plant("aftersale.wrong_item", -self.cost)

    def counted_short(self):
        number, sku = self.begin()
        self.case(wants(sku, 2, 1), received_at=self.later(4), known=4)
        self.book(1, 5, return_id=number)
        self.plant("aftersale.qty_short", -self.cost)

    def booked_short(self):
        number, sku = self.begin()
        self.case(wants(sku, 3), approved_at=self.day)
        self.book(1, 5, return_id=number)
        self.plant("aftersale.qty_short", -2 * self.cost)

    def beyond(self):
        number, sku = self.begin()
        self.case(wants(sku, 2), approved_at=self.day)
        self.book(3, 5, return_id=number)
        self.plant("aftersale.qty_excess", self.cost)

    def came_back_although_the_money_only(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), kind="refund_only", stage="after_receipt")
        self.book(1, 5, return_id=number)
        self.plant("aftersale.qty_excess", self.cost)

    def money_only(self):
        _, sku = self.begin()
        kind = self.dice.choice(
            ("refund_only", "price_adjust", "reship", "lost", "compensation", "freight_compensation")
        )
        self.case(wants(sku, 1), kind=kind, stage="after_receipt", status="refunded")

    def without_a_case(self):
        number, _ = self.begin()
        self.book(2, 5, tracking_no=f"T9{number}")
        self.plant("aftersale.unclaimed_return", 2 * self.cost, f"M{self.count}")

    def of_a_cancelled_case(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), status="cancelled", approved_at=self.day)
        self.book(1, 5, return_id=number)
        self.plant("aftersale.unclaimed_return", self.cost, f"M{self.count}")

    def cancelled_and_opened_again(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), status="cancelled", return_tracking_no=f"T5{number}")
        self.case(wants(sku, 1), number=f"{number}b", return_tracking_no=f"T5{number}", approved_at=self.day)
        self.book(1, 5, tracking_no=f"T5{number}")

    def parcel_without_a_case(self):
        number, _ = self.begin()
        self.parcel(f"T7{number}", 1, 4)
        self.plant("aftersale.unclaimed_return", 0, f"T7{number}")

    def charge_without_a_case(self):
        number, _ = self.begin()
        row = billed(f"T8{number}", self.day, leg=self.dice.choice(("return", "intercept")))
        self.sides["charges"].append((row, self.later(15)))
        self.plant("aftersale.unclaimed_return", 0, f"T8{number}")

    def of_no_return(self):
        number, _ = self.begin()
        self.book(-1, 2, kind="sale_out", return_id=None, platform_order_id=f"X{number}")
        self.parcel(f"T6{number}", 1, 4, direction="outbound")
        self.sides["charges"].append((billed(f"T6{number}", self.day, leg="outbound"), self.later(15)))

    def old_article_not_back(self):
        number, sku = self.begin()
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), kind="exchange", approved_at=self.day, platform_order_id=f"O{number}")
        self.plant("aftersale.exchange_old_not_returned", -self.cost)

    def exchanged(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), kind="exchange", approved_at=self.day, status="exchanged")
        self.book(1, 5, return_id=number, kind="exchange_in")

    def not_sent(self):
        number, sku = self.begin()
        self.order(f"O{number}", 2)
        self.case(wants(sku, 2), approved_at=self.day, platform_order_id=f"O{number}")
        self.plant("aftersale.return_not_sent", -2 * self.cost)

    def not_due(self):
        number, sku = self.begin()
        self.day = october(25)
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), platform_order_id=f"O{number}", status=self.dice.choice(("approved", "applied")))

    def parcel_missing(self):
        number, sku = self.begin()
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), returned_at=self.later(2), known=2, platform_order_id=f"O{number}")
        self.plant("aftersale.return_parcel_missing", -self.cost)

    def parcel_lost(self):
        number, sku = self.begin()
        self.day = october(26)
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), return_tracking_no=f"T4{number}", platform_order_id=f"O{number}")
        self.parcel(f"T4{number}", 1, status="lost")
        self.plant("aftersale.return_parcel_missing", -self.cost)

    def parcel_on_its_way(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), return_tracking_no=f"T3{number}")
        self.day = october(24)
        self.parcel(f"T3{number}", 1)

    def not_restocked(self):
        number, sku = self.begin()
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), received_at=self.later(5), known=5, platform_order_id=f"O{number}")
        self.plant("warehouse.return_not_restocked", -self.cost)

    def parcel_signed_and_not_restocked(self):
        number, sku = self.begin()
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1), return_tracking_no=f"T2{number}", platform_order_id=f"O{number}")
        self.parcel(f"T2{number}", 1, 6)
        self.plant("warehouse.return_not_restocked", -self.cost)

    def just_received(self):
        number, sku = self.begin()
        self.day = october(29)
        self.order(f"O{number}", 1)
        self.case(wants(sku, 1, 1, "A"), received_at=self.later(1), known=1, platform_order_id=f"O{number}")

    def booked_less_than_counted(self):
        number, sku = self.begin()
        self.case(wants(sku, 3, 3), received_at=self.later(4), known=4)
        self.book(1, 5, return_id=number)
        self.plant("warehouse.restock_qty_mismatch", -2 * self.cost)

    def booked_more_than_counted(self):
        number, sku = self.begin()
        self.case(wants(sku, 1, 1), received_at=self.later(4), known=4)
        self.book(3, 5, return_id=number)
        self.plant("warehouse.restock_qty_mismatch", 2 * self.cost)

    def booked_a_month_later(self):
        number, sku = self.begin()
        self.day = dt.date(2026, 9, 29)
        self.case(wants(sku, 1), received_at=self.later(1), known=1)
        self.book(1, 3, return_id=number)
        self.plant("warehouse.return_period_mismatch", 0)

    def order_missing(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), approved_at=self.day, platform_order_id=f"O{number}")
        self.book(1, 5, return_id=number)
        self.plant("data.order_missing", 0)

    def less_than_nothing(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), wants(f"{sku}-less", -2), approved_at=self.day)
        self.book(1, 5, return_id=number)
        self.plant("data.quantity_not_positive", 0)

    def booked_and_reversed(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), approved_at=self.day)
        self.book(2, 5, return_id=number, suffix="a", warehouse=f"W{number}")
        self.book(-1, 5, return_id=number, suffix="b", warehouse=f"W{number}")
        self.plant("data.movement_sign", 0, f"W{number}")

    def without_a_cost(self):
        _, sku = self.begin()
        self.case(wants(sku, 1), approved_at=self.day)
        self.plant("aftersale.return_not_sent", 0)
        self.plant("data.cost_missing", 0, sku)

    def stopped_on_its_way(self):
        number, sku = self.begin()
        kind = self.dice.choice(("intercept", "rejected"))
        self.case(wants(sku, 1), kind=kind, stage="in_transit", outbound_tracking_no=f"T1{number}")
        self.parcel(f"T1{number}", 0, 5, direction="outbound", status="returned")
        self.book(1, 6, tracking_no=f"T1{number}")

    def one_id_in_two_shops(self):
        number, sku = self.begin()
        for place, (platform, shop) in enumerate(SHOPS[:2]):
            self.shop = (platform, shop)
            self.order(f"O{number}{place}", 1)
            self.case(wants(sku, 1), platform_order_id=f"O{number}{place}", approved_at=self.day)
            self.book(1, 5, return_id=number, platform_order_id=f"O{number}{place}", suffix=f"-{place}")

    def in_two_versions(self):
        number, sku = self.begin()
        self.case(wants(sku, 3), status="approved")
        self.case(wants(sku, 1, 1, "A"), status="inspected", received_at=self.later(4), known=4)
        self.book(1, 5, return_id=number)

    def repaired(self):
        number, sku = self.begin()
        self.case(wants(sku, 1), kind="repair", status="repaired")
        self.book(1, 5, return_id=number, kind="repair_in")

    STORIES = tuple(
        story
        for name, story in list(locals().items())
        if callable(story)
        and not name.startswith("_")
        and name not in {"begin", "later", "case", "book", "order", "parcel", "plant"}
    )


class TestExamples:
    """The examples of domain.md, to the cent."""

    def test_of_two_pieces_one_came_back_damaged(self):
        outcome = run(
            [case("RMA-1", wants("A", 2), received_at=october(5))],
            [
                moved("M1", "A", 1, october(6), return_id="RMA-1"),
                moved("M2", "A", 1, october(6), return_id="RMA-1", condition="C"),
            ],
        )

        found = only(outcome)
        assert "aftersale.condition_damaged" == found.type
        assert "1" == found.evidence["pieces"]
        assert yuan(-8000) == found.impact
        assert ("2", "2") == outcome.lines.select("asked", "booked").row(0)
        assert [("stock.return_damaged", yuan(8000)), ("stock.return_good", yuan(8000))] == sorted(
            (event.kind, event.amount) for event in outcome.events
        )

    def test_another_article_came_back(self):
        outcome = run(
            [case("R1", wants("SKU-A", 1), platform_order_id="O1", received_at=october(5))],
            [moved("M1", "SKU-B", 1, october(6), 5000, return_id="R1")],
            orders=[sold("O1", "SKU-A", 1, 8000)],
        )

        found = only(outcome)
        assert ("aftersale.wrong_item", {"article": "SKU-A -> SKU-B"}) == (found.type, dict(found.diffs))
        assert (yuan(8000), yuan(5000), yuan(-3000)) == (found.expected, found.actual, found.impact)

    @pytest.mark.parametrize(("day", "expected"), [(3, []), (4, ["late"]), (5, ["late"]), (11, ["missing"])])
    def test_goods_that_were_received_are_to_be_booked_within_three_days(self, day, expected):
        received = case("R1", wants("A", 1), applied=dt.date(2025, 12, 20), received_at=dt.date(2026, 1, 1))

        outcome = run([received], [], Returns(as_of=dt.date(2026, 1, day)))

        found = [one for one in outcome.discrepancies if one.type == "warehouse.return_not_restocked"]
        assert expected == [one.factor for one in found]
        assert (expected or ["in transit"]) == outcome.carry_forward.items["what"].to_list()


MUST, MUST_NOT, MAY = "must", "must not", "may"


class TestMatrix:
    """Whether goods must come back: domain.md 5.1, column Inbound."""

    CASES = (
        ("refund_only", "before_shipment", MUST_NOT),
        ("return_refund", "before_shipment", MUST_NOT),
        ("intercept", "in_transit", MUST),
        ("rejected", "in_transit", MUST),
        ("refund_only", "in_transit", MUST_NOT),
        ("refund_only", "after_receipt", MUST_NOT),
        ("return_refund", "after_receipt", MUST),
        ("price_adjust", "after_receipt", MUST_NOT),
        ("exchange", "after_receipt", MUST),
        ("reship", "after_receipt", MUST_NOT),
        ("lost", "in_transit", MUST_NOT),
        ("repair", "after_receipt", MUST),
        ("compensation", "after_receipt", MAY),
        ("freight_compensation", "after_receipt", MUST_NOT),
        ("return_refund", None, MUST),
    )

    def cases(self):
        """One case of each kind and stage, with an article of its own."""
        return {
            f"{kind} {stage}": (case(f"{kind} {stage}", wants(f"{kind} {stage}", 1), kind=kind, stage=stage), inbound)
            for kind, stage, inbound in self.CASES
        }

    def test_goods_are_missed_where_they_must_come_back(self):
        cases = self.cases()
        outcome = run([row for row, _ in cases.values()], [], Returns(as_of=dt.date(2026, 12, 31)))

        missed = {
            "exchange": "aftersale.exchange_old_not_returned",
            "intercept": "aftersale.return_parcel_missing",
            "rejected": "aftersale.return_parcel_missing",
        }
        must = {name: row for name, (row, inbound) in cases.items() if inbound == MUST}
        assert {name: missed.get(row.kind.value, "aftersale.return_not_sent") for name, row in must.items()} == {
            one.keys["return_id"]: one.type for one in outcome.discrepancies if one.type != "data.cost_missing"
        }

    def test_goods_are_beyond_where_they_must_not_come_back(self):
        cases = self.cases()
        moves = [moved(f"M {name}", name, 1, october(5), return_id=name) for name in cases]
        outcome = run([row for row, _ in cases.values()], moves)

        assert {name: "aftersale.qty_excess" for name, (_, inbound) in cases.items() if inbound == MUST_NOT} == {
            one.keys["return_id"]: one.type for one in outcome.discrepancies
        }

    @pytest.mark.parametrize("status", ["cancelled", "rejected"])
    def test_a_case_that_was_called_off_asks_for_nothing_and_takes_nothing(self, status):
        off = case("R1", wants("A", 1), status=status, applied=dt.date(2026, 8, 1))

        assert [] == types(run([off], []))
        came = only(run([off], [moved("M1", "A", 1, october(5), return_id="R1")]))
        assert ("aftersale.unclaimed_return", "R1") == (came.type, came.evidence["suggested"])

    def test_a_case_that_was_refused_after_the_goods_came_is_still_about_them(self):
        refused = case("R1", wants("A", 1, 1, "C"), status="rejected", received_at=october(4))
        outcome = run([refused], [moved("M1", "A", 1, october(5), return_id="R1", condition="C")])

        assert [("aftersale.condition_dispute", "-80.00")] == types(outcome)


class TestWaiting:
    @pytest.mark.parametrize(
        ("day", "state"), [(10, "not due"), (11, "in transit"), (13, "late"), (16, "missing"), (30, "missing")]
    )
    def test_not_due_in_transit_late_and_missing_are_four_things(self, day, state):
        rule = DueRule(after=10, grace=2, patience=3)
        waits = {
            "aftersale.return_not_sent": {"approved_at": october(1)},
            "aftersale.return_parcel_missing": {"returned_at": october(1)},
            "warehouse.return_not_restocked": {"received_at": october(1)},
        }
        cases = [case(kind, wants(kind, 1), **facts) for kind, facts in waits.items()]
        outcome = run(cases, [], Returns(as_of=october(day), send=rule, transit=rule, restock=rule))

        assert [state] * 3 == outcome.carry_forward.items["what"].to_list()
        overdue = {kind: kind for kind in waits} if state in {"late", "missing"} else {}
        assert overdue == {
            one.keys["return_id"]: one.type for one in outcome.discrepancies if one.type != "data.cost_missing"
        }

    def test_what_was_only_applied_for_is_not_due_however_long_ago(self):
        outcome = run([case("R1", wants("A", 1), applied=dt.date(2026, 1, 1), status="applied")], [])

        assert ([], ["not due"]) == (types(outcome), outcome.carry_forward.items["what"].to_list())

    def test_a_charge_for_the_way_back_tells_that_it_was_sent(self):
        asked = case("R1", wants("A", 1), approved_at=october(1), return_tracking_no="SF11")
        outcome = run([asked], [], charges=[billed("SF11", october(28))])

        assert [] == types(outcome)
        assert [("on the way", "in transit")] == outcome.lines.select("where", "state").rows()

    def test_findings_say_what_the_way_back_cost(self):
        asked = case("R1", wants("A", 1), received_at=october(4), return_tracking_no="SF11", platform_order_id="O1")
        charges = [billed("SF11", october(2)), billed("SF11", october(3), 250, leg="intercept")]
        late = only(run([asked], [], charges=charges, orders=[sold("O1", "A", 1, 8000)]))
        stray = only(run([], [], charges=charges))

        assert ("warehouse.return_not_restocked", "10.50 CNY") == (late.type, late.evidence["freight"])
        assert ("courier charge", "10.50 CNY") == (stray.evidence["seen_as"], stray.evidence["freight"])

    def test_a_parcel_that_names_the_order_tells_where_its_goods_are(self):
        asked = case("R1", wants("A", 1), approved_at=october(1), platform_order_id="O1")
        back = parcel("SF11", october(2), signed=october(30), order="O1", sku="A")
        outcome = run([asked], [], shipments=[back], orders=[sold("O1", "A", 1, 8000)])

        assert [("here", "in transit", "SF11")] == outcome.lines.select("where", "state", "parcels").rows()

    def test_a_parcel_that_is_lost_is_missing_at_once(self):
        asked = case("R1", wants("A", 1), approved_at=october(29), return_tracking_no="SF11", platform_order_id="O1")
        lost = parcel("SF11", october(30), status="lost")
        outcome = run([asked], [], shipments=[lost], orders=[sold("O1", "A", 1, 8000)])

        assert [("aftersale.return_parcel_missing", "-80.00")] == types(outcome)

    def test_what_is_in_a_second_parcel_waits_for_it(self):
        asked = case("R1", wants("A", 2), approved_at=october(1), platform_order_id="O1", return_tracking_no="T11")
        parcels = [
            parcel("T11", october(2), signed=october(4)),
            parcel("T12", october(25), order="O1", sku="A"),
        ]
        outcome = run([asked], [moved("M1", "A", 1, october(5), tracking_no="T11")], shipments=parcels)

        assert [] == types(outcome)
        assert [("on the way", "in transit")] == outcome.lines.select("where", "state").rows()

    def test_the_rest_of_what_is_being_booked_has_three_days(self):
        asked = case("R1", wants("A", 2), approved_at=october(1))
        first = moved("M1", "A", 1, october(29), return_id="R1")

        assert [] == types(run([asked], [first]))
        assert [("aftersale.qty_short", "-80.00")] == types(run([asked], [first], Returns(as_of=dt.date(2026, 11, 1))))


class TestArticles:
    def test_more_of_another_article_than_was_to_come_is_beyond(self):
        asked = case("R1", wants("A", 2), approved_at=october(1), platform_order_id="O1")
        came = moved("M1", "B", 3, october(5), 5000, return_id="R1")
        outcome = run([asked], [came], orders=[sold("O1", "A", 2, 8000)])

        assert [("aftersale.qty_excess", "50.00"), ("aftersale.wrong_item", "-60.00")] == types(outcome)

    def test_a_wrong_article_of_which_the_case_tells_is_one_finding_with_the_booked_one(self):
        asked = case("R1", wants("A", 1, 1, "wrong"), received_at=october(4), platform_order_id="O1")
        came = moved("M1", "B", 1, october(5), 5000, return_id="R1", condition="wrong")
        outcome = run([asked], [came], orders=[sold("O1", "A", 1, 8000)])

        assert [("aftersale.wrong_item", "-30.00")] == types(outcome)

    def test_a_wrong_article_that_is_booked_as_the_right_one_is_no_stock(self):
        asked = case("R1", wants("A", 1, 1, "wrong"), received_at=october(4))
        outcome = run([asked], [moved("M1", "A", 1, october(5), return_id="R1", condition="wrong")])

        assert [("aftersale.wrong_item", "-80.00")] == types(outcome)
        assert [] == list(outcome.events)

    def test_a_wrong_article_that_is_booked_as_a_good_one_is_the_warehouses_too(self):
        asked = case("R1", wants("A", 1, 1, "wrong"), received_at=october(4))
        outcome = run([asked], [moved("M1", "A", 1, october(5), return_id="R1")])

        assert [("aftersale.wrong_item", "-80.00"), ("warehouse.restock_qty_mismatch", "80.00")] == types(outcome)

    def test_what_the_inspection_calls_missing_did_not_come(self):
        asked = case("R1", wants("A", 1, None, "missing"), wants("A", 1, 1, "A"), received_at=october(4))
        outcome = run([asked], [moved("M1", "A", 1, october(5), return_id="R1")])

        assert [("aftersale.qty_short", "-80.00")] == types(outcome)

    def test_counted_beyond_and_not_booked_are_two_things(self):
        asked = case("R1", wants("A", 1, 2), received_at=october(4))
        outcome = run([asked], [moved("M1", "A", 1, october(5), return_id="R1")])

        assert [("aftersale.qty_excess", "80.00"), ("warehouse.restock_qty_mismatch", "-80.00")] == types(outcome)

    def test_articles_come_from_the_sub_order_where_the_case_does_not_say_them(self):
        asked = case("R1", platform_order_id="O1", platform_sub_order_id="O1-1", approved_at=october(1))
        outcome = run([asked], [], orders=[sold("O1", "A", 2, 8000, sub="O1-1")])

        assert [("aftersale.return_not_sent", "-160.00")] == types(outcome)
        assert "A" == only(outcome).keys["sku"]

    def test_a_line_says_its_article_by_its_sub_order(self):
        asked = case("R1", wants(None, 1, sub="O1-1"), platform_order_id="O1", approved_at=october(1))
        outcome = run(
            [asked],
            [moved("M1", "B", 1, october(5), 5000, return_id="R1")],
            orders=[sold("O1", "A", 2, 8000, sub="O1-1")],
        )

        assert [("aftersale.wrong_item", "-30.00")] == types(outcome)

    def test_pieces_without_a_name_may_be_any(self):
        moves = [moved("M1", "A", 1, october(5), return_id="R1"), moved("M2", "B", 1, october(5), return_id="R1")]

        assert [] == types(run([case("R1", wants(None, 2), approved_at=october(1))], moves))
        assert [("aftersale.qty_excess", "80.00")] == types(
            run([case("R1", wants(None, 1), approved_at=october(1))], moves)
        )

    def test_a_case_that_says_nothing_of_its_goods_takes_what_comes_and_waits_for_something(self):
        asked = case("R1", approved_at=october(1))

        assert [] == types(run([asked], [moved("M1", "A", 2, october(5), return_id="R1")]))
        found = only(run([asked], []))
        assert (
            "case R1: all of unnamed goods were agreed to come back on 2026-10-01 and have not been sent, missing"
            == (found.reason)
        )

    def test_conditions_that_are_as_good_as_new_are_the_callers(self):
        asked = case("R1", wants("A", 1), approved_at=october(1))
        came = moved("M1", "A", 1, october(5), return_id="R1", condition="B")

        assert [("aftersale.condition_damaged", "-80.00")] == types(run([asked], [came]))
        assert [] == types(run([asked], [came], Returns(as_of=AS_OF, sellable=("A", "B"))))
        with pytest.raises(InputError, match="conditions of goods are A, B, C, missing, wrong"):
            Returns(sellable=("good",))

    def test_odd_costs_of_a_shared_parcel_are_split_to_the_last_cent(self):
        cases = [
            case(number, wants("A", pieces), approved_at=october(1), return_tracking_no="T11")
            for number, pieces in (("R1", 1), ("R2", 2), ("R3", 4))
        ]
        moves = [
            moved("M1", "A", 1, october(5), 3333, tracking_no="T11"),
            moved("M2", "A", 2, october(5), 3334, tracking_no="T11"),
        ]
        outcome = run(cases, moves)

        found = only(outcome)
        assert ("aftersale.qty_short", "R1,R2,R3", yuan(-4 * 3334)) == (
            found.type,
            found.keys["return_id"],
            found.impact,
        )
        assert 7 * 3334 - 1 == outcome.records["returns"]["amount_minor"].sum()


class TestPairing:
    def test_the_same_article_is_suggested_and_moves_nothing(self):
        asked = case("R1", wants("A", 1), approved_at=october(4), platform_order_id="O1")
        outcome = run([asked], [moved("M1", "A", 1, october(8))], orders=[sold("O1", "A", 1, 8000)])

        assert [("aftersale.return_not_sent", "-80.00"), ("aftersale.unclaimed_return", "80.00")] == types(outcome)
        missed, stray = outcome.discrepancies
        assert ("M1", "R1") == (missed.evidence["suggested"], stray.evidence["suggested"])
        assert [(0, 0, "same article", "suggested")] == (
            outcome.matches.select("left", "right", "rule", "status").rows()
        )
        assert [] == list(outcome.events)

    def test_the_article_speaks_for_a_case_for_so_many_days(self):
        asked = case("R1", wants("A", 1), approved_at=october(4))
        came = [moved("M1", "A", 1, october(8))]

        assert 1 == run([asked], came, Returns(as_of=AS_OF, days=4)).matches.height
        assert 0 == run([asked], came, Returns(as_of=AS_OF, days=3)).matches.height

    def test_of_two_cases_that_wait_for_the_article_none_is_suggested(self):
        asked = [case(number, wants("A", 1), approved_at=october(4)) for number in ("R1", "R2")]

        assert 0 == run(asked, [moved("M1", "A", 1, october(8))]).matches.height

    def test_a_number_one_digit_apart_is_only_suggested(self):
        asked = case("R1", wants("A", 1), approved_at=october(4), return_tracking_no="SF1234567890123")
        outcome = run([asked], [moved("M1", "B", 1, october(8), tracking_no="SF1234567890124")])

        assert ["number one digit apart"] == outcome.matches["rule"].to_list()
        assert "aftersale.unclaimed_return" in [kind for kind, _ in types(outcome)]

    def test_one_id_in_two_shops_is_suggested_to_both_unless_the_order_tells(self):
        cases = [
            case("R1", wants("A", 1), shop=shop, approved_at=october(25), platform_order_id=f"O{place}")
            for place, shop in enumerate(SHOPS[:2])
        ]
        vague = run(cases, [moved("M1", "A", 1, october(28), return_id="R1")])
        told = run(cases, [moved("M1", "A", 1, october(28), return_id="R1", platform_order_id="O1")])

        assert [("aftersale.unclaimed_return", "80.00")] == types(vague)
        assert ["suggested", "suggested"] == vague.matches["status"].to_list()
        assert [] == types(told)
        assert ["agreed", "not due"] == sorted(told.lines["verdict"].to_list())

    @pytest.mark.parametrize("named", [{"return_id": "R1"}, {"document_ref": "R1"}, {"tracking_no": "SF11"}])
    def test_goods_of_another_order_are_only_suggested(self, named):
        asked = case("R1", wants("A", 1), approved_at=october(25), platform_order_id="O1", return_tracking_no="SF11")
        outcome = run([asked], [moved("M1", "A", 1, october(28), platform_order_id="O2", **named)])

        assert ("aftersale.unclaimed_return", "R1") == (only(outcome).type, only(outcome).evidence["suggested"])
        assert ["suggested"] == outcome.matches["status"].unique().to_list()

    def test_books_do_not_mix(self):
        ours = case("R1", wants("A", 1), approved_at=october(25), book_id="one")
        outcome = run([ours], [moved("M1", "A", 1, october(28), return_id="R1", book_id="two")])

        assert [("aftersale.unclaimed_return", "80.00")] == types(outcome)
        assert 0 == outcome.matches.height

    def test_a_number_that_a_courier_gave_again_is_another_parcel(self):
        asked = case("R1", wants("A", 1), approved_at=october(28), return_tracking_no="SF11")
        outcome = run([asked], [moved("M1", "A", 1, dt.date(2025, 10, 1), tracking_no="SF11")])

        assert [("aftersale.unclaimed_return", "80.00")] == types(outcome)

    def test_a_number_of_another_carrier_is_another_parcel(self):
        asked = case("R1", wants("A", 1), approved_at=october(28), return_tracking_no="11", return_carrier="zto")
        outcome = run([asked], [], shipments=[parcel("11", october(29), signed=october(30), carrier="sf")])

        assert [("aftersale.unclaimed_return", "0.00")] == types(outcome)

    def test_a_parcel_without_a_case_is_told_once_of_goods_parcel_and_charge(self):
        facts = {"shipments": [parcel("SF11", october(2), signed=october(5))], "charges": [billed("SF11", october(2))]}

        with_goods = only(run([], [moved("M1", "A", 1, october(8), tracking_no="SF11")], **facts))
        without = only(run([], [], **facts))
        assert ("movement", "M1", yuan(8000)) == (
            with_goods.evidence["seen_as"],
            with_goods.evidence["reference"],
            with_goods.impact,
        )
        assert ("parcel", "SF11", yuan(0)) == (
            without.evidence["seen_as"],
            without.evidence["reference"],
            without.impact,
        )

    def test_a_parcel_of_a_cancelled_case_suggests_it(self):
        off = case("R1", wants("A", 1), status="cancelled", return_tracking_no="SF11")
        found = only(run([off], [], shipments=[parcel("SF11", october(2), signed=october(5))]))

        assert ("aftersale.unclaimed_return", "R1") == (found.type, found.evidence["suggested"])

    def test_a_buyer_who_sent_a_parcel_without_a_case_is_suggested(self):
        cases = [
            case(number, wants(sku, 1), approved_at=october(25), platform_order_id=f"O{number}")
            for number, sku in (("R1", "A"), ("R2", "B"), ("R3", "A"))
        ]
        orders = [
            attrs.evolve(sold(f"O{number}", "A", 1, 8000), buyer_ref=buyer)
            for number, buyer in (("R1", "buyer 1"), ("R2", "buyer 1"), ("R3", "buyer 2"))
        ]
        back = [parcel("SF11", october(26), signed=october(28), sender_ref="buyer 1")]
        goods = [moved("M1", "A", 1, october(29), tracking_no="SF11")]

        booked = only(run(cases, goods, shipments=back, orders=orders))
        assert ("M1", "R1") == (booked.evidence["reference"], booked.evidence["suggested"])
        assert "R1,R2" == only(run(cases, [], shipments=back, orders=orders)).evidence["suggested"]
        assert (
            "suggested"
            not in only(run(cases, [], shipments=[attrs.evolve(back[0], sender_ref="x")], orders=orders)).evidence
        )

    def test_numbers_of_two_books_are_two_parcels(self):
        asked = case("R1", wants("A", 1), approved_at=october(28), return_tracking_no="SF123456", book_id="one")
        near = moved("M1", "B", 1, october(29), tracking_no="SF123457", book_id="two")
        same = parcel("SF9", october(2), signed=october(5), book_id="one")
        other = moved("M2", "C", 1, october(5), tracking_no="SF9", book_id="two")
        outcome = run([asked], [near, other], shipments=[same])

        assert 0 == outcome.matches.height
        assert ["M1", "M2", "SF9"] == sorted(one.evidence["reference"] for one in outcome.discrepancies)

    def test_goods_of_an_order_go_to_the_case_that_wants_them_back(self):
        cases = [
            case("R1", wants("A", 1), approved_at=october(1), platform_order_id="O1", kind="refund_only"),
            case("R2", wants("A", 1), approved_at=october(1), platform_order_id="O1"),
        ]
        outcome = run(cases, [moved("M1", "A", 1, october(5), platform_order_id="O1")])

        assert [] == types(outcome)
        assert [1] == outcome.matches["left"].to_list()

    def test_goods_of_an_exchange_go_to_the_exchange_of_the_order(self):
        cases = [
            case("R1", wants("A", 1), approved_at=october(25), platform_order_id="O1"),
            case("R2", wants("A", 1), approved_at=october(25), platform_order_id="O1", kind="exchange"),
        ]
        outcome = run(cases, [moved("M1", "A", 1, october(28), platform_order_id="O1", kind="exchange_in")])

        assert [("R1", "not due"), ("R2", "agreed")] == outcome.lines.select("return_id", "verdict").rows()
        assert ["stock.return_exchanged"] == [event.kind for event in outcome.events]

    @pytest.mark.parametrize("turned", [False, True])
    def test_what_the_way_of_two_cases_cost_is_told_of_the_same_one_in_any_order(self, turned):
        cases = [
            case(name, wants("A", 2), return_tracking_no="T1", returned_at=october(2), platform_order_id=name)
            for name in ("R1", "R2")
        ]
        moves = [moved(f"M-{name}", "A", 1, october(3), return_id=name) for name in ("R1", "R2")]
        outcome = run(cases[::-1] if turned else cases, moves, charges=[billed("T1", october(2))])
        assert {"R1": "8.00 CNY", "R2": None} == {
            found.keys["return_id"]: found.evidence.get("freight") for found in outcome.discrepancies
        }

    def test_a_number_that_a_crowd_of_cases_names_is_no_parcels(self):
        stand_in = "9999999999"
        cases = [case(f"R{n}", wants("A", 1), return_tracking_no=stand_in, returned_at=october(20)) for n in range(101)]
        moves = [moved(f"M{n}", "A", 1, october(21), tracking_no=stand_in) for n in range(101)]
        outcome = run(
            cases, [*moves, moved("M", "B", 1, october(21), return_id="R7")], charges=[billed(stand_in, FIRST)]
        )
        assert ["R7"] == [f"R{left}" for left in outcome.matches.filter(pl.col("status") == "confirmed")["left"]]
        assert {"aftersale.unclaimed_return", "aftersale.wrong_item"} <= {kind for kind, _ in types(outcome)}

    def test_a_number_that_a_few_cases_name_is_that_of_their_parcel(self):
        cases = [case(f"R{n}", wants("A", 1), return_tracking_no="T9", returned_at=october(20)) for n in range(100)]
        outcome = run(cases, [moved("M", "A", 100, october(21), tracking_no="T9")])
        assert ([], 100) == (types(outcome), outcome.matches.height)

    def test_a_buyer_who_stands_for_a_crowd_suggests_nobody(self):
        cases = [case(f"R{n}", wants("A", 1), platform_order_id=f"O{n}", returned_at=october(20)) for n in range(101)]
        orders = [attrs.evolve(sold(f"O{n}", "A", 1, 8000), buyer_ref="*") for n in range(101)]
        stray = [moved("M", "A", 1, october(21), tracking_no="T1")]
        outcome = run(cases, stray, orders=orders, shipments=[parcel("T1", october(20), sender_ref="*")])
        assert 0 == outcome.matches.height


class TestPeriods:
    RECEIVED = case("R1", wants("A", 1), applied=dt.date(2026, 9, 20), received_at=dt.date(2026, 9, 30))
    BOOKED = moved("M1", "A", 1, october(2), return_id="R1")

    def test_goods_of_one_month_that_are_booked_in_the_next_are_one_finding_in_the_next(self):
        september = run([self.RECEIVED], [], Returns(period="2026-09"))
        carried = september.carry_forward
        later = run([], [self.BOOKED], Returns(period="2026-10"), opening=carried)

        assert ([], ["in transit"]) == (types(september), carried.items["what"].to_list())
        assert [("warehouse.return_period_mismatch", "0.00")] == types(later)
        assert "case R1: A was received on 2026-09-30 and booked on 2026-10-02" == only(later).reason
        assert [october(2)] == [event.occurred_on for event in later.events]

    def test_goods_are_posted_once_in_the_month_in_which_they_are_booked(self):
        both = {"returns": [self.RECEIVED], "movements": [self.BOOKED]}
        september = Returns(period="2026-09").run(**both)
        carried = Returns(period="2026-10").run(returns=[], movements=[], opening=september.carry_forward)
        november = Returns(period="2026-11").run(returns=[], movements=[], opening=carried.carry_forward)

        assert [0, 1, 0] == [len(outcome.events) for outcome in (september, carried, november)]
        assert all(outcome.proof.holds for outcome in (september, carried, november))

    def test_goods_are_posted_when_their_case_turns_up(self):
        first = run([], [moved("M1", "A", 1, october(5), return_id="R1")], Returns(as_of=october(6)))
        second = run(
            [case("R1", wants("A", 1), approved_at=october(1))],
            [],
            Returns(as_of=october(8)),
            opening=first.carry_forward,
        )
        third = run([], [], Returns(as_of=october(9)), opening=second.carry_forward)

        assert [0, 1, 0] == [len(outcome.events) for outcome in (first, second, third)]
        assert "taobao shop 1 2026-10-05" == only_event(second).document
        assert [["aftersale.unclaimed_return"], [], []] == [
            [kind for kind, _ in types(outcome)] for outcome in (first, second, third)
        ]

    def test_a_case_that_comes_anew_posts_its_goods_under_the_same_id(self):
        asked = case("R1", wants("A", 1), approved_at=october(1))
        first = run([asked], [moved("M1", "A", 1, october(5), return_id="R1")], Returns(as_of=october(6)))
        closed = case("R1", wants("A", 1), approved_at=october(1), status="refunded")
        second = run([closed], [], Returns(as_of=october(8)), opening=first.carry_forward)

        assert only_event(first) == only_event(second)

    ASKED = case("R1", wants("A", 1), applied=dt.date(2026, 9, 20), approved_at=dt.date(2026, 9, 21))
    CAME = moved("M1", "A", 1, dt.date(2026, 9, 28), tracking_no="T1")

    @pytest.mark.parametrize("is_read_again", [False, True])
    @pytest.mark.parametrize(
        ("case_now", "move_now"),
        [
            (attrs.evolve(ASKED, return_tracking_no="T1"), CAME),
            (ASKED, attrs.evolve(CAME, return_id="R1")),
        ],
    )
    def test_goods_are_posted_when_a_later_download_names_what_they_are_of(self, case_now, move_now, is_read_again):
        months = [Returns(period=f"2026-{month:02}") for month in (9, 10, 11)]
        first = run([self.ASKED], [self.CAME], months[0])
        carried = attrs.evolve(first.carry_forward, opens_on=FIRST)
        moves = [move_now] if is_read_again or move_now != self.CAME else []
        second = run([case_now], moves, months[1], opening=carried)
        carried = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 11, 1))
        third = run([attrs.evolve(case_now, reason_code="7")], [move_now], months[2], opening=carried)

        assert [0, 1, 0] == [len(outcome.events) for outcome in (first, second, third)]
        assert ["80.00"] == [str(event.amount.amount) for event in second.events]
        assert [1, 0, 0] == [len(types(outcome)) for outcome in (first, second, third)]

    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            ({"quantity": Decimal(2)}, {"stock.return_good": "80.00"}),
            ({"condition": "C"}, {"stock.return_good": "-80.00", "stock.return_damaged": "80.00"}),
            ({"occurred_at": at(dt.date(2026, 9, 30))}, {}),
            ({"occurred_at": at(october(2))}, {}),
        ],
    )
    def test_of_a_movement_that_a_later_download_corrects_the_difference_is_posted_once(self, now, expected):
        booked = attrs.evolve(self.CAME, return_id="R1")
        first = run([self.ASKED], [booked], Returns(period="2026-09"))
        assert "80.00" == str(only_event(first).amount.amount)
        carried = attrs.evolve(first.carry_forward, opens_on=FIRST)
        corrected = attrs.evolve(booked, **now)
        second = run([self.ASKED], [corrected], Returns(period="2026-10"), opening=carried)

        assert expected == {
            kind: str(sum(one.amount.amount for one in second.events if one.kind == kind))
            for kind in {one.kind for one in second.events}
        }
        assert not {one.event_id for one in first.events} & {one.event_id for one in second.events}
        carried = attrs.evolve(second.carry_forward, opens_on=dt.date(2026, 11, 1))
        third = run([self.ASKED], [attrs.evolve(corrected, batch="7")], Returns(period="2026-11"), opening=carried)
        assert [] == list(third.events)

    def test_an_old_case_is_remembered_as_long_as_its_goods(self):
        asked = case("R1", wants("A", 1), applied=dt.date(2026, 6, 1), approved_at=dt.date(2026, 6, 2))
        came = moved("M1", "A", 1, dt.date(2026, 9, 20), return_id="R1")
        opening = run([asked], [came], Returns(as_of=AS_OF)).carry_forward

        assert [] == types(run([], [], Returns(as_of=dt.date(2026, 11, 1)), opening=opening))
        assert 1 == len(opening.sides["returns"])
        forgotten = run([], [], Returns(as_of=dt.date(2027, 1, 31)), opening=opening).carry_forward
        assert [0, 0] == [len(forgotten.sides[name]) for name in ("returns", "movements")]

    def test_a_new_version_of_a_case_takes_the_place_of_the_one_before(self):
        first = run([case("R1", wants("A", 2), status="approved")], [], Returns(as_of=october(2)))
        second = run(
            [case("R1", wants("A", 1), status="approved")],
            [moved("M1", "A", 1, october(5), return_id="R1")],
            opening=first.carry_forward,
        )

        assert [] == types(second)

    def test_movements_of_no_return_are_counted_and_not_carried(self):
        outcome = run([], [moved("M1", "A", -1, october(5), kind="sale_out")])

        assert ["not a return"] == outcome.records["movements"]["verdict"].to_list()
        assert 0 == len(outcome.carry_forward.sides["movements"])


class TestBadInput:
    def test_costs_of_two_currencies_have_no_money_and_that_is_said(self):
        asked = case("R1", wants("A", 2), approved_at=october(1))
        moves = [
            moved("M1", "A", 1, october(5), return_id="R1"),
            moved("M2", "A", 2, october(5), 900, return_id="R1", code="USD"),
        ]
        outcome = run([asked], moves)

        assert [("aftersale.qty_excess", "0.00"), ("data.cost_missing", "0.00")] == types(outcome)
        assert "A differs by 1 and has no cost that can be used, so the difference is valued at nothing" == (
            outcome.discrepancies[1].reason
        )

    def test_a_piece_without_a_cost_is_worth_what_others_of_its_article_are(self):
        asked = case("R1", wants("A", 1), approved_at=october(1))
        moves = [
            moved("M1", "A", 1, october(5), return_id="R1"),
            moved("M2", "A", 1, october(5), None, return_id="R1"),
        ]

        assert [("aftersale.qty_excess", "80.00")] == types(run([asked], moves))

    def test_an_order_that_is_not_there_is_said_of_the_case(self):
        asked = case("R1", wants("A", 1), approved_at=october(28), platform_order_id="O1")

        assert [] == types(run([asked], []))
        found = only(run([asked], [], orders=[sold("O2", "A", 1, 8000)]))
        assert ("data.order_missing", "O1") == (found.type, found.keys["platform_order_id"])

    def test_two_records_of_a_case_of_which_neither_is_later_are_said(self):
        two, three = (case("R1", wants("A", pieces), approved_at=october(25)) for pieces in (2, 3))
        later = case("R1", wants("A", 1), approved_at=october(25), status="cancelled")

        assert ("data.case_conflict", "R1") == (
            only(run([two, three], [])).type,
            only(run([two, three], [])).keys["return_id"],
        )
        assert ["3"] == run([two, three], []).lines["asked"].to_list() == run([three, two], []).lines["asked"].to_list()
        assert [] == types(run([two, later], []))

    def test_less_than_nothing_asks_for_nothing_and_is_said(self):
        asked = case("R1", wants("A", -1), approved_at=october(1))
        outcome = run([asked], [moved("M1", "A", 1, october(5), return_id="R1")])

        assert [("aftersale.qty_excess", "80.00"), ("data.quantity_not_positive", "0.00")] == types(outcome)

    def test_goods_without_a_day_count_and_are_not_posted(self):
        asked = case("R1", wants("A", 1), approved_at=october(1))
        outcome = run([asked], [moved("M1", "A", 1, None, return_id="R1")])

        assert ([], 0) == (types(outcome), len(outcome.events))

    def test_a_movement_that_says_nothing_came_counts_for_nothing(self):
        asked = case("R1", wants("A", 1), approved_at=october(25))
        outcome = run([asked], [moved("M1", "A", 1, october(28), return_id="R1", condition="missing")])

        assert ["nothing came"] == outcome.records["movements"]["verdict"].to_list()
        assert ["not due"] == outcome.lines["verdict"].to_list()

    def test_a_wrong_record_is_refused(self):
        with pytest.raises(InputError, match="Return"):
            Returns().run(returns=[moved("M1", "A", 1, october(5))], movements=[])

    def test_chinese_sentences_are_chinese_throughout(self):
        cases = [
            case("R1", returned_at=october(2)),
            case("R2", wants("A", 2, 1, "wrong"), received_at=october(2)),
            attrs.evolve(case("R3", wants("A", 1), status="received"), applied_at=None),
        ]
        outcome = run(cases, [moved("M", "B", 1, None)])
        said = {found.reason_zh for found in outcome.discrepancies if not found.type.startswith("data.")}
        assert {
            "售后单 R1：未注明商品 全部自 2026-10-02 寄出后未到仓，逾期",
            "售后单 R2：应退 A 1 件，实退为 其他商品",
            "售后单 R2：A 应退 2 件，少退 1 件",
            "售后单 R3：A 1 件于 未知日期 收到，尚未入库，缺失",
            "退回件（M，未知日期）无对应的有效售后单",
        } <= said

    def test_a_check_of_ones_own_sees_the_sides(self):
        def watched(sides):
            return (
                sides["returns"]
                .filter(pl.col("freight_bearer").is_null())
                .select(pl.lit("returns").alias("side"), "row", pl.lit("who pays the way back?").alias("reason"))
            )

        leaf = Returns(as_of=AS_OF, own_checks={"bearer": watched})
        outcome = run([case("R1", wants("A", 1), approved_at=october(25))], [], leaf)

        assert [("custom.bearer", "R1")] == [(one.type, one.keys["return_id"]) for one in outcome.discrepancies]


def test_another_article_of_an_order_belongs_to_the_case_of_its_way():
    """One article is repaired and another comes back: what came in the place of the second was the repair's too, and unposted."""
    cases = [
        case("R1", wants("lamp", 1), kind="repair", platform_order_id="O1", received_at=october(5)),
        case("R2", wants("cup", 1), platform_order_id="O1", received_at=october(5)),
    ]
    moves = [
        moved("M1", "lamp", 1, october(5), kind="repair_in", platform_order_id="O1"),
        moved("M2", "mug", 1, october(6), cost=1548, platform_order_id="O1"),
    ]
    outcome = run(cases, moves, orders=[sold("O1", "cup", 1, 1000)])

    assert ("aftersale.wrong_item", "R2") == (only(outcome).type, only(outcome).keys["return_id"])
    assert ("stock.return_good", yuan(1548)) == (only_event(outcome).kind, only_event(outcome).amount)
