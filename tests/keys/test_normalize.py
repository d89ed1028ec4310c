"""Cleaning: every kind of dirt that was seen in real files, and the two ways of cleaning agreeing on hostile text."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tieout.errors import WrongColumnType
from tieout.keys import clean_expr, clean_key, normalize_expr, normalize_key

SEEN_IN_FILES = [
    ('="3302710287203084298"', "3302710287203084298"),  # JD and Taobao guard against Excel
    ('="35153131473293579', "35153131473293579"),  # the same, cut off by a second export
    ("`1001690740201411100005734289", "1001690740201411100005734289"),  # WeChat
    ("'6917926768823643799", "6917926768823643799"),  # Douyin settlement
    ("\t6917926768823643751", "6917926768823643751"),  # Douyin orders, tab inside the quotes
    ("2019091622001458860515315453\t", "2019091622001458860515315453"),  # Alipay
    ("@435233529604913", "435233529604913"),  # 聚水潭
    ("435233529604913.0", "435233529604913"),  # a float on the way
    ("１２３４５６７８９０", "1234567890"),
    ("SF1012345678901\u200b\ufeff", "SF1012345678901"),
    ("\xa0SF1012345678901\u3000", "SF1012345678901"),
    ("“T200P5116032541422009305”", "T200P5116032541422009305"),
    ("SF1012345678901\x00\x1b", "SF1012345678901"),
    ("SF1012345678901\ud800", "SF1012345678901"),
    ("`'\"=SF1012345678901'", "SF1012345678901"),
    ("1,234,567,890,123", "1234567890123"),  # a spreadsheet's #,##0
    ("'12,345,678,901", "12345678901"),
    ("1，234，567，890", "1234567890"),
    ("1,234,567,890,123.00", "1234567890123"),
]


@pytest.mark.parametrize(("cell", "key"), SEEN_IN_FILES)
def test_what_files_put_around_an_id_comes_off(cell, key):
    assert key == clean_key(cell)
    assert key == normalize_key(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        " ",
        "\t",
        "-",
        "--",
        " - ",
        "/",
        "0",
        "0.00",
        "nan",
        "NaN",
        "None",
        "null",
        "N/A",
        '="',
        '=""',
        "—",
        "无",
        "\u3000",
        "`0",
    ],
)
def test_a_cell_that_means_no_id_has_no_key(cell):
    assert clean_key(cell) is None
    assert normalize_key(cell) is None


def test_none_stays_none():
    assert clean_key(None) is None
    assert normalize_key(None) is None


@pytest.mark.parametrize(
    "cell",
    ["260531-662941284701219", "112-5296892-7513800", "po_1Abc2dEf", "#1411", "4.00123E+27", "FP301_8587437774500402"],
)
def test_case_hyphens_and_exponents_survive_cleaning(cell):
    assert cell == clean_key(cell)


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("sf 1012 3456 7890 1", "SF1012345678901"),
        ("1Z-5R8-939-03-5756-7127", "1Z5R89390357567127"),
        ("ｓｆ１０１２３４５６７８９０１", "SF1012345678901"),
        ("SF1012–3456—78901", "SF1012345678901"),
        ("260531-662941284701219", "260531662941284701219"),
    ],
)
def test_normal_form_has_no_spaces_hyphens_or_lower_case(cell, key):
    assert key == normalize_key(cell)


@pytest.mark.parametrize(
    ("cell", "key"),
    [
        ("JDX000123456789-1", "JDX000123456789-1"),
        ("JDX000123456789-1-1-", "JDX000123456789-1-1"),
        ("jdx0001-2345-6789-12", "JDX000123456789-12"),
        ("AB-12", "AB12"),  # too short to be a parcel of something
    ],
)
def test_a_parcel_suffix_is_not_glued_to_the_number(cell, key):
    assert key == normalize_key(cell)


@pytest.mark.parametrize("number", [435233529604913, 4.35e14, b"SF1", ["SF1"]])
def test_an_id_that_is_no_text_is_refused(number):
    with pytest.raises(WrongColumnType, match="must be text, got"):
        clean_key(number)
    with pytest.raises(WrongColumnType, match="must be text, got"):
        normalize_key(number)


SPICE = list("=`'\"@ \t\n-–—0123456789.EeSFsf１ＳＦｓ【】“”‘\u200b\ufeff\xa0\u3000/#\x00\x7f\x85NAnanull无ſıß")
HOSTILE = st.one_of(
    st.text(st.sampled_from(SPICE), max_size=24),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.from_regex(r"[A-Z]{0,3}[0-9-]{5,20}(\.0)?", fullmatch=True),
    st.from_regex(r"'?[0-9]{1,4}([,，][0-9]{3}){1,6}[,.]?0?0?", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.none() | HOSTILE, max_size=30))
@example(["- -", "1-2-3-4-5-12", "SF1012345678901", None, "0.00"])
def test_columns_and_scalars_agree_on_hostile_text(cells):
    frame = pl.DataFrame({"key": pl.Series(cells, dtype=pl.String)})

    assert [clean_key(cell) for cell in cells] == frame.select(clean_expr(pl.col("key")))["key"].to_list()
    assert [normalize_key(cell) for cell in cells] == frame.select(normalize_expr(pl.col("key")))["key"].to_list()


@settings(max_examples=500, deadline=None)
@given(HOSTILE | st.text(max_size=12))
def test_cleaning_again_changes_nothing(cell):
    assert clean_key(cell) == clean_key(clean_key(cell))
    assert normalize_key(cell) == normalize_key(normalize_key(cell))
    assert normalize_key(cell) == normalize_key(clean_key(cell))


def test_the_callers_column_is_not_changed():
    frame = pl.DataFrame({"key": ["'SF1012345678901", "SF1012345678902"]})

    frame.select(normalize_expr(pl.col("key")))

    expected = ["'SF1012345678901", "SF1012345678902"]
    assert expected == frame["key"].to_list()


def test_an_empty_column_and_a_column_of_nulls_stay_what_they_are():
    expected = []
    assert (
        expected
        == pl.DataFrame({"key": pl.Series([], dtype=pl.String)}).select(normalize_expr(pl.col("key")))["key"].to_list()
    )
    expected = [None, None]
    assert expected == pl.DataFrame({"key": [None, None]}).select(normalize_expr(pl.col("key")))["key"].to_list()


def test_a_column_of_whole_numbers_keeps_its_digits():
    frame = pl.DataFrame({"key": [435233529604913, None]})

    expected = ["435233529604913", None]
    assert expected == frame.select(normalize_expr(pl.col("key")))["key"].to_list()


def test_a_column_of_floats_keeps_the_digits_that_are_exact_and_shows_the_exponent_of_the_others():
    frame = pl.DataFrame(
        {"key": [435233529604913.0, float("nan"), None, 6.917926768823643751e18, 2.0**53 - 1, 2.0**53]}
    )

    expected = ["435233529604913", None, None, "6.917926768823644E+18", "9007199254740991", "9.00719925474099E+15"]
    assert expected == frame.select(clean_expr(pl.col("key")))["key"].to_list()


def test_a_column_that_cannot_hold_ids_is_refused_by_name():
    with pytest.raises(WrongColumnType, match=r"column 'key'.*Boolean"):
        pl.DataFrame({"key": [True]}).select(normalize_expr(pl.col("key")))


def test_a_key_of_a_million_characters_is_handled():
    long = "A-" * 500_000

    expected = "A" * 500_000
    assert expected == normalize_key(long)
    expected = ["A" * 500_000]
    assert expected == pl.DataFrame({"key": [long]}).select(normalize_expr(pl.col("key")))["key"].to_list()


def test_lazy_and_streaming_frames_give_the_same():
    frame = pl.DataFrame({"key": ["'sf1012345678901", "SF1012345678902", None] * 100})
    expected = frame.select(normalize_expr(pl.col("key")))["key"].to_list()

    lazy = frame.lazy().select(normalize_expr(pl.col("key")))

    assert expected == lazy.collect()["key"].to_list()
    assert expected == lazy.collect(engine="streaming")["key"].to_list()


@pytest.mark.parametrize("cell", [
    "101,102,103", "1,234,567", "0,123,456,789", "1,234,567,89", "1,2345,678,901", "1234,567,890,123", "1,234,567,890,123.5",
    "1.234.567.890.123", "5116032541422009305,5116032541422009306", "SF1,234,567,890,123",
])  # fmt: skip
def test_commas_that_may_part_several_ids_stay(cell):
    assert cell == clean_key(cell)
    assert "," in normalize_key(cell) or "." in normalize_key(cell)
