"""A courier's bill on Spark itself: what tests/reconciliations/test_courier_bill_spread.py holds to in breadth, here to the end."""

import os
import random
from contextlib import contextmanager
from datetime import date

import polars as pl
import pytest
from courier_books import courier_world
from spread_worlds import KINDS, assert_same, frames
from test_courier_bill_months_spread import CARDS, month, month_findings
from test_courier_bill_spread import PLAIN_CARD

from heavy.spark.losing import gone, lose_all, of_another_type, read_otherwise
from tieout.errors import InputError, InvalidField, MissingColumn
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def on_spark(session, sides, few=("invoices", "claims")):
    """Sides as DataFrames of Spark, but for those that are small."""
    tables = {name: Table(frame, KINDS[name]) for name, frame in frames(sides).items()}
    return {name: table if name in few else table.to_spark(session) for name, table in tables.items()}


@contextmanager
def few_rows_a_bucket(session, rows=60):
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("spark.tieout.rowsPerBucket", str(rows))
    yield
    session.conf.unset("spark.tieout.rowsPerBucket")
    session.conf.set("spark.sql.shuffle.partitions", "4")


def test_a_bill_on_spark_comes_to_what_it_comes_to_here_and_is_posted_as_it_is(classic):
    world = courier_world(random.Random(12))
    with few_rows_a_bucket(classic):
        there = world.reconciliation.run(**on_spark(classic, world.sides))
        local = world.reconciliation.run(**world.sides)

        assert_same(local, there.collect())
        assert there.lines.count() == local.lines.height
        assert there.discrepancies.columns == local.discrepancies.columns
        told = pl.DataFrame(there.discrepancies.select("discrepancy_id", "impact_minor").toArrow())
        said = local.discrepancies.to_polars().select(told.columns)
        assert said.sort("discrepancy_id").equals(told.sort("discrepancy_id"))
        assert list(post(local, book=BOOK, period="2026-01")) == list(post(there, book=BOOK, period="2026-01"))
        there.release()


def test_a_bill_whose_contract_settles_months_comes_to_the_same_on_connect(connect):
    bill = CourierBill(rate_card=CARDS["a rebate on the next bill, and a commitment"], as_of=date(2026, 4, 15))
    sides = month(20, "2.2")
    with few_rows_a_bucket(connect, 20):
        there = bill.run(**on_spark(connect, sides))
        local = bill.run(**sides)

        assert ["rebate"] == [one.keys["charge_type"] for one in month_findings(local)]
        assert_same(local, there.collect())
        there.release()


def test_columns_that_do_not_fit_are_refused_before_a_job_starts(classic):
    world = courier_world(random.Random(12))
    sides = on_spark(classic, world.sides)

    with pytest.raises(MissingColumn, match="charge_type"):
        world.reconciliation.run(**{**sides, "charges": sides["charges"].drop("charge_type")})


def test_a_row_that_is_no_record_is_told_without_javas_trace(classic):
    world = courier_world(random.Random(12))
    sides = on_spark(classic, world.sides)
    wrong = sides["charges"].withColumn("currency", sides["charges"]["bill_no"])

    with pytest.raises(InvalidField, match=r"CourierCharge.currency: 'B[12]' is not an ISO 4217") as caught:
        world.reconciliation.run(**{**sides, "charges": wrong})
    assert "rows up to" in caught.value.__notes__[0]
    assert "java" not in str(caught.value)


def moving(frame):
    """Other rows each time that they are read, as of what samples or asks a clock; there are always some."""

    def some(batches):
        for batch in batches:
            yield batch.slice(0, 1 + int.from_bytes(os.urandom(4)) % batch.num_rows)

    return frame.mapInArrow(some, frame.schema)


def test_rows_that_move_are_read_once_with_checkpoints_though_nothing_else_is_kept(classic, tmp_path, monkeypatch):
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=date(2026, 1, 31))
    sides = on_spark(classic, month(200))
    sides["charges"] = moving(sides["charges"].coalesce(1))
    with few_rows_a_bucket(classic, 500), monkeypatch.context() as patch:
        patch.setattr(type(sides["charges"]), "persist", lambda frame: frame)  # as if what was kept were lost at once
        classic.conf.set("spark.tieout.checkpoint", "true")
        try:
            with pytest.raises(InputError, match="no folder to write checkpoints to"):
                bill.run(**sides)
            classic.sparkContext.setCheckpointDir(str(tmp_path))
            there = bill.run(**sides)
        finally:
            classic.conf.unset("spark.tieout.checkpoint")
        assert there.proof.holds
        assert there.collect().lines.height == there.rows - 200
    assert any(path.is_file() for path in tmp_path.rglob("part-*"))


def test_what_is_lost_is_worked_out_again_and_is_what_was_proved(classic):
    world = courier_world(random.Random(12))
    with few_rows_a_bucket(classic):
        there = world.reconciliation.run(**on_spark(classic, world.sides))
        lose_all(classic)

        assert_same(world.reconciliation.run(**world.sides), there.collect())
        there.release()


@pytest.mark.parametrize("other", [of_another_type, gone], ids=["another type", "no row any more"])
def test_a_frame_that_is_not_of_what_was_proved_is_an_error(classic, tmp_path, other):
    bill = CourierBill(rate_card=PLAIN_CARD, as_of=date(2026, 1, 31))
    sides = on_spark(classic, month(40, "2.2"))
    for name in ("charges", "shipments") if other is gone else ("charges",):
        sides[name] = read_otherwise(sides[name].coalesce(1), tmp_path / "later", other)
    with few_rows_a_bucket(classic, 20):
        there = bill.run(**sides)
        frames_of = {name: getattr(there, name) for name in ("lines", "discrepancies", "events")}
        expected = {name: frame.count() for name, frame in frames_of.items()}
        (tmp_path / "later").touch()
        assert {name: frame.count() for name, frame in frames_of.items()} == expected  # nothing is lost yet
        lose_all(classic)
        for frame in frames_of.values():
            with pytest.raises(Exception, match="is not what was proved"):  # of Spark, which reads it
                frame.count()
        with pytest.raises(InputError, match="is not what was proved") as caught:
            there.collect()
        there.release()
    assert caught.value.where == "CourierBill on Spark"
