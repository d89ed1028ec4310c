"""A sieve for harmed keys: which of many keys have an ending, a beginning or a float in common with a few.

It lets through more than a search finds, and nothing less, at the price of a few short texts per key.
"""

import polars as pl

from tieout.matching.conditions._harm_numbers import beginnings, float_values, looks_harmed
from tieout.matching.conditions._harms import SHORT_MIN, folded, without_suffix

__all__ = ["within_a_harm"]

_KEY = pl.col("key")
_BLOCK = pl.col("block").hash(3)
_HEAD = 6


def within_a_harm(many: pl.DataFrame, few: pl.DataFrame) -> pl.Series:
    """Which of many keys may be one harm away from a key of the few.

    Args:
        many: Columns key and block, no nulls.
        few: The same.
    """
    ends = pl.concat([_ends(few, few["key"]), *(_ends(few, keys) for keys in without_suffix(few["key"]))]).unique()
    passes = _ends(many, many["key"]).is_in(ends.implode())
    for stripped in without_suffix(many["key"]):
        if stripped.null_count() < len(stripped):
            passes = passes | _ends(many, stripped).is_in(ends.implode()).fill_null(value=False)
    floats = few.select(_floats(few).alias("float")).to_series().drop_nulls()
    if floats.len():
        passes = passes | _floats(many).is_in(floats.unique().implode()).fill_null(value=False)
    return passes | _begun(many, few) | _begins(many, few)


def _begun(many: pl.DataFrame, few: pl.DataFrame) -> pl.Series:
    """Which keys begin as one of the few may have begun before it was harmed."""
    passes = pl.Series([False]).new_from_index(0, many.height)
    probes = _probes(few)
    for size in sorted(probes["size"].unique()):
        heads = probes.filter(pl.col("size") == size).select(_head(pl.col("form"), pl.col("length"), size)).to_series()
        is_begun = _head(_KEY, _KEY.str.len_bytes().cast(pl.Int64), size).is_in(heads.unique().implode())
        passes = passes | many.select(is_begun).to_series()
    return passes


def _begins(many: pl.DataFrame, few: pl.DataFrame) -> pl.Series:
    """Which keys look harmed, and may have begun as one of the few does."""
    suspects = many.select(looks_harmed(_KEY).arg_true()).to_series()
    probes = _probes(many[suspects])
    found = [pl.Series(dtype=pl.UInt32)]
    for size in sorted(probes["size"].unique()):
        heads = few.select(_head(_KEY, _KEY.str.len_bytes().cast(pl.Int64), size)).to_series()
        some = probes.filter(
            pl.col("size") == size, _head(pl.col("form"), pl.col("length"), size).is_in(heads.unique().implode())
        )
        found.append(some["id"])
    alike = few["key"].filter(few.select(looks_harmed(_KEY)).to_series())  # both may have lost the same digits
    same = suspects.filter(many["key"].gather(suspects).is_in(alike.unique().implode()))
    passes = pl.Series([False]).new_from_index(0, many.height)
    rows = pl.concat([suspects.gather(pl.concat(found)), same]).unique()
    return passes.scatter(rows, True) if rows.len() else passes


def _probes(keys: pl.DataFrame) -> pl.DataFrame:
    """What the keys that look harmed may have begun with; `id` is the row, `size` how many digits are looked at."""
    probes = beginnings(keys.select("key", "block").with_row_index("id"))
    return probes.with_columns(size=pl.col("kept").clip(upper_bound=_HEAD))


def _floats(keys: pl.DataFrame) -> pl.Series:
    """A number for the float that each key stands for, with its block; null where it stands for none."""
    values = float_values(keys, rows=True)
    return keys.select(
        pl.when(pl.lit(values.is_not_null())).then(pl.lit(values.hash(2)) ^ _BLOCK).alias("float")
    ).to_series()


def _ends(rows: pl.DataFrame, keys: pl.Series) -> pl.Series:
    """A number for the ending of each of these keys, with the block of its row."""
    frame = rows.select("block").with_columns(keys.alias("key"))
    ending = folded(_KEY.str.tail(SHORT_MIN)).hash() ^ _BLOCK
    return frame.select(pl.when(_KEY.is_not_null()).then(ending).alias("end")).to_series()


def _head(digits: pl.Expr, length: pl.Expr, size: int) -> pl.Expr:
    return digits.str.slice(0, size).hash() ^ length.hash(1) ^ _BLOCK
