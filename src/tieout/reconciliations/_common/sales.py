"""Sales: what each line of an order brings, and the days on which an order is shipped, signed and completed."""

from typing import Final

import polars as pl

from tieout.money.columns import allocated, divide_half_up_expr
from tieout.reconciliations._common.orders import funded_expr, goods_of_line_expr, order_amounts
from tieout.reconciliations._common.sides import local_day, parts_of

__all__ = ["NO_PARCELS", "SALE", "part_expr", "receivable_expr", "sale_days", "sale_lines", "signed_parcels"]

SALE: Final = ("gross_minor", "subsidy_minor", "tax_minor")
"""What a line of an order brings, and of that what others fund, and the tax that the order states."""
NO_PARCELS: Final = pl.DataFrame(
    schema={"order_row": pl.Int64, "parcels_left_on": pl.Date, "parcels_signed_on": pl.Date}
)
"""What parcels say of orders where none are known."""
_ENDED: Final = ("rejected", "closed")
_ROW: Final = ["order_row"]


def sale_lines(orders: pl.DataFrame) -> pl.DataFrame:
    """What each line of an order brings: shares of what the merchant is to receive, which sum to it exactly.

    A line brings what was paid for it, where all lines of the order say that or how reductions are shared, and what others fund
    of it. What is left, such as the freight that the buyer paid, is shared by price x pieces less the line's own reduction, by
    largest remainder, ties in the order of the lines (`domain.md` 2.4). Orders without any price bring nothing that is known.

    Args:
        orders: The columns of `Order`, and `row`.

    Returns:
        One row per line, and one per order without lines: `order_row`, `line` (sub-order, else 1-based place; null for an order
        without lines), `key` (article), `pieces` (in parts), `tax_rate`, `gross_minor`, `subsidy_minor` (0 where nobody funds
        anything) and `tax_minor` (what the order adds on top of its prices; null where they include it).
    """
    priced = orders.hstack(order_amounts(orders).select("receivable_minor", "funded_minor"))
    priced = priced.filter(pl.col("receivable_minor").is_not_null())
    line = pl.col("lines").struct
    lines = (
        priced.select(
            pl.col("row").alias("order_row"),
            "receivable_minor",
            "funded_minor",
            pl.when(~pl.col("tax_included")).then("added_tax_minor").alias("added_minor"),
            "lines",
        )
        .explode("lines", empty_as_null=True)
        .with_columns((pl.int_range(pl.len()).over(_ROW) + 1).cast(pl.Int64).alias("place"))
        .select(
            *_ROW,
            "receivable_minor",
            "funded_minor",
            "added_minor",
            "place",
            pl.col("lines").is_not_null().alias("is_line"),
            line.field("platform_sub_order_id").alias("sub"),
            pl.coalesce(line.field("sku"), line.field("platform_sub_order_id"), pl.lit("")).alias("key"),
            parts_of(line.field("quantity")).fill_null(0).clip(lower_bound=0).alias("pieces"),
            line.field("tax_rate").alias("tax_rate"),
            goods_of_line_expr(line).alias("goods"),
            line.field("line_discount_minor").fill_null(0).alias("off"),
            line.field("allocated_discount_minor").alias("split"),
            line.field("line_paid_minor").alias("paid"),
        )
    )
    lines = lines.join(_own_funding(priced), on=["order_row", "sub"], how="left", maintain_order="left")
    is_first = pl.int_range(pl.len()).over("order_row", "sub") == 0
    lines = lines.with_columns(
        pl.when(is_first).then(pl.col("own_funded").fill_null(0)).otherwise(0).alias("own_funded"),
        pl.coalesce("paid", pl.col("goods") - pl.col("off") - pl.col("split")).alias("paid"),
        pl.when(pl.col("sub").is_not_null() & (pl.len().over("order_row", "sub") == 1))
        .then("sub")
        .when("is_line")
        .then(pl.col("place").cast(pl.String))
        .alias("line"),
    )
    is_known = pl.col("paid").is_not_null().all().over(_ROW)
    lines = lines.with_columns(
        pl.when(is_known).then(pl.col("paid") + pl.col("own_funded")).otherwise(0).alias("base"),
        _weight().alias("weight"),
    )
    lines = lines.with_columns(
        (pl.col("receivable_minor") - pl.col("base").sum().over(_ROW)).alias("rest"),
        (pl.col("funded_minor") - pl.col("own_funded").sum().over(_ROW)).alias("funded_rest"),
    )
    return lines.select(
        *_ROW,
        "receivable_minor",
        "place",
        "line",
        "sub",
        pl.col("key").alias("article"),
        "pieces",
        "tax_rate",
        (pl.col("base") + allocated(lines, "rest", "weight", over=_ROW)).alias("gross_minor"),
        (pl.col("own_funded") + allocated(lines, "funded_rest", "weight", over=_ROW)).alias("subsidy_minor"),
        allocated(lines, "added_minor", "weight", over=_ROW).alias("tax_minor"),
    )


def _own_funding(orders: pl.DataFrame) -> pl.DataFrame:
    """What others fund of single lines: `order_row`, `sub`, `own_funded`."""
    discount = pl.col("discounts").struct
    return (
        orders.filter(pl.col("funded_minor") != 0)
        .select(pl.col("row").alias("order_row"), "discounts")
        .explode("discounts")
        .filter(pl.col("discounts").is_not_null())
        .select("order_row", discount.field("line_id").alias("sub"), funded_expr(discount).alias("own_funded"))
        .drop_nulls("sub")
        .group_by("order_row", "sub")
        .agg(pl.col("own_funded").sum())
    )


def _weight() -> pl.Expr:
    """What an order's money is shared by: prices, else pieces, else alike."""
    price = (pl.col("goods").fill_null(0) - pl.col("off")).clip(lower_bound=0)
    return (
        pl.when(price.sum().over(_ROW) > 0)
        .then(price)
        .when(pl.col("pieces").sum().over(_ROW) > 0)
        .then("pieces")
        .otherwise(1)
        .cast(pl.Int64)
    )


def sale_days(orders: pl.DataFrame, parcels: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The days of orders: `order_row`, `shipped_on`, `signed_on`, `completed_on`; null for what has not happened.

    What the order says goes before what its parcels say. What was signed had left, and what was completed was signed, where
    nothing says when; an order that is completed and says no day was so when it was signed.

    Args:
        orders: The columns of `Order`, and `row`.
        parcels: Of `signed_parcels`.
        timezone: Zone in which days count.
    """
    rows = orders.select(
        pl.col("row").alias("order_row"),
        "status",
        *(local_day(f"{name}_at", timezone).alias(name) for name in ("shipped", "signed", "completed")),
    ).join(parcels, on="order_row", how="left", maintain_order="left")
    ended = pl.col("status").is_in(_ENDED).fill_null(value=False)
    signed = pl.coalesce("signed", pl.when(~ended).then("parcels_signed_on"))
    signed_on = pl.coalesce(signed, "completed")
    completed_on = pl.coalesce("completed", pl.when(pl.col("status") == "completed").then(signed))
    return rows.select(
        "order_row",
        pl.coalesce("shipped", "parcels_left_on", signed_on).alias("shipped_on"),
        signed_on.alias("signed_on"),
        completed_on.alias("completed_on"),
    )


def signed_parcels(parcels: pl.DataFrame, lines: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """What parcels say of orders: `order_row`, `parcels_left_on` (the first), `parcels_signed_on` (the last, once all are).

    Args:
        parcels: Parcels with `row`, `left_at` and the columns of `Shipment`.
        lines: Their lines with `order_row`, `parcel_row`; parcels that cases sent beside are none of the sale's.
        timezone: Zone in which days count.
    """
    signed = ((pl.col("status") == "signed") | pl.col("status").is_null()) & pl.col("signed_at").is_not_null()
    told = parcels.select(
        pl.col("row").alias("parcel_row"),
        local_day("left_at", timezone).alias("left_on"),
        pl.when(signed).then(local_day("signed_at", timezone)).alias("signed_on"),
    )
    ours = lines.select("order_row", "parcel_row").unique().join(told, on="parcel_row")
    return ours.group_by("order_row").agg(
        pl.col("left_on").min().alias("parcels_left_on"),
        pl.when(pl.col("signed_on").is_not_null().all()).then(pl.col("signed_on").max()).alias("parcels_signed_on"),
    )


def receivable_expr() -> pl.Expr:
    """Who owes an order's money: `cod` where the courier collects it, else `platform`."""
    return pl.when("is_cod").then(pl.lit("cod")).otherwise(pl.lit("platform")).alias("receivable")


def part_expr(minor: str, pieces: str, of: str) -> pl.Expr:
    """The part of an amount that falls on so many of the pieces, rounded half-up."""
    part = divide_half_up_expr(
        pl.col(minor).cast(pl.Int128) * pl.col(pieces), pl.max_horizontal(pl.col(of), pl.lit(1, dtype=pl.Int64))
    )
    return pl.when(pl.col(pieces) >= pl.col(of)).then(pl.col(minor)).otherwise(part).alias(minor)
