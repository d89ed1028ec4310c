"""Outbound: what orders and parcels say against what left the stock and what couriers took."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _suite import ReconciliationSuite, World
from goods_world import SHANGHAI, SHOPS, article, at, case, held, order, parcel
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Order, ReturnLine, Shipment, StockMovement
from tieout.reconciliations import DueRule, Outbound

AS_OF = dt.date(2026, 1, 31)
COST = 8_000


def move(movement_id, day, number, sku="A", count=1, cost="80.00", **more):
    fields = {"type": "sale_out", "warehouse": "Hangzhou", "occurred_at": at(day, 11)}
    return StockMovement(
        movement_id=movement_id,
        sku=sku,
        quantity=-Decimal(count),
        platform_order_id=number,
        unit_cost=None if cost is None else Money(cost, "CNY"),
        **(fields | more),
    )


def outbound(**more):
    return Outbound(**({"as_of": AS_OF} | more))


def found(outcome, key="platform_order_id"):
    assert [] == list(outcome.proof.failures)
    return sorted((one.type, one.keys.get(key, "-"), str(one.impact.amount)) for one in outcome.discrepancies)


def types(outcome):
    return [kind.partition(".")[2] for kind, *_ in found(outcome)]


def filed(day):
    """The day of the file that has it: one comes in the middle of the month, and one at its end."""
    return dt.date(2026, 1, 16 if day <= 16 else 31)


class TestOutbound(ReconciliationSuite):
    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 5)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=outbound(),
            sides={
                "orders": books.orders,
                "shipments": books.parcels,
                "movements": books.moves,
                "returns": books.cases,
            },
            arrives={
                "orders": books.ordered_on,
                "shipments": books.left_on,
                "movements": books.moved_on,
                "returns": books.applied_on,
            },
            planted=books.planted,
            named_by=("platform_order_id", "movement_id", "tracking_no", "warehouse"),
        )


class Books:
    """Books that are written story by story, each with orders, parcels and movements of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.orders, self.parcels, self.moves, self.cases = [], [], [], []
        self.ordered_on, self.left_on, self.moved_on, self.applied_on = [], [], [], []
        self.planted = []
        self.count = self.moved = 0

    def order(self, *lines, day=None, **more):
        self.count += 1
        day = day or self.dice.randint(1, 18)
        number = f"{self.count}"
        self.orders.append(order(number, day, *(lines or (article(),)), **more))
        self.ordered_on.append(filed(day))
        return number, day

    def send(self, suffix, day, *lines, **more):
        number = f"T{self.count}-{suffix}"
        self.parcels.append(parcel(number, day, *lines, **({"warehouse": "Hangzhou"} | more)))
        self.left_on.append(filed(day))
        return number

    def move(self, day, number, sku="A", count=1, **more):
        self.moved += 1
        self.moves.append(move(f"M{self.moved}", day, number, sku, count, **more))
        self.moved_on.append(filed(day))
        return f"M{self.moved}"

    def ask(self, number, day, kind, *lines, **more):
        self.cases.append(case(f"R{number}", number, kind, *lines, **more))
        self.applied_on.append(filed(day))

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def shipped(self):
        shop = self.dice.choice(SHOPS)
        number, day = self.order(article(count=2), shop=shop, status=self.dice.choice(["shipped", "signed", "paid"]))
        self.send(1, day + 1, held(number, count=2), shop=shop, picked_up_at=at(day + 1, 18), signed_at=at(day + 3))
        self.move(day + 1, number, count=2)

    def in_parts(self):
        number, day = self.order(article("A", 2), article("B", 1, "12.34"))
        self.send(1, day + 1, held(number, "A"), held(number, "B"))
        self.send(2, day + 2, held(number, "A"))
        self.move(day + 1, number, "A", tracking_no=f"T{self.count}-1")
        self.move(day + 1, number, "B", cost="12.34")
        self.move(day + 2, number, "A", tracking_no=f"T{self.count}-2")

    def merged(self):
        first, day = self.order()
        second, _ = self.order(day=day)
        number = self.send(1, day + 1, held(first), held(second))
        self.move(day + 1, None, "A", 2, tracking_no=number)

    def without_parcels_of_its_own(self):
        number, day = self.order(article("A", 2), article("B"))
        self.send(1, day + 1)
        self.move(day + 1, number, "A", 2, tracking_no=f"T{self.count}-1")
        self.move(day + 1, number, "B", tracking_no=f"T{self.count}-1")

    def without_skus(self):
        number, day = self.order(article(None, 3, sub="S"))
        self.send(1, day + 1, held(number, None, 3, "S"))
        self.move(day + 1, number, "A", 2)
        self.move(day + 1, number, "B", 1)

    def without_lines(self):
        self.count += 1
        day = self.dice.randint(1, 18)
        self.orders.append(order(str(self.count), day))
        self.ordered_on.append(filed(day))
        self.send(1, day + 1)
        self.move(day + 1, str(self.count), "A", 3, tracking_no=f"T{self.count}-1")

    def without_lines_and_without_a_movement(self):
        self.count += 1
        day = self.dice.randint(1, 18)
        self.orders.append(order(str(self.count), day))
        self.ordered_on.append(filed(day))
        self.plant("warehouse.outbound_missing", str(self.count))

    def waits_on_the_shelf(self):
        self.order(status="paid", day=self.dice.randint(1, 30))

    def unpaid(self):
        self.order(status="created")

    def waits_for_the_courier(self):
        number, _ = self.order(status="paid", day=30)
        self.send(1, 31, held(number), status="label_created", shipped_at=None, label_created_at=at(31))
        self.move(31, number)

    def labelled_only(self):
        number, _ = self.order(status="paid", day=30)
        self.send(1, 30, held(number), status="label_created", shipped_at=None, label_created_at=at(30))

    def left_today(self):
        number, _ = self.order(day=30)
        self.send(1, 31, held(number))

    def missing(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.plant("warehouse.outbound_missing", number, -COST)

    def missing_without_a_parcel(self):
        number, _ = self.order(article("A", 2))
        self.plant("warehouse.outbound_missing", number, -2 * COST)

    def fewer(self):
        number, day = self.order(article("A", 3))
        self.send(1, day + 1, held(number, "A", 3))
        self.move(day + 1, number, "A", 2)
        self.plant("warehouse.outbound_qty_mismatch", number, -COST)

    def more(self):
        number, day = self.order(article("A", 2))
        self.send(1, day + 1, held(number, "A", 2))
        self.move(day + 1, number, "A", 5)
        self.plant("warehouse.outbound_qty_mismatch", number, 3 * COST)

    def twice(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.move(day + 1, number)
        self.move(day + 2, number)
        self.plant("warehouse.outbound_duplicated", number, COST)

    def another(self):
        number, day = self.order(article("A"), article("B", 1, "10.00"))
        self.send(1, day + 1, held(number, "A"), held(number, "B"))
        self.move(day + 1, number, "A")
        self.move(day + 1, number, "X", cost="13.00")
        self.plant("warehouse.outbound_sku_mismatch", number, 300)

    def another_beyond(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.move(day + 1, number)
        self.move(day + 1, number, "X", cost="13.00")
        self.plant("warehouse.outbound_sku_mismatch", number, 1300)

    def for_no_order(self):
        day = self.dice.randint(1, 20)
        self.count += 1
        name = self.dice.choice([None, f"unknown {self.count}"])
        number = self.move(day, name, "A", 2)
        self.plant("warehouse.outbound_without_order", name or number, 2 * COST)

    def for_one_that_is_not_paid(self):
        number, day = self.order(status="created")
        moved = self.move(day + 1, number)
        self.plant("warehouse.outbound_without_order", number, COST)
        self.plant("warehouse.shipped_not_picked_up", number)
        assert moved

    def put_back(self):
        number, day = self.order(status="closed", closed_at=at(25))
        self.move(day + 1, number)
        self.move(day + 2, number, count=-1)

    def too_early(self):
        number, day = self.order()
        self.send(1, day + 2, held(number), picked_up_at=at(day + 1, 8))
        self.move(day + 1, number)
        self.plant("warehouse.outbound_time_anomaly", number)

    def too_late(self):
        number, day = self.order()
        self.send(1, day + 1, held(number), picked_up_at=at(day + 2, 12))
        self.move(day + 1, number)
        self.plant("warehouse.outbound_time_anomaly", number)

    def before_it_was_paid(self):
        number, day = self.order(paid_at=at(19))
        self.send(1, 20, held(number), picked_up_at=at(day, 20))
        self.move(day, number)
        self.plant("warehouse.outbound_time_anomaly", number)

    def elsewhere(self):
        number, day = self.order()
        self.send(1, day + 1, held(number), warehouse="Wuhan")
        self.move(day + 1, number)
        self.plant("warehouse.outbound_warehouse_mismatch", number)

    def on_the_dock(self):
        number, day = self.order()
        self.send(1, day + 1, held(number), status="label_created")
        self.move(day + 1, number)
        self.plant("warehouse.shipped_not_picked_up", number)

    def in_no_parcel(self):
        number, day = self.order()
        self.move(day + 1, number)
        self.plant("warehouse.shipped_not_picked_up", number)

    def in_another_month(self):
        number, _ = self.order(status="paid", day=1, paid_at=dt.datetime(2025, 12, 30, tzinfo=SHANGHAI))
        self.send(1, 1, held(number), picked_up_at=dt.datetime(2025, 12, 31, 22, tzinfo=SHANGHAI))
        self.move(1, number, occurred_at=at(1, 0))
        self.plant("warehouse.period_mismatch", number)

    def reshipped(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.move(day + 1, number)
        self.ask(number, day + 2, "reship", ReturnLine(sku="A", quantity_requested=Decimal(1)))
        self.send(2, day + 3, held(number), direction="reship")
        self.move(day + 3, None, type="reship_out", return_id=f"R{number}")

    def exchanged_and_no_parcel_says_so(self):
        number, day = self.order()
        self.send(1, day + 1)
        self.move(day + 1, number, tracking_no=f"T{self.count}-1")
        self.ask(number, day + 2, "exchange", ReturnLine(sku="A", quantity_requested=Decimal(1)))
        self.move(day + 3, None, "L", type="exchange_out", return_id=f"R{number}")

    def negative(self):
        number, day = self.order(article("A"), article("B", -1))
        self.send(1, day + 1, held(number), held(number, "B", -1))
        self.move(day + 1, number)
        self.plant("data.quantity_not_positive", number)
        self.plant("data.quantity_not_positive", f"T{self.count}-1")

    def without_a_sign(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.move(day + 1, number, count=-1, warehouse=f"W{number}", tracking_no=f"T{self.count}-1")
        self.parcels[-1] = attrs.evolve(self.parcels[-1], warehouse=f"W{number}")
        self.plant("warehouse.outbound_qty_mismatch", number, -2 * COST)
        self.plant("data.movement_sign", f"W{number}")

    def at_no_time(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.move(day + 1, number, occurred_at=None)
        self.plant("data.movement_undated", number)

    def costless(self):
        number, day = self.order(article(cost=None))
        self.send(1, day + 1, held(number))
        self.plant("warehouse.outbound_missing", number)
        self.plant("data.cost_missing", number)

    def other_movements(self):
        self.move(self.dice.randint(1, 20), None, type=self.dice.choice(["purchase_in", "count_loss", "transfer_out"]))

    def same_number_in_another_shop(self):
        number, day = self.order(shop=SHOPS[0])
        self.orders.append(order(number, day, article("B", 2, "5.00"), shop=SHOPS[2]))
        self.ordered_on.append(filed(day))
        first = self.send(1, day + 1, held(number), shop=SHOPS[0])
        second = self.send(2, day + 1, held(number, "B", 2), shop=SHOPS[2])
        self.move(day + 1, number, tracking_no=first)
        self.move(day + 1, number, "B", 2, cost="5.00", tracking_no=second)

    STORIES = (
        shipped,
        in_parts,
        merged,
        without_parcels_of_its_own,
        without_skus,
        without_lines,
        without_lines_and_without_a_movement,
        waits_on_the_shelf,
        unpaid,
        waits_for_the_courier,
        labelled_only,
        left_today,
        missing,
        missing_without_a_parcel,
        fewer,
        more,
        twice,
        another,
        another_beyond,
        for_no_order,
        for_one_that_is_not_paid,
        put_back,
        too_early,
        too_late,
        before_it_was_paid,
        elsewhere,
        on_the_dock,
        in_no_parcel,
        in_another_month,
        reshipped,
        exchanged_and_no_parcel_says_so,
        negative,
        without_a_sign,
        at_no_time,
        costless,
        other_movements,
        same_number_in_another_shop,
    )


def test_three_ordered_and_two_booked_out_is_a_difference_of_one_said_field_by_field():
    """`domain.md` C12 and C15: quantity 3 against 2."""
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 3))],
        shipments=[parcel("SF1", 3, held("1", "A", 3), picked_up_at=at(3, 18))],
        movements=[move("M1", 3, "1", count=2)],
    )

    (one,) = outcome.discrepancies
    assert ("warehouse.outbound_qty_mismatch", {"quantity": "3 -> 2"}) == (one.type, dict(one.diffs))
    assert ("-80.00", "240.00", "160.00") == tuple(
        str(money.amount) for money in (one.impact, one.expected, one.actual)
    )
    assert [("3", "3", "2", "discrepancy")] == outcome.lines.select("ordered", "held", "moved", "verdict").rows()
    assert outcome.proof.holds


def test_the_same_is_said_where_no_parcel_tells_what_it_holds():
    sides = {"orders": [order("1", 2, article("A", 3))], "movements": [move("M1", 3, "1", count=2, tracking_no="SF1")]}

    bare = outbound().run(**sides, shipments=[parcel("SF1", 3)])
    none = outbound().run(**sides)

    assert found(bare) == found(none) == [("warehouse.outbound_qty_mismatch", "1", "-80.00")]


def test_an_order_that_was_shipped_has_a_movement():
    """`domain.md` C14."""
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 2)), order("2", 2, article())],
        shipments=[parcel("SF1", 3, held("1", "A", 2)), parcel("SF2", 3, held("2"))],
        movements=[move("M2", 3, "2")],
    )

    assert [("warehouse.outbound_missing", "1", "-160.00")] == found(outcome)


def test_what_dispatch_finds_is_not_found_again():
    """Two of three pieces are in the parcel and were booked out: the stock is right, and `dispatch.quantity_short` says the rest."""
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 3)), order("2", 2, article(), status="created")],
        shipments=[parcel("SF1", 3, held("1", "A", 2)), parcel("SF2", 3, held("2")), parcel("SF3", 3, held("9"))],
        movements=[move("M1", 3, "1", count=2), move("M2", 3, "2")],
    )

    assert [] == [kind for kind in types(outcome) if kind != "outbound_time_anomaly"]
    assert "its order is not there" in outcome.records["shipments"]["verdict"].to_list()


@pytest.mark.parametrize(
    ("picked_up", "expected"),
    [
        (at(5, 10), []),
        (at(5, 10) - dt.timedelta(seconds=1), ["outbound_time_anomaly"]),
        (at(6, 12), []),
        (at(6, 12) + dt.timedelta(seconds=1), ["outbound_time_anomaly"]),
    ],
)
def test_a_parcel_is_picked_up_from_two_hours_before_its_movement_to_a_day_after(picked_up, expected):
    outcome = outbound().run(
        orders=[order("1", 2, article())],
        shipments=[parcel("SF1", 5, held("1"), picked_up_at=picked_up)],
        movements=[move("M1", 5, "1", occurred_at=at(5, 12))],
    )

    assert expected == types(outcome)


def test_the_bounds_of_time_can_be_set():
    sides = {
        "orders": [order("1", 2, article())],
        "shipments": [parcel("SF1", 5, held("1"), picked_up_at=at(5, 7))],
        "movements": [move("M1", 5, "1", occurred_at=at(5, 12))],
    }

    assert ["outbound_time_anomaly"] == types(outbound().run(**sides))
    assert [] == types(outbound(early=dt.timedelta(hours=5)).run(**sides))
    with pytest.raises(InputError, match="not negative"):
        outbound(late=dt.timedelta(hours=-1))


def test_stock_that_left_before_the_order_was_paid_is_said_unless_it_is_paid_at_the_door():
    sides = {"shipments": [parcel("SF1", 5, held("1"))], "movements": [move("M1", 5, "1")]}

    early = outbound().run(orders=[order("1", 2, article(), paid_at=at(5, 12))], **sides)
    at_the_door = outbound().run(orders=[order("1", 2, article(), paid_at=at(5, 12), is_cod=True)], **sides)

    (one,) = early.discrepancies
    assert ("warehouse.outbound_time_anomaly", "2026-01-05 12:00", "2026-01-05 11:00") == (
        one.type,
        one.evidence["first_at"],
        one.evidence["second_at"],
    )
    assert [] == types(at_the_door)


def test_who_signed_before_the_courier_came_is_said():
    outcome = outbound().run(
        orders=[order("1", 2, article())],
        shipments=[parcel("SF1", 5, held("1"), picked_up_at=at(5, 12), signed_at=at(5, 11))],
        movements=[move("M1", 5, "1")],
    )

    assert ["outbound_time_anomaly"] == types(outcome)


def test_of_two_parcels_the_one_nearest_in_time_is_that_of_a_movement():
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 2))],
        shipments=[
            parcel("SF1", 3, held("1"), picked_up_at=at(3, 18)),
            parcel("SF2", 9, held("1"), picked_up_at=at(9, 18)),
        ],
        movements=[move("M1", 3, "1"), move("M2", 9, "1")],
    )

    assert [] == types(outcome)


def test_a_movement_that_names_its_parcel_is_held_to_that_one():
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 2))],
        shipments=[
            parcel("SF1", 3, held("1"), picked_up_at=at(3, 18)),
            parcel("SF2", 9, held("1"), picked_up_at=at(9, 18)),
        ],
        movements=[move("M1", 3, "1", tracking_no="SF2"), move("M2", 9, "1", tracking_no="SF1")],
    )

    assert [("SF1", "out of order"), ("SF2", "too late")] == sorted(
        (one.keys["tracking_no"], one.factor) for one in outcome.discrepancies
    )


def test_what_left_the_stock_and_waits_for_the_courier_is_a_matter_of_time_first():
    sides = {
        "orders": [order("1", 20, article())],
        "shipments": [parcel("SF1", 21, held("1"), status="label_created", shipped_at=None, label_created_at=at(21))],
        "movements": [move("M1", 21, "1")],
    }
    runs = [outbound(as_of=dt.date(2026, 1, day)).run(**sides) for day in (21, 22, 25)]

    assert [[], ["shipped_not_picked_up"], ["shipped_not_picked_up"]] == [types(run) for run in runs]
    assert ["not due", "late", "missing"] == [run.carry_forward.items["what"][0] for run in runs]


def test_where_no_parcels_are_known_nothing_is_said_of_couriers():
    outcome = outbound().run(orders=[order("1", 2, article())], movements=[move("M1", 3, "1")])

    assert [] == types(outcome)


def test_a_voided_label_is_no_parcel():
    outcome = outbound().run(
        orders=[order("1", 2, article(), status="paid")],
        shipments=[parcel("SF1", 3, held("1"), status="voided")],
        movements=[move("M1", 3, "1")],
    )

    assert [("warehouse.shipped_not_picked_up", "1", "0.00")] == found(outcome)


def test_a_movement_that_is_late_by_a_day_is_waited_for():
    sides = {"orders": [order("1", 20, article())], "shipments": [parcel("SF1", 21, held("1"))], "movements": []}
    runs = {day: outbound(as_of=dt.date(2026, 1, day)).run(**sides) for day in (21, 22)}

    assert [] == types(runs[21])
    assert ["in transit"] == runs[21].lines["verdict"].to_list()
    assert ["outbound_missing"] == types(runs[22])
    assert [] == types(outbound(as_of=dt.date(2026, 1, 25), booked=DueRule(after=5)).run(**sides))


def test_stock_booked_out_before_its_parcel_is_on_record_is_waited_for_as_far_as_it_was_ordered():
    sides = {"orders": [order("1", 20, article("A", 2))], "shipments": [parcel("SF1", 21, held("1"))]}
    rest = [move("M1", 21, "1"), move("M2", 23, "1")]
    today = dt.date(2026, 1, 23)

    assert [] == types(outbound(as_of=today).run(**sides, movements=rest))
    assert ["outbound_duplicated"] == types(outbound().run(**sides, movements=rest))
    assert ["outbound_qty_mismatch"] == types(
        outbound(as_of=today).run(**sides, movements=[*rest, move("M3", 23, "1", count=4)])
    )


def test_moved_in_one_month_and_picked_up_in_the_next_is_one_pair_and_a_mismatch_of_periods():
    """`domain.md` 6.2, over two runs."""
    bought = order("1", 30, article())
    shipped = Shipment(
        carrier="sf",
        tracking_no="SF1",
        shop_id=SHOPS[0][1],
        picked_up_at=dt.datetime(2026, 2, 1, 9, tzinfo=SHANGHAI),
        lines=[held("1")],
    )
    january = Outbound(period="2026-01").run(
        orders=[attrs.evolve(bought, shipped_at=at(31))],
        shipments=[],
        movements=[move("M1", 31, "1", occurred_at=at(31, 20))],
    )
    february = Outbound(period="2026-02").run(
        orders=[], shipments=[shipped], movements=[], opening=january.carry_forward
    )

    assert [] == types(january)
    assert [("warehouse.period_mismatch", "1", "0.00")] == found(february)
    (one,) = february.discrepancies
    assert ("2026-02-01", "2026-01-31") == (one.evidence["happened_on"], one.evidence["booked_on"])


def test_the_zone_of_the_book_decides_the_month():
    sides = {
        "orders": [order("1", 1, article(), paid_at=dt.datetime(2025, 12, 30, tzinfo=SHANGHAI))],
        "shipments": [parcel("SF1", 1, held("1"), picked_up_at=at(1, 1))],
        "movements": [move("M1", 1, "1", occurred_at=at(1, 2))],
    }

    assert [] == types(outbound().run(**sides))
    sides["movements"] = [move("M1", 1, "1", occurred_at=at(1, 9))]
    assert ["outbound_time_anomaly", "period_mismatch"] == types(outbound(timezone="Europe/London").run(**sides))


def test_a_carried_movement_gives_way_to_the_one_that_is_read_anew():
    sides = {"orders": [order("1", 2, article("A", 3))], "shipments": [parcel("SF1", 3, held("1", "A", 3))]}
    first = outbound().run(**sides, movements=[move("M1", 3, "1", count=2)])
    second = outbound().run(
        orders=[], shipments=[], movements=[move("M1", 3, "1", count=3)], opening=first.carry_forward
    )

    assert ["outbound_qty_mismatch"] == types(first)
    assert [] == types(second)
    assert ["gone"] == second.compare(first)["change"].to_list()


def test_what_agreed_long_ago_is_forgotten_whole():
    sides = {
        "orders": [order("1", 2, article())],
        "shipments": [parcel("SF1", 4, held("1"))],
        "movements": [move("M1", 5, "1")],
    }
    opening = outbound().run(**sides).carry_forward
    for day in (2, 4, 5, 6, 7):
        outcome = outbound(as_of=dt.date(2026, 4, day)).run(orders=[], shipments=[], movements=[], opening=opening)
        opening = outcome.carry_forward

        assert [] == types(outcome)
    assert [0] * 4 == [len(side) for side in opening.sides.values()]


def test_one_number_in_two_shops_belongs_to_neither_unless_its_parcel_tells():
    orders = [order("1", 2, article(), shop=SHOPS[0]), order("1", 2, article(), shop=SHOPS[2])]
    parcels = [parcel("SF1", 3, held("1"), shop=SHOPS[0]), parcel("SF2", 3, held("1"), shop=SHOPS[2])]
    moves = [move("M1", 3, "1", tracking_no="SF1"), move("M2", 3, "1")]

    outcome = outbound().run(orders=orders, shipments=parcels, movements=moves)

    assert ["outbound_missing", "outbound_without_order"] == types(outcome)
    (stranger,) = (one for one in outcome.discrepancies if one.type.endswith("without_order"))
    assert ("M2", "pdd shop 3, taobao shop 1") == (stranger.keys["movement_id"], stranger.evidence["suggested"])


def test_stock_of_a_parcel_with_orders_of_two_shops_is_given_to_neither():
    outcome = outbound().run(
        orders=[order("1", 2, article(), shop=SHOPS[0]), order("2", 2, article(), shop=SHOPS[2])],
        shipments=[parcel("SF1", 3, held("1"), held("2"), shop=None)],
        movements=[move("M1", 3, None, tracking_no="SF1")],
    )

    assert ["outbound_missing", "outbound_missing", "outbound_without_order"] == types(outcome)


def test_a_parcel_number_that_stands_in_both_shops_tells_neither():
    orders = [order("1", 2, article(), shop=SHOPS[0]), order("1", 2, article(), shop=SHOPS[2])]
    parcels = [
        parcel("77", 3, held("1"), shop=SHOPS[0], carrier="sf"),
        parcel("77", 3, held("1"), shop=SHOPS[2], carrier="zto"),
    ]

    outcome = outbound().run(orders=orders, shipments=parcels, movements=[move("M1", 3, "1", tracking_no="77")])

    assert ["outbound_missing", "outbound_missing", "outbound_without_order"] == types(outcome)


def test_books_never_mix():
    outcome = outbound().run(
        orders=[attrs.evolve(order("1", 2, article()), book_id="one")],
        shipments=[attrs.evolve(parcel("SF1", 3, held("1")), book_id="one")],
        movements=[
            attrs.evolve(move("M1", 3, "1"), book_id="two"),
            attrs.evolve(move("M2", 3, None, tracking_no="SF1"), book_id="two"),
        ],
    )

    assert ["outbound_missing", "outbound_without_order", "outbound_without_order"] == types(outcome)


def test_a_movement_of_two_orders_in_one_parcel_is_held_to_both_together():
    orders = [order("1", 2, article()), order("2", 2, article())]
    parcels = [parcel("SF1", 3, held("1"), held("2"))]

    enough = outbound().run(
        orders=orders, shipments=parcels, movements=[move("M1", 3, None, count=2, tracking_no="SF1")]
    )
    short = outbound().run(orders=orders, shipments=parcels, movements=[move("M1", 3, None, tracking_no="SF1")])

    assert [] == types(enough)
    assert [("warehouse.outbound_qty_mismatch", "1,2", "-80.00")] == found(short)


@pytest.mark.parametrize("other", [{"book_id": "b2"}, {"shop": SHOPS[1]}])
def test_a_parcel_of_another_book_or_shop_is_not_that_of_a_movement_which_names_its_number(other):
    ours = attrs.evolve(order("1", 2, article()), book_id="b1")
    left = move("M1", 3, "1", tracking_no="SF1", book_id="b1")
    theirs = parcel("SF1", 3, warehouse="Beijing", picked_up_at=at(3, 18), **other)
    outcome = outbound().run(orders=[ours], movements=[left], shipments=[theirs])
    assert ["shipped_not_picked_up"] == types(outcome)


def test_a_number_is_read_without_spaces_and_in_capitals():
    sides = {"orders": [order("1", 2, article())], "movements": [move("M1", 3, None, tracking_no=" sf 1")]}
    outcome = outbound().run(**sides, shipments=[parcel("SF1", 3, held("1"), picked_up_at=at(3, 18))])
    assert [] == types(outcome)


def test_stock_that_left_for_an_order_that_was_paid_and_closed_is_said_as_it_is():
    closed = order("1", 2, article(), status="closed", closed_at=at(2, 20))
    (found,) = outbound().run(orders=[closed], movements=[move("M1", 3, "1")]).discrepancies
    assert "nothing of that order is to leave: it is not paid, or it was closed" == found.evidence["why"]


def test_chinese_sentences_are_chinese_throughout():
    nobodys = (
        outbound()
        .run(orders=[order("1", 2, article())], movements=[move("M1", 3, "1"), move("M2", 3, "1", "B")])
        .discrepancies
    )
    nameless = outbound().run(orders=[order("1", 2)], movements=[]).discrepancies
    assert ["订单 1：出库 B 1 件，无人订购", "订单 1 的 全部商品 已发出 0 件，库存系统无出库记录：缺失"] == [
        found.reason_zh for found in (*nobodys, *nameless)
    ]


def test_a_number_that_holds_a_crowd_of_orders_is_no_parcels():
    orders = [order(f"{n}", 2, article()) for n in range(101)]
    parcels = [parcel("9999999999", 3, held(f"{n}"), picked_up_at=at(3, 18)) for n in range(101)]
    named, nameless = move("M1", 3, "7"), move("M2", 3, None, tracking_no="9999999999")
    outcome = outbound().run(orders=orders, movements=[named, nameless], shipments=parcels)
    assert [7] == outcome.matches["left"].to_list()
    assert ["M2"] == [
        found.keys["movement_id"] for found in outcome.discrepancies if found.type.endswith("without_order")
    ]


def test_a_movement_of_an_order_that_is_not_there_may_still_name_its_parcel():
    outcome = outbound().run(
        orders=[order("1", 2, article())],
        shipments=[parcel("SF1", 3, held("1"))],
        movements=[move("M1", 3, "WMS-77", tracking_no="SF1")],
    )

    assert [] == types(outcome)


def test_cases_that_point_at_each_other_in_a_circle_allow_what_they_say_and_no_more():
    outcome = outbound().run(
        orders=[order("1", 2, article())],
        movements=[move("M1", 3, "1"), *(move(f"R{n}", 3 + n, "1", type="reship_out") for n in (1, 2, 3))],
        returns=[
            case("R1", "1", "reship", outbound_tracking_no="SF3", exchange_tracking_no="SF2"),
            case("R2", "1", "reship", outbound_tracking_no="SF2", exchange_tracking_no="SF3"),
        ],
    )

    assert [("warehouse.outbound_duplicated", "1", "80.00")] == found(outcome)


def test_what_was_cancelled_before_shipment_is_not_to_leave():
    orders = [order("1", 2, article("A"), article("B"), status="shipped")]
    cancelled = [
        case("R", "1", "refund_only", ReturnLine(sku="B", quantity_requested=Decimal(1)), stage="before_shipment")
    ]

    left_out = outbound().run(orders=orders, returns=cancelled, movements=[move("M1", 3, "1", "A")])
    taken = outbound().run(
        orders=orders, returns=cancelled, movements=[move("M1", 3, "1", "A"), move("M2", 3, "1", "B")]
    )

    assert [] == types(left_out)
    assert [("warehouse.outbound_qty_mismatch", "1", "80.00")] == found(taken)


def test_money_of_two_currencies_in_one_order_is_compared_by_pieces_alone():
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 3))],
        movements=[move("M1", 3, "1"), attrs.evolve(move("M2", 3, "1"), unit_cost=Money("9.00", "USD"))],
    )

    assert [("data.cost_missing", "1", "0.00"), ("warehouse.outbound_qty_mismatch", "1", "0.00")] == found(outcome)


def test_the_cost_of_the_stock_goes_before_that_of_the_order():
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 3, cost="70.00"))],
        movements=[move("M1", 3, "1", cost="81.00"), move("M2", 3, "1", cost="80.00")],
    )

    assert [("warehouse.outbound_qty_mismatch", "1", "-80.50")] == found(outcome)


def test_parts_of_a_piece_tie_to_the_cent():
    outcome = outbound().run(
        orders=[order("1", 2, article("A", "0.333")), order("2", 2, article("A", "1.5", cost="0.33"))],
        movements=[
            move("M1", 3, "1", count="0.333"),
            move("M2", 3, "2", count="0.75", cost="0.33"),
            move("M3", 3, "2", count="0.75", cost="0.33"),
        ],
    )

    assert [] == types(outcome)
    assert outcome.proof.holds


def test_what_left_is_posted_at_its_cost_by_shop_warehouse_and_day():
    """`domain.md` 7.4: V-01 and V-02a, V-14a, V-15."""
    outcome = outbound().run(
        orders=[order("1", 2, article("A", 2)), order("2", 2, article(), shop=SHOPS[2])],
        shipments=[parcel("SF1", 3, held("1", "A", 2)), parcel("SF2", 3, held("2"), shop=SHOPS[2])],
        movements=[
            move("M1", 3, "1"),
            move("M2", 3, "1", cost="81.00"),
            move("M3", 3, "2", cost=None),
            move("M4", 4, "1", "L", type="exchange_out", cost="12.00"),
            move("M5", 4, "1", "R", type="reship_out", cost="5.00"),
            move("M6", 4, "1", "F", type="repair_out", cost="99.00"),
        ],
        returns=[case("R", "1", "exchange")],
    )

    assert [
        ("stock.exchange_out", "taobao shop 1 2026-01-04", "12.00"),
        ("stock.reship_out", "taobao shop 1 2026-01-04", "5.00"),
        ("stock.sale_out", "pdd shop 3 2026-01-03", "80.00"),
        ("stock.sale_out", "taobao shop 1 2026-01-03", "161.00"),
    ] == sorted((event.kind, event.document, str(event.amount.amount)) for event in outcome.events)
    assert {"warehouse": "Hangzhou"} == dict(next(iter(outcome.events)).details)


def test_a_day_of_which_a_movement_comes_late_is_posted_again_as_a_whole():
    bought = [order("1", 2, article()), order("2", 2, article())]
    first = outbound().run(orders=bought, movements=[move("M1", 3, "1"), move("M0", 4, "2", count=0)])
    second = outbound().run(orders=[], movements=[move("M2", 3, "2")], opening=first.carry_forward)
    third = outbound().run(orders=[], movements=[], opening=second.carry_forward)

    (one,), (again,) = first.events, second.events
    assert one.event_id == again.event_id
    assert ("80.00", "160.00") == (str(one.amount.amount), str(again.amount.amount))
    assert [] == list(third.events)


def test_a_period_posts_its_own_days():
    sides = {"orders": [order("1", 2, article("A", 2))], "movements": [move("M1", 3, "1"), move("M2", 9, "1")]}
    outcome = Outbound(period="2026-01-09").run(**sides)

    assert [("taobao shop 1 2026-01-09", "80.00")] == [(one.document, str(one.amount.amount)) for one in outcome.events]


def test_a_check_of_ones_own_gets_the_sides():
    def from_hangzhou(sides):
        moves = sides["movements"].filter(pl.col("warehouse") == "Hangzhou")
        return moves.select(pl.lit("movements").alias("side"), "row", pl.lit("Hangzhou is closed").alias("reason"))

    outcome = outbound(own_checks={"closed": from_hangzhou}).run(
        orders=[order("1", 2, article())], movements=[move("M1", 3, "1")]
    )

    assert [("custom.closed", "1", "0.00")] == found(outcome)


def test_an_order_line_of_no_article_is_compared_by_the_order():
    bought = Order(platform="taobao", platform_order_id="1", status="shipped", lines=[article(None, 2)], currency="CNY")
    outcome = outbound().run(orders=[bought], movements=[move("M1", 3, "1", "A"), move("M2", 3, "1", "B", 2)])

    (one,) = outcome.discrepancies
    assert ("warehouse.outbound_qty_mismatch", {"quantity": "2 -> 3"}) == (one.type, dict(one.diffs))
    assert "sku" not in one.keys


@pytest.mark.parametrize(
    ("said", "missing"),
    [(None, []), ("paid", []), ("shipped", [("warehouse.outbound_missing", "B", "-80.00")])],
)
def test_of_an_order_that_was_shipped_in_part_the_rest_need_not_have_left(said, missing):
    """Where no parcel says what it holds: the platform has the order as shipped from its first parcel on."""
    lines = (article("A", 2, sub="1"), article("B", sub="2", status=said))
    outcome = outbound().run(
        orders=[order("1", 2, *lines, status="partially_shipped", shipped_at=at(3))],
        movements=[move("M1", 3, "1", "A", 2)],
    )

    assert missing == found(outcome, "sku")


def test_an_order_that_was_shipped_in_part_has_a_movement():
    ordered = order("1", 2, article("A", 2), status="partially_shipped", shipped_at=at(3))
    outcome = outbound().run(orders=[ordered], movements=[])

    assert [("warehouse.outbound_missing", "1", "-160.00")] == found(outcome)


def test_a_movement_of_nobody_that_is_read_again_with_another_word_is_still_found():
    """Nothing of its unit is of February but what is read anew in the place of what was carried."""
    alone = move("M1", 10, "2999", warehouse=None)
    sides = {"orders": [], "shipments": []}
    january = Outbound(period="2026-01").run(**sides, movements=[alone])
    opening = attrs.evolve(january.carry_forward, opens_on=dt.date(2026, 2, 1))
    february = Outbound(period="2026-02").run(**sides, movements=[attrs.evolve(alone, batch="B9")], opening=opening)

    assert ["outbound_without_order"] == types(january) == types(february)
    assert [True] == february.records["movements"]["is_opening"].to_list()
