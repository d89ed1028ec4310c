"""What an outcome hands on of each record, whatever the comparison made of it."""

import datetime as dt
from decimal import Decimal
from zoneinfo import ZoneInfo

from moneyed import Money

from tieout.model import (
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    Discount,
    Order,
    OrderLine,
    Payment,
    Payout,
    Refund,
    Return,
    Settlement,
    SettlementLine,
    Shipment,
    ShipmentLine,
    StockMovement,
)
from tieout.reconciliations import Payments, Receipts
from tieout.reconciliations import Payout as PayoutLeaf
from tieout.reconciliations._common.own import OWN, own_exprs
from tieout.tables import Table


def yuan(text):
    return Money(text, "CNY")


LINE = OrderLine(sku="A", quantity=Decimal(2), unit_price=yuan("100.00"), unit_cost=yuan("40.00"))
RECORDS = [
    Payment(channel="alipay", amount=yuan("170.00")),
    Refund(refund_id="R", amount=yuan("60.00"), status="succeeded"),
    CourierCharge(charge_type="base", amount=yuan("8.00")),
    CourierCharge(charge_type="rebate", amount=yuan("-8.00")),
    SettlementLine(type="commission", amount=yuan("-9.50")),
    Settlement(settlement_id="S", currency="CNY", net=yuan("178.86")),
    ChannelTransaction(channel="alipay", amount=yuan("170.00")),
    Payout(payout_id="P", amount=yuan("-178.86")),
    BankTransaction(booked_on=dt.date(2026, 10, 6), amount=yuan("178.86")),
    Order(
        platform="tmall",
        platform_order_id="1",
        currency="CNY",
        lines=(LINE,),
        discounts=(
            Discount(kind="shop_coupon", funder="merchant", amount=yuan("10.00")),
            Discount(kind="platform_coupon", funder="platform", amount=yuan("20.00"), settled_to_merchant=True),
        ),
    ),
]


def own(record):
    frame = Table.from_records([record]).to_polars()
    return frame.select(own_exprs(frame, type(record))).row(0, named=True)


def test_what_a_record_is_to_the_merchant_is_its_cash_effect():
    for record in RECORDS:
        said = own(record)
        expected = int(record.cash_effect.amount * 100)

        assert (expected, "CNY") == (said["cash_minor"], said["cash_currency"]), record


def test_an_order_says_what_the_buyer_pays_and_what_its_articles_cost():
    said = own(RECORDS[-1])

    assert (17_000, 8_000) == (said["payable_minor"], said["cost_minor"])


def test_the_cost_of_an_order_is_unknown_where_one_article_does_not_say_it():
    dumb = OrderLine(sku="B", quantity=Decimal(1), unit_price=yuan("1.00"))
    order = Order(platform="tmall", platform_order_id="1", currency="CNY", lines=(LINE, dumb))

    assert own(order)["cost_minor"] is None
    assert own(Order(platform="tmall", platform_order_id="1", currency="CNY"))["cost_minor"] is None


def test_a_refund_says_what_the_funder_takes_back_and_stock_its_value():
    refund = Refund(refund_id="R", amount=yuan("170.00"), platform_subsidy_clawback=yuan("20.00"), status="succeeded")
    stock = StockMovement(movement_id="M", type="sale_out", sku="A", quantity=Decimal(-2), unit_cost=yuan("40.00"))

    assert 2_000 == own(refund)["clawback_minor"]
    assert -8_000 == own(stock)["cash_minor"]


def test_a_record_without_an_amount_has_none_and_names_what_it_holds():
    parcel = Shipment(tracking_no="SF1", lines=(ShipmentLine(platform_order_id="1", sku="A", quantity=Decimal(2)),))
    said = own(parcel)

    assert [None] * len(OWN) == [said[name] for name in OWN]
    assert ["1"] == [line["platform_order_id"] for line in said["lines"]]
    assert ["R1", "R2"] == own(Return(return_id="C", kind="refund_only", refund_ids=("R1", "R2")))["refund_ids"]
    assert ["S1"] == own(Payout(payout_id="P", amount=yuan("-1.00"), settlement_ids=("S1",)))["settlement_ids"]


def test_an_outcome_says_a_payout_in_its_own_currency_although_the_bank_has_another():
    day = dt.datetime(2026, 10, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    payout = Payout(payout_id="P", amount=Money("-1000.00", "USD"), fx_rate=Decimal("7.20"), initiated_at=day)
    outcome = Receipts().run(payouts=[payout], bank=[])
    row = outcome.records["payouts"].row(0, named=True)

    assert {"payouts": "Payout", "bank": "BankTransaction"} == outcome.kinds
    assert (720_000, "CNY", -100_000, "USD") == tuple(
        row[name] for name in ("amount_minor", "currency", "cash_minor", "cash_currency")
    )


def test_rows_given_twice_and_rows_that_a_leaf_assumed_are_marked():
    day = dt.datetime(2026, 10, 5, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    order = Order(platform="tmall", platform_order_id="1", currency="CNY", lines=(LINE,), paid_at=day)
    payouts = [Payout(payout_id="P", amount=yuan("-1.00"), initiated_at=day)] * 2
    assumed = Payments().run(orders=[order], transactions=[]).records["payments"]
    repeats = PayoutLeaf().run(settlements=[], payouts=payouts).records["payouts"]

    assert [True] == assumed["is_assumed"].to_list()
    assert [False, True] == repeats["is_repeat"].to_list()
