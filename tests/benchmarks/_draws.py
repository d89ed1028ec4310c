"""Seeded draws for whole columns: the same numbers on every machine and with every release of Polars.

A draw is SplitMix64 of a row's number, salted by the seed and by the name of what is drawn; so drawing one thing more changes
nothing else.
"""

import math
import random
from collections.abc import Sequence
from functools import partial
from itertools import accumulate

import attrs
import polars as pl

__all__ = ["Draws"]

_STEP, _FIRST, _SECOND = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _mixed(numbers: pl.Series, salt: int) -> pl.Series:
    """SplitMix64; Polars' products wrap around at 64 bits."""
    mixed = (numbers.cast(pl.UInt64) + 1) * _STEP + salt
    mixed = (mixed ^ (mixed // 2**30)) * _FIRST
    mixed = (mixed ^ (mixed // 2**27)) * _SECOND
    return mixed ^ (mixed // 2**31)


@attrs.frozen(kw_only=True)
class Draws:
    """Draws for each row, or for each group of rows that shares a number.

    Attributes:
        seed: Text or number that all draws hang on.
        by: Whole number that the draws belong to.
    """

    seed: str
    by: pl.Expr = attrs.field(factory=lambda: pl.col("at"), eq=False)

    def bits(self, name: str) -> pl.Expr:
        """64 random bits (UInt64)."""
        salt = random.Random(f"{self.seed}:{name}").getrandbits(64)
        return self.by.map_batches(partial(_mixed, salt=salt), return_dtype=pl.UInt64)

    def below(self, name: str, bound: int) -> pl.Expr:
        """A whole number (Int64) from 0 to below the bound."""
        return (self.bits(name) % pl.lit(bound, dtype=pl.UInt64)).cast(pl.Int64)

    def share(self, name: str) -> pl.Expr:
        """A float from 0 to below 1."""
        return (self.bits(name) // 2**11).cast(pl.Float64) / 2**53

    def chance(self, name: str, share: float) -> pl.Expr:
        """True in that share of the rows."""
        return self.share(name) < share

    def choice(self, name: str, shares: Sequence[float]) -> pl.Expr:
        """A place (Int64) in a list of shares; the last takes what is missing to 1."""
        bounds = pl.Series(list(accumulate(shares))[:-1], dtype=pl.Float64)
        return pl.lit(bounds).search_sorted(self.share(name), side="right").cast(pl.Int64)

    def normal(self, name: str) -> pl.Expr:
        """A float of the standard normal distribution."""
        spread = (-2 * (1 - self.share(f"{name} spread")).log()).sqrt()
        return spread * (2 * math.pi * self.share(f"{name} angle")).cos()
