"""Summaries fit their limit, and give up the document's number last."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import PostingError
from tieout.posting import summary_text

PARTS = {"shop": "旗舰店", "party": "sf_express", "event": "快递费", "ref": "SF202610", "period": "2026-10"}


def gbk(text):
    return len(text.encode("gbk", errors="replace"))


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (40, "旗舰店 sf_express 快递费 SF202610 2026-10"),
        (35, "旗舰店 sf_express 快递费 SF202610 2026-10"),
        (34, "旗舰店 sf_express 快递费 SF202610"),
        (26, "旗舰店 快递费 SF202610"),
        (15, "快递费 SF202610"),
        (11, "快… SF202610"),
        (10, "SF202610"),
        (8, "SF202610"),
        (7, "…202610"),
        (1, "…"),
    ],
)
def test_what_stands_last_goes_first_and_the_number_stays_whole_as_long_as_it_can(limit, expected):
    assert expected == summary_text(PARTS, limit=limit)


def test_the_limit_is_forty_characters():
    parts = {"event": "摊" * 60, "ref": "B1"}

    assert "摊" * 36 + "… B1" == summary_text(parts)
    assert 40 == len(summary_text(parts))


def test_a_format_that_counts_bytes_gives_its_own_measure():
    text = summary_text({"event": "平台结算手续费" * 5, "ref": "S1"}, width=gbk)

    assert "平台结算手续费平台结算手续费平台结… S1" == text
    assert gbk(text) <= 40


def test_blank_and_repeated_parts_stand_once():
    assert "A 快递费" == summary_text({"shop": "A", "party": "A", "event": "快递费", "ref": None, "period": " \t"})


def test_a_party_of_the_same_text_does_not_take_the_number_away():
    assert "SF1" == summary_text({"party": "SF1", "event": "快递费" * 9, "ref": "SF1"}, limit=4)


def test_line_breaks_and_direction_marks_become_spaces():
    assert "a b c" == summary_text({"event": "a\r\nb\u202ec"})


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("cafe\u0301s", 5, "caf…"),  # the accent goes with its letter
        ("नमस्ते दुनिया", 4, "नम…"),
        ("ok 👍🏽 done", 5, "ok…"),
    ],
)
def test_no_character_is_cut_in_half(text, limit, expected):
    assert expected == summary_text({"event": text}, limit=limit)


def test_the_end_of_a_number_is_cut_between_characters():
    assert "…e\u0301" == summary_text({"ref": "e\u0301" * 5}, limit=4)


@pytest.mark.parametrize(("parts", "limit"), [({}, 40), ({"event": None, "ref": "\n"}, 40), (PARTS, 0)])
def test_nothing_to_say_and_no_room_are_refused(parts, limit):
    with pytest.raises(PostingError):
        summary_text(parts, limit=limit)


texts = st.none() | st.text(max_size=30)


@given(
    parts=st.fixed_dictionaries({"shop": texts, "event": texts, "ref": texts, "period": texts}),
    limit=st.integers(min_value=1, max_value=60),
)
def test_a_summary_is_never_too_long_and_holds_a_number_that_fits(parts, limit):
    try:
        text = summary_text(parts, limit=limit)
    except PostingError:
        return
    ref = " ".join((parts["ref"] or "").split())

    assert len(text) <= limit
    assert text == summary_text({"event": text}, limit=limit)
    if ref.isalnum() and len(ref) <= limit:
        assert ref in text
