"""A copy of a book says what the book says, and what is done in it leaves the book alone: so a close is rehearsed."""

import pytest
import sqlalchemy as sa

from casebook.runs_world import run
from closing.shop import kept_in, payout, receipt
from tieout.casebook import Casebook
from tieout.casebook.copying import copy_book
from tieout.casebook.migrating import migrate, version_of, versions
from tieout.casebook.store import Store
from tieout.closing import close_tables
from tieout.errors import StoreError


def rows_of(url):
    """Every table of a database with all its rows, by name."""
    store = Store.open(url)
    try:
        with store.reading() as connection:
            tables = sa.MetaData()
            tables.reflect(connection)
            return {
                table.name: sorted(map(repr, map(tuple, connection.execute(sa.select(table)))))
                for table in tables.sorted_tables
            }
    finally:
        store.close()


def test_a_copy_has_every_row_of_every_table_and_proves_itself(cases, books, wang, url, tmp_path):
    run(cases, books, wang)

    copy_book(url, tmp_path / "copy.db")

    assert rows_of(url) == rows_of(f"sqlite:///{tmp_path / 'copy.db'}")
    with Casebook(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert cases.head == copy.head
        assert copy.verify().holds


def test_what_is_done_in_a_copy_is_not_done_in_the_book(cases, books, wang, url, tmp_path):
    before = rows_of(url)
    copy_book(url, tmp_path / "copy.db")

    with Casebook(f"sqlite:///{tmp_path / 'copy.db'}", clock=cases.clock) as copy:
        run(copy, books, wang)
        assert cases.head != copy.head

    assert before == rows_of(url)


def test_where_there_is_no_book_none_is_copied_and_none_is_made(empty_url, tmp_path):
    copy_book(empty_url, tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()
    assert "postgresql" not in empty_url or {} == rows_of(empty_url)


def test_a_book_of_an_older_version_is_copied_as_it_is_and_what_opens_the_copy_brings_it_up_to_date(
    empty_url, tmp_path
):
    older = {number: name for number, name in versions().items() if number < max(versions())}
    book = Store.open(empty_url)
    migrate(book, only=older)
    book.close()

    copy_book(empty_url, tmp_path / "copy.db")

    copy = Store.open(f"sqlite:///{tmp_path / 'copy.db'}")
    with copy.reading() as connection:
        assert max(older) == version_of(connection, copy)
    copy.close()
    with Casebook(f"sqlite:///{tmp_path / 'copy.db'}") as opened:
        assert opened.verify().holds


def test_a_copy_never_replaces_a_file(cases, url, tmp_path):
    (tmp_path / "copy.db").write_text("mine", encoding="utf-8")

    with pytest.raises(StoreError, match="the file is there already"):
        copy_book(url, tmp_path / "copy.db")
    assert "mine" == (tmp_path / "copy.db").read_text(encoding="utf-8")


def test_a_rehearsal_leaves_nothing_in_the_database_and_says_what_the_close_says(url, tmp_path):
    config = kept_in(url, tmp_path)
    tables = {"Payout": [payout(1, 1, 95), payout(2, 2, 95)], "BankTransaction": [receipt(1, 1, 95)]}
    Casebook(url).close()
    before = rows_of(url)

    rehearsed = close_tables(tables, config, dry_run=True)
    after = rows_of(url)
    closed = close_tables(tables, config, dry_run=False)

    assert before == after != rows_of(url)
    assert rehearsed.stages == closed.stages
    assert [one.voucher_id for one in rehearsed.vouchers] == [one.voucher_id for one in closed.vouchers]
    assert ["bank.receipt_missing"] == rehearsed.data.cases["type"].to_list()
