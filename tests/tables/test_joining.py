"""Orders get the lines that another file lists, and no line is lost."""

from decimal import Decimal

import polars as pl
import pytest
from moneyed import Money

from tieout.errors import InputError
from tieout.model import Order, OrderLine
from tieout.tables import Table, with_lines


def order(number="1", shop="shop 1", **more):
    return Order(platform="taobao", shop_id=shop, platform_order_id=number, currency="CNY", **more)


def line(number="1", sku="A", **more):
    return OrderLine(platform_order_id=number, sku=sku, quantity=Decimal(1), **more)


def joined(orders, lines):
    whole, left_over = with_lines(orders, lines)
    assert len(lines) == sum(len(one.lines) for one in whole) - sum(len(one.lines) for one in orders) + len(left_over)
    return [[part.sku for part in one.lines] for one in whole], [part.sku for part in left_over]


def test_an_order_gets_its_lines_in_the_order_of_the_file():
    lines = [line("2", "C"), line("1", "B"), line("1", "A"), line("3", "D")]

    assert ([["B", "A"], ["C"], []], ["D"]) == joined([order("1"), order("2"), order("9")], lines)


def test_an_order_that_has_lines_keeps_them():
    held = order(lines=(OrderLine(sku="A", quantity=Decimal(1)),))

    assert ([["A"]], ["B"]) == joined([held], [line(sku="B")])


def test_a_line_goes_to_the_shop_that_it_names():
    orders = [order(shop="shop 1"), order(shop="shop 2")]

    assert ([[], ["A"]], []) == joined(orders, [line(shop_id="shop 2")])
    assert ([[], []], ["A"]) == joined(orders, [line(shop_id="shop 3")])


def test_a_line_that_names_no_shop_belongs_to_none_of_two():
    assert ([[], []], ["A"]) == joined([order(shop="shop 1"), order(shop="shop 2")], [line()])


def test_a_line_without_the_number_of_its_order_is_left_over():
    assert ([[]], ["A"]) == joined([order()], [line(number=None)])


def test_a_line_in_another_currency_is_left_over():
    dear = line(unit_price=Money("1.00", "USD"))

    assert ([["B"]], ["A"]) == joined([order()], [dear, line(sku="B", unit_price=Money("1.00", "CNY"))])


def test_a_line_whose_number_was_there_before_is_left_over():
    lines = [
        line(platform_sub_order_id="1-1"),
        line(platform_sub_order_id="1-1", sku="B"),
        line(sku="C"),
        line(sku="D"),
    ]

    assert ([["A", "C", "D"]], ["B"]) == joined([order()], lines)


def test_two_versions_of_an_order_both_get_its_lines():
    whole, left_over = with_lines([order(status="paid"), order(status="shipped")], [line()])

    assert ([1, 1], 0) == ([len(one.lines) for one in whole], len(left_over))


def test_tables_and_frames_are_taken_and_nothing_makes_nothing():
    frame = Table.from_records([line()]).to_polars()

    assert [1] == [len(one.lines) for one in with_lines(Table.from_records([order()]), frame)[0]]
    assert [[], []] == [list(part) for part in with_lines(pl.DataFrame(), [])]


def test_other_records_are_refused():
    with pytest.raises(InputError):
        with_lines([line()], [order()])
