"""Characters of short keys as columns of numbers, one column for each place, for keys of one length."""

from collections.abc import Iterator

import polars as pl

__all__ = ["char_counts", "of_one_length", "place_codes"]

_CLASSES = 10  # the digits are told apart; other characters fall in with them
_SEEN_OF_EACH = 6  # so many characters of a class are counted, no more: 60 bits in all
_RADIX = 64  # keys are shorter, so that no count runs into the next


def of_one_length(keys: pl.DataFrame, rows: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """Keys by length, at most so many places times keys at once.

    Args:
        keys: Columns key and length, among others.
        rows: Most places times keys.
    """
    for (length,), alike in keys.partition_by("length", as_dict=True).items():
        step = max(1, rows // max(int(length), 1))
        for start in range(0, alike.height, step):
            yield int(length), alike.slice(start, step)


def place_codes(keys: pl.DataFrame, length: int) -> list[pl.Series]:
    """For each place, a number (UInt64) for the character of each key there."""
    return keys.select(_char(place).hash().alias(f"{place}") for place in range(length)).get_columns()


def char_counts(keys: pl.DataFrame, length: int) -> pl.Series:
    """Which characters each key of this length has, in bits: one edit changes two of them at most (a swap none).

    The characters are in ten classes. Each has six bits, of which as many are set as the key has characters of the class.
    """
    weights = pl.Series([_RADIX**one for one in range(_CLASSES)], dtype=pl.UInt64)
    bits = pl.Series([2**count - 1 for count in range(_SEEN_OF_EACH + 1)], dtype=pl.UInt64)
    classes = keys.select(
        (_char(place).cast(pl.Binary).bin.get(-1) % _CLASSES).alias(f"{place}") for place in range(length)
    )
    counted = pl.Series([0], dtype=pl.UInt64).new_from_index(0, keys.height)
    for column in classes.get_columns():
        counted += weights.gather(column)
    seen = counted * 0
    for weight in weights.to_list():
        seen += bits.gather((counted // weight % _RADIX).clip(upper_bound=_SEEN_OF_EACH)) * weight
    return seen


def _char(place: int) -> pl.Expr:
    return pl.col("key").str.slice(place, 1)
