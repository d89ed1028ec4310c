"""A day at a time equals a month at once: the same open cases with the same figures, and the same matches."""

import datetime as dt

import attrs
import pytest

from casebook.runs_world import standing
from scenarios._shop_month import AS_OF, ZONE, shop_month, yuan
from tieout.casebook import SYSTEM, Casebook
from tieout.reconciliations import Payments, Payout, Receipts, Settlement

STEPS = {"paid": "paid_at", "shipped": "shipped_at", "signed": "signed_at", "completed": "completed_at"}
SIDES = {
    Settlement: ("orders", "lines", "refunds", "settlements"),
    Payments: ("orders", "refunds", "transactions"),
    Payout: ("settlements", "payouts"),
    Receipts: ("payouts", "bank"),
}
BY_SIX = (*range(1, 31, 6), 31)
DAYS = {Payments: BY_SIX, Settlement: BY_SIX, Payout: range(1, 32), Receipts: range(1, 32)}
"""When which is run: what moves every day is run every six, since a run takes a while; payouts and receipts each day that has any."""


def day_of(moment):
    return moment.astimezone(ZONE).day if isinstance(moment, dt.datetime) else moment.day


ARRIVES = {
    "orders": lambda one: day_of(one.created_at),
    "refunds": lambda one: day_of(one.succeeded_at),
    "transactions": lambda one: day_of(one.occurred_at),
    "lines": lambda one: day_of(one.posted_at),
    "settlements": lambda one: day_of(one.period_end),
    "payouts": lambda one: day_of(one.initiated_at),
    "bank": lambda one: day_of(one.booked_on),
}


@pytest.fixture(scope="module")
def month():
    """A small month in which a few things went wrong."""
    month = shop_month(orders=90)
    month.drop("transactions", channel_txn_id="AT00031")
    month.edit("transactions", {"amount": yuan(25_000)}, channel_txn_id="AT00032")
    month.book("trade", "ASTRANGER", "STRANGER", 8_800, month.transactions[0].occurred_at)
    month.edit("lines", {"amount": yuan(-1_530)}, platform_order_id="T00010", type="commission")
    month.settle("tmall", None, 12, penalty=-5_000)
    month.settle("tmall", "T99999", 13, sale=4_500)
    month.end()
    short = month.payouts[month.find("payouts", payout_id="TXPDD-1010")].amount
    month.edit("payouts", {"amount": short + yuan(10_000)}, payout_id="TXPDD-1010")
    month.drop("bank", memo="提现 TXTMALL-1015")
    return month


def as_known_on(order, day):
    """An order as the platform exports it on a day: what has not happened yet is not in it."""
    known = {
        name: moment if moment is not None and day_of(moment) <= day else None
        for name in STEPS.values()
        if (moment := getattr(order, name)) is not None
    }
    if all(known.values()):
        return order
    reached = [status for status, name in STEPS.items() if known.get(name) is not None]
    return attrs.evolve(order, **known, status=reached[-1] if reached else "created")


def known_on(month, side, day):
    rows = [one for one in getattr(month, side) if ARRIVES[side](one) <= day]
    return [as_known_on(one, day) for one in rows] if side == "orders" else rows


@pytest.fixture(scope="module")
def at_once(month):
    """How a book stands to which the whole month was given."""
    with Casebook("sqlite://") as cases:
        for kind, sides in SIDES.items():
            cases.run(kind(as_of=AS_OF), actor=SYSTEM, **{side: getattr(month, side) for side in sides})
        return standing(cases)


def run_day(cases, kind, day, actor, **sides):
    as_of = AS_OF if day == AS_OF.day else dt.date(2026, 10, day)
    return cases.run(kind(as_of=as_of), actor=actor, **sides)


def test_all_that_is_known_run_every_six_days_ends_like_the_month_at_once(month, at_once, wang):
    with Casebook("sqlite://") as cases:
        for kind, sides in SIDES.items():
            before = None
            for day in BY_SIX:
                known = {side: known_on(month, side, day) for side in sides}
                if known != before or day == AS_OF.day:
                    run_day(cases, kind, day, wang, **known)
                before = known
        ended = standing(cases)
        assert cases.verify().holds

    assert ended == at_once
    assert len(ended[0]) >= 8


def test_the_new_rows_of_each_day_carried_on_end_like_the_month_at_once(month, at_once, wang):
    with Casebook("sqlite://") as cases:
        for kind, sides in SIDES.items():
            opening, before = None, {side: [] for side in sides}
            for day in DAYS[kind]:
                known = {side: known_on(month, side, day) for side in sides}
                new = {side: [one for one in rows if one not in before[side]] for side, rows in known.items()}
                if any(new.values()) or day == AS_OF.day:
                    opening = run_day(cases, kind, day, wang, **new, opening=opening).outcome.carry_forward
                before = known
        assert standing(cases) == at_once
