"""Keys: which rows have the same, and which row comes first, by whole numbers.

A key of a dozen columns of text is dear to group, to join and to sort by, and most of its columns say the same of every row.
"""

from collections.abc import Sequence

import polars as pl

__all__ = ["numbers_of", "ordered", "telling_of"]


def numbers_of(rows: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """A number from 0 for each different key: rows with equal keys have the same, and nulls are equal.

    Args:
        rows: The rows.
        key: Columns of the key.
    """
    telling = telling_of(rows, key)
    if not telling:
        return pl.zeros(rows.height, dtype=pl.Int64, eager=True).alias("node")
    hashes = rows.select(pl.struct(telling).hash().alias("hash"))
    firsts = (
        hashes.with_row_index("first").group_by("hash", maintain_order=True).agg(pl.col("first").first())
    ).with_row_index("node")
    numbered = hashes.join(firsts, on="hash", how="left", maintain_order="left")
    first = numbered["first"]
    if all(rows[name].eq_missing(rows[name].gather(first)).all() for name in telling):
        return numbered["node"].cast(pl.Int64)
    return _numbers_by_key(rows.select(telling))  # two keys have one hash


def _numbers_by_key(keys: pl.DataFrame) -> pl.Series:
    groups = keys.with_row_index("at").group_by(keys.columns, maintain_order=True).agg("at").with_row_index("node")
    return groups.select("node", "at").explode("at").sort("at")["node"].cast(pl.Int64)


def telling_of(rows: pl.DataFrame, key: Sequence[str]) -> list[str]:
    """The columns of a key by which rows can be told apart: one that says the same of all of them, or nothing, cannot.

    Args:
        rows: The rows.
        key: Columns of the key.
    """
    return [name for name in dict.fromkeys(key) if not _is_constant(rows[name])]


def _is_constant(column: pl.Series) -> bool:
    if column.null_count():
        return column.null_count() == column.len()
    return column.len() == 0 or bool((column == column[0]).all())


def ordered(rows: pl.DataFrame, spot: pl.Series, by: Sequence[pl.Expr]) -> pl.Series:
    """Indices of the rows by ascending spot; rows of one spot by other columns.

    Args:
        rows: The rows.
        spot: A whole number for each row; few rows, if any, share one.
        by: What rows of one spot are sorted by, ascending with nulls last.
    """
    shared = spot.is_duplicated()
    if not shared.any():
        return spot.arg_sort()
    twins = rows.lazy().select(by).with_columns(spot.alias("_spot")).with_row_index("_at").filter(shared).collect()
    names = [name for name in twins.columns if name != "_at"]
    places = twins.select(pl.arg_sort_by(*names, nulls_last=True).alias("place"))
    turn = pl.zeros(rows.height, dtype=pl.UInt32, eager=True).scatter(
        twins["_at"].gather(places["place"]), pl.int_range(1, twins.height + 1, dtype=pl.UInt32, eager=True)
    )
    return pl.DataFrame({"spot": spot, "turn": turn}).select(pl.arg_sort_by("spot", "turn")).to_series()
