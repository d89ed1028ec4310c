"""Zones: given, by rule, by file, by default; and the names of places."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tieout.tariffs import RateCard, Scenario
from tieout.tariffs._divisions import normalise_city, normalise_postcode, normalise_province

Build = Callable[..., Any]
ZONES = """
[versions.zones]
names = ["same_city", "near", "far", "remote"]
aliases = { "一区" = "near" }
%s
"""


def zone(card: RateCard, weighed: Build, **parcel: Any) -> str | None:
    scenario = parcel.pop("scenario", None)
    return weighed(card, {"kg": "1", **parcel}, scenario)["zone"]


def rules(card_of: Build, text: str, before: str = "") -> RateCard:
    return card_of(before + ZONES % text)


def test_the_first_rule_that_holds_wins(card_of: Build, weighed: Build) -> None:
    card = rules(
        card_of,
        """
        default = "far"
        rules = [
          { zone = "remote", dest_cities = ["内蒙古/阿拉善", "三亚市"] },
          { zone = "near", dest_provinces = ["内蒙古自治区", "海南省"] },
        ]
        """,
    )

    assert "remote" == zone(card, weighed, dest_province="内蒙古", dest_city="阿拉善盟")
    assert "near" == zone(card, weighed, dest_province="内蒙古自治区", dest_city="包头市")
    assert "remote" == zone(card, weighed, dest_province="海南", dest_city="三亚")
    assert "far" == zone(card, weighed, dest_province="广东", dest_city="阿拉善")
    assert "far" == zone(card, weighed)


def test_a_name_that_is_not_unique_takes_its_parents(card_of: Build, weighed: Build) -> None:
    card = rules(
        card_of,
        """
        rules = [
          { zone = "near", dest_cities = ["辽宁/朝阳"] },
          { zone = "far", dest_districts = ["北京/北京市/朝阳区", "浦东新区"] },
        ]
        """,
    )

    assert "near" == zone(card, weighed, dest_province="辽宁省", dest_city="朝阳市", dest_district="双塔区")
    assert "far" == zone(card, weighed, dest_province="北京市", dest_city="北京市", dest_district="朝阳区")
    assert "far" == zone(card, weighed, dest_province="上海", dest_city="上海", dest_district="浦东新区")
    assert zone(card, weighed, dest_province="吉林", dest_city="长春", dest_district="朝阳区") is None


def test_both_ends_must_fit_where_both_are_named(card_of: Build, weighed: Build) -> None:
    card = rules(card_of, 'rules = [{ zone = "near", origin_cities = ["广州"], dest_provinces = ["广东"] }]')

    assert "near" == zone(card, weighed, origin_city="广州市", dest_province="广东")
    assert zone(card, weighed, origin_city="深圳", dest_province="广东") is None
    assert zone(card, weighed, dest_province="广东") is None


def test_warehouses_can_be_named(card_of: Build, weighed: Build) -> None:
    card = rules(card_of, 'rules = [{ zone = "near", warehouses = ["W1", "W2"] }]')

    assert "near" == zone(card, weighed, warehouse="W2")
    assert zone(card, weighed, warehouse="W3") is None
    assert zone(card, weighed) is None


def test_both_ends_in_one_city_province_or_region(card_of: Build, weighed: Build) -> None:
    card = rules(
        card_of,
        """
        rules = [
          { zone = "same_city", same = "city" },
          { zone = "near", same = "province" },
          { zone = "far", same = "region" },
        ]
        """,
        'regions = { "京津冀" = ["北京市", "天津市", "河北省"] }\n',
    )
    suzhou = {"origin_province": "江苏省", "origin_city": "苏州市"}

    assert "same_city" == zone(card, weighed, **suzhou, dest_province="江苏", dest_city="苏州")
    assert "same_city" == zone(card, weighed, **suzhou, dest_city="苏州")
    assert "near" == zone(card, weighed, **suzhou, dest_province="江苏", dest_city="南京")
    assert "far" == zone(card, weighed, origin_province="北京", dest_province="河北")
    assert zone(card, weighed, **suzhou, dest_province="广东", dest_city="广州") is None
    assert zone(card, weighed, **suzhou) is None


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("90210", "near"),
        ("90210-1234", "near"),
        ("902", None),
        ("59655", "far"),
        ("005", "remote"),
        ("00999", "remote"),
        ("09899", "remote"),
        ("09900", None),
    ],
)
def test_postcodes_exact_prefix_and_range(card_of: Build, weighed: Build, code: str, found: str | None) -> None:
    card = rules(
        card_of,
        """
        rules = [
          { zone = "near", dest_postcodes = ["90210"] },
          { zone = "far", dest_postcodes = ["596*"] },
          { zone = "remote", dest_postcodes = ["005..098"] },
        ]
        """,
    )

    assert found == zone(card, weighed, dest_postcode=code)


def test_a_given_zone_wins_and_an_unknown_one_is_no_zone(card_of: Build, weighed: Build) -> None:
    card = rules(card_of, 'default = "far"')

    assert "near" == zone(card, weighed, zone="near")
    assert "near" == zone(card, weighed, zone=" 一区 ")
    assert "far" == zone(card, weighed, zone=" ")
    assert zone(card, weighed, zone="zone 9") is None
    assert "zone_missing" == weighed(card, {"kg": "1", "zone": "zone 9"})["problem"]


def test_a_scenario_sets_the_zone(card_of: Build, weighed: Build, parcels_of: Build) -> None:
    card = rules(card_of, 'default = "far"')
    parcels = parcels_of({"kg": "1", "zone": "near", "billed": "remote"}, {"kg": "1", "zone": "near"})

    assert "remote" == zone(card, weighed, zone="near", scenario=Scenario(zone="remote"))
    assert ["remote", "far"] == card.rate(parcels, scenario=Scenario(zone_column="billed")).parcels["zone"].to_list()


def test_without_zones_there_is_one_for_everywhere(card_of: Build, weighed: Build) -> None:
    assert "*" == zone(card_of(), weighed, zone="whatever")


def test_a_file_of_pincode_pairs(load: Build, weighed: Build) -> None:
    card = load("pincodes")

    assert "d" == zone(card, weighed, origin_postcode="121003", dest_postcode="507101")
    assert "a" == zone(card, weighed, origin_postcode="121003", dest_postcode=" 121004")
    assert zone(card, weighed, origin_postcode="121003", dest_postcode="999999") is None
    assert zone(card, weighed, dest_postcode="507101") is None
    assert ["pincode_zones.csv"] == list(card.side_files)


def test_a_file_by_origin_city_and_destination_province(tmp_path: Path, weighed: Build) -> None:
    (tmp_path / "matrix.csv").write_text(
        "from,to,zone\n广州市,广东省,near\n广州市,新疆维吾尔自治区,remote\n", encoding="utf-8-sig"
    )
    (tmp_path / "card.toml").write_text(
        """
        name = "matrix"
        carrier = "yto"
        currency = "CNY"
        [[versions]]
        id = "v1"
        weight = { rounding = { mode = "ceil", step = 1 } }
        prices = { model = "per_kg", rate = 1 }
        [versions.zones]
        names = ["near", "remote", "far"]
        file = "matrix.csv"
        origin_is = "city"
        dest_is = "province"
        columns = { origin = "from", dest = "to" }
        default = "far"
        rules = [{ zone = "remote", dest_cities = ["三亚"] }]
        """,
        encoding="utf-8",
    )
    card = RateCard.load(tmp_path / "card.toml")

    assert "near" == zone(card, weighed, origin_city="广州", dest_province="广东")
    assert "remote" == zone(card, weighed, origin_city="广州", dest_province="新疆")
    assert "far" == zone(card, weighed, origin_city="深圳", dest_province="广东")
    assert "remote" == zone(card, weighed, origin_city="广州", dest_province="广东", dest_city="三亚")


def test_a_file_by_the_first_digits_of_the_destination(tmp_path: Path, weighed: Build) -> None:
    (tmp_path / "zips.csv").write_text("dest,zone\n902,8\n100,2\n", encoding="utf-8")
    text = """
        name = "zips"
        carrier = "ups"
        currency = "USD"
        [[versions]]
        id = "v1"
        weight = { rounding = { mode = "ceil", step = 1 } }
        prices = { model = "per_kg", rate = 1 }
        zones = { names = ["2", "8"], file = "zips.csv", origin_is = "any", postcode_digits = 3 }
    """
    card = RateCard.loads(text, name="zips", folder=tmp_path)

    assert "8" == zone(card, weighed, dest_postcode="90210-0001")
    assert "2" == zone(card, weighed, dest_postcode="10001")


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("内蒙古自治区", "内蒙古"),
        ("广西壮族自治区", "广西"),
        ("新疆维吾尔自治区", "新疆"),
        ("宁夏回族自治区", "宁夏"),
        ("西藏自治区", "西藏"),
        ("香港特别行政区", "香港"),
        ("上海市", "上海"),
        ("黑龙江省", "黑龙江"),
        (" 广东 ", "广东"),
        ("Guangdong", "广东"),
        ("Inner Mongolia Autonomous Region", "内蒙古"),
        ("Guangxi Zhuang Autonomous Region", "广西"),
        ("Hong Kong SAR", "香港"),
        ("California", "california"),
    ],
)
def test_provinces_have_one_short_name(written: str, short: str) -> None:
    assert short == normalise_province(written)


@pytest.mark.parametrize(
    ("written", "short"),
    [
        ("苏州市", "苏州"),
        ("延边朝鲜族自治州", "延边"),
        ("黔西南布依族苗族自治州", "黔西南"),
        ("博尔塔拉蒙古自治州", "博尔塔拉"),
        ("锡林郭勒盟", "锡林郭勒"),
        ("大兴安岭地区", "大兴安岭"),
        ("沙市", "沙市"),
        ("New  York", "new york"),
    ],
)
def test_cities_lose_their_suffix(written: str, short: str) -> None:
    assert short == normalise_city(written)


def test_postcodes_keep_their_zeros() -> None:
    assert ["02139", "02139", "K1A0B1"] == [normalise_postcode(code) for code in ("02139", " 02139-4307", "k1a 0b1")]


def test_a_list_of_postcodes_may_stand_in_a_file(card_of: Build, weighed: Build, tmp_path: Path) -> None:
    (tmp_path / "das.txt").write_text("# delivery area\n90210\n\n596*\n", encoding="utf-8")
    card = card_of(
        ZONES % 'rules = [{ zone = "far", dest_postcodes_file = "das.txt", dest_postcodes = ["100*"] }]',
        folder=tmp_path,
    )

    found = [zone(card, weighed, dest_postcode=code) for code in ("90210", "59601", "10001", "90211")]

    assert ["far", "far", "far", None] == found
    assert ["das.txt"] == list(card.side_files)
