"""A casebook of a million records: importing them, importing them again, and the lists of a book of as many entries.

Run it as `python tests/benchmarks/bench_casebook.py [RECORDS] [URL]`; without a URL in a SQLite file in a temporary folder. The
records are orders of ten shops with twelve fields and where they stand. Targets: the first import below 60 s, the second below
15 s, the list of open cases below 100 ms.

What was measured stands in `docs/explanation/benchmarks.md`.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import polars as pl
from _cases import fill, measure
from _spent import peak_mb

from tieout.casebook import Actor, Casebook
from tieout.model import Order
from tieout.tables import Table

WHO = Actor("bench", roles=["logistics"])


def orders_of(count: int) -> Table[Order]:
    """Orders of ten shops; their numbers are in no order."""
    at = pl.col("at")
    begun = pl.datetime(2026, 10, 1, time_zone="UTC") + pl.duration(seconds=at)
    frame = pl.select(at=pl.int_range(count)).select(
        platform=pl.lit("taobao"),
        shop_id=pl.format("S{}", at % 10),
        platform_order_id=pl.format("26{}", at * 7_919 % 10**12 + 10**12),
        merchant_order_no=pl.format("M{}", at),
        status=pl.lit("paid"),
        currency=pl.lit("CNY"),
        goods_amount_minor=at % 10_000,
        created_at=begun,
        paid_at=begun + pl.duration(seconds=5),
        ship_to_province=pl.lit("广东"),
        ship_to_city=pl.lit("深圳"),
        source_file=pl.lit("orders.csv"),
        source_sha256=pl.lit("ab" * 32),
        source_line=at + 2,
    )
    return Table.from_frame(frame, Order)


def timed(name: str, act: Callable[[], Any]) -> None:
    """Do it and print what it took and gave."""
    clock, worked = perf_counter(), process_time()
    given = act()
    took, cost = perf_counter() - clock, process_time() - worked
    load = os.getloadavg()[0]
    print(
        f"{name:<34}{cost:>7.1f} s {took:>7.1f} s on the clock, load {load:.1f}, {peak_mb():,.0f} MB: {given}",
        flush=True,
    )


def records(url: str, count: int) -> None:
    """Print what importing costs."""
    table = orders_of(count)
    print(f"{count:,} orders, {peak_mb():,.0f} MB with them")
    edited = pl.when(pl.col("source_line") % 1_000 == 0).then(1).otherwise("goods_amount_minor")
    later = Table(table.to_polars().with_columns(goods_amount_minor=edited), Order)
    with Casebook(url) as cases:
        timed("import", lambda: cases.import_records(table, actor=WHO))
        timed("the same again", lambda: cases.import_records(table, actor=WHO))
        timed("again, one in a thousand edited", lambda: cases.import_records(later, actor=WHO))
        timed("a day of 1,000 of them", lambda: cases.import_records(table[:1_000], actor=WHO))
        timed("read all back", lambda: len(cases.records(Order)))
        timed("verify", lambda: cases.verify().holds)


def main(count: int, url: str | None) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        records(url or f"sqlite:///{Path(folder) / 'records.db'}", count)
        if url is None:
            lists = f"sqlite:///{Path(folder) / 'cases.db'}"
            with Casebook(lists) as cases:
                print(f"{count:,} entries about cases in {fill(cases, count):.0f} s")
            measure(lists)


if __name__ == "__main__":
    main(
        int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000,
        sys.argv[2] if len(sys.argv) > 2 else None,
    )
