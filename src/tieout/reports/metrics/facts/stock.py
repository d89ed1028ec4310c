"""Facts of stock counts."""

import polars as pl

from tieout.money.columns import divide_half_up_expr
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts.sales import with_category

__all__ = ["FACTS"]

_UNIT = 10**8


def _counts(facts: Facts) -> Built:
    given = facts.records("StockCount")
    if given is None:
        return no_side("stock counts", "盘点数据")
    line = pl.col("lines").struct
    rows = given.explode("lines", empty_as_null=True).select(
        "count_id",
        "warehouse",
        facts.day("as_of").alias("counted_on"),
        line.field("sku").alias("sku"),
        line.field("book_quantity").alias("book"),
        pl.coalesce(line.field("recount_quantity"), line.field("counted_quantity")).alias("counted"),
        line.field("unit_cost_minor").alias("unit_cost_minor"),
        pl.coalesce(line.field("currency"), pl.lit(facts.data.currency)).alias("currency"),
        *SOURCE,
    )
    rows = rows.filter(pl.col("book").is_not_null() & pl.col("counted").is_not_null())
    off = pl.col("counted") - pl.col("book")
    rows = rows.with_columns(off.alias("off"), off.abs().alias("off_size"))
    return with_category(facts, rows.with_columns(_value("off").alias("off_minor"), _value("book").alias("book_minor")))


def _value(column: str) -> pl.Expr:
    pieces = pl.col(column).to_physical().cast(pl.Int128)
    return divide_half_up_expr(pieces * pl.col("unit_cost_minor").cast(pl.Int128), _UNIT)


FACTS = (
    FactKind(
        name="counts",
        title="counted articles",
        title_zh="盘点明细",
        dimensions=("warehouse", "sku", "category"),
        moments=("counted_on",),
        ids=("count_id", "sku"),
        build=_counts,
    ),
)
