from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from oracle.matching import is_nothing
from tieout.errors import MatcherError, WrongColumnType
from tieout.keys.dirt import EMPTY_MARKERS
from tieout.matching import Exact, Matcher, Rule, Same


def holds(left, right, gate=None):
    sides = [pl.DataFrame([{"k": "A1000001", **values}]) for values in (left, right)]
    return Matcher([Rule("r", on=[Exact("k")], given=[gate or Same("v")])]).match(*sides).pairs.height == 1


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("shop 1", "shop 1", True),
        ("shop 1", "Shop 1", False),
        ("shop 1", " shop 1", False),
        ("", "", False),
        (" ", " ", False),
        ("-", "-", False),
        (" - ", " - ", False),
        ("无", "无", False),
        ("n/a", "n/a", False),
        ("-", "shop 1", False),
        ("0", "0", True),
        ("-1", "-1", True),
        (None, None, False),
        (None, "shop 1", False),
        (1, 1, True),
        (1, Decimal("1.0"), True),
        (True, True, True),
        (date(2026, 1, 1), date(2026, 1, 1), True),
        (date(2026, 1, 1), date(2026, 1, 2), False),
    ],
)
def test_attributes_are_equal_as_they_are_and_what_says_nothing_equals_nothing(left, right, expected):
    assert expected == holds({"v": left}, {"v": right})


def test_all_attributes_must_be_equal():
    gate = Same("shop", "carrier")

    assert holds({"shop": "a", "carrier": "sf"}, {"shop": "a", "carrier": "sf"}, gate)
    assert not holds({"shop": "a", "carrier": "sf"}, {"shop": "a", "carrier": "zto"}, gate)


def test_sides_may_name_them_differently():
    assert holds({"shop": "a"}, {"store": "a"}, Same(left="shop", right="store"))


def test_categories_are_compared_by_their_text():
    left = pl.DataFrame({"k": ["A1000001"], "v": pl.Series(["b"], dtype=pl.Categorical)})
    right = pl.DataFrame({"k": ["A1000001"], "v": ["b"]})

    assert Matcher([Rule("r", on=[Exact("k")], given=[Same("v")])]).match(left, right).pairs.height == 1


def test_money_is_the_same_only_in_the_same_currency():
    left = {"amount_minor": 1000, "currency": "CNY"}

    assert holds(left, left, Same("amount"))
    assert not holds(left, {**left, "currency": "USD"}, Same("amount"))


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(WrongColumnType, match="floats are not compared"):
        holds({"v": 1.0}, {"v": 1.0})
    with pytest.raises(WrongColumnType, match="'v' is String on the left and 'v' is Int64 on the right"):
        holds({"v": "1"}, {"v": 1})
    with pytest.raises(MatcherError, match="columns are named once"):
        Same()


def test_a_gate_prints_as_it_is_written():
    assert repr(Same("a", "b")) == "Same('a', 'b')"
    assert repr(Same(left="a", right="b")) == "Same(left=['a'], right=['b'])"


def test_every_marker_of_no_id_but_zero_is_no_attribute():
    for marker in EMPTY_MARKERS - {"0"}:
        assert not holds({"v": marker}, {"v": marker})
        assert is_nothing(marker)


def test_a_marker_is_told_as_missing():
    left, right = [{"k": "A1000001", "v": "-"}], [{"k": "A1000001", "v": "无"}]
    (look,) = Matcher([Rule("r", on=[Exact("k")], given=[Same("v")])]).match(left, right).explain(left=0).looks

    assert "v is missing on the left and the right" in look.sentence
    assert "v 左右两表都为空" in look.sentence_zh
