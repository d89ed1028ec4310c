"""Orders in parts: their lines with prices, and the discounts that they claim, in whole minor units."""

from typing import Final

import attrs
import polars as pl

from tieout.model import Discount, Order
from tieout.money.columns import divide_half_up_expr
from tieout.outcome import CarryForward
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, take
from tieout.reconciliations._common.versions import OLDER_VERSION, latest
from tieout.reconciliations._promotions.words import CLOSED, NOT_PAID, OTHER_RECORD, REPEAT
from tieout.tables import FrameLike

__all__ = ["ORDER", "WHOLE", "claims_of", "lines_of", "orders_side"]

WHOLE: Final = 10**8
"""Shares have eight decimals in tables: so many parts are all of it."""
ORDER: Final = (*SCOPE, "platform_order_id")
_PAID: Final = ("paid", "partially_shipped", "shipped", "signed", "completed")
_ENDED: Final = ("closed", "rejected")
_MOMENTS: Final = ("completed_at", "signed_at", "shipped_at", "paid_at", "closed_at", "created_at")


def orders_side(given: FrameLike, *, opening: CarryForward | None, timezone: str, confirm_days: int) -> Side:
    """Orders with `placed_on` (for rules), `used_at` (for codes), `due_from` (when funders begin to owe) and `has_ended`.

    Those whose promotions do not count are set aside: not paid, closed, or another record of an order.
    """
    on = first_day(("paid_at", *_MOMENTS), timezone)
    side = take("orders", Order, given, role=Role.EVIDENCE, key=ORDER, opening=opening, on=on)
    is_older = latest(side, ORDER, _MOMENTS).frame["reason"] == OLDER_VERSION
    days = {name: local_day(name, timezone) for name in _MOMENTS}
    frame = side.frame.with_columns(
        pl.coalesce(days["created_at"], days["paid_at"]).alias("placed_on"),
        pl.coalesce("paid_at", *_MOMENTS).alias("used_at"),
        pl.coalesce(days["completed_at"], days["signed_at"].dt.offset_by(f"{confirm_days}d")).alias("due_from"),
        pl.col("status").is_in(_ENDED).fill_null(value=False).alias("has_ended"),
        is_older.fill_null(value=False).alias("is_other"),
    )
    is_paid = (
        pl.col("paid_at").is_not_null()
        | pl.col("status").is_in(_PAID).fill_null(value=False)
        | (pl.col("status").is_null() & pl.col("closed_at").is_null())
    )
    weighed = side.with_frame(frame).weighed(on=on)
    weighed = weighed.put_aside(REPEAT, pl.col("is_repeat")).put_aside(OTHER_RECORD, pl.col("is_other"))
    return weighed.put_aside(CLOSED, pl.col("has_ended")).put_aside(NOT_PAID, ~is_paid)


def lines_of(orders: pl.DataFrame) -> pl.DataFrame:
    """The lines of orders; of one whose lines do not all say a price, one line of what its goods cost.

    Args:
        orders: Orders with `row`.

    Returns:
        `order_row`, `line` (from 1), `sub_id`, `sku`, `pieces`, `goods_minor` (null where nothing says it), `off_minor` (reduced
        on the line alone), `split_minor` (its share of the order's reductions, as the order says), `paid_minor`, `is_made`.
    """
    listed = orders.select(
        pl.col("row").alias("order_row"), pl.col("goods_amount_minor").alias("of_order"), "currency", "lines"
    )
    rows = listed.filter(pl.col("lines").list.len() > 0).drop("currency").explode("lines").unnest("lines")
    pieces = pl.col("quantity").to_physical().cast(pl.Int128)
    priced = divide_half_up_expr(pl.col("unit_price_minor").cast(pl.Int128) * pieces, WHOLE)
    lines = rows.select(
        "order_row",
        (pl.int_range(pl.len()).over("order_row") + 1).alias("line"),
        pl.col("platform_sub_order_id").alias("sub_id"),
        "sku",
        pl.col("quantity").alias("pieces"),
        pl.coalesce("goods_amount_minor", priced).alias("goods_minor"),
        pl.col("line_discount_minor").alias("off_minor"),
        pl.col("allocated_discount_minor").alias("split_minor"),
        pl.col("line_paid_minor").alias("paid_minor"),
        pl.lit(value=False).alias("is_made"),
    )
    whole = lines.filter(pl.col("goods_minor").is_not_null().all().over("order_row"))
    rest = listed.filter(~pl.col("order_row").is_in(whole["order_row"].unique().implode()))
    made = rest.select(
        "order_row", pl.lit(1).cast(pl.Int64).alias("line"), pl.col("of_order").alias("goods_minor")
    ).with_columns(
        pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in lines.schema.items()
        if name not in {"order_row", "line", "goods_minor", "is_made"}
    )
    return pl.concat([whole, made.with_columns(pl.lit(value=True).alias("is_made")).select(whole.columns)])


def claims_of(orders: Side) -> Side:
    """Each discount of each order as a row: what was claimed, by what name, and who bears it as the order says.

    Returns:
        A side of rows with `order_row`, `claim` (from 1), `kind`, `funder`, `code`, `group`, `line_id`, `settled`, `share` (what
        the merchant bears, in parts of `WHOLE`), and the order's own columns.
    """
    own = [
        "row",
        *ORDER,
        "placed_on",
        "used_at",
        "on",
        "due_from",
        "has_ended",
        "is_opening",
        "aside",
        "currency",
        *SOURCE,
    ]
    rows = orders.frame.select(*own, "discounts").filter(pl.col("discounts").list.len() > 0)
    rows = rows.rename({"row": "order_row"}).explode("discounts")
    part = pl.col("discounts").struct
    is_merchant = part.field("funder") == "merchant"
    share = pl.coalesce(part.field("merchant_share").to_physical(), pl.when(is_merchant).then(WHOLE).otherwise(0))
    frame = rows.select(
        pl.int_range(pl.len(), dtype=pl.Int64).alias("row"),
        *(name for name in rows.columns if name != "discounts"),
        (pl.int_range(pl.len()).over("order_row") + 1).alias("claim"),
        *(part.field(name).alias(name) for name in ("kind", "funder", "code", "line_id")),
        part.field("stackable_group").alias("group"),
        part.field("settled_to_merchant").fill_null(value=False).alias("settled"),
        part.field("amount_minor").alias("claimed_minor"),
        share.cast(pl.Int64).alias("share"),
        pl.lit(value=True).alias("is_derived"),
        pl.lit(value=False).alias("is_repeat"),
    )
    carried = int(frame["is_opening"].sum())
    return attrs.evolve(
        orders,
        name="claimed",
        record=Discount,
        role=Role.ACTUAL,
        frame=frame,
        given=frame.height - carried,
        carried=carried,
        superseded=0,
    )
