"""Records of one month that count in the next, whose files do not have them: what left, and what is still to be paid back."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
from moneyed import Money

from closing.shop import config
from tieout.closing import close_tables
from tieout.model import Order, OrderLine, Refund, Shipment, ShipmentLine
from tieout.reports.cash import CashCalendar
from tieout.reports.metrics import facts_of, figures, metric_of
from tieout.tables import Table

ZONE = ZoneInfo("Asia/Shanghai")


def order(number, month, day, hour=12):
    placed = datetime(2026, month, day, hour, tzinfo=ZONE)
    return Order(
        platform="tmall",
        shop_id="lamps",
        platform_order_id=number,
        currency="CNY",
        status="paid",
        created_at=placed,
        paid_at=placed,
        lines=(OrderLine(sku="A", quantity=Decimal(2), unit_price=Money("50.00", "CNY")),),
    )


def parcel(number, month, day):
    return Shipment(
        carrier="sf",
        tracking_no=f"SF{number}{month}",
        shop_id="lamps",
        status="in_transit",
        picked_up_at=datetime(2026, month, day, 12, tzinfo=ZONE),
        lines=(ShipmentLine(platform_order_id=number, sku="A", quantity=Decimal(1)),),
    )


def tables(orders, parcels):
    return {"Order": Table.from_records(orders, Order), "Shipment": Table.from_records(parcels, Shipment)}


def metrics(found):
    names = ("orders", "sales", "shipped_orders")
    row = figures([metric_of(name) for name in names], facts_of(found.details.data)).frame.row(0, named=True)
    return tuple(row[metric_of(name).column] for name in names)


def test_each_order_is_placed_in_one_month_and_left_in_one(tmp_path):
    first = config(tmp_path, out=tmp_path / "10")
    second = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), out=tmp_path / "11", opening=tmp_path / "10")
    october = tables(
        [order("1", 10, 3), order("2", 10, 31, 23), order("3", 10, 30)], [parcel("1", 10, 4), parcel("3", 10, 31)]
    )
    november = tables([order("4", 11, 1, 0)], [parcel("2", 11, 1), parcel("3", 11, 2), parcel("4", 11, 2)])

    assert (3, 300_00, 2) == metrics(close_tables(october, first, dry_run=False))
    assert (1, 100_00, 2) == metrics(close_tables(november, second))


def undated(number, status):
    """An order of an export that says no moment at all."""
    return attrs.evolve(order(number, 10, 3), status=status, created_at=None, paid_at=None)


def test_an_order_of_which_no_file_says_when_it_left_counts_once_though_each_months_download_has_it(tmp_path):
    first = config(tmp_path, out=tmp_path / "10")
    second = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), out=tmp_path / "11", opening=tmp_path / "10")
    october = tables([undated("1", "completed"), undated("2", "paid"), order("3", 10, 3)], [])
    dated = attrs.evolve(order("3", 10, 3), status="completed")
    november = tables([undated("1", "completed"), undated("2", "completed"), dated, undated("4", "completed")], [])

    assert (3, 300_00, 1) == metrics(close_tables(october, first, dry_run=False))
    assert (1, 100_00, 3) == metrics(close_tables(november, second))


def test_a_refund_that_was_agreed_and_that_no_later_file_has_is_still_to_be_paid_back(tmp_path):
    first = config(tmp_path, out=tmp_path / "10")
    second = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), out=tmp_path / "11", opening=tmp_path / "10")
    agreed = Refund(
        platform="tmall",
        shop_id="lamps",
        refund_id="F1",
        platform_order_id="1",
        amount=Money("30.00", "CNY"),
        status="approved",
        approved_at=datetime(2026, 10, 30, 12, tzinfo=ZONE),
    )
    october = {**tables([order("1", 10, 3)], []), "Refund": Table.from_records([agreed], Refund)}

    planned = [
        CashCalendar().make(close_tables(given, told, dry_run=False).details.data).section("items").frame
        for given, told in ((october, first), (tables([order("4", 11, 1)], []), second))
    ]
    assert [-30_00, -30_00] == [items.filter(kind="refunds")["net_minor"].item() for items in planned]


def test_an_order_that_no_close_saw_is_sold_where_its_parcel_was_carried_and_the_note_does_not_deny_it(tmp_path):
    sent = attrs.evolve(parcel("2", 10, 31), lines=(ShipmentLine(platform_order_id="2", sku="A", quantity=Decimal(2)),))
    october = tables([order("1", 10, 3)], [sent])
    close_tables(october, config(tmp_path, out=tmp_path / "10"), dry_run=False)
    second = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10")
    result = close_tables(tables([order("2", 10, 30)], []), second)
    sold = [(one.kind, one.occurred_on) for run in result.outcomes for one in run.events]
    assert [("sale.shipped", date(2026, 10, 31))] == sold
    (told,) = [one for one in result.stages[0].notes if "were in no file when" in one]
    assert "but for what belongs to a record that was carried" in told
