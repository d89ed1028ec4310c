"""Random worlds: the chain's totals tie, its margins are right, and neither row order nor the order of outcomes matters."""

import datetime as dt

import attrs
import pytest

from chain_world import listed, margins, place, random_world
from tieout.chain import Chain
from tieout.model import CourierCharge
from tieout.reconciliations import Dispatch, Payments, Payout, Receipts, Settlement

SEEDS = range(12)


def told(chain):
    """All that a chain says, as text and rows."""
    traces = [
        chain.trace(number, kind="order", platform=platform, shop_id=shop)
        for platform, shop, number in chain.orders.select("platform", "shop_id", "platform_order_id").rows()
    ]
    return (
        chain.orders.rows(),
        str(chain.proof),
        [trace.timeline.rows() for trace in traces],
        [trace.movements.rows() for trace in traces],
        [trace.evidence.rows() for trace in traces],
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_totals_tie_and_the_margins_are_what_the_slow_way_finds(seed):
    world = random_world(seed)
    chain = Chain(world.outcomes())
    found = {
        (platform, shop, number): margin
        for platform, shop, number, margin in chain.orders.select(
            "platform", "shop_id", "platform_order_id", "margin_minor"
        ).rows()
    }

    assert () == chain.proof.failures
    assert margins(world) == found


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_neither_the_order_of_rows_nor_that_of_outcomes_matters(seed):
    world = random_world(seed)
    outcomes = world.shuffled(seed + 1).outcomes()

    assert told(Chain(world.outcomes())) == told(Chain(reversed(outcomes)))


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_each_order_ends_with_what_its_own_row_says(seed):
    chain = Chain(random_world(seed).outcomes())
    for row in chain.orders.iter_rows(named=True):
        trace = chain.trace(row["platform_order_id"], kind="order", platform=row["platform"], shop_id=row["shop_id"])
        last = trace.timeline.filter(currency="CNY").row(-1, named=True)

        assert row["open_minor"] == last["due_minor"]


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_every_discrepancy_that_names_an_order_is_in_its_trace_and_no_others(seed):
    outcomes = random_world(seed).outcomes()
    chain = Chain(outcomes)
    keys = ("platform", "shop_id", "platform_order_id")
    expected = {
        (one.discrepancy_id, *(one.keys.get(key) for key in keys))
        for outcome in outcomes
        for one in outcome.discrepancies
        if {"platform", "shop_id", "platform_order_id"} <= set(one.keys)
        and one.keys["platform_order_id"] != "NOBODY"
        and "," not in one.keys["platform_order_id"]
    }
    found = set()
    for platform, shop, number in chain.orders.select(keys).rows():
        trace = chain.trace(number, kind="order", platform=platform, shop_id=shop)
        found |= {
            (one.discrepancy_id, *(one.keys.get(key) for key in keys))
            for one in trace.discrepancies
            if "platform_order_id" in one.keys and "," not in one.keys["platform_order_id"]
        }

    assert expected == {one for one in found if None not in one}


MONTHLY = {
    Dispatch: ("orders", "shipments", "returns"),
    Payments: ("orders", "transactions", "refunds"),
    Settlement: ("orders", "lines", "refunds", "settlements"),
    Payout: ("settlements", "payouts"),
    Receipts: ("payouts", "bank"),
}


def read_again(rows, name):
    """The same rows of a later file, such as one of the last 90 days."""
    return [attrs.evolve(one, provenance=place(f"november {name}.csv", 100 + at)) for at, one in enumerate(rows)]


@pytest.mark.parametrize("seed", SEEDS[:4])
def test_what_the_next_month_reads_again_of_another_file_counts_once(seed):
    world = random_world(seed)
    october, november = [], []
    for kind, sides in MONTHLY.items():
        first = kind(period="2026-10").run(**{side: getattr(world, side) for side in sides})
        opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 11, 1))
        again = {side: read_again(getattr(world, side), side) for side in sides}
        october.append(first)
        november.append(kind(period="2026-11", as_of=dt.date(2026, 11, 30)).run(**again, opening=opening))
    bills = [world.charges, read_again(world.charges, "charges")]
    first, second = (listed("couriers", {"charges": (CourierCharge, charges)}) for charges in bills)

    alone, both = Chain([*october, first]), Chain([*october, first, *november, second])

    assert () == both.proof.failures
    assert alone.orders.rows() == both.orders.rows()
