"""Surcharges: each condition on both sides of its edge, what is charged, and which of a group."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tieout.tariffs import Scenario

Build = Callable[..., Any]
PRICES = "prices = { model = 'per_kg', rate = 10 }\n"


def surcharge(text: str, charge_type: str = "remote_area") -> str:
    return f'[[versions.surcharges]]\ncharge_type = "{charge_type}"\n{text}\n'


def test_a_condition_holds_or_does_not(card_of: Build, charges_of: Build) -> None:
    cases: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("when = 'always'", {}, {"leg": "return"}),
        ("when = 'remote'\ndest_provinces = ['新疆']", {"dest_province": "新疆维吾尔自治区"}, {"dest_province": "广东"}),
        ("when = 'remote'\ndest_postcodes = ['596*']", {"dest_postcode": "59655"}, {}),
        ("when = 'residential'", {"is_residential": True}, {"is_residential": False}),
        ("when = 'residential'", {"is_residential": True}, {}),
        ("when = 'remote'\nresidential = false\ndest_cities = ['a']", {"dest_city": "A", "is_residential": False}, {"dest_city": "A"}),
        ("when = 'cod'", {"cod_amount_minor": 1}, {"cod_amount_minor": 0}),
        ("when = 'cod'", {"cod_amount_minor": 1}, {}),
        ("when = 'declared_value'", {"declared_value_minor": 1}, {}),
        ("when = 'declared_value'\ndeclared_over = 100", {"declared_value_minor": 10001}, {"declared_value_minor": 10000}),
        ("when = 'requested'\nrequested = ['signature', 'saturday']", {"requested": ["saturday"]}, {"requested": ["packaging"]}),
        ("when = 'requested'\nrequested = 'signature'", {"requested": ["signature"]}, {}),
        ("when = 'peak'\nperiods = [{ from = 2026-11-10, to = 2026-11-21 }]", {"rate_date": date(2026, 11, 20)}, {"rate_date": date(2026, 11, 21)}),
        ("when = 'peak'\nperiods = [{ from = 2026-11-10, to = 2026-11-21 }]", {"rate_date": date(2026, 11, 10)}, {}),
        ("when = 'oversize'\nlongest_side_over = 60", {"cm": ("30", "60.1", "10")}, {"cm": ("60", "60", "60")}),
        ("when = 'oversize'\nlongest_side_from = 60", {"cm": ("30", "60", "10")}, {"cm": ("59.9", "59", "59")}),
        ("when = 'oversize'\nsecond_side_over = 30", {"cm": ("10", "90", "30.1")}, {"cm": ("10", "90", "30")}),
        ("when = 'oversize'\nlength_girth_over = 130", {"cm": ("50", "20", "20.1")}, {"cm": ("50", "20", "20")}),
        ("when = 'oversize'\nvolume_from = 1000", {"cm": ("10", "10", "10")}, {"cm": ("10", "10", "9.99")}),
        ("when = 'oversize'\nlongest_side_over = 60\nvolume_over = 900", {"cm": ("10", "10", "10")}, {}),
        ("when = 'overweight'\nweight_over = 30", {"kg": "30.001"}, {"kg": "30"}),
        ("when = 'overweight'\nweight_from = 30\nweight_up_to = 50", {"kg": "50"}, {"kg": "50.001"}),
        ("when = 'overweight'\nweight_over = 30\nweight_basis = 'billing'", {"kg": "30.001"}, {"kg": "30"}),
        ("when = 'always'\nlegs = ['return']", {"leg": "return"}, {"leg": "outbound"}),
        ("when = 'always'\nwarehouses = ['W1']", {"warehouse": "W1"}, {"warehouse": "W2"}),
        ("when = 'always'\norigin_provinces = ['江苏']", {"origin_province": "江苏省"}, {}),
    ]  # fmt: skip
    for text, holding, failing in cases:
        card = card_of("returns = { mode = 'free' }\n" + surcharge(text + "\namount = 5"), prices=PRICES)
        assert 500 == charges_of(card, {"kg": "1", **holding}).get("remote_area"), text
        assert "remote_area" not in charges_of(card, {"kg": "1", **failing}), text


@pytest.mark.parametrize(
    ("text", "parcel", "amount"),
    [
        ("amount = 5", {"kg": "2"}, 500),
        ("rate = 1.5", {"kg": "2.1"}, 450),
        ("rate = 1.5\nrate_over = 2", {"kg": "2.1"}, 150),
        ("rate = 1.5\nrate_over = 5", {"kg": "2.1"}, 0),
        ("amount = 1\nrate = 2", {"kg": "2"}, 500),
        ("percent = 3\nof = 'base'", {"kg": "2"}, 60),
        ("percent = 1.5\nof = 'cod_amount'", {"kg": "2", "cod_amount_minor": 12345}, 185),
        ("percent = 0.5\nof = 'declared_value'\nmin = 1", {"kg": "2", "declared_value_minor": 10000}, 100),
        ("percent = 0.5\nof = 'declared_value'\nmin = 1", {"kg": "2", "declared_value_minor": 30000}, 150),
        ("percent = 10\nof = 'declared_value'\nmax = 20", {"kg": "2", "declared_value_minor": 30000}, 2000),
        ("percent = 33.333333\nof = 'declared_value'", {"kg": "2", "declared_value_minor": 300}, 100),
        ("min = 2", {"kg": "2"}, 200),
    ],
)
def test_what_is_charged(card_of: Build, charges_of: Build, text: str, parcel: dict[str, Any], amount: int) -> None:
    card = card_of(surcharge("when = 'always'\n" + text), prices=PRICES)

    assert amount == charges_of(card, parcel)["remote_area"]


def test_a_share_of_the_freight_is_of_the_freight_after_discount(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        "discount = { percent = 50 }\n" + surcharge("when = 'always'\npercent = 10\nof = 'base'"), prices=PRICES
    )

    assert {"base": 500, "remote_area": 50} == charges_of(card, {"kg": "1"})


def test_of_a_group_only_the_first_that_holds_is_charged(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        surcharge("when = 'oversize'\nlongest_side_over = 100\namount = 30\ngroup = 'size'", "large_package")
        + surcharge("when = 'oversize'\nlongest_side_over = 50\namount = 10\ngroup = 'size'", "additional_handling")
        + surcharge("when = 'always'\namount = 1", "peak"),
        prices=PRICES,
    )

    assert {"base": 1000, "large_package": 3000, "peak": 100} == charges_of(card, {"kg": "1", "cm": ("101", "1", "1")})
    assert {"base": 1000, "additional_handling": 1000, "peak": 100} == charges_of(
        card, {"kg": "1", "cm": ("100", "1", "1")}
    )
    assert {"base": 1000, "peak": 100} == charges_of(card, {"kg": "1", "cm": ("50", "1", "1")})


def test_surcharges_of_one_type_are_one_charge(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        surcharge("when = 'overweight'\nweight_over = 1\namount = 3", "overweight")
        + surcharge("when = 'overweight'\nweight_over = 2\namount = 4", "overweight"),
        prices=PRICES,
    )

    assert [300, 700] == [charges_of(card, {"kg": kg})["overweight"] for kg in ("2", "3")]
    assert {"base": "always", "overweight": "overweight"} == card.charge_terms("v1")


@pytest.mark.parametrize(("side", "pounds"), [("48", "5"), ("48.1", "40")])
def test_additional_handling_raises_the_billing_weight(card_of: Build, weighed: Build, side: str, pounds: str) -> None:
    card = card_of(
        surcharge("when = 'oversize'\nlongest_side_over = 48\namount = 30\nminimum_weight = 40", "additional_handling"),
        top='weight_unit = "lb"\ndim_unit = "in"\n',
        prices=PRICES,
    )
    parcel = {"lb": "4.2", "inches": (side, "4", "4")}

    pound = Decimal("453.59237")

    assert int(pounds) * pound == weighed(card, parcel)["billing_weight_g"]
    assert 5 * pound == weighed(card, parcel, Scenario(no_minimum=True))["billing_weight_g"]


def test_sizes_are_those_of_the_greatest_box_after_rounding(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        "volumetric = { mode = 'none', dim_rounding = 'ceil' }\n"
        + surcharge("when = 'oversize'\nlongest_side_over = 50\namount = 1"),
        prices=PRICES,
    )
    boxes = [{"kg": "1", "cm": ("10", "10", "10")}, {"kg": "1", "cm": ("50.01", "10", "10")}]

    assert 100 == charges_of(card, {"pieces": boxes})["remote_area"]
    assert "remote_area" not in charges_of(card, {"pieces": boxes[:1]})


def test_charge_terms_know_every_condition(card_of: Build) -> None:
    card = card_of(
        "minimum_charge = 5\nfuel = { percent = 1 }\nreturns = { mode = 'free' }\nintercept = { fee = 3 }\n"
        "discount = { percent = 1, shown = 'separate' }\n"
        + surcharge("when = 'cod'\namount = 1", "cod_fee")
        + surcharge("when = 'residential'\namount = 1", "residential"),
    )

    assert {
        "base": "always",
        "discount": "always",
        "cod_fee": "cod",
        "residential": "residential",
        "fuel": "fuel",
        "minimum": "minimum",
        "return_to_sender": "return",
        "intercept": "intercept",
    } == card.charge_terms("v1")


OPEN = (
    surcharge("when = 'residential'\namount = 6", "residential")
    + surcharge("when = 'remote'\ngroup = 'far'\ndest_districts = ['新疆/喀什/塔县']\namount = 20")
    + surcharge("when = 'remote'\ngroup = 'far'\ndest_provinces = ['新疆']\namount = 5")
    + surcharge("when = 'remote'\ngroup = 'far'\ndest_postcodes = ['84*']\namount = 3")
    + surcharge("when = 'oversize'\nlongest_side_over = 120\namount = 30", "oversize")
)
HOME = {"kg": "1", "is_residential": True, "cm": ("10", "10", "10"), "dest_province": "浙江", "dest_postcode": "311100"}


@pytest.mark.parametrize(
    ("parcel", "undecided"),
    [
        (HOME, []),
        ({**HOME, "is_residential": None}, [("residential", 0)]),
        ({name: HOME[name] for name in HOME if name != "cm"}, [("oversize", 4)]),
        # A province without the district, and what a group has already decided.
        ({**HOME, "dest_province": "新疆", "dest_postcode": None}, [("remote_area", 1)]),
        ({**HOME, "dest_province": None, "dest_postcode": None}, [("remote_area", 1), ("remote_area", 2), ("remote_area", 3)]),
        ({"is_residential": None, "cm": HOME["cm"]}, []),
    ],
)  # fmt: skip
def test_what_nobody_recorded_leaves_undecided(card_of: Build, parcels_of: Build, parcel: Any, undecided: Any) -> None:
    card = card_of(OPEN, prices=PRICES)

    assert [(0, *one) for one in undecided] == card.undecided(parcels_of(parcel)).rows()


def test_what_is_assumed_holds_where_nobody_knows_and_nowhere_else(card_of: Build, parcels_of: Build) -> None:
    card = card_of(OPEN, prices=PRICES)
    unknown = {**HOME, "is_residential": None, "dest_province": "新疆", "dest_postcode": None}
    parcels = parcels_of(unknown, unknown, {**HOME, "is_residential": False})
    assumed = parcels.with_columns(pl.Series("assumed", [[0, 1], None, [0, 1, 4]], dtype=pl.List(pl.Int64)))

    charges = card.rate(assumed).components.filter(pl.col("charge_type") != "base")
    first, second, _ = parcels["row"]
    assert [(first, "residential", 600), (first, "remote_area", 2000), (second, "remote_area", 500)] == charges.rows()
