"""Whoever takes the guards away and changes anything of what is only appended to is found, whatever column of whatever table it is."""

import datetime as dt
import shutil
import sqlite3
from decimal import Decimal

import attrs
import pytest
from moneyed import Money

from casebook.runs_world import payout, run, settlement
from tieout.casebook import Actor, Casebook, TickingClock
from tieout.model import Event, Payout, Provenance, Settlement
from tieout.posting import Book
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant"])
WANG = Actor("wang", roles=["logistics"])
# Numbers that only order rows of a database, and tables that only help to look something up: what they say stands elsewhere too.
NOT_HELD = {"match_member", "match_clue", "holding.id", "voucher_event.id", "voucher_given.id", "voucher_source.id"}
# Columns of given events that no entry holds yet.
NOT_HELD |= {f"voucher_given.{name}" for name in ("book", "party", "shop_id", "is_given")}
START = dt.datetime(2026, 10, 1, 8, 0, tzinfo=dt.UTC)


def filled(path):
    """A book with something in every table that is only appended to."""
    settlements = [settlement("A", 1, 10_000), settlement("B", 2, 20_000), settlement("D", 4, 400)]
    payouts = [payout("A", 1, 10_000), payout("B", 2, 20_000)]
    sale = Event(
        event_id="order 1",
        kind="sale.shipped",
        occurred_on=dt.date(2026, 10, 5),
        document="douyin S1 2026-10-05 1",
        party="douyin",
        amount=Money(Decimal("190.00"), "CNY"),
        sources=(Provenance(file="orders.csv", sha256="a" * 64, line=2),),
    )
    with Casebook(f"sqlite:///{path}", clock=TickingClock(START)) as cases:
        for source in ("a.csv", "b.csv"):
            cases.import_records(Table.from_records(settlements, Settlement), actor=WANG, source=source)
        dearer = [attrs.evolve(payouts[0], amount=Money("-101.00", "CNY")), payouts[1]]
        cases.import_records(Table.from_records(dearer, Payout), actor=WANG, source="p.csv")
        run(cases, (settlements, dearer), WANG, period="2026-10")
        cases.import_records(Table.from_records(payouts, Payout), actor=WANG, source="p.csv")
        run(cases, (settlements, payouts), WANG, period="2026-10")
        cases.vouchers.post([sale], book=BOOK, period="2026-10", actor=ANNE)
        assert cases.verify().holds


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("book") / "books.db"
    filled(path)
    return path


def guarded(path):
    """Tables that the database guards, with their columns."""
    with sqlite3.connect(path) as connection:
        triggers = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        tables = sorted({table for _, table in triggers})
        return {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}


def picked(path, table, order):
    """SQL that picks the first or last row of a table by its primary key."""
    with sqlite3.connect(path) as connection:
        found = sorted((row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({table})") if row[5])
    keys = [name for _, name in found]
    by = ", ".join(f"{name} {order}" for name in keys)
    return f"({', '.join(keys)}) = (SELECT {', '.join(keys)} FROM {table} ORDER BY {by} LIMIT 1)"  # noqa: S608


def tampered(book, path, statement):
    """A copy of the book without guards, to which something was done; None where that cannot be done at all."""
    shutil.copy(book, path)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    except sqlite3.IntegrityError:
        return None
    finally:
        connection.close()
    return path


def where(path):
    with Casebook(f"sqlite:///{path}") as cases:
        return [str(fault) for fault in cases.verify().faults]


def other(column):
    """SQL that gives another value of the same sort."""
    return f"CASE WHEN {column} IS NULL THEN 'x' WHEN typeof({column}) = 'integer' THEN {column} + 1000 ELSE {column} || 'x' END"


def test_every_guarded_table_has_rows(book):
    with sqlite3.connect(book) as connection:
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in guarded(book)}  # noqa: S608

    assert [] == [table for table, count in counts.items() if not count]


def test_a_change_of_any_column_of_any_guarded_table_is_found(book, tmp_path):
    missed = []
    for table, columns in guarded(book).items():
        for column in columns:
            if {table, f"{table}.{column}"} & NOT_HELD:
                continue
            for pick in ("DESC",):
                one = f"UPDATE {table} SET {column} = {other(column)} WHERE {picked(book, table, pick)}"  # noqa: S608
                path = tampered(book, tmp_path / "copy.db", one)
                if path is not None and not where(path):
                    missed.append(f"{table}.{column} of the {pick} row")

    assert [] == missed


def test_a_row_that_was_deleted_from_any_guarded_table_is_found(book, tmp_path):
    missed = []
    for table in sorted(guarded(book).keys() - NOT_HELD):
        for pick in ("DESC",):
            one = f"DELETE FROM {table} WHERE {picked(book, table, pick)}"  # noqa: S608
            path = tampered(book, tmp_path / "copy.db", one)
            if path is not None and not where(path):
                missed.append(f"{table}, the {pick} row")

    assert [] == missed
