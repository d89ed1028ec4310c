"""Speed of explaining one record of a large match: prints a table.

    python tests/benchmarks/bench_explain.py [ROWS] [SEED]

Half the keys are tracking numbers in runs of 200, half random order numbers; 1 % of the parcels are missing on the bill, 3 % of
its keys have one digit changed. One record of each kind is explained: on a fresh result ("first": it pays for the key columns of
the rules), then further ones of its kind on a used result ("later": their median).
"""

import random
import statistics
import sys
import time
from datetime import date, timedelta

import attrs
import polars as pl

from tieout.matching import Exact, Fuzzy, Matcher, Near, Rule

MANY = 5
MATCHERS = {
    "exact": Matcher([Rule("same parcel", on=[Exact("key")])]),
    "fuzzy": Matcher(
        [
            Rule("same parcel", on=[Exact("key")]),
            Rule("damaged number", on=[Fuzzy("key", edits=1)], given=[Near("amount", by=0), Near("date", days=5)]),
        ]
    ),
    "two edits": Matcher(
        [
            Rule("same parcel", on=[Exact("key")]),
            Rule("damaged number", on=[Fuzzy("key", edits=2)], given=[Near("amount", by=0), Near("date", days=5)]),
        ]
    ),
    "standard": Matcher.standard(key="key", amount="amount", date="date"),
}


def keys_of(rows, dice):
    found = []
    while len(found) < rows:
        first = dice.randrange(10**13)
        found += [f"SF{(first + step) % 10**13:013d}" for step in range(200)]
        found += [f"{dice.randrange(10**18):018d}" for _ in range(200)]
    return list(dict.fromkeys(found))[:rows]


def sides(rows, seed):
    dice = random.Random(seed)
    ours, billed = [], []
    for key in keys_of(rows, dice):
        amount, day = dice.randrange(300, 90000), date(2026, 10, 1) + timedelta(days=dice.randrange(31))
        ours.append((key, amount, day))
        chance = dice.random()
        if chance < 0.01:
            continue
        place = dice.randrange(2, len(key))
        damaged = key[:place] + str((int(key[place]) + 1) % 10) + key[place + 1 :]
        fee = 150 if dice.random() < 0.005 else 0
        billed.append((damaged if chance < 0.04 else key, amount + fee, day + timedelta(days=dice.randrange(4))))
    dice.shuffle(billed)
    schema = {"key": pl.String, "amount": pl.Int64, "date": pl.Date}
    return tuple(pl.DataFrame(some, schema=schema, orient="row") for some in (ours, billed))


def timed(result, position):
    start = time.perf_counter()
    told = str(result.explain(left=position))
    return time.perf_counter() - start, told


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    left, right = sides(rows, seed)
    print(f"{rows:,} rows a side, seed {seed}; seconds to explain one record")
    print(f"{'matcher':10}  {'record':10}  {'first':>7}  {'later':>7}")
    for name, matcher in MATCHERS.items():
        result = matcher.match(left, right)
        confirmed = result.pairs.filter(status="confirmed")
        suggested = result.pairs.filter(status="suggested")
        kinds = {
            "matched": confirmed.head(1)["left"],
            "last rule": confirmed.filter(rule=matcher.rules[-1].name)["left"],
            "suggested": suggested["left"].unique(maintain_order=True),
            "alone": result.left_only.filter(~result.left_only.is_in(suggested["left"].implode())),
        }
        for kind, positions in kinds.items():
            if positions.is_empty():
                continue
            first, _ = timed(attrs.evolve(result), positions[0])
            timed(result, positions[0])
            later = [timed(result, position)[0] for position in positions[1 : 1 + MANY]] or [first]
            print(f"{name:10}  {kind:10}  {first:7.3f}  {statistics.median(later):7.3f}", flush=True)


if __name__ == "__main__":
    main()
