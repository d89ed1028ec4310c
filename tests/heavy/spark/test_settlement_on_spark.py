"""Settlements on Spark itself: what tests/reconciliations/test_settlement_spread.py holds to in breadth, here to the end."""

import random

import attrs
import polars as pl
import pytest
from settlement_world import Books
from spread_settlements import KINDS, assert_same, frames

from heavy.spark.losing import lose_all, read_otherwise, without_the_last
from tieout.errors import InputError, InvalidField, MissingColumn
from tieout.model import Settlement as Header
from tieout.model import SettlementLine
from tieout.outcome import CarryForward
from tieout.posting import Book, post
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def world(seed, stories):
    books = Books(random.Random(seed))
    for story in books.dice.choices(Books.STORIES, k=stories):
        story(books)
    made = books.world()
    return attrs.evolve(made, reconciliation=attrs.evolve(made.reconciliation, as_of=None, period="2026-10"))


def on_spark(session, sides, few=("settlements",)):
    """Sides as DataFrames of Spark, but for those that are small."""
    tables = {name: Table(frame, KINDS[name]) for name, frame in frames(sides).items()}
    return {name: table if name in few else table.to_spark(session) for name, table in tables.items()}


@pytest.fixture
def few_rows_a_bucket(classic):
    classic.conf.set("spark.sql.shuffle.partitions", "2")
    classic.conf.set("spark.tieout.rowsPerBucket", "30")
    yield
    classic.conf.unset("spark.tieout.rowsPerBucket")
    classic.conf.set("spark.sql.shuffle.partitions", "4")


@pytest.mark.usefixtures("few_rows_a_bucket")
def test_settlements_on_spark_come_to_what_they_come_to_here_and_are_posted_as_they_are(classic):
    books = world(3, 12)
    there = books.reconciliation.run(**on_spark(classic, books.sides))
    local = books.reconciliation.run(**books.sides)

    assert_same(local, there.collect())
    assert there.lines.count() == local.lines.height
    assert there.discrepancies.columns == local.discrepancies.columns
    told = pl.DataFrame(there.discrepancies.select("discrepancy_id", "impact_minor").toArrow())
    assert (
        local.discrepancies.to_polars().select(told.columns).sort("discrepancy_id").equals(told.sort("discrepancy_id"))
    )
    assert list(post(local, book=BOOK, period="2026-10")) == list(post(there, book=BOOK, period="2026-10"))
    there.release()


@pytest.mark.usefixtures("few_rows_a_bucket")
def test_what_is_lost_is_worked_out_again_and_is_what_was_proved(classic):
    books = world(3, 12)
    there = books.reconciliation.run(**on_spark(classic, books.sides))
    lose_all(classic)

    assert_same(books.reconciliation.run(**books.sides), there.collect())
    there.release()


@pytest.mark.usefixtures("few_rows_a_bucket")
def test_a_frame_that_is_not_of_what_was_proved_is_an_error(classic, tmp_path):
    books = world(3, 12)
    sides = on_spark(classic, books.sides)
    sides["lines"] = read_otherwise(sides["lines"], tmp_path / "later", without_the_last)
    there = books.reconciliation.run(**sides)
    frames_of = (there.lines, there.discrepancies, there.records["lines"], there.carry_forward.items)
    (tmp_path / "later").touch()
    lose_all(classic)

    for frame in frames_of:
        with pytest.raises(Exception, match="is not what was proved"):  # of Spark, which reads it
            frame.count()
    with pytest.raises(InputError, match="is not what was proved") as caught:
        there.collect_events()
    assert caught.value.where == "Settlement on Spark"
    there.release()


def test_what_was_carried_and_written_is_where_the_next_run_begins(classic):
    books = world(5, 6)
    first = attrs.evolve(books.reconciliation, period="2026-10-08")
    second = attrs.evolve(books.reconciliation, period="2026-10-09")
    again = {name: rows[:1] for name, rows in books.sides.items()}
    carried = first.run(**books.sides).carry_forward
    sides, later = (
        {name: table.to_spark(classic) for name, table in held.items()} for held in (carried.sides, carried.later)
    )
    there = second.run(**on_spark(classic, again), opening=CarryForward(sides=sides, later=later))

    assert_same(second.run(**again, opening=carried), there.collect())
    there.release()


def test_settlements_through_connect_come_to_the_same(connect):
    books = world(2, 6)
    there = books.reconciliation.run(**on_spark(connect, books.sides, few=()))

    assert_same(books.reconciliation.run(**books.sides), there.collect())
    there.release()


def test_columns_that_do_not_fit_are_refused_before_a_job_starts(classic):
    sides = on_spark(classic, world(2, 4).sides, few=())

    for side, column in (("lines", "type"), ("settlements", "currency")):
        with pytest.raises(MissingColumn, match=column):
            world(2, 4).reconciliation.run(**{**sides, side: sides[side].drop(column)})


def test_a_row_that_is_no_record_is_told_without_javas_trace(classic):
    sides = on_spark(classic, world(2, 4).sides)
    wrong = sides["lines"].withColumn("currency", sides["lines"]["type"])

    with pytest.raises(InvalidField, match=r"SettlementLine.currency: '.*' is not an ISO 4217") as caught:
        world(2, 4).reconciliation.run(**{**sides, "lines": wrong})
    assert "rows up to" in caught.value.__notes__[0]
    assert "java" not in str(caught.value)


def test_headers_with_lines_of_their_own_are_refused(classic):
    books = world(2, 4)
    line = next(one for one in books.sides["lines"] if isinstance(one, SettlementLine))
    header = Header(settlement_id="S", currency="CNY", lines=(line,))

    with pytest.raises(InputError, match="a header holds lines of its own"):
        books.reconciliation.run(**on_spark(classic, {**books.sides, "settlements": [header]}))
