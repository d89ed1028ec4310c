"""Prices that rest on what nobody recorded: a right bill is never claimed, and is not called correct either."""

from datetime import date
from decimal import Decimal
from operator import attrgetter

import polars as pl
import pytest
from courier_world import PER_KG, card, charge, found, run, shipment
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.model import Piece, Place
from tieout.tariffs import RateCard

SURCHARGED = card("""
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "per_kg", rate = 10 }
fuel = { percent = 10 }

[[versions.surcharges]]
charge_type = "residential"
when = "residential"
amount = 6
fuel = true

[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
group = "remote"
dest_districts = ["新疆/喀什/塔县"]
amount = 20

[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
group = "remote"
dest_provinces = ["新疆", "西藏"]
amount = 5

[[versions.surcharges]]
charge_type = "oversize"
when = "oversize"
longest_side_over = 120
amount = 30
""")
KASHGAR = {"province": "新疆", "city": "喀什"}


def ours(**fields):
    return shipment("A1", "0.8", **{"dest": Place(province="浙江", city="杭州", district="余杭区"), **fields})


def bill(**lines):
    return [charge("A1", amount, kind=kind) for kind, amount in lines.items()]


def claims(outcome):
    return [Decimal(text) for text in outcome.claims()["claimed"]]


@pytest.mark.parametrize(
    ("known", "lines", "kinds"),
    [
        # Nobody noted whether the address is a home; the fuel on the surcharge is as open as the surcharge.
        ({}, {"residential": "6.00", "fuel": "1.60"}, [("data.condition_missing", "0.00")]),
        ({"is_residential": True}, {"residential": "6.00", "fuel": "1.60"}, []),
        (
            {"is_residential": False},
            {"residential": "6.00", "fuel": "1.60"},
            [("courier.surcharge_not_applicable", "6.00"), ("courier.wrong_fuel", "0.60")],
        ),
        ({}, {"residential": "7.50", "fuel": "1.60"}, [("courier.surcharge_amount_wrong", "1.50")]),
        ({}, {"fuel": "1.00"}, []),
        # Nobody measured the box.
        ({}, {"oversize": "30.00", "fuel": "1.00"}, [("data.condition_missing", "0.00")]),
        (
            {side: Decimal(20) for side in ("length_cm", "width_cm", "height_cm")},
            {"oversize": "30.00", "fuel": "1.00"},
            [("courier.surcharge_not_applicable", "30.00")],
        ),
        # The city is known, and the district, which decides between two amounts, is not.
        ({"dest": Place(**KASHGAR)}, {"remote_area": "20.00", "fuel": "1.00"}, [("data.condition_missing", "0.00")]),
        ({"dest": Place(**KASHGAR)}, {"remote_area": "5.00", "fuel": "1.00"}, []),
        (
            {"dest": Place(**KASHGAR)},
            {"remote_area": "22.00", "fuel": "1.00"},
            [("courier.surcharge_amount_wrong", "2.00")],
        ),
        (
            {"dest": Place(**KASHGAR, district="疏附县")},
            {"remote_area": "20.00", "fuel": "1.00"},
            [("courier.surcharge_amount_wrong", "15.00")],
        ),
        # The province alone tells that a district of another one is not meant.
        (
            {"dest": Place(province="广东")},
            {"remote_area": "20.00", "fuel": "1.00"},
            [("courier.surcharge_not_applicable", "20.00")],
        ),
        ({"dest": None}, {"remote_area": "20.00", "fuel": "1.00"}, [("data.condition_missing", "0.00")]),
        ({"dest": None}, {"remote_area": "5.00", "fuel": "1.00"}, [("data.condition_missing", "0.00")]),
    ],
)
def test_a_surcharge_is_not_claimed_for_a_condition_that_nobody_recorded(known, lines, kinds):
    outcome = run(SURCHARGED, [ours(**known)], bill(base="10.00", **lines))

    assert kinds == found(outcome)
    wrong = [impact for kind, impact in kinds if not kind.startswith("data.")]
    assert sorted(map(Decimal, wrong)) == sorted(claims(outcome))


def test_what_is_above_every_price_that_may_be_right_is_claimed_and_the_doubt_is_said_beside_it():
    outcome = run(SURCHARGED, [ours()], bill(base="10.00", residential="7.50", fuel="1.60"))

    (finding,) = outcome.discrepancies
    assert ("data.condition_missing",) == finding.secondary
    assert (Decimal("7.50"), Decimal("6.00")) == (finding.actual.amount, finding.expected.amount)


def test_a_doubt_says_what_is_not_known():
    (finding,) = run(SURCHARGED, [ours()], bill(base="10.00", residential="6.00", fuel="1.60")).discrepancies

    assert "our records do not tell whether the parcel meets the condition of residential" in finding.reason
    assert not finding.claimable


ZONED_TEXT = """
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
regions = { "江浙沪" = ["江苏", "浙江", "上海"] }

[versions.zones]
names = ["同城", "省内", "区域", "国内", "偏远"]
default = "国内"
rules = [
    { zone = "偏远", dest_cities = ["阿坝", "甘孜"] },
    { zone = "同城", same = "city" },
    { zone = "省内", same = "province" },
    { zone = "区域", same = "region" },
]

[versions.volumetric]
mode = "full"
divisor = 12000
routes = [{ zones = ["国内", "偏远"], divisor = 6000 }]

[[versions.surcharges]]
charge_type = "remote_area"
when = "remote"
zones = ["偏远"]
amount = 9

[versions.prices]
model = "first_continued"
zones."同城" = { first_weight = 1, first = 3.00, step = 1, continued = 0.50 }
zones."省内" = { first_weight = 1, first = 4.00, step = 1, continued = 1.00 }
zones."区域" = { first_weight = 1, first = 5.00, step = 1, continued = 2.00 }
zones."国内" = { first_weight = 1, first = 8.00, step = 1, continued = 4.00 }
zones."偏远" = { first_weight = 1, first = 12.00, step = 1, continued = 9.00 }
"""


@pytest.fixture(scope="module")
def zoned():
    return card(ZONED_TEXT)


HANGZHOU, SUZHOU = Place(province="浙江", city="杭州"), Place(province="江苏", city="苏州")
BOX = {"length_cm": Decimal(60), "width_cm": Decimal(40), "height_cm": Decimal(40)}  # 16 kg by 6000, 8 kg by 12000


@pytest.mark.parametrize(
    ("origin", "dest", "billed", "kinds"),
    [
        (HANGZHOU, SUZHOU, "5.00", []),
        (HANGZHOU, SUZHOU, "8.00", [("courier.wrong_zone", "3.00")]),
        # From nowhere to Suzhou: any zone but 偏远, since Suzhou is no such city.
        (None, SUZHOU, "3.00", [("data.route_missing", "0.00")]),
        (None, SUZHOU, "5.00", [("data.route_missing", "0.00")]),
        (None, SUZHOU, "8.00", [("data.route_missing", "0.00")]),
        (None, SUZHOU, "12.00", [("courier.wrong_zone", "4.00")]),
        # The province is known, the city is not: no city of 四川 lies in 江苏, and the same city is not told.
        (HANGZHOU, Place(province="江苏"), "8.00", [("courier.wrong_zone", "3.00")]),
        (HANGZHOU, Place(province="浙江"), "3.00", [("data.route_missing", "0.00")]),
        (HANGZHOU, Place(province="浙江"), "5.00", [("courier.wrong_zone", "1.00")]),
        # If it is 偏远, its surcharge is still to come.
        (
            HANGZHOU,
            Place(province="四川"),
            "12.00",
            [("courier.undercharged", "-9.00"), ("data.route_missing", "0.00")],
        ),
        (HANGZHOU, Place(province="四川", city="成都"), "12.00", [("courier.wrong_zone", "4.00")]),
    ],
)
def test_a_zone_is_not_claimed_for_a_place_that_nobody_recorded(zoned, origin, dest, billed, kinds):
    outcome = run(zoned, [shipment("A1", "0.8", origin=origin, dest=dest)], [charge("A1", billed)])

    assert kinds == found(outcome)
    assert [Decimal(impact) for kind, impact in kinds if kind == "courier.wrong_zone"] == claims(outcome)


def test_a_doubt_names_all_zones_that_may_hold_instead(zoned):
    (finding,) = run(zoned, [shipment("A1", "0.8", dest=SUZHOU)], [charge("A1", "8.00")]).discrepancies
    assert "its zone may be 同城 or 省内 or 区域 instead of 国内" in finding.reason

    (finding,) = run(zoned, [shipment("A1", "0.8", dest=SUZHOU)], [charge("A1", "3.00")]).discrepancies
    assert "its zone may be 国内 or 省内 or 区域 instead of 同城" in finding.reason


def test_a_zone_that_may_hold_brings_its_divisor_and_its_surcharges(zoned):
    near, far = ("19.00", {"dest": SUZHOU}), ("147.00", {"origin": HANGZHOU, "dest": Place(province="四川")})
    for billed, fields in (near, far):
        lines = [charge("A1", billed), *(charge("A1", "9.00", kind="remote_area") for _ in range(fields is far[1]))]
        outcome = run(zoned, [shipment("A1", "0.8", **fields, **BOX)], lines)
        assert [("data.route_missing", "0.00")] == found(outcome)


def test_a_zone_file_whose_key_is_not_known_leaves_its_zones_open(tmp_path):
    (tmp_path / "zones.csv").write_text(
        "origin,dest,zone\n310000,215000,区域\n310000,518000,国内\n999999,830000,偏远\n", encoding="utf-8"
    )
    text = (
        ZONED_TEXT[: ZONED_TEXT.index("rules = [")]
        + 'file = "zones.csv"\n'
        + ZONED_TEXT[ZONED_TEXT.index("[versions.volumetric]") :]
    )
    head = 'name = "x"\ncarrier = "zto"\ncurrency = "CNY"\n[terms]\ntimezone = "Asia/Shanghai"\n'
    filed = RateCard.loads(head + text, name="card.toml", folder=tmp_path)
    near = Place(postcode="215000")
    assert [("courier.wrong_zone", "3.00")] == found(
        run(filed, [shipment("A1", "0.8", origin=Place(postcode="310000"), dest=near)], [charge("A1", "8.00")])
    )
    assert [("data.route_missing", "0.00")] == found(
        run(filed, [shipment("A1", "0.8", dest=near)], [charge("A1", "5.00")])
    )
    # What the known key never leads to is not open.
    claimed = run(filed, [shipment("A1", "0.8", dest=near)], [charge("A1", "12.00")])
    assert [("courier.wrong_zone", "4.00")] == found(claimed)
    from_there = Place(postcode="310000")
    assert [("data.route_missing", "0.00")] == found(
        run(filed, [shipment("A1", "0.8", origin=from_there)], [charge("A1", "5.00")])
    )
    assert [("data.route_missing", "0.00")] == found(run(filed, [shipment("A1", "0.8")], [charge("A1", "5.00")]))


def test_a_default_divisor_is_not_held_against_a_route_that_nobody_recorded():
    by_route = card("""
[[versions]]
id = "2026"
from = 2025-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
volumetric = { mode = "full", divisor = 12000, routes = [{ origin_provinces = ["广东"], divisor = 6000 }] }
prices = { model = "first_continued", first_weight = 1, first = 4.00, step = 1, continued = 1.20 }
""")
    lines = [charge("A1", "22.00")]

    assert [("data.route_missing", "0.00")] == found(run(by_route, [shipment("A1", "0.8", dest=SUZHOU, **BOX)], lines))
    known = shipment("A1", "0.8", origin=HANGZHOU, dest=SUZHOU, **BOX)
    assert [("courier.wrong_divisor", "9.60")] == found(run(by_route, [known], lines))


def test_parts_of_the_freight_on_lines_of_their_own_are_one_price_in_every_world(zoned):
    lines = [charge("A1", "8.00"), charge("A1", "60.00", kind="volumetric_diff")]

    assert {"data.route_missing"} == {
        kind for kind, _ in found(run(zoned, [shipment("A1", "0.8", dest=SUZHOU, **BOX)], lines))
    }


HOME = """
[[versions.surcharges]]
charge_type = "residential"
when = "residential"
amount = 6
"""
HANDLED = """
[[versions.surcharges]]
charge_type = "additional_handling"
when = "oversize"
longest_side_over = 120
amount = 30

[[versions.surcharges]]
charge_type = "additional_handling"
when = "residential"
amount = 6
"""
LARGE = """
[[versions.surcharges]]
charge_type = "large_package"
when = "oversize"
longest_side_over = 120
minimum_weight = 20
"""
HIDDEN_LARGE = """
[[versions.surcharges]]
charge_type = "packaging"
when = "always"
group = "one"
amount = 1
""" + LARGE.replace("minimum", 'group = "one"\nminimum')


@pytest.mark.parametrize(
    ("surcharges", "lines", "kinds"),
    [
        # One figure for all: a part of it is the fee that may hold.
        (HOME, {"all_in": "16.00"}, [("data.condition_missing", "0.00")]),
        (HOME, {"all_in": "10.00"}, []),
        (HOME, {"all_in": "17.00"}, [("courier.unexplained", "1.00")]),
        # Two fees of one name that may both hold.
        (HANDLED, {"base": "10.00", "additional_handling": "36.00"}, [("data.condition_missing", "0.00")]),
        (
            HANDLED,
            {"base": "10.00", "additional_handling": "37.00"},
            [("courier.surcharge_amount_wrong", "1.00")],
        ),
        # A fee of nothing that raises the weight, and one that does so though another of its group is charged.
        (LARGE, {"base": "200.00"}, [("data.condition_missing", "0.00")]),
        (HIDDEN_LARGE, {"base": "200.00", "packaging": "1.00"}, [("data.condition_missing", "0.00")]),
        # Less than the fee that may hold is not too much, whatever holds.
        (HANDLED, {"base": "10.00", "additional_handling": "12.00"}, [("courier.undercharged", "-18.00")]),
    ],
)
def test_surcharges_that_may_hold_are_taken_in_every_shape_of_a_bill(surcharges, lines, kinds):
    outcome = run(card(PER_KG + surcharges), [ours()], bill(**lines))

    assert kinds == found(outcome)
    assert [Decimal(impact) for _, impact in kinds if Decimal(impact) > 0] == claims(outcome)


def test_a_box_that_nobody_measured_may_be_the_long_one():
    exact = {"weight_g": Decimal(400), **dict.fromkeys(BOX, Decimal(20))}
    for second, kinds in (({}, ["data.condition_missing"]), (exact, ["courier.surcharge_not_applicable"])):
        boxes = [exact, {"weight_g": Decimal(400), **second}]
        parcel = ours(is_residential=False, pieces=tuple(Piece(**box) for box in boxes))
        assert kinds == [
            kind for kind, _ in found(run(SURCHARGED, [parcel], bill(base="20.00", oversize="30.00", fuel="2.00")))
        ]


PLACES = [
    Place(province="浙江", city="杭州", district="余杭区"),
    Place(province="浙江", city="宁波", district="鄞州区"),
    Place(province="江苏", city="苏州", district="吴中区"),
    Place(province="四川", city="阿坝", district="松潘县"),
    Place(province="四川", city="成都", district="锦江区"),
    Place(province="新疆", city="喀什", district="塔县"),
    Place(province="新疆", city="喀什", district="疏附县"),
]
EVERY_TEXT = ZONED_TEXT.replace(
    "[versions.prices]",
    """[[versions.surcharges]]
charge_type = "residential"
when = "residential"
amount = 6
fuel = true

[[versions.surcharges]]
charge_type = "das"
when = "remote"
group = "remote"
dest_districts = ["新疆/喀什/塔县", "松潘县"]
amount = 20

[[versions.surcharges]]
charge_type = "das"
when = "remote"
group = "remote"
dest_provinces = ["新疆", "西藏"]
dest_cities = ["宁波"]
amount = 5
fuel = true

[versions.fuel]
percent = 10

[versions.prices]""",
)


@pytest.fixture(scope="module")
def everything():
    return card(EVERY_TEXT)


LEVELS = ("province", "city", "district")


def half_known(place, level):
    """A place of which the last levels are not on record."""
    return Place(**{name: getattr(place, name) for name in LEVELS[:level]}) if level else None


def facts_of(parcels):
    """Parcels as a rate card takes them."""
    exact = pl.Decimal(28, 8)
    places = [*(f"origin_{name}" for name in ("province", "city")), *(f"dest_{name}" for name in LEVELS)]
    rows = [
        {
            "row": row,
            "rate_date": date(2026, 1, 5),
            "weight_g": parcel.weight_scale_g,
            "is_residential": parcel.is_residential,
            **{name: attrgetter(name.replace("_", "."))(parcel) for name in places},
            **{side: getattr(parcel, side) for side in BOX},
        }
        for row, parcel in enumerate(parcels)
    ]
    return pl.DataFrame(rows, schema_overrides={"weight_g": exact, **dict.fromkeys(BOX, exact)})


@settings(max_examples=6)
@given(data=st.data())
def test_a_right_bill_is_never_claimed_whatever_of_our_record_is_missing(everything, data):
    parcels, known, lines = [], [], []
    for number in range(data.draw(st.integers(8, 25), label="parcels")):
        origin, dest = (data.draw(st.sampled_from(PLACES)) for _ in range(2))
        home = data.draw(st.booleans())
        name, box = f"A{number}", data.draw(st.sampled_from([{}, BOX]))
        parcels.append(shipment(name, "0.8", origin=origin, dest=dest, is_residential=home, **box))
        level, beyond = (data.draw(st.integers(0, 3)) for _ in range(2))
        seen = data.draw(st.sampled_from([home, None]))
        origin, dest = half_known(origin, level), half_known(dest, beyond)
        known.append(shipment(name, "0.8", origin=origin, dest=dest, is_residential=seen, **box))
    for row, kind, minor in everything.rate(facts_of(parcels)).components.rows():
        lines.append(charge(f"A{row}", str(Decimal(minor) / 100), kind=kind))
    assert [] == found(run(everything, parcels, lines))

    outcome = run(everything, known, lines)

    assert [] == claims(outcome), [(item.type, item.reason) for item in outcome.discrepancies]
    assert {kind for kind, _ in found(outcome)} <= {"data.route_missing", "data.condition_missing"}
