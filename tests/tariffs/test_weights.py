"""Chargeable and billing weight: volume, triggers, boxes, rounding scope, minimum, and what is no weight at all."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tieout.tariffs import Scenario

Build = Callable[..., Any]
BOX = ("60", "40", "40")  # 96000 cm3: 16 kg by 6000


def volumetric(text: str) -> str:
    return f"volumetric = {{ {text} }}\n"


def grams(line: dict[str, Any], name: str) -> Decimal:
    return line[f"{name}_weight_g"]


@pytest.mark.parametrize(
    ("terms", "kg", "chargeable"),
    [
        ("mode = 'full', divisor = 6000", "10", "16"),
        ("mode = 'full', divisor = 6000", "17", "17"),
        ("mode = 'half', divisor = 6000", "10", "13"),
        ("mode = 'half', share = 25, divisor = 6000", "10", "11.5"),
        ("mode = 'half', divisor = 6000", "17", "17"),
        ("mode = 'none', divisor = 6000", "10", "10"),
        ("mode = 'full', divisor = 6000, trigger = { side_from = 60 }", "10", "16"),
        ("mode = 'full', divisor = 6000, trigger = { side_from = 60.1 }", "10", "10"),
        ("mode = 'full', divisor = 6000, trigger = { volume_over = 96000 }", "10", "10"),
        ("mode = 'full', divisor = 6000, trigger = { volume_over = 95999.9 }", "10", "16"),
        ("mode = 'full', divisor = 6000, trigger = { ratio_over = 1.6 }", "10", "10"),
        ("mode = 'full', divisor = 6000, trigger = { ratio_over = 1.59 }", "10", "16"),
        ("mode = 'full', divisor = 6000, trigger = { ratio_over = 1.6, side_from = 60 }", "10", "16"),
    ],
)
def test_full_half_none_and_triggers(card_of: Build, weighed: Build, terms: str, kg: str, chargeable: str) -> None:
    line = weighed(card_of(volumetric(terms)), {"kg": kg, "cm": BOX})

    assert Decimal(chargeable) * 1000 == grams(line, "chargeable")


@pytest.mark.parametrize(("how", "volume_kg"), [("none", "0.9975"), ("half_up", "1.1"), ("ceil", "1.32")])
def test_sides_are_rounded_before_they_are_multiplied(card_of: Build, weighed: Build, how: str, volume_kg: str) -> None:
    card = card_of(volumetric(f"mode = 'full', divisor = 1000, dim_rounding = '{how}'"))

    line = weighed(card, {"kg": "0.1", "cm": ("10.5", "9.5", "10")})  # 11 x 10 x 10 half-up and up
    ceil = weighed(card, {"kg": "0.1", "cm": ("10.1", "11.4", "10")})  # 10 x 11 x 10, 11 x 12 x 10

    assert Decimal(volume_kg if how != "ceil" else "1.1") * 1000 == grams(line, "volumetric")
    assert {"none": Decimal("1151.4"), "half_up": Decimal(1100), "ceil": Decimal(1320)}[how] == grams(
        ceil, "volumetric"
    )


def test_a_quotient_that_does_not_end_is_kept_as_the_next_small_unit(card_of: Build, weighed: Build) -> None:
    line = weighed(card_of(volumetric("mode = 'full', divisor = 6000")), {"kg": "0", "cm": ("10", "10", "10")})

    assert Decimal("166.66666667") == grams(line, "volumetric")


def test_a_missing_side_means_no_volume(card_of: Build, weighed: Build) -> None:
    card = card_of(volumetric("mode = 'full', divisor = 6000"))

    line = weighed(card, {"kg": "1", "length_cm": Decimal(100), "width_cm": Decimal(100)})

    assert (None, Decimal(1000), "actual") == (grams(line, "volumetric"), grams(line, "billing"), line["weight_kind"])


PIECES = [
    {"kg": "1.2", "cm": ("30", "20", "10")},
    {"kg": "2.3", "cm": ("40", "30", "20")},
]  # volumes 1 and 4 kg by 6000


@pytest.mark.parametrize(
    ("pieces", "actual", "volume", "chargeable", "billing"),
    [
        ("per_piece", "3.5", "5", "5.2", "6"),  # max(1.2, 1) -> 2; max(2.3, 4) -> 4
        ("total", "3.5", "5", "5", "5"),
    ],
)
def test_boxes_per_piece_and_in_total(
    card_of: Build, weighed: Build, pieces: str, actual: str, volume: str, chargeable: str, billing: str
) -> None:
    card = card_of(volumetric(f"mode = 'full', divisor = 6000, pieces = '{pieces}'"))

    line = weighed(card, {"kg": "99", "pieces": PIECES})

    found = [grams(line, name) / 1000 for name in ("actual", "volumetric", "chargeable", "billing")]
    assert [Decimal(text) for text in (actual, volume, chargeable, billing)] == found


def test_the_other_rule_for_boxes_can_be_tried(card_of: Build, weighed: Build) -> None:
    card = card_of(volumetric("mode = 'full', divisor = 6000, pieces = 'per_piece'"))

    assert Decimal(5000) == grams(weighed(card, {"pieces": PIECES}, Scenario(per_piece=True)), "billing")


def test_one_box_of_unknown_weight_makes_the_parcels_weight_unknown(card_of: Build, weighed: Build) -> None:
    line = weighed(card_of(), {"kg": "3", "pieces": [{"kg": "1"}, {"cm": ("1", "1", "1")}]})

    assert "weight_missing" == line["problem"]


def test_no_boxes_at_all_leave_the_parcels_own_weight(card_of: Build, weighed: Build) -> None:
    assert Decimal(3000) == grams(weighed(card_of(), {"kg": "2.5", "pieces": []}), "billing")


@pytest.mark.parametrize(
    ("kg", "billing"),
    [("0.3", "0.5"), ("0.5", "0.5"), ("0.51", "1.5"), ("1.5", "1.5"), ("1.500001", "2.5")],
)
def test_only_the_continued_part_is_rounded_when_the_contract_says_so(
    card_of: Build, weighed: Build, kg: str, billing: str
) -> None:
    card = card_of(
        weight="weight = { round_scope = 'continued', rounding = { mode = 'ceil', step = 1 } }\n",
        prices="prices = { model = 'first_continued', first_weight = 0.5, first = 3, step = 1, continued = 1 }\n",
    )

    assert Decimal(billing) * 1000 == grams(weighed(card, {"kg": kg}), "billing")


@pytest.mark.parametrize(("kg", "billing"), [("0", "2"), ("2", "2"), ("2.1", "3")])
def test_less_than_the_minimum_is_billed_as_the_minimum(card_of: Build, weighed: Build, kg: str, billing: str) -> None:
    card = card_of(weight="weight = { minimum = 2, rounding = { mode = 'ceil', step = 1 } }\n")

    assert Decimal(billing) * 1000 == grams(weighed(card, {"kg": kg}), "billing")
    assert Decimal(kg).to_integral_value(rounding="ROUND_CEILING") * 1000 == grams(
        weighed(card, {"kg": kg}, Scenario(no_minimum=True)), "billing"
    )


@pytest.mark.parametrize(
    "parcel",
    [
        {},
        {"kg": "-0.001"},
        {"kg": "100000.001"},
        {"kg": "1", "cm": ("2000.1", "1", "1")},
        {"kg": "1", "cm": ("1", "-1", "1")},
    ],
)
def test_what_cannot_be_a_parcel_is_no_weight(card_of: Build, weighed: Build, parcel: dict[str, Any]) -> None:
    line = weighed(card_of(volumetric("mode = 'full', divisor = 6000")), parcel)

    assert ("weight_missing", None) == (line["problem"], line["billing_weight_g"])


def test_the_greatest_parcel_there_can_be_does_not_overflow(card_of: Build, weighed: Build) -> None:
    card = card_of(volumetric("mode = 'full', divisor = 100000"))

    line = weighed(card, {"kg": "1", "cm": ("2000", "2000", "2000")})

    assert Decimal(80_000_000) == grams(line, "billing")


def test_a_measured_weight_of_the_courier_replaces_ours_and_leaves_volume_aside(
    card_of: Build, parcels_of: Build
) -> None:
    parcels = parcels_of({"kg": "1", "cm": BOX}, {"kg": "1", "pieces": PIECES}).with_columns(
        billed_g=parcels_of({"kg": "4.2"}, {"kg": "2"})["weight_g"]
    )

    rated = card_of(volumetric("mode = 'full', divisor = 6000")).rate(
        parcels, scenario=Scenario(billing_weight="billed_g")
    )

    assert [Decimal(5000), Decimal(2000)] == rated.parcels["billing_weight_g"].to_list()
    assert [None, None] == rated.parcels["volumetric_weight_g"].to_list()
