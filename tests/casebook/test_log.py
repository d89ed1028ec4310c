import sqlite3

import pytest
import sqlalchemy as sa

from casebook.case_entries import body
from tieout.casebook import SYSTEM, Casebook
from tieout.casebook.log import Draft, append, entries
from tieout.casebook.migrating import migrate, versions
from tieout.casebook.schema import entry
from tieout.casebook.store import Store
from tieout.errors import CasebookError, StoreError


def write(cases, *texts, actor=SYSTEM):
    with cases.store.writing() as connection:
        return cases._note(connection, [Draft(kind="note", body={"text": text}) for text in texts], actor=actor)


def test_every_entry_names_the_hash_of_the_one_before(cases, wang):
    first, second = write(cases, "a", "b", actor=wang)

    assert (first.seq, second.seq) == (1, 2)
    assert first.previous == "0" * 64
    assert second.previous == first.hash
    assert (second.actor, second.roles, second.at) == ("wang", ("logistics",), "2026-10-01T08:00:00.000000Z")
    assert cases.verify().holds
    assert cases.head == second.hash


def test_what_was_written_is_read_again_by_another_process(cases, url):
    write(cases, "a; DROP TABLE entry; --", "b' OR '1'='1")

    with Casebook(url) as again, again.store.reading() as connection:
        texts = [one.body["text"] for one in entries(connection)]

    assert texts == ["a; DROP TABLE entry; --", "b' OR '1'='1"]


def test_what_is_read_at_a_time_is_of_one_state_though_somebody_writes_meanwhile(cases):
    write(cases, "a")

    with cases.store.reading() as connection:
        before = len(list(entries(connection)))
        write(cases, "b")
        assert len(list(entries(connection))) == before

    with cases.store.reading() as connection:
        assert len(list(entries(connection))) == before + 1


def test_the_database_refuses_to_change_an_entry_or_to_delete_one(cases):
    write(cases, "a")

    for statement in (sa.update(entry).values(actor="x"), sa.delete(entry)):
        with (
            pytest.raises(StoreError, match="a row of the log was to be changed or deleted"),
            cases.store.writing() as to,
        ):
            to.execute(statement)

    assert cases.verify().holds


def tampered(url, *statements):
    """Do to the tables what only somebody can who takes the guards away first."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for name in ("entry_is_not_changed", "entry_is_not_deleted"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE entry DISABLE TRIGGER ALL")
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("UPDATE entry SET actor = 'x' WHERE seq = 2", ["entry 2: its text is not what its hash was made of"]),
        ("DELETE FROM entry WHERE seq = 2", ["entry 2: missing"]),
        ("DELETE FROM entry WHERE seq > 2", ["entries 3 to 4: missing at the end of the log"]),
        (
            "UPDATE entry SET previous = 'f' WHERE seq = 3",
            [
                "entry 3: it does not follow the entry before it: one of the two was changed",
                "entry 3: its text is not what its hash was made of",
            ],
        ),
    ],
)
def test_tampering_is_found_and_told_where(cases, url, statement, faults):
    write(cases, "a", "b", "c", "d")
    tampered(url, statement)

    assert [str(fault) for fault in cases.verify().faults] == faults


def test_a_failing_write_leaves_nothing_behind(cases):
    write(cases, "a")

    def fail():
        with cases.store.writing() as connection:
            cases._note(connection, [Draft(kind="note")], actor=SYSTEM)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert cases.verify().entries == 1


def test_what_no_database_keeps_is_refused(cases):
    with pytest.raises(CasebookError, match="a character that no database keeps"):
        write_reason(cases, "half a pair \ud800")
    with pytest.raises(CasebookError, match="a character that no database keeps"):
        write_reason(cases, "nul \x00")
    with pytest.raises(CasebookError, match="a float cannot be kept in the log"):
        write(cases, 1.5)


def write_reason(cases, reason):
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="note", reason=reason)], actor=SYSTEM)


@pytest.mark.parametrize("before", [1, 2, 4])
def test_a_book_of_an_older_tieout_is_brought_up_to_date_with_all_that_its_log_says(empty_url, clock, before):
    store = Store.open(empty_url)
    assert migrate(store, only={version: name for version, name in versions().items() if version <= before}) == before
    with store.writing() as connection:
        append(connection, [Draft(kind="case.opened", subject="c1", body=body())], actor=SYSTEM, now=clock())
    store.close()

    with Casebook(empty_url, clock=clock) as cases:
        assert cases.open()["case_id"].to_list() == ["c1"]
        found = cases.verify()
    assert (found.entries, found.faults) == (1, ())


def test_a_book_of_a_newer_tieout_is_refused(url):
    with Casebook(url) as cases, cases.store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO schema_version VALUES (999, 'v999_future')")

    with pytest.raises(StoreError, match="the book has version 999 of the schema"):
        Casebook(url)


def test_a_file_that_is_no_book_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE entry (id INTEGER)")
    other.close()

    with pytest.raises(StoreError, match="what lies there is no casebook"):
        Casebook(f"sqlite:///{path}")
    text = tmp_path / "text.db"
    text.write_text("no database at all, but long enough to be looked at " * 20)
    with pytest.raises(StoreError, match="the file is no SQLite database"):
        Casebook(f"sqlite:///{text}")


def test_a_url_of_something_else_is_refused():
    with pytest.raises(StoreError, match="books lie in SQLite or PostgreSQL, not in mysql"):
        Casebook("mysql://x@y/z")
    with pytest.raises(StoreError, match="it is no URL of a database"):
        Casebook("books.db")


def test_entries_are_found_by_kind_by_what_they_are_about_and_from_a_number_on(cases):
    kinds = ("note.made", "notes", "note", "remark.made", "note.torn")
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind=kind, subject=kind[:4]) for kind in kinds], actor=SYSTEM)

    with cases.store.reading() as connection:
        assert [one.kind for one in entries(connection, kinds=["note."])] == ["note.made", "note.torn"]
        assert [one.kind for one in entries(connection, kinds=["note", "remark."])] == ["note", "remark.made"]
        assert [one.seq for one in entries(connection, subject="note", after=2)] == [3, 5]
