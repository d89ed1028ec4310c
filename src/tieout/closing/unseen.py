"""Unseen: records of days that are closed which no close has seen, so that nothing of them was ever compared (C18, C33)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from tieout.closing.config import CloseConfig
from tieout.closing.sentences import note
from tieout.reports import Note
from tieout.reports.terms import record_zh
from tieout.tables import Table

__all__ = ["seen_by", "told_of_unseen"]

_SEEN: Final = {"table": pl.String(), "name": pl.String(), "day": pl.Date(), "since": pl.Date()}
_NAMES: Final = {
    "Order": ("platform_order_id",),
    "Return": ("return_id",),
    "Refund": ("refund_id",),
    "Shipment": ("tracking_no",),
    "Payout": ("payout_id",),
    "SettlementLine": ("line_id",),
    "ChannelTransaction": ("channel_txn_id", "channel_refund_id"),
    "BankTransaction": ("bank_ref", "account"),
    "StockMovement": ("movement_id", "sku"),
}
"""What names a record of a class, the same in whatever file, shop or state it is read; one without the first has no name."""
_DAYS: Final = {
    "Order": ("paid_at", "created_at"),
    "Return": ("applied_at", "approved_at", "created_at"),
    "Refund": ("succeeded_at", "approved_at", "applied_at", "created_at"),
    "Shipment": ("shipped_at", "picked_up_at", "signed_at"),
    "Payout": ("initiated_at", "expected_at", "arrived_at"),
    "SettlementLine": ("posted_at",),
    "ChannelTransaction": ("occurred_at",),
    "BankTransaction": ("booked_on",),
    "StockMovement": ("occurred_at", "created_at"),
}
"""Moments of a record, the first known of which is its day."""
_EARLIER: Final = ("history", "previous")
"""Roles of records that are of earlier periods."""
_REMEMBERED: Final = timedelta(days=366)
_SHOWN: Final = 3


def seen_by(config: CloseConfig, tables: Mapping[str, Table[Any]], before: pl.DataFrame | None) -> pl.DataFrame:
    """Names of all records that this close and those before it have seen, for the next one.

    Args:
        config: What the close is told.
        tables: Records by class or role.
        before: What the closes before have seen; None where none says it.

    Returns:
        `table` (class or role), `name`, `day` (null where the record says none) and `since`, the first day of the first of these
        closes, but no more than a year back.
    """
    first = config.period.first if before is None or not before.height else before["since"].min()
    oldest = config.period.first - _REMEMBERED
    frames = [] if before is None else [before.select("table", "name", "day")]
    frames += [named for _, named in _named(config, tables)]
    every = pl.concat(frames) if frames else pl.DataFrame(schema=_SEEN).drop("since")
    kept = every.filter((pl.col("day") >= oldest).fill_null(value=True)).unique(["table", "name"]).sort("table", "name")
    since = pl.lit(max(first, oldest) if isinstance(first, date) else oldest, dtype=pl.Date)
    return kept.with_columns(since.alias("since"))


def told_of_unseen(
    config: CloseConfig, tables: Mapping[str, Table[Any]], before: pl.DataFrame | None
) -> Iterator[Note]:
    """A sentence for each class or role with records of days that earlier closes closed, and that none of them has seen.

    A download that shows its last day only in part, or a file that was forgotten, leaves such records. Whose day lies before the
    first of these closes is none of theirs.

    Args:
        config: What the close is told.
        tables: Records by class or role.
        before: What the closes before have seen; None where none says it.
    """
    if before is None or not before.height:
        return
    since = before["since"].min()
    for table, named in _named(config, tables):
        closed = named.filter(pl.col("day").is_between(since, config.period.first, closed="left"))
        late = closed.join(before.select("table", "name"), on=["table", "name"], how="anti").unique("name").sort("name")
        if late.height:
            yield note(
                "unseen",
                count=late.height,
                what=Note(table, record_zh(tables[table].record.__name__)),
                first=late["day"].min(),
                last=late["day"].max(),
                names=", ".join(name.partition("\x1f")[0] for name in late["name"].head(_SHOWN)),
                more="…" if late.height > _SHOWN else "",
            )


def _named(config: CloseConfig, tables: Mapping[str, Table[Any]]) -> Iterator[tuple[str, pl.DataFrame]]:
    """Tables of records that have a name and a day, as `table`, `name` and `day`."""
    for table, records in sorted(tables.items()):
        kind = records.record.__name__
        if kind not in _NAMES or table.rpartition(":")[2] in _EARLIER:
            continue
        frame = records.to_polars()
        texts = [pl.col(name).fill_null("") for name in _NAMES[kind]]
        days = [_day(frame, name, str(config.book.timezone)) for name in _DAYS[kind]]
        named = frame.filter(pl.col(_NAMES[kind][0]).is_not_null())
        yield (
            table,
            named.select(
                pl.lit(table).alias("table"),
                pl.concat_str(texts, separator="\x1f").alias("name"),
                pl.coalesce(days).alias("day"),
            ),
        )


def _day(frame: pl.DataFrame, name: str, timezone: str) -> pl.Expr:
    is_moment = isinstance(frame.schema[name], pl.Datetime)
    return pl.col(name).dt.convert_time_zone(timezone).dt.date() if is_moment else pl.col(name)
