"""Settlements and their payouts, and short ways to run them in a book."""

import datetime as dt

import sqlalchemy as sa
from moneyed import Money

from tieout.casebook.schema import case_now
from tieout.model import Payout as PayoutRecord
from tieout.model import Settlement
from tieout.reconciliations import Payout

AS_OF = dt.date(2026, 11, 20)


def settlement(name, day, cents):
    return Settlement(
        platform="pdd",
        shop_id="S1",
        settlement_id=name,
        period_end=dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC) + dt.timedelta(days=day),
        currency="CNY",
        net=Money(cents, "CNY") / 100,
    )


def payout(name, day, cents, *settlements):
    return PayoutRecord(
        platform="pdd",
        shop_id="S1",
        payout_id=f"P-{name}",
        settlement_ids=settlements or (name,),
        amount=-Money(cents, "CNY") / 100,
        initiated_at=dt.datetime(2026, 10, day, 12, tzinfo=dt.UTC),
    )


def run(cases, books, actor, *, reconciliation=None, **more):
    return cases.run(reconciliation or Payout(as_of=AS_OF), actor=actor, settlements=books[0], payouts=books[1], **more)


def states(cases):
    with cases.store.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT type, impact_minor, state, is_gone FROM case_now ORDER BY type, impact_minor"
        ).all()
    return [(kind, minor, state, bool(is_gone)) for kind, minor, state, is_gone in rows]


def standing(cases):
    """What is open, and what is matched."""
    names = ("case_id", "type", "currency", "impact_minor", "expected_minor", "actual_minor", "severity", "claimable")
    query = sa.select(*(case_now.c[name] for name in names)).where(case_now.c.is_open).order_by(case_now.c.case_id)
    with cases.store.reading() as connection:
        opened = [tuple(row) for row in connection.execute(query)]
    return opened, cases.matches()["group_id"].to_list()
