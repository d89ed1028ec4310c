"""Derived amounts of an order, as domain.md 2.3 defines them."""

from decimal import ROUND_DOWN, Decimal, localcontext

import pytest
from hypothesis import given, settings
from moneyed import Money

from strategies import records
from tieout.model import Discount, Order, OrderLine


def cny(text):
    return Money(text, "CNY")


def coupon(kind, funder, amount, **fields):
    return Discount(kind=kind, funder=funder, amount=cny(amount), **fields)


# domain.md 7.4: list 200.00, shop coupon 10.00, platform coupon 20.00, buyer pays 170.00, merchant_receivable 190.00.
GS_1 = Order(
    platform="taobao",
    platform_order_id="GS-1",
    currency="CNY",
    lines=[OrderLine(sku="A", quantity=2, unit_price=cny("100.00"))],
    discounts=[
        coupon("shop_coupon", "merchant", "10.00"),
        coupon("platform_coupon", "platform", "20.00", settled_to_merchant=True),
    ],
)


def order(*discounts, **fields):
    lines = [OrderLine(quantity=1, unit_price=cny("100.00"))]
    return Order(platform="pdd", platform_order_id="1", currency="CNY", lines=lines, discounts=discounts, **fields)


def test_the_sample_order_gs_1():
    assert cny("200.00") == GS_1.goods_gross
    assert cny("170.00") == GS_1.buyer_payable
    assert cny("20.00") == GS_1.platform_funded
    assert cny("190.00") == GS_1.merchant_receivable == GS_1.cash_effect


def test_freight_and_changes_of_price_count_towards_what_the_buyer_pays():
    assert cny("103.00") == order(freight_charged=cny("8.00"), adjustment=cny("-5.00")).buyer_payable


@pytest.mark.parametrize(
    ("discount", "funded"),
    [
        (coupon("shop_coupon", "merchant", "10.00", settled_to_merchant=True), "0"),
        (coupon("platform_coupon", "platform", "10.00"), "0"),
        (coupon("platform_coupon", "platform", "10.00", settled_to_merchant=True), "10.00"),
        (coupon("gov_subsidy", "government", "10.00", settled_to_merchant=True), "10.00"),
        (coupon("bank_promo", "bank", "10.00", settled_to_merchant=True), "10.00"),
        (coupon("influencer_coupon", "influencer", "10.00", settled_to_merchant=True), "10.00"),
        (coupon("points", "shared", "10.01", merchant_share=Decimal("0.5"), settled_to_merchant=True), "5.01"),
        (coupon("points", "shared", "10.00", merchant_share=Decimal(1), settled_to_merchant=True), "0.00"),
        (coupon("points", "shared", "10.00", merchant_share=Decimal(0), settled_to_merchant=True), "10.00"),
    ],
)
def test_what_others_pay_for_the_buyer(discount, funded):
    assert cny(funded) == order(discount).platform_funded


def test_a_line_without_a_price_counts_as_nothing():
    empty = Order(platform="pdd", platform_order_id="1", currency="JPY", lines=[OrderLine(quantity=3)])

    assert Money(0, "JPY") == empty.goods_gross == empty.merchant_receivable


@settings(max_examples=30)
@given(records(Order))
def test_derived_amounts_do_not_follow_the_callers_decimal_context(sale):
    with localcontext(prec=60):
        expected = (sale.goods_gross, sale.buyer_payable, sale.platform_funded, sale.merchant_receivable)
    with localcontext(prec=3, rounding=ROUND_DOWN):
        actual = (sale.goods_gross, sale.buyer_payable, sale.platform_funded, sale.merchant_receivable)

    assert expected == actual


@settings(max_examples=30)
@given(records(Order))
def test_the_receivable_is_what_the_buyer_and_the_others_pay(sale):
    with localcontext(prec=60):
        assert sale.buyer_payable + sale.platform_funded == sale.merchant_receivable


def test_goods_that_the_source_states_win_over_the_lines():
    lines = [OrderLine(quantity=1, unit_price=cny("758.00"))]
    order = Order(platform="jd", platform_order_id="1", currency="CNY", lines=lines, goods_amount=cny("1097.00"))

    assert cny("1097.00") == order.goods_gross


def test_a_stated_price_of_all_pieces_wins_over_the_price_of_one():
    line = OrderLine(quantity=3, unit_price=cny("3.33"), goods_amount=cny("10.00"))

    assert cny("10.00") == line.goods_gross
    assert cny("9.99") == OrderLine(quantity=3, unit_price=cny("3.33")).goods_gross
    assert OrderLine(quantity=3).goods_gross is None


def test_tax_on_top_of_the_prices_is_paid_by_the_buyer():
    order = Order(
        platform="shopify",
        platform_order_id="1",
        currency="CNY",
        goods_amount=cny("100.00"),
        tax_included=False,
        added_tax=cny("8.25"),
    )

    assert cny("108.25") == order.buyer_payable
