"""Texts: where they lie in memory."""

import polars as pl

__all__ = ["written_anew"]


def written_anew(texts: pl.Expr) -> pl.Expr:
    """The same texts, side by side.

    Texts that were fetched from a column stay where they lie there. A few from all over a long one are a wait each, every time
    they are read; a copy waits once.
    """
    return texts + ""
