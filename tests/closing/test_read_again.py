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


def with_news(tables):
    """The records with what became of them since: signed for, arrived, and ended a moment later."""
    news = {
        "Order": pl.col("signed_at").dt.offset_by("1h"),
        "erp_orders": pl.col("signed_at").dt.offset_by("1h"),
        "Payout": pl.coalesce("arrived_at", "initiated_at").dt.offset_by("1h").alias("arrived_at"),
        "Settlement": pl.col("period_end").dt.offset_by("1s"),
    }
    read = {name: Table(tables[name].to_polars().with_columns(new), tables[name].record) for name, new in news.items()}
    return {**tables, **read}


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


def test_what_was_open_is_found_again_whatever_else_its_records_say_by_now(november, alone):
    since = november(with_news(faulty_tables()))
    kinds = ("orders", "payments", "payout", "receipts", "settlement")

    def said(close):
        runs = [one for one in close.outcomes if one.reconciliation in kinds]
        assert [*kinds] == sorted(one.reconciliation for one in runs)
        return [
            (
                one.reconciliation,
                sorted(one.discrepancies.to_polars().select("type", "impact_minor").rows()),
                sorted(one.events.to_polars()["event_id"]),
                one.carry_forward.items.select(pl.len(), pl.col("amount_minor").sum()).rows(),
            )
            for one in runs
        ]

    assert 10 < sum(len(found) for _, found, *_ in said(alone))
    assert said(alone) == said(since)
    assert since.proof.holds


def test_parcels_that_were_signed_for_since_are_those_that_wait_for_their_bill(tmp_path):
    """October's parcels are read again with what became of them: November's bill of them is audited, and what no bill has accrued."""
    tables = {name: clean_tables()[name].filter(pl.col("carrier") == "zto") for name in ("Shipment", "CourierCharge")}
    charges, parcels = (tables[name].to_polars() for name in ("CourierCharge", "Shipment"))
    late, unbilled = parcels["tracking_no"].head(6).to_list(), parcels["tracking_no"].head(2).to_list()
    is_late = pl.col("tracking_no").is_in(late)
    on_the_way = parcels.with_columns(
        pl.when(is_late).then(pl.lit("in_transit")).otherwise("status").alias("status"),
        pl.when(~is_late).then("signed_at").alias("signed_at"),
    )
    billed = charges.filter(is_late & ~pl.col("tracking_no").is_in(unbilled)).with_columns(
        pl.lit("ZTO-2026-11").alias("bill_no"), pl.col("amount_minor") + 500
    )
    records = {name: table.record for name, table in tables.items()}
    first = {"Shipment": on_the_way, "CourierCharge": charges.filter(~is_late)}
    close_tables(
        {name: Table(frame, records[name]) for name, frame in first.items()},
        config(tmp_path, out=tmp_path / "10"),
        dry_run=False,
    )
    told = config(tmp_path, period="2026-11", as_of=date(2026, 11, 30), opening=tmp_path / "10")

    closes = [
        close_tables(
            {"Shipment": Table(read, records["Shipment"]), "CourierCharge": Table(billed, records["CourierCharge"])},
            told,
        )
        for read in (parcels.clear(), on_the_way, parcels)
    ]

    alone, again, since = closes
    assert 4 == sum(len(found) for _, found in found_by(alone))
    assert found_by(alone) == found_by(again) == found_by(since)
    events = [[sorted(one.events.to_polars()["event_id"]) for one in each.outcomes] for each in closes]
    assert events[0] == events[1] == events[2]
    assert 1 == sum("courier.unbilled" in one.events.to_polars()["kind"].to_list() for one in since.outcomes)
