"""Facts for the books: what goes back to buyers, as `domain.md` 7.4 (V-07, V-08, V-11, V-26) turns revenue round."""

from datetime import date
from typing import Final

import attrs
import polars as pl

from tieout.model import Event
from tieout.proof import Check
from tieout.reconciliations._after_sales.facts import Facts
from tieout.reconciliations._after_sales.originals import AMOUNTS, DAYS, taken_back
from tieout.reconciliations._after_sales.refunds import AGREED, SUCCEEDED
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table, posted_whole
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import SCOPE, local_day
from tieout.tables import Table

__all__ = ["Known", "events_checks", "known_before", "posted_refunds", "refund_events", "refund_facts"]

_REFUND: Final = "aftersale.refund"
_APPROVED: Final = "aftersale.refund_approved"
_OWED: Final = "aftersale.refund_owed"
_ON_TOP: Final = "aftersale.compensation"
_COMPENSATION: Final = "compensation"
_BEFORE: Final = "before_shipment"
_MOMENTS: Final = tuple(day.removesuffix("_on") for day in DAYS)
_SCOPE: Final = ("book_id", "shop_id")
_DETAILS: Final = ("refund_id", "case", "stage", "order", "line", "receivable", *_MOMENTS)
_IDENTITY: Final = ("kind", *_SCOPE, "party", "refund_id", "part", "accrued_on")
_NUMBER: Final = (*SCOPE, "refund_id")
_TOLD: Final = (*_NUMBER, "moment")
_AT_ONCE: Final = "is_at_once"


@attrs.frozen(kw_only=True)
class Known:
    """What the run before knew.

    Attributes:
        refunds: Its refunds by shop and number.
        told: Those of which it posted a `moment`: that of the refund itself, or one of its sale that came after.
    """

    refunds: pl.DataFrame = attrs.field(repr=False)
    told: pl.DataFrame = attrs.field(repr=False)


def refund_facts(
    books: Books, facts: Facts, parcels: pl.DataFrame, *, period: Period | None, as_of: date, timezone: str
) -> pl.DataFrame:
    """Refunds that are posted, in parts: one for each line of the order that they take back, and `is_at_once`.

    Args:
        books: The sides.
        facts: Refunds and cases.
        parcels: Of `parcels_of`.
        period: Days that are posted: at its end, refunds that were agreed and are not paid are owed.
        as_of: Day of refunds without one.
        timezone: Zone in which days count.
    """
    cases = facts.cases.select(pl.col("row").alias("case_row"), pl.col("stage").alias("of_goods"))
    clawback = pl.col("platform_subsidy_clawback_minor").fill_null(0)
    refunds = (
        facts.refunds.filter(pl.col("stage").is_in([SUCCEEDED, AGREED]))
        .join(cases, on="case_row", how="left", maintain_order="left")
        .with_columns(
            pl.col("day").fill_null(pl.lit(as_of)),
            (pl.col("stated_minor") + clawback).alias("total_minor"),
            clawback.alias("clawback_minor"),
            (pl.col("case") == _COMPENSATION).fill_null(value=False).alias("is_compensation"),
            local_day("approved_at", timezone).alias("approved_on"),
        )
    )
    of_price = refunds.filter(~pl.col("is_compensation"))
    parts = taken_back(books, of_price, facts.cases, parcels, timezone)
    others = refunds.filter("is_compensation").select("row", pl.col("total_minor").alias("amount_minor"))
    known = refunds.drop("case_id", *AMOUNTS, "amount_minor", "tax_rate", "line", "part", strict=False)
    made = pl.concat([parts, others], how="diagonal").join(known, on="row", maintain_order="left")
    made = made.with_columns(
        (pl.col("is_opening") & ~pl.col("is_new").fill_null(value=False)).alias("is_opening"),
        pl.coalesce("key", -1 - pl.col("row")).alias("sale"),
    )
    made = made.with_columns(pl.lit(value=False).alias(_AT_ONCE))
    return pl.concat([_paid(made), *_caught_up(made), *_owed(made, period)])


def _paid(parts: pl.DataFrame) -> pl.DataFrame:
    none = pl.lit(None, dtype=pl.Date).alias("accrued_on")
    paid = parts.filter(pl.col("stage") == SUCCEEDED)
    kind = pl.when("is_compensation").then(pl.lit(_ON_TOP)).otherwise(pl.lit(_REFUND)).alias("kind")
    return paid.with_columns(kind, pl.col("day").alias("occurred_on"), none)


def _caught_up(parts: pl.DataFrame) -> list[pl.DataFrame]:
    """Refunds of sales that reach a moment all the same after them: a book that recognises them then takes them back then.

    What a sale had reached before, and what is not known of it, its refund takes back itself: `is_at_once`.
    """
    paid = _paid(parts).filter((pl.col("of_goods") != _BEFORE).fill_null(value=True) & ~pl.col("is_compensation"))
    return [
        paid.filter(pl.col(day).is_not_null() | pl.col("receivable").is_null()).with_columns(
            pl.lit(f"{_REFUND}_{moment}").alias("kind"),
            pl.max_horizontal(day, "occurred_on").alias("occurred_on"),
            (pl.col(day) <= pl.col("occurred_on")).fill_null(value=True).alias(_AT_ONCE),
        )
        for moment, day in zip(_MOMENTS, DAYS, strict=True)
    ]


def _owed(parts: pl.DataFrame, period: Period | None) -> list[pl.DataFrame]:
    """Refunds that were agreed by the end of the period, and were not paid then."""
    if period is None:
        return []
    last = pl.lit(period.last)
    later = (pl.col("stage") == SUCCEEDED) & (pl.col("day") > last)
    agreed = pl.coalesce("approved_on", pl.when(pl.col("stage") == AGREED).then("day")) <= last
    owed = parts.filter(agreed & (later | (pl.col("stage") == AGREED)) & ~pl.col("is_compensation"))
    return [
        owed.with_columns(pl.lit(kind).alias("kind"), last.alias("occurred_on"), last.alias("accrued_on"))
        for kind in (_APPROVED, _OWED)
    ]


def known_before(parts: pl.DataFrame, refunds: pl.DataFrame, opens_on: date) -> Known:
    """What the run before knew, by what it carried.

    Args:
        parts: Of `refund_facts`, of what was carried in alone.
        refunds: The refunds that were carried in.
        opens_on: First day of the period that follows; of that day and later ones it posted nothing.
    """
    told = parts.filter(pl.col("occurred_on") < opens_on).with_columns(_moment())
    return Known(refunds=refunds.select(_NUMBER).unique(), told=told.select(_TOLD).unique())


def _moment() -> pl.Expr:
    """What a fact is told once of: a compensation is the refund itself."""
    return pl.when(pl.col("kind") == _ON_TOP).then(pl.lit(_REFUND)).otherwise("kind").alias("moment")


def posted_refunds(parts: pl.DataFrame, period: Period | None, before: Known | None = None) -> pl.DataFrame:
    """The facts that a run posts: those of its period; without one those of sales of which it was given news.

    Of a refund that the run before knew, what it did not know to have happened by then is posted too, and what it posted is not
    posted anew where a later record says another day. A moment of its sale that it posted the refund without, as not reached yet,
    takes it back on the day of the refund where it is said now to have been before.

    Args:
        parts: Of `refund_facts`.
        period: Days that are posted.
        before: What the run before knew; None to go by the days alone.
    """
    if period is None or before is None:
        return posted_whole(parts.filter(~pl.col(_AT_ONCE)), period, ["sale"]).drop(_AT_ONCE)
    paid = before.told.filter(pl.col("moment") == _REFUND)
    known = (
        (before.refunds, _NUMBER, "was_known"),
        (paid.select(_NUMBER), _NUMBER, "was_paid"),
        (before.told, _TOLD, "was_told"),
    )
    said = parts.with_columns(_moment())
    for rows, on, name in known:
        marked = rows.with_columns(pl.lit(value=True).alias(name))
        said = said.join(marked, on=list(on), how="left", nulls_equal=True, maintain_order="left")
    said = said.with_columns(pl.col("was_known", "was_paid", "was_told").fill_null(value=False))
    day = pl.col("occurred_on")
    is_own = day.is_between(period.first, period.last) | (pl.col("was_known") & (day < period.first))
    is_new = ~pl.col("was_told") | pl.col("accrued_on").is_not_null()
    posted = said.filter(is_own & is_new & (pl.col("was_paid") | ~pl.col(_AT_ONCE)))
    return posted.drop("moment", "was_known", "was_paid", "was_told", _AT_ONCE)


def refund_events(posted: pl.DataFrame) -> Table[Event]:
    """Events of refunds, one for each line that they take back; one of each compensation, which is no part of the price.

    The amount is what the platform says went back to the buyer and, where the refund states it, what it takes back of its own
    funding: positive lowers revenue, or is a cost. Refunds of one shop and day are one document.

    Args:
        posted: Of `posted_refunds`.
    """
    day = pl.col("occurred_on")
    place = [pl.col(name).fill_null("-") for name in ("platform", "shop_id")]
    is_before = (pl.col("of_goods") == _BEFORE).fill_null(value=False)
    flags = [
        pl.when(pl.col("receivable").is_not_null())
        .then(pl.when(~is_before & (pl.col(on) <= day)).then(pl.lit("true")).otherwise(pl.lit("false")))
        .alias(moment)
        for moment, on in zip(_MOMENTS, DAYS, strict=True)
    ]
    facts = posted.select(
        "kind",
        pl.concat_str([*place, day.cast(pl.String)], separator=" ").alias("document"),
        pl.col("platform").alias("party"),
        *EVENT_GROUP[3:],
        *_SCOPE,
        "refund_id",
        "case",
        pl.col("of_goods").alias("stage"),
        pl.col("platform_order_id").alias("order"),
        "line",
        "receivable",
        *flags,
        "part",
        "accrued_on",
        "amount_minor",
        *AMOUNTS,
        *EVENT_SOURCE,
        "source_line",
    )
    return events_table(facts, details=_DETAILS, further=AMOUNTS, identity=_IDENTITY)


def events_checks(posted: pl.DataFrame, refunds: pl.DataFrame, events: Table[Event]) -> list[Check]:
    """Per currency: the refunds that this run posts are the events, of refunds and of compensations.

    Args:
        posted: Of `posted_refunds`.
        refunds: The refunds that count.
        events: What is posted.
    """
    paid = pl.col("kind").is_in([_REFUND, _ON_TOP])
    rows = posted.filter(paid)["row"].unique().implode()
    whole = pl.col("stated_minor") + pl.col("platform_subsidy_clawback_minor").fill_null(0)
    sums = refunds.filter(pl.col("row").is_in(rows)).group_by("currency").agg(whole.sum().alias("total"))
    amount, kind = pl.col("amount_minor"), pl.col("kind")
    made = events.to_polars().filter(paid).group_by("currency")
    parts = made.agg(
        amount.filter(kind == _REFUND).sum().alias("events"),
        amount.filter(kind == _ON_TOP).sum().alias("compensations"),
    )
    found = sums.join(parts, on="currency", how="left").fill_null(0).sort("currency")
    return [
        Check(
            name="events",
            side="refunds",
            currency=code,
            total=total,
            parts={"events": posted, "compensations": compensations},
        )
        for code, total, posted, compensations in found.select(
            "currency", "total", "events", "compensations"
        ).iter_rows()
    ]
