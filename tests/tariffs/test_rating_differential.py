"""The engine against its slow twin, `tests/oracle/rerating.py`, on cards and parcels that Hypothesis makes up."""

import copy
import importlib.util
import random
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tieout.tariffs import RateCard, Rounding, Scenario

_SPEC = importlib.util.spec_from_file_location("rerating", Path(__file__).parents[1] / "oracle" / "rerating.py")
oracle = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(oracle)

EXACT = pl.Decimal(28, 8)
BOX = pl.Struct(dict.fromkeys(("weight_g", "length_cm", "width_cm", "height_cm"), EXACT))
SCHEMA = {
    "row": pl.Int64,
    "leg": pl.String,
    "rate_date": pl.Date,
    "service": pl.String,
    "warehouse": pl.String,
    "account_no": pl.String,
    "origin_province": pl.String,
    "origin_city": pl.String,
    "origin_postcode": pl.String,
    "dest_province": pl.String,
    "dest_city": pl.String,
    "dest_district": pl.String,
    "dest_postcode": pl.String,
    "zone": pl.String,
    "weight_g": EXACT,
    "length_cm": EXACT,
    "width_cm": EXACT,
    "height_cm": EXACT,
    "pieces": pl.List(BOX),
    "declared_value_minor": pl.Int64,
    "cod_amount_minor": pl.Int64,
    "outward_minor": pl.Int64,
    "is_residential": pl.Boolean,
    "requested": pl.List(pl.String),
}
PROVINCES = ["上海", "江苏", "广东", "新疆"]
CITIES = ["上海", "苏州", "南京", "广州"]
POSTCODES = ["200000", "210016", "510000", "830000"]
ZONES = ["a", "b", "c"]
LEGS = ["outbound", "outbound", "return", "intercept", "round_trip", "reship"]
DAY = date(2026, 3, 1)

days = st.integers(0, 60).map(lambda number: DAY + timedelta(days=number))
prices = st.one_of(st.decimals(0, 60, places=2), st.decimals(0, 60, places=6), st.integers(0, 30))
percents = st.one_of(st.sampled_from([0, 5, 50, Decimal("18.5"), Decimal("33.333333")]), st.decimals(0, 100, places=3))
steps = st.sampled_from([Decimal(text) for text in ("0.1", "0.5", "1", "0.3", "1.25", "2")])


def maybe(strategy: Any) -> Any:
    return st.one_of(st.none(), strategy)


def rarely(draw: Any) -> bool:
    return draw(st.integers(0, 5)) == 0


def table(required: dict[str, Any], optional: dict[str, Any] | None = None) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


def roundings() -> Any:
    stepped = table({"mode": st.sampled_from(["ceil", "half_up", "floor"]), "step": steps})
    grace = table(
        {
            "mode": st.just("grace_ceil"),
            "step": st.just(1),
            "grace": st.sampled_from([0, Decimal("0.1"), Decimal("0.25")]),
        }
    )
    rest = st.sampled_from([{"mode": "tail_2378"}, {"mode": "exact"}, {"mode": "exact", "decimals": 2}])
    return st.one_of(stepped, grace, rest)


def routes(regions: bool) -> Any:
    same = ["city", "province", *(["region"] if regions else [])]
    return {
        "origin_provinces": st.lists(st.sampled_from(PROVINCES), min_size=1, max_size=2),
        "dest_provinces": st.lists(st.sampled_from(PROVINCES), min_size=1, max_size=2),
        "dest_cities": st.lists(st.sampled_from(["苏州", "江苏/南京", "上海"]), min_size=1, max_size=2),
        "dest_districts": st.lists(st.sampled_from(["浦东新区", "上海/浦东新区"]), min_size=1, max_size=1),
        "dest_postcodes": st.lists(st.sampled_from(["21*", "510000", "200..215", "8*"]), min_size=1, max_size=2),
        "warehouses": st.just(["W1"]),
        "same": st.sampled_from(same),
    }


@st.composite
def some_route(draw: Any, *, regions: bool = False, least: int = 1) -> dict[str, Any]:
    known = routes(regions)
    names = draw(st.lists(st.sampled_from(sorted(known)), min_size=least, max_size=2, unique=True))
    return {name: draw(known[name]) for name in names}


@st.composite
def zone_tables(draw: Any) -> dict[str, Any]:
    rules = [
        {"zone": draw(st.sampled_from(ZONES)), **draw(some_route(regions=True))} for _ in range(draw(st.integers(0, 3)))
    ]
    zones: dict[str, Any] = {"names": ZONES, "rules": rules, "aliases": {"Zone A": "a"}}
    if draw(st.booleans()):
        zones["default"] = draw(st.sampled_from(ZONES))
    return zones


def ascending(draw: Any, most: int = 4) -> list[Decimal]:
    numbers = draw(
        st.lists(st.sampled_from([Decimal(n) / 4 for n in range(1, 40)]), min_size=1, max_size=most, unique=True)
    )
    return sorted(numbers)


def continued_keys(draw: Any) -> dict[str, Any]:
    return {
        "first_weight": draw(st.sampled_from([Decimal("0.5"), 1, 3])),
        "first": draw(prices),
        "step": draw(steps),
        "partial_step": draw(st.sampled_from(["full", "pro_rata"])),
    }


def figures(draw: Any, model: str) -> dict[str, Any]:
    if model == "first_continued":
        return continued_keys(draw) | {"continued": draw(prices)}
    if model == "segmented_continued":
        segments: list[dict[str, Any]] = [{"up_to": bound, "price": draw(prices)} for bound in ascending(draw, 2)]
        segments += [{"price": draw(prices)}] if draw(st.booleans()) else []
        return continued_keys(draw) | {"segments": segments, "basis": draw(st.sampled_from(["total", "continued"]))}
    if model == "per_kg":
        return {"rate": draw(prices), "min_price": draw(prices)}
    if model == "label_fee":
        return {"fee": draw(prices)}
    if model == "tier_flat":
        return {"tiers": [{"up_to": bound, "price": draw(prices)} for bound in ascending(draw)]}
    weights = ascending(draw)
    return {"weights": weights, "prices": [draw(prices) for _ in weights]}


@st.composite
def price_tables(draw: Any, *, zoned: bool, returning: bool = False) -> dict[str, Any]:
    models = ["first_continued", "segmented_continued", "tier_flat", "per_kg", "zone_table"]
    model = draw(st.sampled_from(models if returning else [*models, "label_fee", "average_weight"]))
    table_: dict[str, Any] = {"model": model}
    priced = model
    if model == "average_weight":
        priced = table_["price_model"] = draw(st.sampled_from(models))
        table_["average"] = {"rounding": {"mode": "ceil", "step": Decimal("0.01")}}
        if draw(st.booleans()):
            table_["average"]["provisional_weight"] = draw(steps)
    keys = figures(draw, priced)
    if priced in {"tier_flat", "zone_table"} and draw(st.booleans()):
        beyond = draw(st.sampled_from(["first_continued", "segmented_continued", "per_kg"]))
        keys |= {"beyond": beyond} | figures(draw, beyond)
    if not zoned:
        return table_ | keys
    listed = draw(st.sampled_from([ZONES, ZONES, ZONES[:2], ZONES[2:]]))
    table_["zones"] = {zone: {**figures(draw, priced)} for zone in listed}
    if "beyond" in keys or draw(st.integers(0, 3)):
        table_ |= keys
    return table_


@st.composite
def surcharges(draw: Any, *, zoned: bool) -> dict[str, Any]:  # noqa: C901, PLR0912 - every key of a surcharge once
    when = draw(
        st.sampled_from(
            ["always", "remote", "residential", "cod", "declared_value", "oversize", "overweight", "requested", "peak"]
        )
    )
    rule: dict[str, Any] = {
        "charge_type": draw(st.sampled_from(["remote_area", "insurance", "peak", "oversize"])),
        "when": when,
    }
    rule |= draw(
        table({"amount": prices}, {"min": st.integers(0, 3), "max": st.integers(3, 20), "fuel": st.booleans()})
    )
    if draw(st.booleans()):
        rule |= {"percent": draw(percents), "of": draw(st.sampled_from(["base", "declared_value", "cod_amount"]))}
        if not rule["percent"]:
            del rule["of"]
    if draw(st.booleans()):
        rule |= {"rate": draw(prices), "rate_over": draw(st.integers(0, 3))}
    if draw(st.booleans()):
        rule["group"] = draw(st.sampled_from(["size", "area"]))
    if rarely(draw):
        rule["legs"] = draw(st.lists(st.sampled_from(LEGS[1:]), min_size=1, unique=True))
    if when == "remote" or rarely(draw):
        rule |= draw(some_route(least=1 if when == "remote" else 0))
    if zoned and rarely(draw):
        rule["zones"] = draw(st.lists(st.sampled_from(ZONES), min_size=1, unique=True))
    if when != "residential" and rarely(draw):
        rule["residential"] = draw(st.booleans())
    if when == "requested":
        rule["requested"] = draw(st.lists(st.sampled_from(["signature", "saturday"]), min_size=1, unique=True))
    if when == "peak":
        rule["periods"] = [{"from": date(2026, 3, 10), "to": date(2026, 3, 20)}, {"from": date(2026, 4, 1)}]
    if when == "declared_value":
        rule["declared_over"] = draw(st.sampled_from([0, 100]))
    if when == "oversize" or rarely(draw):
        size = draw(st.sampled_from(["longest_side", "second_side", "length_girth", "volume"]))
        rule[f"{size}_{draw(st.sampled_from(['over', 'from']))}"] = draw(st.sampled_from([20, 40, 8000]))
    if when == "overweight" or rarely(draw):
        rule[draw(st.sampled_from(["weight_over", "weight_from", "weight_up_to"]))] = draw(st.sampled_from([1, 5]))
        if draw(st.booleans()):
            rule["weight_basis"] = "billing"
    if rule.get("weight_basis") != "billing" and draw(st.booleans()):
        rule["minimum_weight"] = draw(st.sampled_from([5, 40]))
    return rule


@st.composite
def volumetrics(draw: Any, *, zoned: bool) -> dict[str, Any]:
    terms: dict[str, Any] = {
        "mode": draw(st.sampled_from(["full", "half", "none"])),
        "divisor": draw(st.sampled_from([6000, 139, Decimal("166.5"), 12000])),
        "dim_rounding": draw(st.sampled_from(["none", "half_up", "ceil"])),
        "pieces": draw(st.sampled_from(["per_piece", "total"])),
        "trigger": draw(
            table({}, {"side_from": st.just(30), "volume_over": st.just(8000), "ratio_over": st.just(Decimal("1.5"))})
        ),
    }
    if terms["mode"] == "half":
        terms["share"] = draw(st.sampled_from([50, Decimal("33.333")]))
    terms["routes"] = []
    for _ in range(draw(st.integers(0, 2))):
        route = {"divisor": draw(st.sampled_from([5000, 8000])), **draw(some_route(regions=True))}
        if zoned and draw(st.booleans()):
            route["zones"] = draw(st.lists(st.sampled_from(ZONES), min_size=1, unique=True))
        terms["routes"].append(route)
    return terms


def weight_terms(draw: Any) -> dict[str, Any]:
    terms: dict[str, Any] = {"minimum": draw(st.sampled_from([0, Decimal("0.5"), 2]))}
    terms["round_scope"] = draw(st.sampled_from(["total", "total", "continued"]))
    if draw(st.booleans()):
        return terms | {"rounding": draw(roundings())}
    bands = [draw(roundings()) for _ in range(3)]
    return terms | {"bands": [bands[0] | {"below": 2}, bands[1] | {"below": 10}, bands[2]]}


@st.composite
def tariffs(draw: Any, *, zoned: bool) -> dict[str, Any]:
    keys: dict[str, Any] = {"prices": draw(price_tables(zoned=zoned)), "weight": weight_terms(draw)}
    optional = {
        "volumetric": volumetrics(zoned=zoned),
        "discount": table(
            {},
            {
                "percent": percents,
                "per_parcel": st.integers(0, 2),
                "floor": st.integers(0, 5),
                "shown": st.sampled_from(["net", "separate"]),
            },
        ),
        "amounts": table(
            {"mode": st.sampled_from(["half_up", "up", "down"])},
            {"step": st.just(Decimal("0.1")), "freight_step": st.sampled_from([1, Decimal("0.5")])},
        ),
        "minimum_charge": st.integers(0, 30),
        "intercept": table({"fee": prices}, {"with_return": st.booleans(), "fuel": st.booleans()}),
        "surcharges": st.lists(surcharges(zoned=zoned), min_size=1, max_size=4),
        "fuel": st.one_of(
            table({"percent": percents}),
            st.just(
                {
                    "percents": [
                        {"from": date(2026, 3, 5), "to": date(2026, 3, 9), "percent": 7},
                        {"from": date(2026, 3, 12), "percent": "18.5"},
                    ]
                }
            ),
        ),
        "returns": st.one_of(
            table({"mode": st.just("free")}, {"fuel": st.booleans()}),
            table({"mode": st.just("share"), "percent": percents}, {"fuel": st.booleans()}),
            table({"mode": st.just("table"), "prices": price_tables(zoned=zoned, returning=True)}),
        ),
    }
    for name, strategy in optional.items():
        if draw(st.booleans()) or name in {"returns", "surcharges"}:
            keys[name] = draw(strategy)
    return keys


@st.composite
def cards(draw: Any) -> dict[str, Any]:
    units = draw(st.sampled_from([("kg", "cm"), ("lb", "in"), ("kg", "in"), ("lb", "cm")]))
    zoned = draw(st.booleans())
    versions = []
    for number, (start, end) in enumerate(
        draw(st.sampled_from([[(0, None)], [(None, None)], [(None, None)], [(0, 20), (30, 70)], [(0, 30), (30, None)]]))
    ):
        version: dict[str, Any] = {"id": f"v{number}", "regions": {"江沪": ["江苏", "上海"]}}
        if start is not None:
            version["from"] = DAY + timedelta(days=start)
        if end is not None:
            version["to"] = DAY + timedelta(days=end)
        if zoned:
            version["zones"] = draw(zone_tables())
        version |= draw(tariffs(zoned=zoned))
        if draw(st.integers(0, 3)) == 0:
            version["services"] = {"express": {"aliases": ["E1"], **draw(tariffs(zoned=zoned))}, "ground": {}}
            if draw(st.integers(0, 3)):
                version["default_service"] = "ground"
        if draw(st.integers(0, 3)) == 0:
            version["accounts"] = ["A1"]
        versions.append(version)
    return {
        "name": "made up",
        "carrier": "x",
        "currency": "CNY",
        "weight_unit": units[0],
        "dim_unit": units[1],
        "versions": versions,
    }


weights = st.one_of(
    st.integers(0, 60000).map(Decimal),
    st.decimals(0, 20000, places=3),
    st.decimals(0, 3000, places=8),
    st.sampled_from(
        [Decimal(text) for text in ("1000", "2267.96185", "2267.96186", "12250", "12240", "2100", "2100.001", "250")]
    ),
)
lengths = st.one_of(
    st.integers(0, 120).map(Decimal),
    st.decimals(0, 90, places=2),
    st.sampled_from([Decimal("28.194"), Decimal("5.08")]),
)
boxes = table({"weight_g": weights, "length_cm": maybe(lengths), "width_cm": lengths, "height_cm": lengths})


@st.composite
def parcels(draw: Any) -> dict[str, Any]:
    parcel = {
        "leg": draw(st.sampled_from([None, *LEGS])),
        "rate_date": draw(
            st.sampled_from([DAY + timedelta(days=number) for number in (0, 3, 4, 8, 9, 11, 18, 19, 29, 30, 31, 69)])
        ),
        "service": draw(st.sampled_from([None, None, None, "express", "E1", "ground"])),
        "warehouse": draw(st.sampled_from([None, "W1", "W2"])),
        "account_no": draw(st.sampled_from([None, "A1", "A1", "A1", "A2"])),
        "origin_province": draw(st.sampled_from([None, *PROVINCES])),
        "origin_city": draw(st.sampled_from([None, *CITIES])),
        "origin_postcode": draw(st.sampled_from([None, *POSTCODES])),
        "dest_province": draw(st.sampled_from([None, *PROVINCES])),
        "dest_city": draw(st.sampled_from([None, *CITIES])),
        "dest_district": draw(st.sampled_from([None, "浦东新区"])),
        "dest_postcode": draw(st.sampled_from([None, *POSTCODES])),
        "zone": draw(st.sampled_from([None, None, "a", "b", "c", "Zone A"])),
        "pieces": draw(st.one_of(st.none(), st.none(), st.lists(boxes, max_size=3))),
        "declared_value_minor": draw(maybe(st.integers(0, 500000))),
        "cod_amount_minor": draw(maybe(st.integers(0, 500000))),
        "outward_minor": draw(st.one_of(st.none(), st.none(), st.integers(0, 5000))),
        "is_residential": draw(st.sampled_from([True, True, False, None])),
        "requested": draw(maybe(st.lists(st.sampled_from(["signature", "saturday", "packaging"]), max_size=2))),
    }
    own = draw(boxes)
    if draw(st.integers(0, 30)) == 0:
        parcel |= {"rate_date": None, "service": "air", "zone": "zz"} if draw(st.booleans()) else {"rate_date": None}
    if draw(st.integers(0, 30)) == 0:
        own = own | {"weight_g": draw(st.sampled_from([None, Decimal(-1), Decimal(10**9)]))}
    return parcel | own


def frame_of(rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame([{"row": number, **row} for number, row in enumerate(rows)], schema=SCHEMA)


def found(card: RateCard, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The engine's answer in the shape of the twin's."""
    rated = card.rate(frame_of(rows))
    charges: list[dict[str, int]] = [{} for _ in rows]
    for row, charge_type, amount in rated.components.iter_rows():
        assert charge_type not in charges[row]
        charges[row][charge_type] = amount
    return [{**facts, "charges": charges[facts["row"]]} for facts in rated.parcels.iter_rows(named=True)]


def compare(wanted: dict[str, Any], got: dict[str, Any]) -> None:
    for name in ("problem", "version", "charges"):
        assert wanted[name] == got[name], name
    if wanted["version"] is not None:
        assert wanted["zone"] == got["zone"]
    if wanted["problem"] is None:
        for name in ("actual", "volumetric", "chargeable", "billing"):
            value = got[f"{name}_weight_g"]
            assert wanted[name] == (None if value is None else Fraction(value)), name


@settings(max_examples=120, suppress_health_check=list(HealthCheck))
@given(cards(), st.lists(parcels(), min_size=1, max_size=6))
def test_the_engine_agrees_with_the_slow_twin(card: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    answers = found(RateCard.from_dict(card, name="made up"), rows)

    for row, answer in zip(rows, answers, strict=True):
        compare(oracle.expected(card, row), answer)


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(cards(), st.lists(parcels(), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(
    card: dict[str, Any], rows: list[dict[str, Any]], shuffler: random.Random
) -> None:
    rated = RateCard.from_dict(card, name="made up").rate(frame_of(rows))
    order = list(range(len(rows)))
    shuffler.shuffle(order)
    shuffled = RateCard.from_dict(card, name="made up").rate(frame_of(rows)[order])

    assert order == shuffled.parcels["row"].to_list()
    assert rated.parcels.rows() == shuffled.parcels.sort("row").rows()
    assert sorted(rated.components.rows()) == sorted(shuffled.components.rows())


def changed(card: dict[str, Any], change: Any) -> dict[str, Any]:
    """The card with every table of every version and service changed."""
    card = copy.deepcopy(card)
    for version in card["versions"]:
        for holder in (version, *version.get("services", {}).values()):
            change(holder)
    return card


def set_volume(holder: dict[str, Any], **keys: Any) -> None:
    if "volumetric" in holder:
        holder["volumetric"].update(keys)
        if holder["volumetric"]["mode"] != "half":
            holder["volumetric"].pop("share", None)


def set_rounding(holder: dict[str, Any]) -> None:
    if "weight" in holder:
        holder["weight"].pop("bands", None)
        holder["weight"]["rounding"] = {"mode": "half_up", "step": Decimal("0.3")}


def set_fuel(holder: dict[str, Any]) -> None:
    if "fuel" in holder:
        holder["fuel"] = {"percent": 9}


def drop_minima(holder: dict[str, Any]) -> None:
    holder.pop("minimum_charge", None)
    holder.get("weight", {}).pop("minimum", None)
    holder.get("discount", {}).pop("floor", None)
    for surcharge in holder.get("surcharges", ()):
        surcharge.pop("minimum_weight", None)


def flip_pieces(holder: dict[str, Any]) -> None:
    of_version = "id" in holder  # a service without the table inherits the version's
    terms = holder.setdefault("volumetric", {"mode": "none"}) if of_version else holder.get("volumetric", {})
    terms["pieces"] = "total" if terms.get("pieces", "per_piece") == "per_piece" else "per_piece"


CHANGES: dict[Scenario, Any] = {
    Scenario(divisor=Decimal(7000)): lambda holder: set_volume(holder, divisor=7000, routes=[]),
    Scenario(volumetric="full"): lambda holder: set_volume(holder, mode="full"),
    Scenario(volumetric="none"): lambda holder: set_volume(holder, mode="none"),
    Scenario(dim_rounding="ceil"): lambda holder: set_volume(holder, dim_rounding="ceil"),
    Scenario(rounding=Rounding(mode="half_up", step=Decimal("0.3"))): set_rounding,
    Scenario(no_discount=True): lambda holder: holder.__setitem__("discount", {}) if "prices" in holder else None,
    Scenario(fuel_percent=Decimal(9)): set_fuel,
    Scenario(no_minimum=True): drop_minima,
    Scenario(per_piece=True): flip_pieces,
}


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(cards(), st.lists(parcels(), min_size=1, max_size=4), st.sampled_from(list(CHANGES)))
def test_a_scenario_is_the_card_with_that_one_thing_changed(
    card: dict[str, Any], rows: list[dict[str, Any]], scenario: Scenario
) -> None:
    for version in card["versions"]:
        version.get("services", {}).pop("ground", None)  # it shares the version's tables, and would be changed twice
        version.pop("default_service", None)
    other = RateCard.from_dict(changed(card, CHANGES[scenario]), name="changed").rate(frame_of(rows))
    tried = RateCard.from_dict(card, name="made up").rate(frame_of(rows), scenario=scenario)

    assert other.components.rows() == tried.components.rows()
    assert other.parcels.rows() == tried.parcels.rows()


def test_the_twin_is_not_blind() -> None:
    card = {
        "name": "x",
        "carrier": "x",
        "currency": "CNY",
        "versions": [
            {
                "id": "v",
                "weight": {"rounding": {"mode": "ceil", "step": 1}},
                "prices": {"model": "first_continued", "first_weight": 1, "first": 3, "step": 1, "continued": 1},
            }
        ],
    }

    assert oracle.expected(card, {"weight_g": Decimal(2050)})["charges"] == {"base": 500}
    with pytest.raises(AssertionError):
        compare(
            oracle.expected(card, {"weight_g": Decimal(2050)}),
            found(RateCard.from_dict(card, name="x"), [{"weight_g": Decimal(3050)}])[0],
        )
