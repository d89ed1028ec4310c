"""Records of a closed month that no close has seen, because a download was made too early or a file was forgotten."""

import datetime as dt

import polars as pl
import pytest

from closing.shop import clean_tables, config
from tieout.closing import close_tables
from tieout.closing.unseen import seen_by
from tieout.tables import Table

LEFT = {"BankTransaction": 2, "Order": 4}


def without_the_last(tables):
    few = dict(tables)
    for name, count in LEFT.items():
        few[name] = Table(tables[name].to_polars().head(-count), tables[name].record)
    return few


def unseen(result):
    (collected, *_) = result.stages
    return [one for one in collected.notes if "were in no file when" in one]


def november(folder, **more):
    return config(folder, period="2026-11", as_of=dt.date(2026, 11, 30), opening=folder / "10", **more)


@pytest.fixture
def october(tmp_path):
    def closed(tables):
        close_tables(tables, config(tmp_path, out=tmp_path / "10"), dry_run=False)

    return closed


def test_records_that_the_month_before_lacked_are_told_until_it_is_closed_again_with_them(tmp_path, october):
    tables = dict(clean_tables())
    october(without_the_last(tables))
    result = close_tables(tables, november(tmp_path))
    bank, orders = unseen(result)
    assert bank.startswith("BankTransaction: 2 records of 2026-10-")
    assert orders.startswith("Order: 4 records of 2026-10-")
    names = tables["Order"].to_polars().tail(4)["platform_order_id"].sort()
    assert f"({', '.join(names.head(3))}…)" in orders
    assert "attention" == result.stages[0].status
    october(tables)
    assert [] == unseen(close_tables(tables, november(tmp_path)))


def test_what_was_seen_in_another_state_or_in_the_month_before_that_is_told_of_by_nobody(tmp_path, october):
    tables = dict(clean_tables())
    october(tables)
    later = (
        tables["Order"]
        .to_polars()
        .with_columns(pl.lit("elsewhere").alias("shop_id"), pl.col("paid_at").dt.offset_by("-1d"))
    )
    close_tables(
        {"Order": Table(later, tables["Order"].record)}, november(tmp_path, out=tmp_path / "11"), dry_run=False
    )
    december = config(tmp_path, period="2026-12", as_of=dt.date(2026, 12, 31), opening=tmp_path / "11")
    assert [] == unseen(close_tables(tables, december))


def test_records_from_before_the_first_close_and_those_of_no_name_or_day_are_not_told_of(tmp_path, october):
    tables = dict(clean_tables())
    october(without_the_last(tables))
    bank = tables["BankTransaction"].to_polars()
    years_ago = bank.tail(2).with_columns(pl.lit(dt.date(2026, 9, 30)).alias("booked_on"))
    nameless = bank.tail(2).with_columns(pl.lit(None, dtype=pl.String).alias("bank_ref"))
    record = tables["BankTransaction"].record
    for frame in (years_ago, nameless):
        assert [] == unseen(close_tables({"BankTransaction": Table(frame, record)}, november(tmp_path)))


def test_names_are_kept_for_a_year(tmp_path):
    tables = {"BankTransaction": clean_tables()["BankTransaction"]}
    first = seen_by(config(tmp_path), tables, None)
    assert {dt.date(2026, 10, 1)} == {*first["since"]}
    assert first.height == tables["BankTransaction"].to_polars()["bank_ref"].drop_nulls().n_unique()
    for period, kept, since in (("2027-09", first.height, "2026-10-01"), ("2028-01", 0, "2026-12-31")):
        later = seen_by(config(tmp_path, period=period, as_of=dt.date(2028, 1, 31)), {}, first)
        assert (kept, {dt.date.fromisoformat(since)} if kept else set()) == (later.height, {*later["since"]})
