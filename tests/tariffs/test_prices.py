"""Price models at their bounds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tieout.tariffs import RateCard

Build = Callable[..., Any]
EXACT = 'weight = { rounding = { mode = "exact" } }\n'


def base(charges_of: Build, card: RateCard, kg: str, **parcel: Any) -> Any:
    charges = charges_of(card, {"kg": kg, **parcel})
    return charges.get("base", charges.get("problem"))


@pytest.mark.parametrize(
    ("kg", "amount"),
    [("0", 320), ("1", 320), ("1.00000000001", 420), ("2", 420), ("2.001", 520), ("24.003", 2720)],
)
def test_first_and_continued_weight(card_of: Build, charges_of: Build, kg: str, amount: int) -> None:
    assert amount == base(charges_of, card_of(weight=EXACT), kg)


def test_a_step_smaller_than_the_rounding(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        prices="prices = { model = 'first_continued', first_weight = 1, first = 3, step = 0.5, continued = 0.6 }\n"
    )

    assert 420 == base(charges_of, card, "1.2")  # 2 kg: two half steps


@pytest.mark.parametrize(("kg", "amount"), [("1", 1800), ("1.5", 2050), ("12.5", 7550)])
def test_continued_weight_pro_rata(card_of: Build, charges_of: Build, kg: str, amount: int) -> None:
    prices = "prices = { model = 'first_continued', first_weight = 1, first = 18, step = 1, continued = 5, partial_step = 'pro_rata' }\n"

    assert amount == base(charges_of, card_of(weight=EXACT, prices=prices), kg)


SEGMENTS = "segments = [{ up_to = 5, price = 2 }, { up_to = 10, price = 1.5 }, { price = 1 }]"


@pytest.mark.parametrize(
    ("basis", "kg", "amount"),
    [
        ("total", "1", 500),
        ("total", "5", 1300),  # 4 x 2
        ("total", "5.001", 1250),  # 5 x 1.5
        ("total", "10", 1850),
        ("total", "11", 1500),
        ("continued", "6", 1500),  # 5 x 2
        ("continued", "6.001", 1400),  # 6 x 1.5
        ("continued", "11", 2000),
        ("continued", "12", 1600),
    ],
)
def test_the_continued_price_depends_on_the_segment(
    card_of: Build, charges_of: Build, basis: str, kg: str, amount: int
) -> None:
    prices = f"prices = {{ model = 'segmented_continued', first_weight = 1, first = 5, step = 1, basis = '{basis}', {SEGMENTS} }}\n"

    assert amount == base(charges_of, card_of(weight=EXACT, prices=prices), kg)


TIERS = "tiers = [{ up_to = 0.3, price = 2 }, { up_to = 0.5, price = 2.2 }, { up_to = 3, price = 4 }]"


@pytest.mark.parametrize(
    ("kg", "amount"),
    [("0", 200), ("0.3", 200), ("0.30000000001", 220), ("0.5", 220), ("3", 400), ("3.001", "price_missing")],
)
def test_flat_tiers_include_their_upper_bound(card_of: Build, charges_of: Build, kg: str, amount: Any) -> None:
    assert amount == base(
        charges_of, card_of(weight=EXACT, prices=f"prices = {{ model = 'tier_flat', {TIERS} }}\n"), kg
    )


@pytest.mark.parametrize(("kg", "amount"), [("3", 400), ("3.2", 510), ("4", 510), ("4.1", 620)])
def test_above_the_last_tier_another_model_goes_on(card_of: Build, charges_of: Build, kg: str, amount: int) -> None:
    prices = f"prices = {{ model = 'tier_flat', {TIERS}, beyond = 'first_continued', first_weight = 3, first = 4, step = 1, continued = 1.1 }}\n"

    assert amount == base(charges_of, card_of(weight=EXACT, prices=prices), kg)


@pytest.mark.parametrize(("kg", "amount"), [("0", 500), ("3.999", 500), ("4", 500), ("4.004", 501), ("100.1", 12513)])
def test_by_the_kilogram_with_a_least_price(card_of: Build, charges_of: Build, kg: str, amount: int) -> None:
    card = card_of(weight=EXACT, prices="prices = { model = 'per_kg', rate = 1.25, min_price = 5 }\n")

    assert amount == base(charges_of, card, kg)


def test_by_the_pound_of_a_pound_card(card_of: Build, charges_of: Build) -> None:
    card = card_of(weight=EXACT, prices="prices = { model = 'per_kg', rate = 2 }\n", top='weight_unit = "lb"\n')

    assert {"base": 300} == charges_of(card, {"lb": "1.5"})


ZONED = 'zones = { names = ["a", "b", "c"] }\n'


def test_keys_beside_the_zones_hold_for_all_and_a_zone_overrides_them(card_of: Build, charges_of: Build) -> None:
    prices = """
        [versions.prices]
        model = "first_continued"
        first_weight = 1
        step = 1
        first = 3
        continued = 1
        [versions.prices.zones.b]
        continued = 2
        [versions.prices.zones.c]
        model = "per_kg"
        rate = 7
    """
    card = card_of(prices=ZONED + prices)

    assert [600, 900, 2800] == [base(charges_of, card, "4", zone=zone) for zone in "abc"]


def test_a_zone_without_a_price_is_a_problem_of_its_parcels(card_of: Build, charges_of: Build) -> None:
    card = card_of(prices=ZONED + "[versions.prices]\nmodel = 'per_kg'\nzones.a = { rate = 1 }\n")

    assert [100, "price_missing"] == [base(charges_of, card, "1", zone=zone) for zone in "ab"]


def test_a_matrix_of_zones_and_weights(tmp_path: Path, charges_of: Build) -> None:
    (tmp_path / "rates.csv").write_text("lb,Zone 2,3\n1,10.50,11\n2,11.00,12.25\n150,99.99,120\n", encoding="utf-8")
    text = """
        name = "matrix"
        carrier = "ups"
        currency = "USD"
        weight_unit = "lb"
        dim_unit = "in"
        [[versions]]
        id = "v1"
        weight = { rounding = { mode = "ceil", step = 1 } }
        zones = { names = ["2", "3"], aliases = { "Zone 2" = "2" } }
        [versions.prices]
        model = "zone_table"
        file = "rates.csv"
        weight_column = "lb"
        beyond = "per_kg"
        zones.2 = { rate = 0.70 }
        zones.3 = { rate = 0.80 }
    """
    card = RateCard.loads(text, name="matrix", folder=tmp_path)

    found = [
        charges_of(card, {"lb": lb, "zone": zone})
        for lb, zone in (("0.2", "2"), ("1.5", "3"), ("150", "2"), ("150.1", "3"))
    ]

    assert [{"base": 1050}, {"base": 1225}, {"base": 9999}, {"base": 12080}] == found  # 151 lb x 0.80


def test_a_label_fee_is_a_charge_of_its_own(card_of: Build, charges_of: Build) -> None:
    card = card_of(weight="", prices="prices = { model = 'label_fee', fee = 0.35 }\n")

    assert {"label": 35} == charges_of(card, {"kg": "3"})
    assert {"label": 35} == charges_of(card, {})
    assert {"label": "always"} == card.charge_terms("v1")


@pytest.mark.parametrize(
    ("zone", "kg", "leg", "charges"),
    [
        ("a", "0.5", "outbound", {"base": 2950}),
        ("a", "0.51", "outbound", {"base": 5310}),
        ("b", "1", "outbound", {"base": 3300}),
        ("d", "1.5", "outbound", {"base": 4540}),
        ("d", "1.6", "outbound", {"base": 9020}),
        ("d", "1.6", "round_trip", {"base": 9020, "return_to_sender": 8610}),
        ("b", "2.5", "return", {"return_to_sender": 7710}),
    ],
)
def test_slabs_that_differ_by_zone(
    load: Build, charges_of: Build, zone: str, kg: str, leg: str, charges: dict[str, int]
) -> None:
    assert charges == charges_of(load("pincodes"), {"kg": kg, "zone": zone, "leg": leg})


@pytest.mark.parametrize(
    ("mode", "amount"),
    [("half_up", 101), ("up", 101), ("down", 100)],
)
def test_amounts_are_rounded_once_from_the_exact_price(
    card_of: Build, charges_of: Build, mode: str, amount: int
) -> None:
    card = card_of(
        f"amounts = {{ mode = '{mode}' }}\n", weight=EXACT, prices="prices = { model = 'per_kg', rate = 1.005 }\n"
    )

    assert amount == base(charges_of, card, "1")


def test_a_third_of_a_step_is_exact(card_of: Build, charges_of: Build) -> None:
    prices = "prices = { model = 'first_continued', first_weight = 1, first = 0, step = 3, continued = 0.045, partial_step = 'pro_rata' }\n"

    assert [1, 2] == [
        base(charges_of, card_of(weight=EXACT, prices=prices), kg) for kg in ("1.99999999999", "2")
    ]  # 0.015


@pytest.mark.parametrize(
    ("currency", "amount"),
    [("JPY", 2), ("KWD", 1500)],
)
def test_currencies_without_and_with_three_decimals(charges_of: Build, currency: str, amount: int) -> None:
    text = f"""
        name = "x"
        carrier = "x"
        currency = "{currency}"
        [[versions]]
        id = "v1"
        weight = {{ rounding = {{ mode = "exact" }} }}
        prices = {{ model = "per_kg", rate = 1.5 }}
    """

    assert {"base": amount} == charges_of(RateCard.loads(text, name="x"), {"kg": "1"})
