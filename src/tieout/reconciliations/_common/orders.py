"""Orders in columns: their amounts (`domain.md` 2.3), their articles, and which records name them."""

import polars as pl
from polars.expr.struct import ExprStructNameSpace

from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE, SCOPE, parts_of

__all__ = [
    "article_count_expr",
    "funded_expr",
    "goods_of_line_expr",
    "order_amounts",
    "order_lines",
    "paired_orders",
    "says_its_price",
    "value_expr",
]

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
    # An eager select evaluates a list as often as an expression names it, so the lists get columns of their own.
    lists = orders.select(
        "goods_amount_minor",
        _prices_of_lines().alias("prices"),
        pl.sum_horizontal("freight_charged_minor", "adjustment_minor", "added_tax_minor").alias("extras_minor"),
        pl.col("discounts").list.eval(pl.element().struct.field("amount_minor")).list.sum().alias("off_minor"),
        pl.col("discounts").list.eval(funded_expr(pl.element().struct)).list.sum().fill_null(0).alias("funded_minor"),
    )
    priced = pl.when(pl.col("prices").list.len() > 0).then(pl.col("prices").list.sum()).alias("priced")
    goods = pl.coalesce("goods_amount_minor", divide_half_up_expr(pl.col("priced"), _UNIT))
    return (
        lists.with_columns(priced)
        .with_columns(goods.alias("goods_minor"))
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


def says_its_price(orders: pl.DataFrame) -> pl.Series:
    """Whether orders, or all of their lines, say a price: what lacks one may have cost anything.

    Args:
        orders: The columns of `Order`.
    """
    line = pl.element().struct
    priceless = line.field("goods_amount_minor").is_null() & line.field("unit_price_minor").is_null()
    lacks = pl.col("lines").list.eval(priceless).list.any()
    is_known = pl.col("goods_amount_minor").is_not_null() | ((pl.col("lines").list.len() > 0) & ~lacks)
    return orders.select(is_known.fill_null(value=False)).to_series()


def article_count_expr() -> pl.Expr:
    """How many articles an order lists, at least one; an order that lists none has one."""
    return pl.max_horizontal(pl.col("lines").list.len().cast(pl.Int64), pl.lit(1)).fill_null(1)


def order_lines(orders: pl.DataFrame) -> pl.DataFrame:
    """What orders ask for, by article.

    It has `order_row`, `key`, `sku`, `subs`, `ordered`, `closed` (parts of closed lines) and `cost_minor`. An article is
    a SKU, else a sub-order where a line says no SKU. Lines of no piece, or of fewer, ask for nothing.
    """
    line = pl.col("lines").struct
    lines = (
        orders.select(pl.col("row").alias("order_row"), "lines")
        .explode("lines")
        .filter(pl.col("lines").is_not_null())
        .select(
            "order_row",
            line.field("sku").alias("sku"),
            line.field("platform_sub_order_id").alias("sub"),
            parts_of(line.field("quantity")).alias("parts"),
            line.field("unit_cost_minor").alias("cost"),
            (line.field("status") == "closed").fill_null(value=False).alias("is_closed"),
        )
        .filter(pl.col("parts") > 0)
        .with_columns(pl.coalesce("sku", "sub", pl.lit("")).alias("key"))
    )
    costs = (pl.col("cost").cast(pl.Int128) * pl.col("parts")).sum()
    priced = pl.when(pl.col("cost").is_not_null()).then("parts").otherwise(0).cast(pl.Int128).sum()
    return (
        lines.group_by("order_row", "key")
        .agg(
            pl.col("sku").drop_nulls().min(),
            pl.col("sub").drop_nulls().unique().sort().alias("subs"),
            pl.col("parts").sum().alias("ordered"),
            pl.when("is_closed").then("parts").otherwise(0).sum().alias("closed"),
            costs.alias("costs"),
            priced.alias("priced"),
        )
        .with_columns(
            pl.when(pl.col("priced") > 0)
            .then(divide_half_up_expr(pl.col("costs"), pl.max_horizontal("priced", pl.lit(1, dtype=pl.Int128))))
            .otherwise(0)
            .cast(pl.Int64)
            .alias("cost_minor")
        )
        .drop("costs", "priced")
        .sort("order_row", "key")
    )


def paired_orders(orders: pl.DataFrame, rows: pl.DataFrame, *, rule: str) -> pl.DataFrame:
    """Pairs of orders with rows that name them: `left`, `right`, `platform_order_id`, `rule`, `score`, `status`.

    Of an order that says its shop and one that does not, under one number, a row belongs to the one that says more.

    Args:
        orders: Orders that count.
        rows: `row`, `platform_order_id` and what they know of book, platform and shop; a row once for each order that it names.
        rule: What the pairs are called.
    """
    pairs = keyed_pairs(orders, rows, ("platform_order_id",), rule=rule)
    said = pl.sum_horizontal(pl.col(name).is_not_null() for name in SCOPE).alias("said")
    named = pairs.join(orders.select(pl.col("row").alias("left"), "platform_order_id", *SCOPE, said), on="left")
    best = named.filter(pl.col("said") == pl.col("said").max().over("right", "platform_order_id"))
    alone = (pl.len().over("right", "platform_order_id") == 1) | (pl.col("status") == "suggested")
    return best.with_columns(pl.when(alone).then("status").otherwise(pl.lit("suggested")).alias("status")).select(
        "left", "right", "platform_order_id", "rule", "score", "status"
    )


def value_expr(parts: pl.Expr, cost: pl.Expr) -> pl.Expr:
    """What so many parts of a piece cost, in minor units."""
    return divide_half_up_expr(parts.cast(pl.Int128) * cost.fill_null(0), PARTS_OF_A_PIECE).cast(pl.Int64)


def goods_of_line_expr(line: ExprStructNameSpace) -> pl.Expr:
    """What all pieces of a line cost before reductions: as stated, else price x pieces rounded half-up; null without a price.

    Args:
        line: Fields of an order line.
    """
    pieces = line.field("quantity").to_physical().cast(pl.Int128)
    priced = divide_half_up_expr(line.field("unit_price_minor").cast(pl.Int128) * pieces, _UNIT)
    return pl.coalesce(line.field("goods_amount_minor"), priced)


def funded_expr(discount: ExprStructNameSpace) -> pl.Expr:
    """What a discount's funder pays the merchant: nothing, all of it, or what the merchant does not share.

    Args:
        discount: Fields of a discount.
    """
    amount = discount.field("amount_minor")
    others = _UNIT - discount.field("merchant_share").to_physical().cast(pl.Int128)
    shared = divide_half_up_expr(amount.cast(pl.Int128) * others, _UNIT)
    part = pl.when(others.is_not_null()).then(shared).otherwise(amount)
    pays = discount.field("settled_to_merchant") & (discount.field("funder") != "merchant")
    return pl.when(pays).then(part).otherwise(0)


def _prices_of_lines() -> pl.Expr:
    """What the lines that say a price cost, in parts of a minor unit."""
    line = pl.element().struct
    pieces = line.field("quantity").to_physical().cast(pl.Int128)
    stated = line.field("goods_amount_minor").cast(pl.Int128) * _UNIT
    priced = pl.coalesce(stated, line.field("unit_price_minor").cast(pl.Int128) * pieces)
    return pl.col("lines").list.eval(priced.drop_nulls())
