"""Asking: what cases want back, by article, and how far each has come."""

import attrs
import polars as pl

from tieout.reconciliations._common.orders import order_lines, paired_orders
from tieout.reconciliations._common.sides import Side, local_day, parts_of

__all__ = ["ARRIVED", "NOT_SENT", "ON_WAY", "UNDECIDED", "Asked", "asked_of", "journeys_of"]

UNDECIDED, NOT_SENT, ON_WAY, ARRIVED = range(4)
"""How far a case has come."""


@attrs.frozen(kw_only=True)
class Asked:
    """What cases want back.

    Attributes:
        lines: One row per case and article: `case_row`, `sku` (empty where nobody says which), `asked`, `counted` (parts of the
            right article that came by the case itself, or null), `wrong` and `damaged` (the same of those that came wrong or
            damaged), `is_bare` (a case that does not say what it is about), `cost` and `cost_currency` of the order.
        orders: Orders of cases: `case_row`, `order_row`.
    """

    lines: pl.DataFrame = attrs.field(repr=False)
    orders: pl.DataFrame = attrs.field(repr=False)


def asked_of(cases: Side, orders: Side, sellable: tuple[str, ...]) -> Asked:
    """What the cases that count want back.

    A line that says its sub-order and no article is about the article of the sub-order; a case without lines is about its
    sub-order, else about all that was sold.

    Args:
        cases: Cases with `mode`.
        orders: Orders.
        sellable: Conditions of goods that can be sold as new.
    """
    live, sold = cases.compared, orders.frame.filter(~pl.col("is_repeat"))
    pairs = paired_orders(sold, live.filter(pl.col("platform_order_id").is_not_null()), rule="order named")
    of_case = pairs.filter(pl.col("status") == "confirmed").select(
        pl.col("right").alias("case_row"), pl.col("left").alias("order_row")
    )
    said = live.rename({"row": "case_row"}).join(of_case, on="case_row", how="left", maintain_order="left")
    has_lines = pl.col("lines").list.len() > 0
    stated = _stated(said.filter(has_lines.fill_null(value=False)), sold, sellable)
    unlisted = _unlisted(said.filter(~has_lines.fill_null(value=False)), sold)
    lines = pl.concat([stated, unlisted]).with_columns(
        pl.when(pl.col("mode") != "must").then(0).otherwise(pl.max_horizontal("asked", pl.lit(0))).alias("asked")
    )
    summed = lines.group_by("case_row", "sku").agg(
        pl.col("asked").sum(),
        pl.when(pl.col("counted").is_not_null().all()).then(pl.col("counted").sum()).alias("counted"),
        pl.col("wrong").sum(),
        pl.when(pl.col("damaged").is_not_null().all()).then(pl.col("damaged").sum()).alias("damaged"),
        pl.col("is_bare").any(),
    )
    return Asked(lines=_with_costs(summed, of_case, sold), orders=of_case)


def _stated(said: pl.DataFrame, sold: pl.DataFrame, sellable: tuple[str, ...]) -> pl.DataFrame:
    line = pl.col("lines").struct
    articles = _sold(sold).filter(pl.col("sku") != "")
    by_sub = articles.filter(pl.col("sub").is_not_null()).sort("order_row", "sub", "sku")
    by_sub = by_sub.unique(["order_row", "sub"], keep="first", maintain_order=True)
    rows = (
        said.explode("lines")
        .with_columns(
            pl.coalesce(line.field("platform_sub_order_id"), "platform_sub_order_id").alias("sub"),
            line.field("condition").alias("condition"),
            parts_of(line.field("quantity_requested")).alias("asked"),
            parts_of(line.field("quantity_received")).alias("received"),
        )
        .join(by_sub.select("order_row", "sub", pl.col("sku").alias("sold_sku")), on=["order_row", "sub"], how="left")
    )
    condition, zero = pl.col("condition"), pl.lit(0, dtype=pl.Int64)
    came = pl.max_horizontal(pl.coalesce("received", pl.when(condition.is_not_null()).then("asked")), zero)
    came = pl.when(pl.col("received").is_null() & condition.is_null()).then(None).otherwise(came)
    is_right = ~condition.is_in(["wrong", "missing"]).fill_null(value=False)
    counted = pl.when(is_right).then(came).otherwise(zero)
    damaged = pl.when(condition.is_in(sellable) | ~is_right).then(zero).otherwise(counted)
    return rows.select(
        "case_row",
        "mode",
        pl.coalesce(line.field("sku"), "sold_sku", pl.lit("")).alias("sku"),
        "asked",
        counted.alias("counted"),
        pl.when(condition == "wrong").then(pl.min_horizontal(came, "asked")).otherwise(zero).alias("wrong"),
        pl.when(condition.is_not_null()).then(damaged).alias("damaged"),
        pl.lit(value=False).alias("is_bare"),
    )


def _unlisted(said: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Cases without lines: all of their sub-order, else of their order, else whatever comes."""
    articles = _sold(sold)
    fits = (pl.col("platform_sub_order_id") == pl.col("sub")) | pl.col("platform_sub_order_id").is_null()
    known = said.join(articles, on="order_row", how="inner").filter(fits.fill_null(value=False))
    bare = said.join(known, on="case_row", how="anti").with_columns(
        pl.lit("").alias("sku"), pl.lit(0, dtype=pl.Int64).alias("parts")
    )
    none = pl.lit(None, dtype=pl.Int64)
    return pl.concat(
        rows.select(
            "case_row",
            "mode",
            "sku",
            pl.col("parts").alias("asked"),
            none.alias("counted"),
            pl.lit(0, dtype=pl.Int64).alias("wrong"),
            none.alias("damaged"),
            pl.lit(is_bare).alias("is_bare"),
        )
        for rows, is_bare in ((known, False), (bare, True))
    )


def _sold(orders: pl.DataFrame) -> pl.DataFrame:
    """What was sold, one row a line: `order_row`, `sub`, `sku`, `parts`."""
    line = pl.col("lines").struct
    return (
        orders.select(pl.col("row").alias("order_row"), "lines")
        .explode("lines")
        .filter(pl.col("lines").is_not_null())
        .select(
            "order_row",
            line.field("platform_sub_order_id").alias("sub"),
            line.field("sku").fill_null("").alias("sku"),
            parts_of(line.field("quantity")).alias("parts"),
        )
        .filter(pl.col("parts") > 0)
    )


def _with_costs(lines: pl.DataFrame, of_case: pl.DataFrame, sold: pl.DataFrame) -> pl.DataFrame:
    """Articles of cases with what one piece cost by the order; null where it does not say, or says nothing or less."""
    costs = (
        order_lines(sold)
        .filter((pl.col("cost_minor") > 0) & pl.col("sku").is_not_null())
        .join(sold.select(pl.col("row").alias("order_row"), pl.col("currency").alias("cost_currency")), on="order_row")
        .join(of_case, on="order_row")
        .select("case_row", "sku", pl.col("cost_minor").alias("cost"), "cost_currency")
        .unique(["case_row", "sku"], keep="none")
    )
    return lines.join(costs, on=["case_row", "sku"], how="left").sort("case_row", "sku")


def journeys_of(
    cases: Side,
    asked: Asked,
    parcels: Side,
    charges: Side,
    parcel_pairs: pl.DataFrame,
    charge_pairs: pl.DataFrame,
    timezone: str,
) -> pl.DataFrame:
    """How far each case has come: `case_row`, `progress`, `start` (since when it is there), `arrived_on`, facts of its parcels.

    Args:
        cases: Cases.
        asked: What they want back.
        parcels: Parcels that come back.
        charges: Charges for ways back.
        parcel_pairs: `left` (cases), `right` (parcels) that belong together.
        charge_pairs: The same of charges.
        timezone: Zone of the book.
    """
    facts = parcels.frame.select(
        pl.col("row").alias("right"), "tracking_no", "sent_on", "arrived_on", "has_arrived", "is_lost"
    )
    by_parcel = (
        parcel_pairs.join(facts, on="right")
        .group_by(pl.col("left").alias("case_row"))
        .agg(
            pl.col("sent_on").min().alias("parcel_sent_on"),
            pl.col("arrived_on").min().alias("parcel_arrived_on"),
            pl.col("has_arrived").any(),
            (~pl.col("has_arrived")).any().alias("is_outstanding"),
            pl.col("sent_on").filter(~pl.col("has_arrived")).min().alias("outstanding_since"),
            pl.col("is_lost").any(),
            pl.col("tracking_no").unique().sort().head(20).str.join(",").alias("parcels"),
        )
    )
    by_charge = (
        charge_pairs.join(charges.frame.select(pl.col("row").alias("right"), pl.col("on").alias("billed")), on="right")
        .group_by(pl.col("left").alias("case_row"))
        .agg(pl.col("billed").min().alias("billed_on"), pl.len().alias("bills"))
    )
    counted = asked.lines.group_by("case_row").agg(pl.col("counted").is_not_null().any().alias("is_counted"))
    rows = (
        cases.compared.rename({"row": "case_row"})
        .join(by_parcel, on="case_row", how="left", maintain_order="left")
        .join(by_charge, on="case_row", how="left", maintain_order="left")
        .join(counted, on="case_row", how="left", maintain_order="left")
    )
    first = pl.coalesce(local_day(name, timezone) for name in ("approved_at", "applied_at", "created_at"))
    sent = pl.coalesce(local_day("returned_at", timezone), "parcel_sent_on", "billed_on", first)
    arrived = pl.coalesce(local_day("received_at", timezone), "parcel_arrived_on", sent)
    has_arrived = (
        pl.col("is_received")
        | pl.col("has_arrived").fill_null(value=False)
        | pl.col("is_counted").fill_null(value=False)
    )
    by_nature = pl.col("kind").is_in(["intercept", "rejected"]) | pl.col("return_tracking_no").is_not_null()
    on_way = pl.col("is_on_way") | by_nature | pl.col("parcels").is_not_null() | pl.col("bills").is_not_null()
    undecided = (pl.col("status") == "applied").fill_null(value=False) & pl.col("approved_at").is_null()
    stage = (
        pl.when(has_arrived).then(ARRIVED).when(on_way).then(ON_WAY).when(undecided).then(UNDECIDED).otherwise(NOT_SENT)
    )
    staged = rows.with_columns(stage.alias("progress"))
    return staged.select(
        "case_row",
        pl.col("progress"),
        pl.when(pl.col("progress") == ARRIVED)
        .then(arrived)
        .when(pl.col("progress") == ON_WAY)
        .then(sent)
        .otherwise(first)
        .alias("start"),
        pl.when(pl.col("progress") == ARRIVED).then(arrived).alias("arrived_on"),
        local_day("received_at", timezone).alias("received_on"),
        pl.col("is_outstanding", "is_lost").fill_null(value=False),
        pl.coalesce("outstanding_since", sent).alias("outstanding_since"),
        pl.coalesce("parcels", "return_tracking_no").alias("parcels"),
    )
