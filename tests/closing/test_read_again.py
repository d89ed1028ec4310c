"""Files of the month before that are read again: what was carried stays what it was, and nothing counts twice."""

from datetime import date

import polars as pl
import pytest

from closing.shop import clean_tables, config
from tieout.closing import close_tables
from tieout.tables import Table

WORD = pl.lit("0731")
NEW = {
    "Order": {"buyer_ref": WORD},
    "erp_orders": {"buyer_ref": WORD},
    "Shipment": {"sender_ref": WORD},
    "Return": {"reason_code": WORD},
    "Refund": {"applied_at": pl.col("applied_at").dt.offset_by("-1s")},
    "ChannelTransaction": {"balance_after_minor": pl.lit(73100, dtype=pl.Int64)},
    "Payout": {"bank_account_tail": WORD},
    "BankTransaction": {"counterparty_account": WORD},
    "StockMovement": {"batch": WORD},
    "StockDocument": {"status": pl.lit("open")},
    "CourierCharge": {"account_no": WORD},
    "CourierInvoice": {"account_no": WORD},
    "SettlementLine": {"description": WORD},
}
"""What later downloads of October's records say otherwise, none of which is compared."""
DROPPED = {"SettlementLine": 40, "BankTransaction": 2, "StockMovement": 3, "erp_orders": 1, "ChannelTransaction": 2}


def faulty_tables():
    """The month with rows that did not come, and three charges that are too high."""
    tables = dict(clean_tables())
    for name, count in DROPPED.items():
        tables[name] = Table(tables[name].to_polars().head(-count), tables[name].record)
    charges = tables["CourierCharge"].to_polars()
    more = pl.when(pl.int_range(pl.len()) < 3).then(pl.col("amount_minor") + 500).otherwise("amount_minor")
    tables["CourierCharge"] = Table(charges.with_columns(more.alias("amount_minor")), tables["CourierCharge"].record)
    return tables


def renewed(tables):
    """The records of a month as a later download has them."""
    more = dict(tables)
    for name, columns in NEW.items():
        before = more[name].to_polars()
        after = before.with_columns(**columns)
        assert not before.equals(after)
        more[name] = Table(after, more[name].record)
    return more


@pytest.fixture(scope="module")
def november(tmp_path_factory):
    """What closes November after October, by the tables that are read."""
    folder = tmp_path_factory.mktemp("months")
    close_tables(faulty_tables(), config(folder, out=folder / "10"), dry_run=False)
    told = config(folder, period="2026-11", as_of=date(2026, 11, 30), opening=folder / "10")
    return lambda tables: close_tables(tables, told)


@pytest.fixture(scope="module")
def alone(november):
    return november({name: Table(table.to_polars().clear(), table.record) for name, table in faulty_tables().items()})


@pytest.fixture(scope="module", params=[lambda tables: tables, renewed], ids=["the same", "with other contents"])
def months(request, november, alone):
    """November without any new record, and November in which all files of October are read again."""
    return alone, november(request.param(faulty_tables()))


def found_by(close):
    return [
        (one.reconciliation, sorted(one.discrepancies.to_polars().select("discrepancy_id", "impact_minor").rows()))
        for one in close.outcomes
    ]


def test_what_was_open_is_found_again_though_its_files_are_read_again(months):
    alone, again = months

    assert 30 < alone.above_the_bar
    assert len(alone.outcomes) >= 13
    assert found_by(alone) == found_by(again)
    assert again.proof.holds


def test_as_many_items_are_carried_on_as_without_those_files(months):
    alone, again = months

    open_items = [[sorted(map(str, one.carry_forward.items.rows())) for one in each.outcomes] for each in months]
    assert 10 < sum(map(len, open_items[0]))
    assert open_items[0] == open_items[1]
    assert dict(alone.stage("archive").counts)["open items carried forward"] == sum(map(len, open_items[1]))
    assert alone.verdict == again.verdict


def test_nothing_is_booked_again(months):
    alone, again = months

    events = [[sorted(one.events.to_polars()["event_id"]) for one in each.outcomes] for each in months]
    assert events[0] == events[1]
    assert list(alone.vouchers) == list(again.vouchers)
