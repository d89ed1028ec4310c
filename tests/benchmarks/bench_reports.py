"""The standard reports of a busy shop: a script that prints seconds and memory, report by report.

Run it as `python tests/benchmarks/bench_reports.py [ORDERS]`; the orders, lines and refunds are those of `bench_settlement.py`, each
order with a parcel of its own and eleven charges for ten parcels, and cases for one order in twenty. Settlement, dispatch and the
courier's bill are reconciled before the clock starts. It is no test: nothing here is asserted by time.
"""

import datetime as dt
import os
import sys
import time

import polars as pl
from _spent import measured_elsewhere, peak_mb, report
from bench_settlement import FEES, base, filled, lines_of, orders_of, refunds_of

from tieout.model import CourierCharge, Return, Shipment
from tieout.reconciliations import CourierBill, Dispatch, Settlement
from tieout.reports import ReportData
from tieout.reports.standard import BUILDERS
from tieout.reports.trends import metric_figures
from tieout.tables import Table, schema_of
from tieout.tariffs import RateCard

CARD = """
name = "Benchmark contract"
carrier = "zto"
currency = "CNY"
[terms]
timezone = "Asia/Shanghai"
vat_percent = 6
[[versions]]
id = "2026"
from = 2026-01-01
weight = { rounding = { mode = "ceil", step = 1 } }
prices = { model = "first_continued", first_weight = 1, first = 3.00, step = 1, continued = 1.00 }
"""
_PROVINCES = ["广东", "浙江", "江苏", "四川", "北京", "新疆"]


def parcels_of(frame: pl.DataFrame) -> Table:
    """A parcel for every order."""
    line = schema_of(Shipment)["lines"].inner
    parts = {"platform_order_id": pl.col("platform_order_id"), "quantity": pl.lit(1)}
    content = pl.struct(
        parts.get(field.name, pl.lit(None)).cast(field.dtype).alias(field.name) for field in line.fields
    )
    return filled(
        frame.select(
            (pl.lit("Z") + pl.col("platform_order_id")).alias("tracking_no"),
            "shop_id",
            pl.lit("zto").alias("carrier"),
            pl.lit("outbound").alias("direction"),
            pl.lit("signed").alias("status"),
            pl.col("at").alias("picked_up_at"),
            (pl.col("place") % len(_PROVINCES)).replace_strict(dict(enumerate(_PROVINCES))).alias("dest_province"),
            (200 + pl.col("place") % 1800).cast(pl.Decimal(28, 8)).alias("weight_scale_g"),
            pl.concat_list(content).alias("lines"),
            pl.lit("parcels.csv").alias("source_file"),
            pl.col("place").cast(pl.Int64).alias("source_line"),
        ),
        Shipment,
    )


def charges_of(frame: pl.DataFrame) -> Table:
    """A charge for every parcel, one in a hundred too high, and a remote fee for one in ten."""
    heavy = (200 + pl.col("place") % 1800) > 1000
    priced = pl.when(heavy).then(400).otherwise(300) + pl.when(pl.col("place") % 100 == 7).then(100).otherwise(0)
    every = frame.with_columns(priced.alias("amount_minor"), pl.lit("all_in").alias("charge_type"))
    remote = frame.filter(pl.col("place") % 10 == 3).with_columns(
        pl.lit(500).alias("amount_minor"), pl.lit("remote_area").alias("charge_type")
    )
    rows = pl.concat([every, remote], how="diagonal_relaxed")
    return filled(
        rows.select(
            (pl.lit("Z") + pl.col("platform_order_id")).alias("tracking_no"),
            pl.lit("zto").alias("carrier"),
            pl.lit("B-10").alias("bill_no"),
            "charge_type",
            pl.lit("outbound").alias("leg"),
            pl.col("at").dt.date().alias("ship_date"),
            pl.when(heavy).then(2000).otherwise(1000).cast(pl.Decimal(28, 8)).alias("billed_weight_g"),
            pl.col("amount_minor").cast(pl.Int64),
            "currency",
            pl.lit("bill.csv").alias("source_file"),
            pl.int_range(pl.len(), dtype=pl.Int64).alias("source_line"),
        ),
        CourierCharge,
    )


def cases_of(frame: pl.DataFrame) -> Table:
    """A case for one order in twenty."""
    return filled(
        frame.filter(pl.col("place") % 20 == 5).select(
            "platform",
            "shop_id",
            (pl.lit("A") + pl.col("platform_order_id")).alias("return_id"),
            "platform_order_id",
            pl.lit("return_refund").alias("kind"),
            pl.lit("7天无理由").alias("reason_code"),
            pl.col("at").alias("applied_at"),
        ),
        Return,
    )


def data_of(count: int) -> ReportData:
    """The period with its outcomes."""
    frame = base(count)
    orders, lines, refunds = orders_of(frame), lines_of(frame), refunds_of(frame)
    parcels, charges, cases = parcels_of(frame), charges_of(frame), cases_of(frame)
    as_of = dt.date(2026, 10, 31)
    outcomes = (
        Dispatch(as_of=as_of).run(orders=orders, shipments=parcels),
        Settlement(as_of=as_of, fees=FEES).run(orders=orders, lines=lines, refunds=refunds),
        CourierBill(as_of=as_of, rate_card=RateCard.loads(CARD, name="card.toml")).run(
            shipments=parcels, charges=charges
        ),
    )
    tables = {
        "Order": orders,
        "SettlementLine": lines,
        "Refund": refunds,
        "Shipment": parcels,
        "CourierCharge": charges,
        "Return": cases,
    }
    return ReportData(name="bench", period="2026-10", as_of=as_of, currency="CNY", tables=tables, outcomes=outcomes)


def work() -> dict[str, object]:
    """Make all reports, and say what each took."""
    told: dict[str, object] = {}
    start = time.perf_counter()
    for builder in BUILDERS:
        made = builder.make(DATA)
        rows = sum(one.details.height for one in made.sections if one.details is not None) if made else 0
        told[type(builder).__name__] = f"{time.perf_counter() - start:.1f} s, {rows:,} rows behind, {peak_mb():,.0f} MB"
        del made
        start = time.perf_counter()
    kept = metric_figures(DATA)
    told["figures kept"] = f"{kept.height:,} in {time.perf_counter() - start:.1f} s"
    return told


def main(count: int) -> None:
    """Print the figures."""
    told = measured_elsewhere(__file__, str(count), "here")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"{count:,} orders: {told['seconds']:.1f} s on the clock, {told['cpu_s']:.1f} s of the processors, load {load}"
    )
    print(f"memory: {told['before_mb']:,.0f} MB with the outcomes, {told['peak_mb']:,.0f} MB at most")
    for name, text in told["result"].items():
        print(f"{name:>22}: {text}")


if __name__ == "__main__":
    COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    if sys.argv[2:] == ["here"]:
        DATA = data_of(COUNT)
        report(work)
    else:
        main(COUNT)
