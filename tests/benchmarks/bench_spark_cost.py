"""What a match on Spark costs, stage by stage and row by row: prints a table for each size, and what it makes of a billion rows.

    python tests/benchmarks/bench_spark_cost.py [--rows 100000 1000000 10000000] [--memory 8g] [--join] [--exchange]

Sides are those of the other benchmarks of matching (`_truth`), in Parquet; rows are those of both sides together. Seconds are on the
clock of `local[2]`; bytes are what Spark's event log says was shuffled, and what came to the driver. `--join` measures the native
join of the same frames, all columns of both sides kept, before and after the match in the same session. `--exchange` exchanges loose
records on the cluster however few they are.

A stage is linear when its microseconds a row do not grow from size to size; fixed costs of jobs (planning, starting tasks and Python) fall away.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from _truth import shown, stored
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - what everybody calls it

from tieout.matching import Matcher, OnSpark
from tieout.matching._spark import matching
from tieout.matching._spark.cluster import SparkCluster

BILLION = 1_000_000_000
STAGES = {
    "__init__": "number the rows",
    "close": "shuffle, and decide buckets",
    "fetched": "fetch open blocks",
    "met": "exchange loose records",
    "loose": "fetch loose records",
    "looked_up": "look at closed blocks",
}
DRIVER, PAIRS = "decide the rest in the driver", "count the pairs"


def sides(rows: int, folder: Path) -> list[str]:
    """Folders of Parquet parts of both sides, as a matcher may see them."""
    found = []
    for name, path in zip(("left", "right"), stored(rows, 7), strict=True):
        part = folder / f"{rows}-{name}"
        part.mkdir()
        frame = shown(pl.read_parquet(path)).with_row_index("row").cast({"row": pl.Int64})
        for at, some in enumerate(frame.iter_slices(-(-frame.height // 8))):
            some.write_parquet(part / f"{at:02}.parquet")
        found.append(str(part))
    return found


def watched(taken: dict[str, tuple[float, float]]) -> dict[str, Any]:
    """Have each stage note when it began and ended; what was there before, to be put back."""
    before = {name: getattr(SparkCluster, name) for name in STAGES}

    def noting(name: str) -> Any:
        def stage(*arguments: Any, **named: Any) -> Any:
            start = time.time()
            result = before[name](*arguments, **named)
            taken[STAGES[name]] = (start, time.time())
            return result

        return stage

    for name in STAGES:
        setattr(SparkCluster, name, noting(name))
    return before


def joined(left: Any, right: Any) -> float:
    """Seconds of the native join of both sides on the key as it came, all columns kept."""
    start = time.time()
    other = right.select(*(F.col(name).alias(f"right_{name}") for name in right.columns))
    both = left.join(other, F.col("key") == F.col("right_key"))
    both.agg(*(F.max(name) for name in both.columns)).collect()
    return time.time() - start


def logged(log: Path) -> dict[str, str]:
    """Settings by which Spark writes its event log to a folder."""
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": log.as_uri(),
    }


def jobs(log: Path) -> Iterator[tuple[float, int, int]]:
    """Of each stage of Spark in an event log: when it ended, bytes that it shuffled, bytes of results that came to the driver."""
    for file in sorted(log.rglob("*")):
        if not file.is_file() or file.name.startswith((".", "appstatus")):
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
                metrics = event["Task Metrics"]
                shuffled = metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                yield event["Task Info"]["Finish Time"] / 1000, shuffled, metrics["Result Size"]


def measured(spark: Any, rows: int, folder: Path, *, joins: bool) -> dict[str, Any]:
    """Seconds of each stage at one size, and of the joins beside them."""
    left, right = (spark.read.parquet(path) for path in sides(rows, folder))
    taken: dict[str, tuple[float, float]] = {}
    native = [joined(left, right)] if joins else []
    before = watched(taken)
    try:
        matcher = Matcher.standard(key="key", amount="amount", date="day", also=["shop"])
        start = time.time()
        result = matcher.match(left, right, engine=OnSpark(ids=("row", "row")))
        taken[DRIVER] = (start, start + time.time() - start)
        counted = time.time()
        result.pairs.count()
        taken[PAIRS] = (counted, time.time())
    finally:
        for name, method in before.items():
            setattr(SparkCluster, name, method)
    print(f"{rows:,} rows a side: {result}", flush=True)
    result.unpersist()
    native += [joined(left, right)] if joins else []
    return {"taken": taken, "native": native, "rows": sum(frame.count() for frame in (left, right))}


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--memory", default="8g")
    parser.add_argument("--join", action="store_true")
    parser.add_argument("--exchange", action="store_true")
    options = parser.parse_args()
    if options.exchange:
        matching.FEW = 0
    with tempfile.TemporaryDirectory() as place:
        log = Path(place) / "log"
        log.mkdir()
        settings = {
            "spark.driver.memory": options.memory,
            "spark.driver.maxResultSize": "4g",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "16",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "100000",
            **logged(log),
        }
        builder = SparkSession.builder.master("local[2]").appName("tieout")
        for name, value in settings.items():
            builder = builder.config(name, value)
        spark = builder.getOrCreate()
        spark.sparkContext.setLogLevel("ERROR")
        spark.range(1000).mapInArrow(lambda batches: batches, "id long").count()  # Python is warm
        found = [measured(spark, rows, Path(place), joins=options.join) for rows in options.rows]
        spark.stop()
        told(found, list(jobs(log)))


def told(found: list[dict[str, Any]], log: list[tuple[float, int, int]]) -> None:
    """Print what was found."""
    rates: dict[str, list[float]] = {}
    for one in found:
        rows, taken = one["rows"], dict(one["taken"])
        start, end = taken.pop(DRIVER)
        inner = sum(stop - begin for name, (begin, stop) in taken.items() if name != PAIRS)
        print(
            f"\n{rows:,} rows of both sides; native join {[round(s, 1) for s in one['native']]} s, match {end - start:.1f} s"
        )
        print(f"{'stage':32} {'s':>8} {'us a row':>9} {'shuffled B':>11} {'to driver B':>12}   (bytes a row)")
        for name, (begin, stop) in taken.items():
            of = [(shuffled, came) for ended, shuffled, came in log if begin <= ended <= stop]
            shuffled, came = (sum(figures) / rows for figures in zip(*of, strict=True)) if of else (0.0, 0.0)
            rates.setdefault(name, []).append((stop - begin) / rows * 1e6)
            print(f"{name:32} {stop - begin:8.1f} {rates[name][-1]:9.2f} {shuffled:11.1f} {came:12.1f}")
        rates.setdefault(DRIVER, []).append((end - start - inner) / rows * 1e6)
        print(f"{DRIVER:32} {end - start - inner:8.1f} {rates[DRIVER][-1]:9.2f}")
    print("\nmicroseconds a row from size to size, and hours of two cores for a billion rows at the last rate")
    for name, each in rates.items():
        print(f"{name:32} {' '.join(f'{rate:8.2f}' for rate in each)} {each[-1] * BILLION / 1e6 / 3600:8.2f}")


if __name__ == "__main__":
    main()
