"""Priors: which share of the pairs that a search finds is true, before any gate is asked."""

import math
from collections.abc import Sequence

import polars as pl

from tieout.errors import MatcherError
from tieout.matching._plan import BoundRule
from tieout.matching._sides import Side
from tieout.matching._workbench import Workbench, key_names
from tieout.matching.conditions._base import Search
from tieout.matching.engines._pool import Pool
from tieout.matching.engines._search import found_among

__all__ = ["SEEDS", "found_pairs", "free_keys", "is_sampled", "most_sampled", "prior_of"]

_LEAST_KEYS = 10_000
_RECORDS_PER_KEY = 200  # of large sides: a sample that costs little beside the rest
_MOST_PAIRS = 2_000_000
_TRIES = 4
_HASHES = 2**64
SEEDS = (21, 22)
"""What the keys of the left and of the right side are sampled by."""
_TRUE_BEFORE, _FALSE_BEFORE = 1, 3  # of n candidates, 3 in n may be false without one being seen
_HALVINGS = 60


def found_pairs(bench: Workbench, pool: Pool, rule: BoundRule, search: Search) -> pl.DataFrame | None:
    """Pairs of free records that the rule's key admits, whatever its gates say; of many keys a sample.

    Each side is sampled by itself and by its keys alone, so that a pair is in the sample with the same chance whether it is
    true or not.

    Returns:
        Columns left, right, steps; None when even a small sample makes millions of pairs.
    """
    plan, pairing = bench.plan, rule.pairing
    sides = [
        free_keys(bench, rule, side, pool.rows(side.name, may_share=may_share))
        for side, may_share in ((plan.left, pairing.left_takes_many), (plan.right, pairing.right_takes_many))
    ]
    elsewhere = [plan.elsewhere.free.get((rule.number, side.name), 0) for side in (plan.left, plan.right)]
    largest = most_sampled(max(plan.records(plan.left), plan.records(plan.right)))
    for attempt in range(_TRIES):
        most = largest // 4**attempt
        left, right = (
            keys.filter(is_sampled("key", most, keys.height + more, seed))
            for keys, more, seed in zip(sides, elsewhere, SEEDS, strict=True)
        )
        try:
            return found_among(search, left, right, limit=min(_MOST_PAIRS, plan.max_candidates))
        except MatcherError:
            continue
    return None


def prior_of(ratios: Sequence[float]) -> float:
    """The share of true pairs that makes these likelihood ratios likeliest: where expectation maximisation ends.

    Four pairs are taken to have been seen before, one of them true, so that a few pairs cannot make certain.

    Args:
        ratios: How many times likelier each pair's agreement is if it is true.
    """
    counts: dict[float, int] = {}
    for ratio in ratios:
        counts[ratio] = counts.get(ratio, 0) + 1
    terms = [(count * (ratio - 1), ratio - 1) for ratio, count in sorted(counts.items())]
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        slope = math.fsum([weighed / (1 + share * gain) for weighed, gain in terms])
        if slope + _TRUE_BEFORE / share - _FALSE_BEFORE / (1 - share) > 0:
            low = share
        else:
            high = share
    return (low + high) / 2


def free_keys(bench: Workbench, rule: BoundRule, side: Side, rows: pl.Series | None) -> pl.DataFrame:
    """Columns row, key, block of the free records."""
    keys = bench.keys(rule, side, rows)
    *others, searched = key_names(rule)
    block = pl.struct(others).hash() if others else pl.lit(0, dtype=pl.UInt64)
    return keys.select("row", key=searched, block=block)


def most_sampled(records: int) -> int:
    """How many keys of a side are sampled at most, of so many records of the larger side."""
    return max(_LEAST_KEYS, records // _RECORDS_PER_KEY)


def is_sampled(column: str, most: int, keys: int, seed: int) -> pl.Expr:
    """Whether a key is among about `most` of so many keys.

    Args:
        column: Name of the column that holds it.
        most: How many are wanted.
        keys: How many there are.
        seed: One of `SEEDS`, by side.
    """
    if keys <= most:
        return pl.lit(value=True)
    return pl.col(column).hash(seed) < int(most / keys * _HASHES)
