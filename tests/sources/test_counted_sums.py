"""Rows of sums that say their month, or how many lines they sum: read as records, their money would count twice."""

import pytest

import tieout

CHARGES = "单号,日期,费用,备注\n784400000012,2026-10-01,10.00,灯\n784400000013,2026-10-01,12.00,壶\n"
BILL = {
    "format": "generic_table",
    "record": "CourierCharge",
    "currency": "CNY",
    "constants": {"carrier": "zto", "charge_type": "all_in"},
    "columns": {"tracking_no": "单号", "ship_date": "日期", "amount": "费用", "description": "备注"},
}


def read(rows):
    return tieout.read((CHARGES + rows).encode(), **BILL)


def amounts(batch):
    return batch.records.to_polars()["amount_minor"].to_list()


@pytest.mark.parametrize("word", [
    "合计：2单", "合计(2票)", "合计2单", "总计 2 单", "共2单", "共计 2 笔", "合计：2票，22.00元", "Total: 2 orders", "TOTAL (2)",
    "Grand total: 2 parcels",
])  # fmt: skip
def test_a_sum_that_says_how_many_lines_it_sums_is_no_line(word):
    batch = read(f'"{word}",,22.00,\n')

    assert ([1000, 1200], []) == (amounts(batch), list(batch.rejects))
    assert f"{word} 费用" in [check.name for check in batch.control.proof.checks]
    assert batch.control.holds


@pytest.mark.parametrize("word", [
    "合計", "總計：", "総計", "합계", "Summe", "Gesamtsumme:", "TOTAL GENERAL", "Total général", "Suma", "Totale", "Totaal", "Toplam",
    "Итого:", "Jumlah", "Tổng cộng", "รวม",
])  # fmt: skip
def test_a_sum_in_another_language_is_no_line_and_is_held_to_the_lines(word):
    batch = read(f"{word},,23.00,\n")

    assert ([1000, 1200], []) == (amounts(batch), list(batch.rejects))
    assert "IS OFF BY 1.00 CNY" in str(batch.control.proof)


@pytest.mark.parametrize("word", ["小計", "소계", "Zwischensumme", "Sous-total", "Sub-total"])
def test_a_sum_of_a_part_in_another_language_is_no_line_and_not_held_to_all_lines(word):
    batch = read(f"{word},,5.00,\n")

    assert ([1000, 1200], True) == (amounts(batch), batch.control.holds)


@pytest.mark.parametrize("row", ["合计：2单,,22.00,", ",合计：2单,22.00,"])
def test_it_is_found_in_the_first_cell_that_is_not_blank(row):
    batch = read(f"{row}\n")

    assert ([1000, 1200], []) == (amounts(batch), list(batch.rejects))


def test_it_is_held_to_the_lines_that_it_sums():
    batch = read("合计：2单,,23.00,\n")

    assert not batch.control.holds
    assert "IS OFF BY 1.00 CNY" in str(batch.control.proof)


@pytest.mark.parametrize("word", ["10月合计", "2026年10月合计：2单", "2026-10月小计", "小计：2单"])
def test_a_sum_of_a_month_or_a_part_is_no_line_and_not_held_to_all_lines(word):
    batch = read(f"{word},,5.00,\n")

    assert [1000, 1200] == amounts(batch)
    assert ["lines"] == [check.name for check in batch.control.proof.checks]
    assert batch.control.holds


def test_a_line_whose_goods_are_counted_is_still_a_line():
    """Its number is missing, so it is refused and listed; were it taken for a sum, its money would vanish."""
    batch = read(",2026-10-02,7.00,共3件\n")

    assert [1000, 1200] == amounts(batch)
    assert ["input:4: column '单号': is blank"] == [str(reject) for reject in batch.rejects]


@pytest.mark.parametrize("number", ["TOTAL2", "TOTAL-0002", "共享2单", "合计单A17", "SUMMER", "SUMA-7"])
def test_a_number_that_only_looks_like_a_sum_is_a_number(number):
    orders = f"订单编号,状态\n{number},paid\n"
    batch = tieout.read(
        orders.encode(),
        format="generic_table",
        record="Order",
        currency="CNY",
        constants={"platform": "tmall"},
        columns={"platform_order_id": "订单编号", "status": "状态"},
    )

    assert [number] == [order.platform_order_id for order in batch.records]
