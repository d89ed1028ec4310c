"""Orders in columns: what the buyer pays, what others fund, and what the merchant is to receive (`domain.md` 2.3)."""

import polars as pl

from tieout.money.columns import divide_half_up_expr

__all__ = ["article_count_expr", "order_amounts"]

_UNIT = 10**8  # quantities and shares have eight decimals in tables


def order_amounts(orders: pl.DataFrame) -> pl.DataFrame:
    """The derived amounts of orders in minor units, as the properties of `Order` say them.

    The price of all goods is exact until it is whole, and is then rounded half-up once per order; `Order` leaves it unrounded.
    Amounts of an order without a single price are null: nothing says what it is to bring.

    Args:
        orders: The columns of `Order`.

    Returns:
        One row per order, in their order: `goods_minor` (all goods before reductions), `payable_minor` (what the buyer pays),
        `funded_minor` (what others than the merchant bear and pay to the merchant), `receivable_minor` (payable + funded).
    """
    return (
        orders.select(
            pl.coalesce("goods_amount_minor", _goods_of_lines()).alias("goods_minor"),
            pl.sum_horizontal("freight_charged_minor", "adjustment_minor", "added_tax_minor").alias("extras_minor"),
            pl.col("discounts").list.eval(pl.element().struct.field("amount_minor")).list.sum().alias("off_minor"),
            pl.col("discounts").list.eval(_funded()).list.sum().fill_null(0).alias("funded_minor"),
        )
        .with_columns(
            (pl.col("goods_minor") + pl.col("extras_minor") - pl.col("off_minor").fill_null(0)).alias("payable_minor")
        )
        .select(
            "goods_minor",
            "payable_minor",
            pl.when(pl.col("payable_minor").is_not_null()).then("funded_minor").alias("funded_minor"),
            (pl.col("payable_minor") + pl.col("funded_minor")).alias("receivable_minor"),
        )
    )


def article_count_expr() -> pl.Expr:
    """How many articles an order lists, at least one; an order that lists none has one."""
    return pl.max_horizontal(pl.col("lines").list.len().cast(pl.Int64), pl.lit(1)).fill_null(1)


def _goods_of_lines() -> pl.Expr:
    """Sum of the lines that say a price, rounded half-up; null where none does."""
    line = pl.element().struct
    pieces = line.field("quantity").to_physical().cast(pl.Int128)
    stated = line.field("goods_amount_minor").cast(pl.Int128) * _UNIT
    priced = pl.coalesce(stated, line.field("unit_price_minor").cast(pl.Int128) * pieces)
    sums = pl.col("lines").list.eval(priced.drop_nulls())
    return pl.when(sums.list.len() > 0).then(divide_half_up_expr(sums.list.sum(), _UNIT))


def _funded() -> pl.Expr:
    """What a discount's funder pays the merchant: nothing, all of it, or what the merchant does not share."""
    discount = pl.element().struct
    amount = discount.field("amount_minor")
    others = _UNIT - discount.field("merchant_share").to_physical().cast(pl.Int128)
    shared = divide_half_up_expr(amount.cast(pl.Int128) * others, _UNIT)
    part = pl.when(others.is_not_null()).then(shared).otherwise(amount)
    pays = discount.field("settled_to_merchant") & (discount.field("funder") != "merchant")
    return pl.when(pays).then(part).otherwise(0)
