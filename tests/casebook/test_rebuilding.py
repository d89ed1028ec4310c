"""Playing the log again: the views that it gives are those that stand, or the rows that differ are named."""

import os

import pytest
import sqlalchemy as sa

from casebook.case_entries import body, note
from tieout.casebook import Casebook
from tieout.casebook.rebuilding import as_of, play, views_of
from tieout.casebook.schema import case_now


@pytest.fixture
def filled(cases, wang):
    """Two cases with what was done about them."""
    note(cases, "case.opened", **body())
    note(cases, "case.opened", "c2", **body(discrepancy_id="d2"))
    note(cases, "decision.assign", actor=wang, state="assigned", assignee="wang")
    note(cases, "decision.comment", "c2", actor=wang)
    return cases


def write(cases, *statements):
    with cases.store.writing() as connection:
        for statement in statements:
            connection.execute(statement)


def everything(cases):
    with cases.store.reading() as connection:
        return {
            view.name: sorted(map(repr, connection.execute(sa.select(view)))) for view in views_of(cases.projections)
        }


def told(cases, **given):
    return [str(fault) for fault in cases.verify(**given).faults]


def test_a_view_that_was_changed_is_found_and_rebuilt(filled):
    before = everything(filled)
    c = case_now.c
    write(
        filled,
        case_now.update().where(c.case_id == "c1").values(owner="x", impact_minor=0),
        case_now.update().where(c.case_id == "c2").values(case_id="c3"),
    )

    faults = [
        "case_now c1: impact_minor, owner: not what the log gives",
        "case_now c2: missing: the log gives it",
        "case_now c3: the log does not give it",
    ]
    assert told(filled) == faults
    assert told(filled) == faults, "looking changes nothing"
    rebuilt = filled.rebuild()
    assert [str(fault) for fault in rebuilt.faults] == faults
    assert (rebuilt.entries, rebuilt.views["case_now"]) == (4, 2)
    assert everything(filled) == before
    assert filled.verify().holds
    assert filled.rebuild().faults == ()


def test_playing_entry_by_entry_gives_what_playing_all_at_once_gives(filled):
    before = everything(filled)
    with filled.store.writing() as connection:
        for view in views_of(filled.projections):
            connection.execute(view.delete())
        assert play(connection, filled.projections, batch=1) == 4

    assert everything(filled) == before


def test_looking_often_never_writes_into_the_views(filled):
    """A server that keeps statements prepared could take the view for its shadow."""
    for _ in range(8):
        assert filled.verify().holds
        note(filled, "decision.comment", "c2")
    assert filled.verify().holds
    assert everything(filled) == everything(filled)


def test_a_log_that_was_written_anew_is_found_by_a_hash_kept_elsewhere(filled, clock):
    anchor = filled.head
    note(filled, "decision.comment")

    assert filled.verify(anchor=anchor).holds
    assert filled.verify(anchor="0" * 64).holds, "an empty book is the beginning of every book"
    assert told(filled, anchor="f" * 64) == [
        "anchor: no entry has the hash that was kept elsewhere: the log was written anew"
    ]


def test_a_head_that_was_changed_is_made_again(filled):
    with filled.store.writing() as connection:
        connection.exec_driver_sql("UPDATE head SET seq = 9")

    assert told(filled) == ["entries 5 to 9: missing at the end of the log"]
    filled.rebuild()
    assert filled.verify().holds


@pytest.mark.skipif(os.name == "nt", reason="files are made read-only otherwise there")
def test_a_book_that_may_only_be_read_is_verified_too(tmp_path, clock):
    path = tmp_path / "books.db"
    with Casebook(f"sqlite:///{path}", clock=clock) as cases:
        note(cases, "case.opened", **body())
    with Casebook(f"sqlite:///file:{path}?mode=ro&uri=true", clock=clock) as cases:
        assert cases.verify().holds


def test_a_question_that_the_database_knows_by_heart_is_answered_from_the_past_too(filled):
    """psycopg prepares what is asked often; a prepared statement goes on meaning the table that it was made for."""
    question = sa.select(sa.func.count()).select_from(case_now)
    with filled.store.reading() as connection:
        # The first temporary table of a session makes PostgreSQL read its statements anew; there may have been one before.
        connection.exec_driver_sql("CREATE TEMPORARY TABLE another (n INTEGER)")
        assert {connection.scalar(question) for _ in range(10)} == {2}
        with as_of(connection, filled.projections, 1):
            assert connection.scalar(question) == 1
        assert connection.scalar(question) == 2
