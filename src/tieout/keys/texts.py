"""Identifier columns as text, and rewriting only the cells that need it."""

from collections.abc import Sequence

import polars as pl

from tieout.errors import WrongColumnType

__all__ = ["as_text", "require_text", "rewrite_unless", "whole"]

_EXACT_FLOAT_LIMIT = 2**53
_SIXTEEN_DIGITS = r"^([0-9])([0-9]{14})[0-9]\.0$"  # from the limit on the last digit is not the file's any more
_EXPONENT = r"^(-?[0-9.]+)e\+?([0-9]+)$"


def whole(pattern: str) -> str:
    """The pattern, made to match a whole text, for Polars; `re.fullmatch` needs none of it."""
    return f"^(?:{pattern})$"


def require_text(value: object) -> str:
    """The value if it is text.

    Raises:
        WrongColumnType: It is something else: an id that went through a number may have lost digits already.
    """
    if isinstance(value, str):
        return value
    raise WrongColumnType(
        f"an identifier must be text, got {type(value).__name__}",
        hint="ids are no numbers: leading zeros and digits beyond 15 do not survive; read the cell as text",
    )


def as_text(column: pl.Series) -> pl.Series:
    """The column as text, digits intact where the type still has them.

    Whole numbers are written out. Floats are written out while every digit is exact (below 2**53); beyond that they
    become scientific text, which `tieout.keys.damage` reports, because the digits that a float prints there are
    invented.

    Raises:
        WrongColumnType: The column holds neither text nor numbers.
    """
    if column.dtype == pl.String:
        return column
    if column.dtype.is_float():
        return _float_text(column)
    if column.dtype.is_integer() or isinstance(column.dtype, pl.Categorical | pl.Enum | pl.Null):
        return column.cast(pl.String)
    raise WrongColumnType(
        f"a column of identifiers must be text or whole numbers, got {column.dtype}", where=f"column {column.name!r}"
    )


def rewrite_unless(column: pl.Series, clean: str, *, peel: pl.Expr, changes: Sequence[pl.Expr]) -> pl.Series:
    """The column, rewritten where the regex `clean` does not match; all expressions work on a column named `text`.

    Real id columns are clean but for a few per cent of their cells, or guarded in the same way all down. So one regex
    finds the cells that need work, `peel` (cheap) takes off plain guards, and only what is still not clean pays for
    `changes`, which are made one after the other: in one expression, what a later one reads twice is computed twice.
    """
    dirty = (~column.str.contains(clean)).arg_true()
    if dirty.is_empty():
        return column
    cells = column.gather(dirty)
    peeled = _apply(peel, cells)
    stubborn = (~peeled.str.contains(clean)).arg_true()
    if not stubborn.is_empty():
        changed = cells.gather(stubborn)
        for change in changes:
            changed = _apply(change, changed)
        peeled = peeled.scatter(stubborn, changed)
    return column.clone().scatter(dirty, peeled)


def _apply(change: pl.Expr, cells: pl.Series) -> pl.Series:
    return cells.alias("text").to_frame().select(change.alias("text")).to_series()


def _float_text(column: pl.Series) -> pl.Series:
    name = column.name
    value = pl.col(name)
    is_exact = value.is_finite() & (value == value.floor()) & (value.abs() < _EXACT_FLOAT_LIMIT)
    exact = pl.when(is_exact).then(value).cast(pl.Int64).cast(pl.String)
    rough = value.cast(pl.String).str.replace(_SIXTEEN_DIGITS, "${1}.${2}E+15").str.replace(_EXPONENT, "${1}E+${2}")
    return column.to_frame().select(
        pl.when(value.is_nan()).then(None).otherwise(pl.coalesce(exact, rough)).alias(name)
    )[name]
