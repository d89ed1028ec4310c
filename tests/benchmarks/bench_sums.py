"""What sums cost and what they are worth: prints two tables.

    python tests/benchmarks/bench_sums.py [SEED]

The first searches one deposit among n lines, of which k true ones made it: lognormal amounts, prices from a catalogue of 40, and a
deposit of 100,000 yuan. It says how the verdict comes out and how long the quickest of three runs took. The second sums batches that a key names.
Amounts are in cents. Compare the verdicts: they depend on the seed only. Seconds depend on the machine.
"""

import random
import resource
import sys
import time

import polars as pl

from tieout.matching import Exact, Matcher, Rule, Subset, Total

REPEATS = 3


def lognormal(count, dice):
    return [max(1, round(dice.lognormvariate(9, 0.8))) for _ in range(count)]


def catalogue(count, dice):
    prices = [dice.randrange(10, 500) * 100 - 10 for _ in range(40)]
    return [dice.choice(prices) for _ in range(count)]


def large(count, dice):
    """Lines of which eight make about 100,000 yuan."""
    return [dice.randrange(500_000, 2_000_000) for _ in range(count)]


def deposit_table(seed):
    print(f"{'amounts':<12}{'n':>5}{'k <=':>6}{'deposit':>12}{'verdict':>10}{'ways':>16}{'seconds':>9}")
    for name, amounts_of in (("lognormal", lognormal), ("catalogue", catalogue), ("100,000 yuan", large)):
        for count in (20, 50, 100, 200):
            for size in (4, 8):
                dice = random.Random(f"{seed}{name}{count}{size}")
                amounts = amounts_of(count, dice)
                target = sum(amounts[:size])
                # The second rule sees the line numbers, so that lines of one price are no twins.
                lines = pl.DataFrame({"amount": amounts, "line": range(count)})
                rules = [
                    Rule("deposit", on=[Subset("amount", max_size=size)], pairing="n:1"),
                    Rule("sees the lines", on=[Exact("line")]),
                ]
                deposit = pl.DataFrame({"amount": [target], "line": [-1]})
                seconds = []
                for _ in range(REPEATS):
                    start = time.perf_counter()
                    result = Matcher(rules).match(lines, deposit)
                    seconds.append(time.perf_counter() - start)
                (verdict,) = result.verdicts
                ways = "not known" if verdict.count is None else f"{verdict.count:,}"
                print(f"{name:<12}{count:>5}{size:>6}{target:>12,}{verdict.answer:>10}{ways:>16}{min(seconds):>9.2f}")


def batch_table(seed):
    print(f"\n{'batches':>9}{'lines':>11}{'confirmed':>11}{'seconds':>9}{'peak MB':>9}")
    dice = random.Random(seed)
    for batches in (1_000, 20_000, 100_000):
        lines = pl.DataFrame(
            [(f"B{at:07d}", dice.randrange(-2_000, 20_000)) for at in range(batches) for _ in range(10)],
            schema=["batch", "amount"],
            orient="row",
        )
        deposits = lines.group_by("batch").agg(pl.col("amount").sum())
        rule = Rule("batch", on=[Exact("batch"), Total("amount")], pairing="n:1")
        start = time.perf_counter()
        result = Matcher([rule]).match(lines, deposits)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(f"{batches:>9,}{lines.height:>11,}{result.pairs.height:>11,}{seconds:>9.2f}{peak:>9,}")


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    deposit_table(seed)
    batch_table(seed)


if __name__ == "__main__":
    main()
