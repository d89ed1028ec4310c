"""Twins: records that are alike in everything the matcher sees.

Which of two twins is matched is no question of evidence, so it must be no question of position either: they are told apart by
whatever else their rows hold, and where those too are the same, either is the same answer.
"""

from collections.abc import Sequence

import polars as pl

from tieout.matching._names import cell

__all__ = ["kinds_of", "twins_of"]


def twins_of(frame: pl.DataFrame, rows: pl.Series, seen: Sequence[str]) -> pl.DataFrame:
    """Which records are alike, and the order among them.

    Args:
        frame: All rows of a side.
        rows: Positions to look at, without repeats.
        seen: Columns that decide, one at least.

    Returns:
        Columns row, twin (the same for records that are alike, numbered by content), rank (0, 1, 2 among the alike).
    """
    numbered = rows.cast(pl.UInt32).alias("row").to_frame()
    content = frame.select(cell(name).alias(f"content:{name}") for name in seen)[rows]
    classes = (
        pl.concat([numbered, content], how="horizontal")
        .group_by(content.columns)
        .agg("row")
        .sort(content.columns)
        .select("row")
        .with_row_index("twin")
    )
    alone = classes.filter(pl.col("row").list.len() == 1).explode("row").with_columns(rank=pl.lit(0, dtype=pl.UInt32))
    alike = classes.filter(pl.col("row").list.len() > 1).explode("row")
    columns = ["row", "twin", "rank"]
    return pl.concat([alone.select(columns), _ranked(frame, alike).select(columns)])


def kinds_of(frame: pl.DataFrame, rows: pl.Series, seen: Sequence[str]) -> pl.Series:
    """A number (Int64) for each of these rows, the same for rows that are alike.

    Args:
        frame: All rows of a side.
        rows: Positions to look at.
        seen: Columns that decide, one at least.

    Example:
        >>> kinds_of(pl.DataFrame({"a": ["x", "y", "x"]}), pl.Series([2, 1, 0, 2]), ["a"]).to_list()
        [0, 1, 0, 0]
    """
    content = frame.select(cell(name).alias(f"content:{name}") for name in seen)[rows]
    kinds = rows.cast(pl.Int64)
    repeated = content.is_duplicated().arg_true()
    if repeated.is_empty():
        return kinds
    some = content[repeated].with_columns(kinds.gather(repeated).alias("row"))
    return kinds.clone().scatter(repeated, some.select(pl.col("row").min().over(content.columns)).to_series())


def _ranked(frame: pl.DataFrame, alike: pl.DataFrame) -> pl.DataFrame:
    """Twins in the order of all that their rows hold."""
    names = sorted(name for name, dtype in frame.schema.items() if dtype != pl.Object)
    content = frame.select(cell(name).alias(f"content:{name}") for name in names)[alike["row"]]
    return (
        pl.concat([alike, content], how="horizontal")
        .sort("twin", *content.columns, "row")
        .with_columns(rank=pl.int_range(pl.len(), dtype=pl.UInt32).over("twin"))
    )
