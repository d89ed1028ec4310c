"""Which version and service price a parcel."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tieout.errors import InvalidField
from tieout.tariffs import RateCard, Scenario

Build = Callable[..., Any]


def version(name: str, keys: str, first: str) -> str:
    return f"""
        [[versions]]
        id = "{name}"
        {keys}
        weight = {{ rounding = {{ mode = "ceil", step = 1 }} }}
        prices = {{ model = "first_continued", first_weight = 1, first = {first}, step = 1, continued = 1 }}
    """


def card(*versions: str, top: str = "") -> RateCard:
    return RateCard.loads(f'name = "x"\ncarrier = "zto"\ncurrency = "CNY"\n{top}\n' + "".join(versions), name="x")


@pytest.mark.parametrize(
    ("day", "charges"),
    [
        (date(2025, 12, 31), {"problem": "version_missing"}),
        (date(2026, 1, 1), {"base": 300}),
        (date(2026, 3, 31), {"base": 300}),
        (date(2026, 4, 1), {"base": 400}),
        (date(2026, 6, 30), {"base": 400}),
        (date(2026, 7, 1), {"problem": "version_missing"}),
        (date(2026, 8, 1), {"base": 500}),
        (date(2030, 1, 1), {"base": 500}),
        (None, {"problem": "version_missing"}),
    ],
)
def test_the_day_of_pickup_decides(charges_of: Build, day: date | None, charges: dict[str, Any]) -> None:
    priced = card(
        version("v1", "from = 2026-01-01\nto = 2026-04-01", "3"),
        version("v2", "from = 2026-04-01\nto = 2026-07-01", "4"),
        version("v3", "from = 2026-08-01", "5"),
    )

    assert charges == charges_of(priced, {"kg": "1", "rate_date": day})


def test_a_contract_without_dates_holds_on_unknown_days(charges_of: Build) -> None:
    assert {"base": 300} == charges_of(card(version("v1", "", "3")), {"kg": "1"})


def test_accounts_and_warehouses_have_contracts_of_their_own(charges_of: Build) -> None:
    priced = card(
        version("north", 'accounts = ["A1", "A2"]\nwarehouses = ["W1"]', "3"),
        version("south", 'accounts = ["A1"]\nwarehouses = ["W2"]', "4"),
        version("other", 'accounts = ["B"]', "5"),
    )

    found = [
        charges_of(priced, {"kg": "1", "account_no": account, "warehouse": warehouse}).get("base")
        for account, warehouse in (("A1", "W1"), ("A1", "W2"), ("A2", "W2"), ("B", "W9"), (None, "W1"), ("A1", None))
    ]

    # W1 is also a warehouse of account B, and A1 has two: what is not certain is not priced.
    assert [300, 400, None, 500, None, None] == found


def test_the_accounts_of_the_card_hold_for_versions_that_name_none(charges_of: Build) -> None:
    priced = card(version("v1", "", "3"), top='accounts = ["A1"]')

    assert {"base": 300} == charges_of(priced, {"kg": "1", "account_no": "A1"})
    assert {"base": 300} == charges_of(priced, {"kg": "1"})
    assert {"problem": "version_missing"} == charges_of(priced, {"kg": "1", "account_no": "A2"})


SERVICES = """
    [versions.services.standard]
    aliases = ["标快", "T4"]
    [versions.services.economy]
    prices = { model = "per_kg", rate = 2 }
    surcharges = []
"""


def test_a_service_has_the_versions_tables_unless_it_has_its_own(charges_of: Build, weighed: Build) -> None:
    surcharge = 'surcharges = [{ charge_type = "peak", when = "always", amount = 1 }]\n'
    priced = card(version("v1", "", "3") + surcharge + SERVICES)

    assert {"base": 300, "peak": 100} == charges_of(priced, {"kg": "1", "service": "standard"})
    assert {"base": 300, "peak": 100} == charges_of(priced, {"kg": "1", "service": " 标快 "})
    assert {"base": 200} == charges_of(priced, {"kg": "1", "service": "economy"})
    assert {"problem": "service_unknown"} == charges_of(priced, {"kg": "1", "service": "same day"})
    assert {"problem": "service_unknown"} == charges_of(priced, {"kg": "1"})
    assert "standard" == weighed(priced, {"kg": "1", "service": "T4"})["service"]
    assert "same day" == weighed(priced, {"kg": "1", "service": "same day"})["service"]
    assert ("standard", "economy") == priced.versions[0].services


def test_a_default_service_prices_parcels_that_name_none(charges_of: Build) -> None:
    assert {"base": 200} == charges_of(card(version("v1", 'default_service = "economy"', "3") + SERVICES), {"kg": "1"})


def test_services_of_one_time_may_stand_in_versions_of_their_own(charges_of: Build) -> None:
    priced = card(
        version("air", "", "9") + "[versions.services.air]\n",
        version("road", "", "4") + "[versions.services.road]\n",
    )

    assert {"base": 900} == charges_of(priced, {"kg": "1", "service": "air"})
    assert {"base": 400} == charges_of(priced, {"kg": "1", "service": "road"})
    assert {"problem": "version_missing"} == charges_of(priced, {"kg": "1"})


def test_a_scenario_names_version_or_service(charges_of: Build) -> None:
    priced = card(
        version("v1", "to = 2026-04-01", "3") + SERVICES,
        version("v2", "from = 2026-04-01", "4") + SERVICES,
    )
    parcel = {"kg": "1", "rate_date": date(2026, 5, 1), "service": "standard"}

    assert {"base": 400} == charges_of(priced, parcel)
    assert {"base": 300} == charges_of(priced, parcel, Scenario(version="v1"))
    assert {"base": 200} == charges_of(priced, parcel, Scenario(service="economy"))
    assert {"problem": "service_unknown"} == charges_of(priced, parcel, Scenario(service="air"))
    with pytest.raises(InvalidField, match="'v9' is not a version; known: v1, v2"):
        charges_of(priced, parcel, Scenario(version="v9"))


def test_charge_terms_are_asked_by_version() -> None:
    priced = card(version("v1", "", "3") + SERVICES)

    assert {"base": "always"} == priced.charge_terms("v1")
    with pytest.raises(InvalidField, match="'v9' is not a version; known: v1"):
        priced.charge_terms("v9")
