import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oracle import damage
from tieout.errors import MatcherError, MissingColumn, WrongColumnType
from tieout.matching import Contains, Exact, Matcher, Near, Rule
from tieout.matching.conditions import _text_runs
from tieout.matching.conditions._text_runs import folded_text
from tieout.matching.conditions.contains import TextSearch

IDS = [
    "5116032541422009305",
    "SF1012345678901",
    "1012345678901",
    "JDX000123456789-1",
    "JDX0001234567891",
    "123456",
    "12345",
    "AB1234",
    "SHOP_123456",
    "11312345671234567",
    "PAYMENT",
]
PIECES = [
    "5116032541422009305",
    "SF1012345678901",
    "sf 1012-3456 78901",
    "ＳＦ１０１２３４５６７８９０１",
    "1012345678901",
    "JDX000123456789-1",
    "123456",
    "1234 56",
    "12-34-56",
    "AB 1234",
    "ab1234",
    "SHOP_123456",
    "113-1234567-1234567",
    "T200P",
    "订单号",
    "：",
    "-",
    " ",
    "  ",
    "\u3000",
    "\u200b",
    "😀",
    "X",
    "9",
    "_",
    ".0",
    "payment",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=6).map("".join)
SMALL = st.text("01AB-_ 单", max_size=14)


def keyed(texts, blocks=None):
    frame = pl.DataFrame({"key": texts}, schema={"key": pl.String})
    return frame.with_columns(pl.Series("block", blocks or [7] * len(texts), dtype=pl.UInt64))


def folded(texts):
    return pl.Series("key", texts, dtype=pl.String).to_frame().select(folded_text(pl.col("key")))["key"].to_list()


def found(ids, texts, min_length=6, limit=10**6):
    pairs = TextSearch(text="right", min_length=min_length).find(keyed(ids), keyed(texts), limit=limit).rows()
    return sorted((ids[one], texts[other], steps) for one, other, steps in pairs)


def brute(ids, texts, min_length=6):
    pairs = ((key, text, damage.contained(key, text, min_length)) for key in ids for text in texts)
    return sorted(pair for pair in pairs if pair[2] is not None)


@given(st.one_of(TEXTS, SMALL))
def test_a_text_is_folded_as_the_definition_says(text):
    assert [damage.folded(text)] == folded([text])


@settings(max_examples=200)
@given(st.lists(TEXTS, max_size=5))
def test_known_ids_are_found_as_the_definition_says(texts):
    texts = sorted({damage.folded(text) for text in texts})

    assert brute(IDS, texts) == found(IDS, texts)


@settings(max_examples=200)
@given(
    st.lists(SMALL.map(damage.form), max_size=8, unique=True),
    st.lists(SMALL, max_size=5, unique=True),
    st.integers(4, 7),
)
def test_small_ids_are_found_in_small_texts_as_the_definition_says(ids, texts, min_length):
    ids, texts = [key for key in ids if key], sorted({damage.folded(text) for text in texts})

    assert brute(ids, texts, min_length) == found(ids, texts, min_length)


@settings(max_examples=50)
@given(st.lists(TEXTS, max_size=4))
def test_steps_of_given_pairs_are_those_of_the_search(texts):
    pairs = [(key, damage.folded(text)) for key in IDS for text in texts]
    search = TextSearch(text="left", min_length=6)

    expected = [damage.contained(*pair) for pair in pairs]
    assert expected == search.steps([text for _, text in pairs], [key for key, _ in pairs])


def test_batches_do_not_change_what_is_found(monkeypatch):
    texts = [f"paid {key} {at}" for at, key in enumerate(IDS)]
    expected = brute(IDS, [damage.folded(text) for text in texts])
    monkeypatch.setattr(_text_runs, "_BATCH_CHARS", 20)

    assert len(expected) > 8
    assert expected == found(IDS, folded(texts))


def test_only_ids_and_texts_of_one_block_meet():
    pairs = TextSearch(text="right", min_length=6).find(
        keyed(["SF1012345678901", "SF1012345678901"], [1, 2]), keyed(["SF1012345678901"], [2]), limit=10
    )

    assert [(1, 0, 1)] == pairs.rows()


def links(left, right, *, key=None, given=(), pairing="1:1"):
    key = key or Contains(left="order_no", right="memo")
    return (
        Matcher([Rule("named", on=[key], given=given, pairing=pairing)])
        .match(left, right)
        .pairs.select("left", "right", "status", "evidence")
        .rows()
    )


def orders(*numbers):
    return [{"order_no": number, "amount": 5} for number in numbers]


def memos(*texts, amount=5):
    return [{"memo": text, "amount": amount} for text in texts]


TID, OTHER = "5116032541422009305", "5116032541422009306"
CASES = {
    "a long id that stands for itself needs nothing else": (
        orders(TID, OTHER),
        memos(f"订单号{TID}，退差价"),
        [(0, 0, "confirmed", "in the text")],
    ),
    "full-width digits and hyphens are read": (
        orders("113-1234567-1234567"),
        memos("Ｏｒｄｅｒ #１１３－１２３４５６７－１２３４５６７"),
        [(0, 0, "confirmed", "in the text")],
    ),
    "letters beside the digits need evidence": (
        orders(TID),
        memos(f"T200P{TID}"),
        [(0, 0, "suggested", "in the text, beside letters")],
    ),
    "an id over spaces needs evidence": (
        orders("SF1012345678901"),
        memos("sf 1012 3456 78901 收"),
        [(0, 0, "suggested", "in the text, in pieces")],
    ),
    "a parcel of the id is not the id": (
        orders("JDX000123456789"),
        memos("退回 JDX000123456789-2"),
        [(0, 0, "suggested", "in the text, in pieces")],
    ),
    "a short id may stand there by chance": (
        orders("123456"),
        memos("order 123456"),
        [(0, 0, "suggested", "in the text, a short id")],
    ),
    "a shorter one is not looked for": (orders("12345"), memos("order 12345"), []),
    "nor a word": (orders("PAYMENT"), memos("payment"), []),
    "part of a longer number is nothing": (orders("12345678"), memos("9123456780", "912345678"), []),
    "a scientific text is no id": (orders("4.00123E+27"), memos("4.00123E+27"), []),
    "a text that names two known ids is for a person": (
        orders(TID, OTHER),
        memos(f"{TID} {OTHER}"),
        [(0, 0, "suggested", "in the text"), (1, 0, "suggested", "in the text")],
    ),
    "and so is an id that two texts name": (
        orders(TID),
        memos(f"{TID} 货款", f"{TID} 运费"),
        [(0, 0, "suggested", "in the text"), (0, 1, "suggested", "in the text")],
    ),
    "no text and no id are nothing": (orders(TID, None, ""), memos(None, "", "-", "无"), []),
}


@pytest.mark.parametrize("name", CASES)
def test_an_id_in_a_text(name):
    left, right, expected = CASES[name]

    assert expected == sorted(links(left, right))


def test_gates_corroborate_what_may_stand_there_by_chance():
    left, right = orders("123456", "T200X1"), memos("order 123456", amount=6)

    assert [(0, 0, "confirmed", "in the text, a short id")] == links(left, right, given=[Near("amount", by=1)])
    assert [] == links(left, right, given=[Near("amount", by=0)])


def test_the_free_text_may_be_the_left_side():
    key = Contains(left="memo", right="order_no", text="left")

    assert [(0, 0, "confirmed", "in the text")] == links(memos(f"paid {TID}."), orders(TID), key=key)


def test_an_explanation_says_how_the_id_stands_there():
    result = Matcher([Rule("named", on=[Contains(left="order_no", right="memo")])]).match(orders(TID), memos(f"T{TID}"))

    assert "in the text, beside letters" in str(result.explain(left=0))


def test_a_memo_of_a_million_characters_is_read():
    words = "a1-" * 333_333
    left, right = orders("SF1012345678901", "A1A1A1A1", "A" * 10**6), memos(f"{words} SF1012345678901 {words}", words)

    assert [(0, 0, "suggested"), (1, 0, "suggested"), (1, 1, "suggested")] == sorted(
        (one, other, status) for one, other, status, _ in links(left, right)
    )


def test_texts_that_all_name_one_id_are_an_error_and_not_an_exhausted_memory():
    frame = pl.DataFrame({"key": [f"{TID} {at}" for at in range(200)], "block": pl.Series([0] * 200, dtype=pl.UInt64)})

    with pytest.raises(MatcherError, match="candidate pairs"):
        TextSearch(text="right", min_length=6).find(keyed([TID], [0]), frame, limit=100)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Contains("a", text="up"), "text='up' is no side"),
        (lambda: Contains("a", min_length=3), "min_length=3 is impossible"),
        (lambda: Contains("a", min_length=True), "min_length=True is impossible"),
        (lambda: Contains(left="a"), "columns are named once for both sides"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(build, words):
    with pytest.raises(MatcherError, match=words):
        build()


def test_columns_that_hold_no_ids_and_no_text_are_refused():
    with pytest.raises(WrongColumnType, match="free text is text, 'memo' is Int64"):
        links(orders(TID), [{"memo": 1}])
    with pytest.raises(WrongColumnType, match="ids are text, 'order_no' is Boolean"):
        links([{"order_no": True}], memos("x"))
    with pytest.raises(MissingColumn):
        links(orders(TID), [{"note": "x"}])


def test_it_prints_as_it_is_written():
    assert "Contains('a', text='left', min_length=8)" == repr(Contains("a", text="left", min_length=8))
    assert Contains("a") == Contains(left="a", right="a")
    assert Contains("a") != Exact("a")
