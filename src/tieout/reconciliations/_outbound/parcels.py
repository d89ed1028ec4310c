"""Parcels of movements: in which parcel what left the stock was, and whether a courier took it."""

import attrs
import polars as pl

from tieout.reconciliations._common.goods import ON_THE_WAY, number_expr
from tieout.reconciliations._common.scope import uncrowded
from tieout.reconciliations._common.sides import local_day

__all__ = ["Taken", "pickups", "taken_by"]

_SHOP = ("book_id", "shop_id")


@attrs.frozen(kw_only=True)
class Taken:
    """Movements with the parcel that is nearest in time of those that they may have travelled in.

    Attributes:
        rows: `move_row`, `order_row`, `parcel_row`, `parts`, `moved_at`, and of the parcel `carrier`, `tracking_no`,
            `picked_up_at`, `left_at`, `signed_at`.
        parcels: Parcels of each order, with or without a movement: `order_row`, `parcel_row`.
    """

    rows: pl.DataFrame = attrs.field(repr=False)
    parcels: pl.DataFrame = attrs.field(repr=False)


def taken_by(
    parcels: pl.DataFrame, lines: pl.DataFrame, moves: pl.DataFrame, links: pl.DataFrame, moved: pl.DataFrame
) -> Taken:
    """Find the parcel of each movement.

    Args:
        parcels: Parcels that left or have a label, with `row`.
        lines: What they hold: `parcel_row`, `order_row`, `article`.
        moves: Movements with `row`, `tracking_no`, `occurred_at`.
        links: Orders (left) and their movements (right), confirmed, with book and shop of the order.
        moved: `move_row`, `article`, `parts`.
    """
    theirs = links.select(pl.col("left").alias("order_row"), pl.col("right").alias("move_row"), *_SHOP).join(
        moves.select(
            pl.col("row").alias("move_row"),
            number_expr("tracking_no").alias("number"),
            pl.col("occurred_at").alias("moved_at"),
        ),
        on="move_row",
    )
    # A parcel that says no order belongs to that of the movement which names it, unless a crowd of orders names the number.
    unnamed = parcels.filter(~pl.col("row").is_in(lines["parcel_row"].unique().implode()))
    unnamed = unnamed.select(pl.col("row").alias("parcel_row"), number_expr("tracking_no").alias("number"), *_SHOP)
    of_one_shop = [(pl.col(name) == pl.col(f"{name}_right")).fill_null(value=True) for name in _SHOP]
    crowdless = uncrowded(theirs, ("number",), of="order_row")
    by_number = crowdless.join(unnamed, on="number").filter(*of_one_shop)
    inside = pl.concat(
        [
            lines.select("order_row", "parcel_row", "article"),
            by_number.select("order_row", "parcel_row", pl.lit(None, dtype=pl.String).alias("article")),
        ]
    ).unique()
    facts = parcels.select(
        pl.col("row").alias("parcel_row"), "carrier", "tracking_no", "picked_up_at", "left_at", "signed_at"
    )
    may = (
        theirs.join(moved.select("move_row", "article", "parts"), on="move_row")
        .join(inside, on="order_row", suffix="_held")
        .join(facts, on="parcel_row")
    )
    fit = 2 * (pl.col("number") == number_expr("tracking_no")).fill_null(value=False).cast(pl.Int8) + (
        (pl.col("article") == pl.col("article_held")) | (pl.col("article") == "")
    ).fill_null(value=False).cast(pl.Int8)
    apart = (pl.coalesce("picked_up_at", "left_at") - pl.col("moved_at")).abs()
    nearest = (
        may.with_columns(fit.alias("fit"), apart.alias("apart"))
        .sort(
            "move_row",
            "fit",
            "apart",
            "tracking_no",
            "carrier",
            "order_row",
            descending=[False, True, False, False, False, False],
            nulls_last=True,
        )
        .unique("move_row", keep="first", maintain_order=True)
    )
    return Taken(
        rows=nearest.drop("fit", "apart", "number", "article_held", *_SHOP),
        parcels=inside.select("order_row", "parcel_row").unique(),
    )


def pickups(parcels: pl.DataFrame, taken: Taken, timezone: str) -> pl.DataFrame:
    """Parcels that wait for a courier: `parcel_row`, `order_row` (one of its orders), `carrier`, `tracking_no`, `start`.

    Those of which nothing says when they left the warehouse, and which nothing left the stock for, wait for nothing.

    Args:
        parcels: Parcels that left or have a label, with `row`.
        taken: Movements with their parcels.
        timezone: IANA zone of the book.
    """
    is_taken = (
        pl.col("picked_up_at").is_not_null()
        | pl.col("signed_at").is_not_null()
        | pl.col("status").is_in(ON_THE_WAY).fill_null(value=False)
    )
    first = taken.rows.filter(pl.col("parts") > 0).group_by("parcel_row").agg(pl.col("moved_at").min())
    of_parcel = taken.parcels.group_by("parcel_row").agg(pl.col("order_row").min())
    return (
        parcels.filter(~is_taken)
        .select(pl.col("row").alias("parcel_row"), "carrier", "tracking_no", "shipped_at")
        .join(of_parcel, on="parcel_row")
        .join(first, on="parcel_row", how="left")
        .with_columns(pl.coalesce(local_day("shipped_at", timezone), local_day("moved_at", timezone)).alias("start"))
        .filter(pl.col("start").is_not_null())
        .drop("shipped_at", "moved_at")
        .sort("parcel_row")
    )
