"""Explanations show the engine's own arithmetic."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from moneyed import Money

from tieout.errors import WrongColumnType
from tieout.model import Piece, Place, Shipment
from tieout.tariffs import RateCard, Scenario

Build = Callable[..., Any]


def sf_box(**changes: Any) -> dict[str, Any]:
    parcel = {
        "rate_date": date(2026, 3, 1),
        "weight_g": Decimal(12300),
        "length_cm": Decimal(60),
        "width_cm": Decimal(40),
        "height_cm": Decimal(40),
        "origin_province": "上海",
        "dest_province": "江苏",
        "declared_value_minor": 50000,
    }
    return parcel | changes


def test_e2_step_by_step(load: Callable[[str], RateCard]) -> None:
    explanation = load("sf").explain(sf_box())

    assert [
        "version: 2026 (picked up 2026-03-01)",
        "zone: *",
        "actual weight: 12.3 kg",
        "volumetric weight: 60 x 40 x 40 cm / 12000 = 8 kg",
        "chargeable weight: full of 12.3 and 8 = 12.3 kg",
        "billing weight: TAIL_2378 of 12.3 = 12.5 kg",
        "base: 18 + 11.5 x 5 = 75.5, half_up to 1 = 76.00 CNY",
        "insurance: declared_value: 0.5 % x declared_value, at least 1 = 2.50 CNY",
        "total: 76.00 + 2.50 = 78.50 CNY",
    ] == str(explanation).splitlines()
    assert 7850 == explanation.total_minor


def test_e2_in_chinese(load: Callable[[str], RateCard]) -> None:
    lines = load("sf").explain(sf_box(declared_value_minor=None)).to_chinese().splitlines()

    assert "版本: 2026 (揽收日 2026-03-01)" == lines[0]
    assert "取重: 全抛 12.3 与 8 = 12.3 kg" == lines[4]
    assert "运费: 18 + 11.5 x 5 = 75.5, 四舍五入到 1 = 76.00 CNY" == lines[6]
    assert "保价费: 不收: 条件 declared_value 不成立" == lines[7]


def test_e5_step_by_step(load: Callable[[str], RateCard]) -> None:
    parcel = {
        "rate_date": date(2025, 8, 10),
        "weight_g": Decimal("4.2") * Decimal("453.59237"),
        "length_cm": Decimal("11.1") * Decimal("2.54"),
        "width_cm": Decimal("8.5") * Decimal("2.54"),
        "height_cm": Decimal("6.2") * Decimal("2.54"),
        "is_residential": True,
        "dest_postcode": "59001",
    }

    assert [
        "actual weight: 4.2 lb",
        "volumetric weight: 11 x 9 x 6 in / 139 = 4.27338 lb",
        "chargeable weight: full of 4.2 and 4.27338 = 4.27338 lb",
        "billing weight: CEIL(1) of 4.27338 = 5 lb",
        "base: table price at 5 lb = 12.40 USD",
        "residential: residential: 5.95 = 5.95 USD",
        "das: remote: 4.45 = 4.45 USD",
        "fuel: 18.5 % x 22.80 = 4.22 USD",
        "total: 12.40 + 5.95 + 4.45 + 4.22 = 27.02 USD",
    ] == str(load("ups").explain(parcel)).splitlines()[2:]


def test_what_nobody_recorded_is_said(card_of: Build) -> None:
    card = card_of(
        """
        zones = { names = ["near", "same", "far"], default = "far", rules = [
          { zone = "same", same = "city" }, { zone = "near", same = "province" },
        ] }
        volumetric = { mode = "full", divisor = 6000, routes = [{ origin_provinces = ["广东"], divisor = 12000 }] }
        surcharges = [{ charge_type = "residential", when = "residential", amount = 6 }]
        """,
        prices='prices = { model = "per_kg", zones = { near = { rate = 1 }, same = { rate = 2 }, far = { rate = 3 } } }\n',
    )
    box = dict.fromkeys(("length_cm", "width_cm", "height_cm"), Decimal(30))
    explanation = card.explain({"weight_g": Decimal(1000), "dest_province": "浙江", "dest_city": "杭州", **box})

    text = str(explanation)
    assert "zone: far (may be same or near: not all places are known)" in text
    assert "/ 6000 (may be 12000: not all places are known) = 4.5 kg" in text
    assert "residential: not charged: whether residential holds is not known" in text
    chinese = explanation.to_chinese()
    assert "分区: far (地址不全, 也可能为 same 或 near)" in chinese
    assert "住宅附加费: 不收: 条件 residential 无记录" in chinese


def test_a_scenario_is_explained_too(load: Callable[[str], RateCard]) -> None:
    explanation = load("sf").explain(sf_box(), scenario=Scenario(divisor=Decimal(6000)))
    billed = load("sf").explain(sf_box(billed_g=Decimal(13000)), scenario=Scenario(billing_weight="billed_g"))

    assert "volumetric weight: 60 x 40 x 40 cm / 6000 = 16 kg" in str(explanation)
    assert "billing weight: TAIL_2378 of 13 = 13 kg" in str(billed)


def test_every_kind_of_step(card_of: Build) -> None:
    card = card_of(
        """
        minimum_charge = 30
        discount = { percent = 10, per_parcel = 0.5, floor = 2 }
        returns = { mode = "share", percent = 50 }
        volumetric = { mode = "full", divisor = 6000, trigger = { side_from = 100 } }
        surcharges = [
          { charge_type = "remote_area", when = "remote", dest_provinces = ["新疆"], rate = 0.3, max = 5 },
          { charge_type = "peak", when = "always", amount = 0.2, percent = 1, of = "base" },
        ]
        """,
        weight="weight = { minimum = 4, round_scope = 'continued', rounding = { mode = 'ceil', step = 1 } }\n",
    )

    parcel = {
        "weight_g": Decimal(2500),
        **dict.fromkeys(("length_cm", "width_cm", "height_cm"), Decimal(40)),
        "leg": "round_trip",
        "dest_province": "新疆",
    }

    assert [
        "chargeable weight: volume does not count, 2.5 and 10.66666 = 2.5 kg",
        "billing weight: CEIL(1) of 2.5, beyond the first weight, raised to the least weight = 4 kg",
        "base: 3.2 + 3 x 1 = 6.20 CNY",
        "discount: - 10 % - 0.5, at least 2 = -1.12 CNY",
        "return_to_sender: 50 % x 5.08 = 2.54 CNY",
        "remote_area: remote: 0.3 per weight unit, at most 5 = 1.20 CNY",
        "peak: always: 0.2 + 1 % x base = 0.25 CNY",
        "minimum: 30 - 9.07 = 20.93 CNY",
        "total: 5.08 + 2.54 + 1.20 + 0.25 + 20.93 = 30.00 CNY",
    ] == str(card.explain(parcel)).splitlines()[4:]


@pytest.mark.parametrize(
    ("parcel", "last"),
    [
        ({}, "problem: weight_missing"),
        ({"weight_g": Decimal(5000)}, "problem: price_missing"),
        ({"weight_g": Decimal(500), "account_no": "B"}, "problem: version_missing"),
    ],
)
def test_what_cannot_be_rated_says_why(card_of: Build, parcel: dict[str, Any], last: str) -> None:
    card = card_of(
        "accounts = ['A']\n", prices="prices = { model = 'tier_flat', tiers = [{ up_to = 1, price = 2 }] }\n"
    )

    assert last == str(card.explain(parcel)).splitlines()[-1]
    assert card.explain(parcel).total_minor is None


def test_a_shipment_explains_itself(card_of: Build) -> None:
    card = card_of(
        """
        zones = { names = ["far"], rules = [{ zone = "far", dest_provinces = ["新疆"] }] }
        surcharges = [
          { charge_type = "insurance", when = "declared_value", percent = 1, of = "declared_value" },
          { charge_type = "signature", when = "requested", requested = ["signature"], amount = 1 },
        ]
        """
    )
    shipment = Shipment(
        tracking_no="SF1",
        dest=Place(province="新疆维吾尔自治区"),
        pieces=(Piece(weight_g=Decimal(1200)), Piece(weight_g=Decimal(300))),
        declared_value=Money("100", "CNY"),
        requested=("signature",),
    )

    assert 520 + 100 + 100 == card.explain(shipment).total_minor
    assert "billing weight: CEIL(1) of 1.5, per piece = 3 kg" in str(card.explain(shipment))


@pytest.mark.parametrize("weight", [1.5, True, "1500", Decimal("1.123456789"), Decimal("NaN")])
def test_a_weight_that_is_not_exact_is_refused(card_of: Build, weight: object) -> None:
    with pytest.raises(WrongColumnType, match="'weight_g'"):
        card_of().explain({"weight_g": weight})


@pytest.mark.parametrize(
    ("prices", "parcel", "line"),
    [
        ("model = 'per_kg', rate = 1.25, min_price = 5", {"weight_g": 4000}, "base: 4 kg x 1.25, at least 5 = 5.00 CNY"),
        ("model = 'tier_flat', tiers = [{ up_to = 1, price = 2 }]", {"weight_g": 500}, "base: table price at 1 kg = 2.00 CNY"),
        ("model = 'label_fee', fee = 0.35", {}, "label: per label = 0.35 CNY"),
        ("model = 'first_continued', first_weight = 1, first = 3, step = 1, continued = 1", {"weight_g": 1000}, "base: first weight at 3 = 3.00 CNY"),
    ],
)  # fmt: skip
def test_each_model_has_its_formula(card_of: Build, prices: str, parcel: dict[str, Any], line: str) -> None:
    assert line in str(card_of(prices=f"prices = {{ {prices} }}\n").explain(parcel)).splitlines()


def test_interception_and_boxes_in_total_are_told(card_of: Build) -> None:
    card = card_of(
        "intercept = { fee = 3 }\nreturns = { mode = 'free' }\nvolumetric = { mode = 'full', divisor = 6000, pieces = 'total' }\n"
    )
    box = dict.fromkeys(("length_cm", "width_cm", "height_cm"), 30) | {"weight_g": 1000}
    lines = str(card.explain({"leg": "intercept", "pieces": [box, box]})).splitlines()

    assert "volumetric weight: boxes, total, volumes / 6000 = 9 kg" in lines
    assert "return_to_sender: free = 0.00 CNY" in lines
    assert "intercept: 3.00 CNY" in lines
