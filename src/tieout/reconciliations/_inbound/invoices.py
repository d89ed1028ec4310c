"""Invoices: what suppliers billed against what came in, at the price of the order."""

import polars as pl

from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.pieces import average_cost
from tieout.reconciliations._inbound.pieces import KEY
from tieout.reconciliations._inbound.taking import PURCHASE

__all__ = ["APART", "billed", "bills_of", "receipts_of"]

APART = 1 << 40
"""What the number of a unit is raised by where its money is what is owed to the supplier, not what is in the warehouse."""


def billed(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """What was billed, one row per unit and article: `billed`, `received`, `cost_minor`, `bill_code`, `codes`, `code`.

    Args:
        lines: Lines of invoices.
        rows: What was to be there and is, with costs.
    """
    sound = lines.filter((pl.col("parts") > 0) & pl.col("sku").is_not_null()).with_columns(
        pl.col("sku").alias("article")
    )
    told = pl.col("price_minor").is_not_null()
    bills = sound.group_by(*KEY).agg(
        pl.col("parts").sum().alias("billed"),
        average_cost(pl.col("price_minor"), pl.col("parts")).alias("price_billed"),
    )
    codes = sound.group_by("unit").agg(pl.col("code").filter(told).drop_nulls().unique().sort().alias("codes"))
    goods = rows.filter(pl.col("family") == PURCHASE).select(*KEY, "good", "cost_minor")
    of_unit = rows.select("unit", pl.col("code").alias("goods_code")).unique("unit", keep="first", maintain_order=True)
    here = codes.select("unit")
    every = bills.join(goods.join(here, on="unit", how="semi"), on=list(KEY), how="full", coalesce=True)
    joined = every.join(codes, on="unit", how="left").join(of_unit, on="unit", how="left")
    own = pl.when(pl.col("codes").list.len() == 1).then(pl.col("codes").list.first())
    disagree = (pl.col("codes").list.len() > 1) | (own != pl.col("goods_code")).fill_null(value=False)
    return (
        joined.with_columns(
            pl.col("billed").fill_null(0),
            pl.col("good").fill_null(0).alias("received"),
            pl.coalesce("cost_minor", "price_billed").alias("cost_minor"),
            pl.when(~disagree).then(pl.coalesce("goods_code", own)).alias("code"),
            disagree.alias("disagree"),
        )
        .drop("good")
        .sort(*KEY)
    )


def bills_of(lines: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Lines of invoices with `minor`, what they bill: at their own price, else at that of the order.

    Args:
        lines: Lines of invoices.
        rows: As `billed`.
    """
    sound = lines.filter((pl.col("parts") > 0) & pl.col("sku").is_not_null()).with_columns(
        pl.col("sku").alias("article")
    )
    priced = sound.join(rows.select(*KEY, "cost_minor", pl.col("code").alias("unit_code")), on=list(KEY), how="left")
    cost = pl.coalesce("price_minor", "cost_minor")
    worth = pl.when(pl.col("unit_code").is_not_null()).then(value_expr(pl.col("parts"), cost)).otherwise(0)
    return priced.with_columns(worth.alias("minor"))


def receipts_of(moves: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Movements of purchases that invoices bill, with `minor`, what they are to cost.

    Args:
        moves: Movements that count.
        rows: As `billed`.
    """
    costs = rows.select(*KEY, "cost_minor", "code")
    worth = pl.when(pl.col("code").is_not_null()).then(value_expr(pl.col("parts"), pl.col("cost_minor"))).otherwise(0)
    return (
        moves.filter(pl.col("family") == PURCHASE)
        .with_columns(pl.col("sku").alias("article"))
        .join(costs, on=list(KEY))
        .with_columns(worth.alias("minor"))
    )
