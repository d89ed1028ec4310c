"""Dispatch: orders against the parcels that they were shipped in."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _suite import ReconciliationSuite, World
from goods_world import SHANGHAI, SHOPS, article, at, case, held, order, parcel
from moneyed import Money

from tieout.model import Piece, ReturnLine, Shipment
from tieout.reconciliations import Dispatch, DueRule, DueRules
from tieout.tables import Table

AS_OF = dt.date(2026, 1, 31)
COST = 8_000


def dispatch(**more):
    return Dispatch(**({"as_of": AS_OF} | more))


def found(outcome, key="platform_order_id"):
    assert [] == list(outcome.proof.failures)
    return sorted((one.type, one.keys.get(key, "-"), str(one.impact.amount)) for one in outcome.discrepancies)


class TestDispatch(ReconciliationSuite):
    elsewhere = frozenset({"general.tolerance_drift", "data.order_conflict"})

    test_a_day_at_a_time_ends_like_all_at_once = (
        None  # test_sales.py holds more worlds to it, together with their events
    )

    def world(self, dice: random.Random) -> World:
        books = Books(dice)
        for _ in range(dice.randint(0, 14)):
            dice.choice(books.STORIES)(books)
        return World(
            reconciliation=dispatch(freight={f"T{number}-2": Money("3.50", "CNY") for number in range(20)}),
            sides={"orders": books.orders, "shipments": books.parcels, "returns": books.cases},
            arrives={"orders": books.ordered_on, "shipments": books.left_on, "returns": books.applied_on},
            planted=books.planted,
            named_by=("platform_order_id", "tracking_no"),
        )


def filed(day):
    """The day of the file that has it: one comes every ten days."""
    return dt.date(2026, 1, min(-(-day // 10) * 10, 31))


class Books:
    """Books that are written story by story, each with orders and parcels of its own."""

    def __init__(self, dice):
        self.dice = dice
        self.orders, self.parcels, self.cases = [], [], []
        self.ordered_on, self.left_on, self.applied_on = [], [], []
        self.planted = []
        self.count = 0

    def order(self, *lines, day=None, **more):
        self.count += 1
        day = day or self.dice.randint(1, 18)
        number = f"{self.count}"
        self.orders.append(order(number, day, *(lines or (article(),)), **more))
        self.ordered_on.append(filed(day))
        return number, day

    def send(self, suffix, day, *lines, **more):
        number = f"T{self.count}-{suffix}"
        self.parcels.append(parcel(number, day, *lines, **more))
        self.left_on.append(filed(day))
        return number

    def ask(self, number, day, kind, *lines, **more):
        self.cases.append(case(f"R{number}", number, kind, *lines, **more))
        self.applied_on.append(filed(day))

    def plant(self, kind, name, impact=0):
        self.planted.append((kind, name, impact))

    def shipped(self):
        shop = self.dice.choice(SHOPS)
        number, day = self.order(article(count=2), shop=shop, status=self.dice.choice(["shipped", "signed", "paid"]))
        self.send(1, day + 1, held(number, count=2), shop=shop)

    def split(self):
        number, day = self.order(article("A", 2), article("B", 1, "12.34"))
        self.send(1, day + 1, held(number, "A", 1), held(number, "B", 1))
        self.send(2, day + 2, held(number, "A", 1))

    def merged(self):
        first, day = self.order()
        second, _ = self.order(article("B"), day=day)
        self.send(1, day + 1, held(first), held(second, "B"))

    def merged_with_one_that_waits(self):
        first, _ = self.order(day=29, status="paid")
        second, _ = self.order(article("B"), article("C"), day=30, status="partially_shipped")
        self.send(1, 30, held(first, "A", 2), held(second, "B"))
        self.plant("dispatch.quantity_excess", first, COST)

    def without_lines(self):
        self.count += 1
        day = self.dice.randint(1, 18)
        self.orders.append(order(str(self.count), day))
        self.ordered_on.append(filed(day))
        self.send(1, day + 1, held(str(self.count), None, 3))

    def unpaid(self):
        self.order(status="created")

    def closed(self):
        self.order(status="closed", paid_at=None, closed_at=at(20))

    def waits(self):
        self.order(status="paid", day=30)

    def late(self):
        number, _ = self.order(status="paid", day=27)
        self.plant("order.paid_unshipped", number, -COST)

    def missing(self):
        number, _ = self.order(article("A", 2), article("B", 1, None), status="paid")
        self.plant("order.paid_unshipped", number, -2 * COST)

    def rest_of_it_missing(self):
        number, day = self.order(article("A", 2), status="partially_shipped")
        self.send(1, day + 1, held(number))
        self.plant("order.paid_unshipped", number, -COST)

    def shipped_unpaid(self):
        number, day = self.order(status="created")
        self.send(1, day + 1, held(number))
        self.plant("order.shipped_unpaid", number, COST)

    def said_to_be_shipped(self):
        number, _ = self.order()
        self.plant("order.status_conflict", number, -COST)

    def signed_and_still_paid(self):
        number, day = self.order(status="paid")
        self.send(1, day + 1, held(number), status="signed", signed_at=at(day + 3))
        self.plant("order.status_conflict", number)

    def duplicate(self):
        number, day = self.order(article(sub="S"))
        self.send(1, day + 1, held(number, None, 1, "S"))
        self.send(2, day + 3, held(number, None, 1, "S"))
        self.plant("aftersale.duplicate_shipment", number, COST + (350 if self.count < 20 else 0))

    def reshipped(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.ask(number, day + 2, "reship", ReturnLine(sku="A", quantity_requested=Decimal(1)))
        self.send(2, day + 3, held(number), direction=self.dice.choice(["reship", "outbound"]))

    def exchanged_for_another(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.ask(number, day + 2, "exchange", ReturnLine(sku="A", quantity_requested=Decimal(1)))
        self.send(2, day + 5, held(number, "L"), direction="exchange")

    def reshipped_without_case(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.send(2, day + 3, held(number), direction="reship")
        self.plant("aftersale.reship_without_case", number, COST)

    def short(self):
        number, day = self.order(article("A", 3))
        self.send(1, day + 1, held(number, "A", 1))
        self.plant("dispatch.quantity_short", number, -2 * COST)

    def excess(self):
        number, day = self.order(article("A", 2))
        self.send(1, day + 1, held(number, "A", 5))
        self.plant("dispatch.quantity_excess", number, 3 * COST)

    def wrong(self):
        number, day = self.order(article("A"), article("B"))
        self.send(1, day + 1, held(number, "A"), held(number, "X"))
        self.plant("dispatch.wrong_sku", number)

    def unknown(self):
        self.count += 1
        self.send(1, self.dice.randint(1, 20), held(f"unknown {self.count}"))
        self.plant("dispatch.unknown_order", f"unknown {self.count}")

    def naming_no_order(self):
        self.count += 1
        self.plant("dispatch.unknown_order", self.send(1, self.dice.randint(1, 20)))

    def closed_and_shipped(self):
        number, _ = self.order(status="closed", closed_at=at(19))
        self.send(1, 21, held(number))
        self.plant("dispatch.closed_shipped", number, COST)

    def shipped_and_closed(self):
        number, _ = self.order(status="closed", closed_at=at(25), shipped_at=at(20))
        self.send(1, 20, held(number))

    def cancelled_and_shipped(self):
        number, day = self.order(status="paid")
        self.ask(number, day, "refund_only", stage="before_shipment")
        self.send(1, day + 2, held(number))
        self.plant("dispatch.closed_shipped", number, COST)

    def without_number(self):
        number, day = self.order()
        self.count += 1
        self.parcels.append(parcel("-" * self.count, day + 1, held(number)))
        self.left_on.append(filed(day + 1))
        self.plant("dispatch.parcel_without_number", number)

    def negative(self):
        number, day = self.order(article("A"), article("B", -1))
        self.send(1, day + 1, held(number), held(number, "B", -1))
        self.plant("data.quantity_not_positive", number)
        self.plant("data.quantity_not_positive", f"T{self.count}-1")

    def voided(self):
        number, day = self.order()
        self.send(1, day + 1, held(number), status="voided")
        self.send(2, day + 1, held(number))

    def label_only(self):
        number, _ = self.order(status="paid", day=30)
        self.send(1, 30, held(number), status="label_created", shipped_at=None, label_created_at=at(30))

    def coming_back(self):
        number, day = self.order()
        self.send(1, day + 1, held(number))
        self.send(2, day + 5, held(number), direction="return")

    def same_number_in_another_shop(self):
        number, day = self.order(shop=SHOPS[0])
        self.orders.append(order(number, day, article("B", 2), shop=SHOPS[1]))
        self.ordered_on.append(filed(day))
        self.send(1, day + 1, held(number), shop=SHOPS[0])
        self.send(2, day + 1, held(number, "B", 2), shop=SHOPS[1])

    STORIES = (
        shipped,
        split,
        merged,
        merged_with_one_that_waits,
        without_lines,
        unpaid,
        closed,
        waits,
        late,
        missing,
        rest_of_it_missing,
        shipped_unpaid,
        said_to_be_shipped,
        signed_and_still_paid,
        duplicate,
        reshipped,
        exchanged_for_another,
        reshipped_without_case,
        short,
        excess,
        wrong,
        unknown,
        naming_no_order,
        closed_and_shipped,
        shipped_and_closed,
        cancelled_and_shipped,
        without_number,
        negative,
        voided,
        label_only,
        coming_back,
        same_number_in_another_shop,
    )


def test_a_sub_order_of_one_piece_that_left_twice_costs_its_goods_and_its_freight():
    """`domain.md` 5.2: SF1 on 3 January, SF2 on 5 January, 80.00 + 3.50."""
    outcome = dispatch(freight={"SF1": Money("3.20", "CNY"), "SF2": Money("3.50", "CNY")}).run(
        orders=[order("1", 2, article(sub="S"))],
        shipments=[parcel("SF2", 5, held("1", None, 1, "S")), parcel("SF1", 3, held("1", None, 1, "S"))],
    )

    (one,) = outcome.discrepancies
    assert ("aftersale.duplicate_shipment", "SF2", "83.50") == (
        one.type,
        one.keys["tracking_no"],
        str(one.impact.amount),
    )
    assert outcome.proof.holds


def test_freight_in_another_currency_is_not_added():
    outcome = dispatch(freight={"SF2": Money("3.50", "USD")}).run(
        orders=[order("1", 2, article())], shipments=[parcel("SF1", 3, held("1")), parcel("SF2", 5, held("1"))]
    )

    assert [("aftersale.duplicate_shipment", "1", "80.00")] == found(outcome)


def test_a_case_allows_as_many_pieces_as_it_says():
    outcome = dispatch().run(
        orders=[order("1", 2, article("A", 3))],
        shipments=[
            parcel("SF1", 3, held("1", count=3)),
            parcel("SF2", 5, held("1", count=2)),
            parcel("SF3", 6, held("1", count=1)),
        ],
        returns=[case("R", "1", "reship", ReturnLine(sku="A", quantity_requested=Decimal(2)))],
    )

    assert [("aftersale.duplicate_shipment", "SF3", "80.00")] == found(outcome, "tracking_no")


@pytest.mark.parametrize("status", ["rejected", "cancelled", "applied"])
def test_a_case_that_was_not_granted_allows_nothing(status):
    outcome = dispatch().run(
        orders=[order("1", 2, article())],
        shipments=[parcel("SF1", 3, held("1")), parcel("SF2", 5, held("1"))],
        returns=[case("R", "1", "reship", status=status)],
    )

    assert [("aftersale.duplicate_shipment", "1", "80.00")] == found(outcome)


def test_a_case_of_one_article_does_not_allow_another():
    outcome = dispatch().run(
        orders=[order("1", 2, article("A"), article("B"))],
        shipments=[parcel("SF1", 3, held("1"), held("1", "B")), parcel("SF2", 5, held("1", "B"))],
        returns=[case("R", "1", "reship", ReturnLine(sku="A", quantity_requested=Decimal(1)))],
    )

    assert [("aftersale.duplicate_shipment", "1", "80.00")] == found(outcome)


def test_cases_that_point_at_each_other_in_a_circle_allow_what_they_say_and_no_more():
    outcome = dispatch().run(
        orders=[order("1", 2, article())],
        shipments=[parcel(f"SF{number}", 2 + number, held("1")) for number in (1, 2, 3, 4)],
        returns=[
            case("R1", "1", "reship", outbound_tracking_no="SF3", exchange_tracking_no="SF2"),
            case("R2", "1", "reship", outbound_tracking_no="SF2", exchange_tracking_no="SF3"),
        ],
    )

    assert 1 == len(found(outcome))


def test_a_parcel_that_names_no_order_belongs_to_the_case_that_names_it():
    outcome = dispatch().run(
        orders=[order("1", 2, article())],
        shipments=[parcel("SF1", 3, held("1")), parcel("SF2", 5, held(None))],
        returns=[case("R", "1", "exchange", exchange_tracking_no="SF2")],
    )

    assert [] == found(outcome)


def test_one_number_in_two_shops_and_a_parcel_that_does_not_say_which_is_a_suggestion():
    outcome = dispatch().run(
        orders=[order("1", 2, article(), shop=SHOPS[0]), order("1", 2, article(), shop=SHOPS[2])],
        shipments=[parcel("SF1", 3, held("1"), shop=None)],
    )

    assert ["dispatch.unknown_order", "order.status_conflict", "order.status_conflict"] == [
        kind for kind, _, _ in found(outcome)
    ]
    stranger = next(one for one in outcome.discrepancies if one.type == "dispatch.unknown_order")
    assert "pdd shop 3, taobao shop 1" == stranger.evidence["suggested"]
    assert ["suggested", "suggested"] == outcome.matches["status"].to_list()


def test_an_order_of_a_known_shop_is_meant_before_one_of_no_shop():
    orders = [order("1", 2, article()), order("1", 2, article(), shop=("taobao", None))]
    outcome = dispatch().run(orders=orders, shipments=[parcel("SF1", 3, held("1"))])

    assert [("order.status_conflict", "1", "-80.00")] == found(outcome)
    assert ["discrepancy", "agreed"] == outcome.lines.sort("shop_id", nulls_last=False)["verdict"].to_list()


def test_books_do_not_mix():
    outcome = dispatch().run(
        orders=[order("1", 2, article(), book_id="one")], shipments=[parcel("SF1", 3, held("1"), book_id="two")]
    )

    assert ["dispatch.unknown_order", "order.status_conflict"] == [kind for kind, _, _ in found(outcome)]
    assert [("dispatch.unknown_order", "two"), ("order.status_conflict", "one")] == sorted(
        (one.type, one.keys["book_id"]) for one in outcome.discrepancies
    )


def test_orders_of_two_currencies_in_one_parcel_are_compared_by_pieces():
    outcome = dispatch().run(
        orders=[
            order("1", 2, article()),
            order("2", 2, article("B", cost=None)),
            order("3", 2, currency="USD"),
        ],
        shipments=[parcel("SF1", 3, held("1", count=2), held("2", "B"), held("3"))],
    )

    assert [("dispatch.quantity_excess", "1", "0")] == [
        (kind, name, amount.split(".")[0]) for kind, name, amount in found(outcome)
    ]


def test_a_newer_version_of_an_order_counts_alone():
    paid = order("1", 2, article(), status="paid")
    outcome = dispatch().run(
        orders=[paid, attrs.evolve(paid, status="closed", closed_at=at(3)), attrs.evolve(paid, buyer_ref="b")],
        shipments=[],
    )

    assert [] == found(outcome)
    assert ["an older version", "agreed", "an older version"] == outcome.records["orders"].sort("row")[
        "verdict"
    ].to_list()


def test_two_records_of_one_order_of_which_neither_is_later_are_told():
    few, many = order("1", 2, article(), status="paid"), order("1", 2, article(count=2), status="paid")
    for orders in ([few, many], [many, few]):
        outcome = dispatch(as_of=at(2).date()).run(orders=orders, shipments=[])

        assert [("data.order_conflict", "1", "0.00")] == found(outcome)


def test_a_newer_version_of_a_parcel_does_not_count_twice():
    sent = parcel("SF1", 3, held("1"))
    outcome = dispatch().run(
        orders=[order("1", 2, article())], shipments=[sent, attrs.evolve(sent, status="signed", signed_at=at(6))]
    )

    assert [] == found(outcome)


def test_rows_of_one_parcel_with_orders_of_their_own_all_count():
    outcome = dispatch().run(
        orders=[order("1", 2, article()), order("2", 2, article())],
        shipments=[parcel("SF1", 3, held("1")), parcel("SF1", 3, held("2"))],
    )

    assert [] == found(outcome)


def test_pieces_that_do_not_say_what_they_are_fill_what_is_short():
    outcome = dispatch().run(
        orders=[order("1", 2, article("A"), article("B", 1, "5.00"))],
        shipments=[parcel("SF1", 3, held("1", None, 3))],
    )

    assert [("dispatch.quantity_excess", "1", "0.00")] == found(outcome)


def test_wrong_articles_go_in_the_place_of_what_is_short_and_the_rest_stays_short():
    outcome = dispatch().run(orders=[order("1", 2, article("A", 3))], shipments=[parcel("SF1", 3, held("1", "X", 1))])

    assert [("dispatch.quantity_short", "1", "-160.00"), ("dispatch.wrong_sku", "1", "0.00")] == found(outcome)
    wrong = next(one for one in outcome.discrepancies if one.type == "dispatch.wrong_sku")
    assert {"sku": "A -> X"} == dict(wrong.diffs)


def test_a_line_that_the_platform_closed_may_have_left_or_not():
    lines = (article("A"), article("B", status="closed"))
    outcome = dispatch().run(
        orders=[order("1", 2, *lines), order("2", 2, *lines)],
        shipments=[parcel("SF1", 3, held("1")), parcel("SF2", 3, held("2"), held("2", "B"))],
    )

    assert [] == found(outcome)


def test_cash_on_delivery_is_due_without_a_payment():
    unpaid = order("1", 2, article(), status="created", is_cod=True)
    assert [("order.paid_unshipped", "1", "-80.00")] == found(dispatch().run(orders=[unpaid], shipments=[]))
    assert [] == found(dispatch().run(orders=[unpaid], shipments=[parcel("SF1", 3, held("1"))]))


def test_an_order_of_which_nothing_is_said_expects_what_left():
    silent = order("1", 2, article(), status=None, paid_at=None)
    assert [] == found(dispatch().run(orders=[silent], shipments=[]))
    assert [] == found(dispatch().run(orders=[silent], shipments=[parcel("SF1", 3, held("1"))]))


@pytest.mark.parametrize(
    ("day", "platform", "state"),
    [
        (29, "taobao", "in transit"),
        (28, "taobao", "late"),
        (25, "taobao", "missing"),
        (30, "taobao", "not due"),
        (25, "pdd", "not due"),
    ],
)
def test_what_waits_is_called_by_the_rule_of_its_platform(day, platform, state):
    due = DueRules(DueRule(after=2, grace=1, patience=3), {"pdd": DueRule(after=15)})
    outcome = dispatch(due=due).run(
        orders=[order("1", day, article(), status="paid", shop=(platform, "s"))], shipments=[]
    )

    items = outcome.carry_forward.items
    assert [state] == items["what"].to_list()
    assert (1 if state in {"late", "missing"} else 0) == len(outcome.discrepancies)
    assert outcome.proof.holds


def test_orders_without_lines_wait_for_a_parcel_without_money():
    outcome = dispatch().run(orders=[order("1", 2, status="paid"), order("2", 30, status="paid")], shipments=[])

    assert [("order.paid_unshipped", "1", "0.00")] == found(outcome)
    assert ["missing", "not due"] == outcome.carry_forward.items.sort("platform_order_id")["what"].to_list()


def test_a_cancelled_order_without_lines_waits_for_nothing():
    outcome = dispatch().run(
        orders=[order("1", 2, status="paid")],
        shipments=[],
        returns=[case("R", "1", "refund_only", stage="before_shipment")],
    )

    assert [] == found(outcome)


def test_a_case_of_an_order_that_is_not_there_is_set_aside():
    outcome = dispatch().run(orders=[], shipments=[], returns=[case("R", "9", "reship")])

    assert ["its order is not there"] == outcome.records["returns"]["verdict"].to_list()
    assert outcome.proof.holds


def test_parts_of_a_piece_are_compared_exactly():
    outcome = dispatch().run(
        orders=[order("1", 2, article(count="1.5"))], shipments=[parcel("SF1", 3, held("1", count="1.25"))]
    )

    (one,) = outcome.discrepancies
    assert ("dispatch.quantity_short", "0.25", "-20.00") == (one.type, one.evidence["pieces"], str(one.impact.amount))
    assert outcome.proof.holds


def test_counts_amounts_and_states_of_each_shop_tie():
    outcome = dispatch().run(
        orders=[
            order("1", 2, article()),
            order("2", 2, article()),
            order("3", 30, article(count=2), status="paid"),
            order("4", 2, article(), shop=SHOPS[2]),
        ],
        shipments=[parcel("SF1", 3, held("1"))],
    )

    checks = {check.name: check for check in outcome.proof.checks}
    assert {"agreed": 1, "discrepancy": 1, "not due": 1} == dict(checks["orders of taobao shop 1"].parts)
    assert 680_00 == checks["amounts of taobao shop 1"].total
    assert outcome.proof.holds
    assert 2 == outcome.totals["orders of taobao shop 1: shipped", "rows"]
    assert 170_00 == outcome.totals["orders of pdd shop 3", "CNY"]
    assert [("1", "1", "1", "SF1"), ("2", "1", "0", None)] == outcome.lines.head(3).filter(
        pl.col("platform_order_id") != "4"
    ).select("platform_order_id", "ordered", "shipped", "parcels").rows()


def test_states_of_parcels_are_none_without_parcels_and_empty_where_these_say_none():
    outcome = dispatch().run(
        orders=[order(number, 2, article()) for number in "123"],
        shipments=[parcel("SF1", 3, held("1"), status=None), parcel("SF2", 3, held("2"))],
    )

    said = outcome.lines.select("platform_order_id", "parcels", "parcel_statuses").rows()
    assert [("1", "SF1", ""), ("2", "SF2", "in_transit"), ("3", None, None)] == said


def test_boxes_of_a_parcel_are_carried_as_they_are():
    boxes = (Piece(weight_g=Decimal(500)), Piece(weight_g=Decimal(700)))
    outcome = dispatch().run(orders=[], shipments=[parcel("SF1", 3, held("1"), pieces=boxes)])

    (carried,) = outcome.carry_forward.sides["shipments"]
    assert boxes == carried.pieces


def test_an_order_of_january_that_leaves_in_february_is_carried_on():
    january = dispatch(as_of=None, period="2026-01").run(
        orders=[order("1", 31, article(), status="paid")], shipments=[]
    )
    sent = attrs.evolve(parcel("SF1", 3, held("1")), shipped_at=dt.datetime(2026, 2, 1, 9, tzinfo=SHANGHAI))
    february = dispatch(as_of=None, period="2026-02").run(orders=[], shipments=[sent], opening=january.carry_forward)

    assert [] == found(january)
    assert [] == found(february)
    assert 0 == len(february.carry_forward)


def test_what_only_another_period_knows_is_set_aside():
    outcome = dispatch(period="2026-02").run(orders=[order("1", 2, article(), status="paid")], shipments=[])

    assert [] == found(outcome)
    assert ["another period"] == outcome.records["orders"]["verdict"].to_list()


def test_own_checks_are_found_under_their_names():
    def far(sides):
        rows = sides["shipments"].filter(pl.col("carrier") == "sf")
        return rows.select(pl.lit("shipments").alias("side"), "row", pl.lit("by air").alias("reason"))

    outcome = dispatch(own_checks={"by_air": far}).run(
        orders=[order("1", 2, article())], shipments=[parcel("SF1", 3, held("1"))]
    )

    assert [("custom.by_air", "SF1", "0.00")] == found(outcome, "tracking_no")


def test_parcels_without_a_number_do_not_take_each_others_place():
    first = dispatch(as_of=dt.date(2026, 1, 4)).run(
        orders=[order("1", 2, article()), order("2", 2, article())], shipments=[parcel("-", 3, held("1"))]
    )
    second = dispatch().run(orders=[], shipments=[parcel("-", 3, held("2"))], opening=first.carry_forward)

    assert ["1", "2"] == [name for kind, name, _ in found(second) if kind == "dispatch.parcel_without_number"]
    assert 2 == len(second.discrepancies)


def test_what_a_parcel_held_in_an_older_file_gives_way_to_the_newer_one():
    first = dispatch(as_of=dt.date(2026, 1, 4)).run(
        orders=[order("1", 2, article("A"), article("B"))], shipments=[parcel("SF1", 3, held("1"))]
    )
    newer = parcel("SF1", 3, held("1"), held("1", "B"))
    second = dispatch().run(orders=[], shipments=[newer], opening=first.carry_forward)

    assert [] == found(second)
    assert 1 == len(second.carry_forward.sides["shipments"])


def test_a_case_allows_the_parcel_that_is_called_a_reship_before_any_other():
    outcome = dispatch().run(
        orders=[order("1", 2, article())],
        shipments=[
            parcel("SF1", 3, held("1")),
            parcel("SF2", 4, held("1")),
            parcel("SF3", 6, held("1"), direction="reship"),
        ],
        returns=[case("R", "1", "reship")],
    )

    assert [("aftersale.duplicate_shipment", "SF2", "80.00")] == found(outcome, "tracking_no")


@pytest.mark.parametrize("more", [{"status": "voided"}, {"voided_at": at(4)}])
def test_a_voided_label_ships_nothing(more):
    outcome = dispatch().run(orders=[order("1", 2, article())], shipments=[parcel("SF1", 3, held("1"), **more)])

    assert [("order.status_conflict", "1", "-80.00")] == found(outcome)
    assert ["label voided"] == outcome.records["shipments"]["verdict"].to_list()


def test_a_parcel_that_does_not_say_which_way_it_goes_goes_out():
    # As the platforms' exports of orders list parcels: number, courier and moment, and nothing else.
    sent = Table.from_records([parcel("T1", 2, held("1"))]).to_polars()
    silent = sent.with_columns(pl.lit(None, dtype=sent.schema[name]).alias(name) for name in ("direction", "status"))
    outcome = dispatch().run(orders=[order("1", 1, article())], shipments=Table(silent, Shipment))

    assert [] == found(outcome)


def test_where_no_cases_are_known_a_parcel_is_sent_again_where_it_says_so():
    sides = {
        "orders": [order("1", 2, article())],
        "shipments": [parcel("T1", 3, held("1")), parcel("T2", 6, held("1"), direction="reship")],
    }

    assert [] == found(dispatch().run(**sides))
    without_case = dispatch().run(**sides, returns=[])
    assert [("aftersale.reship_without_case", "1", "80.00")] == found(without_case)
    again = [*sides["shipments"], parcel("T3", 7, held("1"))]
    assert [("aftersale.duplicate_shipment", "1", "80.00")] == found(dispatch().run(**{**sides, "shipments": again}))


@pytest.mark.parametrize("others", [0, 1])
def test_a_closed_order_was_not_paid_only_where_its_shop_says_when_orders_are_paid(others):
    closed = order("1", 2, article(), status="closed", closed_at=at(9), paid_at=None)
    paid = [order("2", 2, article()), order("3", 2, article(), paid_at=None, shop=SHOPS[1])][:others]
    shipments = [parcel("T1", 3, held("1")), *(parcel("T2", 3, held("2")) for _ in paid)]

    outcome = dispatch().run(orders=[closed, *paid], shipments=shipments)

    assert ([("dispatch.closed_shipped", "1", "80.00")] if others else []) == found(outcome)
    late = dispatch().run(orders=[closed], shipments=[parcel("T1", 12, held("1"))])
    assert [("dispatch.closed_shipped", "1", "80.00")] == found(late)
