"""Each different text once: a column of a hundred thousand lines has a few hundred words, or thirty days."""

from collections.abc import Callable

import polars as pl

__all__ = ["of_each_text", "of_each_text_expr"]

_SAMPLE = 2_000


def of_each_text(cells: pl.Series, work: Callable[[pl.Series], pl.Series], dtype: pl.DataType) -> pl.Series:
    """What the work makes of each text, asked once for each different one where many are alike; null for null.

    Args:
        cells: Texts.
        work: Gives a value for each of a column of texts without nulls.
        dtype: Type of the values.

    Example:
        >>> of_each_text(pl.Series(["a", None, "bc", "a"]), lambda texts: texts.str.len_bytes(), pl.Int64()).to_list()
        [1, None, 2, 1]
    """
    if _differ(cells):
        is_there = cells.is_not_null()
        values = work(cells.drop_nulls()).cast(dtype).alias(cells.name)
        return values if is_there.all() else values.gather(is_there.set(~is_there, None).cum_sum() - 1)
    texts = cells.drop_nulls().unique()
    known = pl.DataFrame({"text": texts, "value": work(texts).cast(dtype)})
    frame = cells.alias("text").to_frame()
    return frame.join(known, on="text", how="left", maintain_order="left")["value"].alias(cells.name)


def _differ(cells: pl.Series) -> bool:
    """Whether nearly all texts differ, told by the first ones: then asking for each once is dearer than asking for all."""
    first = cells.head(_SAMPLE).drop_nulls()
    return len(cells) > _SAMPLE and 2 * first.n_unique() > len(first)


def of_each_text_expr(column: pl.Expr, work: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType) -> pl.Expr:
    """`of_each_text` on an expression of texts.

    Args:
        column: String expression.
        work: Gives an expression of values for one of different texts.
        dtype: Type of the values.
    """

    def worked(texts: pl.Series) -> pl.Series:
        return texts.alias("text").to_frame().select(work(pl.col("text"))).to_series()

    return column.map_batches(lambda cells: of_each_text(cells, worked, dtype), return_dtype=dtype)
