"""Amounts of orders in columns, as the properties of `Order` say them (`domain.md` 2.3), and which rows belong to which order."""

import polars as pl

from tieout.money.columns import divide_half_up_expr

__all__ = ["amounts_of", "orders_of", "shop_expr", "tracking_expr"]

_UNIT = 10**8  # quantities and shares have eight decimals in tables


def shop_expr() -> pl.Expr:
    """A shop in words: platform and shop, since shops of two platforms may bear one id; null where no shop is named."""
    return pl.when(pl.col("shop_id").is_not_null()).then(
        pl.concat_str(["platform", "shop_id"], separator="/", ignore_nulls=True)
    )


def tracking_expr(name: str) -> pl.Expr:
    """A parcel's number, as `tracking_no`, without what a sheet put around it."""
    return pl.col(name).str.strip_chars(" \t`'").str.to_uppercase().alias("tracking_no")


def amounts_of(orders: pl.DataFrame) -> pl.DataFrame:
    """The amounts of orders, one row each, in their order.

    They are `goods_minor` (all goods before reductions), `receivable_minor`, `discount_minor`, and who bears it:
    `merchant_funded_minor` and `others_funded_minor`.

    The price of all goods is exact until it is whole, and is rounded half up once an order. What an order without a price is to
    bring is null.

    Args:
        orders: The columns of `Order`.
    """
    part = pl.element().struct
    return (
        orders.select(
            pl.coalesce("goods_amount_minor", _goods_of_lines()).alias("goods_minor"),
            pl.sum_horizontal("freight_charged_minor", "adjustment_minor", "added_tax_minor").alias("extras"),
            pl.col("discounts").list.eval(part.field("amount_minor")).list.sum().fill_null(0).alias("discount_minor"),
            pl.col("discounts").list.eval(_merchants(part)).list.sum().fill_null(0).alias("merchant_funded_minor"),
            pl.col("discounts").list.eval(_settled(part)).list.sum().fill_null(0).alias("settled"),
        )
        .with_columns((pl.col("goods_minor") + pl.col("extras") - pl.col("discount_minor")).alias("payable"))
        .select(
            "goods_minor",
            (pl.col("payable") + pl.col("settled")).alias("receivable_minor"),
            "discount_minor",
            "merchant_funded_minor",
            (pl.col("discount_minor") - pl.col("merchant_funded_minor")).alias("others_funded_minor"),
        )
    )


def _shared(part: "pl.expr.struct.ExprStructNameSpace") -> pl.Expr:
    """What others than the merchant bear of a reduction."""
    amount = part.field("amount_minor")
    others = _UNIT - part.field("merchant_share").to_physical().cast(pl.Int128)
    shared = divide_half_up_expr(amount.cast(pl.Int128) * others, _UNIT)
    of_others = pl.when(others.is_not_null()).then(shared).otherwise(amount)
    return pl.when(part.field("funder") == "merchant").then(0).otherwise(of_others)


def _merchants(part: "pl.expr.struct.ExprStructNameSpace") -> pl.Expr:
    return part.field("amount_minor") - _shared(part)


def _settled(part: "pl.expr.struct.ExprStructNameSpace") -> pl.Expr:
    return pl.when(part.field("settled_to_merchant")).then(_shared(part)).otherwise(0)


def _goods_of_lines() -> pl.Expr:
    line = pl.element().struct
    pieces = line.field("quantity").to_physical().cast(pl.Int128)
    stated = line.field("goods_amount_minor").cast(pl.Int128) * _UNIT
    priced = pl.coalesce(stated, line.field("unit_price_minor").cast(pl.Int128) * pieces)
    sums = pl.col("lines").list.eval(priced.drop_nulls())
    return pl.when(sums.list.len() > 0).then(divide_half_up_expr(sums.list.sum(), _UNIT))


def orders_of(rows: pl.DataFrame, orders: pl.DataFrame | None) -> pl.Series:
    """The order that each row names, as the number of its row; null where none or several fit.

    Two shops may have orders under one number: a row that names its platform or shop fits only those of it.

    Args:
        rows: `platform_order_id`, and `platform` and `shop_id` where they are known.
        orders: `order`, `platform`, `shop_id`, `platform_order_id`; None without any.
    """
    if orders is None:
        return pl.Series("order", [None] * rows.height, dtype=pl.Int64)
    known = orders.select("order", "platform", "shop_id", "platform_order_id").filter(
        pl.col("platform_order_id").is_not_null()
    )
    scope = [name for name in ("platform", "shop_id") if name in rows.columns]
    asked = rows.select("platform_order_id", *scope).with_row_index("at")
    fits = [(pl.col(name) == pl.col(f"{name}_right")).fill_null(value=True) for name in scope]
    alone = not known["platform_order_id"].is_duplicated().any()
    found = asked.join(
        known.rename({name: f"{name}_right" for name in scope}),
        on="platform_order_id",
        how="left",
        maintain_order="left",
    )
    if scope:
        found = found.with_columns(pl.when(pl.all_horizontal(fits)).then("order").alias("order"))
    if alone:
        return found["order"]
    one = pl.when(pl.col("order").n_unique() - pl.col("order").is_null().any() == 1).then(pl.col("order").max())
    return found.group_by("at", maintain_order=True).agg(one.alias("order"))["order"]
