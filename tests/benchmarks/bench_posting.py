"""Posting of a million events: a script that prints seconds, memory and whether the proof holds.

Run it as `python tests/benchmarks/bench_posting.py [EVENTS]`. Six events in ten are lines of sales, the others refunds, settled
sales, commissions and cost of sales, of ten shops and the 31 days of one month: 310 vouchers of shops and days, or one for each
order, which are looked at one after the other as they are unpacked. Statements are made of their lines.
"""

import os
import sys
from datetime import date
from time import perf_counter, process_time
from typing import Any

import polars as pl
from _spent import measured_elsewhere, report

from tieout.model import Event
from tieout.posting import Book, account_ledger, post, trial_balance, vat_summary
from tieout.tables import Table, schema_of

KINDS = [*["sale.shipped"] * 6, "aftersale.refund", "settlement.sale", "settlement.fee", "stock.sale_out"]
GROUPINGS = ("shop_day", "order")
PERIOD = "2026-10"


def events_of(count: int) -> Table[Event]:
    """Events of one month, each of a line of its own in a file."""
    place = pl.struct(
        format=pl.lit("orders"),
        file=pl.lit("orders.csv"),
        sha256=pl.lit("ab" * 32),
        sheet=pl.lit(None, dtype=pl.String),
        line=pl.col("at") + 2,
        line_end=pl.lit(None, dtype=pl.Int64),
    )
    at = pl.DataFrame({"at": pl.int_range(count, eager=True)})
    kinds = pl.Series(KINDS).gather(at["at"] % len(KINDS))
    day = pl.lit(date(2026, 10, 1)) + pl.duration(days=pl.col("at") % 31)
    shop = pl.format("S{}", (pl.col("at") // 31) % 10)
    order = pl.format('{{"line": "1", "order": "O{}"}}', "at")
    known: dict[str, Any] = {
        "event_id": pl.format("e{}", "at"),
        "kind": pl.col("kind"),
        "occurred_on": day.cast(pl.Date),
        "document": pl.format("{} {}", shop, day.cast(pl.Date)),
        "party": pl.lit("douyin"),
        "shop_id": shop,
        "amount_minor": 1000 + (pl.col("at") * 7919) % 50_000,
        "currency": pl.lit("CNY"),
        "details": pl.when(kind="settlement.fee").then(pl.lit('{"line_type": "commission"}')).otherwise(order),
        "sources": pl.concat_list(place),
    }
    columns = [known.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in schema_of(Event).items()]
    return Table(at.with_columns(kinds.alias("kind")).select(columns), Event)


def work(events: Table[Event], grouping: str) -> dict[str, Any]:
    """Post, unpack every voucher, take the lines as columns, make statements of them: seconds by step."""
    book = Book(
        chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general", grouping=grouping
    )
    spent: dict[str, Any] = {}

    def timed(name: str, make: Any) -> Any:
        start, clock = process_time(), perf_counter()
        made = make()
        spent[name] = f"{process_time() - start:.1f} s ({perf_counter() - clock:.1f} s on the clock)"
        return made

    vouchers = timed("post", lambda: post(events, book=book, period=PERIOD))
    if not vouchers.proof.holds:
        raise SystemExit(f"the proof does not hold: {vouchers.proof}")
    spent["lines unpacked"] = timed("unpack", lambda: sum(len(voucher.lines) for voucher in vouchers))
    lines = timed("columns", lambda: vouchers.lines)
    timed("trial balance", lambda: trial_balance(lines, book=book, period=PERIOD))
    timed("account ledger", lambda: account_ledger(lines, book=book, role="ar_platform", period=PERIOD))
    timed("VAT summary", lambda: vat_summary(lines, book=book, period=PERIOD))
    return spent | {"vouchers": len(vouchers)}


def main(count: int) -> None:
    """Print the figures."""
    for grouping in GROUPINGS:
        told = measured_elsewhere(__file__, str(count), grouping)
        load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
        print(f"{count:,} events by {grouping}: {told['cpu_s']:.1f} s of the processors, load {load}")
        print(f"memory: {told['before_mb']:,.0f} MB with the events, {told['peak_mb']:,.0f} MB at most")
        for name, figure in told["result"].items():
            print(f"  {name}: {figure}")


if __name__ == "__main__":
    wanted = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if sys.argv[2:]:
        EVENTS = events_of(wanted)
        report(lambda: work(EVENTS, sys.argv[2]))
    else:
        main(wanted)
