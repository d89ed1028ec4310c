"""Facts for the books: what each settlement brought, by type of line, as `domain.md` 7.4 (V-04, V-10, V-24) posts it."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.model import Event
from tieout.money.columns import divide_half_up_expr
from tieout.proof import Check
from tieout.reconciliations._common.events import EVENT_SOURCE, events_table
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import local_day
from tieout.reconciliations._settlement.compensations import COMPENSATION
from tieout.reconciliations._settlement.contract import FeeContract
from tieout.reconciliations._settlement.fees import RATE_UNIT
from tieout.reconciliations._settlement.words import FEES, GROSS, KIND_OF_EVENT, REFUND
from tieout.tables import Table

__all__ = [
    "DOCUMENT",
    "ELSEWHERE",
    "FACTS",
    "UNSETTLED",
    "dated_lines",
    "event_sums",
    "events_checks",
    "line_facts",
    "posted_lines",
    "posted_sums",
    "settled_events",
    "unsettled_facts",
]

_DETAILS: Final = ("line_type", "invoice")
_SCOPE: Final = ("book_id", "shop_id")
DOCUMENT: Final = ("document", "party", "month", *_SCOPE)
_IDENTITY: Final = ("kind", *DOCUMENT, "currency", "tax_rate", *_DETAILS)
UNSETTLED: Final = "settlement.unsettled_fee"
ELSEWHERE: Final = ("withdrawal", "transfer", "unknown")
FACTS: Final = (
    *("kind", *DOCUMENT, "day", "currency", "tax_rate", *_DETAILS),
    *("amount_minor", "tax_minor", "untaxed", *EVENT_SOURCE, "source_line"),
)
"""Columns of a fact: what an event is told by, its day, its amount, its tax and whether it says none, and where it stands."""
_LEFT: Final = ("shipped", "signed", "completed")
_RATE: Final = pl.Decimal(28, 8)


def dated_lines(lines: pl.DataFrame, *, period: Period | None, as_of: date) -> pl.DataFrame:
    """Lines that a run may post, with `document`, `party`, `month` and `day`, and `is_given`: whether it does so for this line.

    Args:
        lines: Lines with `on` and `is_news`.
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
    is_given = pl.col("is_news")
    if period is not None:
        rows = rows.filter((pl.col("on") <= period.last).fill_null(value=True))
        is_here = pl.col("on") >= period.first
        is_late = is_given & (pl.col("month") >= period.first.replace(day=1))
        is_given = (is_here | is_late).fill_null(is_given)
    return rows.with_columns(is_given.alias("is_given"))


def posted_lines(dated: pl.DataFrame) -> pl.DataFrame:
    """The lines whose events a run posts: settlements whole, by month.

    A settlement is posted by each run that knows a line of it on one of its days, or is given one that is late or corrected, or
    the refund that a compensation pays: with all that is remembered of the month, so that what was posted before is replaced by
    more, never by less.

    Args:
        dated: Of `dated_lines`.
    """
    given = dated.filter("is_given").select(DOCUMENT).unique()
    return dated.join(given, on=list(DOCUMENT), how="semi", nulls_equal=True)


def line_facts(lines: pl.DataFrame, orders: pl.DataFrame, fees: Sequence[FeeContract]) -> pl.DataFrame:
    """What each line comes to in the books, of the columns `FACTS`.

    Args:
        lines: Of `dated_lines`.
        orders: Orders with `key` and `sold_on`, by which a contract holds; that of a line of no order holds by the line's day.
        fees: Contracts, which say whether a fee has an invoice.
    """
    counted = _with_other_way(lines.filter(pl.col("kind").cast(pl.String).is_in(list(KIND_OF_EVENT))))
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
    return _taxed(rows)


def _taxed(facts: pl.DataFrame) -> pl.DataFrame:
    return facts.with_columns(pl.col("tax_minor").is_null().cast(pl.Int64).alias("untaxed")).select(FACTS)


def settled_events(facts: pl.DataFrame, *, has_runs: bool = False) -> Table[Event]:
    """One event per settlement, month and type of line, signed as the lines: positive is gained; and the fees that are accrued.

    Lines without a settlement are posted by platform, shop and day. An event is named by its document and month, not by its day
    or amount: with a line that comes late it is the same event, changed. One of nothing stays, for it may take the place of one
    of something.

    Args:
        facts: Of `line_facts`, of lines that are posted, and of `unsettled_facts`.
        has_runs: As `events_table` takes it.
    """
    is_taxed = pl.col("untaxed").sum().over(_IDENTITY) == 0
    is_accrued = pl.col("kind") == UNSETTLED
    every = facts.with_columns(
        pl.col("day").max().over(*DOCUMENT, is_accrued).alias("occurred_on"),
        pl.when(is_taxed).then("tax_minor").alias("tax_minor"),
    )
    return events_table(
        every,
        details=_DETAILS,
        scope=_SCOPE,
        further=["tax_minor"],
        identity=_IDENTITY,
        keep_nothing=True,
        has_runs=has_runs,
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
    found = (
        open_orders.join(rules, on=["key", "currency"])
        .join(charged, on=["key", "currency", "type"], how="anti")
        .join(terms, on="contract", how="left", maintain_order="left")
        .select(
            pl.lit(UNSETTLED).alias("kind"),
            pl.concat_str([shop, pl.lit(f" {last}")]).alias("document"),
            pl.col("platform").alias("party"),
            pl.lit(last).alias("day"),
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
    return _taxed(found)


def posted_sums(posted: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """What lines sum to by currency: `total_minor`, and of kinds that are posted from elsewhere, or have to be named first.

    Args:
        posted: Of `dated_lines`.
        by: Further columns that they are told by.
    """
    return posted.group_by(*by, "currency").agg(
        pl.col("minor").sum().alias("total_minor"),
        *(pl.col("minor").filter(pl.col("kind") == kind).sum().alias(kind) for kind in ELSEWHERE),
    )


def event_sums(events: pl.DataFrame) -> pl.DataFrame:
    """What events of lines sum to: `currency`, `amount_minor`.

    Args:
        events: The table of events.
    """
    made = events.filter(pl.col("kind") != UNSETTLED)
    return made.group_by("currency").agg(pl.col("amount_minor").sum())


def events_checks(posted: pl.DataFrame, events: pl.DataFrame) -> list[Check]:
    """Per currency: the lines of the run are the events, and what is posted from elsewhere or has to be named first.

    Args:
        posted: Of `posted_sums`, of lines that are posted.
        events: Of `event_sums`.
    """
    made = {code: int(minor) for code, minor in events.select("currency", "amount_minor").iter_rows()}
    return [
        Check(
            name="events",
            side="lines",
            currency=str(row["currency"]),
            total=int(row["total_minor"]),
            parts={"events": made.get(row["currency"], 0), **{kind: int(row[kind]) for kind in ELSEWHERE}},
        )
        for row in posted.sort("currency").iter_rows(named=True)
    ]
