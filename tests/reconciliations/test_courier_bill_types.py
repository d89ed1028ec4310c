"""Every type of domain.md 3.9, one small story each."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from courier_world import (
    SHANGHAI,
    billed_less_expected,
    card,
    charge,
    found,
    impacts,
    province,
    run,
    shipment,
    types_by_line,
)
from moneyed import Money

from tieout.model import CourierInvoice, Return, ReturnKind
from tieout.outcome import CarryForward

TERMS = """
vat_percent = 6
cod_due_days = 5
late_delivery_refund_percent = 100
lost = { freight_multiple = 3, most = 300 }
damaged = { freight_multiple = 2 }
"""
CONTRACT = """
[[versions]]
id = "2025"
from = 2025-01-01
to = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { "near" = { first = 4.10, continued = 1.30 }, "far" = { first = 9.10, continued = 6.30 } }
[versions.zones]
names = ["near", "far"]
rules = [{ zone = "far", dest_provinces = ["新疆"] }, { zone = "near", dest_provinces = ["广东"] }]

[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
volumetric = { mode = "full", divisor = 8000 }
default_service = "standard"
[versions.zones]
names = ["near", "far"]
rules = [{ zone = "far", dest_provinces = ["新疆"] }, { zone = "near", dest_provinces = ["广东"] }]
[versions.services.standard.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { "near" = { first = 4.00, continued = 1.20 }, "far" = { first = 12.00, continued = 8.00 } }
[versions.services.standard]
discount = { percent = 10 }
returns = { mode = "share", percent = 50 }
fuel = { percents = [{ from = 2026-01-01, to = 2026-02-01, percent = 5 }, { from = 2026-02-01, percent = 7 }] }
[[versions.services.standard.surcharges]]
charge_type = "remote_area"
when = "remote"
dest_provinces = ["新疆"]
amount = 5.00
[[versions.services.standard.surcharges]]
charge_type = "cod_fee"
when = "cod"
percent = 2
of = "cod_amount"
min = 1.00
[[versions.services.standard.surcharges]]
charge_type = "packaging"
when = "requested"
requested = ["packaging"]
amount = 2.00
[versions.services.express.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { "near" = { first = 11.00, continued = 3.30 }, "far" = { first = 22.00, continued = 13.00 } }
"""
NEAR = province("广东", "广州")
FAR = province("新疆", "喀什")


@pytest.fixture(scope="module")
def contract():
    return card(CONTRACT, terms=TERMS)


def at(day: int, hour: int = 12) -> datetime:
    return datetime(2026, 1, day, hour, tzinfo=SHANGHAI)


def near(number: str = "A1", weight: str = "0.8", **fields):
    return shipment(number, weight, dest=NEAR, **fields)


# Near, 0.8 kg: 4.00 less 10 % = 3.60, fuel 5 % = 0.18.


def test_a_correct_bill_has_no_discrepancy(contract):
    outcome = run(contract, [near()], [charge("A1", "3.60", "0.8"), charge("A1", "0.18", kind="fuel")])

    assert [] == found(outcome)
    assert ["correct", "correct"] == outcome.lines["verdict"].to_list()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (charge("A1", "4.68", "1.8"), ("courier.overweight", "1.08")),
        (charge("A1", "10.80", "0.8", zone_billed="far"), ("courier.wrong_zone", "7.20")),
        (charge("A1", "10.80", "0.8", dest=FAR), ("courier.wrong_zone", "7.20")),
        (charge("A1", "10.80", "0.8"), ("courier.wrong_zone", "7.20")),
        (charge("A1", "4.10", "0.8"), ("courier.wrong_rate_version", "0.50")),
        (charge("A1", "11.00", "0.8", service="express"), ("courier.wrong_service", "7.40")),
        (charge("A1", "4.00", "0.8"), ("courier.discount_missing", "0.40")),
        (charge("A1", "12.00", "0.8", zone_billed="far"), ("courier.multi_factor", "8.40")),
        (charge("A1", "7.77", "0.8"), ("courier.unexplained", "4.17")),
        (charge("A1", "3.00", "0.8"), ("courier.undercharged", "-0.60")),
        (charge("A1", "0.25", kind="fuel"), ("courier.wrong_fuel", "0.07")),
        (charge("A1", "0.33", kind="fuel"), ("courier.wrong_fuel", "0.15")),
        (charge("A1", "5.00", kind="remote_area"), ("courier.surcharge_not_applicable", "5.00")),
        (charge("A1", "2.00", kind="packaging"), ("courier.surcharge_not_applicable", "2.00")),
        (charge("A1", "1.00", kind="cod_fee"), ("courier.surcharge_not_applicable", "1.00")),
        (charge("A1", "6.00", kind="upstairs"), ("courier.surcharge_not_in_contract", "6.00")),
        (charge("A1", "1.00", currency="USD"), ("courier.currency_mismatch", "1.00")),
        (charge("ZZ9", "3.60"), ("courier.not_ours", "3.60")),
        (charge(None, "3.60"), ("courier.unreadable", "3.60")),
        (charge(None, "9.90", kind="late_payment"), ("courier.late_fee", "9.90")),
        (charge("4.00123E+12", "3.60"), ("data.id_precision_lost", "3.60")),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_one_wrong_line_is_one_discrepancy_of_its_type(contract, line, expected):
    rest = [charge("A1", "3.60", "0.8"), charge("A1", "0.18", kind="fuel")]
    same = {("A1", "base"), ("A1", "fuel")} & {(line.tracking_no, str(line.charge_type))}
    rest = [other for other in rest if (other.tracking_no, str(other.charge_type)) not in same]
    rest = [] if line.amount.currency.code == "USD" else rest
    outcome = run(contract, [near()], [line, *rest])

    assert expected in found(outcome)
    assert 1 == len([item for item in outcome.discrepancies if item.provenance is None and item.keys.get("bill_no")])


def test_an_underweight_is_told_from_other_undercharges(contract):
    outcome = run(contract, [near(weight="1.8")], [charge("A1", "3.60", "0.8"), charge("A1", "0.23", kind="fuel")])

    assert [("courier.underweight", "-1.08")] == found(outcome)


def test_less_than_the_dispute_threshold_is_a_discrepancy_but_no_claim(contract):
    outcome = run(contract, [near(weight="0.99")], [charge("A1", "4.68", "1.03"), charge("A1", "0.18", kind="fuel")])

    (finding,) = outcome.discrepancies
    assert ("courier.overweight", False) == (finding.type, finding.claimable)
    assert 0 == outcome.claims().height


def test_volume_that_the_contract_divides_otherwise(contract):
    box = near(length_cm=Decimal(40), width_cm=Decimal(30), height_cm=Decimal(20))  # 24000/8000 = 3, /6000 = 4
    outcome = run(contract, [box], [charge("A1", "6.84", "4"), charge("A1", "0.29", kind="fuel")])

    assert [("courier.wrong_divisor", "1.08")] == found(outcome)


def test_a_fee_that_applies_at_another_amount(contract):
    parcel = near(cod_amount=Money("100.00", "CNY"), status="in_transit")
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel"), charge("A1", "3.50", kind="cod_fee")]

    assert [("courier.surcharge_amount_wrong", "1.50")] == found(run(contract, [parcel], lines))


def test_a_component_that_no_line_bills_is_undercharged(contract):
    outcome = run(contract, [near()], [charge("A1", "3.60", "0.8")])

    assert [("courier.undercharged", "-0.18")] == found(outcome)


def test_an_all_in_line_is_compared_with_everything_not_listed_apart(contract):
    remote = shipment("A1", "0.8", dest=FAR)  # 12.00 less 10 % = 10.80, remote 5.00, fuel 0.54
    whole = run(contract, [remote], [charge("A1", "16.34", kind="all_in")])
    parted = run(contract, [remote], [charge("A1", "11.34", kind="all_in"), charge("A1", "5.00", kind="remote_area")])

    assert [] == found(whole)
    assert [] == found(parted)


def test_a_discount_listed_apart_is_taken_off_the_freight(contract):
    lines = [charge("A1", "4.00"), charge("A1", "-0.40", kind="discount"), charge("A1", "0.18", kind="fuel")]

    assert [] == found(run(contract, [near()], lines))


def test_the_same_fee_twice_on_a_parcel_is_a_duplicate(contract):
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel"), charge("A1", "0.18", kind="fuel")]

    assert [("courier.duplicate", "0.18")] == found(run(contract, [near()], lines))


def test_a_charge_that_is_taken_back_and_charged_anew_is_no_duplicate(contract):
    lines = [charge("A1", "9.99"), charge("A1", "-9.99"), charge("A1", "3.60"), charge("A1", "0.18", kind="fuel")]
    outcome = run(contract, [near()], lines)

    assert [] == found(outcome)
    assert ["credit", "credit", "correct", "correct"] == outcome.lines["verdict"].to_list()


def test_a_number_used_again_years_later_is_no_duplicate(contract):
    old = charge("A1", "3.60", bill_no="B0", ship_date=date(2023, 1, 5))
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel")]

    assert [] == found(run(contract, [near()], lines, history=[old]))


def test_a_voided_label_that_is_billed(contract):
    voided = near(status="voided", picked_up_at=None, voided_at=at(5))

    assert [("courier.cancelled_label_billed", "3.60")] == found(run(contract, [voided], [charge("A1", "3.60")]))


def test_a_return_leg_needs_a_case_once_cases_are_known(contract):
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel"), charge("A1", "1.80", kind="return_to_sender")]
    case = Return(return_id="R1", kind=ReturnKind.REJECTED, outbound_tracking_no="A1")

    assert [("courier.return_without_record", "1.80")] == found(run(contract, [near()], lines, returns=[]))
    assert [] == found(run(contract, [near()], lines, returns=[case]))
    assert [] == found(run(contract, [near(status="returned")], lines, returns=[]))
    assert [] == found(run(contract, [near()], lines))


def test_a_return_under_its_own_number_is_rated_from_its_outbound_parcel(contract):
    case = Return(return_id="R1", kind=ReturnKind.RETURN_REFUND, outbound_tracking_no="A1", return_tracking_no="R77")
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel"), charge("R77", "1.80")]
    outcome = run(contract, [near()], lines, returns=[case])

    assert [] == found(outcome)
    assert ["outbound", "outbound", "return"] == outcome.lines["leg"].to_list()


def test_a_return_under_its_own_number_without_an_outbound_parcel_is_listed(contract):
    case = Return(return_id="R1", kind=ReturnKind.RETURN_REFUND, return_tracking_no="R77")
    outcome = run(contract, [], [charge("R77", "1.80")], returns=[case])

    assert ["data.weight_missing"] == types_by_line(outcome)


@pytest.mark.parametrize(
    ("parcel", "expected"),
    [
        (shipment("A1", None, dest=NEAR), "data.weight_missing"),
        (shipment("A1", "0.8"), "data.zone_missing"),
        (shipment("A1", "0.8", dest=NEAR, service="unheard of"), "data.service_unknown"),
        (shipment("A1", "0.8", date(2024, 1, 5), dest=NEAR), "data.rate_missing"),
    ],
)
def test_a_parcel_that_cannot_be_rated_is_listed_and_its_charge_left_as_it_is(contract, parcel, expected):
    outcome = run(contract, [parcel], [charge("A1", "3.60", "0.8")])

    assert [(expected, "0.00")] == found(outcome)
    assert ["unrated"] == outcome.lines["verdict"].to_list()


def test_a_parcel_of_another_period_is_noted_without_an_impact(contract):
    january = CourierInvoice(bill_no="B1", currency="CNY", period_start=date(2026, 1, 1), period_end=date(2026, 1, 31))
    late = near(day=date(2026, 2, 3))
    lines = [
        charge("A1", "3.60", ship_date=date(2026, 2, 3)),
        charge("A1", "0.25", kind="fuel", ship_date=date(2026, 2, 3)),
    ]

    assert 2 * [("courier.period_mismatch", "0.00")] == found(run(contract, [late], lines, invoices=[january]))


def test_a_bill_whose_header_is_not_the_sum_of_its_lines(contract):
    header = CourierInvoice(bill_no="B1", currency="CNY", total=Money("5.00", "CNY"))
    lines = [charge("A1", "3.60"), charge("A1", "0.18", kind="fuel")]
    outcome = run(contract, [near()], lines, invoices=[header])

    assert [("courier.bill_total_mismatch", "1.22")] == found(outcome)


def test_a_parcel_that_replaces_another_is_billed_by_the_freight_of_its_own_leg(contract):
    again = run(
        contract,
        [shipment("R", "1", direction="reship")],
        [charge("R", "4.00", "1", leg="reship")],
        as_of=date(2026, 1, 31),
    )
    assert [] == [event.kind for event in again.events if event.kind == "courier.unbilled"]
    assert [] == again.carry_forward.items["what"].to_list()


def test_a_parcel_on_no_bill_waits_and_then_is_unbilled(contract):
    waiting = run(contract, [near()], [], as_of=date(2026, 2, 28))
    overdue = run(contract, [near()], [], as_of=date(2026, 3, 20))

    assert [] == found(waiting)
    assert ["A1"] == waiting.carry_forward.items["tracking_no"].to_list()
    assert [("courier.unbilled", "-3.78")] == found(overdue)
    assert ["courier.unbilled", "courier.unbilled"] == [e.kind for o in (waiting, overdue) for e in o.events]


def test_a_label_that_never_left_waits_for_no_bill(contract):
    never = near(status="label_created", picked_up_at=None, label_created_at=at(5))

    assert [] == found(run(contract, [never], [], as_of=date(2026, 6, 1)))


def billed(number: str = "A1"):
    return [charge(number, "3.60"), charge(number, "0.18", kind="fuel")]


def test_a_lost_parcel_is_owed_what_the_contract_says(contract):
    lost = near(status="lost")
    part = [*billed(), charge("A1", "-10.00", kind="compensation")]
    full = [*billed(), charge("A1", "-10.80", kind="compensation")]

    assert [("courier.lost_not_compensated", "10.80")] == found(run(contract, [lost], billed()))
    assert [("courier.lost_not_compensated", "0.80")] == found(run(contract, [lost], part))
    assert [] == found(run(contract, [lost], full))


def test_an_insured_lost_parcel_is_owed_its_declared_value(contract):
    lost = near(status="lost", declared_value=Money("88.00", "CNY"))

    assert [("courier.lost_not_compensated", "88.00")] == found(run(contract, [lost], billed()))


def test_a_damaged_parcel_is_owed_what_the_contract_says(contract):
    assert [("courier.damage_not_compensated", "7.20")] == found(run(contract, [near(status="damaged")], billed()))


def test_cash_that_was_collected_must_be_handed_over(contract):
    parcel = near(cod_amount=Money("100.00", "CNY"), signed_at=at(8))
    lines = [*billed(), charge("A1", "2.00", kind="cod_fee")]
    short = charge("A1", "-90.00", kind="cod_remittance")
    whole = charge("A1", "-100.00", kind="cod_remittance")

    assert [] == found(run(contract, [parcel], lines, as_of=date(2026, 1, 10)))
    assert [("courier.cod_not_remitted", "100.00")] == found(run(contract, [parcel], lines, as_of=date(2026, 1, 31)))
    assert [("courier.cod_amount_mismatch", "10.00")] == found(run(contract, [parcel], [*lines, short]))
    assert [] == found(run(contract, [parcel], [*lines, whole], as_of=date(2026, 1, 31)))


def test_a_late_parcel_is_owed_its_freight(contract):
    late = near(promised_at=at(7), signed_at=at(9))
    credit = charge("A1", "-3.60", kind="service_guarantee_credit")

    assert [("courier.late_delivery_no_credit", "3.60")] == found(run(contract, [late], billed()))
    assert [] == found(run(contract, [late], [*billed(), credit]))


def test_a_parcel_listed_twice_is_matched_once(contract):
    outcome = run(contract, [near(), near()], billed())

    assert [("data.duplicate_shipment", "0.00")] == found(outcome)


def test_a_damaged_number_among_our_own_shipments_is_listed(contract):
    outcome = run(contract, [near(), near("4.00123E+12")], billed())

    assert [("data.id_precision_lost", "0.00")] == found(outcome)


def test_impacts_sum_to_billed_less_expected(contract):
    lines = [
        *billed(),
        charge("A1", "3.60"),
        charge("ZZ", "9.00"),
        charge("A2", "7.77"),
        charge("A2", "0.18", kind="fuel"),
    ]
    outcome = run(contract, [near(), near("A2")], lines)

    assert impacts(outcome) == billed_less_expected(outcome) == 360 + 900 + 417


def test_parcels_of_other_carriers_stay_aside(contract):
    theirs = near("A2", carrier="顺丰速运", status="lost")
    outcome = run(contract, [near(), theirs], [*billed(), charge("A2", "3.60")], as_of=date(2026, 6, 1))

    assert [("courier.not_ours", "3.60")] == found(outcome)
    assert 1 == next(check for check in outcome.proof.checks if check.side == "shipments").parts["other carrier"]


def test_of_a_round_trip_without_a_case_only_the_way_back_is_claimed(contract):
    both_ways = charge("A1", "5.58", kind="all_in", leg="round_trip")  # 3.60 + fuel 0.18 + half of 3.60
    case = Return(return_id="R1", kind=ReturnKind.REJECTED, outbound_tracking_no="A1")

    assert [] == found(run(contract, [near()], [both_ways], returns=[case]))
    assert [("courier.return_without_record", "1.80")] == found(run(contract, [near()], [both_ways], returns=[]))


def test_fees_without_a_type_of_their_own_are_told_apart_by_their_names(contract):
    fees = [charge("A1", "1.00", kind="other", description=name) for name in ("称重费", "扫描费", "称重费")]
    outcome = run(contract, [near()], [*billed(), *fees])

    assert 1 == [kind for kind, _ in found(outcome)].count("courier.duplicate")
    assert 2 == [kind for kind, _ in found(outcome)].count("courier.surcharge_not_in_contract")


def test_the_earlier_bill_keeps_its_charge_whatever_the_bills_are_called(contract):
    heads = [
        CourierInvoice(bill_no="B9", currency="CNY", period_start=date(2026, 1, 1), period_end=date(2026, 1, 31)),
        CourierInvoice(bill_no="B10", currency="CNY", period_start=date(2026, 2, 1), period_end=date(2026, 2, 28)),
    ]
    lines = [charge("A1", "3.60", bill_no=bill) for bill in ("B10", "B9")]
    outcome = run(contract, [near()], [*lines, charge("A1", "0.18", kind="fuel", bill_no="B9")], invoices=heads)

    assert ["B10"] == [item.keys["bill_no"] for item in outcome.discrepancies]


def test_an_adjustment_that_nothing_explains_is_unexplained(contract):
    outcome = run(contract, [near()], [*billed(), charge("A1", "2.50", kind="adjustment")])

    assert [("courier.unexplained", "2.50")] == found(outcome)


def test_a_fee_on_a_parcel_of_no_version_is_not_called_out_of_contract(contract):
    old = shipment("A1", "0.8", date(2024, 1, 5), dest=NEAR)
    outcome = run(contract, [old], [charge("A1", "5.00", kind="remote_area")])

    assert [("data.rate_missing", "0.00")] == found(outcome)


def test_the_contract_explains_a_shipment_and_the_charge_for_it_step_by_step(contract):
    ours = str(contract.explain(near(weight="1.8")))
    theirs = str(contract.explain(charge("A1", "9.99", "2.3", dest=NEAR)))

    assert "version: 2026 (picked up 2026-01-05, service standard)" in ours
    assert "billing weight: CEIL(1) of 1.8 = 2 kg" in ours
    assert "total: 4.68 + 0.23 = 4.91 CNY" in ours
    assert "billing weight: CEIL(1) of 2.3 = 3 kg" in theirs


def test_a_discrepancy_says_in_both_languages_what_it_is_who_handles_it_and_what_to_do(contract):
    outcome = run(contract, [near()], [charge("A1", "4.68", "1.8"), charge("ZZ9", "3.60")], as_of=date(2026, 1, 30))

    kinds = {one.type for one in outcome.discrepancies}
    assert {"courier.overweight", "courier.not_ours"} <= kinds
    for one in outcome.discrepancies:
        assert one.keys["tracking_no"] in one.reason_zh
        assert "" not in (one.reason, one.next_step, one.next_step_zh)
        assert ("logistics", "courier") == (one.owner, one.responsible_party)
        assert date(2026, 2, 4) == one.due_on  # three working days after Friday


def test_what_a_month_leaves_open_begins_the_next_without_being_given_again(contract, tmp_path):
    parcels = [near("A1"), near("A2")]
    january = run(contract, parcels, [charge("A1", "3.78", bill_no="B1", kind="all_in")], as_of=date(2026, 1, 31))
    january.carry_forward.save(tmp_path)
    later = [charge("A1", "3.78", bill_no="B2", kind="all_in"), charge("A2", "3.78", bill_no="B2", kind="all_in")]

    february = run(contract, [], later, opening=CarryForward.load(tmp_path), as_of=date(2026, 2, 28))
    lost = run(contract, [], later, as_of=date(2026, 2, 28))

    assert ["A2"] == january.carry_forward.items["tracking_no"].to_list()
    assert [("courier.duplicate", "3.78")] == found(february)
    assert 0 == february.carry_forward.items.height
    assert {"courier.not_ours"} == {kind for kind, _ in found(lost)}


def test_a_shipment_that_is_given_again_is_not_listed_twice(contract):
    january = run(contract, [near("A1")], [], as_of=date(2026, 1, 31))

    again = run(contract, [near("A1")], [], opening=january.carry_forward, as_of=date(2026, 1, 31))

    assert [] == found(again)
    assert 1 == again.proof.checks[1].total
