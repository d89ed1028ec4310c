"""Statements over a million voucher lines: a script that prints seconds, memory and whether the proofs hold.

Run it as `python tests/benchmarks/bench_statements.py [LINES]`. Every sale is a voucher of three lines (receivable, revenue, output
VAT) of one of 20 shops, on one of 61 days.
"""

import os
import sys
from datetime import date
from decimal import Decimal
from time import process_time

import polars as pl
from _spent import measured_elsewhere, report

from tieout.posting import Book, account_ledger, trial_balance, vat_summary

BOOK = Book(chart="cn_small_business", currency="CNY", timezone="Asia/Shanghai", taxpayer="general")


def lines_of(count: int) -> pl.DataFrame:
    """Lines of sales at 13 %."""
    at = pl.int_range(count // 3, eager=True)
    net = (at * 7919) % 100_000 + 1
    sales = pl.DataFrame({"at": at, "net": net, "tax": (net * 13 + 50) // 100})
    of_voucher = {
        "voucher_id": pl.format("v{}", "at"),
        "word": pl.lit("记"),
        "number": pl.col("at") + 1,
        "date": pl.lit(date(2026, 10, 1)) + pl.duration(days=pl.col("at") % 61),
        "status": pl.lit("posted"),
        "currency": pl.lit("CNY"),
        "aux": pl.concat_str([pl.lit('{"shop": "s'), (pl.col("at") % 20).cast(pl.String), pl.lit('"}')]),
    }
    nothing = pl.lit(None, dtype=pl.Int64)
    no_rate, rate = (pl.lit(value, dtype=pl.Decimal(38, 16)) for value in (None, Decimal("0.13")))
    parts = [
        ("1122.01", "ar_platform", pl.col("net") + pl.col("tax"), nothing, no_rate, nothing),
        ("5001", "revenue", nothing, pl.col("net"), no_rate, nothing),
        ("2221.01.01", "vat_output", nothing, pl.col("tax"), rate, pl.col("net")),
    ]
    frames = [
        sales.select(
            **of_voucher,
            line_no=pl.lit(at_line),
            account=pl.lit(account),
            role=pl.lit(role),
            debit_minor=debit,
            credit_minor=credit,
            tax_rate=tax_rate,
            tax_base_minor=base,
        )
        for at_line, (account, role, debit, credit, tax_rate, base) in enumerate(parts, start=1)
    ]
    return pl.concat(frames)


def work(lines: pl.DataFrame) -> dict[str, float]:
    """Make each statement, and look at its proof; the seconds of the processors by statement."""
    statements = {
        "trial balance": lambda: trial_balance(lines, book=BOOK, period="2026-11", levels=True),
        "account ledger": lambda: account_ledger(lines, book=BOOK, role="ar_platform", period="2026-10"),
        "VAT summary": lambda: vat_summary(lines, book=BOOK, period="2026-10"),
    }
    spent = {}
    for name, make in statements.items():
        start = process_time()
        if not make().proof.holds:
            raise SystemExit(f"the proof of the {name} does not hold")
        spent[name] = round(process_time() - start, 2)
    return spent


def main(count: int) -> None:
    """Print the figures."""
    told = measured_elsewhere(__file__, str(count), "here")
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    print(
        f"{count:,} lines: {told['seconds']:.1f} s on the clock, {told['cpu_s']:.1f} s of the processors, load {load}"
    )
    print(f"memory: {told['before_mb']:,.0f} MB with the lines, {told['peak_mb']:,.0f} MB at most")
    print(told["result"])


if __name__ == "__main__":
    wanted = int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else 1_000_000
    if sys.argv[2:] == ["here"]:
        LINES = lines_of(wanted)
        report(lambda: work(LINES))
    else:
        main(wanted)
