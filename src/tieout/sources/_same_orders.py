"""Same orders: which of the orders that several files have under one number are one order.

Many platforms give each order a number of its own, but some shops count theirs from 1001 on, and two files of two such shops
share numbers without a word about the shop. What no version of an order changes is the moment at which it was placed: rows of one
number are one order where those moments agree. Files may write them in other zones, which differ by whole quarters of an hour,
and without seconds. Where a file does not say the moment, a long number proves it; short ones only where all that the rows say is
the same.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

__all__ = ["INSTANCE", "IS_KNOWN", "is_long", "numbered_orders", "with_orders"]

INSTANCE: Final = "_instance"
"""Which of several orders of one number; 0 where there is one."""
IS_KNOWN: Final = "_is_known"
"""Whether the row's own file has the order, so that the moment at which it was placed was looked at."""

_NUMBER: Final = "platform_order_id"
_LONG: Final = 9  # digits and letters; a shop that counts its orders does not get there
_DAY_S: Final = 86_400
_QUARTER_S: Final = 900
_MINUTE_S: Final = 60
_NONE: Final = -1


def is_long(column: str) -> pl.Expr:
    """Whether a number is long enough to be one of a platform, not of a shop that counts; null is not."""
    return (pl.col(column).str.replace_all("[^0-9A-Za-z]", "").str.len_chars() >= _LONG).fill_null(value=False)


def numbered_orders(orders: pl.DataFrame, *, by: Sequence[str], begun: str, said: str) -> pl.DataFrame:
    """The orders with `INSTANCE`: 0 for the first order of a number in the order of the rows, 1 for the next one, and so on.

    Args:
        orders: One row an order and file.
        by: Columns of the number and of what it is unique in.
        begun: Column of the moment at which an order was placed.
        said: Column that is the same where rows say the same.
    """
    rows = orders.with_row_index("_row")
    is_repeated = pl.len().over(by) > 1
    alone = rows.filter(~is_repeated).with_columns(pl.lit(0, dtype=pl.Int64).alias(INSTANCE))
    several = _instances(rows.filter(is_repeated), by=by, begun=begun, said=said)
    return pl.concat([alone, several]).sort("_row").drop("_row")


def _instances(rows: pl.DataFrame, *, by: Sequence[str], begun: str, said: str) -> pl.DataFrame:
    seconds = pl.col(begun).dt.epoch("s")
    frame = rows.with_columns(
        _seconds=seconds,
        _phase=seconds % _QUARTER_S // _MINUTE_S,
        _second=seconds % _MINUTE_S,
    )
    frame = frame.sort("_seconds", "_row", nulls_last=True).with_columns(
        _span=(pl.col("_seconds").diff().over(by) > _DAY_S).fill_null(value=False).cum_sum().over(by)
    )
    seconds_said = pl.col("_second").filter(pl.col("_second") != 0).n_unique().over(*by, "_span", "_phase")
    frame = frame.with_columns(_second=pl.when(seconds_said > 1).then("_second").otherwise(0))
    moment = pl.struct("_span", "_phase", "_second")
    # Rows without a moment: those of a long number belong to the others, those of a short one stand for what they say.
    is_silent = pl.col("_seconds").is_null()
    usual = moment.filter(~is_silent).last().over(by, order_by="_row")
    frame = frame.with_columns(
        _moment=pl.when(~is_silent).then(moment).when(is_long(_NUMBER)).then(usual),
        _words=pl.when(is_silent & ~is_long(_NUMBER)).then(said),
    )
    first = pl.col("_row").min().over(*by, "_moment", "_words")
    frame = frame.with_columns(_first=first).with_columns(
        (pl.col("_first").rank("dense").over(by).cast(pl.Int64) - 1).alias(INSTANCE)
    )
    return frame.select(*rows.columns, INSTANCE)


def with_orders(records: pl.DataFrame, orders: pl.DataFrame | None, *, origins: Sequence[str]) -> pl.DataFrame:
    """Records with `INSTANCE` of the order that they are about, and `IS_KNOWN`.

    Args:
        records: Records of any class; those about no order have 0.
        orders: What `numbered_orders` gave; None when there are no orders.
        origins: Columns that say where a row comes from; the order of the first one that has it counts.
    """
    if orders is None or _NUMBER not in records.columns:
        return records.with_columns(pl.lit(0, dtype=pl.Int64).alias(INSTANCE), pl.lit(value=False).alias(IS_KNOWN))
    by = [name for name in ("platform", "shop_id", _NUMBER) if name in records.columns]
    joined = records
    for at, origin in enumerate(origins):
        own = orders.unique([*by, origin], keep="first", maintain_order=True)
        own = own.select(*by, origin, pl.col(INSTANCE).alias(f"_own_{at}"))
        joined = joined.join(own, on=[*by, origin], how="left", nulls_equal=True, maintain_order="left")
    most = orders.group_by(by).agg(_most=pl.col(INSTANCE).max())
    joined = joined.join(most, on=by, how="left", nulls_equal=True, maintain_order="left")
    found = [f"_own_{at}" for at in range(len(origins))]
    unknown = pl.when(pl.col("_most") > 0).then(_NONE).otherwise(0)
    return joined.with_columns(
        pl.coalesce(*found, unknown).cast(pl.Int64).alias(INSTANCE), pl.coalesce(found).is_not_null().alias(IS_KNOWN)
    ).drop(*found, "_most")
