"""Speed of pairing inside blocks, where several different records share a key: prints a table.

    python tests/benchmarks/bench_assignment.py [SCALE] [SEED]

Each case is a number of keys with so many different records on either side, at random amounts and days, matched 1:1 by key and closest
amount, and by key and closest day, where many pairings are equally good.
SCALE is a share of the full number of blocks. Large single components follow, with the time that one takes.
"""

import random
import sys
import time
from datetime import date

import polars as pl

from tieout.matching import Exact, Matcher, Near, Rule
from tieout.matching.engines._assignment import best_flows

CASES = [(200_000, 2, 2), (200_000, 1, 3), (50_000, 2, 3), (20_000, 5, 5), (200, 50, 50), (5, 200, 200)]
SIZES = (50, 200, 400)
CLOSEST = Matcher([Rule("key", on=[Exact("key")], given=[Near("amount", by=1_000_000)])])
DAYS = Matcher([Rule("key", on=[Exact("key")], given=[Near("day", days=30)])])
SCHEMA = {"key": pl.String, "amount": pl.Int64, "day": pl.Date}


def side(blocks, size, dice):
    rows = [
        (f"K{block:09d}", dice.randrange(1_000_000), date(2026, 10, dice.randrange(1, 29)))
        for block in range(blocks)
        for _ in range(size)
    ]
    dice.shuffle(rows)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def timed(action):
    start, busy = time.perf_counter(), time.process_time()
    found = action()
    return found, time.perf_counter() - start, time.process_time() - busy


def graphs(size, dice):
    ours, theirs = ([dice.randrange(10**6) for _ in range(size)] for _ in range(2))
    ends = [(one, other) for one in range(size) for other in range(size)]
    yield "random costs", [(one, other, dice.randrange(10**12)) for one, other in ends]
    yield "squared gaps", [(one, other, (ours[one] - theirs[other]) ** 2) for one, other in ends]
    yield "days, many ties", [(one, other, dice.randrange(4) ** 2) for one, other in ends]
    yield "products, the worst", [(one, other, (one + 1) * (other + 1)) for one, other in ends]


def main():
    scale = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    dice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 7)
    print(f"{'':36s}{'seconds':>9s}{'CPU':>8s}{'confirmed':>12s}{'suggested':>12s}")
    for blocks, lefts, rights in CASES:
        count = max(1, round(blocks * scale))
        sides = side(count, lefts, dice), side(count, rights, dice)
        for name, matcher in (("closest amount", CLOSEST), ("closest day", DAYS)):
            result, seconds, busy = timed(lambda matcher=matcher, sides=sides: matcher.match(*sides))
            counts = dict(result.pairs["status"].value_counts().iter_rows())
            told = [f"{counts.get(status, 0):,}" for status in ("confirmed", "suggested")]
            label = f"{count:,} blocks {lefts} x {rights}, {name}"
            print("{:36s}{:9.2f}{:8.2f}{:>12s}{:>12s}".format(label, seconds, busy, *told))
    print(f"\n{'one component':36s}{'seconds':>9s}{'CPU':>8s}{'edges':>12s}{'ties':>12s}")
    for size in SIZES:
        for name, edges in graphs(size, dice):
            flows, seconds, busy = timed(lambda edges=edges, size=size: best_flows(edges, [1] * size, [1] * size))
            ties = sum(flow is None for flow in flows)
            print(f"{f'{size} x {size}, {name}':36s}{seconds:9.2f}{busy:8.2f}{len(edges):12,d}{ties:12,d}")


if __name__ == "__main__":
    main()
