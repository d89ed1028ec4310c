"""A courier's bill in parts: spread over buckets, it comes to what all of it at once comes to, number by number."""

import random
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import attrs
import polars as pl
import pytest
from _suite import DICE
from courier_books import courier_world
from courier_world import card, charge, found, shipment
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moneyed import Money
from spread_clusters import cluster_of
from spread_worlds import assert_same, frames, spread
from test_courier_bill_properties import CARD, charges, shipments
from test_courier_bill_runs import PLAIN

from tieout._spark.components import LABELS, edge_parts, labels_of
from tieout._spark.plain import PlainCluster, PlainParts
from tieout.errors import InputError, MissingColumn
from tieout.model import CourierInvoice, Discrepancy, Provenance, Return
from tieout.money import Tolerance
from tieout.money.profile import Allowance, ToleranceProfile
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill, Period
from tieout.reconciliations._courier import parting
from tieout.reconciliations._courier.spreading import Spread

FEW = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # an outcome takes a tenth of a second: to shrink one takes minutes
)
NUMBERS = [f"ZT7800{index}" for index in range(6)]
JUNE = date(2026, 6, 30)
PLAIN_CARD = card(PLAIN, terms="vat_percent = 6")
BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


@st.composite
def cases(draw):
    outward, back = (draw(st.sampled_from([*NUMBERS, None])) for _ in range(2))
    name = draw(st.sampled_from("abc"))
    return Return(return_id=name, kind="rejected", outbound_tracking_no=outward, return_tracking_no=back)


@FEW
@given(dice=DICE, buckets=st.integers(1, 6))
def test_a_world_in_parts_comes_to_the_same(dice, buckets):
    world = courier_world(dice)

    assert_same(world.run(), spread(world.reconciliation, world.sides, buckets).collect())


@FEW
@given(
    parcels=st.lists(shipments(), max_size=7),
    lines=st.lists(charges(), max_size=9),
    past=st.lists(charges(), max_size=3),
    returns=st.lists(cases(), max_size=3),
    buckets=st.integers(1, 5),
    period=st.sampled_from([None, "2026-01", "2026-02"]),
)
def test_hostile_rows_in_parts_come_to_the_same(parcels, lines, past, returns, buckets, period):
    bill = CourierBill(rate_card=CARD, as_of=JUNE, period=period)
    sides = {"shipments": parcels, "charges": lines, "history": past, "returns": returns}

    assert_same(bill.run(**sides), spread(bill, sides, buckets).collect())


@pytest.mark.parametrize("seed", [0, 4])
def test_days_in_parts_that_follow_each_other_come_to_the_same(seed):
    world = courier_world(random.Random(seed))
    opening = None
    for count, day in enumerate(world.days()):
        bill = attrs.evolve(world.reconciliation, as_of=day)
        here = bill.run(**world.arrived(day), opening=opening)
        there = spread(bill, world.arrived(day), 1 + count % 4, opening=opening)
        assert_same(here, there.collect())
        opening = there.carry_forward.collect()


def test_what_is_carried_in_parts_is_taken_as_it_is():
    world = courier_world(random.Random(4))
    first, *later = world.days()
    bill = attrs.evolve(world.reconciliation, as_of=first)
    here, there = bill.run(**world.arrived(first)), spread(bill, world.arrived(first), 3)
    for day in later:
        bill = attrs.evolve(world.reconciliation, as_of=day)
        here = bill.run(**world.arrived(day), opening=here.carry_forward)
        there = spread(bill, world.arrived(day), 2, opening=there.carry_forward)

    assert here.discrepancies == there.collect().discrepancies
    assert here.proof == there.proof


@pytest.mark.parametrize("seed", [1, 4])
def test_lines_of_the_period_before_that_say_more_come_to_the_same_in_parts(seed):
    world = courier_world(random.Random(seed))
    first, *_, last = world.days()
    middle = first + (last - first) / 2
    october = attrs.evolve(world.reconciliation, as_of=None, period=Period(first, middle))
    november = attrs.evolve(october, period=Period(middle + timedelta(days=1), last))
    carried = october.run(**world.sides).carry_forward
    opening = attrs.evolve(carried, opens_on=november.period.first)
    charges = [attrs.evolve(one, contract_ref="0731") for one in world.sides["charges"]]
    sides = {**world.sides, "charges": charges}

    here = november.run(**sides, opening=opening)
    assert_same(here, spread(november, sides, 3, opening=opening).collect())
    assert found(here) == found(november.run(**world.sides, opening=opening))


def test_a_day_of_the_run_is_that_of_the_whole():
    head = CourierInvoice(bill_no="B1", currency="CNY", period_end=date(2026, 1, 31))
    sides = {"shipments": [shipment("A1", "0.8")], "charges": [charge("A1", "4.00")]}
    bill = CourierBill(rate_card=PLAIN_CARD)
    later = {**sides, "charges": [*sides["charges"], charge("A2", "4.00", ship_date=date(2026, 2, 9))]}

    for given_ in (sides, later, {**sides, "invoices": [head]}, {"shipments": [], "charges": []}):
        assert_same(bill.run(**given_), spread(bill, given_, 3).collect())


# Numbers that are not equal, and that meet all the same


def damaged(count=40):
    """Parcels whose numbers have nothing to do with each other, and lines of them; the number of one lost a digit."""
    numbers = [str(7 * 10**12 + random.Random(seed).randrange(10**12)) for seed in range(count)]
    days = [date(2026, 1, 1) + timedelta(days=seed % 25) for seed in range(count)]
    weights = [f"{1 + seed % 7}.{seed % 10}" for seed in range(count)]
    parcels = [shipment(number, kg, day) for number, kg, day in zip(numbers, weights, days, strict=True)]
    billed = [numbers[0][:-1] + str((int(numbers[0][-1]) + 1) % 10), *numbers[1:]]
    lines = [
        charge(number, "4.00", kg, actual_weight_g=Decimal(kg) * 1000, ship_date=day)
        for number, kg, day in zip(billed, weights, days, strict=True)
    ]
    return parcels, lines


@pytest.mark.parametrize("buckets", [1, 2, 7])
def test_a_damaged_line_is_audited_with_its_parcel_whichever_buckets_their_numbers_go_to(buckets):
    parcels, lines = damaged()
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=JUNE)
    here = bill.run(shipments=parcels, charges=lines)
    there = spread(bill, {"shipments": parcels, "charges": lines}, buckets).collect()

    assert ["tracking number one edit apart"] == here.matches.filter(pl.col("right") == 0)["rule"].to_list()
    assert_same(here, there)


def test_equal_numbers_are_a_pair_in_parts_too_though_their_neighbours_fit_better():
    parcels = [
        shipment("ZT78003", "1", date(2025, 12, 5)),
        shipment("ZT78001", "1.001", date(2026, 2, 5)),
        shipment("ZT78005", "0.5", date(2026, 1, 5)),
    ]
    lines = [charge(f"ZT7800{last}", "4.00", kg) for last, kg in ((0, "3"), (1, "0.5"), (2, "3"), (4, "3"))]
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=JUNE)
    here = bill.run(shipments=parcels, charges=lines)

    assert ["same tracking number"] == here.matches["rule"].to_list()
    assert_same(here, spread(bill, {"shipments": parcels, "charges": lines}, 3).collect())


@pytest.mark.parametrize("seed", range(6))
def test_names_that_hang_together_get_the_smallest_of_their_names(seed):
    dice = random.Random(seed)
    names = [f"k:{number}" for number in range(dice.randint(3, 30))]
    dice.shuffle(names)
    edges = list(pairwise(names)) if seed == 0 else [dice.sample(names, 2) for _ in range(25)]
    buckets = 1 + seed % 4
    parts = PlainCluster(buckets).parts(
        edge_parts(pl.DataFrame(edges, schema=["node", "other"], orient="row"), buckets)
    )
    labels, _ = labels_of(parts, buckets)
    smallest = {name: name for name in names}
    for _ in names:
        for one, other in edges:
            smallest[one] = smallest[other] = min(smallest[one], smallest[other])

    assert {name: root for name, root in smallest.items() if name != root} == dict(
        labels.fetched(LABELS)[LABELS].iter_rows()
    )


# What only the whole knows


def test_a_bill_without_numbers_has_that_of_its_only_header():
    head = CourierInvoice(bill_no="B7", currency="CNY", period_end=date(2026, 1, 31), total=Money("8.00", "CNY"))
    sides = {
        "shipments": [shipment(f"A{index}", "0.8") for index in range(3)],
        "charges": [charge(f"A{index}", "4.00", bill_no=None) for index in range(3)],
        "invoices": [head],
    }
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=JUNE)
    there = spread(bill, sides, 4).collect()

    assert {"B7"} == set(there.lines["bill_no"])
    assert [("courier.bill_total_mismatch", "-4.00")] == found(there)
    assert_same(bill.run(**sides), there)


def test_a_claim_without_a_number_is_paid_by_a_credit_without_one():
    keys = {"bill_no": "B0", "carrier": "zto", "charge_type": "tax", "leg": "outbound"}
    claims = [
        Discrepancy(
            discrepancy_id=name,
            type="courier.unreadable",
            severity="low",
            impact=Money(amount, "CNY"),
            keys=keys,
            state="claim_accepted",
            due_on=date(2026, 1, day),
        )
        for name, amount, day in (("C1", "3.00", 3), ("C2", "2.00", 5))
    ]
    credits_ = [charge(None, amount, kind="tax", bill_no="B2") for amount in ("-1.50", "-2.00")]
    sides = {"shipments": [shipment("A1", "0.8")], "charges": [charge("A1", "4.00"), *credits_], "claims": claims}
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=JUNE)
    here = bill.run(**sides)

    assert [("courier.credit_missing", "1.50")] == found(here)
    assert_same(here, spread(bill, sides, 5).collect())


@pytest.mark.parametrize("buckets", [1, 3])
@pytest.mark.parametrize("number", ["YT12345678901", "SF777"])
def test_what_is_owed_for_a_return_has_a_number_beside_what_is_owed_for_a_parcel(number, buckets):
    terms = "lost = { freight_multiple = 3, most = 300 }"
    bill = CourierBill(rate_card=card(PLAIN, terms=terms), as_of=date(2026, 6, 30))
    case = Return(return_id="c", kind="rejected", outbound_tracking_no="YT12345678901", return_tracking_no="ZT78001")
    sides = {
        "shipments": [shipment(number, "0.5", status="lost")],
        "charges": [charge("ZT78001", "7.77", "1.2", kind="fuel", bill_no="B2"), charge(number, "4.00", "0.5")],
        "returns": [attrs.evolve(case, return_id="b", return_tracking_no="ZT78000"), case],
    }

    assert_same(bill.run(**sides), spread(bill, sides, buckets).collect())


@pytest.mark.parametrize("buckets", [1, 5])
def test_several_claims_may_have_one_id(buckets):
    bill = CourierBill(rate_card=card(PLAIN), as_of=date(2026, 6, 30))
    numbers = [f"1000000{at}919" for at in range(3)]
    claims = [
        Discrepancy(
            discrepancy_id="c",
            type="courier.overweight",
            severity="low",
            impact=Money("1.00", "CNY"),
            keys={"bill_no": "B0", "tracking_no": number, "charge_type": "base", "leg": "outbound"},
            state="claim_accepted",
            due_on=date(2026, 2, 6),
        )
        for number in numbers
    ]
    sides = {
        "shipments": [shipment(number, "0.5") for number in numbers],
        "charges": [charge(number, "4.00", "0.5") for number in numbers],
        "claims": [*claims, claims[0]],
    }
    here = bill.run(**sides)

    assert ["courier.credit_missing"] * 3 == [found.type for found in here.discrepancies]
    assert_same(here, spread(bill, sides, buckets).collect())


def test_what_tolerances_let_drift_is_summed_over_all_parts():
    numbers = [str(10**11 + 7_919 * index) for index in range(12)]
    sides = {
        "shipments": [shipment(number, "0.8") for number in numbers],
        "charges": [charge(number, "4.01") for number in numbers],
    }
    bill = CourierBill(
        rate_card=PLAIN_CARD,
        as_of=JUNE,
        tolerance=Tolerance(currency="CNY", amount=Decimal("0.01")),
        tolerances=ToleranceProfile(drift=Allowance(units=10)),
    )
    here = bill.run(**sides)

    assert ["general.tolerance_drift"] == [item.type for item in here.discrepancies]
    assert_same(here, spread(bill, sides, 4).collect())


def test_an_event_of_lines_in_many_parts_has_their_runs():
    numbers = [str(10**11 + 7_919 * index) for index in range(30)]
    places = [
        Provenance(format="f", file=f"b{index % 2}.csv", sha256="b" * 64, line=index // 2 + 2) for index in range(30)
    ]
    sides = {
        "shipments": [shipment(number, "0.8") for number in numbers],
        "charges": [charge(number, "4.00", provenance=place) for number, place in zip(numbers, places, strict=True)],
    }
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=JUNE)
    there = spread(bill, sides, 7)
    (event,) = there.collect_events()

    assert ["b0.csv:2-16", "b1.csv:2-16"] == [str(source) for source in event.sources]
    assert_same(bill.run(**sides), there.collect())


def test_vouchers_are_the_same_to_the_cent():
    world = courier_world(random.Random(11))
    here, there = world.run(), spread(world.reconciliation, world.sides, 3)
    months = sorted({f"{event.occurred_on:%Y-%m}" for event in here.events})

    assert len(here.events) > 1
    assert [list(post(here, book=BOOK, period=month)) for month in months] == [
        list(post(there, book=BOOK, period=month)) for month in months
    ]


def test_the_summary_says_the_same():
    world = courier_world(random.Random(11))
    there = spread(world.reconciliation, world.sides, 3)

    assert str(world.run().summary()) == str(there.summary())
    assert "<table>" in there._repr_html_()


# What is refused


def test_checks_of_ones_own_are_refused():
    bill = CourierBill(rate_card=PLAIN_CARD, own_checks={"mine": lambda sides: sides["charges"]})

    with pytest.raises(InputError, match="checks of one's own look at all records at once"):
        spread(bill, {"shipments": [], "charges": []}, 2)


def test_a_frame_of_other_columns_is_refused_before_anything_is_read():
    sides = frames({"shipments": [shipment("A1", "0.8")], "charges": [charge("A1", "4.00")]})

    with pytest.raises(MissingColumn, match="charge_type"):
        spread(CourierBill(rate_card=PLAIN_CARD), {**sides, "charges": sides["charges"].drop("charge_type")}, 2)


def test_more_records_of_one_number_than_a_machine_holds_are_refused_by_that_number(monkeypatch):
    monkeypatch.setattr(parting, "MOST_ROWS", 20)
    sides = {"shipments": [shipment("A1", "0.8")], "charges": [charge("A1", "4.00") for _ in range(30)]}

    with pytest.raises(InputError, match="31 records hang together, 31 of them by 'A1'"):
        spread(CourierBill(rate_card=PLAIN_CARD), sides, 2)


class MovedParts(PlainParts):
    """Parts whose lines are others once they are routed: what Spark worked out again of a frame that moves."""

    moved = staticmethod(lambda lines: lines)

    def named(self, *names):
        found = super().named(*names)
        if "given:shipments" not in names:
            return found
        return type(self)(
            [(bucket, name, self.moved(frame) if "charges" in name else frame) for bucket, name, frame in found.held]
        )


MovedCluster = cluster_of(MovedParts)


def other_amounts(lines):
    return lines.with_columns(pl.col("amount_minor") + 1)


@pytest.mark.parametrize(
    "moved",
    [
        lambda lines: lines.head(0),
        lambda lines: pl.concat([lines, lines.head(1)]),
        lambda lines: lines.with_columns(pl.lit(lines["place"].max()).alias("place")),
        other_amounts,
    ],
)
def test_records_that_are_others_when_they_are_read_again_are_refused(monkeypatch, moved):
    sides = frames({"shipments": [shipment("A1", "0.8")], "charges": [charge("A1", "4.00"), charge("A1", "4.00")]})
    bill = CourierBill(rate_card=PLAIN_CARD, timezone="Asia/Shanghai", as_of=JUNE)

    assert Spread(MovedCluster(2), bill, sides, None).outcome().proof.holds
    monkeypatch.setattr(MovedParts, "moved", staticmethod(moved))
    with pytest.raises(
        InputError, match=r"2 records of charges were counted and \d read, not each under its own number"
    ):
        Spread(MovedCluster(2), bill, sides, None).outcome()


def test_more_records_than_one_machine_wants_stay_where_they_are():
    there = spread(
        CourierBill(rate_card=PLAIN_CARD), {"shipments": [shipment("A1")], "charges": [charge("A1", "4.00")]}, 2
    )

    with pytest.raises(InputError, match="2 records were reconciled, and 1 are brought to one machine at most"):
        there.collect(most=1)
