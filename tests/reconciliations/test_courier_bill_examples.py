"""The worked examples E1 to E8 of domain.md 3.10, through the whole reconciliation."""

from datetime import date
from decimal import Decimal

import pytest
from courier_world import billed_less_expected, card, charge, found, impacts, province, run, shipment

GRACE = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "grace_ceil", step = 1, grace = 0.10 } }
prices = { model = "first_continued", first_weight = 1, first = 3.20, step = 1, continued = 1.00 }
"""
PLAIN = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 2.60, step = 1, continued = 0.90 }
"""


def test_e1_a_grace_contract_billed_without_grace_is_a_wrong_rounding():
    outcome = run(card(GRACE), [shipment("A1", "2.05")], [charge("A1", "5.20")])

    assert [("courier.wrong_rounding", "1.00")] == found(outcome)


def test_e1_the_billing_weight_on_the_bill_does_not_make_it_an_overweight():
    outcome = run(card(GRACE), [shipment("A1", "2.05")], [charge("A1", "5.20", "3")])

    assert [("courier.wrong_rounding", "1.00")] == found(outcome)


SF = """
[[versions]]
id = "2026"
from = 2026-01-01
amounts = { freight_step = 1 }
regions = { jzhw = ["江苏", "浙江", "上海", "安徽"] }

[versions.weight]
bands = [
  { below = 10, mode = "half_up", step = 0.1 },
  { below = 100, mode = "tail_2378" },
  { mode = "half_up", step = 1 },
]

[versions.volumetric]
mode = "full"
divisor = 6000
routes = [{ divisor = 12000, same = "region" }]

[versions.prices]
model = "first_continued"
first_weight = 1
first = 18.00
step = 1
continued = 5.00
partial_step = "pro_rata"
"""


@pytest.mark.parametrize("stated", [None, "16"], ids=["weight not stated", "weight stated"])
def test_e2_a_box_within_the_region_billed_by_the_divisor_of_other_routes(stated):
    box = shipment(
        "SF1",
        "12.3",
        carrier="sf",
        length_cm=Decimal(60),
        width_cm=Decimal(40),
        height_cm=Decimal(40),
        origin=province("上海"),
        dest=province("江苏省"),
    )
    outcome = run(card(SF, carrier="sf"), [box], [charge("SF1", "93.00", stated, carrier="sf")])

    assert [("courier.wrong_divisor", "17.00")] == found(outcome)


def test_e3_a_heavier_weight_than_ours_is_an_overweight():
    outcome = run(card(PLAIN), [shipment("A1", "0.86")], [charge("A1", "3.50", "1.30")])

    assert [("courier.overweight", "0.90")] == found(outcome)
    (finding,) = outcome.discrepancies
    assert finding.claimable
    assert ("2.60", "3.50") == (str(finding.expected.amount), str(finding.actual.amount))


RTS = """
[[versions]]
id = "old"
from = 2025-01-01
to = 2026-01-01
weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
prices = {{ model = "first_continued", first_weight = 1, first = 2.60, step = 1, continued = 0.90 }}
returns = {{ mode = "share", percent = {old} }}

[[versions]]
id = "new"
from = 2026-01-01
weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
prices = {{ model = "first_continued", first_weight = 1, first = 2.60, step = 1, continued = 0.90 }}
returns = {{ mode = "share", percent = 50 }}
"""


@pytest.mark.parametrize(
    ("old", "expected_type"),
    [(100, "courier.wrong_rate_version"), (70, "courier.surcharge_amount_wrong")],
    ids=["an older version says 100 %", "no version explains it"],
)
def test_e4_a_return_billed_at_the_full_freight(old, expected_type):
    back = shipment("A1", "0.86", status="returned")
    lines = [charge("A1", "2.60"), charge("A1", "2.60", kind="return_to_sender")]
    outcome = run(card(RTS.format(old=old)), [back], lines)

    assert [(expected_type, "1.30")] == found(outcome)


UPS = """
weight_unit = "lb"
dim_unit = "in"
"""
UPS_VERSIONS = """
[[versions]]
id = "2025-01"
from = 2025-01-01
to = 2025-08-18
[versions.weight]
rounding = { mode = "ceil", step = 1 }
[versions.volumetric]
mode = "full"
divisor = 139
dim_rounding = "half_up"
[versions.prices]
model = "zone_table"
weights = [5, 6]
zones = { "2" = { prices = [12.40, 12.95] } }
[versions.zones]
names = ["2"]
default = "2"
[versions.fuel]
percent = 18.5
[[versions.surcharges]]
charge_type = "residential"
when = "residential"
amount = 5.95
fuel = true
[[versions.surcharges]]
charge_type = "das"
when = "remote"
dest_postcodes = ["99*"]
amount = 4.45
fuel = true

[[versions]]
id = "2025-08"
from = 2025-08-18
[versions.weight]
rounding = { mode = "ceil", step = 1 }
[versions.volumetric]
mode = "full"
divisor = 139
dim_rounding = "ceil"
[versions.prices]
model = "zone_table"
weights = [5, 6]
zones = { "2" = { prices = [12.40, 12.95] } }
[versions.zones]
names = ["2"]
default = "2"
[versions.fuel]
percent = 18.5
[[versions.surcharges]]
charge_type = "residential"
when = "residential"
amount = 5.95
fuel = true
[[versions.surcharges]]
charge_type = "das"
when = "remote"
dest_postcodes = ["99*"]
amount = 4.45
fuel = true
"""


def _ups_box(day: date):
    from tieout.model import Place

    return shipment(
        "1Z999AA10123456784",
        None,
        day,
        carrier="ups",
        weight_scale_g=Decimal("4.2") * Decimal("453.59237"),
        length_cm=Decimal("11.1") * Decimal("2.54"),
        width_cm=Decimal("8.5") * Decimal("2.54"),
        height_cm=Decimal("6.2") * Decimal("2.54"),
        is_residential=True,
        dest=Place(postcode="99501"),
    )


def _ups_charge(amount: str, kind: str, day: date):
    return charge("1Z999AA10123456784", amount, kind=kind, currency="USD", carrier="ups", ship_date=day)


def test_e5_sizes_rounded_by_the_later_rule():
    day = date(2025, 8, 10)
    ups = card(UPS_VERSIONS, carrier="ups", currency="USD", top=UPS)
    outcome = run(ups, [_ups_box(day)], [_ups_charge("27.67", "all_in", day)])

    assert [("courier.wrong_rounding", "0.65")] == found(outcome)
    (finding,) = outcome.discrepancies
    assert "version" in finding.evidence["also_explained_by"]


def test_e5_both_dates_agree_with_their_own_rule():
    ups = card(UPS_VERSIONS, carrier="ups", currency="USD", top=UPS)
    for day, amount in ((date(2025, 8, 10), "27.02"), (date(2025, 8, 18), "27.67")):
        outcome = run(ups, [_ups_box(day)], [_ups_charge(amount, "all_in", day)])

        assert [] == found(outcome)


def test_e5_itemised_lines_are_each_explained_by_the_rounding():
    day = date(2025, 8, 10)
    ups = card(
        UPS_VERSIONS.split('[[versions]]\nid = "2025-08"', maxsplit=1)[0].replace("to = 2025-08-18\n", ""),
        carrier="ups",
        currency="USD",
        top=UPS,
    )
    lines = [("12.95", "base"), ("5.95", "residential"), ("4.45", "das"), ("4.32", "fuel")]
    outcome = run(ups, [_ups_box(day)], [_ups_charge(amount, kind, day) for amount, kind in lines])

    assert [("courier.wrong_rounding", "0.10"), ("courier.wrong_rounding", "0.55")] == found(outcome)


TIERS = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 2.60, step = 1, continued = 0.90 }

[[monthly]]
kind = "volume_tiers"
settlement = "in_bill"
mode = "MODE"
direction = "discount_per_parcel"
tiers = [{ from = 5000, discount = 0.05 }, { from = 10000, discount = 0.10 }]
"""


@pytest.mark.parametrize(("mode", "rebate"), [("whole", "1240.00"), ("incremental", "490.00")])
def test_e6_a_missing_rebate_is_found_in_both_modes(mode, rebate):
    rate_card = card(TIERS.replace("MODE", mode))
    numbers = [f"A{index:05}" for index in range(12_400)]
    shipments = [shipment(number, "0.8") for number in numbers]
    charges = [charge(number, "2.60") for number in numbers]

    missing = run(rate_card, shipments, charges, as_of=date(2026, 1, 31))
    paid = charge(None, f"-{rebate}", kind="rebate")
    granted = run(rate_card, shipments, [*charges, paid], as_of=date(2026, 1, 31))

    assert [("courier.rebate_missing", rebate)] == found(missing)
    assert [] == found(granted)


def test_e7_the_same_parcel_on_the_next_bill_is_a_duplicate():
    plain = card(PLAIN.replace("first = 2.60", "first = 15.00"))
    parcel = shipment("SF123", "0.8", date(2026, 1, 20))
    january = charge("SF123", "15.00", bill_no="2026-01", ship_date=date(2026, 1, 20))
    february = charge("SF123", "15.00", bill_no="2026-02", ship_date=date(2026, 1, 20))

    in_one_run = run(plain, [parcel], [february, january])
    across_runs = run(plain, [parcel], [february], history=[january])

    assert [("courier.duplicate", "15.00")] == found(in_one_run)
    assert [("courier.duplicate", "15.00")] == found(across_runs)
    assert ["2026-02", "2026-02"] == [
        item.keys["bill_no"] for o in (in_one_run, across_runs) for item in o.discrepancies
    ]


ZONES = """
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
[versions.zones]
names = ["二区", "新疆"]
rules = [{ zone = "新疆", dest_provinces = ["新疆"] }, { zone = "二区", dest_provinces = ["广东"] }]
[versions.prices]
model = "first_continued"
first_weight = 1
step = 1
zones = { "二区" = { first = 3.20, continued = 1.00 }, "新疆" = { first = 12.00, continued = 8.00 } }
[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
dest_provinces = ["新疆"]
amount = 5.00
"""


def test_e8_a_wrong_zone_and_its_remote_fee_are_two_discrepancies_of_one_parcel():
    parcel = shipment("A1", "0.8", dest=province("广东", "广州"))
    lines = [charge("A1", "12.00", zone_billed="新疆"), charge("A1", "5.00", kind="remote_area", zone_billed="新疆")]
    outcome = run(card(ZONES), [parcel], lines)

    assert [("courier.surcharge_not_applicable", "5.00"), ("courier.wrong_zone", "8.80")] == found(outcome)
    assert 1380 == impacts(outcome) == billed_less_expected(outcome)
