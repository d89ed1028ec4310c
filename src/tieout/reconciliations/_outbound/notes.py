"""What is said beside the pieces: the order of moments, the warehouse, the month, and records that lack something."""

from datetime import timedelta

import polars as pl

from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.movements import turned
from tieout.reconciliations._common.sides import local_day, quantity_expr
from tieout.reconciliations._outbound.findings import ORDER
from tieout.reconciliations._outbound.parcels import Taken

__all__ = [
    "NOT_PICKED_UP",
    "PERIOD",
    "TIME",
    "WAREHOUSE",
    "moments",
    "months",
    "not_picked_up",
    "signs",
    "warehouses",
]

TIME = "warehouse.outbound_time_anomaly"
WAREHOUSE = "warehouse.outbound_warehouse_mismatch"
NOT_PICKED_UP = "warehouse.shipped_not_picked_up"
PERIOD = "warehouse.period_mismatch"
_PARCEL = ("carrier", "tracking_no")
_STEPS_ZH = {"paid": "付款", "out of stock": "出库", "picked up": "揽收", "signed": "签收"}


def moments(
    taken: Taken,
    links: pl.DataFrame,
    moves: pl.DataFrame,
    orders: pl.DataFrame,
    bounds: tuple[timedelta, timedelta],
    timezone: str,
) -> pl.DataFrame:
    """Moments out of order: paid, out of stock, picked up, signed (`domain.md` 5.3).

    Args:
        taken: Movements with their parcels.
        links: Orders (left) and their movements (right), confirmed.
        moves: Movements with `row`.
        orders: Orders that count, with what names them and `unit`.
        bounds: How much earlier than the movement a parcel may be picked up, and how much later.
        timezone: IANA zone of the book.
    """
    early, late = bounds
    parcels = taken.rows
    paid = _sold(links, moves, orders)
    took, gave = pl.col("picked_up_at"), pl.col("moved_at")
    parts = [
        _out_of_order(paid, ("paid", "paid_at"), ("out of stock", "moved_at"), pl.col("paid_at") > gave),
        _out_of_order(
            parcels, ("out of stock", "moved_at"), ("picked up", "picked_up_at"), took < gave - pl.lit(early)
        ),
        _out_of_order(
            parcels, ("out of stock", "moved_at"), ("picked up", "picked_up_at"), took > gave + pl.lit(late), "too late"
        ),
        _out_of_order(parcels, ("picked up", "picked_up_at"), ("signed", "signed_at"), pl.col("signed_at") < took),
        _out_of_order(
            parcels,
            ("out of stock", "moved_at"),
            ("signed", "signed_at"),
            took.is_null() & (pl.col("signed_at") < gave - pl.lit(early)),
        ),
    ]
    read = moves.select(pl.col("row").alias("move_row"), *SOURCE)
    found = _worst(pl.concat(parts)).join(_named(orders).drop(*SOURCE), on="order_row").join(read, on="move_row")
    return findings_of(
        found.with_columns(local_day("second_at", timezone).alias("on")),
        TIME,
        keys=[*ORDER, *_PARCEL, "first", "second"],
        evidence=[
            _shown("first_at", timezone),
            _shown("second_at", timezone),
            pl.col("how").alias("how"),
            pl.col("first").replace(_STEPS_ZH).alias("first_zh"),
            pl.col("second").replace(_STEPS_ZH).alias("second_zh"),
            pl.when(pl.col("how") == "too late").then(pl.lit("间隔过长")).otherwise(pl.lit("顺序颠倒")).alias("how_zh"),
            pl.coalesce("tracking_no", pl.lit("no parcel")).alias("parcel"),
            pl.coalesce("tracking_no", pl.lit("无包裹")).alias("parcel_zh"),
        ],
        note=True,
        factor=pl.col("how"),
    )


def _sold(links: pl.DataFrame, moves: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Movements with the moment at which their order was paid; one that is paid at the door has none."""
    told = moves.select(pl.col("row").alias("right"), pl.col("occurred_at").alias("moved_at"), "parts")
    paid = orders.filter(~pl.col("is_cod").fill_null(value=False)).select(pl.col("row").alias("left"), "paid_at")
    none = [pl.lit(None, dtype=pl.String).alias(name) for name in _PARCEL]
    return (
        links.join(told.filter(pl.col("parts") > 0), on="right")
        .join(paid, on="left")
        .select(pl.col("left").alias("order_row"), pl.col("right").alias("move_row"), *none, "moved_at", "paid_at")
    )


def _out_of_order(
    rows: pl.DataFrame, first: tuple[str, str], second: tuple[str, str], where: pl.Expr, how: str = "out of order"
) -> pl.DataFrame:
    apart = (pl.col(second[1]) - pl.col(first[1])).abs()
    return rows.filter(where).select(
        "order_row",
        "move_row",
        *_PARCEL,
        pl.lit(first[0]).alias("first"),
        pl.col(first[1]).alias("first_at"),
        pl.lit(second[0]).alias("second"),
        pl.col(second[1]).alias("second_at"),
        apart.alias("apart"),
        pl.lit(how).alias("how"),
    )


def _worst(rows: pl.DataFrame) -> pl.DataFrame:
    """Of an order and a parcel, the pair of moments that is furthest from what it should be."""
    by = ["order_row", *_PARCEL, "first", "second"]
    ordered = rows.sort(
        *by, "apart", "first_at", "move_row", descending=[False] * 5 + [True, False, False], nulls_last=True
    )
    return ordered.unique(by, keep="first", maintain_order=True)


def _named(orders: pl.DataFrame) -> pl.DataFrame:
    return orders.select(pl.col("row").alias("order_row"), "unit", *ORDER, "currency", *SOURCE)


def _shown(column: str, timezone: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(timezone).dt.strftime("%Y-%m-%d %H:%M").alias(column)


def warehouses(taken: Taken, moves: pl.DataFrame, parcels: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Stock that was taken from another warehouse than its parcel left.

    Args:
        taken: Movements with their parcels.
        moves: Movements with `row`.
        parcels: Parcels with `row`.
        orders: Orders that count.
    """
    ours = moves.select(pl.col("row").alias("move_row"), pl.col("warehouse").alias("moved_from"), "on")
    theirs = parcels.select(pl.col("row").alias("parcel_row"), pl.col("warehouse").alias("left_from"))
    apart = (
        taken.rows.join(ours, on="move_row")
        .join(theirs, on="parcel_row")
        .filter((pl.col("moved_from") != pl.col("left_from")) & (pl.col("parts") > 0))
        .group_by("order_row", *_PARCEL, "moved_from", "left_from")
        .agg(pl.col("parts").sum(), pl.col("on").min())
        .join(_named(orders), on="order_row")
    )
    return findings_of(
        apart,
        WAREHOUSE,
        keys=[*ORDER, *_PARCEL, "left_from", "moved_from"],
        evidence=[quantity_expr(pl.col("parts")).alias("pieces")],
        diffs=[pl.concat_str(["left_from", pl.lit(" -> "), "moved_from"]).alias("warehouse")],
        note=True,
    )


def months(taken: Taken, moved: pl.DataFrame, orders: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Stock that was booked out in another month than its parcel left in (`domain.md` 6.2).

    Args:
        taken: Movements with their parcels.
        moved: `move_row` and `minor`, what it cost.
        orders: Orders that count.
        timezone: IANA zone of the book.
    """
    costs = moved.select("move_row", "minor")
    days = (
        taken.rows.filter(pl.col("parts") > 0)
        .join(costs, on="move_row")
        .with_columns(
            local_day("moved_at", timezone).alias("moved_on"),
            pl.coalesce(local_day("picked_up_at", timezone), local_day("left_at", timezone)).alias("left_on"),
        )
    )
    months = [pl.col(day).dt.strftime("%Y-%m") for day in ("left_on", "moved_on")]
    apart = (
        days.filter(months[0] != months[1])
        .group_by("order_row", *_PARCEL, months[0].alias("left_in"), months[1].alias("booked_in"))
        .agg(pl.col("parts", "minor").sum(), pl.col("moved_on", "left_on").min())
        .join(_named(orders), on="order_row")
    )
    return findings_of(
        apart.with_columns(pl.col("moved_on").alias("on")),
        PERIOD,
        keys=[*ORDER, *_PARCEL, "left_in", "booked_in"],
        evidence=[
            quantity_expr(pl.col("parts")).alias("pieces"),
            pl.concat_str([pl.lit("the parcel "), pl.coalesce("tracking_no", pl.lit("-"))]).alias("what"),
            pl.concat_str([pl.lit("包裹 "), pl.coalesce("tracking_no", pl.lit("-"))]).alias("what_zh"),
            pl.col("left_on").alias("happened_on"),
            pl.col("moved_on").alias("booked_on"),
            pl.col("minor").alias("cost_minor"),
        ],
        note=True,
    )


def not_picked_up(waits: pl.DataFrame) -> pl.DataFrame:
    """Parcels that no courier took in time, and stock that left without a parcel.

    Args:
        waits: What is late or missing, with `unit`, the order's keys, `carrier`, `tracking_no`, `start`, `state`, `due_on`.
    """
    return findings_of(
        waits.with_columns(pl.col("state").alias("factor"), pl.col("start").alias("on")),
        NOT_PICKED_UP,
        keys=[*ORDER, *_PARCEL],
        evidence=[
            pl.col("start").alias("left_on"),
            "state",
            "due_on",
            pl.coalesce("tracking_no", pl.lit("no parcel")).alias("parcel"),
            pl.coalesce("tracking_no", pl.lit("无包裹")).alias("parcel_zh"),
        ],
        note=True,
    )


def signs(moves: pl.DataFrame, gaps: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """Movements that came in although their kind goes out, of articles of which less than nothing left.

    Args:
        moves: Movements that count.
        gaps: `group`, `article`, `moved`.
        moved: `move_row`, `group`, `article`.
    """
    below = gaps.filter(pl.col("moved") < 0).select("group", "article")
    opposite = moved.join(below, on=["group", "article"]).select(pl.col("move_row").alias("row")).unique()
    rows = moves.join(opposite, on="row").filter(pl.col("parts") < 0)
    return turned(rows.with_columns((-pl.col("parts")).alias("quantity_parts")))
