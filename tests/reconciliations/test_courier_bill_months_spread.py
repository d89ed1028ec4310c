"""A courier's bill in parts whose contract settles whole months: rebates, average weights and commitments of the whole."""

import random
from datetime import date

import attrs
import pytest
from courier_books import CONTRACT, TERMS, courier_world
from courier_world import card, charge, found, shipment
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from spread_worlds import assert_same, spread
from test_courier_bill_properties import charges, shipments
from test_courier_bill_runs import PLAIN, PROMISING

from tieout.model import CourierInvoice
from tieout.reconciliations import CourierBill

FEW = settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink an outcome takes minutes
)
JUNE = date(2026, 6, 30)


def tiers(direction, listed, *, mode="whole", settlement="in_bill"):
    return (
        f'[[monthly]]\nkind = "volume_tiers"\ndirection = "{direction}"\nmode = "{mode}"\n'
        f'settlement = "{settlement}"\ntiers = [{listed}]\n'
    )


CHEAP = '[versions.price_tables]\ncheap = { model = "per_kg", rate = 1.10 }\n'
SHORT = '[[monthly]]\nkind = "commitment"\nsettlement = "in_bill"\namount = 100\n'
AVERAGE = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
[versions.prices]
model = "average_weight"
price_model = "tier_flat"
tiers = [{ up_to = 0.5, price = 2.0 }, { up_to = 2, price = 2.5 }, { up_to = 9, price = 4 }]
[versions.prices.average]
weight_of = "actual"
rounding = { mode = "ceil", step = 0.01 }
settlement = "SETTLEMENT"
"""
CARDS = {
    "a share of all freight": card(
        PLAIN + tiers("percent_rebate", "{ from = 2, percent = 7 }, { from = 5, percent = 9 }")
    ),
    "other prices for the excess": card(
        PLAIN + CHEAP + tiers("price_table_switch", '{ from = 3, price_table = "cheap" }', mode="incremental")
    ),
    "a rebate on the next bill, and a commitment": card(
        PLAIN + tiers("discount_per_parcel", "{ from = 1, discount = 0.33 }", settlement="next_month_credit") + SHORT
    ),
    "an average weight": card(AVERAGE.replace("SETTLEMENT", "in_bill")),
    "an average weight, and a credit": card(AVERAGE.replace("SETTLEMENT", "next_month_credit")),
}
BOOKS = card(
    CONTRACT
    + CHEAP.replace("versions.price", "versions.services.express.price")
    + tiers("percent_rebate", "{ from = 1, percent = 3 }, { from = 4, percent = 8 }")
    + SHORT.replace("in_bill", "next_month_credit"),
    terms=TERMS,
)
FEBRUARY = date(2026, 2, 28)


def month_findings(outcome):
    return [one for one in outcome.discrepancies if "month" in one.keys]


@FEW
@given(
    name=st.sampled_from(list(CARDS)),
    parcels=st.lists(shipments(), max_size=9),
    lines=st.lists(charges(), max_size=9),
    past=st.lists(charges(), max_size=3),
    buckets=st.integers(1, 5),
    period=st.sampled_from([None, "2026-01", "2026-02"]),
)
def test_hostile_rows_of_whole_months_in_parts_come_to_the_same(name, parcels, lines, past, buckets, period):
    bill = CourierBill(rate_card=CARDS[name], as_of=FEBRUARY, period=period)
    sides = {"shipments": parcels, "charges": lines, "history": past}

    assert_same(bill.run(**sides), spread(bill, sides, buckets).collect())


def test_books_of_whole_months_in_parts_come_to_the_same_day_by_day():
    world = courier_world(random.Random(4))
    here = there = None
    months = []
    for count, day in enumerate([*world.days(), date(2026, 3, 31), date(2026, 4, 30)]):
        bill = attrs.evolve(world.reconciliation, rate_card=BOOKS, as_of=day)
        arrived = world.arrived(day) if day in world.days() else world.nothing()
        here = bill.run(**arrived, opening=here and here.carry_forward)
        there = spread(bill, arrived, 3 - count % 2, opening=there and there.carry_forward)
        months += month_findings(here)

        assert here.discrepancies == there.collect().discrepancies
        assert here.proof == there.proof
    assert {"rebate", "shortfall"} == {one.keys["charge_type"] for one in months}


def month(count=9, *weights):
    """Parcels whose numbers go to many buckets, each with its line, and the header of their month."""
    numbers = [str(10**11 + 7_919 * index) for index in range(count)]
    own = dict(zip(numbers, [*weights, *["0.8"] * count], strict=False))
    head = CourierInvoice(
        bill_no="B1", currency="CNY", period_start=date(2026, 1, 1), period_end=date(2026, 1, 31), lines=count
    )
    return {
        "shipments": [shipment(number, weight) for number, weight in own.items()],
        "charges": [charge(number, "4.00", weight) for number, weight in own.items()],
        "invoices": [head],
    }


@pytest.mark.parametrize("name", CARDS)
def test_what_a_month_lacks_is_found_once_whichever_parts_its_parcels_are_in(name):
    bill = CourierBill(rate_card=CARDS[name], as_of=date(2026, 4, 15))
    sides = month(6, "2.2")
    here, there = bill.run(**sides), spread(bill, sides, 3).collect()

    assert 1 <= len(month_findings(here)) <= 2
    assert_same(here, there)


def test_a_tier_is_reached_by_the_parcels_of_all_parts():
    rate_card = card(PLAIN + tiers("discount_per_parcel", "{ from = 9, discount = 0.10 }"))
    bill = CourierBill(rate_card=rate_card, as_of=FEBRUARY)
    short = month(8)
    short["invoices"] = month()["invoices"]

    assert [("courier.rebate_missing", "0.90")] == [
        pair for pair in found(spread(bill, month(), 6).collect()) if pair[0] == "courier.rebate_missing"
    ]
    assert [] == month_findings(spread(bill, short, 6).collect())


def test_a_rebate_that_bills_give_parcel_by_parcel_is_added_up_over_the_parts():
    rate_card = card(PLAIN + tiers("discount_per_parcel", "{ from = 2, discount = 0.10 }"))
    bill = CourierBill(rate_card=rate_card, as_of=FEBRUARY)
    sides = month()
    given_ = [charge(one.tracking_no, "-0.10", kind="rebate") for one in sides["charges"]]
    sides["charges"] = [*sides["charges"], *given_[1:]]
    here = bill.run(**sides)

    assert [("courier.rebate_missing", "0.10")] == [(one.type, str(one.impact.amount)) for one in month_findings(here)]
    assert_same(here, spread(bill, sides, 4).collect())


def carried(forward):
    """What is carried, whatever its order."""
    return {side: sorted(table, key=str) for side, table in forward.sides.items()}


@pytest.mark.parametrize(("as_of", "state"), [(date(2026, 2, 27), "not due"), (date(2026, 8, 1), "missing")])
def test_a_month_stays_open_over_runs_in_parts_and_is_carried_whole(as_of, state):
    bill = CourierBill(rate_card=PROMISING, as_of=date(2026, 1, 31))
    sides = month(4)
    here, there = bill.run(**sides), spread(bill, sides, 3)
    none = {"shipments": [], "charges": []}
    for _ in range(2):
        bill = attrs.evolve(bill, as_of=as_of)
        here = bill.run(**none, opening=here.carry_forward)
        there = spread(bill, none, 2, opening=there.carry_forward)

    assert state in here.carry_forward.items["what"].to_list()
    assert here.discrepancies == there.collect().discrepancies
    assert carried(here.carry_forward) == carried(there.carry_forward.collect())
    assert 4 == len(here.carry_forward.sides["charges"])
