"""Speed and memory of the matcher beside the bare Polars join on the same data, interleaved: prints a table.

    python tests/benchmarks/bench_matching.py [ROWS] [SEED] [WORLD] [--repeats N] [--no-memory] [--only NAME ...]

The join is what nobody can do without: both frames inner-joined on the key as it came, with all columns. Seconds are medians of
runs in turns in one process (with `--repeats 0`: those of the processes of their own, once each); compare the ratios, not the seconds. Memory is the peak of a process of its own for each: it loads
the two Parquet files and does one thing. On a busy machine read the processor's seconds, of all threads. Targets: at most 3 times the join's seconds, and 1.5 times its peak memory.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import polars as pl
from _spent import measured_elsewhere, report
from _truth import shown, stored
from _worlds import WORLDS

from tieout.matching import Exact, Matcher, Near, Rule

GATES = [Near("amount", by=0), Near("day", days=5)]


def _join(left: pl.DataFrame, right: pl.DataFrame) -> int:
    return left.join(right, on="key").height


def _matched(matcher: Matcher) -> Callable[[pl.DataFrame, pl.DataFrame], int]:
    return lambda left, right: matcher.match(left, right).pairs.height


WORK: dict[str, Callable[[pl.DataFrame, pl.DataFrame], int]] = {
    "inputs only": lambda left, right: left.height + right.height,
    "bare join": _join,
    "exact": _matched(Matcher([Rule("key", on=[Exact("key")])])),
    "exact, two gates": _matched(Matcher([Rule("key", on=[Exact("key")], given=GATES)])),
    "standard": _matched(Matcher.standard(key="key", amount="amount", date="day")),
}


def sides(options: argparse.Namespace) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides as a matcher may see them."""
    left, right = (shown(pl.read_parquet(path)) for path in stored(options.rows, options.seed, WORLDS[options.world]))
    return left, right


def names_of(options: argparse.Namespace) -> list[str]:
    """What is measured."""
    return [name for name in WORK if name in {"inputs only", "bare join", *options.only}]


def seconds_of(options: argparse.Namespace) -> dict[str, tuple[float, float]]:
    """Medians of interleaved runs, on the clock and of the processor."""
    left, right = sides(options)
    taken: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in names_of(options) if name != "inputs only"
    }
    for _ in range(options.repeats):
        for name, (clock, worked) in taken.items():
            start, start_cpu = time.perf_counter(), time.process_time()
            WORK[name](left, right)
            clock.append(time.perf_counter() - start)
            worked.append(time.process_time() - start_cpu)
    return {name: (statistics.median(clock), statistics.median(worked)) for name, (clock, worked) in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("world", nargs="?", choices=list(WORLDS), default="mixed")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-memory", action="store_true")
    parser.add_argument("--only", nargs="*", choices=list(WORK), default=list(WORK), help="beside the bare join")
    parser.add_argument("--one", choices=list(WORK), help="do one thing and report it; for the processes of their own")
    options = parser.parse_args()
    stored(options.rows, options.seed, WORLDS[options.world])
    if options.one:
        left, right = sides(options)
        report(lambda: WORK[options.one](left, right))
        return
    print(
        f"{options.rows:,} rows a side, seed {options.seed}, world {options.world}, Polars {pl.__version__}, "
        f"{pl.thread_pool_size()} threads, load {os.getloadavg()[0]:.1f}, "
        + (f"median of {options.repeats}" if options.repeats else "once each")
    )
    place = (str(options.rows), str(options.seed), options.world)
    alone: dict[str, Any] = {}
    if not options.no_memory:
        alone = {name: measured_elsewhere(__file__, *place, "--one", name) for name in names_of(options)}
    seconds = (
        seconds_of(options)
        if options.repeats
        else {name: (one["seconds"], one["cpu_s"]) for name, one in alone.items()}
    )
    head = ("", "seconds", "x join", "cpu s", "x join", "peak MB", "x join", "pairs")
    print("{:22s}{:>9s}{:>8s}{:>9s}{:>8s}{:>10s}{:>8s}{:>14s}".format(*head))
    for name in names_of(options):
        row = f"{name:22s}"
        if name in seconds:
            for taken, floor in zip(seconds[name], seconds["bare join"], strict=True):
                row += f"{taken:9.2f}{taken / floor:8.2f}"
        else:
            row += f"{'':34s}"
        if alone:
            peak, least = alone[name]["peak_mb"], alone["bare join"]["peak_mb"]
            row += f"{peak:10,.0f}{peak / least:8.2f}{alone[name]['result']:14,}"
        print(row)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
