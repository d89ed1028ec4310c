"""Versions: two records of one thing that differ, as two exports of different days have them."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.sides import SCOPE, Side

__all__ = ["DAYS_OF_PAYOUTS", "LISTED_TWICE", "OLDER_VERSION", "latest", "latest_payouts", "refund_order"]

LISTED_TWICE = "listed twice"
DAYS_OF_PAYOUTS = ("initiated_at", "expected_at", "arrived_at")
"""Moments of a payout, the first known of which is its day."""
OLDER_VERSION = "an older version"
_STAGES = ("scheduled", "in_transit", "paid", "failed", "retried", "cancelled")


def latest(side: Side, key: Sequence[str], moments: Sequence[str], *, stages: Sequence[str] = ()) -> Side:
    """The side with `reason`, why a row does not count, or null: of rows that say one thing differently the latest counts.

    The others are of no use to a later run, and are `is_repeat` too. Where no moment tells, the content does, so that the order
    of the rows does not; those that nothing but it tells from the one that counts are `is_tied`.

    Args:
        side: Rows as `take` gives them.
        key: Columns that name a record, scope included; a null is a name of its own.
        moments: Columns of moments, of which the last one that a record knows says how late it is.
        stages: Values of `status` from the first to the last, for records whose moments tell nothing.
    """
    counts = ~pl.col("is_repeat")
    is_twice = side.frame.select((counts & (counts.sum().over(key) > 1)).alias("is_twice")).to_series()
    if not is_twice.any():
        listed = pl.when("is_repeat").then(pl.lit(LISTED_TWICE))
        return side.with_columns(listed.alias("reason"), pl.lit(value=False).alias("is_tied"))
    twice = side.frame.filter(is_twice)
    content = [name for name in side.frame.columns if name not in {"row", "is_opening", "is_repeat"}]
    told = twice.select(
        "row",
        *key,
        pl.max_horizontal(moments).alias("latest"),
        _stage(stages).alias("stage"),
        pl.struct(content).struct.json_encode().alias("content"),
    )
    order = ["latest", "stage", "content", "row"]
    ranked = told.sort(order, descending=[True, True, True, False], nulls_last=True)
    as_late = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).first().over(key)) for name in order[:2])
    older = ranked.with_columns(as_late.alias("is_tied")).filter(pl.int_range(pl.len()).over(key) > 0)
    is_older = pl.col("row").is_in(older["row"].implode())
    reason = pl.when("is_repeat").then(pl.lit(LISTED_TWICE)).when(is_older).then(pl.lit(OLDER_VERSION))
    return side.with_columns(
        reason.alias("reason"),
        (pl.col("is_repeat") | is_older).alias("is_repeat"),
        pl.col("row").is_in(older.filter("is_tied")["row"].implode()).alias("is_tied"),
    )


def _stage(stages: Sequence[str]) -> pl.Expr:
    if not stages:
        return pl.lit(0)
    places = {stage: place for place, stage in enumerate(stages)}
    return pl.col("status").replace_strict(places, default=None, return_dtype=pl.Int64)


def latest_payouts(side: Side) -> Side:
    """As `latest`, of payouts: one that is listed again with its amount and its settlements is at another stage.

    Two amounts under one number are two parts, which both count.
    """
    paid = side.with_columns(pl.col("settlement_ids").list.unique().list.sort().list.join("\x1f").alias("pays"))
    key = (*SCOPE, "payout_id", "amount_minor", "currency", "pays")
    return latest(paid, key, DAYS_OF_PAYOUTS, stages=_STAGES)


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
