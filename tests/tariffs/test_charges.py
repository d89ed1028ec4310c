"""Discount, fuel, minimum, rounding of amounts, returns and interceptions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tieout.tariffs import Scenario

Build = Callable[..., Any]
PER_KG = "prices = { model = 'per_kg', rate = 10 }\n"


@pytest.mark.parametrize(
    ("terms", "charges"),
    [
        ("percent = 15", {"base": 1750}),  # 20.585 x 0.85 = 17.49725
        ("per_parcel = 0.05", {"base": 2054}),  # 20.585 - 0.05 = 20.535
        ("percent = 15, per_parcel = 0.05", {"base": 1745}),
        ("percent = 90, floor = 9.95", {"base": 995}),
        ("per_parcel = 50", {"base": 0}),
        ("percent = 15, shown = 'separate'", {"base": 2059, "discount": -309}),
    ],
)
def test_discounts_come_off_the_exact_price(
    card_of: Build, charges_of: Build, terms: str, charges: dict[str, int]
) -> None:
    card = card_of(
        f"discount = {{ {terms} }}\n",
        weight="weight = { rounding = { mode = 'exact' } }\n",
        prices="prices = { model = 'per_kg', rate = 20.585 }\n",
    )

    assert charges == charges_of(card, {"kg": "1"})
    assert {"base": 2059} == charges_of(card, {"kg": "1"}, Scenario(no_discount=True))


FUEL = "fuel = { percents = [{ from = 2026-01-05, percent = 18.5 }, { from = 2026-01-12, to = 2026-01-19, percent = 20 }] }\n"


@pytest.mark.parametrize(
    ("day", "fuel"),
    [(5, 185), (11, 185), (12, 200), (18, 200), (4, None), (19, None)],
)
def test_fuel_is_the_percentage_of_the_pickup_day(
    card_of: Build, charges_of: Build, day: int, fuel: int | None
) -> None:
    charges = charges_of(card_of(FUEL, prices=PER_KG), {"kg": "1", "rate_date": date(2026, 1, day)})

    assert ({"problem": "price_missing"} if fuel is None else {"base": 1000, "fuel": fuel}) == charges


def test_fuel_of_an_unknown_day_is_unknown_unless_it_never_changes(card_of: Build, charges_of: Build) -> None:
    assert {"problem": "price_missing"} == charges_of(card_of(FUEL, prices=PER_KG), {"kg": "1"})
    assert {"base": 1000, "fuel": 5} == charges_of(card_of("fuel = { percent = 0.5 }\n", prices=PER_KG), {"kg": "1"})


def test_fuel_bears_on_the_surcharges_that_say_so(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        """
        fuel = { percent = 10 }
        surcharges = [
          { charge_type = "das", when = "always", amount = 4.45, fuel = true },
          { charge_type = "signature", when = "always", amount = 7 },
        ]
        """,
        prices=PER_KG,
    )

    assert {"base": 1000, "das": 445, "signature": 700, "fuel": 145} == charges_of(card, {"kg": "1"})
    assert 289 == charges_of(card, {"kg": "1"}, Scenario(fuel_percent=card_percent()))["fuel"]


def card_percent() -> Any:
    from decimal import Decimal

    return Decimal(20)


def test_less_than_the_minimum_charge_is_topped_up(card_of: Build, charges_of: Build) -> None:
    card = card_of("minimum_charge = 12\nfuel = { percent = 10 }\nreturns = { mode = 'free' }\n", prices=PER_KG)

    assert {"base": 1000, "fuel": 100, "minimum": 100} == charges_of(card, {"kg": "1"})
    assert {"base": 2000, "fuel": 200} == charges_of(card, {"kg": "2"})
    assert {"base": 1000, "fuel": 100} == charges_of(card, {"kg": "1"}, Scenario(no_minimum=True))
    assert {"return_to_sender": 0} == charges_of(card, {"kg": "1", "leg": "return"})


@pytest.mark.parametrize(
    ("terms", "leg", "charges"),
    [
        ("returns = { mode = 'free' }", "return", {"return_to_sender": 0}),
        ("returns = { mode = 'share', percent = 50 }", "return", {"return_to_sender": 500}),
        ("returns = { mode = 'share', percent = 50 }", "round_trip", {"base": 1000, "return_to_sender": 500}),
        ("returns = { mode = 'share', percent = 50 }", "reship", {"base": 1000}),
        ("returns = { mode = 'table', prices = { model = 'per_kg', rate = 7 } }", "return", {"return_to_sender": 700}),
        ("returns = { mode = 'share', percent = 50, fuel = true }\nfuel = { percent = 10 }", "return", {"return_to_sender": 500, "fuel": 50}),
        ("returns = { mode = 'share', percent = 50 }\nfuel = { percent = 10 }", "return", {"return_to_sender": 500}),
        ("", "return", {"problem": "price_missing"}),
        ("", "intercept", {"problem": "price_missing"}),
        ("intercept = { fee = 3 }", "intercept", {"problem": "price_missing"}),
        ("intercept = { fee = 3, with_return = false }", "intercept", {"intercept": 300}),
        ("intercept = { fee = 3 }\nreturns = { mode = 'free' }", "intercept", {"intercept": 300, "return_to_sender": 0}),
        ("intercept = { fee = 3, fuel = true }\nfuel = { percent = 10 }\nreturns = { mode = 'free' }", "intercept", {"intercept": 300, "return_to_sender": 0, "fuel": 30}),
    ],
)  # fmt: skip
def test_the_way_back(card_of: Build, charges_of: Build, terms: str, leg: str, charges: dict[str, Any]) -> None:
    assert charges == charges_of(card_of(terms + "\n", prices=PER_KG), {"kg": "1", "leg": leg})


def test_a_share_is_of_the_outward_freight_that_is_known(card_of: Build, charges_of: Build) -> None:
    card = card_of("returns = { mode = 'share', percent = 50 }\n", prices=PER_KG)

    assert {"return_to_sender": 130} == charges_of(card, {"kg": "1", "leg": "return", "outward_minor": 260})


def test_a_return_is_free_though_the_outward_freight_has_no_price(card_of: Build, charges_of: Build) -> None:
    prices = "prices = { model = 'tier_flat', tiers = [{ up_to = 1, price = 2 }] }\n"

    free = charges_of(card_of("returns = { mode = 'free' }\n", prices=prices), {"kg": "2", "leg": "return"})
    share = charges_of(
        card_of("returns = { mode = 'share', percent = 50 }\n", prices=prices), {"kg": "2", "leg": "return"}
    )

    assert {"return_to_sender": 0} == free
    assert {"problem": "price_missing"} == share


def test_the_freight_has_a_step_of_its_own(card_of: Build, charges_of: Build) -> None:
    card = card_of(
        """
        amounts = { step = 0.1, freight_step = 1 }
        surcharges = [{ charge_type = "peak", when = "always", amount = 0.55 }]
        returns = { mode = "share", percent = 50 }
        """,
        weight="weight = { rounding = { mode = 'exact' } }\n",
        prices="prices = { model = 'per_kg', rate = 10.5 }\n",
    )

    assert {"base": 1100, "return_to_sender": 600, "peak": 60} == charges_of(card, {"kg": "1", "leg": "round_trip"})
