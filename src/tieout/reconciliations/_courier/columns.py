"""Columns: joining what is known of rows to them without copying the rows."""

import polars as pl

__all__ = ["attached"]


def attached(
    rows: pl.DataFrame,
    known: pl.DataFrame,
    *,
    on: str | list[str],
    right_on: str | list[str] | None = None,
    nulls_equal: bool = False,
) -> pl.DataFrame:
    """The rows, in their order, with the other columns of what is known of their keys; null where nothing is.

    A bill has a million lines of fifty columns: only the keys take part in the join.

    Args:
        rows: Any rows.
        known: One row a key; its other columns are new to the rows.
        on: Key columns of the rows.
        right_on: The same of what is known, where they have other names.
        nulls_equal: Whether a null key is a key.
    """
    keys = [on] if isinstance(on, str) else on
    theirs = keys if right_on is None else [right_on] if isinstance(right_on, str) else right_on
    found = rows.select(keys).join(
        known, left_on=keys, right_on=theirs, how="left", maintain_order="left", nulls_equal=nulls_equal
    )
    return rows.with_columns(found.drop(keys).get_columns())
