"""Labels in the rows beside a table, and what stands behind them."""

import pytest

from tieout.sources._captions import Row
from tieout.sources._labels import label_value


def found(cell, *labels):
    return label_value([Row(line=1, line_end=1, cells=(cell, "next"))], *labels)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("月结卡号：0210967957", "0210967957"),
        ("  月 结 卡 号 : 0210967957 账单周期：2025-11", "0210967957"),
        ("客户:A 月结卡号【0210967957】", "0210967957"),
        ("月结卡号", "next"),
        ("新月结卡号：1", None),
        ("月结卡号码：1", None),
        ("月          结卡号：1", None),
    ],
)
def test_what_stands_behind_a_label_is_found_unless_the_label_is_part_of_another_word(cell, value):
    assert value == found(cell, "月结卡号")


def test_the_label_is_found_behind_another_word_that_holds_it():
    assert "2" == found("新月结卡号1 月结卡号：2", "月结卡号")


def test_a_label_is_found_in_any_width_and_case():
    assert "UTC" == found("ＴIME　Ｚone（区）: UTC", "Time zone (区)")


def test_a_cell_of_millions_of_characters_is_searched_once():
    assert "7" == found("字" * 2_000_000 + " " * 500_000 + "月结卡号 " * 100_000 + " 单号：7", "单号")
