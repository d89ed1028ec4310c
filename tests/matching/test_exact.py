from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import MatcherError, MissingColumn, WrongColumnType
from tieout.keys import exact_key
from tieout.matching import Damaged, Exact, Fuzzy, Matcher, Near, Rule
from tieout.matching.conditions._key_text import exact_form


def evidence(left, right, **options):
    """Evidence of the pair of one left and one right key; None when they do not match."""
    pairs = (
        Matcher([Rule("key", on=[Exact("k", **options)])])
        .match(pl.DataFrame({"k": [left]}), pl.DataFrame({"k": [right]}))
        .pairs
    )
    return pairs["evidence"].to_list()[0] if pairs.height else None


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("SF1012345678901", "SF1012345678901", "raw"),
        ("SF1012345678901", "sf 1012-3456 78901", "normalised"),
        ("SF1012345678901", "'SF1012345678901", "normalised"),
        ("1012345678901", '="1012345678901"', "normalised"),
        ("ＳＦ１０１２３４５６７８９０１", "SF1012345678901", "normalised"),
        ("JDX000123456789-1", "JDX000123456789-2", None),
        ("SF1012345678901", "SF1012345678902", None),
        ("", "", None),
        ("  ", "  ", None),
        (None, None, None),
        ("-", "-", None),
        ("NULL", "NULL", None),
        ("无", "无", None),
        ("4.00123E+27", "4.00123E+27", None),  # digits were lost: it is the same as a million others
        ("691792676882364000", "691792676882364000", "raw, digits may be lost"),  # only a suspicion
    ],
)
def test_text_keys_are_compared_as_they_came_and_then_in_normal_form(left, right, expected):
    assert expected == evidence(left, right)


def test_without_normalising_only_the_same_text_is_the_same_key():
    assert evidence("ABC-100001", "ABC-100001", normalise=False) == "raw"
    assert evidence("ABC-100001", "abc-100001", normalise=False) is None
    assert evidence("-", "-", normalise=False) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1234567890123, "1234567890123"),
        (12345678.0, "12345678"),
        (7, 7),
        (date(2026, 1, 1), date(2026, 1, 1)),
        (True, True),
        (Decimal("1.50"), Decimal("1.5")),
        (2, Decimal("2.00")),
    ],
)
def test_keys_of_other_types_match_where_they_mean_the_same(left, right):
    assert evidence(left, right) is not None


def test_the_raw_key_wins_over_the_normalised_one():
    left = pl.DataFrame({"k": ["SF1012345678901"]})
    right = pl.DataFrame({"k": ["sf1012345678901", "SF1012345678901"]})

    pairs = Matcher([Rule("key", on=[Exact("k")])]).match(left, right).pairs

    assert [(0, 1, "confirmed", "raw", 1.0)] == pairs.select("left", "right", "status", "evidence", "score").rows()


def test_several_keys_must_all_be_equal():
    left = [
        {"no": "A1000001", "day": date(2026, 1, 1)},
        {"no": "A1000001", "day": date(2026, 1, 2)},
        {"no": "A1000001", "day": None},
    ]
    right = [{"waybill": "A1000001", "shipped": date(2026, 1, 2)}, {"waybill": "A1000001", "shipped": None}]

    result = Matcher([Rule("key", on=[Exact(left=["no", "day"], right=["waybill", "shipped"])])]).match(left, right)

    assert [(1, 0)] == result.pairs.select("left", "right").rows()


def test_an_amount_is_the_same_key_only_in_the_same_currency():
    left = pl.DataFrame({"no": ["A1000001"] * 2, "amount_minor": [1000, 1000], "currency": ["CNY", "JPY"]})
    right = pl.DataFrame({"no": ["A1000001"], "amount": [Decimal("10.00")], "currency": ["CNY"]})

    result = Matcher([Rule("key", on=[Exact("no", "amount")])]).match(left, right)

    assert [(0, 0)] == result.pairs.select("left", "right").rows()


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (Exact, "columns are named once for both sides"),
        (lambda: Exact("a", left="b", right="c"), "columns are named once for both sides"),
        (lambda: Exact(left="b"), "columns are named once for both sides"),
        (lambda: Exact(left=["a", "b"], right="c"), "columns are named once for both sides"),
        (lambda: Exact(""), "a column name is needed, got ''"),
        (lambda: Exact(3), "a column name is needed, got 3"),
    ],
)
def test_a_key_that_names_no_columns_is_refused(build, text):
    with pytest.raises(MatcherError) as caught:
        build()

    assert text in str(caught.value)


def test_an_unknown_column_is_named_with_what_is_there():
    matcher = Matcher([Rule("same parcel", on=[Exact("tracking_nr")])])

    with pytest.raises(MissingColumn) as caught:
        matcher.match(pl.DataFrame({"tracking_no": ["a"], "day": [1]}), pl.DataFrame({"tracking_nr": ["a"]}))

    expected = (
        "rule 'same parcel': left side, Exact: column 'tracking_nr' not found; columns found: 'tracking_no', 'day'\n"
        "Hint: did you mean 'tracking_no'?"
    )
    assert expected == str(caught.value)
    assert caught.value.missing == ("tracking_nr",)


@pytest.mark.parametrize(
    ("left", "right"),
    [("2026-01-01", date(2026, 1, 1)), (1, date(2026, 1, 1)), (True, 1), (Decimal(1), "1"), ([1], [1])],
)
def test_keys_that_cannot_mean_the_same_are_refused(left, right):
    with pytest.raises(WrongColumnType) as caught:
        evidence(left, right)

    assert "'k' is" in str(caught.value)


@given(st.lists(st.one_of(st.none(), st.text(max_size=12), st.from_regex(r"[0-9A-Z]{5,}", fullmatch=True))))
def test_the_short_way_to_the_exact_form_is_the_long_one(texts):
    texts = [None if text is None else text.encode("utf-8", "ignore").decode() for text in texts]
    frame = pl.DataFrame({"k": texts}, schema={"k": pl.String})

    assert [exact_key(text) for text in texts] == frame.select(exact_form(pl.col("k")))["k"].to_list()


def test_one_pair_of_two_keys_is_raw_only_when_both_came_alike():
    left, right = [{"a": "SF1012345678901", "b": "x"}], [{"a": "sf-1012345678901", "b": "x"}]

    pairs = Matcher([Rule("both", on=[Exact("a", "b")])]).match(left, right).pairs

    assert ["normalised"] == pairs["evidence"].to_list()


def test_a_number_that_looks_cut_is_no_key_by_itself_but_is_one_with_evidence():
    cut = "6917926768823640000"
    left, right = [{"no": cut, "amount": 100}], [{"no": cut, "amount": 100}]

    alone = Matcher([Rule("key", on=[Exact("no")])]).match(left, right).pairs
    beyond_doubt = Matcher([Rule("key", on=[Exact("no")], doubt=False)]).match(left, right).pairs
    corroborated = Matcher([Rule("key", on=[Exact("no")], given=[Near("amount", by=0)])]).match(left, right).pairs

    assert [("suggested", "raw, digits may be lost")] == alone.select("status", "evidence").rows()
    assert [("confirmed", "raw")] == beyond_doubt.select("status", "evidence").rows()
    assert [("confirmed", "raw")] == corroborated.select("status", "evidence").rows()


def test_what_a_rule_doubted_is_not_confirmed_by_a_later_one_that_reads_no_more():
    day = date(2026, 10, 1)
    left = [{"no": "RB123456785GB", "amount": 100, "day": day, "shop": "a"}]
    right = [{"no": "RC123456785GB", "amount": 100, "day": day, "shop": "a"}]
    searched = Rule("searched", on=[Fuzzy("no")], given=[Near("amount", by=0), Near("day", days=5)])
    again = Rule("again", on=[Exact("amount"), Damaged("no")], given=[Near("day", days=5)])
    same_day = Rule("same day", on=[Exact("amount", "day")])
    shop = Rule("shop", on=[Exact("amount", "shop")])

    doubted = [("searched", "suggested", "1 edit, both check digits right")]
    for later, expected in (
        (again, doubted),
        (same_day, doubted),
        (shop, [("shop", "confirmed", "raw")]),
    ):
        found = Matcher([searched, later]).match(left, right).pairs
        assert expected == found.select("rule", "status", "evidence").rows()
