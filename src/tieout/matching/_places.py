"""Places: facts about positions by one pass over an array instead of a grouping.

Positions of records are small whole numbers, so that what is known of each can stand in an array of that length.
"""

import polars as pl

__all__ = ["in_order", "least", "marked", "repeats"]


def in_order(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs in the order of their left positions, each of which stands once.

    Args:
        pairs: Columns left and right (UInt32), no nulls.

    Example:
        >>> in_order(pl.DataFrame({"left": [7, 4], "right": [8, 9]}, schema={"left": pl.UInt32, "right": pl.UInt32})).rows()
        [(4, 9), (7, 8)]
    """
    if pairs.is_empty():
        return pairs
    length = int(pairs["left"].max()) + 1  # type: ignore[arg-type]  # positions, not empty
    array = pl.Series([None], dtype=pl.UInt32).new_from_index(0, length).scatter(pairs["left"], pairs["right"])
    lefts = array.is_not_null().arg_true().cast(pl.UInt32)
    return pl.DataFrame([lefts.alias("left"), array.drop_nulls().alias("right")])


def repeats(rows: pl.Series) -> pl.Series | None:
    """Which of these positions stand several times; None when none does.

    Args:
        rows: Positions (UInt32), no nulls.

    Example:
        >>> repeats(pl.Series([4, 7, 4], dtype=pl.UInt32)).to_list(), repeats(pl.Series([4, 7], dtype=pl.UInt32))
        ([True, False, True], None)
    """
    if rows.is_empty() or marked(rows, int(rows.max()) + 1).sum() == rows.len():  # type: ignore[arg-type]  # positions, not empty
        return None
    places = pl.int_range(rows.len(), dtype=pl.UInt32, eager=True)
    last = _zeros(rows).scatter(rows, places)
    earlier = rows.filter(last.gather(rows) != places)
    return marked(earlier, last.len()).gather(rows)


def marked(rows: pl.Series, length: int) -> pl.Series:
    """An array of that length that is true at these positions."""
    array = pl.Series([False]).new_from_index(0, length)
    return array.scatter(rows, True) if rows.len() else array


def least(rows: pl.Series, values: pl.Series) -> pl.Series:
    """For each position, the least of the values that stand beside it anywhere.

    Args:
        rows: Positions (UInt32), no nulls.
        values: As many numbers (UInt32), no nulls.

    Example:
        >>> least(pl.Series([4, 7, 4], dtype=pl.UInt32), pl.Series([9, 8, 5], dtype=pl.UInt32)).to_list()
        [5, 8, 5]
    """
    if rows.is_empty():
        return values
    order = values.arg_sort(descending=True)
    return _zeros(rows).scatter(rows.gather(order), values.gather(order)).gather(rows)


def _zeros(rows: pl.Series) -> pl.Series:
    return pl.Series([0], dtype=pl.UInt32).new_from_index(0, int(rows.max()) + 1)  # type: ignore[arg-type]  # positions, not empty
