"""The worked examples of `domain.md` 3.10 that concern rating: E1-E6 and E8."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tieout.tariffs import RateCard, Rounding, Scenario

Load = Callable[[str], RateCard]
Charges = Callable[..., dict[str, Any]]


def test_e1_a_begun_kilogram_is_charged_whole(card_of: Charges, charges_of: Charges) -> None:
    assert {"base": 520} == charges_of(card_of(), {"kg": "2.05"})


def test_e1_a_tail_within_the_grace_is_dropped(card_of: Charges, charges_of: Charges) -> None:
    card = card_of(weight='weight = { rounding = { mode = "grace_ceil", step = 1, grace = 0.10 } }\n')

    assert {"base": 420} == charges_of(card, {"kg": "2.05"})
    assert {"base": 520} == charges_of(card, {"kg": "2.05"}, Scenario(rounding=Rounding(mode="ceil", step=Decimal(1))))


BOX = {"kg": "12.3", "cm": ("60", "40", "40"), "origin_province": "上海市", "rate_date": date(2026, 3, 1)}


def test_e2_across_regions_the_volume_decides(load: Load, charges_of: Charges, weighed: Charges) -> None:
    parcel = {**BOX, "dest_province": "广东省"}

    assert {"base": 9300} == charges_of(load("sf"), parcel)
    line = weighed(load("sf"), parcel)
    assert ("6000", Decimal(16000), Decimal(16000), "volumetric") == (
        line["divisor"],
        line["volumetric_weight_g"],
        line["billing_weight_g"],
        line["weight_kind"],
    )


def test_e2_inside_the_region_the_scale_decides_and_the_freight_is_whole_yuan(
    load: Load, charges_of: Charges, weighed: Charges
) -> None:
    parcel = {**BOX, "dest_province": "江苏"}

    assert {"base": 7600} == charges_of(load("sf"), parcel)
    line = weighed(load("sf"), parcel)
    assert ("12000", Decimal(8000), Decimal(12500), "actual") == (
        line["divisor"],
        line["volumetric_weight_g"],
        line["billing_weight_g"],
        line["weight_kind"],
    )


def test_e2_the_other_divisor_reproduces_the_bill(load: Load, charges_of: Charges) -> None:
    parcel = {**BOX, "dest_province": "江苏"}

    assert {"base": 9300} == charges_of(load("sf"), parcel, Scenario(divisor=Decimal(6000)))


@pytest.mark.parametrize(
    ("kg", "billed"),
    [
        ("12.24", "12.0"),
        ("12.25", "12.5"),
        ("12.8", "13.0"),
        ("12.3", "12.5"),
        ("12.74", "12.5"),
        ("12.75", "13.0"),
        ("9.94", "9.9"),
        ("9.95", "10.0"),
        ("10", "10.0"),
        ("99.8", "100.0"),
        ("100.49", "100"),
        ("100.5", "101"),
    ],
)
def test_e2_tails_of_sf(load: Load, weighed: Charges, kg: str, billed: str) -> None:
    parcel = {"kg": kg, "rate_date": date(2026, 3, 1)}

    assert Decimal(billed) * 1000 == weighed(load("sf"), parcel)["billing_weight_g"]


def test_e3_what_we_weighed_costs_the_first_weight(load: Load, charges_of: Charges) -> None:
    parcel = {"kg": "0.86", "dest_province": "江苏", "rate_date": date(2026, 3, 1)}

    assert {"base": 260} == charges_of(load("zto"), parcel)


def test_e3_the_weight_that_was_billed_reproduces_the_bill(load: Load, parcels_of: Charges) -> None:
    parcels = parcels_of({"kg": "0.86", "dest_province": "江苏", "rate_date": date(2026, 3, 1)})
    parcels = parcels.with_columns(billed_g=pl.lit(Decimal(1300)).cast(pl.Decimal(10, 2)))

    rated = load("zto").rate(parcels, scenario=Scenario(billing_weight="billed_g"))

    assert [(0, "base", 350)] == rated.components.rows()


def test_e4_the_way_back_costs_half(load: Load, charges_of: Charges) -> None:
    parcel = {"kg": "0.86", "leg": "return", "dest_province": "江苏", "rate_date": date(2026, 3, 1)}

    assert {"return_to_sender": 130} == charges_of(load("zto"), parcel)
    assert {"return_to_sender": 260} == charges_of(load("zto"), parcel, Scenario(version="2025"))


UPS = {"inches": ("11.1", "8.5", "6.2"), "lb": "4.2", "is_residential": True, "dest_postcode": "59001-0042"}


def test_e5_until_august_inches_are_rounded_half_up(load: Load, charges_of: Charges, weighed: Charges) -> None:
    parcel = {**UPS, "rate_date": date(2025, 8, 17)}

    assert {"base": 1240, "residential": 595, "das": 445, "fuel": 422} == charges_of(load("ups"), parcel)
    assert 2702 == sum(charges_of(load("ups"), parcel).values())
    assert Decimal("453.59237") * 5 == weighed(load("ups"), parcel)["billing_weight_g"]


def test_e5_since_then_every_fraction_counts_whole(load: Load, charges_of: Charges) -> None:
    parcel = {**UPS, "rate_date": date(2025, 8, 18)}

    assert {"base": 1295, "residential": 595, "das": 445, "fuel": 432} == charges_of(load("ups"), parcel)
    assert 2767 == sum(charges_of(load("ups"), parcel).values())


def test_e5_the_new_rounding_reproduces_a_bill_of_the_old_time(load: Load, charges_of: Charges) -> None:
    parcel = {**UPS, "rate_date": date(2025, 8, 10)}

    assert 2767 == sum(charges_of(load("ups"), parcel, Scenario(dim_rounding="ceil")).values())


def many(count: int) -> pl.DataFrame:
    return pl.DataFrame({"row": range(count)}).with_columns(
        rate_date=pl.lit(date(2026, 3, 15)), weight_g=pl.lit(Decimal(500)), dest_province=pl.lit("江苏")
    )


def test_e6_all_parcels_are_rebated_at_the_tier_reached(load: Load) -> None:
    lines = load("zto").monthly(many(12_400))

    assert [("volume_tiers", "rebate", 12_400, -124_000)] == lines.select(
        "kind", "charge_type", "quantity", "amount_minor"
    ).rows()
    assert [date(2026, 4, 1)] == lines["due_month"].to_list()
    assert ["12400 x 0.1"] == lines["formula"].to_list()


def test_e6_only_the_excess_is_rebated_when_tiers_are_incremental() -> None:
    text = (Path(__file__).parent / "cards" / "zto.toml").read_text(encoding="utf-8")
    card = RateCard.loads(text.replace('mode = "whole"', 'mode = "incremental"'), name="zto")

    assert [-49_000] == card.monthly(many(12_400))["amount_minor"].to_list()
    assert [-5] == card.monthly(many(5_001))["amount_minor"].to_list()
    assert [] == card.monthly(many(5_000))["amount_minor"].to_list()


def test_e6_a_tier_is_reached_at_its_own_number(load: Load) -> None:
    assert [-25_000] == load("zto").monthly(many(5_000))["amount_minor"].to_list()
    assert [] == load("zto").monthly(many(4_999))["amount_minor"].to_list()
    assert [-100_000] == load("zto").monthly(many(10_000))["amount_minor"].to_list()


def test_e8_a_normal_address_has_neither_the_far_zone_nor_the_surcharge(load: Load, charges_of: Charges) -> None:
    parcel = {"kg": "0.9", "dest_province": "广东省", "rate_date": date(2026, 3, 1)}

    assert {"base": 320} == charges_of(load("zto"), parcel)
    assert {"base": 1200, "remote_area": 500} == charges_of(load("zto"), parcel, Scenario(zone="remote"))
