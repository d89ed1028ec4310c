"""Amounts in Chinese capitals (大写)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moneyed import Money

from tieout.errors import ReportError
from tieout.reports.pdf import has_capitals, in_capitals

DIGITS = {character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")}
UNITS = {"拾": 10, "佰": 100, "仟": 1000, "万": 10**4, "亿": 10**8}


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角整"),
        ("1", "壹元整"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("1001", "壹仟零壹元整"),
        ("1010.10", "壹仟零壹拾元壹角整"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("10005", "壹万零伍元整"),
        ("100050000", "壹亿零伍万元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000000000", "壹拾亿元整"),
        ("12345000000000", "壹拾贰万叁仟肆佰伍拾亿元整"),
        ("-3.30", "负叁元叁角整"),
    ],
)
def test_an_amount_is_written_as_the_rules_for_bills_allow(amount, said):
    assert f"人民币{said}" == in_capitals(Money(amount, "CNY"))


def test_the_name_of_the_currency_stands_before_it():
    assert "日元壹佰元整" == in_capitals(Money("100", "JPY"))
    assert "港元伍元整" == in_capitals(Money("5.00", "HKD"))


def test_a_currency_of_thousandths_has_no_capitals():
    assert not has_capitals("KWD")
    with pytest.raises(ReportError, match="KWD has 3 decimals"):
        in_capitals(Money("1.001", "KWD"))


def whole(text):
    """The number that Chinese digits say, read by its own rule: what stands left of the largest unit is multiplied by it."""
    for unit in sorted(UNITS, key=UNITS.get, reverse=True):
        if unit in text:
            left, _, right = text.rpartition(unit) if unit == "亿" else text.partition(unit)
            return whole(left) * UNITS[unit] + whole(right)
    return DIGITS[text.strip("零") or "零"]


@given(st.integers(min_value=-(10**17), max_value=10**17))
def test_what_is_written_says_the_same_amount(cents):
    said = in_capitals(Money(Decimal(cents).scaleb(-2), "CNY")).removeprefix("人民币").removesuffix("整")
    sign = -1 if said.startswith("负") else 1
    yuan, _, parts = said.removeprefix("负").rpartition("元")
    tenths, _, rest = parts.rpartition("角")
    hundredths = rest.strip("零").removesuffix("分")

    assert cents == sign * (whole(yuan or "零") * 100 + DIGITS[tenths or "零"] * 10 + DIGITS[hundredths or "零"])
    assert "零零" not in said
