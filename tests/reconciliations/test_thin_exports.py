"""What platforms' own exports leave out is not taken for a fault: days, settlements of lines, the way of a charge."""

import datetime as dt
from decimal import Decimal

import attrs
import polars as pl
import pytest
from _records import at as at_noon
from _records import yuan

from tieout.model import CourierCharge, Order, OrderLine, Return, SettlementLine, Shipment, ShipmentLine, StockMovement
from tieout.model import Settlement as Header
from tieout.reconciliations import Dispatch, Promotions, Returns, Settlement
from tieout.tables import Table

AS_OF = dt.date(2026, 10, 31)
LINE = OrderLine(sku="A", quantity=Decimal(1), unit_price=yuan(200_00))


def at(day):
    return at_noon(dt.date(2026, 10, day))


def order(**fields):
    return Order(
        **{"platform": "tmall", "shop_id": "s", "platform_order_id": "1", "currency": "CNY", "lines": (LINE,), **fields}
    )


def types(outcome):
    assert outcome.proof.holds
    return [one.type for one in outcome.discrepancies]


def test_a_closed_order_of_which_nobody_says_when_it_was_closed_may_have_left_before():
    closed = order(status="closed", paid_at=at(5))
    parcel = Shipment(
        carrier="sf", tracking_no="SF1", shop_id="s", picked_up_at=at(6), status="returned",
        lines=(ShipmentLine(platform_order_id="1", sku="A", quantity=Decimal(1)),),
    )  # fmt: skip

    assert [] == types(Dispatch(as_of=AS_OF).run(orders=[closed], shipments=[parcel]))
    late = attrs.evolve(closed, closed_at=at(5))
    assert ["dispatch.closed_shipped"] == types(Dispatch(as_of=AS_OF).run(orders=[late], shipments=[parcel]))


@pytest.mark.parametrize(("sent", "found"), [(27, []), (5, ["settlement.order_missing"])])
def test_a_signed_order_without_its_day_was_signed_at_the_earliest_when_it_was_sent(sent, found):
    signed = order(status="signed", paid_at=at(sent), shipped_at=at(sent))

    assert found == types(Settlement(as_of=AS_OF).run(orders=[signed], lines=[]))


def test_a_header_is_not_held_against_lines_that_name_no_settlement():
    done = order(status="completed", completed_at=at(10))
    line = SettlementLine(
        platform="tmall",
        shop_id="s",
        line_id="a",
        type="sale",
        platform_order_id="1",
        posted_at=at(10),
        amount=yuan(200_00),
    )
    header = Header(
        settlement_id="JS1",
        platform="tmall",
        shop_id="s",
        currency="CNY",
        net=yuan(200_00),
        period_start=at(1),
        period_end=at(15),
    )
    run = Settlement(as_of=AS_OF).run

    assert [] == types(run(orders=[done], lines=[line], settlements=[header]))
    other = attrs.evolve(line, settlement_id="JS2")
    assert ["settlement.total_mismatch"] == types(run(orders=[done], lines=[other], settlements=[header]))


def test_goods_may_be_stated_after_what_is_off_on_the_lines():
    reduced = attrs.evolve(LINE, line_discount=yuan(10_00))
    stated = order(status="completed", paid_at=at(5), goods_amount=yuan(190_00), lines=(reduced,))

    assert [] == types(Promotions(as_of=AS_OF).run(orders=[stated]))
    assert "data.goods_mismatch" in types(
        Promotions(as_of=AS_OF).run(orders=[attrs.evolve(stated, goods_amount=yuan(180_00))])
    )


def test_a_charge_that_says_no_way_is_none_of_a_way_back():
    charge = CourierCharge(
        bill_no="B",
        carrier="zto",
        tracking_no="78000000000001",
        charge_type="base",
        ship_date=dt.date(2026, 10, 5),
        amount=yuan(260),
    )
    charges = Table.from_records([charge]).to_polars().with_columns(leg=pl.lit(None, dtype=pl.String))

    outcome = Returns(as_of=AS_OF).run(
        returns=Table.from_records([], record=Return),
        movements=Table.from_records([], record=StockMovement),
        charges=Table(charges, CourierCharge),
    )
    assert [] == types(outcome)
