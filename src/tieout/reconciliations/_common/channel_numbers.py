"""Numbers of channels: the names that rows of bills go by, and the rows of one payment."""

from typing import Final

import polars as pl

from tieout.keys import exact_key_expr
from tieout.reconciliations._common.sides import SCOPE

__all__ = ["NO_NAMES", "named_rows", "with_group_of_payment"]

NO_NAMES: Final = ("", "0", "-", "--", "NULL", "NONE", "N/A")
"""What stands for no number."""


def named_rows(frame: pl.DataFrame, *names: pl.Expr) -> pl.DataFrame:
    """One row for each name of a row, normalised; what lost digits and what stands for nothing is none."""
    scope = [name for name in SCOPE if name in frame.columns]
    parts = [frame.select("row", *scope, exact_key_expr(name).alias("name")) for name in names]
    every = pl.concat(parts).filter(pl.col("name").is_not_null() & ~pl.col("name").is_in(NO_NAMES))
    return every.unique(maintain_order=True)


def with_group_of_payment(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows with the group of their payment's row where they have none of their own, as refunds may."""
    known = (
        frame.filter(pl.col("group").is_not_null() & pl.col("channel_txn_id").is_not_null())
        .group_by("book_id", "channel", "channel_txn_id")
        .agg(pl.col("group").min().alias("of_payment"), pl.col("group").n_unique().alias("groups"))
        .filter(pl.col("groups") == 1)
        .drop("groups")
    )
    keys = ["book_id", "channel", "channel_txn_id"]
    joined = frame.join(known, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce("group", "of_payment").alias("group")).drop("of_payment")
