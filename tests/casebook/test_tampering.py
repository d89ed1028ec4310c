"""Whoever takes the guards away and changes anything of what is only appended to is found, whatever column of whatever table it is."""

import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from decimal import Decimal

import attrs
import pytest
from moneyed import Money
from sqlalchemy import Boolean

from casebook.case_entries import keep_personal
from casebook.runs_world import payout, run, settlement
from tieout.casebook import Actor, Casebook, TickingClock
from tieout.casebook.schema import metadata
from tieout.model import Event, Payout, Provenance, Settlement
from tieout.posting import Book
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
ANNE = Actor("anne", roles=["accountant"])
WANG = Actor("wang", roles=["logistics"])
# Numbers that order rows: held where the order says which row holds, and the last one may have any number above the others.
ORDER_ONLY = {"holding.id", "voucher_event.id", "voucher_given.id", "voucher_source.id"}
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
        keep_personal(cases, (10_001, "5f" * 16, "{}"), (10_002, "a0" * 16, "{}"))
        cases.import_records(Table.from_records(dearer, Payout), actor=WANG, source="p.csv")
        run(cases, (settlements, dearer), WANG, period="2026-10")
        cases.import_records(Table.from_records(payouts, Payout), actor=WANG, source="p.csv")
        run(cases, (settlements, payouts), WANG, period="2026-10")
        cases.vouchers.post([sale], book=BOOK, period="2026-10", actor=ANNE)
        dearer = attrs.evolve(sale, amount=Money("191.00", "CNY"))
        cases.vouchers.post([dearer], book=BOOK, period="2026-10", actor=ANNE)
        assert cases.verify().holds


def tables_with(path, triggers):
    """Tables of triggers, with their columns."""
    with closing(sqlite3.connect(path)) as connection, connection:
        tables = sorted({table for _, table in triggers})
        return {table: [row[1] for row in connection.execute(f"PRAGMA table_info({table})")] for table in tables}


@pytest.fixture(scope="module")
def stripped(tmp_path_factory):
    """A book whose guards somebody took away, and the tables that they guarded, with their columns."""
    path = tmp_path_factory.mktemp("book") / "books.db"
    filled(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        triggers = connection.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
    return path, tables_with(path, triggers)


@pytest.fixture
def book(stripped):
    return stripped[0]


@pytest.fixture
def guarded(stripped):
    return stripped[1]


def picked(path, table, order):
    """SQL that picks the first or last row of a table by its primary key."""
    with closing(sqlite3.connect(path)) as connection, connection:
        found = sorted((row[5], row[1]) for row in connection.execute(f"PRAGMA table_info({table})") if row[5])
    keys = [name for _, name in found]
    by = ", ".join(f"{name} {order}" for name in keys)
    return f"({', '.join(keys)}) = (SELECT {', '.join(keys)} FROM {table} ORDER BY {by} LIMIT 1)"  # noqa: S608


def tampered(book, path, statement):
    """A copy of the book to which something was done; None where that cannot be done at all."""
    shutil.copy(book, path)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute(statement)
    except sqlite3.IntegrityError:
        return None
    finally:
        connection.close()
    return path


def where(path):
    with Casebook(f"sqlite:///{path}") as cases:
        return [str(fault) for fault in cases.verify().faults]


def is_missed(book, path, statement):
    """Whether something can be done to a book and is not found."""
    done = tampered(book, path, statement)
    return done is not None and not where(done)


def other(table, column):
    """SQL that gives another value of the same sort."""
    if isinstance(metadata.tables[table].c[column].type, Boolean):
        return f"NOT {column}"
    return f"CASE WHEN {column} IS NULL THEN 'x' WHEN typeof({column}) = 'integer' THEN {column} + 1000 ELSE {column} || 'x' END"


def test_every_guarded_table_has_rows(book, guarded):
    with closing(sqlite3.connect(book)) as connection, connection:
        counts = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in guarded}  # noqa: S608

    assert [] == [table for table, count in counts.items() if not count]


@pytest.mark.parametrize("pick", ["ASC", "DESC"])
def test_a_change_of_any_column_of_any_guarded_table_is_found(book, guarded, tmp_path, pick):
    missed = [
        f"{table}.{column}"
        for table, columns in guarded.items()
        for column in columns
        if f"{table}.{column}" not in ORDER_ONLY
        and is_missed(
            book,
            tmp_path / "copy.db",
            f"UPDATE {table} SET {column} = {other(table, column)} WHERE {picked(book, table, pick)}",  # noqa: S608
        )
    ]

    assert [] == missed


@pytest.mark.parametrize("pick", ["ASC", "DESC"])
def test_a_row_that_was_deleted_from_any_guarded_table_is_found(book, guarded, tmp_path, pick):
    deleting = {table: f"DELETE FROM {table} WHERE {picked(book, table, pick)}" for table in guarded}  # noqa: S608

    assert [] == [table for table, one in deleting.items() if is_missed(book, tmp_path / "copy.db", one)]


@pytest.mark.parametrize("pick", ["ASC", "DESC"])
def test_a_row_that_was_added_to_any_guarded_table_is_found(book, guarded, tmp_path, pick):
    """A copy of a row under another key: for each column of the key, and for all of them."""
    missed = []
    for table, columns in guarded.items():
        keys = [column.name for column in metadata.tables[table].primary_key]
        for changed in [*([key] for key in keys), keys]:
            said = ", ".join(other(table, name) if name in changed else name for name in columns)
            adding = f"INSERT INTO {table} SELECT {said} FROM {table} WHERE {picked(book, table, pick)}"  # noqa: S608
            if is_missed(book, tmp_path / "copy.db", adding):
                missed.append(f"{table} by {', '.join(changed)}")

    assert [] == missed


def test_given_events_in_another_order_are_found(book, tmp_path):
    """The last row of an event holds, so the order of rows is part of what they say."""
    moved = "UPDATE voucher_given SET id = -id WHERE id = (SELECT max(id) FROM voucher_given)"

    assert not is_missed(book, tmp_path / "copy.db", moved)
