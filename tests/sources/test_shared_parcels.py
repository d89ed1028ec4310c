"""Parcels with orders of several files: what the later file says of the parcel costs no order of the earlier one."""

from pathlib import Path

import pytest

import tieout
from tieout.sources import folder_of

GOLDEN = Path(__file__).parent.parent / "golden" / "sources" / "taobao_orders" / "ExportOrderList202605.csv"
TEXT = GOLDEN.read_bytes().decode("gb18030")
FIRST, SECOND = "5116000000000000002", "5116000000000000006"
PARCEL = "YT1600000000002"


def without(*orders, text=TEXT):
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not any(order in line for order in orders)).encode("gb18030")


def in_parcel(*files):
    parcels = tieout.read_folder(list(files)).tables["Shipment"]
    return [[line.platform_order_id for line in parcel.lines] for parcel in parcels if parcel.tracking_no == PARCEL]


def test_both_orders_of_a_parcel_stand_in_the_one_file():
    assert [[FIRST, SECOND]] == in_parcel(GOLDEN)


@pytest.mark.parametrize("files", [
    [without(SECOND), without(FIRST)],
    [without(SECOND), without(FIRST), without(FIRST, "5116000000000000001")],
    [without(SECOND), TEXT.encode("gb18030"), without(FIRST)],
])  # fmt: skip
def test_an_order_that_only_an_earlier_file_has_stays_in_its_parcel(files):
    """Its parcel was replaced by that of the later file, and the order had left in none."""
    assert [[FIRST, SECOND]] == in_parcel(*files)


def test_an_order_that_the_later_file_puts_into_another_parcel_is_in_that_one_alone():
    moved = "".join(
        line.replace(PARCEL, "YT1600000000099") if FIRST in line else line for line in TEXT.splitlines(keepends=True)
    )
    files = [TEXT.encode("gb18030"), moved.encode("gb18030")]

    parcels = {
        one.tracking_no: [line.platform_order_id for line in one.lines]
        for one in tieout.read_folder(files).tables["Shipment"]
    }
    assert ([SECOND], [FIRST]) == (parcels[PARCEL], parcels["YT1600000000099"])


def test_no_order_stands_in_a_parcel_twice():
    (orders,) = in_parcel(GOLDEN, without(FIRST), without(SECOND))

    assert [FIRST, SECOND] == sorted(orders)


def test_a_list_of_parcels_alone_says_all_of_each():
    """It names no orders of its own, so that what it no longer says of a parcel is no longer so."""
    said = {
        "record": "Shipment",
        "columns": {"tracking_no": "运单号", "lines.platform_order_id": "订单号", "lines.quantity": "数量"},
        "by": ["tracking_no"],
        "format": "generic_table",
    }
    earlier, later = (
        tieout.read(f"运单号,订单号,数量\n{PARCEL},{order},1\n".encode(), **said) for order in (FIRST, SECOND)
    )

    (parcel,) = folder_of([earlier, later]).tables["Shipment"]
    assert [SECOND] == [line.platform_order_id for line in parcel.lines]
