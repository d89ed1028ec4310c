"""Two zones that may hold: only what is above the prices of both is claimed."""

from decimal import Decimal

import pytest
from courier_world import card, charge, found, run, shipment

from tieout.model import Place

HANGZHOU = Place(province="浙江", city="杭州", district="余杭区")
LARGE = """
[[versions.surcharges]]
charge_type = "large_package"
when = "oversize"
longest_side_over = 120
minimum_weight = 20
"""


def claims(outcome):
    return [Decimal(text) for text in outcome.claims()["claimed"]]


CROSSING = """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
returns = { mode = "share", percent = 50 }

[versions.zones]
names = ["省内", "国内"]
default = "国内"
rules = [{ zone = "省内", same = "province" }]

[versions.prices]
model = "first_continued"
zones."省内" = { first_weight = 1, first = 12.00, step = 1, continued = 4.00 }
zones."国内" = { first_weight = 1, first = 5.00, step = 1, continued = 6.00 }
"""


@pytest.mark.parametrize(
    ("fields", "lines", "kinds"),
    [
        # Between two prices that may hold: by the dearer one nothing is too much.
        ({}, [("8.00", {})], [("courier.undercharged", "-4.00")]),
        ({}, [("13.00", {})], [("courier.unexplained", "1.00")]),
        # One figure for both ways.
        ({"status": "returned"}, [("18.00", {"leg": "round_trip"})], [("data.route_missing", "0.00")]),
        ({"status": "returned"}, [("7.50", {"leg": "round_trip"})], [("data.route_missing", "0.00")]),
        # Charged in two steps.
        ({}, [("5.00", {}), ("7.00", {"bill_no": "B2"})], [("data.route_missing", "0.00")]),
        # Charged twice.
        (
            {},
            [("12.00", {}), ("12.00", {"bill_no": "B2"})],
            [("courier.duplicate", "12.00"), ("data.route_missing", "0.00")],
        ),
    ],
)
def test_only_what_is_above_every_zone_that_may_hold_is_claimed(fields, lines, kinds):
    outcome = run(
        card(CROSSING),
        [shipment("A1", "0.8", dest=HANGZHOU, **fields)],
        [charge("A1", amount, **other) for amount, other in lines],
    )

    assert kinds == found(outcome)
    assert [Decimal(impact) for _, impact in kinds if Decimal(impact) > 0] == claims(outcome)


@pytest.mark.parametrize(
    ("amount", "claimed"),
    [("7.00", []), ("8.00", []), ("5.00", [Decimal("5.00")])],
)
def test_what_is_charged_again_may_be_what_the_dearer_zone_asks_for(amount, claimed):
    first = charge("A1", "5.00", bill_no="B0")
    again = charge("A1", amount)

    assert claimed == claims(run(card(CROSSING), [shipment("A1", "0.8", dest=HANGZHOU)], [again], history=[first]))
    assert claimed == claims(run(card(CROSSING), [shipment("A1", "0.8", dest=HANGZHOU)], [first, again]))


def test_a_zone_is_weighed_together_with_the_surcharges_that_may_hold():
    """At 20 kg the other zone is the cheaper one: by 1 kg alone it is the nearer."""
    lines = [charge("A1", "119.00"), charge("A1", "1.00", kind="large_package")]

    outcome = run(card(CROSSING + LARGE + "amount = 1\n"), [shipment("A1", "0.8", dest=HANGZHOU)], lines)

    assert {"data.route_missing", "data.condition_missing"} == {kind for kind, _ in found(outcome)}
