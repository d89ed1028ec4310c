"""Damage: what each kind keeps, what is certain, and the column saying the same."""

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tieout.keys import Damage, DamageKind, damage, damage_expr, exact_key, exact_key_expr


@pytest.mark.parametrize(
    ("cell", "prefix", "length"),
    [
        ("4.00123E+27", "400123", 28),  # seen in WeChat samples
        ("2.02606041134381e+27", "202606041134381", 28),  # seen in Alipay re-saves
        ("'2.026e+27", "2026", 28),
        ("4,00123E+27", "400123", 28),  # European Excel
        ("４．００１２３Ｅ＋２７", "400123", 28),
        ("6.917926768823644e18", "6917926768823644", 19),
        ("4E+14", "4", 15),
    ],
)
def test_scientific_text_keeps_a_prefix_and_the_length(cell, prefix, length):
    assert Damage(kind=DamageKind.SCIENTIFIC, prefix=prefix, length=length) == damage(cell)


def test_scientific_text_that_shows_every_digit_says_so_but_still_joins_nothing():
    expected = "435233529604913"
    assert expected == damage("4.35233529604913E+14").restored
    assert exact_key("4.35233529604913E+14") is None


@pytest.mark.parametrize(
    "cell", ["SF1012345678901", "4E27", "1E5", "5116032541422009305", "260531-662941284701219", "E+5", "-", None, ""]
)
def test_an_undamaged_id_shows_no_damage(cell):
    assert damage(cell) is None


def test_zeros_after_the_fifteenth_digit_are_a_suspicion_whose_strength_is_the_number_of_zeros():
    found = damage("5116032541422000000")

    assert Damage(kind=DamageKind.ROUNDED_EXCEL, prefix="511603254142200", length=19, chance=0.0001) == found
    assert not found.kind.is_certain
    assert found.kind.is_lossy
    expected = 0.1
    assert expected == damage("5116032541422000").chance


def test_a_json_reader_keeps_one_or_two_digits_more():
    assert Damage(kind=DamageKind.ROUNDED_FLOAT, prefix="6917926768823644", length=19, chance=0.001) == damage(
        "6917926768823644000"
    )


def test_fifteen_digits_with_zeros_are_an_ordinary_number():
    assert damage("435233529600000") is None


def test_a_float_suffix_is_reversible():
    found = damage("435233529604913.0")

    assert (
        Damage(kind=DamageKind.FLOAT_SUFFIX, prefix="435233529604913", length=15, restored="435233529604913") == found
    )
    assert not found.kind.is_lossy
    expected = "435233529604913"
    assert expected == exact_key("435233529604913.0")


def test_groups_of_digits_lose_nothing_and_hide_no_rounding():
    assert None is damage("1,234,567,890,123")
    assert "1234567890123" == exact_key("1,234,567,890,123")
    found = damage("5,116,032,541,422,000,000")
    assert (DamageKind.ROUNDED_EXCEL, "511603254142200") == (found.kind, found.prefix)


def test_a_float_suffix_on_a_rounded_number_does_not_hide_the_rounding():
    assert DamageKind.ROUNDED_EXCEL is damage("5116032541422000000.0").kind


def test_leading_zeros_are_restored_when_the_length_is_known():
    expected = "00012345678"
    assert expected == damage("12345678", length=11).restored
    assert damage("12345678901", length=11) is None
    assert damage("SF12345", length=11) is None


def test_a_character_lost_in_decoding_is_lossy():
    found = damage("SF10123\ufffd5678901")

    assert DamageKind.UNDECODABLE is found.kind
    assert exact_key("SF10123\ufffd5678901") is None


def test_a_suspicion_does_not_stop_an_exact_join():
    expected = "5116032541422000000"
    assert expected == exact_key("5116032541422000000")


def test_each_kind_says_whether_it_loses_digits_and_whether_it_is_certain():
    flags = {kind.value: (kind.is_lossy, kind.is_certain) for kind in DamageKind}

    expected = {
        "scientific": (True, True),
        "undecodable": (True, True),
        "rounded_excel": (True, False),
        "rounded_float": (True, False),
        "float_suffix": (False, True),
        "leading_zeros": (False, False),
    }
    assert expected == flags


SPICE = list("=`' \t-0000123456789.,．，EeSF１＋+\ufffd\u200b")
HOSTILE = st.one_of(
    st.none(),
    st.text(st.sampled_from(SPICE), max_size=24),
    st.from_regex(r"[0-9]{1,20}0{0,6}(\.0)?", fullmatch=True),
    st.from_regex(r"[0-9]{13,17}[1-9]0{0,4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,3}(,[0-9]{3}){3,5}(,000){0,2}(\.0)?", fullmatch=True),
    st.from_regex(r"[='`]?[0-9]([.,][0-9]{1,16})?[eE]\+?[0-9]{1,2}", fullmatch=True),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(HOSTILE, max_size=20), st.sampled_from([None, 11, 15, 18, 20]))
@example([f"{'1' * digits}{'0' * zeros}" for digits in range(13, 20) for zeros in range(5)], None)
def test_columns_and_scalars_agree(cells, length):
    frame = pl.DataFrame({"key": pl.Series(cells, dtype=pl.String)})

    expected = [_as_struct(damage(cell, length=length)) for cell in cells]
    assert expected == frame.select(damage_expr(pl.col("key"), length=length))["key"].to_list()
    assert [exact_key(cell) for cell in cells] == frame.select(exact_key_expr(pl.col("key")))["key"].to_list()


def _as_struct(found):
    if found is None:
        return None
    return {"kind": found.kind.value, "prefix": found.prefix, "length": found.length, "restored": found.restored}


def test_a_float_column_beyond_exact_digits_is_damaged():
    frame = pl.DataFrame({"key": [6.917926768823643751e18, 435233529604913.0]})

    kinds = frame.select(damage_expr(pl.col("key")).struct.field("kind"))["kind"].to_list()
    expected = ["scientific", None]
    assert expected == kinds
    expected = [None, "435233529604913"]
    assert expected == frame.select(exact_key_expr(pl.col("key")))["key"].to_list()
