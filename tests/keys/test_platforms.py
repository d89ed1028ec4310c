"""Platforms: numbers from the sample files and what may be said of them."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.errors import UnknownFormat
from tieout.keys import PLATFORMS, Confidence, recognize_platform, recognize_platform_expr

SPECIMENS = [
    ("5116032541422009305", "taobao", "order", "shared"),
    ("35153131473293579", "taobao", "order", "shared"),
    ("T200P5116032541422009305", "taobao", "merchant_order", "distinctive"),
    ("260531-662941284701219", "pdd", "order", "checked"),
    ("'6917926768823643751", "douyin", "order", "shared"),
    ("11729384072", "jd", "order", "shared"),
    ("3553498017448001", "jd", "order", "shared"),
    ("112-5296892-7513800", "amazon", "order", "distinctive"),
    ("#1411", "shopify", "order", "shared"),
    ("`1001690740201411100005734289", "wechat_pay", "payment", "checked"),
    ("2019091622001458860515315453\t", "alipay", "payment", "checked"),
    ("20260513200040011100730092344444", "alipay", "payment", "checked"),
    ("2012122923922029", "alipay", "payment", "checked"),
    ("ch_3MmlLrLkdIwHu7ix0snN0B15", "stripe", "payment", "distinctive"),
]


@pytest.mark.parametrize(("number", "platform", "kind", "confidence"), SPECIMENS)
def test_numbers_of_real_files_name_their_platform(number, platform, kind, confidence):
    found = {(one.code, one.kind): one.confidence.value for one in recognize_platform(number)}

    assert confidence == found.get((platform, kind))


def test_a_pdd_number_without_a_date_is_contradicted():
    expected = [Confidence.CONTRADICTED]
    assert expected == [one.confidence for one in recognize_platform("269931-662941284701219")]


def test_a_payment_number_without_a_date_is_not_that_channels():
    codes = {one.code for one in recognize_platform("2099139922001458860515315453")}

    assert "alipay" not in codes


def test_every_platform_a_number_may_be_of_is_given():
    assert {"douyin", "taobao"} <= {one.code for one in recognize_platform("6917926768823643751")}


def test_only_the_platforms_asked_for_come_into_question():
    expected = ["jd"]
    assert expected == [one.code for one in recognize_platform("3553498017448001", among=["jd", "pdd"])]
    with pytest.raises(UnknownFormat, match="no platform named 'bazaar'"):
        recognize_platform("3553498017448001", among=["bazaar"])
    with pytest.raises(UnknownFormat, match="no platform named 'bazaar'"):
        recognize_platform_expr(pl.col("no"), among=["bazaar"])


@pytest.mark.parametrize("cell", [None, "", "-", "hello"])
def test_what_is_no_number_has_no_platform(cell):
    expected = ()
    assert expected == recognize_platform(cell)


NUMBERS = st.one_of(
    st.none(),
    st.sampled_from([number for number, *_ in SPECIMENS]),
    st.from_regex(r"[0-9]{6}-[0-9]{15}|[0-9]{3}-[0-9]{7}-[0-9]{7}|T200P[0-9]{16,22}|#[0-9]{3,10}", fullmatch=True),
    st.from_regex(r"(20|4200|100)?[0-9]{10,28}", fullmatch=True),
    st.from_regex(r"(ch|po)_[0-9a-zA-Z]{8,24}", fullmatch=True),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(NUMBERS, max_size=30), st.sampled_from([None, ("taobao", "pdd"), PLATFORMS]))
def test_columns_and_scalars_agree(numbers, among):
    frame = pl.DataFrame({"no": pl.Series(numbers, dtype=pl.String)})

    expected = [_as_struct(recognize_platform(number, among=among)) for number in numbers]
    assert expected == frame.select(recognize_platform_expr(pl.col("no"), among=among))["no"].to_list()


def _as_struct(found):
    if not found:
        return None
    best = [one for one in found if one.confidence is found[0].confidence]
    is_own = found[0].confidence in {Confidence.CHECKED, Confidence.DISTINCTIVE}
    is_clear = len(found) == 1 or (is_own and len(best) == 1)
    return {
        "platform": found[0].code if is_clear else None,
        "kind": found[0].kind if is_clear else None,
        "confidence": found[0].confidence.value,
        "check": found[0].confidence.check.value,
        "rivals": len(found) - 1,
    }
