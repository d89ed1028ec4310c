"""Pseudonyms: equal people get equal tokens, and nobody without the key can tell who they are."""

import hashlib
import hmac

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import InvalidField
from tieout.privacy import PiiClass, Pseudonymizer

KEY = "an example key of enough bytes"
PSEUDONYMS = Pseudonymizer(key=KEY)


@pytest.mark.parametrize(
    ("one", "other", "pii"),
    [
        ("13812345678", "+86 138-1234-5678", PiiClass.PHONE),
        ("13812345678", "１３８１２３４５６７８", PiiClass.PHONE),
        ("13812345678", "008613812345678", PiiClass.PHONE),
        ("0571-88886666", "+86 571 88886666", PiiClass.PHONE),
        ("张三", " 张 三 先生", PiiClass.NAME),
        ("Mr. John Smith", "john smith", PiiClass.NAME),
        ("广东省深圳市南山区某路1号", "广东省 深圳市 南山区，某路１号", PiiClass.ADDRESS),
        ("6222 0212 3456 7890 128", "6222021234567890128", PiiClass.BANK_ACCOUNT),
        ("Buyer@Example.com ", "buyer@example.com", PiiClass.HANDLE),
    ],
)
def test_the_same_person_written_otherwise_has_the_same_token(one, other, pii):
    assert PSEUDONYMS.token(one, pii) == PSEUDONYMS.token(other, pii)


@pytest.mark.parametrize(
    ("one", "other", "pii"),
    [
        ("13812345678", "13812345679", PiiClass.PHONE),
        ("13812345678-0012", "13812345678-0013", PiiClass.PHONE),  # a virtual number and its extension
        ("a.b@example.com", "ab@example.com", PiiClass.HANDLE),
        ("张三", "李四", PiiClass.NAME),
        ("+1 415 555 0100", "14155550100", PiiClass.PHONE),  # American, and a Chinese mobile
    ],
)
def test_other_people_have_other_tokens(one, other, pii):
    assert PSEUDONYMS.token(one, pii) != PSEUDONYMS.token(other, pii)


def test_the_token_is_hmac_sha256_over_class_and_normal_form():
    expected = hmac.new(KEY.encode(), b"phone\x00+8613812345678", hashlib.sha256).hexdigest()[:32]

    assert expected == PSEUDONYMS.token("138 1234 5678", PiiClass.PHONE)


def test_a_name_and_an_equal_nick_have_different_tokens():
    assert PSEUDONYMS.token("张三", PiiClass.NAME) != PSEUDONYMS.token("张三", PiiClass.HANDLE)


def test_another_key_gives_another_token():
    assert PSEUDONYMS.token("张三", PiiClass.NAME) != Pseudonymizer(key=KEY + "!").token("张三", PiiClass.NAME)


@pytest.mark.parametrize("value", [None, "", " ", "-", "张**", "138****5678"])
def test_what_identifies_nobody_has_no_token(value):
    assert PSEUDONYMS.token(value, PiiClass.PHONE if value and value[0] == "1" else PiiClass.NAME) is None


@pytest.mark.parametrize("key", ["", b"", "short", b"123456789012345", None, 7])
def test_an_empty_or_short_key_is_refused_without_showing_it(key):
    with pytest.raises(InvalidField, match="at least 16 bytes") as caught:
        Pseudonymizer(key=key)

    assert caught.value.value is None
    assert "short" not in str(caught.value).replace("at least", "")


def test_the_key_is_never_printed():
    assert KEY not in repr(PSEUDONYMS)


@given(
    st.lists(st.none() | st.text(max_size=8).filter(lambda text: text.isprintable()), max_size=12),
    st.sampled_from(PiiClass),
)
def test_columns_and_scalars_agree(values, pii):
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.String)})

    expected = [PSEUDONYMS.token(value, pii) for value in values]
    assert expected == frame.select(PSEUDONYMS.token_expr(pl.col("value"), pii))["value"].to_list()


def test_a_lone_surrogate_is_hashed_like_any_other_character():
    assert 32 == len(PSEUDONYMS.token("张\ud800", PiiClass.HANDLE))
