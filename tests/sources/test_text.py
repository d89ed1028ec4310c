"""Bytes to text."""

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.errors import CorruptFile, InputError, WrongEncoding
from tieout.sources._content import Content
from tieout.sources._encodings import tell_encoding, utf8_blocks
from tieout.sources._text import decode

BILL = "运单号,金额,备注\nSF1012345678901,12.50,易碎物品请轻放\n"


def content(data):
    return Content(name="bill.csv", data=data)


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
    ],
)
def test_the_encoding_is_told_from_the_bytes(encoding, found):
    text = decode(content(BILL.encode(encoding)))

    assert (BILL, found, False, 0) == (text.text, text.encoding, text.is_guessed, text.broken)


def test_western_text_is_guessed_and_says_so():
    text = decode(content("Beschreibung,Betrag\nGebühr für Rücksendung,12.50\n".encode("cp1252")))

    assert ("cp1252", True) == (text.encoding, text.is_guessed)
    assert "Gebühr für Rücksendung" in text.text


def test_an_encoding_that_is_given_is_taken_at_its_word():
    assert "cp1252" == decode(content("é".encode("cp1252")), "windows-1252").encoding
    assert BILL == decode(content(BILL.encode("gb18030")), "GBK").text


def test_a_wrong_encoding_says_where_it_fails():
    with pytest.raises(WrongEncoding, match=r"bill\.csv: byte 0x[0-9a-f]{2} on line 1 is not valid in utf-8\nHint: "):
        decode(content(BILL.encode("gb18030")), "utf-8")


def test_a_mark_against_the_given_encoding_is_an_error():
    with pytest.raises(WrongEncoding, match="begins with the mark of utf-8, given was gb18030"):
        decode(content(BILL.encode("utf-8-sig")), "gb18030")
    assert BILL == decode(content(BILL.encode("utf-16")), "utf-16").text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_wide_encoding_that_is_given_needs_no_mark(encoding):
    assert BILL == decode(content(BILL.encode(f"{encoding}-le")), encoding).text


def test_an_unknown_encoding_is_an_error():
    with pytest.raises(InputError, match="there is no encoding named 'klingon'"):
        decode(content(b"a"), "klingon")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_half_a_character_at_the_end_is_a_cut_file(encoding):
    data = "运单号,金额,备注".encode(encoding)

    with pytest.raises(CorruptFile, match=r"cut off: its last bytes are half a character"):
        decode(content(data[:-1]))


def test_a_few_damaged_bytes_do_not_cost_the_file():
    lines = [f"SF{number},12.50,易碎物品请轻放" for number in range(20)]
    data = bytearray("\n".join(["运单号,金额,备注", *lines]).encode())
    data[data.index("易碎".encode(), 200)] = 0xFF

    text = decode(content(bytes(data)))

    assert "utf-8" == text.encoding
    assert text.broken > 0


def test_bytes_of_no_text_are_refused():
    with pytest.raises(WrongEncoding):
        decode(content(bytes(range(128, 256)) * 8))
    with pytest.raises(CorruptFile, match="NUL"):
        decode(content(b"a,b\n1,\x00\x00\x00\x01\x02\n"))


@settings(max_examples=300)
@given(
    data=st.one_of(
        st.binary(max_size=40),
        st.text(alphabet="aé订单号，1\n\r,", max_size=20).flatmap(
            lambda text: st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"]).map(text.encode)
        ),
        st.text(alphabet="订单号1\n", min_size=4, max_size=20).flatmap(
            lambda text: st.integers(0, 3).map(lambda cut: text.encode("gb18030")[: -cut or None])
        ),
    ),
    size=st.integers(4, 7),
)
def test_small_blocks_tell_and_decode_what_the_whole_does(data, size):
    def read(size):
        blocks = partial(Content(name="bill.csv", data=data).blocks, size)
        try:
            told = tell_encoding(blocks, where="bill.csv")
        except InputError as cause:
            return type(cause), str(cause)
        return told, b"".join(utf8_blocks(blocks, told))

    assert read(1 << 20) == read(size)
