"""Keys of orders: which order each record belongs to, within its book, platform and shop."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.orders import paired_orders
from tieout.reconciliations._common.sides import SCOPE

__all__ = ["of_orders", "with_orders_named"]

_ID = "platform_order_id"
_NAMED = (*SCOPE, _ID)


def of_orders(orders: pl.DataFrame, others: Sequence[pl.DataFrame]) -> tuple[pl.DataFrame, tuple[pl.DataFrame, ...]]:
    """Give each row the number of the order that it belongs to, as `key`; null for one that names none.

    A record that does not say its shop belongs to the one order of its number; where that stands in several shops, it belongs to
    none of them. Of an order that says its shop and one that does not, a record belongs to the one that says more.

    Args:
        orders: Rows with the scope and `platform_order_id`.
        others: The same of other records.

    Returns:
        The keys, one row each: `key`, the scope, `platform_order_id`, `is_order`; and the frames with `key`, the orders first.
    """
    known = orders.select(_NAMED).unique().sort(_ID, *SCOPE, nulls_last=True).with_row_index("key")
    known = known.with_columns(pl.col("key").cast(pl.Int64), pl.lit(value=True).alias("is_order"))
    named = pl.concat([frame.select(_NAMED) for frame in others]).drop_nulls(_ID).unique()
    named = named.sort(_ID, *SCOPE, nulls_last=True).with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    owned = _owned(known, named)
    is_known = pl.col("key").is_not_null()
    number = pl.when(~is_known).then((~is_known).cum_sum().cast(pl.Int64) + known.height - 1)
    owned = owned.with_columns(pl.coalesce("key", number).alias("key"))
    strangers = owned.filter(pl.col("key") >= known.height).select(
        "key", *_NAMED, pl.lit(value=False).alias("is_order")
    )
    keys = pl.concat([known.select("key", *_NAMED, "is_order"), strangers])
    varying = [*(name for name in SCOPE if _varies(name, orders, *others)), _ID]
    with_key = [_joined(orders, known, varying), *(_joined(frame, owned, varying) for frame in others)]
    return keys, tuple(with_key)


def _varies(name: str, *frames: pl.DataFrame) -> bool:
    """Whether a column of the scope has two values, so that it must be looked at; mostly a book has one for all."""
    values = pl.concat([frame.select(pl.col(name).unique()) for frame in frames])
    return values[name].n_unique() > 1


def _joined(frame: pl.DataFrame, keys: pl.DataFrame, on: Sequence[str]) -> pl.DataFrame:
    wanted = keys.select(*on, "key")
    found = frame.join(wanted, on=list(on), how="left", nulls_equal=True, maintain_order="left")
    return found.with_columns(pl.when(pl.col(_ID).is_not_null()).then("key").alias("key"))


def _owned(known: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """The named orders with the `key` of the known order that they are."""
    once = known.filter(pl.len().over(_ID) == 1).select(
        _ID, "key", *(pl.col(name).alias(f"{name}_known") for name in SCOPE)
    )
    simple = named.filter(pl.len().over(_ID) == 1).join(once, on=_ID)
    agree = [
        (pl.col(name) == pl.col(f"{name}_known")) | pl.col(name).is_null() | pl.col(f"{name}_known").is_null()
        for name in SCOPE
    ]
    sure = simple.filter(*agree).select("row", "key")
    rest = named.join(simple, on="row", how="anti")
    pairs = paired_orders(known.with_columns(pl.col("key").alias("row")), rest, rule="same order")
    doubtful = pairs.filter(pl.col("status") == "confirmed").select(
        pl.col("right").alias("row"), pl.col("left").alias("key")
    )
    return named.join(pl.concat([sure, doubtful]), on="row", how="left", maintain_order="left")


def with_orders_named(lines: pl.DataFrame, refunds: pl.DataFrame) -> pl.DataFrame:
    """Lines that name a refund and no order get the order of the refund; where refunds of several orders have the number, none.

    Args:
        lines: The columns of settlement lines.
        refunds: The columns of refunds.
    """
    nameless = pl.col(_ID).is_null() & pl.col("refund_id").is_not_null()
    if not lines.select(nameless.any()).item():
        return lines
    orders = refunds.drop_nulls(["refund_id", _ID]).select("refund_id", *SCOPE, pl.col(_ID).alias("_order")).unique()
    agree = [
        pl.col(name).is_null() | pl.col(f"{name}_right").is_null() | (pl.col(name) == pl.col(f"{name}_right"))
        for name in SCOPE
    ]
    found = lines.filter(nameless).select("row", "refund_id", *SCOPE).join(orders, on="refund_id")
    sure = found.filter(*agree).select("row", "_order").unique().filter(pl.len().over("row") == 1)
    named = lines.join(sure, on="row", how="left", maintain_order="left")
    return named.with_columns(pl.coalesce(_ID, "_order").alias(_ID)).drop("_order")
