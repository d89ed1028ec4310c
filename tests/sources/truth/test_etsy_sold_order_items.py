"""Etsy's sold order items as a person reads them."""

from datetime import UTC, datetime

import pytest
from moneyed import Money

import tieout
from tieout.errors import InputError


def test_first_and_oddest_row_of_2020(samples):
    path = samples / "order/etsy_sold_order_items/EtsySoldOrderItems2020.csv"
    batch = tieout.read(path, timezone="America/New_York")
    orders = list(batch.records)

    assert (1073, 0, True) == (len(orders), len(batch.rejects), batch.control.holds)
    assert ("1983928167", Money("17.64", "USD")) == (orders[0].platform_order_id, orders[0].buyer_payable)
    assert datetime(2020, 7, 15, 4, tzinfo=UTC) == orders[0].created_at
    taxed = [order for order in orders if order.added_tax is not None]
    assert [Money("1.92", "USD"), Money("2.09", "USD")] == sorted(order.added_tax for order in taxed)
    assert 98 == sum(bool(order.discounts) for order in orders)


def test_days_of_no_zone_are_refused(samples):
    with pytest.raises(InputError, match="without a time zone"):
        tieout.read(samples / "order/etsy_sold_order_items/EtsySoldOrderItems2020.csv")
