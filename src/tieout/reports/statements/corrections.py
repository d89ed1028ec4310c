"""Corrections: what movements that an earlier statement counted have become by now, by a later file."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.reports.cells import SOURCE
from tieout.reports.data import ReportData

__all__ = ["FAILED", "OF_LINES", "OF_PAYOUTS", "OF_TRANSACTIONS", "Corrected", "corrections"]

FAILED: Final = ("failed", "cancelled")
"""States of payouts that moved nothing."""


@attrs.frozen(kw_only=True)
class Corrected:
    """How records of a kind are known again.

    Attributes:
        record: Name of their class, under which `ReportData.carried` has them.
        key: Columns that name one, its number last; rows without that are not known again.
        moment: Column of its moment.
        shown: Further columns that movements are made of.
    """

    record: str
    key: tuple[str, ...]
    moment: str
    shown: tuple[str, ...] = ()


_SHOP: Final = ("book_id", "platform", "shop_id")
OF_LINES: Final = Corrected(
    record="SettlementLine", key=(*_SHOP, "type", "line_id"), moment="posted_at", shown=("settlement_id",)
)
OF_PAYOUTS: Final = Corrected(record="Payout", key=(*_SHOP, "payout_id"), moment="initiated_at")
OF_TRANSACTIONS: Final = Corrected(
    record="ChannelTransaction",
    key=("book_id", "channel", "channel_refund_id", "bill_kind", "channel_txn_id"),
    moment="occurred_at",
    shown=("merchant_order_no",),
)


def corrections(data: ReportData, rows: Sequence[pl.DataFrame], of: Corrected) -> pl.DataFrame | None:
    """By how much the records that earlier periods handed on are other ones now; None where nothing was handed on.

    A record is the one that was handed on if it has its name, and its moment or its amount; where two could be meant, none is.

    Args:
        data: The period.
        rows: Records of outcomes, with `worth` (what a movement of each comes to) and `is_counted` (it is one of the period).
        of: What they are.

    Returns:
        The key, what is shown, `on`, `currency`, `worth` (what is to be added to the balance, not 0) and where the newer one
        stands.
    """
    held = data.carried.get(of.record)
    if held is None or not len(held) or not rows:
        return None
    key, same = [*of.key, "currency"], [*of.key, "currency", "moment", "worth"]
    names = [*key, "moment", "worth", "is_counted", "on", *of.shown, *SOURCE]
    now = pl.concat([_told(one, of).select(names) for one in rows], how="vertical_relaxed")
    before = _before(held.to_polars(), of).select(same)
    news = now.filter(pl.col(of.key[-1]).is_not_null()).join(before, on=same, how="anti", nulls_equal=True)
    olds = before.filter(pl.col(of.key[-1]).is_not_null()).join(now, on=same, how="anti", nulls_equal=True)
    pairs = (
        news.with_row_index("new")
        .join(olds.with_row_index("old"), on=key, how="inner", nulls_equal=True, suffix="_old")
        .filter(
            pl.col("moment").eq_missing(pl.col("moment_old")) | (pl.col("worth") == pl.col("worth_old")),
            pl.len().over("new") == 1,
            pl.len().over("old") == 1,
        )
    )
    by = pl.when("is_counted").then(0).otherwise("worth") - pl.col("worth_old")
    return pairs.with_columns(by.alias("worth")).filter(pl.col("worth") != 0).drop("new", "old", "worth_old")


def _told(rows: pl.DataFrame, of: Corrected) -> pl.DataFrame:
    """Records of an outcome with `moment`; columns that none of them says something in are not there."""
    moment = pl.col(of.moment) if of.moment in rows.columns else pl.lit(None, dtype=pl.Datetime("us", "UTC"))
    absent = [name for name in (*of.key, *of.shown) if name not in rows.columns]
    return rows.with_columns(moment.alias("moment"), *(pl.lit(None, dtype=pl.String).alias(name) for name in absent))


def _before(held: pl.DataFrame, of: Corrected) -> pl.DataFrame:
    """Records that were handed on, with `moment` and `worth`."""
    moved = ~pl.col("status").is_in(FAILED).fill_null(value=False) if "status" in held.columns else pl.lit(value=True)
    return held.with_columns(
        pl.col(of.moment).alias("moment"), pl.when(moved).then("amount_minor").otherwise(0).alias("worth")
    ).unique([*of.key, "currency", "moment", "worth", *SOURCE])
