"""Seconds and memory of matching on Spark beside Spark's own join of the same frames, interleaved in one session: prints a table.

    python tests/benchmarks/bench_spark.py [ROWS] [SEED] [WORLD] [--repeats N] [--master local[2]] [--memory 8g] [--only NAME ...]

Both sides are folders of eight Parquet files. The join is Spark's inner join on the key as it came, with all columns; what it and the
matcher give is computed to the last row and thrown away (`noop`). Seconds are medians of runs in turns, after one of each that is not
counted, for Java gets faster; processor's seconds are those of the driver, Java and all Python workers. Beside it stands the local
engine, which reads the same files and matches them in a process of its own. Memory is the peak of the Java process, of the largest
Python worker and of the driver's Python, in a process of its own for each. Target: at most 2.5 times the join's seconds.
"""

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import polars as pl
from _spent import peak_mb
from _truth import shown, stored
from _worlds import WORLDS

from tieout.matching import Exact, Matcher, Near, OnSpark, Rule

GATES = [Near("amount", by=0), Near("day", days=5)]
MATCHERS = {
    "exact": Matcher([Rule("key", on=[Exact("key")])]),
    "exact, two gates": Matcher([Rule("key", on=[Exact("key")], given=GATES)]),
    "standard": Matcher.standard(key="key", amount="amount", date="day"),
}
JOIN, LOCAL, PROVED = "Spark's join", "standard, local engine", "standard, and its proof"
NAMES = (JOIN, *MATCHERS, PROVED, LOCAL)
FILES = 8
TICKS = os.sysconf("SC_CLK_TCK")
SIDES = ("left", "right")


@attrs.frozen(kw_only=True)
class Spent:
    """What processes of one tree spent.

    Attributes:
        cpu_s: Seconds of the processor, of this process and all below it.
        java_mb: Most memory of a Java process.
        worker_mb: Most memory of any one Python worker.
    """

    cpu_s: float
    java_mb: float
    worker_mb: float

    @classmethod
    def so_far(cls) -> "Spent":
        """Of all processes that still live; Spark's workers live as long as its session."""
        own, parents = os.getpid(), _parents()
        below = {own}
        for _ in range(6):  # Java, the daemon of its workers, workers
            below |= {pid for pid, parent in parents.items() if parent in below}
        names = {pid: _read(pid, "comm").strip() for pid in below - {own}}
        return cls(
            cpu_s=sum(map(_cpu_s, below)),
            java_mb=max((_peak_mb(pid) for pid, name in names.items() if name == "java"), default=0.0),
            worker_mb=max((_peak_mb(pid) for pid, name in names.items() if name != "java"), default=0.0),
        )


def _parents() -> dict[int, int]:
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    stats = {pid: _read(pid, "stat").rpartition(")")[2].split() for pid in pids}
    return {pid: int(stat[1]) for pid, stat in stats.items() if stat}


def _read(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has just ended
        return ""


def _cpu_s(pid: int) -> float:
    stat = _read(pid, "stat").rpartition(")")[2].split()
    return sum(map(int, stat[11:13])) / TICKS if stat else 0.0


def _peak_mb(pid: int) -> float:
    peaks = [line.split()[1] for line in _read(pid, "status").splitlines() if line.startswith("VmHWM")]
    return int(peaks[0]) / 1024 if peaks else 0.0


def folders(options: argparse.Namespace) -> dict[str, Path]:
    """Folders of Parquet files of what a matcher may see, made when they are not there yet."""
    found = {}
    for side, path in zip(SIDES, stored(options.rows, options.seed, WORLDS[options.world]), strict=True):
        found[side] = folder = path.with_suffix(".parts")
        if not folder.exists():
            part = path.with_suffix(".making")
            part.mkdir(exist_ok=True)
            frame = shown(pl.read_parquet(path))
            for at, piece in enumerate(frame.iter_slices(-(-frame.height // FILES))):
                piece.write_parquet(part / f"{at}.parquet")
            part.rename(folder)
    return found


@contextmanager
def session_of(options: argparse.Namespace, others: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A session of Spark, with other settings beside its own, whose workers find this library where this process does."""
    from pyspark.sql import SparkSession

    spec = importlib.util.find_spec("tieout")
    if spec is None or spec.origin is None:
        raise RuntimeError("tieout is nowhere")
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(Path(spec.origin).parents[1]), os.environ.get("PYTHONPATH")])
    )
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = (
        SparkSession.builder.master(options.master)
        .config("spark.driver.memory", options.memory)
        .config("spark.sql.shuffle.partitions", options.partitions)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.log.level", "ERROR")
    )
    for name, value in (others or {}).items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield session
    finally:
        session.stop()


def work_on(session: Any, name: str, paths: dict[str, Path], options: argparse.Namespace) -> Callable[[], None]:
    """What is measured."""
    left, right = (session.read.parquet(str(paths[side])) for side in SIDES)

    def joined() -> None:
        more = [right[column].alias(f"{column}_right") for column in right.columns if column != "key"]
        pairs = left.join(right.select("key", *more), "key")
        pairs.write.format("noop").mode("overwrite").save()

    def matched() -> None:
        matcher = MATCHERS["standard" if name == PROVED else name]
        result = matcher.match(left, right, engine=OnSpark(buckets=options.buckets))
        for frame in (result.pairs, result.left_only, result.right_only):
            frame.write.format("noop").mode("overwrite").save()
        if name == PROVED and not result.proof.holds:
            raise AssertionError(result.proof)
        result.unpersist()

    return joined if name == JOIN else matched


def locally(paths: dict[str, Path]) -> None:
    """The local engine on the same files."""
    left, right = (pl.read_parquet(paths[side] / "*.parquet") for side in SIDES)
    MATCHERS["standard"].match(left, right)


def measured(work: Callable[[], None]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    start, before = time.perf_counter(), Spent.so_far().cpu_s
    work()
    return time.perf_counter() - start, Spent.so_far().cpu_s - before


def seconds_of(options: argparse.Namespace, paths: dict[str, Path]) -> dict[str, tuple[float, float]]:
    """Medians of interleaved runs in one session."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in options.only if name != LOCAL}
    with session_of(options) as session:
        works = {name: work_on(session, name, paths, options) for name in taken}
        for turn in range(options.repeats + 1):
            for name, work in works.items():
                spent = measured(work)
                if turn or not options.repeats:
                    taken[name].append(spent)
    return {
        name: (statistics.median(run[0] for run in runs), statistics.median(run[1] for run in runs))
        for name, runs in taken.items()
    }


def alone(options: argparse.Namespace, paths: dict[str, Path]) -> dict[str, float]:
    """One thing in this process: its seconds from the start of a session on, and peaks of memory."""
    if options.one == LOCAL:
        seconds, cpu = measured(lambda: locally(paths))
        return {"seconds": seconds, "cpu_s": cpu, "java_mb": 0, "worker_mb": 0, "driver_mb": peak_mb()}
    with session_of(options) as session:
        seconds, cpu = measured(work_on(session, options.one, paths, options))
        spent = Spent.so_far()
        return {"seconds": seconds, "cpu_s": cpu, "driver_mb": peak_mb()} | {
            "java_mb": spent.java_mb,
            "worker_mb": spent.worker_mb,
        }


def alone_elsewhere(name: str) -> dict[str, float]:
    """The same of a process of its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if run.returncode:
        raise RuntimeError(run.stderr[-2000:])
    found: dict[str, float] = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("world", nargs="?", choices=list(WORLDS), default="mixed")
    parser.add_argument("--repeats", type=int, default=3, help="0: the first runs count")
    parser.add_argument("--master", default="local[2]")
    parser.add_argument("--memory", default="8g", help="of the driver's Java")
    parser.add_argument("--partitions", type=int, default=16, help="of Spark's own shuffles")
    parser.add_argument("--buckets", type=int, help="of the matcher; its own choice when left out")
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--only", nargs="*", choices=list(NAMES), default=list(NAMES))
    parser.add_argument("--one", choices=list(NAMES), help="do one thing and report it; for the processes of their own")
    options = parser.parse_args()
    paths = folders(options)
    if options.one:
        print(json.dumps(alone(options, paths)))
        return
    print(
        f"{options.rows:,} rows a side, seed {options.seed}, world {options.world}, {options.master}, "
        f"load {os.getloadavg()[0]:.1f}, "
        + (f"median of {options.repeats} after one" if options.repeats else "once each")
    )
    peaks = {name: alone_elsewhere(name) for name in options.only if name == LOCAL or not options.no_memory}
    seconds = seconds_of(options, paths)
    if LOCAL in peaks:
        seconds[LOCAL] = (peaks[LOCAL]["seconds"], peaks[LOCAL]["cpu_s"])
    head = ("", "seconds", "x join", "cpu s", "x join", "Java MB", "worker MB", "driver MB")
    print("{:26s}{:>9s}{:>8s}{:>9s}{:>8s}{:>9s}{:>11s}{:>11s}".format(*head))
    for name in options.only:
        row = f"{name:26s}"
        for taken, floor in zip(seconds[name], seconds.get(JOIN, (float("nan"),) * 2), strict=True):
            row += f"{taken:9.2f}{taken / floor:8.2f}"
        if name in peaks:
            row += "".join(
                f"{peaks[name][peak]:{width},.0f}"
                for peak, width in (("java_mb", 9), ("worker_mb", 11), ("driver_mb", 11))
            )
        print(row)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
