"""Speed of the matcher beside the bare Polars join on the same data, interleaved: prints a table.

    python tests/benchmarks/bench_matching.py [ROWS] [SEED]

Half the keys are tracking numbers in runs of 200, half are random order numbers. 3 % of the bill's keys are damaged (one edit, or dirt
that normalising takes off), 1 % of the parcels are missing on the bill, 0.5 % are billed twice. Compare the ratios, not the seconds.
"""

import random
import resource
import statistics
import sys
import time
from datetime import date, timedelta

import polars as pl

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule

REPEATS = 3


def keys_of(rows, dice):
    found = []
    while len(found) < rows:
        first = dice.randrange(10**13)
        found += [f"SF{(first + step) % 10**13:013d}" for step in range(200)]
        found += [f"{dice.randrange(10**18):018d}" for _ in range(200)]
    found = list(dict.fromkeys(found[: rows + 1000]))[:rows]
    dice.shuffle(found)
    return found


def damaged(key, dice):
    place = dice.randrange(2, len(key))
    return key[:place] + str((int(key[place]) + dice.randrange(1, 10)) % 10) + key[place + 1 :]


def dirty(key, dice):
    return dice.choice((f"'{key}", f"`{key}", f"{key}\t", f" {key[:4]} {key[4:]}", key.lower(), f'="{key}"'))


def sides(rows, seed):
    dice = random.Random(seed)
    keys = keys_of(rows, dice)
    prices = [dice.randrange(300, 9000) for _ in range(200)]
    days = [date(2026, 10, 1) + timedelta(days=at) for at in range(31)]
    ours = [
        (key, dice.choice(prices) if dice.random() < 0.35 else dice.randrange(300, 90000), dice.choice(days))
        for key in keys
    ]
    billed = []
    for truth, (clean, amount, day) in enumerate(ours):
        key = clean
        chance = dice.random()
        if chance < 0.01:
            continue
        if chance < 0.025:
            key = damaged(key, dice)
        elif chance < 0.04:
            key = dirty(key, dice)
        elif chance < 0.045:
            billed.append((key, amount, day, truth))
        billed.append((key, amount + (dice.random() < 0.005) * 150, day + timedelta(days=dice.randrange(4)), truth))
    dice.shuffle(billed)
    left = pl.DataFrame(ours, schema={"key": pl.String, "amount": pl.Int64, "day": pl.Date}, orient="row")
    right = pl.DataFrame(
        billed, schema={"key": pl.String, "amount": pl.Int64, "day": pl.Date, "truth": pl.Int64}, orient="row"
    )
    return left, right


GATES = [Near("amount", by=0), Near("day", after=5, before=1)]
MATCHERS = {
    "exact 1:1": Matcher([Rule("key", on=[Exact("key")])]),
    "exact 1:n (n bill lines a parcel)": Matcher([Rule("key", on=[Exact("key")], pairing="1:n")]),
    "exact 1:1, two gates": Matcher([Rule("key", on=[Exact("key")], given=GATES)]),
    "exact 1:1, then fuzzy with gates": Matcher(
        [Rule("key", on=[Exact("key")]), Rule("damaged", on=[Fuzzy("key", edits=1)], given=GATES)]
    ),
    "standard": Matcher.standard(key="key", amount="amount", date="day"),
}


def truth_of(left, right, pairs):
    true = right["truth"].gather(pairs["right"])
    sure = pairs["status"] == "confirmed"
    correct = pairs["left"] == true
    edited = pairs["evidence"].str.contains("edit") & sure
    return (
        f"{pairs.filter(sure).height:,}",
        f"{(sure & ~correct).sum():,}",
        f"{edited.sum():,}",
        f"{(edited & ~correct).sum():,}",
        f"{(~sure).sum():,}",
    )


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    left, right = sides(rows, seed)
    print(
        f"{left.height:,} x {right.height:,} rows, seed {seed}, Polars {pl.__version__}, {pl.thread_pool_size()} threads"
    )
    taken = {name: [] for name in ("bare join", *MATCHERS)}
    results = {}
    for _ in range(REPEATS):
        start = time.perf_counter()
        left.join(right, on="key")
        taken["bare join"].append(time.perf_counter() - start)
        for name, matcher in MATCHERS.items():
            start = time.perf_counter()
            results[name] = matcher.match(left, right)
            taken[name].append(time.perf_counter() - start)
    floor = statistics.median(taken["bare join"])
    head = ("", "seconds", "x join", "confirmed", "wrong", "by edit", "wrong", "suggested")
    print("{:36s}{:>9s}{:>8s}{:>12s}{:>8s}{:>9s}{:>7s}{:>11s}".format(*head))
    for name, seconds in taken.items():
        middle = statistics.median(seconds)
        facts = truth_of(left, right, results[name].pairs) if name in results else ("",) * 5
        print("{:36s}{:9.2f}{:8.1f}{:>12s}{:>8s}{:>9s}{:>7s}{:>11s}".format(name, middle, middle / floor, *facts))
    print(
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB, of which the inputs are a part"
    )


if __name__ == "__main__":
    main()
