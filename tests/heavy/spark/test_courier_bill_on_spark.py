"""A courier's bill on Spark itself: what tests/reconciliations/test_courier_bill_spread.py holds to in breadth, here to the end."""

import random
from contextlib import contextmanager
from datetime import date

import polars as pl
import pytest
from courier_books import courier_world
from spread_worlds import KINDS, assert_same, frames
from test_courier_bill_months_spread import CARDS, month, month_findings

from tieout.errors import InvalidField, MissingColumn
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill
from tieout.tables import Table

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def on_spark(session, sides, few=("invoices", "claims")):
    """Sides as DataFrames of Spark, but for those that are small."""
    tables = {name: Table(frame, KINDS[name]) for name, frame in frames(sides).items()}
    return {name: table if name in few else table.to_spark(session) for name, table in tables.items()}


@contextmanager
def few_rows_a_bucket(session):
    session.conf.set("spark.sql.shuffle.partitions", "2")
    session.conf.set("spark.tieout.rowsPerBucket", "20")
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
    with few_rows_a_bucket(connect):
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
