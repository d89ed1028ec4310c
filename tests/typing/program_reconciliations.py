"""What type checkers make of reconciliations."""

from typing import Any, reveal_type

import polars as pl

from tieout.model import CourierCharge, Shipment
from tieout.posting import Book, post
from tieout.reconciliations import CourierBill, Settlement
from tieout.tables import Table
from tieout.tariffs import RateCard


class SparkFrame:
    """A DataFrame of Spark, which may not be installed."""

    @property
    def sparkSession(self) -> Any:  # noqa: N802 - the name is Spark's
        """Its session."""
        return None


bill = CourierBill(rate_card=RateCard.load("zto.toml"))
shipments, charges = Table.from_records([], Shipment), Table.from_records([], CourierCharge)
here = bill.run(shipments=shipments, charges=pl.DataFrame())
there = bill.run(shipments=SparkFrame(), charges=SparkFrame())
reveal_type(here)  # T: tieout.outcome.Outcome
reveal_type(there)  # T: tieout.reconciliations._common.spark_outcome.SparkOutcome
reveal_type(bill.run(shipments=shipments, charges=SparkFrame()).rows)  # T: int
reveal_type(bill.run(shipments=SparkFrame(), charges=charges, opening=there.carry_forward).rows)  # T: int
reveal_type(there.collect())  # T: tieout.outcome.Outcome
there = bill.run(shipments=shipments, charges=charges, opening=here.carry_forward)  # E: assignment
bill.run(shipments=shipments)  # E: call-overload

settlement = Settlement()
reveal_type(settlement.run(orders=pl.DataFrame(), lines=[]))  # T: tieout.outcome.Outcome
reveal_type(settlement.run(orders=[], lines=SparkFrame()).rows)  # T: int
settlement.run(orders=[])  # E: call-overload

book = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")
post([here, there], book=book, period="2026-10")
