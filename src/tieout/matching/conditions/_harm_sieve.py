"""A sieve for harmed keys: which of many keys have an ending or a beginning in common with a few.

It lets through more than a search finds, and nothing less, at the price of two short pieces of most keys. What the harms leave
as it is are the last characters (zeros, prefix, suffix, look-alikes) or the first digits (a number rounded, written with an
exponent, or printed from a float), but for one that is carried.
"""

from collections.abc import Callable

import polars as pl

from tieout.matching.conditions._base import Sieve
from tieout.matching.conditions._harm_keys import SHORT_MIN, HarmKeys
from tieout.matching.conditions._harm_numbers import beginnings, ends_in_zeros, float_heads
from tieout.matching.conditions._harms import folded, without_suffix

__all__ = ["within_a_harm"]

_KEY = pl.col("key")
_BLOCK = pl.col("block").hash(3)
_SHORT_HEAD, _LONG_HEAD = 6, 14  # digits that are looked at where few are left, and where 15 or more are


def within_a_harm(few: pl.DataFrame) -> Sieve:
    """What tells which keys may be one harm away from a key of the few.

    Args:
        few: Columns key and block, no nulls.
    """
    ends = pl.concat([_ends(few), *(_ends(keys) for keys in _without_suffixes(few))]).unique().implode()
    begun = [_begun_as(size, probes) for size, probes in _by_size(few)]

    def sieve(many: pl.DataFrame) -> pl.Series:
        tails = _tails(many)
        passes = _ends(many, tails).is_in(ends)
        lettered = tails.is_null().arg_true()  # parcel suffixes and exponents are in the last characters
        for keys in _without_suffixes(many[lettered].with_columns(at=lettered)):
            passes = _with(passes, keys["at"].filter(_ends(keys).is_in(ends)))
        for begins in begun:
            passes = _with(passes, begins(many))
        suspects = pl.concat([many.select(ends_in_zeros(_KEY).arg_true()).to_series(), lettered])
        return _begins(passes, many, few, suspects)

    return sieve


def _without_suffixes(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows whose keys have a parcel suffix, without the last one, and without the last two."""
    return [rows.with_columns(keys.alias("key")).drop_nulls("key") for keys in without_suffix(rows["key"])]


def _with(passes: pl.Series, rows: pl.Series) -> pl.Series:
    return passes.scatter(rows, True) if rows.len() else passes


def _begun_as(size: int, probes: pl.DataFrame) -> Callable[[pl.DataFrame], pl.Series]:
    """Says which rows of many keys begin as one of a few may have begun before or after it was harmed."""
    length = _KEY.str.len_bytes().cast(pl.Int64)
    lengths, blocks = probes["length"].unique().implode(), probes["block"].unique().implode()
    heads = probes.select(_head(pl.col("form"), pl.col("length"), size)).to_series().unique().implode()

    def begins(many: pl.DataFrame) -> pl.Series:
        rows = many.select((pl.col("block").is_in(blocks) & length.is_in(lengths)).arg_true()).to_series()
        return rows.filter(many[rows].select(_head(_KEY, length, size)).to_series().is_in(heads))

    return begins


def _begins(passes: pl.Series, many: pl.DataFrame, few: pl.DataFrame, suspects: pl.Series) -> pl.Series:
    """Which keys look harmed, and may have begun as one of the few does."""
    for size, probes in _by_size(many[suspects]):
        heads = few.select(_head(_KEY, _KEY.str.len_bytes().cast(pl.Int64), size)).to_series().unique()
        is_begun = _head(pl.col("form"), pl.col("length"), size).is_in(heads.implode())
        passes = _with(passes, suspects.gather(probes.filter(is_begun)["id"]))
    return passes


def _by_size(keys: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """How many digits are looked at, and what may begin with so many."""
    return [(size, probes) for (size,), probes in sorted(_probes(keys).partition_by("size", as_dict=True).items())]


def _probes(keys: pl.DataFrame) -> pl.DataFrame:
    """What the numbers that harmed or long keys stand for may begin with: id (the row), form, length, block, size.

    `size` is how many digits are looked at. The numbers that one float stands for lie next to each other: their first digits
    are the same, or one more or less.
    """
    looked_at = HarmKeys(keys.select("key", "block").with_row_index("id"))
    left = beginnings(looked_at).with_columns(
        size=pl.when(pl.col("kept") > _LONG_HEAD).then(_LONG_HEAD).otherwise(_SHORT_HEAD)
    )
    left = left.with_columns(size=pl.min_horizontal("size", "kept").cast(pl.Int64))
    floats = float_heads(looked_at, _LONG_HEAD).with_columns(size=pl.lit(_LONG_HEAD, dtype=pl.Int64))
    near = (floats.with_columns(form=(pl.col("head") + step).cast(pl.String)) for step in (-1, 0, 1))
    columns = ["id", "form", "length", "block", "size"]
    return pl.concat(some.select(columns) for some in (left, *near))


def _tails(keys: pl.DataFrame) -> pl.Series:
    """The last characters of each key as a number, which they mostly are; null where they are not."""
    return keys.select(_KEY.str.tail(SHORT_MIN).cast(pl.Int64, strict=False)).to_series()


def _ends(keys: pl.DataFrame, tails: pl.Series | None = None) -> pl.Series:
    """A number for the ending of each key, with its block; digits need not be folded."""
    tails = _tails(keys) if tails is None else tails
    lettered = tails.is_null().arg_true()
    marks = tails.hash()
    if lettered.len():
        marks = marks.scatter(lettered, keys[lettered].select(_folded_end()).to_series())
    return (marks ^ keys["block"].hash(3)).alias("end")


def _folded_end() -> pl.Expr:
    end = folded(_KEY.str.tail(SHORT_MIN))
    number = end.cast(pl.Int64, strict=False)
    return pl.when(number.is_null()).then(end.hash()).otherwise(number.hash())


def _head(digits: pl.Expr, length: pl.Expr, size: int) -> pl.Expr:
    return digits.str.slice(0, size).hash() ^ length.hash(1) ^ _BLOCK
