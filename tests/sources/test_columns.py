"""The kinds of columns: what they take, and which fault they name."""

from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import InputError, MoneyError
from tieout.money import DecimalMark, parse_money, to_minor
from tieout.sources import Amount, Charge, Choice, Count, Flag, Key, Length, Number, Text, Tracking, Weight, Words
from tieout.sources._faults import Conventions

YUAN = Conventions(where="bill.csv", currency="CNY")


def parse(column, *texts, conventions=YUAN):
    parsed = column.parse(pl.Series(texts, dtype=pl.String), conventions)
    return parsed.values.to_list(), [(fault.row, fault.reason) for fault in parsed.faults]


def test_amounts_are_exact_minor_units():
    assert ([1250, 123450, -300, 300, 0, -205], []) == parse(
        Amount("金额", to="amount"), "12.5", "1,234.50", "（3.00）", "¥3", "0.00", "-2.05"
    )


def test_amounts_that_cannot_be_read_name_their_fault():
    values, faults = parse(Amount("金额", to="amount"), "12,5O", "1.005", "USD 3", "#REF!", "nan", None, "-", "1E+15")

    assert [None] * 8 == values
    assert [
        (0, "amount.unreadable"),
        (1, "amount.too_many_decimals"),
        (2, "amount.other_currency"),
        (3, "cell.error"),
        (7, "amount.unreadable"),
    ] == faults


@given(
    st.lists(st.text(st.sampled_from("0123456789.,-+()¥元 "), max_size=9), max_size=8),
    st.sampled_from(["CNY", "JPY", "KWD"]),
)
def test_amounts_in_columns_are_the_amounts_one_by_one(texts, code):
    def one_by_one(text):
        try:
            return to_minor(parse_money(text, code))
        except MoneyError:
            return None

    stripped = [text.strip() or None for text in texts]
    empty = {"-", "--", "---", None}
    expected = [None if text in empty else one_by_one(text) for text in stripped]

    found, _ = parse(Amount("金额", to="amount"), *stripped, conventions=Conventions(where="x", currency=code))

    assert expected == found


def test_amounts_beyond_all_measure_are_faults():
    assert ([None], [(0, "amount.unreadable")]) == parse(Amount("金额", to="amount"), "9" * 21)


def test_amounts_with_a_decimal_comma():
    conventions = Conventions(where="x", currency="EUR", decimal_mark=DecimalMark.COMMA)

    assert ([123450, 5, -100], []) == parse(Amount("a", to="amount"), "1.234,50", "0,05", "-1", conventions=conventions)


def test_amounts_in_the_currency_of_their_line():
    conventions = Conventions(where="x", currency=pl.Series(["CNY", "JPY", "JPY", None]))

    assert ([1250, 12, None, None], [(2, "amount.too_many_decimals")]) == parse(
        Amount("a", to="amount"), "12.5", "12", "12.5", "1", conventions=conventions
    )


def test_finer_amounts_are_rounded_half_up_only_when_asked_and_the_sum_of_it_is_told():
    conventions = Conventions(where="x", currency="CNY", round_amounts=True)
    parsed = Amount("合计", to="amount").parse(pl.Series(["2.575", "-2.575", "0.0049", "1.00"]), conventions)

    assert [258, -258, 0, 100] == parsed.values.to_list()
    assert ["amount.rounded: 3 cells of '合计' were rounded half-up, which added -0.0049 CNY in sum"] == [
        str(note) for note in parsed.notes
    ]


def test_an_amount_may_be_written_with_the_other_sign():
    assert ([-1250], []) == parse(Amount("支出", to="amount", negate=True), "12.5")


def test_an_amount_without_currency_is_refused():
    with pytest.raises(
        InputError, match=r"(?s)the currency of column '金额' is not known.*give constants={'currency': "
    ):
        parse(Amount("金额", to="amount"), "1", conventions=Conventions(where="x", currency=None))


def test_keys_lose_their_guards_and_never_digits():
    values, faults = parse(
        Key("订单号", to="order_id"),
        '="3302710287203084298"',
        "`42000-07",
        "'69179",
        "7.63E+13",
        "1\ufffd2",
        "#N/A",
        "10160070484512.0",
    )

    assert ["3302710287203084298", "42000-07", "69179", None, None, None, "10160070484512"] == values
    assert [(3, "data.id_precision_lost"), (4, "data.id_precision_lost"), (5, "cell.error")] == faults


def test_tracking_numbers_are_compact():
    assert (["SF10123456", "JDX000123456789-1"], []) == parse(
        Tracking("运单号"), " sf 1012-3456", "ＪＤＸ０００１２３４５６７８９－１"
    )


def test_numbers_that_merchants_choose_stay_as_they_are_and_lose_no_digits_unseen():
    values, faults = parse(Key("单号", to="order_id", needed=False, verbatim=True), "1001.0", "1.01E+15", "A-1", "-")

    assert ["1001.0", None, "A-1", None] == values
    assert [(1, "data.id_precision_lost")] == faults


def test_damaged_keys_may_be_kept_and_are_told():
    conventions = Conventions(where="x", currency=None, keep_damaged_ids=True)
    parsed = Tracking("运单号").parse(pl.Series(["7.63E+13", "SF1"]), conventions)

    assert ["7.63E+13", "SF1"] == parsed.values.to_list()
    assert ["data.id_precision_lost: 1 cells of '运单号' lost digits, kept"] == [str(note) for note in parsed.notes]


def test_numbers_that_look_rounded_are_told():
    parsed = Key("订单号", to="order_id").parse(pl.Series(["691792676882364000"]), YUAN)

    assert ["691792676882364000"] == parsed.values.to_list()
    assert ["data.id_maybe_rounded"] == [note.code for note in parsed.notes]


def test_weights_are_exact_grams():
    assert ([Decimal(1300), Decimal(500), Decimal(2500), None], []) == parse(
        Weight("重量", to="weight_g", unit="kg"), "1.3", "500 g", "2.5公斤", "-"
    )
    assert [Decimal("1905.087954")] == parse(Weight("w", to="weight_g", unit="lb"), "4.2")[0]


def test_a_weight_that_is_none_names_its_fault():
    values, faults = parse(Weight("重量", to="weight_g", unit="kg"), "-1", "约2公斤", "1.3cm", "12345678901234567")

    assert [None] * 4 == values
    assert [
        (0, "weight.negative"),
        (1, "weight.unreadable"),
        (2, "weight.unreadable"),
        (3, "weight.unreadable"),
    ] == faults


def test_lengths_are_exact_centimetres():
    assert ([Decimal("28.194"), Decimal(5), Decimal(3)], []) == parse(
        Length("l", to="length_cm", unit="in"), "11.1", "5cm", "30mm"
    )


def test_an_unknown_unit_is_refused():
    with pytest.raises(InputError, match=r"a unit of g, kg, t, lb, oz, 斤 is needed, got 'stone'"):
        Weight("重量", to="weight_g", unit="stone")


def test_numbers_may_be_shares_in_percent():
    assert ([Decimal("0.06"), Decimal(6), None], [(2, "number.unreadable")]) == parse(
        Number("率", to="vat_rate"), "6%", "6", "x"
    )
    assert ([Decimal("0.06")], []) == parse(Number("率", to="vat_rate", percent=True), "6")


def test_counts_are_whole():
    assert ([3, 1200, 2, None], [(3, "number.unreadable")]) == parse(
        Count("件数", to="parcels"), "3", "1,200", "2.0", "2.5"
    )


def test_choices_translate_words_and_fold_their_looks():
    column = Choice("服务", {"运费": "base", "保价": "insurance"}, to="charge_type")

    assert (["base", "insurance", None, None], [(2, "value.unknown")]) == parse(column, "运费", "保 价", "宠物", None)
    assert ["other"] == parse(Choice("服务", {"运费": "base"}, to="charge_type", other="other"), "宠物")[0]


def test_several_words_of_a_cell_are_parted_and_translated():
    column = Words("增值服务", to="requested", values={"签收确认": "signature"})

    assert ([["signature", "上楼"], ["packaging"], None], []) == parse(column, "签收确认、 上楼；", "packaging", "-")


def test_flags_are_yes_or_no():
    assert ([True, False, True, None], [(3, "value.unknown")]) == parse(Flag("f", to="is_cod"), "是", "N", "√", "?")


def test_text_that_means_nothing_is_nothing():
    assert (["易碎", None, None, None], []) == parse(Text("备注", to="description"), "易碎", "--", "/", "#N/A")


def test_a_charge_is_called_by_its_caption():
    assert "_part 偏远 1_minor" == Charge("偏远", "remote_area").name
