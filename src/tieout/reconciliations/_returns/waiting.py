"""Waiting: what has not been booked yet, where it is, since when, and whether that is still a matter of time."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._returns.asking import ARRIVED, NOT_SENT, ON_WAY
from tieout.reconciliations._returns.words import (
    EXCHANGE,
    NOT_RESTOCKED,
    PARCEL,
    RESTOCK_QUANTITY,
    SHORT,
)
from tieout.reconciliations._returns.words import (
    NOT_SENT as UNSENT,
)

__all__ = ["contexts_of", "freight_of", "waiting"]

_DISPUTED = ("rejected", "appealed", "platform_judged")
_SHOWN_MAX = 20  # ids that are written out


def contexts_of(cases: Side, asked: pl.DataFrame, journeys: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """What the cases of each article say: `unit`, `sku`, their identifiers, how far they have come, and where they were read.

    An article that no case asks for has what all cases of its unit say.

    Args:
        cases: Cases with `unit`.
        asked: Lines of `Asked`.
        journeys: Of `journeys_of`.
        articles: Of `flows_of`.
    """
    rows = cases.compared.rename({"row": "case_row"}).join(journeys, on="case_row")
    of_article = asked.select("case_row", "sku").join(rows, on="case_row")
    named = articles.select("unit", "sku").join(
        of_article.select("unit", "sku").unique(), on=["unit", "sku"], how="anti"
    )
    others = named.join(rows, on="unit")
    every = pl.concat([of_article.select(others.columns), others])
    furthest = pl.col("progress") == pl.col("progress").max()
    ids = ("platform", "shop_id", "return_id", "platform_order_id", "kind", "status", "responsible_party")
    joined = [pl.col(name).drop_nulls().unique().sort().head(_SHOWN_MAX).str.join(",") for name in ids]
    source = [name for name in rows.columns if name.startswith("source_")]
    return (
        every.sort("unit", "sku", "return_id", *source, nulls_last=True)
        .group_by("unit", "sku", maintain_order=True)
        .agg(
            *(pl.when(text != "").then(text).alias(text.meta.output_name()) for text in joined),
            pl.col("platform").min().alias("its_platform"),
            pl.col("return_carrier").min().alias("carrier"),
            pl.col("progress").max(),
            pl.col("start").filter(furthest).min(),
            pl.col("arrived_on", "received_on", "outstanding_since").min(),
            pl.col("is_outstanding", "is_lost").any(),
            pl.col("parcels").drop_nulls().unique().sort().head(_SHOWN_MAX).str.join(",").alias("parcels"),
            (pl.col("kind") == "exchange").any().alias("is_exchange"),
            pl.col("status").is_in(_DISPUTED).any().fill_null(value=False).alias("is_disputed"),
            pl.col("on").min(),
            pl.col(source).first(),
        )
        .with_columns(pl.when(pl.col("parcels") != "").then("parcels").alias("parcels"))
    )


def freight_of(charges: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """What couriers charged for ways back, as text in `freight`, such as `8.00 CNY`.

    Args:
        charges: Charges for ways back.
        by: Columns of what they are summed by.
    """
    codes = charges["currency"].drop_nulls().unique().sort().to_list()
    sums = charges.group_by(*by, "currency").agg(pl.col("amount_minor").sum()).sort(*by, "currency", nulls_last=True)
    amount = amount_text_expr(pl.col("amount_minor"), pl.col("currency"), codes)
    texts = sums.with_columns(pl.concat_str([amount, pl.lit(" "), pl.col("currency")]).alias("freight"))
    return texts.group_by(by, maintain_order=True).agg(pl.col("freight").drop_nulls().str.join(", "))


def waiting(rows: pl.DataFrame, due: tuple[DueRules, DueRules, DueRules], as_of: date) -> pl.DataFrame:
    """What is not booked yet, one row per article: `kind`, `lacking`, `lacking_value`, `state`, `due_on`.

    Args:
        rows: Articles with what their cases say.
        due: When goods are to be sent, to arrive, and to be booked.
        as_of: Day of the run.
    """
    to_send, to_arrive, to_book = due
    something = pl.max_horizontal("booked", pl.lit(0)).sum().over("unit") > 0
    last = pl.col("last_on").max().over("unit")
    short = pl.when("is_counted").then(-pl.col("by_stock")).otherwise(-pl.col("by_case"))
    value = pl.when("is_counted").then(-pl.col("by_stock_value")).otherwise(-pl.col("by_case_value"))
    rows = rows.with_columns(
        something.alias("is_partial"), last.alias("last_on"), short.alias("lacking"), value.alias("lacking_value")
    )
    waits = rows.filter((pl.col("lacking") > 0) | (pl.col("is_bare") & ~pl.col("is_partial")))
    return _stated(waits.with_columns(_where().alias("where")), to_send, to_arrive, to_book, as_of)


def _where() -> pl.Expr:
    """Where what lacks is: `lost`, `here`, `on the way`, `not sent`, `undecided`."""
    return (
        pl.when("is_counted")
        .then(pl.lit("here"))
        .when("is_lost")
        .then(pl.lit("lost"))
        .when(pl.col("is_partial") & pl.col("is_outstanding"))
        .then(pl.lit("on the way"))
        .when(pl.col("is_partial") | (pl.col("progress") == ARRIVED))
        .then(pl.lit("here"))
        .when(pl.col("progress") == ON_WAY)
        .then(pl.lit("on the way"))
        .when(pl.col("progress") == NOT_SENT)
        .then(pl.lit("not sent"))
        .otherwise(pl.lit("undecided"))
    )


def _stated(
    waits: pl.DataFrame, to_send: DueRules, to_arrive: DueRules, to_book: DueRules, as_of: date
) -> pl.DataFrame:
    where, platform, carrier = pl.col("where"), pl.col("its_platform"), pl.col("carrier")
    here = pl.max_horizontal("arrived_on", "last_on")
    gone = pl.when("is_partial").then("outstanding_since").otherwise("start")
    state = (
        pl.when(where == "here")
        .then(to_book.state_expr(here, platform, as_of))
        .when(where == "on the way")
        .then(to_arrive.state_expr(gone, carrier, as_of))
        .when(where == "not sent")
        .then(to_send.state_expr(pl.col("start"), platform, as_of))
        .when(where == "lost")
        .then(pl.lit("missing"))
        .otherwise(pl.lit("not_due"))
    )
    due_on = (
        pl.when(where == "here")
        .then(to_book.due_expr(here, platform))
        .when(where == "on the way")
        .then(to_arrive.due_expr(gone, carrier))
        .when(where == "not sent")
        .then(to_send.due_expr(pl.col("start"), platform))
    )
    nothing_booked = pl.col("booked_left") <= 0
    kind = (
        pl.when("is_counted")
        .then(pl.when(nothing_booked).then(pl.lit(NOT_RESTOCKED)).otherwise(pl.lit(RESTOCK_QUANTITY)))
        .when((where == "here") & pl.col("is_partial"))
        .then(pl.lit(SHORT))
        .when(where == "here")
        .then(pl.lit(NOT_RESTOCKED))
        .when(where == "lost")
        .then(pl.lit(PARCEL))
        .when("is_exchange")
        .then(pl.lit(EXCHANGE))
        .when(where == "on the way")
        .then(pl.lit(PARCEL))
        .otherwise(pl.lit(UNSENT))
    )
    since = pl.when(where == "here").then(here).when(where == "on the way").then(gone).otherwise("start")
    return waits.with_columns(
        state.alias("state"), due_on.alias("due_on"), kind.alias("wait_kind"), since.alias("since")
    )
