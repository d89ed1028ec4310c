"""Totals below a table: one row a currency, since no sum of two currencies means anything."""

from collections.abc import Sequence

import polars as pl

__all__ = ["totals_by_currency"]


def totals_by_currency(frame: pl.DataFrame, sums: Sequence[str]) -> pl.DataFrame:
    """The totals of a table, with its columns; those that are not added up are null.

    Args:
        frame: The table, with `currency`.
        sums: Columns that are added up.
    """
    added = frame.group_by("currency").agg(pl.col(name).sum() for name in sums).sort("currency", nulls_last=True)
    return added.select(
        pl.col(name) if name in added.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in frame.schema.items()
    )
