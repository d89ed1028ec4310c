"""A law of all reconciliations: files of the period before that are read again change nothing, whatever they say more."""

import datetime as dt

import attrs
import polars as pl

from tieout.model import (
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    CourierInvoice,
    Order,
    Payment,
    Payout,
    Refund,
    Return,
    SettlementLine,
    Shipment,
    StockDocument,
    StockMovement,
)
from tieout.reconciliations import Period
from tieout.tables import Table
from tieout.testing import _world_checks as checks

WORD = pl.lit("0731")
NEW = {
    Order: {"buyer_ref": WORD},
    Shipment: {"sender_ref": WORD},
    Return: {"reason_code": WORD},
    Refund: {"applied_at": pl.col("applied_at").dt.offset_by("-1s")},
    ChannelTransaction: {"balance_after_minor": pl.lit(73100, dtype=pl.Int64)},
    Payout: {"bank_account_tail": WORD},
    BankTransaction: {"counterparty_account": WORD},
    StockDocument: {"status": pl.when(pl.col("status") == "open").then(pl.lit("closed")).otherwise(pl.lit("open"))},
    Payment: {"paid_at": pl.col("paid_at").dt.offset_by("-1s")},
    StockMovement: {"batch": WORD},
    SettlementLine: {"description": WORD},
    CourierCharge: {"contract_ref": WORD},
    CourierInvoice: {"account_no": WORD},
}
"""What a later download says otherwise of a record, and nothing is compared by."""


def renewed(rows, compared):
    """Records as a later download has them, but for columns that the leaf compares or names."""
    if not rows or type(rows[0]) not in NEW:
        return rows
    table = Table.from_records(rows, type(rows[0]))
    new = {name: expr for name, expr in NEW[table.record].items() if name not in compared}
    return list(Table(table.to_polars().with_columns(**new), table.record))


def check_read_again(world, compared=()):
    """Two periods: in the second all files of the first are read again, each record with its new contents."""
    days = world.days()
    is_dated = len(days) > 2
    middle = days[len(days) // 2] if is_dated else world.reconciliation.as_of - dt.timedelta(days=12)
    before = Period(middle - dt.timedelta(days=500), middle)
    after = Period(middle + dt.timedelta(days=1), max(days[-1], world.reconciliation.as_of))
    early, late = world.sides, world.nothing()
    if is_dated:
        early, late = (
            {name: [row for day in some for row in world.arrived(day)[name]] for name in world.sides}
            for some in ([day for day in days if day <= middle], [day for day in days if day > middle])
        )
    first = attrs.evolve(world.reconciliation, as_of=middle, period=before).run(**early)
    opening = attrs.evolve(first.carry_forward, opens_on=after.first)
    second = attrs.evolve(world.reconciliation, period=after)
    again = {name: [*renewed(early[name], compared), *late[name]] for name in world.sides}
    alone, both = (second.run(**sides, opening=opening) for sides in (late, again))

    checks.require_same(alone, both, "files of the period before read again")
    said = [sorted((one.event_id, one.amount) for one in outcome.events) for outcome in (alone, both)]
    assert said[0] == said[1]
    assert both.proof.holds
