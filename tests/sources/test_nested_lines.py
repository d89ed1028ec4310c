"""Rows of a mapped table that are lines of one record: articles of a parcel, of a case, of a purchase, of a count."""

from decimal import Decimal

import pytest
from moneyed import Money

import tieout
from tieout.errors import InputError
from tieout.model import StockCountLine

COUNT = """盘点单,仓库,盘点时间,商品,账面,实盘,成本
N-10,杭州,2026-10-31 20:00,lamp,120,119,80.00
N-10,杭州,2026-10-31 20:00,kettle,90,90,110.00
N-11,义乌,2026-10-31 21:00,lamp,7,7,80.00
"""
MAPPING = {
    "record": "StockCount",
    "by": ["count_id"],
    "currency": "CNY",
    "timezone": "Asia/Shanghai",
    "columns": {
        "count_id": "盘点单",
        "warehouse": "仓库",
        "as_of": "盘点时间",
        "lines.sku": "商品",
        "lines.book_quantity": "账面",
        "lines.counted_quantity": "实盘",
        "lines.unit_cost": "成本",
    },
}


def read(text, **more):
    return tieout.read(text.encode(), format="generic_table", mapping=MAPPING | more)


def test_rows_of_one_number_are_one_record_with_its_lines():
    batch = read(COUNT)

    first, second = batch.records
    assert ["N-10", "N-11"] == [first.count_id, second.count_id]
    assert first.lines == (
        StockCountLine(
            sku="lamp",
            book_quantity=Decimal(120),
            counted_quantity=Decimal(119),
            unit_cost=Money("80.00", "CNY"),
        ),
        StockCountLine(
            sku="kettle", book_quantity=Decimal(90), counted_quantity=Decimal(90), unit_cost=Money("110.00", "CNY")
        ),
    )
    assert (1, 4) == (len(second.lines), second.provenance.line)
    assert batch.control.holds


def test_rows_that_say_different_things_of_one_record_are_told():
    batch = read(COUNT.replace("N-10,杭州,2026-10-31 20:00,kettle", "N-10,义乌,2026-10-31 20:00,kettle"))

    assert not batch.control.holds
    assert ["the rows of N-10 contradict each other: '仓库'"] == [one.text for one in batch.control.findings]


def test_a_line_that_lacks_what_every_line_needs_refuses_the_whole_record():
    batch = read(COUNT.replace("kettle,90,90", "kettle,,90"))

    assert ["N-11"] == [one.count_id for one in batch.records]
    assert {"value.missing", "record.incomplete"} == {one.reason for one in batch.rejects}
    assert batch.control.holds


def test_a_row_that_says_nothing_of_a_line_adds_none():
    cases = "售后单,类型,商品,件数\nC1,仅退款,,\nC2,退货退款,lamp,1\n"
    batch = tieout.read(
        cases.encode(),
        format="generic_table",
        record="Return",
        by="return_id",
        columns={"return_id": "售后单", "kind": "类型", "lines.sku": "商品", "lines.quantity_requested": "件数"},
        values={"kind": {"仅退款": "refund_only", "退货退款": "return_refund"}},
        timezone="Asia/Shanghai",
    )
    assert [("C1", 0), ("C2", 1)] == [(one.return_id, len(one.lines)) for one in batch.records]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"by": None}, "lines of a record are said by columns such as lines.sku"),
        ({"by": ["supplier"]}, "'supplier' is named, but no column fills it"),
        ({"record": "BankTransaction", "columns": {"booked_on": "盘点时间", "lines.sku": "商品"}}, "has no lines"),
        ({"columns": {"count_id": "盘点单", "as_of": "盘点时间"}}, "lines of a record are said by columns"),
    ],
)
def test_a_mapping_of_lines_that_makes_no_sense_is_refused(more, says):
    with pytest.raises(InputError, match=says):
        read(COUNT, **more)


def test_lines_without_what_each_of_them_needs_are_refused_before_any_is_read():
    """The file was read, and the first look at its records failed."""
    parcels = "运单号,商品编码\nSF1012345678901,LAMP\nSF1012345678901,CUP\n"
    columns = {"tracking_no": "运单号", "lines.sku": "商品编码"}

    with pytest.raises(InputError, match="ShipmentLine needs quantity") as found:
        tieout.read(parcels.encode(), format="generic_table", record="Shipment", by=["tracking_no"], columns=columns)

    assert "lines.quantity" in found.value.hint
