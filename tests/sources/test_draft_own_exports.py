"""Drafts of what merchants export themselves: the number of a parcel, the day of a payment, lists of orders with freight."""

import tomllib
from decimal import Decimal

import pytest

from tieout.errors import InputError
from tieout.sources import draft_mapping
from tieout.sources._draft_words import order_stage_of_words


def draft(captions, *rows, **more):
    return draft_mapping("\n".join([captions, *rows, ""]).encode(), **more)


def columns(found):
    return tomllib.loads(found.text)["columns"]


def test_the_number_of_a_parcel_is_the_caption_that_says_parcel_and_not_a_bare_number():
    found = draft(
        "单号,快递单号,快递公司,称重KG",
        "A261000001,78440000000017,中通,0.5",
        "A261000002,78440000000024,中通,1.5",
    )

    assert ("Shipment", "快递单号") == (found.record, columns(found)["tracking_no"])


def test_a_bare_number_is_still_that_of_the_parcel_where_no_caption_says_more():
    found = draft("单号,快递公司,称重KG", "78440000000017,中通,0.5", "78440000000024,中通,1.5")

    assert ("Shipment", "单号") == (found.record, columns(found)["tracking_no"])


@pytest.mark.parametrize("caption", ["下单时间", "付款时间", "创建日期", "Ordered at", "Payment date"])
def test_when_an_order_was_placed_or_paid_is_not_when_its_parcel_left(caption):
    found = draft(
        f"快递单号,快递公司,{caption},称重KG",
        "78440000000017,中通,2026-10-05 10:00,0.5",
        "78440000000024,中通,2026-10-06 10:00,1.5",
    )

    assert "Shipment" == found.record
    assert caption not in columns(found).values()
    assert f"# {caption!r}: not understood; date" in found.text


def test_a_parcel_still_left_on_the_day_that_its_list_says():
    found = draft(
        "快递单号,下单时间,发货时间,称重KG",
        "78440000000017,2026-10-04 10:00,2026-10-05 10:00,0.5",
        "78440000000024,2026-10-04 11:00,2026-10-05 11:00,1.5",
    )

    assert "发货时间" == columns(found)["shipped_at"]


@pytest.mark.parametrize("day", ["交易日", "起息日"])
def test_the_only_day_of_a_banks_line_is_the_day_it_was_booked(day):
    found = draft(
        f"{day},摘要,借方发生额,贷方发生额,余额,流水号",
        "20261001,货款,,1234.50,11234.50,S00000001",
        "20261002,快递费,235.00,,10999.50,S00000002",
    )

    assert ("BankTransaction", ()) == (found.record, found.asked)
    assert (day, None) == (columns(found)["booked_on"], columns(found).get("value_on"))
    assert [123450, -23500] == found.batch.records.to_polars()["amount_minor"].to_list()


@pytest.mark.parametrize("of_order", ["买家", "下单时间", "创建时间", "Buyer"])
def test_a_list_of_orders_with_their_freight_is_no_bill_of_a_courier(of_order):
    with pytest.raises(InputError) as caught:
        draft(
            f"订单编号,{of_order},应收（元）,运费,物流单号,物流公司",
            "B000001,2026-10-01 10:00,1000.00,6.00,78440010000017,中通",
            "B000002,2026-10-02 10:00,1037.50,0.00,78440010000024,中通",
        )

    assert "speak of Order" in str(caught.value)


def test_a_bill_of_a_courier_that_says_when_orders_were_placed_is_still_one():
    found = draft(
        "订单编号,下单时间,结算重量(kg),运费,运单号",
        "B000001,2026-10-01 10:00,0.5,3.00,78440010000017",
        "B000002,2026-10-02 10:00,1.5,5.50,78440010000024",
    )

    assert "CourierCharge" == found.record


ORDERS = (
    "订单号,下单时间,订单状态",
    "1012345678901,2026-10-05 18:00:00,已发货",
    "1012345678902,2026-10-05 18:05:00,已取消",
    "1012345678903,2026-10-05 18:05:00,退款中",
)


def test_words_of_an_orders_stage_are_proposed_and_one_that_nobody_knows_is_a_reject():
    found = draft(*ORDERS, record="Order")

    assert {"已发货": "shipped", "已取消": "closed"} == tomllib.loads(found.text)["values"]["status"]
    assert ["shipped", "closed"] == [one.status for one in found.batch.records]
    assert "not known, so their lines are rejects till you say: '退款中'" in found.text
    assert ["input:4: column '订单状态': '退款中' is not a word that is known here"] == list(
        map(str, found.batch.rejects)
    )


@pytest.mark.parametrize(
    ("words", "stage"),
    [("待付款", "created"), ("买家已付款，等待卖家发货", "paid"), ("待发货", "paid"), ("未发货", "paid"), ("unshipped", "paid"),
     ("卖家部分发货", "partially_shipped"), ("卖家已发货，等待买家确认", "shipped"), ("待收货", "shipped"), ("已签收", "signed"),
     ("交易成功", "completed"), ("交易关闭", "closed"), ("Cancelled", "closed"), ("已拒收", "rejected"), ("Paid", "paid"),
     ("退款中", None), ("已发货，退款成功", None), ("not paid", None), ("货到付款", None), ("待评价", None), ("神秘", None)],
)  # fmt: skip
def test_words_of_an_orders_stage_mean_what_people_mean_by_them(words, stage):
    assert stage == order_stage_of_words(words)


@pytest.mark.parametrize(("unit", "grams"), [("kg", [500, 1500]), ("g", [Decimal("0.5"), Decimal("1.5")])])
def test_a_unit_that_a_person_says_is_not_asked(unit, grams):
    rows = ("快递单号,快递公司,重量", "78440000000017,中通,0.5", "78440000000024,中通,1.5")

    assert ("weight_unit",) == draft(*rows).asked
    found = draft(*rows, said={"weight_unit": unit})
    assert ((), grams) == (found.asked, [one.weight_scale_g for one in found.batch.records])


def test_a_month_that_a_person_says_is_not_asked():
    rows = ("快递单号,揽收日期,运费", "78440000000017,10-05,1.50", "78440000000024,10-06,1.50")

    assert ("bill_month",) == draft(*rows).asked
    found = draft(*rows, said={"bill_month": "2026-10"})
    assert ((), [5, 6]) == (found.asked, [one.ship_date.day for one in found.batch.records])
