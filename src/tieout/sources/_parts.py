"""Parts: a line with several columns of money becomes several records."""

from collections.abc import Sequence

import polars as pl

from tieout.sources._amounts import Part
from tieout.sources._grid import LINE

__all__ = ["split_parts"]

_ORDER = "_part_order"


def split_parts(
    frame: pl.DataFrame, columns: Sequence[Part], *, kind: str, main: str | None, included: bool
) -> pl.DataFrame:
    """One row for the line's own amount, and one for each column of a part that is not zero.

    Args:
        frame: One row a line, with an amount in minor units for each part, and `amount_minor` when the line has its own.
        columns: The columns of the parts.
        kind: Column of the record's table that says what an amount is for, such as `charge_type`.
        main: What the line's own amount is for; None when a column says it, or the line has none.
        included: Whether the line's own amount is a total that holds the parts: they are then taken out of it, and it is left
            out where nothing remains beside them.

    Returns:
        The rows in the order of the lines, the line's own amount first.
    """
    rows_of_parts = []
    apart = pl.sum_horizontal(pl.col(part.name).fill_null(0) for part in columns)
    has_parts = pl.any_horizontal(pl.col(part.name).fill_null(0) != 0 for part in columns)
    if "amount_minor" in frame.columns:
        own = frame.filter(pl.col("amount_minor").is_not_null()).with_columns(pl.lit(0).alias(_ORDER))
        if included:
            own = own.with_columns(pl.col("amount_minor") - apart).filter((pl.col("amount_minor") != 0) | ~has_parts)
        if main is not None:
            own = own.with_columns(pl.lit(main).alias(kind))
        rows_of_parts.append(own)
    for order, part in enumerate(columns, start=1):
        rows = frame.filter(pl.col(part.name).fill_null(0) != 0)
        rows_of_parts.append(
            rows.with_columns(
                pl.col(part.name).alias("amount_minor"),
                _kind_of(part).alias(kind),
                pl.lit(part.words or part.caption).alias("description"),
                pl.lit(order).alias(_ORDER),
                *(pl.lit(None, dtype=pl.Int64).alias(name) for name in _OF_THE_OWN if name in frame.columns),
            )
        )
    joined = pl.concat(rows_of_parts, how="diagonal").drop(part.name for part in columns)
    return joined.sort(LINE, _ORDER, maintain_order=True).drop(_ORDER)


def _kind_of(part: Part) -> pl.Expr:
    if isinstance(part.kind, str):
        return pl.lit(part.kind)
    gained, lost = part.kind
    return pl.when(pl.col(part.name) < 0).then(pl.lit(lost)).otherwise(pl.lit(gained))


_OF_THE_OWN = ("list_amount_minor", "discount_amount_minor")
