"""A large CSV read batch by batch, beside `polars.scan_csv` on the same file: a script that prints a table.

Run it as `python tests/benchmarks/bench_batches.py [ROWS] [ROUNDS] [SEED]`. The file is a courier's list of charges of ten columns,
about a hundred bytes a line, made once in a folder for temporary files. Each way runs in a process of its own, one after the
other in every round, and the table shows the quickest round of each:

- `scan_csv`: the file as Polars takes it by itself, order numbers as numbers, times as text;
- `scan_csv, text`: all columns as text, which identifiers need;
- `scan_csv, typed`: text, then amounts and weight as decimals and the time as a moment, as a person would write it by hand;
- `read_batches`: typed records, rejects with their lines, identifiers checked for damage, every line accounted for;
- `read`: the same at once.

It is no test: nothing here is asserted by time.
"""

import random
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from _spent import measured_elsewhere, report

from tieout import read, read_batches

if TYPE_CHECKING:
    from collections.abc import Mapping

WAYS = ("scan_csv", "scan_csv, text", "scan_csv, typed", "read_batches", "read")
CHUNK = 250_000
HEADER = "运单号,订单号,揽收时间,目的省,计费重量,运费,包装费,折扣,应付金额,服务"
PROVINCES = ["广东省", "浙江省", "江苏省", "北京市", "四川省", "新疆维吾尔自治区"]
SERVICES = ["标快", "特快", "重货"]
FIRST_MOMENT_S = 1_764_547_200
READ_AT_ONCE_MAX = 2_000_000
OPTIONS = {
    "format": "generic_table",
    "record": "CourierCharge",
    "columns": {
        "tracking_no": "运单号",
        "order_id": "订单号",
        "ship_date": "揽收时间",
        "dest.province": "目的省",
        "billed_weight_g": "计费重量",
        "list_amount": "运费",
        "discount_amount": "折扣",
        "amount": "应付金额",
        "service": "服务",
    },
    "weight_unit": "kg",
    "currency": "CNY",
    "constants": {"charge_type": "all_in", "carrier": "sf"},
}


def file_of(rows: int, seed: int) -> Path:
    """The file, made unless it is there: one line in ten thousand has no tracking number, and is a reject."""
    path = Path(tempfile.gettempdir()) / "tieout-benchmarks" / f"charges-{rows}-{seed}.csv"
    if path.exists():
        return path
    path.parent.mkdir(exist_ok=True)
    rng = random.Random(seed)
    step = rng.randrange(5, 17)
    half = path.with_suffix(".part")
    with half.open("wb") as file:
        file.write(f"{HEADER}\n".encode())
        for start in range(0, rows, CHUNK):
            file.write(_lines(start, min(CHUNK, rows - start), step, seed).write_csv(include_header=False).encode())
    half.rename(path)
    return path


def _lines(start: int, rows: int, step: int, seed: int) -> pl.DataFrame:
    number = pl.int_range(start, start + rows, eager=True).alias("number")
    chance = number.hash(seed)
    fee, packing, less = chance % 3_000 + 1_200, chance // 3_000 % 5 * 50, chance // 15_000 % 100
    frame = pl.DataFrame({"number": number, "chance": chance, "fee": fee, "packing": packing, "less": less})
    amount = _yuan(pl.col("fee") + pl.col("packing") - pl.col("less"))
    moment = pl.from_epoch(FIRST_MOMENT_S + pl.col("number") % 2_592_000).dt.strftime("%Y-%m-%d %H:%M:%S")
    tracking = pl.format("SF{}", pl.col("number") * step + 1_000_000_000_000)
    return frame.select(
        tracking=pl.when(pl.col("chance") % 10_000 > 0).then(tracking),
        order=(pl.col("number") * 13 + 2_600_000_000_000_000_011).cast(pl.String),
        moment=moment,
        province=_word(PROVINCES),
        weight=((pl.col("chance") % 80 + 1) / 2).cast(pl.String),
        fee=_yuan(pl.col("fee")),
        packing=_yuan(pl.col("packing")),
        less=_yuan(pl.col("less")),
        amount=amount,
        service=_word(SERVICES),
    )


def _yuan(minor: pl.Expr) -> pl.Expr:
    return pl.format("{}.{}", minor // 100, (minor % 100).cast(pl.String).str.zfill(2))


def _word(words: list[str]) -> pl.Expr:
    return (pl.col("chance") % len(words)).replace_strict(list(range(len(words))), words, return_dtype=pl.String)


def run(way: str, path: Path) -> int:
    """Read the file in one way; gives the number of lines that were read."""
    if way == "scan_csv":
        return pl.scan_csv(path).collect().height
    if way == "scan_csv, text":
        return pl.scan_csv(path, infer_schema=False).collect().height
    if way == "scan_csv, typed":
        money = pl.col("计费重量", "运费", "折扣", "应付金额").str.to_decimal(scale=2)
        moment = pl.col("揽收时间").str.to_datetime("%Y-%m-%d %H:%M:%S")
        return pl.scan_csv(path, infer_schema=False).with_columns(money, moment).collect().height
    if way == "read":
        batch = read(path, **OPTIONS)
        return len(batch.records) + len(batch.rejects)
    batches = read_batches(path, **OPTIONS)
    lines = sum(len(batch.records) + len(batch.rejects) for batch in batches)
    if not batches.control.holds:
        raise SystemExit(f"the control does not hold: {batches.control}")
    return lines


def main() -> None:
    """Print the table."""
    given = [int(word) for word in sys.argv[1:]]
    rows, rounds, seed = [*given, *(1_000_000, 3, 7)[len(given) :]]
    path = file_of(rows, seed)
    ways = [way for way in WAYS if way != "read" or rows <= READ_AT_ONCE_MAX]
    told: dict[str, list[Mapping[str, Any]]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            told[way].append(measured_elsewhere(Path(__file__), way, str(path)))
    base = min(one["seconds"] for one in told["scan_csv"])
    print(f"{rows:,} lines, {path.stat().st_size / 2**20:,.0f} MiB, quickest of {rounds} rounds")
    print(f"{'way':<18}{'seconds':>9}{'x scan':>8}{'cpu s':>8}{'peak MiB':>10}{'lines':>13}")
    for way, runs in told.items():
        best = min(runs, key=lambda one: one["seconds"])
        if best["result"] != rows:
            raise SystemExit(f"{way} read {best['result']:,} lines of {rows:,}")
        seconds, cpu, peak = best["seconds"], best["cpu_s"], best["peak_mb"]
        print(f"{way:<18}{seconds:>9.2f}{seconds / base:>8.2f}{cpu:>8.2f}{peak:>10,.0f}{best['result']:>13,}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in WAYS:
        report(lambda: run(sys.argv[1], Path(sys.argv[2])))
    else:
        main()
