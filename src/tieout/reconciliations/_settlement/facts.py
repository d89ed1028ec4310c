"""Facts for the books: what each settlement brought, by type of line, as `domain.md` 7.4 (V-04, V-10) posts it."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._settlement.contract import FeeContract
from tieout.reconciliations._settlement.words import KIND_OF_EVENT
from tieout.tables import Table

__all__ = ["build_events", "events_checks"]

_DETAILS = ("line_type", "invoice")
_SCOPE = ("book_id", "shop_id")


def build_events(
    lines: Side, orders: Side, fees: Sequence[FeeContract], *, period: Period | None, as_of: date
) -> Table[Event]:
    """One event per settlement, month and type of line, signed as the lines: positive is gained.

    A line is posted by the run that is given it, not again by those that carry it. Lines without a settlement are posted by shop
    and day.

    Args:
        lines: Lines with `key`, `kind` and `on`.
        orders: Orders with `key` and `sold_on`, by which a contract holds; that of a line of no order holds by the line's day.
        fees: Contracts, which say whether a fee has an invoice.
        period: Days whose lines are posted; None for all.
        as_of: Day of lines without one.
    """
    counted = _posted(lines.frame, period).filter(pl.col("kind").cast(pl.String).is_in(list(KIND_OF_EVENT)))
    sold = orders.frame.group_by("key").agg(pl.col("sold_on").min())
    counted = counted.join(sold, on="key", how="left", maintain_order="left")
    day = pl.col("on").fill_null(pl.lit(as_of))
    rows = counted.select(
        pl.col("type").replace_strict(KIND_OF_EVENT, return_dtype=pl.String).alias("kind"),
        pl.coalesce(
            "settlement_id", pl.concat_str([pl.col("platform").fill_null(""), pl.lit(" "), day.cast(pl.String)])
        ).alias("document"),
        pl.col("platform").alias("party"),
        day.alias("day"),
        day.dt.truncate("1mo").alias("month"),
        pl.coalesce("sold_on", day).alias("held_on"),
        "currency",
        *_SCOPE,
        pl.col("type").alias("line_type"),
        pl.lit(None, dtype=pl.String).alias("invoice"),
        pl.lit(None, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
        pl.col("minor").alias("amount_minor"),
        *EVENT_SOURCE,
        "source_line",
    )
    for fee in fees:
        if fee.invoice is not None:
            first, last = fee.days
            its = (
                (pl.col("party") == fee.platform)
                & (pl.col("line_type") == fee.line_type)
                & pl.col("held_on").is_between(first, last)
            )
            rows = rows.with_columns(
                pl.when(its).then(pl.lit(fee.invoice)).otherwise("invoice").alias("invoice"),
                pl.when(its)
                .then(pl.lit(fee.tax_rate, dtype=pl.Decimal(28, 8)))
                .otherwise("tax_rate")
                .alias("tax_rate"),
            )
    dated = rows.with_columns(pl.col("day").max().over("document", "party", "month", *_SCOPE).alias("occurred_on"))
    wanted = dict.fromkeys([*EVENT_GROUP, *_SCOPE, *_DETAILS, *EVENT_SOURCE, "source_line", "amount_minor"])
    return events_table(dated.select(*wanted), details=_DETAILS, scope=_SCOPE)


def events_checks(lines: Side, events: Table[Event], *, period: Period | None) -> list[Check]:
    """Per currency: the lines of the run are the events, and what is posted from elsewhere or has to be named first."""
    posted = _posted(lines.frame, period)
    sums = posted.group_by("currency").agg(
        pl.col("minor").sum().alias("total"),
        *(pl.col("minor").filter(pl.col("kind") == kind).sum().alias(kind) for kind in _ELSEWHERE),
    )
    made = events.to_polars().group_by("currency").agg(pl.col("amount_minor").sum().alias("events"))
    found = sums.join(made, on="currency", how="left").with_columns(pl.col("events").fill_null(0)).sort("currency")
    return [
        Check(
            name="events",
            side="lines",
            currency=str(row["currency"]),
            total=int(row["total"]),
            parts={"events": int(row["events"]), **{kind: int(row[kind]) for kind in _ELSEWHERE}},
        )
        for row in found.iter_rows(named=True)
    ]


_ELSEWHERE = ("withdrawal", "transfer", "unknown")


def _posted(lines: pl.DataFrame, period: Period | None) -> pl.DataFrame:
    fresh = ~pl.col("is_opening") & ~pl.col("is_repeat")
    if period is not None:
        fresh &= pl.col("on").is_between(period.first, period.last).fill_null(value=True)
    return lines.filter(fresh)
