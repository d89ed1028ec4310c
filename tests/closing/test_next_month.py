"""The month after: what was accrued in one is taken back in the next, once in the books and once in the ledgers' files."""

import csv
from datetime import date

import polars as pl
import pytest

from closing.shop import clean_tables, config
from tieout.closing import CasebookRule, close_tables
from tieout.posting import trial_balance
from tieout.tables import Table


def of_days(since, until):
    """The sales of some days; what was settled of them, and when, is said by settlement lines of these days."""
    found = {}
    for name, when in (("Order", "completed_at"), ("SettlementLine", "posted_at")):
        table = clean_tables()[name]
        frame = table.to_polars().filter(pl.col("platform") == "tmall")
        if name == "SettlementLine":  # what is of the last days is settled in the next month
            late = pl.col(when).dt.date() > date(2026, 10, 20)
            moved = pl.when(late).then(pl.col(when).dt.offset_by("15d")).otherwise(pl.col(when))
            frame = frame.with_columns(moved.alias(when))
        day = pl.col(when).dt.date()
        found[name] = Table(frame.filter(day.is_between(since, until)), table.record)
    return found


@pytest.fixture(scope="module", params=["in memory", "in a casebook"])
def months(request, tmp_path_factory):
    """October and November, each closed and written."""
    tmp_path, kept = tmp_path_factory.mktemp("months"), None
    if request.param == "in a casebook":
        roles = ["data", "accountant"]
        kept = CasebookRule(url=f"sqlite:///{tmp_path / 'books.db'}", actor="month end", roles=roles)
    first = config(tmp_path, out=tmp_path / "10", casebook=kept)
    second = config(
        tmp_path,
        period="2026-11",
        as_of=date(2026, 11, 30),
        out=tmp_path / "11",
        opening=tmp_path / "10",
        casebook=kept,
    )
    october = close_tables(of_days(date(2026, 9, 1), date(2026, 10, 31)), first, dry_run=False)
    november = close_tables(of_days(date(2026, 11, 1), date(2026, 11, 30)), second, dry_run=False)
    return october, november, first.book


def numbers_in(folder):
    with (folder / "ledgers" / "vouchers.csv").open(encoding="utf-8-sig", newline="") as file:
        return {(row["period"], row["word"], row["number"]) for row in csv.DictReader(file)}


def test_what_was_accrued_is_taken_back_in_the_balances_of_the_next_month(months):
    october, november, book = months
    both = trial_balance([*october.vouchers, *november.vouchers], book=book, period="2026-11")

    assert ("vouchers that take others back", 1) in october.stage("vouchers").counts
    assert {one.account: one.closing for one in both} == {one.account: one.closing for one in november.balance}
    assert not [name for close in months[:2] for name in close.failures]


def test_no_voucher_stands_in_the_files_of_both_months_and_no_number_twice(months):
    october, november, _ = months
    first, second = numbers_in(october.folder), numbers_in(november.folder)

    assert {"2026-10", "2026-11"} == {period for period, *_ in first}
    assert not first & second
    assert {one.voucher_id for one in october.vouchers}.isdisjoint(one.voucher_id for one in november.vouchers)
    assert ("vouchers of the close before", 1) in november.stage("vouchers").counts
