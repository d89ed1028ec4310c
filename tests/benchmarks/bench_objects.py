"""Objects in, objects out: what the matcher adds to the time of turning records with Money into columns; prints a table.

    python tests/benchmarks/bench_objects.py [ROWS] [SEED] [--repeats N]

Both sides are lists of attrs records with Money, from the planted truth. `to columns` is the door alone (`sides_of`, which all inputs go
through); `match` and `groups()` is the whole way, records in and `MatchGroup`s with the caller's own records out. The matcher adds
what is left of the whole after `to columns`. On a busy machine read the processor's seconds, of all threads. Target at 1,000,000 a side: under 4 s.
"""

import argparse
import datetime as dt
import gc
import os
import statistics
import time
from decimal import Decimal
from itertools import pairwise

import attrs
import polars as pl
from _spent import peak_mb
from _truth import shown, stored
from moneyed import CNY, Money

from tieout.matching import Matcher
from tieout.matching._sides import sides_of


@attrs.frozen(kw_only=True)
class Line:
    """A line as a shop's own program might hold it."""

    key: str | None
    amount: Money | None
    day: dt.date | None
    weight_g: int | None
    shop: str | None


def lines_of(frame: pl.DataFrame) -> list[Line]:
    """Records of a frame."""
    return [
        Line(
            key=key,
            amount=None if fen is None else Money(Decimal(fen).scaleb(-2), CNY),
            day=day,
            weight_g=grams,
            shop=shop,
        )
        for key, fen, day, grams, shop in shown(frame).iter_rows()
    ]


def now() -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("seed", nargs="?", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    left, right = (lines_of(pl.read_parquet(path)) for path in stored(options.rows, options.seed))
    inputs_mb = peak_mb()
    print(
        f"{len(left):,} x {len(right):,} attrs records with Money, seed {options.seed}, Polars {pl.__version__}, "
        f"load {os.getloadavg()[0]:.1f}, median of {options.repeats}"
    )
    matcher = Matcher.standard(key="key", amount="amount", date="day")
    taken: dict[str, list[tuple[float, float]]] = {
        "to columns": [],
        "match": [],
        "groups()": [],
        "the matcher adds": [],
    }
    count = 0
    for _ in range(options.repeats):
        gc.collect()
        times = [now()]
        sides_of(left, right)
        times.append(now())
        result = matcher.match(left, right)
        times.append(now())
        groups = result.groups()
        times.append(now())
        steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(times)]
        door, match, out = steps
        steps.append((match[0] + out[0] - door[0], match[1] + out[1] - door[1]))
        for name, seconds in zip(taken, steps, strict=True):
            taken[name].append(seconds)
        count = len(groups)
        del groups, result
    for name, seconds in taken.items():
        clock, worked = (statistics.median(one[at] for one in seconds) for at in (0, 1))
        print(f"{name:20s}{clock:8.2f} s{worked:9.2f} s of the processor")
    print(f"{count:,} groups; peak memory {peak_mb():,.0f} MB, {inputs_mb:,.0f} MB of it with the records alone")
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
