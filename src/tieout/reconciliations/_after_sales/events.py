"""Facts for the books: what goes back to buyers, as `domain.md` 7.4 (V-07, V-08, V-11) turns revenue round."""

from datetime import date
from typing import Final

import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._after_sales.facts import Facts
from tieout.reconciliations._after_sales.refunds import SUCCEEDED
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import Side
from tieout.tables import Table

__all__ = ["build_events", "events_checks"]

_REFUND: Final = "aftersale.refund"
_COMPENSATION: Final = "compensation"
_DETAILS: Final = ("refund_id", "case", "stage")


def build_events(refunds: Side, facts: Facts, *, period: Period | None, as_of: date) -> Table[Event]:
    """One event `aftersale.refund` per refund that succeeded, but for compensations, which are no part of the price.

    The amount is what the platform says went back to the buyer and, where the refund states it, what it takes back of its own
    funding: positive lowers revenue. Refunds of one shop and day are one document. A refund is posted by the run that is given
    it, not again by those that carry it.

    Args:
        refunds: Judged refunds.
        facts: Refunds and cases.
        period: Days whose refunds are posted; None for all.
        as_of: Day of refunds without one.
    """
    posted = _posted(refunds.frame, facts, period).filter(~_is_compensation())
    day = pl.col("day").fill_null(pl.lit(as_of))
    place = [pl.col(name).fill_null("-") for name in ("platform", "shop_id")]
    facts_posted = posted.select(
        pl.lit(_REFUND).alias("kind"),
        pl.concat_str([*place, day.cast(pl.String)], separator=" ").alias("document"),
        pl.col("platform").alias("party"),
        day.alias("occurred_on"),
        "currency",
        pl.lit(None, dtype=pl.Decimal(28, 8)).alias("tax_rate"),
        "book_id",
        "shop_id",
        "refund_id",
        "case",
        pl.col("of_goods").alias("stage"),
        _amount().alias("amount_minor"),
        *EVENT_SOURCE,
        "source_line",
    )
    wanted = dict.fromkeys(
        [*EVENT_GROUP, "book_id", "shop_id", *_DETAILS, *EVENT_SOURCE, "source_line", "amount_minor"]
    )
    return events_table(facts_posted.select(*wanted), details=_DETAILS)


def events_checks(refunds: Side, facts: Facts, events: Table[Event], *, period: Period | None) -> list[Check]:
    """Per currency: the refunds that this run was given are the events, and the compensations, which the settlement posts."""
    posted = _posted(refunds.frame, facts, period).with_columns(_amount().alias("amount"))
    sums = posted.group_by("currency").agg(
        pl.col("amount").sum().alias("total"), pl.col("amount").filter(_is_compensation()).sum().alias("compensations")
    )
    made = events.to_polars().group_by("currency").agg(pl.col("amount_minor").sum().alias("events"))
    found = sums.join(made, on="currency", how="left").with_columns(pl.col("events").fill_null(0)).sort("currency")
    return [
        Check(
            name="events",
            side="refunds",
            currency=code,
            total=total,
            parts={"events": posted, "compensations": compensations},
        )
        for code, total, compensations, posted in found.iter_rows()
    ]


def _amount() -> pl.Expr:
    return pl.col("stated_minor") + pl.col("platform_subsidy_clawback_minor").fill_null(0)


def _is_compensation() -> pl.Expr:
    return (pl.col("case") == _COMPENSATION).fill_null(value=False)


def _posted(refunds: pl.DataFrame, facts: Facts, period: Period | None) -> pl.DataFrame:
    """Refunds that this run is the first to see, with their case."""
    fresh = ~pl.col("is_opening") & pl.col("reason").is_null() & (pl.col("stage") == SUCCEEDED)
    if period is not None:
        fresh &= pl.col("day").is_between(period.first, period.last).fill_null(value=True)
    cases = facts.cases.select(pl.col("row").alias("case_row"), pl.col("stage").alias("of_goods"))
    known = facts.refunds.select("row", "case", "case_row").join(
        cases, on="case_row", how="left", maintain_order="left"
    )
    return refunds.filter(fresh).join(known, on="row", how="left", maintain_order="left")
