"""Drafts for settlements that name orders' states, bills that name shops and suppliers, and parcels without pieces."""

import tomllib

import polars as pl
import pytest

from tieout.errors import InputError
from tieout.sources import draft_mapping


def draft(text, **more):
    return draft_mapping(text.encode(), **more)


def said(found):
    return tomllib.loads(found.text)


def amounts(found):
    return found.batch.records.to_polars()["amount_minor"].to_list()


ORDERS = [("3302026100100001021", "已完成"), ("3302026100100001022", "已关闭"), ("3302026100100001023", "已完成")]


def table(captions, figures):
    rows = [
        f"{order},{state},2026-09-2{at} 10:00:00,2026-10-0{at} 09:30:00,{cells}"
        for at, ((order, state), cells) in enumerate(zip(ORDERS, figures, strict=True), start=1)
    ]
    return "\n".join([f"订单编号,订单状态,下单时间,结算时间,{captions}", *rows, ""])


@pytest.mark.parametrize(("captions", "figures"), [
    ("结算金额,佣金", ["90.50,-4.50", "-20.00,1.00", "71.00,-3.00"]),
    ("商品金额,平台服务费,实际结算金额", ["95.00,-4.50,90.50", "-21.00,1.00,-20.00", "74.00,-3.00,71.00"]),
    ("运费,平台补贴,平台服务费,结算金额", ["6.00,1.00,-4.50,90.50", "0.00,0.00,1.00,-20.00", "6.00,0.00,-3.00,71.00"]),
    ("订单金额,优惠金额,手续费,结算净额", ["100.00,5.00,4.50,90.50", "0,0,0,-20.00", "80.00,6.00,3.00,71.00"]),
])  # fmt: skip
def test_a_settlement_that_names_the_states_of_orders_is_drafted_by_what_was_settled(captions, figures):
    """It was left to a person as a list of orders; and drafted as a settlement, the freight was taken for its amount."""
    found = draft(table(captions, figures))

    by_line = found.batch.records.to_polars().group_by("source_line", maintain_order=True)
    lines = by_line.agg(pl.col("amount_minor").sum())
    assert "SettlementLine" == found.record
    assert ([9050, -2000, 7100], True) == (lines["amount_minor"].to_list(), found.batch.control.holds)
    assert "结算时间" == said(found)["columns"]["posted_at"]
    assert "'订单状态': not understood" in found.text


def test_a_settlement_in_english_is_drafted_too():
    text = "Order ID,Order Status,Settled at,Net,Fee\nA-1001,Completed,2026-10-01,90.50,-4.50\nA-1002,Cancelled,2026-10-02,-20.00,0\n"

    found = draft(text, said={"currency": "EUR", "timezone": "UTC"})

    assert ("SettlementLine", "Net", [9050, -2000]) == (found.record, said(found)["columns"]["amount"], amounts(found))


def test_when_an_order_was_placed_is_not_when_a_line_of_its_settlement_was_made():
    found = draft(table("结算金额,佣金", ["90.50,-4.50", "-20.00,1.00", "71.00,-3.00"]))

    assert "created_at" not in said(found)["columns"]
    assert "'下单时间': not understood; date" in found.text


@pytest.mark.parametrize("captions", ["结算金额,应付金额", "实付金额,运费", "实付金额,订单状态说明"])
def test_a_list_of_orders_with_amounts_alone_is_still_left_to_a_person(captions):
    text = table(captions, ["90.50,6.00", "20.00,0.00", "71.00,6.00"]).replace("结算时间", "付款时间")

    with pytest.raises(InputError, match="speak of Order"):
        draft(text)


def test_a_day_of_settlement_alone_makes_no_settlement():
    with pytest.raises(InputError, match="speak of Order"):
        draft(table("实付金额,运费", ["90.50,6.00", "20.00,0.00", "71.00,6.00"]))


def test_a_settlement_that_names_parcels_too_is_left_to_a_person():
    with pytest.raises(InputError, match="speak of Order"):
        draft(table("运单号,结算金额,佣金", [f"SF101234567890{at},9{at}.50,-4.50" for at in range(3)]))


PARTS = "平台补贴,平台服务费"


def test_fees_without_a_minus_are_taken_off_where_the_total_says_so():
    found = draft(
        table(
            f"货款,{PARTS},结算金额",
            ["94.00,1.00,4.50,90.50", "20.00,0.00,1.00,19.00", "74.00,0.00,3.00,71.00"],
        )
    )

    assert {"type": ["fee_refund", "tech_service_fee"], "inverse": True} == said(found)["amounts"]["平台服务费"]
    assert ("结算金额", True) == (said(found)["net"], found.batch.control.holds)
    fees = found.batch.records.to_polars().filter(type="tech_service_fee")
    assert [-450, -100, -300] == fees["amount_minor"].to_list()


def test_fees_of_which_nothing_says_whether_they_are_taken_off_are_asked():
    """They were drafted as fees given back."""
    found = draft(
        table(
            f"{PARTS},运费,结算金额",
            ["1.00,4.50,6.00,90.50", "0.00,1.00,0.00,20.00", "0.00,3.00,6.00,71.00"],
        )
    )

    assert ["平台补贴"] == list(said(found)["amounts"])
    assert '# "平台服务费" = { type = ["fee_refund", "tech_service_fee"], inverse = true }  # ASK:' in found.text
    assert "fee_refund" not in found.batch.records.to_polars()["type"].to_list()


def test_other_columns_of_money_beside_the_amount_of_a_settlement_are_named():
    found = draft(
        "订单编号,商品金额,优惠金额,时间\n3302026100100001021,10.00,1.00,2026-10-01 10:00:00\n"
        "3302026100100001022,-4.00,0.50,2026-10-02 10:00:00\n"
    )

    (line,) = (line for line in found.text.splitlines() if line.startswith("amount ="))
    assert "'优惠金额' holds money too: check which of them was settled" in line


BILL = "运单号,供应商,{},寄件日期,目的地,{}\n"
PARCELS = "".join(f"SF101234567890{at},某供应商{at % 2},2,2026-10-0{at},上海,1.{at},1{at}.50\n" for at in range(1, 7))


@pytest.mark.parametrize(
    ("count", "figures"), [("数量", "计费重量(kg),金额"), ("件数", "重量(kg),快递费"), ("数量", "重量(kg),快递费")]
)
def test_a_bill_of_a_courier_that_names_suppliers_is_no_document_of_stock(count, figures):
    found = draft(BILL.format(count, figures) + PARCELS)

    assert ("CourierCharge", [1150, 1250, 1350, 1450, 1550, 1650]) == (found.record, amounts(found))
    assert "'供应商': not understood" in found.text


@pytest.mark.parametrize("state", ["订单状态", "供应商,数量"])
def test_a_weight_that_is_billed_makes_it_a_bill_of_a_courier(state):
    cells = "已签收" if state == "订单状态" else "某供应商,2"
    rows = "".join(f"SF101234567890{at},33020261001000010{at},{cells},某店,1.{at},1{at}.50\n" for at in range(1, 4))

    found = draft(f"运单号,订单号,{state},商家,计费重量(kg),金额\n{rows}")

    assert ("CourierCharge", [1150, 1250, 1350]) == (found.record, amounts(found))


@pytest.mark.parametrize("captions", [
    "送货单号,供应商,运单号,数量,计费重量(kg),运费",
    "采购单号,供应商,运单号,数量,重量(kg),运费",
    "单据号,供应商,运单号,数量,单价,金额",
])  # fmt: skip
def test_documents_of_stock_that_name_parcels_are_still_left_to_a_person(captions):
    rows = "".join(f"DN{at}001,某供应商,SF101234567890{at},2,1.{at},1{at}.50\n" for at in range(1, 4))

    with pytest.raises(InputError, match=r"speaks? of StockDocument"):
        draft(f"{captions}\n{rows}")


def test_orders_with_parcels_and_what_buyers_paid_for_freight_are_still_left_to_a_person():
    rows = "".join(f"SF101234567890{at},33020261001000010{at},已发货,某店,1.{at},1{at}.50\n" for at in range(1, 4))

    with pytest.raises(InputError, match="speak of Order"):
        draft(f"运单号,订单号,订单状态,商家,重量(kg),运费\n{rows}")


def test_articles_of_parcels_without_their_pieces_are_asked_for_them():
    """The draft said that it could be read, and the first look at its records failed."""
    rows = "SF1012345678901,2026-10-01,LAMP\nSF1012345678901,2026-10-01,CUP\nSF1012345678902,2026-10-01,CUP\n"

    found = draft(f"运单号,揽收日期,商品编码\n{rows}")

    assert ("Shipment", ("lines.quantity",), None) == (found.record, found.asked, found.batch)
    assert "which it cannot read yet: columns: ShipmentLine needs quantity" in found.text
