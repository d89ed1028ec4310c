"""Scenarios and the alternatives worth trying."""

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.errors import InvalidField, MissingColumn
from tieout.tariffs import RateCard, Rounding, Scenario

Build = Callable[..., Any]


def test_no_scenario_changes_nothing(load: Callable[[str], RateCard], parcels_of: Build) -> None:
    parcels = parcels_of({"kg": "1.2", "dest_province": "广东", "rate_date": None})
    card = load("pincodes")

    assert card.rate(parcels).parcels.rows() == card.rate(parcels, scenario=Scenario()).parcels.rows()


@pytest.mark.parametrize(("at_once", "together"), [(250_000, 20_000), (250_000, 7), (2, 1)])
def test_each_of_many_scenarios_gives_what_it_gives_alone(
    load: Callable[[str], RateCard], parcels_of: Build, monkeypatch: pytest.MonkeyPatch, at_once: int, together: int
) -> None:
    monkeypatch.setattr("tieout.tariffs.rating._ROWS_AT_ONCE", at_once)
    monkeypatch.setattr("tieout.tariffs.rating._ROWS_TOGETHER", together)
    sides = dict.fromkeys(("length_cm", "width_cm", "height_cm"), Decimal(31))
    boxes = [{"weight_g": Decimal(weight), **sides} for weight in (600, 1700)]
    day = {"rate_date": date(2026, 3, 1)}
    parcels = parcels_of(
        {"kg": "1.23", "dest_province": "广东", "pieces": boxes, **day},
        {"kg": "2.6", "dest_province": "新疆", **sides, **day},
        {"kg": "0.4", "dest_province": "江苏", **day},
    )
    parcels = parcels.with_columns(billed_weight_g=pl.Series([Decimal(5000), Decimal(9000), None]))
    card = load("zto")
    scenarios = [Scenario(billing_weight="billed_weight_g"), *(found for _, found in card.alternatives()), Scenario()]
    alone = [card.rate(parcels, scenario=scenario) for scenario in scenarios]
    each = list(card.rate_each(parcels, iter(scenarios)))

    assert len({str(rated.components.rows()) for rated in alone}) > 5
    assert [rated.parcels.rows() for rated in alone] == [rated.parcels.rows() for rated in each]
    assert [rated.components.rows() for rated in alone] == [rated.components.rows() for rated in each]


def test_scenarios_that_change_no_weight_are_kept_apart_too(card_of: Build, parcels_of: Build) -> None:
    card = card_of(
        """
        minimum_charge = 9
        discount = { percent = 5 }
        fuel = { percents = [{ from = 2026-01-01, percent = 10 }, { from = 2026-02-01, percent = 12 }] }
        default_service = "a"
        [versions.services.a]
        [versions.services.b.prices]
        model = "per_kg"
        rate = 4.7
        [[versions.services.b.surcharges]]
        charge_type = "insurance"
        when = "always"
        amount = 1
        """
    )
    day = {"rate_date": date(2026, 3, 1)}
    parcels = parcels_of(
        {"kg": "1.23", "service": "a", **day}, {"kg": "7.6", "service": "b", **day}, {"kg": "0.2", **day}
    )
    scenarios = [Scenario(), *(found for _, found in card.alternatives())]
    alone = [card.rate(parcels, scenario=scenario).components.rows() for scenario in scenarios]

    assert {"discount", "fuel", "minimum", "service"} < {factor for factor, _ in card.alternatives()}
    assert len(set(map(str, alone))) > 7
    assert alone == [rated.components.rows() for rated in card.rate_each(parcels, scenarios)]


def test_the_alternatives_of_a_card(load: Callable[[str], RateCard]) -> None:
    found = load("zto").alternatives()

    assert {"zone": 3, "version": 2, "divisor": 5, "rounding": 9, "pieces": 1} == Counter(factor for factor, _ in found)
    assert ("zone", Scenario(zone="remote")) in found
    assert ("version", Scenario(version="2025")) in found
    assert ("divisor", Scenario(divisor=Decimal(8000), volumetric="full")) in found
    assert ("rounding", Scenario(rounding=Rounding(mode="ceil", step=Decimal("0.1")))) in found
    assert ("rounding", Scenario(dim_rounding="ceil")) in found
    assert ("pieces", Scenario(per_piece=True)) in found


def test_the_cards_own_values_come_before_those_of_the_field(card_of: Build) -> None:
    card = card_of(
        """
        minimum_charge = 3
        discount = { percent = 5 }
        fuel = { percents = [{ from = 2026-01-01, percent = 10 }, { from = 2026-02-01, percent = 12 }, { from = 2026-03-01, percent = 10 }] }
        volumetric = { mode = "half", divisor = 7500, routes = [{ same = "province", divisor = 12000 }] }
        default_service = "a"
        [versions.services.a]
        [versions.services.b]
        """,
        weight="weight = { rounding = { mode = 'grace_ceil', step = 0.5, grace = 0.05 } }\n",
    )
    found = card.alternatives()
    divisors = [scenario.divisor for factor, scenario in found if factor == "divisor" and scenario.divisor is not None]
    roundings = [str(scenario.rounding) for factor, scenario in found if factor == "rounding" and scenario.rounding]

    assert [Decimal(number) for number in (7500, 12000, 5000, 6000, 7000, 8000)] == divisors
    assert [
        "GRACE_CEIL(0.5, 0.05)",
        "CEIL(0.5)",
        "CEIL(0.1)",
        "CEIL(1)",
        "HALF_UP(0.1)",
        "HALF_UP(1)",
        "FLOOR(1)",
    ] == roundings
    assert [Decimal(10), Decimal(12)] == [scenario.fuel_percent for factor, scenario in found if factor == "fuel"]
    assert ["a", "b"] == [scenario.service for factor, scenario in found if factor == "service"]
    assert {"discount": 1, "minimum": 1} == {
        factor: count
        for factor, count in Counter(factor for factor, _ in found).items()
        if factor in {"discount", "minimum"}
    }
    assert ["full", "half", "none"] == [
        scenario.volumetric for factor, scenario in found if factor == "divisor" and scenario.divisor is None
    ]


def test_every_alternative_changes_one_factor_and_rates(load: Callable[[str], RateCard], parcels_of: Build) -> None:
    parcels = parcels_of({"kg": "1.2", "cm": ("30", "30", "30"), "dest_province": "广东"})

    for name in ("zto", "sf", "ups", "pincodes"):
        for _, scenario in load(name).alternatives():
            assert 1 == load(name).rate(parcels, scenario=scenario).parcels.height


def test_inch_cards_try_inch_divisors(load: Callable[[str], RateCard]) -> None:
    divisors = [scenario.divisor for factor, scenario in load("ups").alternatives() if factor == "divisor"]

    assert [Decimal(139), Decimal(166), None, None, None] == divisors


def test_volume_can_be_tried_where_the_contract_ignores_it(card_of: Build, charges_of: Build) -> None:
    parcel = {"kg": "1", "cm": ("40", "30", "20")}  # 24000 cm3

    assert {"base": 320} == charges_of(card_of(), parcel)
    assert {"base": 620} == charges_of(card_of(), parcel, Scenario(divisor=Decimal(6000), volumetric="full"))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"volumetric": "some"}, "'some' is not supported; known: full, half, none"),
        ({"dim_rounding": "up"}, "'up' is not supported"),
        ({"zone": "a", "zone_column": "b"}, "give zone or zone_column, not both"),
        ({"divisor": 6000.0}, "a Decimal, not negative, is needed"),
        ({"fuel_percent": Decimal(-1)}, "a Decimal, not negative, is needed"),
    ],
)
def test_a_scenario_that_no_card_could_be_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(InvalidField, match=problem):
        Scenario(**fields)


def test_a_divisor_out_of_range_is_refused_when_used(card_of: Build, charges_of: Build) -> None:
    with pytest.raises(InvalidField, match="a divisor from 100 to 100000"):
        charges_of(card_of(), {"kg": "1"}, Scenario(divisor=Decimal(5)))


@pytest.mark.parametrize("name", ["billing_weight", "zone_column"])
def test_a_column_that_is_not_there_is_named(card_of: Build, charges_of: Build, name: str) -> None:
    with pytest.raises(MissingColumn, match="column 'billed' not found; columns found: 'row', 'weight_g'"):
        charges_of(card_of(), {"kg": "1"}, Scenario(**{name: "billed"}))
