"""A sieve for harmed keys: which of many keys have an ending, a beginning or a float in common with a few.

It lets through more than a search finds, and nothing less, at the price of a few short texts per key.
"""

import polars as pl

from tieout.matching.conditions._harm_numbers import beginnings, float_values, looks_harmed
from tieout.matching.conditions._harms import SHORT_MIN, folded, without_suffix

__all__ = ["within_a_harm"]

_KEY = pl.col("key")
_HEAD = 6


def within_a_harm(many: pl.DataFrame, few: pl.DataFrame) -> pl.Series:
    """Which of many keys may be one harm away from a key of the few.

    Args:
        many: Column key.
        few: Columns key and block.
    """
    ends = pl.concat([_ends(few["key"]), *(_ends(keys) for keys in without_suffix(few["key"]))]).unique().implode()
    passes = many.select(_ending(_KEY).is_in(ends) | looks_harmed(_KEY)).to_series()
    for stripped in without_suffix(many["key"]):
        if stripped.null_count() < len(stripped):
            passes = passes | _ends(stripped).is_in(ends).fill_null(value=False)
    floats = float_values(few)
    if floats.len():
        passes = passes | float_values(many, rows=True).is_in(floats.unique().implode()).fill_null(value=False)
    probes = beginnings(few.with_columns(id=pl.lit(0, dtype=pl.UInt32)))
    for size in sorted(probes["kept"].clip(upper_bound=_HEAD).unique()):
        some = probes.filter(pl.col("kept").clip(upper_bound=_HEAD) == size)
        heads = some.select(_head(pl.col("form"), pl.col("length"), size)).to_series().unique().implode()
        is_begun = _head(_KEY, _KEY.str.len_bytes().cast(pl.Int64), size).is_in(heads)
        passes = passes | many.select(is_begun).to_series()
    return passes


def _ends(keys: pl.Series) -> pl.Series:
    return keys.alias("key").to_frame().select(pl.when(_KEY.is_not_null()).then(_ending(_KEY))).to_series()


def _ending(key: pl.Expr) -> pl.Expr:
    return folded(key.str.tail(SHORT_MIN)).hash()


def _head(digits: pl.Expr, length: pl.Expr, size: int) -> pl.Expr:
    return digits.str.slice(0, size).hash() ^ length.hash(1)
