"""Versions: two records of one thing that differ, as two exports of different days have them."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.sides import Side

__all__ = ["LISTED_TWICE", "OLDER_VERSION", "latest", "refund_order"]

LISTED_TWICE = "listed twice"
OLDER_VERSION = "an older version"


def latest(side: Side, key: Sequence[str], moments: Sequence[str]) -> Side:
    """The side with `reason`, why a row does not count, or null: of rows that say one thing differently the latest counts.

    The others are of no use to a later run, and are `is_repeat` too. Where no moment tells, the content does, so that the order
    of the rows does not.

    Args:
        side: Rows as `take` gives them.
        key: Columns that name a record, scope included; a null is a name of its own.
        moments: Columns of moments, of which the last one that a record knows says how late it is.
    """
    frame = side.frame
    twice = frame.filter(~pl.col("is_repeat")).filter(pl.len().over(key) > 1)
    content = [name for name in side.frame.columns if name not in {"row", "is_opening", "is_repeat"}]
    told = twice.select(
        "row",
        *key,
        pl.max_horizontal(moments).alias("latest"),
        pl.struct(content).struct.json_encode().alias("content"),
    )
    ranked = told.sort("latest", "content", "row", descending=[True, True, False], nulls_last=True)
    older = ranked.filter(pl.int_range(pl.len()).over(key) > 0)["row"].implode()
    is_older = pl.col("row").is_in(older)
    reason = pl.when("is_repeat").then(pl.lit(LISTED_TWICE)).when(is_older).then(pl.lit(OLDER_VERSION))
    return side.with_columns(reason.alias("reason"), (pl.col("is_repeat") | is_older).alias("is_repeat"))


def refund_order() -> list[pl.Expr]:
    """What versions of one refund are sorted by, nulls first, so that the one that stands comes last.

    A version is a counter or a moment: of two of one kind the longer text is the later one. Where neither tells, when the money
    moved does, and then the amount, so that the order of the rows does not.
    """
    version = pl.col("version")
    return [
        version.str.len_chars(),
        version,
        pl.col("succeeded_at"),
        pl.col("amount_minor"),
        pl.col("channel_refund_id"),
    ]
