"""Edit neighbours of leftovers, one and two edits, with recall against comparing all with all: prints a table.

    python tests/benchmarks/bench_neighbours.py [--left N] [--right N] [--seed N] [--sample N] [--repeats N]

Left keys come from the planted truth (half the waybills in runs). 70 % of the right keys are a left key after that many random edits,
the rest are strangers, half of them from the same runs. Recall is that of the pairs that `rapidfuzz.process.cdist` finds by OSA for
a sample of left keys against all right ones (needs numpy); its seconds are scaled up to the whole. Each number of edits is
measured in a process of its own; on a busy machine read the processor's seconds, of all threads. Targets for 150,000 x 250,000: 3 s and 20 s, recall 1.
"""

import argparse
import os
import random
import statistics
import time

import polars as pl
from _damages import DAMAGES
from _spent import measured_elsewhere, report
from _truth import stored
from rapidfuzz import process
from rapidfuzz.distance import OSA

from tieout.keys import exact_key_expr
from tieout.matching.conditions.fuzzy import EditSearch

EDITS = [DAMAGES[f"edit: {kind}"] for kind in ("replaced", "dropped", "put in", "swapped")]
LIMIT = 200_000_000
_BLOCK = 250
_Found = dict[str, float | int]


def keys_of(lefts: int, rights: int, edits: int, seed: int) -> tuple[pl.Series, pl.Series]:
    """Distinct keys of both sides, in normal form."""
    dice = random.Random(f"{seed}:{edits}")
    left, _ = (pl.read_parquet(path, columns=["key"]) for path in stored(lefts + rights, seed))
    keys = left.select(key=exact_key_expr(pl.col("key"))).drop_nulls().unique(maintain_order=True)["key"]
    ours, others = keys.head(lefts), keys.tail(-lefts)
    drawn = []
    for place in range(rights * 7 // 10):
        key = ours[place % lefts]
        for _ in range(edits):
            key = dice.choice(EDITS)(key, dice)
        drawn.append(key)
    theirs = pl.concat([pl.Series(drawn), others.head(rights - len(drawn))]).unique(maintain_order=True)
    return ours, theirs


def framed(keys: pl.Series) -> pl.DataFrame:
    return pl.DataFrame([keys.alias("key")]).with_columns(block=pl.lit(0, dtype=pl.UInt64))


def recall_of(found: pl.DataFrame, ours: pl.Series, theirs: pl.Series, edits: int, sample: int) -> _Found:
    """Share of the pairs that brute force finds, and what it would take for all."""
    start = time.perf_counter()
    rows = sorted(random.Random(1).sample(range(len(ours)), min(sample, len(ours))))
    rights = theirs.to_list()
    true = set()
    for first in range(0, len(rows), _BLOCK):
        some = rows[first : first + _BLOCK]
        table = process.cdist(ours.gather(some).to_list(), rights, scorer=OSA.distance, score_cutoff=edits, workers=-1)
        at, right = (table <= edits).nonzero()
        true |= {(some[one], int(other)) for one, other in zip(at.tolist(), right.tolist(), strict=True)}
    seconds = time.perf_counter() - start
    wanted = found.filter(pl.col("left").is_in(rows))
    got = set(wanted.select("left", "right").iter_rows())
    return {
        "recall": len(true & got) / max(len(true), 1),
        "true": len(true),
        "extra": len(got - true),
        "brute_s": seconds * len(ours) / len(rows),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--left", type=int, default=150_000)
    parser.add_argument("--right", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--sample", type=int, default=1_500)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--edits", type=int, choices=(1, 2), help="one of them; for the processes of their own")
    options = parser.parse_args()
    if options.edits:
        ours, theirs = keys_of(options.left, options.right, options.edits, options.seed)
        search, sides = EditSearch(edits=options.edits), (framed(ours), framed(theirs))
        seconds, worked = [], []
        found = pl.DataFrame()
        for _ in range(options.repeats):
            start, start_cpu = time.perf_counter(), time.process_time()
            found = search.find(*sides, limit=LIMIT)
            seconds.append(time.perf_counter() - start)
            worked.append(time.process_time() - start_cpu)
        median = statistics.median
        facts: _Found = {"search_s": median(seconds), "cpu_s": median(worked), "pairs": found.height}
        if not options.sample:
            report(lambda: facts)
            return
        report(lambda: facts | recall_of(found, ours, theirs, options.edits, options.sample))
        return
    print(
        f"{options.left:,} x {options.right:,} keys, seed {options.seed}, Polars {pl.__version__}, "
        f"load {os.getloadavg()[0]:.1f}, median of {options.repeats}"
    )
    head = ("edits", "seconds", "cpu s", "peak MB", "pairs", "recall", "of sampled", "not within", "brute force s")
    print("{:>5s}{:>9s}{:>8s}{:>9s}{:>11s}{:>9s}{:>12s}{:>12s}{:>15s}".format(*head))
    for edits in (1, 2):
        place = [f"--{name}={getattr(options, name)}" for name in ("left", "right", "seed", "sample", "repeats")]
        told = measured_elsewhere(__file__, *place, f"--edits={edits}")
        one = told["result"]
        row = f"{edits:5d}{one['search_s']:9.2f}{one['cpu_s']:8.2f}{told['before_mb']:9,.0f}{one['pairs']:11,}"
        if "recall" in one:
            row += f"{one['recall']:9.5f}{one['true']:12,}{one['extra']:12,}{one['brute_s']:15,.0f}"
        print(row, flush=True)
    print(f"load at the end {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
