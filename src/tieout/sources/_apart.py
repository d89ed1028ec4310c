"""Apart: the rows that a format itself says are no records, by an expression over cells called by their captions."""

from collections.abc import Callable, Sequence

import polars as pl

from tieout.sources._captions import Header
from tieout.sources._grid import cell_name
from tieout.sources._rows import KIND, rows_of_totals

__all__ = ["IsApart", "captions_asked", "rows_apart"]

IsApart = Callable[[Callable[[str], pl.Expr]], pl.Expr]
"""Tells which rows are apart, given the expressions of cells by their caption."""


def captions_asked(is_apart: IsApart | None) -> list[str]:
    """The captions of the columns that decide which rows are records.

    Args:
        is_apart: What tells them; None where nothing does.
    """
    asked: list[str] = []

    def cell(caption: str) -> pl.Expr:
        asked.append(caption)
        return pl.lit(None, dtype=pl.String)

    if is_apart is not None:
        is_apart(cell)
    return list(dict.fromkeys(asked))


def rows_apart(body: pl.DataFrame, header: Header, is_apart: IsApart | None, totals: Sequence[str]) -> pl.Series | None:
    """Which rows of the body a format says are no records; None where it says it of none.

    Args:
        body: The rows below the header.
        header: The captions.
        is_apart: What tells them.
        totals: Patterns of first cells of lines with the captions of totals.
    """
    of_totals = rows_of_totals(body, totals) if totals else None
    if is_apart is None:
        return of_totals

    def cell(caption: str) -> pl.Expr:
        positions = header.positions((caption,))
        if not positions:
            return pl.lit(None, dtype=pl.String)
        text = pl.col(cell_name(positions[0])).str.strip_chars()
        return pl.when(text != "").then(text)

    # Beside the body, for an expression of columns that are all absent has no length of its own.
    said = body.with_columns(is_apart(cell).fill_null(value=False).alias(KIND))[KIND]
    return said if of_totals is None else said | of_totals
