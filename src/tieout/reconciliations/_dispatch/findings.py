"""Findings of orders and parcels, and what waits."""

from datetime import date

import polars as pl

from tieout.reconciliations._common.concluding import of_period_expr
from tieout.reconciliations._common.due import OPEN_STATES, TIMING_STATES, DueRules
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.goods import numbered_expr
from tieout.reconciliations._common.periods import Period
from tieout.reconciliations._common.sides import SCOPE, Side, local_day, quantity_expr
from tieout.reconciliations._dispatch.flows import Flows

__all__ = ["KEYS", "PARCEL", "contradicted", "found", "waiting", "without_number"]

KEYS = (*SCOPE, "platform_order_id")
PARCEL = ("book_id", "shop_id", "carrier", "tracking_no")
_WRONG = "dispatch.wrong_sku"
_OVERDUE = tuple(state for state in OPEN_STATES if state not in TIMING_STATES)


def waiting(
    orders: Side,
    flows: Flows,
    modes: pl.DataFrame,
    outbound: pl.DataFrame,
    bare: pl.DataFrame,
    due: tuple[DueRules, DueRules],
    as_of: date,
    timezone: str,
) -> pl.DataFrame:
    """What is still to leave, one row per article: `order_row`, `key`, `sku`, `parts`, `minor`, `state`, `due_on`, `kind`.

    Args:
        orders: The side of orders.
        flows: Its pieces.
        modes: How each order is to be shipped.
        outbound: `order_row`, `parcels`, how many parcels of it left.
        bare: Orders that list no articles and of which nothing left.
        due: When a paid order is to leave, and when a parcel is to be there of an order that the platform says was shipped.
        as_of: Day of the run.
        timezone: Zone of the book.
    """
    nothing = bare.select(
        "order_row",
        pl.lit("").alias("key"),
        pl.lit(None, dtype=pl.String).alias("sku"),
        pl.lit(0, dtype=pl.Int64).alias("parts"),
        pl.lit(0, dtype=pl.Int64).alias("minor"),
    )
    short = pl.concat([flows.short.select(nothing.columns), nothing])
    paid, shipped = local_day("paid_at", timezone), local_day("shipped_at", timezone)
    ours = orders.frame.select(
        pl.col("row").alias("order_row"),
        "platform",
        pl.coalesce(paid, local_day("created_at", timezone)).alias("start"),
        shipped.alias("shipped_on"),
    )
    joined = (
        short.join(ours, on="order_row", how="left")
        .join(modes.select("order_row", "is_shipped"), on="order_row", how="left")
        .join(outbound, on="order_row", how="left")
    )
    platform, said = pl.col("platform"), pl.coalesce("shipped_on", "start")
    to_leave, to_be_seen = due
    kind = (
        pl.when(~pl.col("is_shipped"))
        .then(pl.lit("order.paid_unshipped"))
        .when(pl.col("parcels").is_null())
        .then(pl.lit("order.status_conflict"))
        .otherwise(pl.lit("dispatch.quantity_short"))
    )
    state = (
        pl.when("is_shipped")
        .then(to_be_seen.state_expr(said, platform, as_of))
        .otherwise(to_leave.state_expr(pl.col("start"), platform, as_of))
    )
    due_on = (
        pl.when("is_shipped")
        .then(to_be_seen.due_expr(said, platform))
        .otherwise(to_leave.due_expr(pl.col("start"), platform))
    )
    return joined.select(
        "order_row", "key", "sku", "parts", "minor", state.alias("state"), due_on.alias("due_on"), kind.alias("kind")
    )


def found(
    orders: Side, parcels: Side, flows: Flows, waits: pl.DataFrame, strangers: pl.DataFrame, conflicts: pl.DataFrame
) -> pl.DataFrame:
    """All findings of pieces.

    Args:
        orders: The side of orders, with `unit`.
        parcels: The side of parcels, with `unit`.
        flows: The pieces.
        waits: As `waiting`.
        strangers: Parcel lines of orders that are not there: `parcel_row`, `platform_order_id`, `parts`, `suggested`.
        conflicts: Orders that are still paid although all of it was signed: `order_row`.
    """
    ours = orders.frame.select(
        pl.col("row").alias("order_row"),
        "unit",
        *KEYS,
        "on",
        "currency",
        pl.col("status").fill_null("unknown").alias("order_status"),
        *SOURCE,
    )
    theirs = parcels.frame.select(pl.col("row").alias("parcel_row"), pl.col("on").alias("left_on"), *SOURCE)
    of_order = ours.drop(*SOURCE)
    beyond = flows.beyond.filter(pl.col("kind") != _WRONG).join(of_order, on="order_row").join(theirs, on="parcel_row")
    return pl.concat(
        [
            _unshipped(waits.filter(pl.col("state").is_in(_OVERDUE)), ours),
            findings_of(
                beyond.with_columns(
                    pl.col("left_on").alias("on"),
                    pl.lit(0).alias("expected_minor"),
                    pl.col("minor").alias("actual_minor"),
                ),
                pl.col("kind"),
                keys=[*KEYS, "carrier", "tracking_no", pl.coalesce("sku", "sub").alias("article")],
                evidence=[quantity_expr(pl.col("parts")).alias("pieces"), "left_on", "order_status"],
                impact=pl.col("minor"),
                pieces=pl.col("parts"),
            ),
            _wrong(flows, of_order, theirs),
            _of_no_order(strangers, parcels),
            findings_of(
                conflicts.join(ours, on="order_row"),
                "order.status_conflict",
                keys=[*KEYS],
                evidence=["order_status", pl.lit("signed").alias("parcel_status")],
                note=True,
            ),
        ]
    )


def _unshipped(overdue: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    """What is late or missing: of an order as one, and by article where parcels of the order left without it."""
    whole = overdue.filter(pl.col("kind") != "dispatch.quantity_short")
    orders = (
        whole.group_by("order_row", "kind", "state", "due_on")
        .agg(pl.col("parts", "minor").sum(), pl.col("sku").drop_nulls().unique().sort().head(20).str.join(","))
        .join(ours, on="order_row")
    )
    articles = overdue.filter(pl.col("kind") == "dispatch.quantity_short").join(ours, on="order_row")
    named = [pl.when(pl.col("key") != "").then("key").alias("article")]
    parts: list[tuple[pl.DataFrame, list[pl.Expr]]] = [(orders, []), (articles, named)]
    return pl.concat(
        findings_of(
            rows.with_columns(
                pl.col("minor").alias("expected_minor"),
                pl.lit(0).alias("actual_minor"),
                pl.col("state").alias("factor"),
            ),
            pl.col("kind"),
            keys=[*KEYS, *more],
            evidence=[
                "state",
                "due_on",
                "order_status",
                pl.lit("none").alias("parcel_status"),
                quantity_expr(pl.col("parts")).alias("pieces"),
            ],
            impact=-pl.col("minor"),
            pieces=-pl.col("parts"),
        )
        for rows, more in parts
    )


def _wrong(flows: Flows, of_order: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Articles that nobody ordered: those in the place of others, and those beyond."""
    replaced = flows.replaced.select(
        "order_row",
        "parcel_row",
        "carrier",
        "tracking_no",
        "sku",
        "instead_of",
        pl.col("parts").alias("sent"),
        pl.lit(0, dtype=pl.Int64).alias("parts"),
    )
    beyond = flows.beyond.filter(pl.col("kind") == _WRONG).select(
        "order_row",
        "parcel_row",
        "carrier",
        "tracking_no",
        "sku",
        pl.lit(None, dtype=pl.String).alias("instead_of"),
        pl.col("parts").alias("sent"),
        "parts",
    )
    rows = (
        pl.concat([replaced, beyond])
        .group_by("order_row", "parcel_row", "carrier", "tracking_no", "sku")
        .agg(pl.col("instead_of").drop_nulls().unique().sort().str.join(","), pl.col("sent", "parts").sum())
        .join(of_order, on="order_row")
        .join(theirs, on="parcel_row")
    )
    instead = pl.when(pl.col("instead_of") != "").then("instead_of").otherwise(pl.lit("nothing"))
    return findings_of(
        rows.with_columns(pl.col("left_on").alias("on"), instead.alias("ordered_sku")),
        _WRONG,
        keys=[*KEYS, "carrier", "tracking_no", "sku"],
        evidence=["ordered_sku", quantity_expr(pl.col("sent")).alias("pieces"), "left_on"],
        diffs=[pl.concat_str([pl.col("ordered_sku"), pl.lit(" -> "), pl.col("sku")]).alias("sku")],
        pieces=pl.col("parts"),
    )


def _of_no_order(strangers: pl.DataFrame, parcels: Side) -> pl.DataFrame:
    rows = (
        strangers.group_by("parcel_row", "platform_order_id")
        .agg(pl.col("parts").sum(), pl.col("suggested").drop_nulls().unique().sort().str.join("; "))
        .join(parcels.frame.select(pl.col("row").alias("parcel_row"), "unit", "on", *PARCEL, *SOURCE), on="parcel_row")
    )
    return findings_of(
        rows,
        "dispatch.unknown_order",
        keys=[*PARCEL, "platform_order_id"],
        evidence=[
            quantity_expr(pl.col("parts")).alias("pieces"),
            _named(pl.col("platform_order_id")),
            pl.when(pl.col("suggested") != "").then("suggested").alias("suggested"),
        ],
        pieces=pl.col("parts"),
    )


def _named(order: pl.Expr) -> pl.Expr:
    return order.fill_null("none is named").alias("order")


def contradicted(orders: Side, period: Period | None) -> pl.DataFrame:
    """Orders of which two records differ and neither is later.

    Args:
        orders: The side of orders.
        period: That of the run.
    """
    tied = orders.frame.filter(pl.col("is_tied") & of_period_expr(period))
    return findings_of(tied, "data.order_conflict", keys=KEYS, evidence=["status"], note=True)


def without_number(parcels: Side) -> pl.DataFrame:
    """Parcels that left under what is no number."""
    first = (
        pl.col("lines")
        .list.eval(pl.element().struct.field("platform_order_id"))
        .list.unique()
        .list.sort()
        .list.join(",")
    )
    return findings_of(
        parcels.compared.filter(~numbered_expr()).with_columns(first.alias("orders")),
        "dispatch.parcel_without_number",
        keys=[*PARCEL, pl.when(pl.col("orders") != "").then("orders").alias("platform_order_id")],
        evidence=["on", _named(pl.when(pl.col("orders") != "").then("orders"))],
        note=True,
    )
