"""Statements of a month that reads what the month before read again, and corrects it."""

import datetime as dt
from collections import defaultdict
from random import Random

import attrs
import pytest
from moneyed import Money

from chain_world import place, random_world
from tieout.closing.openings import Opening, carried_records
from tieout.model import CourierCharge, Provenance
from tieout.reconciliations import CourierBill, Payments, Payout, Settlement
from tieout.reports import ReportData
from tieout.reports.statements import ChannelStatement, CourierStatement
from tieout.tables import Table
from tieout.tariffs import RateCard

TERMS = """name = "SF 2026"\ncarrier = "sf"\ncurrency = "CNY"\n[[versions]]\nid = "2026"\nfrom = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 10.00, step = 1, continued = 1.00 }
"""
CARD = RateCard.loads(TERMS, name="sf.toml")


def bill(file):
    """October's bill of two parcels that are not ours."""
    return [
        CourierCharge(
            carrier="sf",
            bill_no="B10",
            tracking_no=f"SF{number}",
            charge_type="base",
            ship_date=dt.date(2026, 10, number),
            amount=Money("10.00", "CNY"),
            provenance=Provenance(file=file, line=number),
        )
        for number in (2, 3)
    ]


def month(period, as_of, charges, *, opening=None, before=None):
    """The outcome of a month and the account of its statement."""
    leaf = CourierBill(rate_card=CARD, timezone="Asia/Shanghai", period=period, as_of=as_of)
    outcome = leaf.run(charges=charges, shipments=[], returns=[], opening=opening)
    data = ReportData(
        name="Lamp House",
        period=period,
        as_of=as_of,
        currency="CNY",
        tables={"CourierCharge": Table.from_records(charges, CourierCharge)},
        outcomes=[outcome],
    )
    return outcome, CourierStatement(opening=before).make(data).frames["account"]


@pytest.mark.parametrize("file", ["october.csv", "last 90 days.csv"])
def test_a_month_in_which_a_courier_billed_nothing_new_owes_what_the_one_before_did(file):
    first, october = month("2026-10", dt.date(2026, 10, 31), bill("october.csv"))
    opening = attrs.evolve(first.carry_forward, opens_on=dt.date(2026, 11, 1))

    _, november = month("2026-11", dt.date(2026, 11, 30), bill(file), opening=opening, before=october)

    names = ("opening_minor", "increase_minor", "closing_minor", "claimed_minor", "agreed_minor")
    assert [(0, 20_00, 20_00, 20_00, 0)] == october.select(names).rows()
    assert [(20_00, 0, 20_00, 20_00, 0)] == november.select(names).rows()


NOVEMBER = dt.date(2026, 11, 30)


def channels(world, lines, payouts, transactions, period, as_of, *, before=(), opening=None):
    """The outcomes of a month of wallets and channels, and the account of its statement."""
    items = {one.reconciliation: one.carry_forward for one in before}
    begun = {name: attrs.evolve(one, opens_on=dt.date(2026, 11, 1)) for name, one in items.items()}
    said = {"period": period, "as_of": as_of}
    outcomes = [
        Settlement(**said).run(
            orders=world.orders, lines=lines, refunds=world.refunds, settlements=world.settlements,
            opening=begun.get("settlement"),
        ),
        Payout(**said).run(settlements=world.settlements, payouts=payouts, opening=begun.get("payout")),
        Payments(**said).run(
            orders=world.orders, transactions=transactions, refunds=world.refunds, opening=begun.get("payments")
        ),
    ]  # fmt: skip
    handed_on = carried_records(Opening(items=items))
    data = ReportData(name="Lamp House", currency="CNY", outcomes=outcomes, carried=handed_on, **said)
    return outcomes, ChannelStatement(opening=opening).make(data).section("account").frame


def changed(rng, rows):
    """Rows of a later file, some of them with another amount."""
    news = [attrs.evolve(row, provenance=place("november.csv", at)) for at, row in enumerate(rows, 2)]
    return [
        attrs.evolve(row, amount=row.amount + Money(rng.choice(("-0.07", "0.07")), "CNY"))
        if rng.random() < 0.3
        else row
        for row in news
    ]


@pytest.mark.parametrize("seed", [5, 8, 17])
def test_what_is_held_after_a_month_that_corrects_the_one_before_is_what_its_files_say(seed):
    world, rng = random_world(seed), Random(seed)
    first, october = channels(world, world.lines, world.payouts, world.transactions, "2026-10", dt.date(2026, 10, 31))
    lines, payouts, transactions = (
        changed(rng, rows) for rows in (world.lines, world.payouts, world.transactions)
    )  # fmt: skip

    _, november = channels(
        world, lines, payouts, transactions, "2026-11", NOVEMBER, before=first, opening=october
    )  # fmt: skip

    held = defaultdict(int)
    for row in (*lines, *payouts):
        held[row.platform, "wallet"] += int(row.amount.amount * 100)
    for row in transactions:
        held[row.channel, "payments"] += int(row.amount.amount * 100)
    closing = {row[:2]: row[2] for row in november.select("channel", "account", "closing_minor").rows()}
    assert {name: closing.get(name, 0) for name in held} == held
