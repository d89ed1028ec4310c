"""What a courier's bill costs on Spark, stage by stage and row by row, beside the local run of the same records: prints a table for each size.

    python tests/benchmarks/bench_spark_bill.py [--lines 100000 1000000] [--bucket 250000] [--partitions 16] [--memory 4g] [--no-local]

Bills are those of `bench_courier_audit`, in folders of Parquet parts as `Table.write_parquet` makes them; rows are bill lines and parcels
together. Seconds are on the clock of `local[2]`, from folders to an outcome whose proof holds and whose lines and discrepancies are counted.
Bytes are what Spark's event log says was shuffled, and what came to the driver. The local run, of the same folders, is in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from _spent import peak_mb
from bench_courier_audit import BILL, CARD, SHIPMENTS, write_files
from bench_spark import Spent, session_of
from bench_spark_cost import jobs, logged

import tieout
from tieout._spark.spark import SparkCluster, SparkParts
from tieout.model import CourierCharge, Shipment
from tieout.reconciliations import CourierBill
from tieout.reconciliations._courier import spreading
from tieout.tables import Table
from tieout.tariffs import RateCard

FILES = 8
FETCHES = {
    "came": "read, and route each record",
    "digest": "find what hangs together",
    "found_sums": "finish findings",
    "event_sums": "finish events",
}


def folders(lines: int, seed: int, place: Path) -> dict[str, Path]:
    """Folders of Parquet parts of both sides, made when they are not there yet."""
    found = {name: place / f"{lines}-{seed}-{name}" for name in ("shipments", "charges")}
    if all(folder.exists() for folder in found.values()):
        return found
    with tempfile.TemporaryDirectory() as at:
        parcels, bill = write_files(Path(at), lines, seed)
        read = {
            "shipments": tieout.read(
                parcels,
                record=Shipment,
                **SHIPMENTS,
            ),
            "charges": tieout.read(
                bill,
                record=CourierCharge,
                **BILL,
            ),
        }
        for name, one in read.items():
            one.records.write_parquet(found[name], rows_per_file=-(-len(one.records) // FILES))
    return found


def bill() -> CourierBill:
    """The reconciliation."""
    return CourierBill(rate_card=RateCard.loads(CARD, name="benchmark.toml"), as_of=date(2026, 10, 31))


@contextmanager
def watched(taken: list[tuple[str, float, float, float]]) -> Iterator[None]:
    """Have each action of Spark note its stage, when it began and when it ended: all between them is planned, not done."""
    figures = iter(("survey the buckets", "audit the buckets"))

    def stage_of(names: tuple[str, ...]) -> str:
        return next(figures) if "figures" in names else FETCHES[names[0]]

    before = SparkCluster.rows, SparkParts.fetched, spreading.found_pairs

    def noting(action: Any, name: Any) -> Any:
        def noted(*arguments: Any) -> Any:
            start, spent = time.time(), Spent.so_far().cpu_s
            result = action(*arguments)
            taken.append((name(arguments[1:]), start, time.time(), Spent.so_far().cpu_s - spent))
            return result

        return noted

    SparkCluster.rows = noting(before[0], lambda _: "count the rows")  # type: ignore[method-assign]
    SparkParts.fetched = noting(before[1], stage_of)  # type: ignore[method-assign]
    spreading.found_pairs = noting(before[2], lambda _: "match all numbers")
    try:
        yield
    finally:
        SparkCluster.rows, SparkParts.fetched, spreading.found_pairs = before  # type: ignore[method-assign]


def measured(spark: Any, paths: dict[str, Path]) -> dict[str, Any]:
    """Seconds of each stage at one size."""
    sides = {name: spark.read.parquet(str(path)) for name, path in paths.items()}
    taken: list[tuple[str, float, float, float]] = []
    start, spent = time.time(), Spent.so_far().cpu_s
    with watched(taken):
        outcome = bill().run(**sides)
    counted, before = time.time(), Spent.so_far().cpu_s
    found = {name: getattr(outcome, name).count() for name in ("lines", "discrepancies")}
    end = time.time()
    taken.append(("read lines and discrepancies", counted, end, Spent.so_far().cpu_s - before))
    if not outcome.proof.holds:
        raise AssertionError(outcome.proof)
    told = {"start": start, "end": end, "cpu_s": Spent.so_far().cpu_s - spent, "rows": outcome.rows, "taken": taken}
    outcome.release()
    return told | found


def locally(paths: dict[str, Path]) -> dict[str, Any]:
    """The same in this process alone."""
    start, spent = time.time(), time.process_time()
    tables = {
        "shipments": Table.read_parquet(paths["shipments"], Shipment),
        "charges": Table.read_parquet(paths["charges"], CourierCharge),
    }
    read = time.time()
    outcome = bill().run(**tables)
    return {
        "seconds": time.time() - start,
        "read_s": read - start,
        "cpu_s": time.process_time() - spent,
        "mb": peak_mb(),
        "lines": outcome.lines.height,
        "discrepancies": len(outcome.discrepancies),
    }


def elsewhere(lines: int) -> dict[str, Any]:
    """The local run in a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--one", str(lines)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    found: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def told(one: dict[str, Any], log: list[tuple[float, int, int]], local: dict[str, Any] | None) -> None:
    """Print what was found at one size."""
    rows, whole = one["rows"], one["end"] - one["start"]
    print(
        f"\n{rows:,} bill lines and parcels, {one['lines']:,} lines, {one['discrepancies']:,} discrepancies: "
        f"{whole:.1f} s, {one['cpu_s']:.0f} s of the processor"
    )
    if local is not None:
        if {name: local[name] for name in ("lines", "discrepancies")} != {
            name: one[name] for name in ("lines", "discrepancies")
        }:
            raise AssertionError((local, one))
        print(
            f"local: {local['seconds']:.1f} s ({local['read_s']:.1f} s to read), {local['cpu_s']:.0f} s of the processor, "
            f"{local['mb']:,.0f} MB"
        )
    print(f"{'stage':32} {'s':>8} {'cpu s':>8} {'us a row':>9} {'shuffled B':>11} {'to driver B':>12}   (bytes a row)")
    stages = dict.fromkeys(name for name, *_ in one["taken"])
    for name in stages:
        spans = [(begin, stop) for stage, begin, stop, _ in one["taken"] if stage == name]
        spent = sum(cpu_s for stage, *_, cpu_s in one["taken"] if stage == name)
        seconds = sum(stop - begin for begin, stop in spans)
        of = [(shuffled, came) for ended, shuffled, came in log if any(begin <= ended <= stop for begin, stop in spans)]
        shuffled, came = (sum(figures) / rows for figures in zip(*of, strict=True)) if of else (0.0, 0.0)
        print(f"{name:32} {seconds:8.1f} {spent:8.1f} {seconds / rows * 1e6:9.2f} {shuffled:11.1f} {came:12.1f}")
    rest = whole - sum(stop - begin for _, begin, stop, _ in one["taken"])
    alone = one["cpu_s"] - sum(cpu_s for *_, cpu_s in one["taken"])
    print(f"{'the driver itself':32} {rest:8.1f} {alone:8.1f} {rest / rows * 1e6:9.2f}")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bucket", type=int, default=250_000, help="rows that are audited in one task")
    parser.add_argument("--partitions", type=int, default=16, help="of Spark's shuffles")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="4g", help="of the driver's Java")
    parser.add_argument(
        "--data", type=Path, default=Path(tempfile.gettempdir()) / "tieout_spark_bill", help="where the folders are"
    )
    parser.add_argument("--no-local", action="store_true")
    parser.add_argument("--one", type=int, help="run locally and report it; for the process of its own")
    options = parser.parse_args()
    options.data.mkdir(exist_ok=True)
    if options.one is not None:
        print(json.dumps(locally(folders(options.one, options.seed, options.data))))
        return
    print(f"{options.master}, seed {options.seed}, {options.bucket:,} rows a bucket, load {os.getloadavg()[0]:.1f}")
    paths = {lines: folders(lines, options.seed, options.data) for lines in options.lines}
    here = {lines: None if options.no_local else elsewhere(lines) for lines in options.lines}
    with tempfile.TemporaryDirectory() as place:
        log = Path(place)
        with session_of(options, {**logged(log), "spark.tieout.rowsPerBucket": str(options.bucket)}) as spark:
            spark.range(1000).mapInArrow(lambda batches: batches, "id long").count()  # Python is warm
            found = {lines: measured(spark, of) for lines, of in paths.items()}
            spent = Spent.so_far()
        every = list(jobs(log))
    for lines, one in found.items():
        told(one, every, here[lines])
    print(f"\nJava {spent.java_mb:,.0f} MB, largest worker {spent.worker_mb:,.0f} MB, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
