"""Key texts: identifiers in the one form in which they are compared."""

from collections.abc import Callable

import polars as pl

from tieout.keys import exact_key_expr, normalize_expr

__all__ = ["exact_form", "harmed_form"]

# `keys.exact_key` gives such a text back as it is; the tests hold it to that.
_UNDECODABLE = "\N{REPLACEMENT CHARACTER}"
_ALREADY_EXACT = "^[0-9A-Z]{5,}$"


def exact_form(column: pl.Expr) -> pl.Expr:
    """`keys.exact_key_expr`, at the price of one regex for the cells that are clean already, which nearly all are."""
    return column.map_batches(
        lambda cells: _unless_clean(cells, exact_key_expr), return_dtype=pl.String, is_elementwise=True
    )


def harmed_form(column: pl.Expr) -> pl.Expr:
    """`keys.normalize_expr`, at the same price: also of keys that lost digits, but not of what could not be decoded."""
    return column.map_batches(lambda cells: _unless_clean(cells, _decoded), return_dtype=pl.String, is_elementwise=True)


def _decoded(column: pl.Expr) -> pl.Expr:
    key = normalize_expr(column)
    return pl.when(~key.str.contains(_UNDECODABLE, literal=True)).then(key)


def _unless_clean(cells: pl.Series, rewrite: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    if cells.dtype != pl.String:
        return _rewritten(cells, rewrite)
    unclean = (~cells.str.contains(_ALREADY_EXACT)).arg_true()
    if unclean.is_empty():
        return cells
    return cells.clone().scatter(unclean, _rewritten(cells.gather(unclean), rewrite))


def _rewritten(cells: pl.Series, rewrite: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    return cells.alias("key").to_frame().select(rewrite(pl.col("key"))).to_series()
