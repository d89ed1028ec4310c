"""Cells: no formula, no half character, no character that an encoding lacks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.ledgers._cells import clipped, encodable, guarded


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", " =", "\t=", "\r=", "\n@", "\x00="])
def test_a_cell_that_begins_like_a_formula_isguarded(start):
    assert guarded(f"{start}1").startswith("'")


@pytest.mark.parametrize("text", ["1=1", "a-b", "运费", "", "'=1"])
def test_other_cells_are_left_alone(text):
    assert text == guarded(text)


@given(text=st.text(), octets=st.integers(0, 20), encoding=st.sampled_from(["gbk", "gb18030", "utf-8", "ascii"]))
def test_any_text_fits_its_bytes_and_can_be_encoded(text, octets, encoding):
    cut = clipped(encodable(text, encoding=encoding), octets=octets, encoding=encoding)

    assert len(cut.encode(encoding)) <= octets


@pytest.mark.parametrize(
    ("text", "octets", "encoding", "expected"),
    [
        ("店铺运费", 8, "gbk", "店铺运费"),
        ("店铺运费", 7, "gbk", "店铺运"),
        ("店铺运费", 6, "gbk", "店铺运"),
        ("a店🚀b", 7, "gb18030", "a店🚀"),
        ("a店🚀b", 6, "gb18030", "a店"),
        ("店铺", 0, "utf-8", ""),
    ],
)
def test_as_many_whole_characters_stay_as_fit(text, octets, encoding, expected):
    assert expected == clipped(text, octets=octets, encoding=encoding)


@given(text=st.text(alphabet="e\u0301费🏻👍", max_size=12), characters=st.integers(0, 12))
def test_what_is_cut_is_the_beginning_and_ends_with_a_whole_character(text, characters):
    cut = clipped(text, characters=characters)

    assert text.startswith(cut)
    assert len(cut) <= characters
    assert not cut or not text[len(cut) :].startswith(("\u0301", "🏻"))
    assert cut == text or len(text) > characters


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("京东🚀运费", "gbk", "京东〓运费"),
        ("京东🚀运费", "gb18030", "京东🚀运费"),
        ("é 5", "ascii", "? 5"),
        ("\ud83d", "gb18030", "〓"),
        ("运费", "gbk", "运费"),
    ],
)
def test_what_an_encoding_lacks_is_replaced_visibly(text, encoding, expected):
    assert expected == encodable(text, encoding=encoding)
