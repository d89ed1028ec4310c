"""Random worlds: the chain's totals tie, its margins are right, and neither row order nor the order of outcomes matters."""

import datetime as dt
from random import Random

import attrs
import pytest

from chain_world import World, at, listed, margins, place, random_world, yuan
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


NOVEMBER = dt.date(2026, 11, 30)
STANDING = ("platform", "shop_id", "platform_order_id", "collected_minor", "open_minor", "refunds_minor", "fees_minor")


def settled(world, lines, **more):
    return Settlement(**more).run(
        orders=world.orders, lines=lines, refunds=world.refunds, settlements=world.settlements
    )


def settled_in_november(world, lines, october):
    opening = attrs.evolve(october.carry_forward, opens_on=dt.date(2026, 11, 1))
    return Settlement(period="2026-11", as_of=NOVEMBER).run(
        orders=world.orders, lines=lines, refunds=world.refunds, settlements=world.settlements, opening=opening
    )


def without_number(lines):
    """Lines as of a platform that numbers none, one of them twice."""
    bare = [attrs.evolve(line, line_id=None) for line in lines]
    return [*bare, attrs.evolve(bare[0], provenance=place("lines.csv", 900))]


def corrected(rng, lines):
    """Lines, some of them of another amount or another day by now, each under its number."""
    return [_corrected(rng, line, rng.random()) for line in lines]


def _corrected(rng, line, fate):
    if fate < 0.2:
        return attrs.evolve(line, amount=line.amount + yuan(rng.choice((-7, 7))))
    if fate < 0.3:
        return attrs.evolve(line, posted_at=line.posted_at + dt.timedelta(days=1))
    return line


@pytest.mark.parametrize("is_numbered", [True, False])
@pytest.mark.parametrize("seed", SEEDS[:5])
def test_a_line_that_the_next_month_says_again_or_corrects_is_one_with_or_without_a_number(seed, is_numbered):
    world, rng = random_world(seed), Random(seed)
    first = world.lines if is_numbered else without_number(world.lines)
    later = read_again(corrected(rng, first) if is_numbered else first, "lines")
    again = set(rng.sample(range(len(first)), rng.choice((len(first), len(first) // 2))))
    truth = [later[at] if at in again else line for at, line in enumerate(first)]
    october = settled(world, first, period="2026-10")
    november = settled_in_november(world, [later[at] for at in sorted(again)], october)

    both, alone = Chain([october, november]), Chain([settled(world, truth, as_of=NOVEMBER)])

    assert () == both.proof.failures
    assert alone.orders.select(STANDING).rows() == both.orders.select(STANDING).rows()


def test_two_lines_under_one_number_of_two_months_are_two():
    world = World()
    world.sell("1")
    world.settle("1", sale=10_000)
    october = settled(world, world.lines, period="2026-10")
    rest = attrs.evolve(world.lines[0], amount=yuan(7_000), posted_at=at(6) + dt.timedelta(days=30))
    november = settled_in_november(world, [rest], october)

    assert [17_000] == Chain([october, november]).orders["collected_minor"].to_list()
