"""Amounts of orders in columns are those that the records say."""

import random
from decimal import Decimal

import pytest
from moneyed import Money

from tieout.model import Discount, Funder, Order, OrderLine
from tieout.model.currency import exponent, round_half_up
from tieout.reconciliations._common.orders import article_count_expr, order_amounts
from tieout.tables import Table

COLUMNS = ("goods_minor", "payable_minor", "funded_minor", "receivable_minor")


def minor(money):
    code = money.currency.code
    return int(round_half_up(money.amount, code).scaleb(exponent(code)))


def money(dice, code):
    return Money(Decimal(dice.randint(0, 99_999)).scaleb(-exponent(code)), code)


def line(dice, code):
    return OrderLine(
        quantity=Decimal(dice.choice(("1", "3", "0.333", "-1"))),
        unit_price=dice.choice((None, money(dice, code))),
        goods_amount=dice.choice((None, None, money(dice, code))),
    )


def discount(dice, code):
    funder = dice.choice(list(Funder))
    share = Decimal(dice.randint(0, 1000)) / 1000 if funder is Funder.SHARED else None
    return Discount(
        kind="points",
        funder=funder,
        amount=money(dice, code),
        merchant_share=share,
        settled_to_merchant=dice.random() < 0.7,
    )


def order(dice, number):
    code = dice.choice(("CNY", "JPY", "KWD"))
    return Order(
        platform="pdd",
        platform_order_id=str(number),
        currency=code,
        lines=tuple(line(dice, code) for _ in range(dice.randint(0, 3))),
        discounts=tuple(discount(dice, code) for _ in range(dice.randint(0, 3))),
        goods_amount=dice.choice((None, None, money(dice, code))),
        freight_charged=dice.choice((None, money(dice, code))),
        adjustment=dice.choice((None, -money(dice, code))),
        added_tax=dice.choice((None, money(dice, code))),
    )


def is_priced(order):
    return order.goods_amount is not None or any(line.goods_gross is not None for line in order.lines)


@pytest.mark.parametrize("seed", range(5))
def test_the_columns_say_what_the_properties_of_the_records_say(seed):
    dice = random.Random(seed)
    orders = [order(dice, number) for number in range(400)]
    found = order_amounts(Table.from_records(orders).to_polars())

    for record, row in zip(orders, found.iter_rows(), strict=True):
        goods = minor(record.goods_gross)
        rest = minor(record.buyer_payable - record.goods_gross)
        funded = minor(record.platform_funded)
        said = (goods, goods + rest, funded, goods + rest + funded)

        assert (said if is_priced(record) else (None,) * 4) == row


def test_the_sample_order_of_the_specification_brings_190():
    coupon = Discount(kind="shop_coupon", funder="merchant", amount=Money("10.00", "CNY"))
    funded = Discount(kind="platform_coupon", funder="platform", amount=Money("20.00", "CNY"), settled_to_merchant=True)
    sample = Order(
        platform="taobao",
        platform_order_id="GS-1",
        currency="CNY",
        lines=(OrderLine(quantity=Decimal(1), unit_price=Money("200.00", "CNY")),),
        discounts=(coupon, funded),
    )

    assert (20_000, 17_000, 2_000, 19_000) == order_amounts(Table.from_records([sample]).to_polars()).row(0)


def test_an_order_without_a_price_brings_nothing_that_is_known():
    nameless = Order(platform="pdd", platform_order_id="1", currency="CNY", lines=(OrderLine(quantity=Decimal(1)),))
    frame = Table.from_records([nameless]).to_polars()

    assert (None,) * 4 == order_amounts(frame).row(0)
    assert list(COLUMNS) == order_amounts(frame).columns


def test_articles_are_counted_and_an_order_without_any_has_one():
    lines = tuple(OrderLine(quantity=Decimal(1)) for _ in range(3))
    orders = [
        Order(platform="pdd", platform_order_id="1", currency="CNY", lines=lines),
        Order(platform="pdd", platform_order_id="2", currency="CNY"),
    ]

    counts = Table.from_records(orders).to_polars().select(article_count_expr()).to_series().to_list()

    assert [3, 1] == counts
