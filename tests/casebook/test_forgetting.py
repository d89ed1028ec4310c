"""Forgetting a person: their data goes, down to the bytes, and everything that proves the accounts stays."""

import json
import random
from pathlib import Path

import pytest
import sqlalchemy as sa

from casebook.case_entries import body, keep_personal, note
from tieout.casebook import Actor, Casebook
from tieout.casebook.forgetting import forgotten_pseudonyms
from tieout.casebook.schema import personal
from tieout.errors import CasebookError, NotAllowed

OFFICER = Actor("sun", roles=["data"])
THEIRS, ANOTHER = "5f" * 16, "a0" * 16


@pytest.fixture
def known(cases):
    """A book that keeps personal fields of two people, many of one of them."""
    rows = [
        (number, THEIRS, json.dumps({"buyer": f"Forgettable {number}", "x": "y" * 400})) for number in range(1, 200)
    ]
    keep_personal(cases, *rows, (500, ANOTHER, json.dumps({"buyer": "Memorable"})))
    note(cases, "case.opened", **body())
    return cases


def kept(cases):
    with cases.store.reading() as connection:
        return connection.execute(sa.select(personal.c.record_id, personal.c.pseudonym)).all()


def test_what_is_personal_goes_and_the_book_still_verifies(known):
    anchor = known.head

    forgotten = known.forget(THEIRS, actor=OFFICER, reason="request 17, call 13800005678")

    assert kept(known) == [(500, ANOTHER)]
    assert forgotten.records == tuple(range(1, 200))
    assert forgotten.is_erased
    assert forgotten.entry.body["rows"] == 199
    assert THEIRS not in json.dumps(dict(forgotten.entry.body))
    assert forgotten.entry.reason == "request 17, call 138****5678"
    assert known.verify(anchor=anchor).holds
    with known.store.reading() as connection:
        (digest,) = forgotten_pseudonyms(connection)
    assert digest == forgotten.entry.body["pseudonym_sha256"]


def test_the_bytes_are_gone_from_every_file_of_the_book(tmp_path, clock):
    path = tmp_path / "books.db"
    numbers = list(range(1, 3_000))
    random.Random(1).shuffle(numbers)
    rows = [(n, f"{n % 7:032d}", f"Forgettable{n % 7}: " + "y" * (n * 37 % 900)) for n in numbers]
    with Casebook(f"sqlite:///{path}", clock=clock) as cases:
        keep_personal(
            cases, *rows
        )  # in no order and of all sizes, so that pages split and keep pieces of what stood in them
        assert any(b"Forgettable3" in file.read_bytes() for file in files(path))

        cases.forget(f"{3:032d}", actor=OFFICER, reason="request 17")

        for file in files(path):
            assert b"Forgettable3" not in file.read_bytes(), file.name
            assert f"{3:032d}".encode() not in file.read_bytes(), file.name
        assert cases.verify().holds
        note(cases, "case.opened", **body())


def test_the_database_is_written_anew_without_what_is_forgotten(known):
    """Deleting alone leaves the room, and on PostgreSQL the rows, where they were."""
    is_sqlite = known.store.engine.dialect.name == "sqlite"
    where = "SELECT 0" if is_sqlite else "SELECT pg_relation_filenode('personal')"
    with known.store.reading() as connection:
        before = connection.exec_driver_sql(where).scalar()

    known.forget(THEIRS, actor=OFFICER, reason="request 17")

    with known.store.reading() as connection:
        if is_sqlite:
            assert connection.exec_driver_sql("PRAGMA freelist_count").scalar() == 0
        else:
            assert connection.exec_driver_sql(where).scalar() != before


def files(path):
    return [file for file in Path(path).parent.iterdir() if file.name.startswith(path.name)]


def test_somebody_who_still_reads_is_told_of_and_forgetting_again_finishes_it(tmp_path, clock):
    path = tmp_path / "books.db"
    with Casebook(f"sqlite:///{path}", clock=clock) as cases, Casebook(f"sqlite:///{path}") as reader:
        keep_personal(cases, (1, THEIRS, "Forgettable"))
        cases.store.engine.dispose()
        with reader.store.reading() as connection:
            assert connection.scalar(sa.select(personal.c.record_id)) == 1
            with impatient(cases):
                assert not cases.forget(THEIRS, actor=OFFICER, reason="request 17").is_erased
        assert cases.forget(THEIRS, actor=OFFICER, reason="request 17").is_erased
        assert not any(b"Forgettable" in file.read_bytes() for file in files(path))


def impatient(cases):
    """Connections that do not wait a minute for somebody else."""
    from contextlib import contextmanager

    @contextmanager
    def hurried():
        def hurry(connection, _record):
            connection.execute("PRAGMA busy_timeout = 50")

        sa.event.listen(cases.store.engine, "connect", hurry)
        yield
        sa.event.remove(cases.store.engine, "connect", hurry)

    return hurried()


def test_a_request_that_finds_nothing_is_answered_and_noted(known):
    assert known.forget("00" * 16, actor=OFFICER, reason="request 18").records == ()
    assert len(kept(known)) == 200


def test_not_everybody_forgets_and_never_without_a_reason(known, wang):
    with pytest.raises(NotAllowed):
        known.forget(THEIRS, actor=wang, reason="x")
    with pytest.raises(CasebookError, match="a pseudonym is needed"):
        known.forget("", actor=OFFICER, reason="x")
    with pytest.raises(CasebookError, match="why is to be said"):
        known.forget(THEIRS, actor=OFFICER, reason=" ")
    assert len(kept(known)) == 200


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE personal SET fields = '{}' WHERE record_id = 500", "they are not those that were kept"),
        ("UPDATE personal SET pseudonym = 'x' WHERE record_id = 500", "they are not those that were kept"),
        ("DELETE FROM personal WHERE record_id = 500", "missing, and nobody forgot them"),
        ("INSERT INTO personal VALUES (500000, 'x', '{}')", "no import kept them"),
    ],
)
def test_what_somebody_did_to_personal_fields_by_hand_is_found(known, statement, fault):
    known.forget(THEIRS, actor=OFFICER, reason="request 17")
    assert known.verify().holds

    with known.store.writing() as connection:
        connection.exec_driver_sql(statement)

    number = 500_000 if "INSERT" in statement else 500
    assert [str(one) for one in known.verify().faults] == [f"personal fields of version {number}: {fault}"]
