"""Volumes that only the courier measured: not claimed for want of our own sides, and not called correct either."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from courier_world import PER_KG, card, charge, found, run, shipment
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.model import Piece, Place, WeightKind

NO_VOLUME, WEIGHED = card(PER_KG), card(PER_KG + 'volumetric = { mode = "full", divisor = 6000 }')
BY_ROUTE = card("""
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
volumetric = { mode = "full", divisor = 6000, routes = [{ dest_provinces = ["新疆"], divisor = 5000 }] }

[versions.zones]
names = ["near", "far"]
rules = [
  { zone = "near", dest_provinces = ["浙江"] },
  { zone = "far", dest_provinces = ["新疆"] },
]

[versions.prices]
model = "per_kg"
zones.near = { rate = 10 }
zones.far = { rate = 20 }
""")
VOLUMETRIC = {"weight_kind": WeightKind.VOLUMETRIC}
ACTUAL = {"weight_kind": WeightKind.ACTUAL}


def sides(length, width, height):
    return {
        name: Decimal(side)
        for name, side in zip(("length_cm", "width_cm", "height_cm"), (length, width, height), strict=True)
    }


TEN = sides(50, 40, 30)  # 10 kg at 6000, 12 kg at 5000
FIVE = sides(50, 30, 20)
NOTED = [("data.condition_missing", "0.00")]


@pytest.mark.parametrize(
    ("ours", "billed", "expected"),
    [
        ({}, ("100.00", "10", VOLUMETRIC), NOTED),
        ({}, ("100.00", "10", TEN), NOTED),
        ({}, ("100.00", None, TEN), NOTED),
        ({}, ("100.00", "10", {**TEN, **VOLUMETRIC}), NOTED),
        # Their own sides make less of it than they charge: what is above that is claimed.
        ({}, ("100.00", "10", {**FIVE, **VOLUMETRIC}), [("courier.overweight", "50.00")]),
        ({}, ("120.00", "12", {**TEN, **VOLUMETRIC}), [("courier.wrong_divisor", "20.00")]),
        # No word of a volume, or the courier's word that it is none: then they say that they weighed it.
        ({}, ("100.00", "10", {}), [("courier.overweight", "80.00")]),
        ({}, ("100.00", "10", ACTUAL), [("courier.overweight", "80.00")]),
        ({}, ("100.00", "10", {**TEN, **ACTUAL}), [("courier.overweight", "80.00")]),
        # We measured it.
        (FIVE, ("100.00", "10", VOLUMETRIC), [("courier.overweight", "50.00")]),
        (
            {"pieces": (Piece(weight_g=Decimal(2000), **FIVE),)},
            ("100.00", "10", TEN),
            [("courier.overweight", "50.00")],
        ),
        ({"pieces": (Piece(weight_g=Decimal(800)), Piece(weight_g=Decimal(800)))}, ("100.00", "10", TEN), NOTED),
        (TEN, ("100.00", "10", VOLUMETRIC), []),
        # A price that is right by what we know rests on no volume.
        ({}, ("20.00", "2", FIVE), []),
        ({}, ("10.00", "1", {**FIVE, **VOLUMETRIC}), [("courier.undercharged", "-10.00")]),
    ],
)
def test_a_volume_that_only_the_courier_measured_is_neither_claimed_nor_called_correct(ours, billed, expected):
    amount, weight, said = billed
    outcome = run(WEIGHED, [shipment("A1", "1.6", **ours)], [charge("A1", amount, weight, **said)])
    assert found(outcome) == expected
    claimed = [Decimal(impact) for kind, impact in expected if kind.startswith("courier.") and Decimal(impact) > 0]
    assert [Decimal(text) for text in outcome.claims()["claimed"]] == claimed
    assert outcome.lines["verdict"].to_list() == [
        "noted" if expected == NOTED else "overcharged" if claimed else "undercharged" if expected else "correct"
    ]


@pytest.mark.parametrize("said", [VOLUMETRIC, TEN, {**VOLUMETRIC, **TEN}])
def test_a_contract_that_weighs_no_volume_owes_none(said):
    outcome = run(NO_VOLUME, [shipment("A1", "1.6")], [charge("A1", "100.00", "10", **said)])
    assert found(outcome) == [("courier.overweight", "80.00")]


@pytest.mark.parametrize(("said", "billing"), [(FIVE, "5"), (VOLUMETRIC, "10")])
def test_a_weight_of_the_bill_is_not_called_ours(said, billing):
    (found_one,) = run(WEIGHED, [shipment("A1", "1.6")], [charge("A1", "100.00", "10", **said)]).discrepancies
    assert ("1.6", None, billing) == tuple(
        found_one.evidence.get(name) for name in ("our_weight_kg", "our_volumetric_weight_kg", "our_billing_weight_kg")
    )


def test_a_volume_of_the_bill_is_weighed_by_each_divisor_that_may_hold():
    by_origin = card(
        PER_KG
        + 'volumetric = { mode = "full", divisor = 12000, routes = [{ origin_provinces = ["广东"], divisor = 6000 }] }'
    )
    lines = [charge("A1", "100.00", "10", **TEN)]

    (noted,) = run(by_origin, [shipment("A1", "1.6")], lines).discrepancies
    assert ("data.route_missing", ("data.condition_missing",)) == (noted.type, tuple(noted.secondary))
    known = shipment("A1", "1.6", origin=Place(province="浙江"))
    assert found(run(by_origin, [known], lines)) == [("courier.wrong_divisor", "50.00")]


FAR = {"dest": Place(province="新疆")}


@pytest.mark.parametrize(
    ("ours", "billed", "expected"),
    [
        (FAR, ("200.00", "10", VOLUMETRIC), NOTED),
        # Whatever the volume is, the zone is known.
        (FAR, ("240.00", "12", TEN), NOTED),
        ({"dest": Place(province="浙江")}, ("200.00", "10", VOLUMETRIC), [("courier.wrong_zone", "100.00")]),
        ({"dest": Place(province="浙江")}, ("200.00", "10", TEN), [("courier.wrong_zone", "100.00")]),
    ],
)
def test_beside_a_volume_nobody_denies_what_is_known_is_claimed(ours, billed, expected):
    amount, weight, said = billed
    outcome = run(BY_ROUTE, [shipment("A1", "1.6", **ours)], [charge("A1", amount, weight, **said)])
    assert found(outcome) == expected


def test_a_volume_charged_on_a_line_of_its_own_needs_no_word_for_it():
    lines = [charge("A1", "20.00", "2"), charge("A1", "80.00", "10", kind="volumetric_diff")]
    assert found(run(WEIGHED, [shipment("A1", "1.6")], lines)) == NOTED


def test_a_line_that_is_charged_twice_says_nothing_of_the_volume():
    lines = [charge("A1", "100.00", "10"), charge("A1", "100.00", "10", bill_no="B2", **VOLUMETRIC)]
    wrong = [("courier.duplicate", "100.00"), ("courier.overweight", "80.00")]
    assert found(run(WEIGHED, [shipment("A1", "1.6")], lines)) == wrong


VOLUMES = (
    'mode = "full", divisor = 6000',
    'mode = "full", divisor = 8000, dim_rounding = "ceil"',
    'mode = "half", share = 40, divisor = 6000',
    'mode = "full", divisor = 6000, trigger = { side_from = 45 }',
)
ROUNDINGS = ('mode = "ceil", step = 1', 'mode = "ceil", step = 0.5', 'mode = "exact"')


def measured(volume, rounding):
    return card(f"""
[[versions]]
id = "2026"
from = 2025-01-01
weight = {{ rounding = {{ {rounding} }} }}
volumetric = {{ {volume} }}
prices = {{ model = "first_continued", first_weight = 1, first = 4.00, step = 1, continued = 1.20 }}
""")


@settings(max_examples=30)
@given(
    st.sampled_from(VOLUMES),
    st.sampled_from(ROUNDINGS),
    st.lists(
        st.tuples(st.integers(100, 9000), st.tuples(*[st.integers(5, 70)] * 3), st.booleans()), min_size=1, max_size=12
    ),
)
def test_a_right_bill_is_never_claimed_whatever_sides_are_missing(volume, rounding, boxes):
    contract = measured(volume, rounding)
    numbers = [f"A{number:02}" for number in range(len(boxes))]
    told = [{"weight_g": Decimal(grams), **sides(*lengths)} for grams, lengths, _ in boxes]
    priced = contract.rate(
        pl.DataFrame([{"row": row, "rate_date": date(2026, 1, 5), **one} for row, one in enumerate(told)])
    )
    lines = []
    for number, one, (*_, tells_sides), rated, component in zip(
        numbers, told, boxes, priced.parcels.iter_rows(named=True), priced.components.iter_rows(named=True), strict=True
    ):
        measures = {name: value for name, value in one.items() if name != "weight_g"}
        said = measures if tells_sides else {"weight_kind": WeightKind(rated["weight_kind"])}
        amount, weight = Decimal(component["amount_minor"]) / 100, rated["billing_weight_g"] / 1000
        lines.append(charge(number, str(amount), str(weight), **said))
    parcels = [shipment(number, str(one["weight_g"] / 1000)) for number, one in zip(numbers, told, strict=True)]
    assert {kind for kind, _ in found(run(contract, parcels, lines))} <= {"data.condition_missing"}
