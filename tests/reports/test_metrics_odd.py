"""Odd data in metrics and reports: things said in several versions, rows in any order, bills that name no courier."""

import datetime as dt
import random
from decimal import Decimal

import attrs
import pytest
from polars.testing import assert_frame_equal

from reports.small_worlds import order as plain_order
from reports.small_worlds import refund as plain_refund
from reports.small_worlds import settled, settlement_data
from reports.test_metrics import FOUR, at, case, charge, order, period, value, yuan
from reports.test_metrics import settled as commission
from tieout.model import (
    CourierCharge,
    Order,
    OrderLine,
    Provenance,
    Refund,
    ReturnLine,
    Shipment,
    ShipmentLine,
    StockMovement,
)
from tieout.reports.cash import CashCalendar
from tieout.reports.collection import Collection
from tieout.reports.metrics import facts_of, figures, metric_of
from tieout.reports.statements import CourierStatement
from tieout.tables import Table

AS_OF = dt.date(2026, 10, 31)


def test_a_case_that_was_cancelled_later_is_no_after_sale():
    first = case("R1", "O1", status="applied")
    later = case("R1", "O1", status="cancelled", closed_at=at(20))
    data = period(orders=FOUR, returns=[first, later])

    assert 0.0 == value(data, "after_sale_rate")
    assert 0 == value(data, "after_sale_cases")


def left(number, tracking_no, on, **more):
    lines = (ShipmentLine(platform_order_id=number, quantity=Decimal(1)),)
    return Shipment(carrier="sf", tracking_no=tracking_no, picked_up_at=on, lines=lines, **more)


def before(number, **more):
    """An order of September, as October's opening has it: paid, and nothing else yet."""
    placed = at(1) - dt.timedelta(days=1)
    said = {"status": "paid", "created_at": placed, "paid_at": placed, "shipped_at": None}
    return attrs.evolve(order(number), **{**said, **more})


def with_opening(waiting, parcels, **given):
    carried = {"Order": Table.from_records(waiting, Order), "Shipment": Table.from_records(parcels, Shipment)}
    return period(carried=carried, **given)


def test_an_order_of_the_month_before_counts_in_the_month_in_which_it_left():
    september = at(1) - dt.timedelta(days=1)
    opening = [
        before("P1"),  # leaves in October
        before("P2"),  # left in part in September, and in part in October
        before("P3"),  # waits
        before("P4", status="completed"),  # nothing says when it left
        before("P5", created_at=None, paid_at=None),
        before("O1"),  # which October's file has anew
    ]
    parcels = [left("P1", "SF1", at(2)), left("P2", "SF2", at(2)), left("P5", "SF5", at(3))]
    data = with_opening(
        opening, [left("P2", "SF0", september)], orders=FOUR, shipments=parcels, returns=[case("R1", "P1")]
    )

    assert 6 == value(data, "shipped_orders")
    assert 1 / 6 == value(data, "after_sale_rate")
    assert 4 == value(data, "orders")
    assert 400_00 == value(data, "sales")


def test_a_parcel_that_was_voided_sent_nothing_whether_or_not_it_says_when():
    parcels = [left("P1", "SF1", at(2), status="voided"), left("P2", "SF2", at(2), voided_at=at(2))]

    assert 0 == value(period(orders=[before("P1"), before("P2")], shipments=parcels), "shipped_orders")


@pytest.mark.parametrize("settled_on", [dt.date(2026, 10, 5), AS_OF])
def test_collection_and_settlement_say_the_same_of_a_shop_even_when_less_than_nothing_is_due(settled_on):
    orders = [plain_order("1", "100.00", settled_on), plain_order("2", "50.00", settled_on)]
    refunds = [plain_refund("1", "100.00", settled_on), plain_refund("2", "60.00", settled_on)]
    rich = [plain_order("3", "90.00", settled_on, shop="shop 2")]
    lines = [settled("1", "30.00", settled_on), settled("3", "45.00", settled_on, shop="shop 2")]
    data = settlement_data([*orders, *rich], lines, refunds, as_of=AS_OF)

    shown = Collection().make(data).section("by_shop").frame.sort("shop_id")
    rates = figures([metric_of("collection_rate"), metric_of("dso")], facts_of(data), by=["shop"]).frame.sort("shop")

    assert [None, 0.5] == shown["collection_rate"].to_list() == rates["collection_rate"].to_list()
    assert shown["dso_days"].to_list() == rates["dso"].to_list()
    assert shown["dso_days"][0] is None


def test_charges_that_name_no_courier_are_on_a_statement_too():
    charges = [
        CourierCharge(carrier=name, tracking_no=f"Z{row}", charge_type="base", amount=yuan("3.00"),
                      provenance=Provenance(file="bill.csv", line=row))
        for row, name in enumerate(["zto", None, "zto"], start=2)
    ]  # fmt: skip

    account = CourierStatement().make(period(charges=charges)).section("account").frame

    assert [("zto", 600), (None, 300)] == account.select("carrier", "closing_minor").rows()


def waiting(number, amount, **more):
    return Refund(
        platform="tmall",
        shop_id="shop 1",
        refund_id=number,
        platform_order_id="O1",
        amount=yuan(amount),
        **{"status": "approved", "applied_at": at(9), **more},
    )


def test_of_a_refund_its_tenth_version_is_planned_and_not_its_ninth():
    versions = [waiting("F1", "5.00", version=version) for version in ("9", "10")]
    versions[1] = waiting("F1", "7.00", version="10")

    items = CashCalendar().make(period(refunds=versions)).section("items").frame

    assert [-700] == items["net_minor"].to_list()


def articles(rows=60):
    """Orders of several articles, and cases about some of them."""
    draw = random.Random(7)
    orders, cases = [], []
    for row in range(rows):
        skus = draw.sample("ABCDEFG", draw.randint(1, 5))
        lines = tuple(OrderLine(sku=sku, quantity=Decimal(1), unit_price=yuan("10.00")) for sku in skus)
        placed = Provenance(file="orders.csv", line=row + 2)
        orders.append(
            Order(
                platform="tmall", shop_id="shop 1", platform_order_id=f"O{row}", currency="CNY", status="completed",
                created_at=at(2), shipped_at=at(3), lines=lines, provenance=placed,
            )
        )  # fmt: skip
        if row % 3 == 0:
            parts = tuple(ReturnLine(sku=sku, quantity_requested=Decimal(1)) for sku in skus)
            cases.append(case(f"R{row}", f"O{row}", lines=parts, provenance=Provenance(file="cases.csv", line=row + 2)))
    return orders, cases


def test_the_rows_behind_figures_stand_in_one_order_whatever_order_they_came_in():
    orders, cases = articles()
    names = ("after_sale_cases", "after_sale_rate", "return_rate_pieces")
    asked = [metric_of(name) for name in names]
    said = figures(asked, facts_of(period(orders=orders, returns=cases)), by=["sku"], details=True)
    draw = random.Random(1)
    draw.shuffle(orders)
    draw.shuffle(cases)
    again = figures(asked, facts_of(period(orders=orders, returns=cases)), by=["sku"], details=True)

    assert_frame_equal(said.frame, again.frame)
    assert_frame_equal(said.details, again.details)


def test_rows_of_bills_and_of_days_outstanding_stand_in_one_order_and_say_where_they_are_from():
    orders = [plain_order(str(number), f"{number}.00", AS_OF, shop=f"shop {number % 3}") for number in range(1, 40)]
    lines = [settled(str(number), "1.00", AS_OF, shop=f"shop {number % 3}") for number in range(1, 40, 2)]
    draw = random.Random(3)
    made = []
    for _ in range(2):
        made.append(settlement_data(orders, lines, as_of=AS_OF))
        draw.shuffle(orders)
        draw.shuffle(lines)
    asked = [metric_of("dso"), metric_of("match_rate")]
    said = [figures([one], facts_of(data), by=["shop"], details=True).details for one in asked for data in made]

    assert_frame_equal(said[0], said[1])
    assert_frame_equal(said[2], said[3])
    assert ["orders.csv", "settlement.csv"] == said[0]["source_file"].unique().sort().to_list()


def test_the_lines_of_bills_stand_in_the_order_of_their_files():
    charges = [
        CourierCharge(carrier="zto", tracking_no=f"Z{row}", charge_type="base", amount=yuan("3.00"),
                      provenance=Provenance(file="bill.csv", line=row))
        for row in (5, 3, 4, 2)
    ]  # fmt: skip

    bills = CourierStatement().make(period(charges=charges)).section("bills").details

    assert [2, 3, 4, 5] == bills["source_line"].to_list()


def test_what_articles_leave_bears_the_freight_of_parcels_that_an_earlier_file_has_and_goods_that_were_sent_again():
    # 100.00 - 40.00 cost - 6.00 and 3.00 of freight, the second of a parcel of two orders - 40.00 sent again.
    def costing(number):
        line = OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan("100.00"), unit_cost=yuan("40.00"))
        return attrs.evolve(order(number), lines=(line,))

    shared = attrs.evolve(
        left("O1", "SF2", at(3)),
        lines=tuple(ShipmentLine(platform_order_id=number, quantity=Decimal(1)) for number in ("O1", "O2")),
    )
    again = StockMovement(
        movement_id="M1", type="reship_out", sku="A", quantity=Decimal(-1), unit_cost=yuan("40.00"),
        platform_order_id="O1", occurred_at=at(12),
    )  # fmt: skip
    data = with_opening(
        [before("P1")], [left("O1", "SF1", at(3)), shared], orders=[costing("O1"), costing("O2")],
        shipments=[left("O9", "SF9", at(3))], charges=[charge("SF1", "6.00"), charge("SF2", "6.00")],
        lines=commission("O1", {"commission": "-1.00"}), movements=[again],
    )  # fmt: skip

    left_by = figures([metric_of("contribution")], facts_of(data), details=True).details
    assert {("O1", 10_00), ("O2", 57_00)} == set(left_by.select("platform_order_id", "contribution_of").rows())
    assert 12_00 == value(data, "freight", shop="tmall/shop 1")
