"""Rows become orders: put together exactly, refused whole, and checked against what the file says they come to."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from moneyed import Money

import tieout
from tieout.model import DiscountKind, Funder, OrderStatus
from tieout.sources import Amount, Choice, Document, Key, Moment, Number, Price, Text
from tieout.sources._order_rows import order_status
from tieout.sources._orders import Less, OrderRows, order_format

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
LESS = (
    Less("_shop_minor", "shop_coupon", "merchant"),
    Less("_row_off_minor", "platform_coupon", "platform", settled=True),
)
COLUMNS = (
    Key("order", to="platform_order_id", whole=True),
    Key("shop", to="shop_id", needed=False, optional=True),
    Choice("state", {"new": "paid", "gone": "shipped", "off": "closed"}, to="status", optional=True, lenient=True),
    Moment("sent", to="shipped_at", optional=True),
    Key("line", to="_item.platform_sub_order_id", needed=False, optional=True),
    Text("sku", to="_item.sku"),
    Number("pieces", to="_item.quantity", needed=True),
    Price("price", to="_item.unit_price"),
    Price("freight", to="freight_charged", optional=True),
    Price("coupon", to="_shop", optional=True),
    Price("off", to="_row.off", optional=True),
    Amount("pays", to="_pays", optional=True),
    Amount("back", to="_back", optional=True),
    Text("waybill", to="_row.tracking_no", optional=True),
)


def read(text, *, columns=COLUMNS, options=None, **rows):
    said = {"less": LESS, "payable": "_pays_minor", "refund": "_back_minor", **rows}
    made = order_format(
        columns, OrderRows(**said), currency="CNY", timezone="Asia/Shanghai", constants={"platform": "taobao"}
    )
    return made.read(Document.of_bytes(text.encode()), name="some_orders", options=options or {})


def cny(amount):
    return Money(amount, "CNY")


def test_rows_of_one_order_become_one_order_with_its_lines():
    batch = read(
        "order,sku,pieces,price,freight,coupon,pays\n7,A,2,10.00,5.00,3.00,27.50\n7,B,1,5.50,5.00,3.00,27.50\n8,A,1,1.00,0,0,1.00\n"
    )
    first, second = batch.records

    assert [("A", Decimal(2)), ("B", Decimal(1))] == [(line.sku, line.quantity) for line in first.lines]
    assert cny("25.50") == first.goods_gross
    assert cny("27.50") == first.buyer_payable
    assert ("7", 2, 3) == (first.platform_order_id, first.provenance.line, first.provenance.line_end)
    assert cny("1.00") == second.buyer_payable
    assert () == second.discounts
    assert batch.control.holds, str(batch.control)


def test_an_amount_that_repeats_on_each_row_is_counted_once():
    batch = read("order,sku,pieces,price,coupon,pays\n7,A,1,10.00,3.00,17.00\n7,B,1,10.00,3.00,17.00\n")

    assert [cny("3.00")] == [discount.amount for discount in next(iter(batch.records)).discounts]


def test_an_amount_of_which_each_row_has_a_share_is_summed():
    batch = read(
        "order,sku,pieces,price,freight,pays\n7,A,1,10.00,3.00,24.00\n7,B,1,10.00,1.00,24.00\n",
        summed=("freight_charged_minor",),
    )

    assert cny("4.00") == next(iter(batch.records)).freight_charged
    assert batch.control.holds


def test_a_reduction_of_a_row_belongs_to_its_line():
    batch = read("order,line,sku,pieces,price,off,pays\n7,71,A,1,10.00,2.00,18.00\n7,72,B,1,10.00,,18.00\n")
    order = next(iter(batch.records))
    (discount,) = order.discounts

    assert (DiscountKind.PLATFORM_COUPON, Funder.PLATFORM, cny("2.00"), "71") == (
        discount.kind,
        discount.funder,
        discount.amount,
        discount.line_id,
    )
    assert (cny("18.00"), cny("20.00")) == (order.buyer_payable, order.merchant_receivable)
    assert [cny("2.00"), cny("0.00")] == [line.line_discount for line in order.lines]


def test_rows_that_contradict_each_other_are_findings_and_the_first_counts():
    batch = read("order,sku,pieces,price,freight\n7,A,1,10.00,5.00\n7,B,1,1.00,6.00\n8,A,1,1.00,1.00\n")

    assert cny("5.00") == next(iter(batch.records)).freight_charged
    assert ["the rows of order 7 contradict each other: column 'freight': 5.00, 6.00"] == [
        finding.text for finding in batch.control.findings
    ]
    assert ["orders whose rows agree"] == [check.name for check in batch.control.failures]


def test_a_blank_cell_contradicts_nothing():
    batch = read("order,sku,pieces,price,freight\n7,A,1,10.00,5.00\n7,B,1,1.00,\n")

    assert cny("5.00") == next(iter(batch.records)).freight_charged
    assert batch.control.holds


def test_an_order_is_refused_whole_when_one_of_its_lines_cannot_be_read():
    batch = read("order,sku,pieces,price\n7,A,1,10.00\n7,B,1,1O.00\n8,C,1,1.00\n")

    assert ["8"] == [order.platform_order_id for order in batch.records]
    assert [(2, "record.incomplete"), (3, "amount.unreadable")] == [(one.line, one.reason) for one in batch.rejects]
    assert "line 3 cannot be read" in batch.rejects[0].problem
    assert ["C"] == [line.sku for line in batch.others["OrderLine"]]


def test_a_torn_line_takes_its_order_with_it():
    batch = read("order,sku,pieces,price\n7,A,1,10.00\n7,B,1,1,000.00\n8,C,1,1.00\n")

    assert ["8"] == [order.platform_order_id for order in batch.records]
    assert [(2, "record.incomplete"), (3, "row.too_many_cells")] == [(one.line, one.reason) for one in batch.rejects]


def test_two_orders_whose_numbers_lost_the_same_digits_are_never_joined():
    text = "order,sku,pieces,price\n2.02606041134381E+27,A,1,1.00\n2.02606041134381E+27,B,1,1.00\n"

    for options in ({}, {"damaged_ids": "keep"}):
        batch = read(text, options=options)
        assert (0, 2) == (len(batch.records), len(batch.rejects))


def test_one_number_in_two_shops_is_two_orders():
    batch = read("shop,order,sku,pieces,price\na,7,A,1,1.00\nb,7,A,1,2.00\n,7,A,1,3.00\n")

    assert [cny("1.00"), cny("2.00"), cny("3.00")] == [order.buyer_payable for order in batch.records]


def test_rows_of_an_order_need_not_stand_together():
    batch = read("order,sku,pieces,price\n7,A,1,1.00\n8,B,1,2.00\n7,C,1,3.00\n")

    assert [("7", 2, None), ("8", 3, None)] == [
        (order.platform_order_id, order.provenance.line, order.provenance.line_end) for order in batch.records
    ]
    assert [("7", "A", 2), ("8", "B", 3), ("7", "C", 4)] == [
        (line.platform_order_id, line.sku, line.provenance.line) for line in batch.others["OrderLine"]
    ]
    assert ["the rows of 1 orders do not stand together, such as lines 2, 4"] == [note.text for note in batch.notes]
    assert batch.control.holds


def test_what_parts_do_not_come_to_is_a_finding():
    batch = read("order,sku,pieces,price,pays\n7,A,3,3.33,10.00\n8,A,1,1.00,1.00\n")

    assert ["order 7: pays says 10.00, its parts come to 9.99"] == [finding.text for finding in batch.control.findings]
    assert not batch.control.holds


def test_a_closed_order_may_say_that_nothing_is_paid():
    batch = read("order,state,sku,pieces,price,pays\n7,off,A,1,10.00,0.00\n8,new,A,1,1.00,0.00\n")

    assert ["order 8: pays says 0.00, its parts come to 1.00"] == [finding.text for finding in batch.control.findings]


def test_a_price_below_zero_is_refused():
    batch = read("order,sku,pieces,price,coupon\n7,A,1,10.00,-3.00\n")

    assert ["input:2: column 'coupon': '-3.00' is below zero"] == list(map(str, batch.rejects))


def test_an_unknown_stage_is_said_and_costs_no_order():
    batch = read("order,state,sku,pieces,price\n7,odd,A,1,10.00\n")

    assert [None] == [order.status for order in batch.records]
    assert "'odd'" in str(batch.notes[0])


def test_times_are_the_first_parcel_and_stages_follow_the_rows():
    batch = read(
        "order,state,sent,sku,pieces,price\n7,gone,2026-07-02 08:00:00,A,1,1\n7,gone,2026-07-01 08:00:00,B,1,1\n8,new,,A,1,1\n8,gone,2026-07-01,B,1,1\n"
    )
    first, second = batch.records

    assert "2026-07-01T00:00:00+00:00" == first.shipped_at.isoformat()
    assert (OrderStatus.SHIPPED, OrderStatus.PARTIALLY_SHIPPED) == (first.status, second.status)
    assert batch.control.holds


def test_two_lines_with_one_number_are_a_finding():
    batch = read("order,line,sku,pieces,price\n7,71,A,1,1\n7,71,A,1,1\n")

    assert ["71 stands on lines 2, 3"] == [finding.text for finding in batch.control.findings]


def test_one_row_orders_are_not_joined_and_doubles_are_findings():
    batch = read("order,sku,pieces,price\n7,A,1,1\n7,B,1,2\n", one_row=True)

    assert [1, 1] == [len(order.lines) for order in batch.records]
    assert ["7 stands on lines 2, 3"] == [finding.text for finding in batch.control.findings]


def test_parcels_hold_the_lines_of_all_their_orders():
    batch = read(
        'order,sku,pieces,price,waybill\n7,A,1,1,SF1012345678901\n8,B,2,1,SF1012345678901\n8,C,1,1,"YT1234567890123;YT1234567890124"\n9,D,1,1,无\n'
    )
    parcels = {
        one.tracking_no: [(line.platform_order_id, line.sku) for line in one.lines] for one in batch.others["Shipment"]
    }

    assert {
        "SF1012345678901": [("7", "A"), ("8", "B")],
        "YT1234567890123": [("8", "C")],
        "YT1234567890124": [("8", "C")],
    } == parcels


def test_a_waybill_that_lost_digits_costs_no_order():
    batch = read("order,sku,pieces,price,waybill\n7,A,1,1,4.35233E+14\n")

    assert (1, 0) == (len(batch.records), len(batch.others["Shipment"]))
    assert ["1 tracking numbers lost digits, so their parcels are not known"] == [note.text for note in batch.notes]


def test_what_was_given_back_is_a_refund_of_the_order():
    batch = read("order,sku,pieces,price,back\n7,A,1,9,4.00\n7,B,1,1,4.00\n8,A,1,1,0\n")

    assert [("7", cny("4.00"), "succeeded")] == [
        (one.refund_id, one.amount, str(one.status)) for one in batch.others["Refund"]
    ]


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        (["paid", "paid"], "paid"),
        (["paid", "completed"], "partially_shipped"),
        (["shipped", "completed"], "shipped"),
        (["closed", "paid"], "paid"),
        (["closed", "closed"], "closed"),
        (["rejected", "closed"], "closed"),
        (["rejected", None], "rejected"),
        ([None, None], None),
    ],
)
def test_the_stage_of_an_order_is_that_of_its_lines(stages, expected):
    frame = pl.DataFrame({"order": [1, 1], "status": stages}, schema_overrides={"status": pl.String})

    assert [expected] == frame.group_by("order").agg(order_status(pl.col("status")))["status"].to_list()


def test_derived_amounts_of_columns_and_of_records_are_the_same():
    text = "order,line,sku,pieces,price,freight,coupon,off\n" + "".join(
        f"{at // 3 + 1},{at + 1},S,{at % 4 + 1},{at}.{at % 100:02d},2.50,{at // 3 % 2}.10,{at % 3}.01\n"
        for at in range(60)
    )
    batch = read(text)

    for order in batch.records:
        lines = [line for line in order.lines if line.unit_price is not None]
        goods = sum((line.unit_price.amount * line.quantity for line in lines), Decimal(0))
        less = sum((discount.amount.amount for discount in order.discounts), Decimal(0))
        assert Decimal(str(goods + Decimal("2.50") - less)) == order.buyer_payable.amount
    assert 60 == len(batch.others["OrderLine"])
    assert tieout.sources.Batch is type(batch)


def test_an_order_of_two_currencies_is_refused_whole():
    text = (GOLDENS / "shopify_orders" / "orders_export_1.csv").read_text("utf-8")
    rows = list(csv.reader(text.splitlines()))
    currency = rows[0].index("Currency")
    at = next(at for at in range(2, len(rows)) if rows[at][0] == rows[at - 1][0])
    rows[at][currency] = "EUR"
    out = io.StringIO()
    csv.writer(out).writerows(rows)

    batch = tieout.read(out.getvalue().encode())

    refused = {reject.provenance.line: (reject.column, reject.reason) for reject in batch.rejects}
    assert ("Currency", "amount.other_currency") == refused[at + 1]
    assert at in refused
    assert rows[at][0] not in [order.platform_order_id for order in batch.records]
