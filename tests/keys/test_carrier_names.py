"""Carrier names as they stand in real exports."""

import polars as pl
import pytest

from tieout.keys import CARRIERS, carrier_code, carrier_code_expr

NAMES = [
    ("顺丰速运", "sf"),
    ("SF Express", "sf"),
    ("sf", "sf"),
    ("ＳＦ", "sf"),
    (" 顺 丰 ", "sf"),
    ("顺丰速运有限公司", "sf"),
    ("顺丰快运", "sf_freight"),
    ("中通", "zto"),
    ("中通速递", "zto"),
    ("中通快运", "zto_freight"),
    ("圆通速递(上海)", "yto"),
    ("圆通速递（上海）", "yto"),
    ("申通快递", "sto"),  # samples/order/pdd_order
    ("韵达速递", "yunda"),  # samples/order/pdd_buyer_order
    ("韵达快运", "yunda"),
    ("极兔速递", "jt"),
    ("J&T Express", "jt"),
    ("京东物流", "jd"),
    ("百世快递", "best"),
    ("HTKY", "best"),
    ("德邦物流", "deppon"),
    ("EMS经济快递", "ems"),
    ("邮政快递包裹", "china_post"),
    ("FedEx Ground®", "fedex"),
    ("DHL Express", "dhl"),
    ("United States Postal Service", "usps"),
]


@pytest.mark.parametrize(("name", "code"), NAMES)
def test_names_in_files_have_a_code(name, code):
    assert code == carrier_code(name)


@pytest.mark.parametrize("name", [None, "", "-", "快递", "物流", "某某快递", "义乌中通分部", "Express", "\ud800"])
def test_a_name_that_is_in_no_table_has_none(name):
    assert carrier_code(name) is None


def test_every_carrier_is_found_by_each_of_its_own_names():
    for code, carrier in CARRIERS.items():
        names = [name for name in (carrier.code, carrier.name, carrier.name_zh, *carrier.aliases) if name]
        assert {code} == {carrier_code(name) for name in names}


def test_a_column_of_names_has_the_same_codes():
    names = [name for name, _ in NAMES] + [None, "某某快递"]

    expected = [carrier_code(name) for name in names]
    assert expected == pl.DataFrame({"name": names}).select(carrier_code_expr(pl.col("name")))["name"].to_list()


def test_an_empty_column_of_names_stays_empty():
    frame = pl.DataFrame({"name": pl.Series([], dtype=pl.String)})

    expected = []
    assert expected == frame.select(carrier_code_expr(pl.col("name")))["name"].to_list()
