"""What a settlement costs on Spark, stage by stage and row by row, beside the local run of the same records: prints a table for each size.

    python tests/benchmarks/bench_spark_settlement.py [--lines 100000 1000000] [--bucket 250000] [--partitions 16] [--memory 4g] [--no-local]

Orders, lines and refunds are those of `bench_settlement`, three lines an order, on four platforms of four shops each, with amounts and
moments by the seed; lines stand in a file for each platform and day, and each shop has a settlement a day with its header. They are in
folders of Parquet parts as `Table.write_parquet` makes them; rows are orders, lines, refunds and headers together. What is measured, and
how: `_spark_stages`.
"""

import datetime as dt
from pathlib import Path

import attrs
import polars as pl
from _spark_stages import FILES, Case, main
from bench_settlement import FEES, base, filled, lines_of, orders_of, refunds_of

from tieout.model import Order, Refund, SettlementLine
from tieout.model import Settlement as Header
from tieout.reconciliations import Settlement
from tieout.tables import Table

PLATFORMS = ("tmall", "jd", "douyin", "pinduoduo")
LINES_AN_ORDER = 3
RECORDS = {"orders": Order, "lines": SettlementLine, "refunds": Refund, "settlements": Header}


def in_files(lines: Table) -> Table:
    """The lines, each in the file of its platform and day."""
    file = pl.format("{}-{}.csv", "platform", pl.col("posted_at").dt.date())
    return Table(lines.to_polars().with_columns(file.alias("source_file")), SettlementLine)


def headers_of(lines: Table) -> Table:
    """The settlements of the lines, of which one in fifty says another net than they make."""
    scope = ["settlement_id", "platform", "shop_id", "currency"]
    sums = (
        lines.to_polars()
        .group_by(scope)
        .agg(
            pl.col("posted_at").min().alias("period_start"),
            pl.col("posted_at").max().alias("period_end"),
            pl.col("amount_minor").sum().alias("net_minor"),
        )
    )
    off = pl.when(pl.int_range(pl.len()) % 50 == 0).then(100).otherwise(0)
    empty = pl.lit([], dtype=pl.List(pl.Null)).alias("lines")
    return filled(sums.sort(scope).with_columns(pl.col("net_minor") + off, empty), Header)


def folders(lines: int, seed: int, place: Path) -> dict[str, Path]:
    """Folders of Parquet parts of all sides, made when they are not there yet."""
    found = {name: place / f"{lines}-{seed}-{name}" for name in RECORDS}
    if all(folder.exists() for folder in found.values()):
        return found
    facts = base(lines // LINES_AN_ORDER, seed=seed, platforms=PLATFORMS)
    billed = in_files(lines_of(facts))
    tables = {
        "orders": orders_of(facts),
        "lines": billed,
        "refunds": refunds_of(facts),
        "settlements": headers_of(billed),
    }
    for name, table in tables.items():
        table.write_parquet(found[name], rows_per_file=max(1, -(-len(table) // FILES)))
    return found


CASE = Case(
    rows="orders, lines, refunds and headers",
    records=RECORDS,
    few=("settlements",),
    folders=folders,
    run=Settlement(
        fees=[attrs.evolve(fee, platform=platform) for platform in PLATFORMS for fee in FEES],
        as_of=dt.date(2026, 11, 30),
    ).run,
    stages={
        "came": ("read, and route each record",),
        "bound": ("find what hangs together",),
        "digest": ("find what hangs together",),
        "carried": ("survey the buckets",),
        "Audited": ("reconcile the buckets",),
        "days": ("add up figures",),
        "Finished": ("finish findings",),
        "found_sums": ("finish findings",),
        "Eventful": ("finish events",),
        "event_sums": ("finish events",),
    },
)


if __name__ == "__main__":
    main(CASE, __doc__, "tieout_spark_settlement")
