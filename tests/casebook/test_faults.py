"""What befalls a disk or a server: a clear error, and the book as it was before."""

import os
import sqlite3
import subprocess
import sys
import traceback
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from tieout.casebook import SYSTEM, Casebook
from tieout.casebook.log import Draft
from tieout.casebook.schema import personal
from tieout.errors import StoreError

HIDDEN = "a value of a row"


def note(cases, *texts):
    with cases.store.writing() as connection:
        cases._note(connection, [Draft(kind="note", body={"text": text}) for text in texts], actor=SYSTEM)


def test_a_file_that_cannot_be_written_is_read_and_refuses_to_be_written(tmp_path):
    path = tmp_path / "books.db"
    with Casebook(f"sqlite:///{path}") as cases:
        note(cases, "a")

    with Casebook(f"sqlite:///file:{path}?mode=ro&uri=true") as cases:
        assert cases.verify().entries == 1
        with pytest.raises(StoreError, match="the file is read-only"):
            note(cases, "b")
        assert cases.verify().holds


def test_an_empty_file_that_cannot_be_written_is_told(tmp_path):
    path = tmp_path / "books.db"
    path.touch()

    with pytest.raises(StoreError, match="the file is read-only"):
        Casebook(f"sqlite:///file:{path}?mode=ro&uri=true")


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StoreError, match=r"books\.db: the file cannot be opened"):
        Casebook(f"sqlite:///{tmp_path / 'none' / 'books.db'}")


FULL = """
import resource, sys
from tieout.casebook import SYSTEM, Casebook
from tieout.casebook.log import Draft
from tieout.errors import StoreError

with Casebook(sys.argv[1]) as cases:
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    written = 0
    try:
        while True:
            with cases.store.writing() as connection:
                cases._note(connection, [Draft(kind="note", body={"text": "x" * 5_000})] * 10, actor=SYSTEM)
            written += 10
    except StoreError as error:
        print(written, error.problem, sep="|")
"""


def test_a_full_disk_is_told_and_loses_nothing_that_was_written(tmp_path):
    url = f"sqlite:///{tmp_path / 'books.db'}"
    done = subprocess.run(
        [sys.executable, "-c", FULL, url], capture_output=True, encoding="utf-8", check=True, env=os.environ.copy()
    )
    written, _, problem = done.stdout.strip().partition("|")

    assert problem in {"the disk is full", "the disk cannot be read or written"}
    with Casebook(url) as cases:
        found = cases.verify()
        assert found.holds
        assert found.entries == int(written) > 0
        note(cases, "and on it goes")
        assert cases.verify().entries == int(written) + 1


@pytest.mark.parametrize("does_come_back", [False, True], ids=["removed", "replaced"])
def test_a_file_that_is_taken_away_is_missed_before_anything_is_written_to_nowhere(tmp_path, does_come_back):
    path = tmp_path / "books.db"
    with Casebook(f"sqlite:///{path}") as cases:
        note(cases, "a")
        path.rename(tmp_path / "moved.db")
        if does_come_back:
            Path(path).touch()
        with pytest.raises(StoreError, match="the file was removed or replaced while the book was open"):
            note(cases, "b")


def test_a_server_that_goes_away_is_told_and_what_was_begun_is_undone(postgres_server_of_its_own):
    server = postgres_server_of_its_own
    with Casebook(server.url) as cases:
        note(cases, "a")

        def work():
            with cases.store.writing() as connection:
                cases._note(connection, [Draft(kind="note")] * 100, actor=SYSTEM)
                server.stop()
                cases._note(connection, [Draft(kind="note")], actor=SYSTEM)

        with pytest.raises(
            StoreError, match=r"the database (went away|cannot be reached)[^~]*look before it is done again"
        ):
            work()
        with pytest.raises(StoreError, match="the database cannot be reached"):
            cases.verify()

        server.start()
        found = cases.verify()

    assert found.holds
    assert found.entries == 1


def test_an_error_of_the_database_shows_no_value_of_a_row_whichever_way_it_is_printed(cases):
    row = {"record_id": 1, "pseudonym": "p", "fields": HIDDEN}

    with pytest.raises(StoreError) as caught, cases.store.writing() as connection:
        connection.execute(personal.insert(), [row, row])

    assert HIDDEN not in "".join(traceback.format_exception(caught.value))


def test_a_writer_that_another_one_keeps_waiting_is_told_so(url, monkeypatch):
    monkeypatch.setattr("tieout.casebook.store._WAIT_SECONDS", 1)
    with Casebook(url) as cases, Casebook(url) as other:
        with cases.store.writing(), pytest.raises(StoreError, match="another process kept it locked"):
            note(other, "a")
        note(other, "b")
        assert cases.verify().entries == 1


def test_a_new_file_that_another_process_is_making_a_book_too_is_waited_for(tmp_path):
    path = tmp_path / "books.db"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        Timer(0.3, other.rollback).start()

        with Casebook(f"sqlite:///{path}") as cases:
            assert cases.verify().holds
