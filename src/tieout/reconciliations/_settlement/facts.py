"""Facts for the books: what each settlement brought, by type of line, as `domain.md` 7.4 (V-04, V-10, V-24) posts it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.model import Event
from tieout.money.columns import divide_half_up_expr
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_GROUP, EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import local_day
from tieout.reconciliations._settlement.compensations import COMPENSATION
from tieout.reconciliations._settlement.contract import FeeContract
from tieout.reconciliations._settlement.fees import RATE_UNIT
from tieout.reconciliations._settlement.words import FEES, GROSS, KIND_OF_EVENT, REFUND
from tieout.tables import Table

__all__ = ["events_checks", "posted_lines", "settled_events", "unsettled_facts"]

_DETAILS: Final = ("line_type", "invoice")
_SCOPE: Final = ("book_id", "shop_id")
_DOCUMENT: Final = ("document", "party", "month", *_SCOPE)
_IDENTITY: Final = ("kind", *_DOCUMENT, "currency", "tax_rate", *_DETAILS)
_UNSETTLED: Final = "settlement.unsettled_fee"
_ELSEWHERE: Final = ("withdrawal", "transfer", "unknown")
_LEFT: Final = ("shipped", "signed", "completed")
_RATE: Final = pl.Decimal(28, 8)


def posted_lines(lines: pl.DataFrame, *, period: Period | None, as_of: date) -> pl.DataFrame:
    """The lines whose events a run posts, with `document`, `party`, `month` and `day`: settlements whole, by month.

    A settlement is posted by each run that knows a line of it on one of its days, or is given one that is late, or the refund
    that a compensation pays: with all that is remembered of the month, so that what was posted before is replaced by more, never
    by less.

    Args:
        lines: Lines with `on` and `is_news_of_refund`.
        period: Days of the run; None for all that it was given.
        as_of: Day of lines without one.
    """
    day = pl.col("on").fill_null(pl.lit(as_of))
    of_day = pl.concat_str([pl.col("platform").fill_null(""), pl.lit(" "), day.cast(pl.String)])
    rows = lines.filter(~pl.col("is_repeat")).with_columns(
        pl.coalesce("settlement_id", of_day).alias("document"),
        pl.col("platform").alias("party"),
        pl.col("on").dt.truncate("1mo").alias("month"),
        day.alias("day"),
    )
    is_given = ~pl.col("is_opening") | pl.col("is_news_of_refund")
    if period is not None:
        rows = rows.filter((pl.col("on") <= period.last).fill_null(value=True))
        is_here = pl.col("on") >= period.first
        is_late = is_given & (pl.col("month") >= period.first.replace(day=1))
        is_given = (is_here | is_late).fill_null(is_given)
    return rows.join(rows.filter(is_given).select(_DOCUMENT).unique(), on=list(_DOCUMENT), how="semi", nulls_equal=True)


def settled_events(
    posted: pl.DataFrame, orders: pl.DataFrame, fees: Sequence[FeeContract], unsettled: pl.DataFrame
) -> Table[Event]:
    """One event per settlement, month and type of line, signed as the lines: positive is gained; and the fees that are accrued.

    Lines without a settlement are posted by platform, shop and day. An event is named by its document and month, not by its day
    or amount: with a line that comes late it is the same event, changed. One of nothing stays, for it may take the place of one
    of something.

    Args:
        posted: Of `posted_lines`.
        orders: Orders with `key` and `sold_on`, by which a contract holds; that of a line of no order holds by the line's day.
        fees: Contracts, which say whether a fee has an invoice.
        unsettled: Of `unsettled_facts`.
    """
    counted = _with_other_way(posted.filter(pl.col("kind").cast(pl.String).is_in(list(KIND_OF_EVENT))))
    sold = orders.group_by("key").agg(pl.col("sold_on").min())
    rows = counted.join(sold, on="key", how="left", maintain_order="left").select(
        "kind",
        "document",
        "party",
        "day",
        "month",
        pl.coalesce("sold_on", "day").alias("held_on"),
        "currency",
        *_SCOPE,
        pl.col("type").alias("line_type"),
        pl.lit(None, dtype=pl.String).alias("invoice"),
        pl.lit(None, dtype=_RATE).alias("tax_rate"),
        pl.col("minor").alias("amount_minor"),
        pl.when(pl.col("type").is_in([*FEES, "fee_refund"])).then("tax_minor").alias("tax_minor"),
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
                pl.when(its).then(pl.lit(fee.tax_rate, dtype=_RATE)).otherwise("tax_rate").alias("tax_rate"),
            )
    is_taxed = pl.col("tax_minor").is_not_null().all().over(_IDENTITY)
    dated = rows.with_columns(
        pl.col("day").max().over(_DOCUMENT).alias("occurred_on"), pl.when(is_taxed).then("tax_minor").alias("tax_minor")
    )
    wanted = [*dict.fromkeys([*EVENT_GROUP, *_SCOPE, *_DETAILS, "month"]), "amount_minor", "tax_minor"]
    every = pl.concat([part.select(*wanted, *EVENT_SOURCE, "source_line") for part in (dated, unsettled)])
    return events_table(
        every, details=_DETAILS, scope=_SCOPE, further=["tax_minor"], identity=_IDENTITY, keep_nothing=True
    )


def _with_other_way(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines with the `kind` of their event; compensations with nothing of the other kind too.

    A compensation is the settlement of a refund, or a cost of its own where no refund is known that says the same. Which it is
    may become known later: then the other event takes the place of what was posted.
    """
    by_type = pl.col("type").replace_strict(KIND_OF_EVENT, return_dtype=pl.String)
    is_known = (pl.col("type") == COMPENSATION) & pl.col("kind").cast(pl.String).is_in(REFUND)
    settled, own = pl.lit(KIND_OF_EVENT[REFUND[0]]), pl.lit(KIND_OF_EVENT[COMPENSATION])
    others = lines.filter(pl.col("type") == COMPENSATION).with_columns(
        pl.when(is_known).then(own).otherwise(settled).alias("kind"), pl.lit(0, dtype=pl.Int64).alias("minor")
    )
    named = lines.with_columns(pl.when(is_known).then(settled).otherwise(by_type).alias("kind"))
    return pl.concat([named, others])


def unsettled_facts(
    orders: pl.DataFrame,
    lines: pl.DataFrame,
    rules: pl.DataFrame,
    fees: Sequence[FeeContract],
    *,
    period: Period | None,
    timezone: str,
) -> pl.DataFrame:
    """Fees that the contract rates of orders that had left by the end of the period and of which nothing was settled (V-24).

    A fee falls due on what is not refunded. One that is among the lines already is none.

    Args:
        orders: The compared orders with `key`, `receivable_minor`, `given_back`.
        lines: Lines with `key`, `kind`, `on`.
        rules: Of `rules_of`.
        fees: Contracts.
        period: Days of the run; without one nothing is accrued.
        timezone: Zone in which days count.
    """
    last = date.max if period is None else period.last
    said = [local_day(f"{name}_at", timezone) for name in _LEFT]
    is_told = pl.col("status").is_in(_LEFT).fill_null(value=False) & pl.all_horizontal(day.is_null() for day in said)
    had_left = pl.any_horizontal((day <= last).fill_null(value=False) for day in said) | is_told
    there = lines.filter(
        ~pl.col("is_repeat") & (pl.col("on") <= last).fill_null(value=True) & pl.col("key").is_not_null()
    )
    settled = there.filter(pl.col("kind").is_in(GROSS)).select("key", "currency").unique()
    charged = there.select("key", "currency", "type").unique()
    open_orders = orders.filter(had_left & (period is not None)).join(settled, on=["key", "currency"], how="anti")
    terms = pl.DataFrame(
        [(str(fee), fee.invoice, fee.tax_rate) for fee in fees],
        schema={"contract": pl.String, "invoice": pl.String, "tax_rate": _RATE},
        orient="row",
    )
    left = (pl.col("receivable_minor") - pl.col("given_back").fill_null(0)).clip(lower_bound=0)
    whole = pl.col("base_minor").cast(pl.Int128) * pl.col("rate") + pl.col("fixed_minor").cast(pl.Int128) * RATE_UNIT
    fee = divide_half_up_expr(whole * left, pl.col("receivable_minor").clip(lower_bound=1).cast(pl.Int128) * RATE_UNIT)
    shop = pl.concat_str([pl.col(name).fill_null("-") for name in ("platform", "shop_id")], separator=" ")
    return (
        open_orders.join(rules, on=["key", "currency"])
        .join(charged, on=["key", "currency", "type"], how="anti")
        .join(terms, on="contract", how="left", maintain_order="left")
        .select(
            pl.lit(_UNSETTLED).alias("kind"),
            pl.concat_str([shop, pl.lit(f" {last}")]).alias("document"),
            pl.col("platform").alias("party"),
            pl.lit(last).alias("occurred_on"),
            pl.lit(last.replace(day=1)).alias("month"),
            "currency",
            *_SCOPE,
            pl.col("type").alias("line_type"),
            "invoice",
            "tax_rate",
            fee.alias("amount_minor"),
            pl.lit(None, dtype=pl.Int64).alias("tax_minor"),
            *EVENT_SOURCE,
            "source_line",
        )
        .filter(pl.col("amount_minor") > 0)
    )


def events_checks(posted: pl.DataFrame, events: Table[Event]) -> list[Check]:
    """Per currency: the lines of the run are the events, and what is posted from elsewhere or has to be named first.

    Args:
        posted: Of `posted_lines`.
        events: What is posted.
    """
    sums = posted.group_by("currency").agg(
        pl.col("minor").sum().alias("total"),
        *(pl.col("minor").filter(pl.col("kind") == kind).sum().alias(kind) for kind in _ELSEWHERE),
    )
    made = events.to_polars().filter(pl.col("kind") != _UNSETTLED).group_by("currency")
    found = sums.join(made.agg(pl.col("amount_minor").sum().alias("events")), on="currency", how="left")
    return [
        Check(
            name="events",
            side="lines",
            currency=str(row["currency"]),
            total=int(row["total"]),
            parts={"events": int(row["events"]), **{kind: int(row[kind]) for kind in _ELSEWHERE}},
        )
        for row in found.with_columns(pl.col("events").fill_null(0)).sort("currency").iter_rows(named=True)
    ]
