"""What the stages of a reconciliation on Spark take, beside the local run of the same records: what its benchmarks share.

Seconds are on the clock of `local[2]`, from folders to an outcome whose proof holds and whose lines and discrepancies are counted.
Bytes are what Spark's event log says was shuffled, and what came to the driver. The local run, of the same folders, is in a process of its own.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
from _spent import peak_mb
from bench_spark import Spent, session_of
from bench_spark_cost import jobs, logged

from tieout._spark.spark import SparkCluster, SparkParts
from tieout.tables import Table

__all__ = ["FILES", "Case", "main"]

FILES = 8
"""Parquet parts of a large side."""
_COUNTED = ("lines", "discrepancies")
Taken = list[tuple[str, float, float, float]]
"""Of each action its stage, when it began and ended, and the processor's seconds that it took."""


@attrs.frozen(kw_only=True)
class Case:
    """A reconciliation that is measured.

    Attributes:
        rows: What its rows are.
        records: Its sides with the classes of their records.
        few: Sides that are few records, and are given as they are.
        folders: Folders of Parquet parts of the sides, made of so many lines by a seed in a place, where they are not there yet.
        run: The reconciliation of the sides.
        stages: What an action is for, by the first frame that it fetches or the class of the work that it seals; where it is done
            several times, by turns.
        others: More actions: a module, the name of a function, and what it is for.
    """

    rows: str
    records: Mapping[str, type]
    few: Sequence[str] = ()
    folders: Callable[[int, int, Path], Mapping[str, Path]]
    run: Callable[..., Any]
    stages: Mapping[str, Sequence[str]]
    others: Sequence[tuple[Any, str, str]] = ()


@contextmanager
def _watched(case: Case, taken: Taken) -> Iterator[None]:
    """Have each action of Spark note its stage, when it began and when it ended: all between them is planned, not done."""
    turns = {name: list(stages) for name, stages in case.stages.items()}

    def stage_of(name: str) -> str:
        left = turns[name]
        return left.pop(0) if len(left) > 1 else left[0]

    watched: list[tuple[Any, str, Callable[..., str]]] = [
        (SparkCluster, "rows", lambda *_: "count the rows"),
        (SparkParts, "fetched", lambda _, *names: stage_of(names[0])),
        (SparkParts, "sealed", lambda _, work, *__: stage_of(type(work).__name__)),
        *((owner, name, lambda *_, stage=stage: stage) for owner, name, stage in case.others),
    ]
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in watched]

    def noting(action: Any, name: Callable[..., str]) -> Any:
        def noted(*arguments: Any, **named: Any) -> Any:
            start, spent = time.time(), Spent.so_far().cpu_s
            result = action(*arguments, **named)
            taken.append((name(*arguments), start, time.time(), Spent.so_far().cpu_s - spent))
            return result

        return noted

    for (owner, name, action), (*_, told) in zip(before, watched, strict=True):
        setattr(owner, name, noting(action, told))
    try:
        yield
    finally:
        for owner, name, action in before:
            setattr(owner, name, action)


def _measured(spark: Any, case: Case, paths: Mapping[str, Path]) -> dict[str, Any]:
    """Seconds of each stage at one size."""
    sides = {
        name: Table.read_parquet(path, case.records[name]) if name in case.few else spark.read.parquet(str(path))
        for name, path in paths.items()
    }
    taken: Taken = []
    start, spent = time.time(), Spent.so_far().cpu_s
    with _watched(case, taken):
        outcome = case.run(**sides)
    counted, before = time.time(), Spent.so_far().cpu_s
    found = {name: getattr(outcome, name).count() for name in _COUNTED}
    end = time.time()
    taken.append(("read lines and discrepancies", counted, end, Spent.so_far().cpu_s - before))
    if not outcome.proof.holds:
        raise AssertionError(outcome.proof)
    told = {"start": start, "end": end, "cpu_s": Spent.so_far().cpu_s - spent, "rows": outcome.rows, "taken": taken}
    outcome.release()
    return told | found


def _locally(case: Case, paths: Mapping[str, Path]) -> dict[str, Any]:
    """The same in this process alone."""
    start, spent = time.time(), time.process_time()
    tables = {name: Table.read_parquet(path, case.records[name]) for name, path in paths.items()}
    read = time.time()
    outcome = case.run(**tables)
    return {
        "seconds": time.time() - start,
        "read_s": read - start,
        "cpu_s": time.process_time() - spent,
        "mb": peak_mb(),
        "lines": outcome.lines.height,
        "discrepancies": len(outcome.discrepancies),
    }


def _elsewhere(lines: int) -> dict[str, Any]:
    """The local run in a process of its own."""
    command = [sys.executable, *sys.argv, "--one", str(lines)]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    found: dict[str, Any] = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def _told(case: Case, one: dict[str, Any], log: list[tuple[float, int, int]], local: dict[str, Any] | None) -> None:
    """Print what was found at one size."""
    rows, whole = one["rows"], one["end"] - one["start"]
    print(
        f"\n{rows:,} {case.rows}, {one['lines']:,} lines, {one['discrepancies']:,} discrepancies: "
        f"{whole:.1f} s, {one['cpu_s']:.0f} s of the processor"
    )
    if local is not None:
        if [local[name] for name in _COUNTED] != [one[name] for name in _COUNTED]:
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


def main(case: Case, doc: str | None, place: str) -> None:
    """Measure, and print.

    Args:
        case: What is measured.
        doc: What the script says of itself.
        place: Name of the folder, beside other temporary ones, where its records are kept.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--bucket", type=int, default=250_000, help="rows that are reconciled in one task")
    parser.add_argument("--partitions", type=int, default=16, help="of Spark's shuffles")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="4g", help="of the driver's Java")
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / place, help="where the folders are")
    parser.add_argument("--no-local", action="store_true")
    parser.add_argument("--one", type=int, help="run locally and report it; for the process of its own")
    options = parser.parse_args()
    options.data.mkdir(exist_ok=True)
    if options.one is not None:
        print(json.dumps(_locally(case, case.folders(options.one, options.seed, options.data))))
        return
    print(f"{options.master}, seed {options.seed}, {options.bucket:,} rows a bucket, load {os.getloadavg()[0]:.1f}")
    paths = {lines: case.folders(lines, options.seed, options.data) for lines in options.lines}
    here = {lines: None if options.no_local else _elsewhere(lines) for lines in options.lines}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder)
        with session_of(options, {**logged(log), "spark.tieout.rowsPerBucket": str(options.bucket)}) as spark:
            spark.range(1000).mapInArrow(lambda batches: batches, "id long").count()  # Python is warm
            found = {lines: _measured(spark, case, of) for lines, of in paths.items()}
            spent = Spent.so_far()
        every = list(jobs(log))
    for lines, one in found.items():
        _told(case, one, every, here[lines])
    print(f"\nJava {spent.java_mb:,.0f} MB, largest worker {spent.worker_mb:,.0f} MB, load {os.getloadavg()[0]:.1f}")
