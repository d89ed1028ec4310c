"""Joining records that a platform exports in two files: orders in one, their articles in another."""

import polars as pl

from tieout.model import Order, OrderLine
from tieout.tables._door import FrameLike, table_of
from tieout.tables.table import Table, schema_of

__all__ = ["with_lines"]

_SCOPE = ("book_id", "platform", "shop_id")


def with_lines(orders: FrameLike, lines: FrameLike) -> tuple[Table[Order], Table[OrderLine]]:
    """Give orders the lines that another file lists.

    A line belongs to the orders of its number, unless book, platform or shop contradict; one that does not say its shop belongs
    to none where two shops have the number.

    Args:
        orders: Orders, as `frame_of` takes them; one that has lines keeps them.
        lines: Lines by themselves, each with its `platform_order_id`.

    Returns:
        The orders, in their order, each with its lines in the order of the file; and the lines that were not given to an order:
        it is not there, has lines already or is in another currency, or the line's own number was there before.

    Raises:
        InputError: The rows are of other records.

    Example:
        >>> from decimal import Decimal
        >>> order = Order(platform="taobao", platform_order_id="1", currency="CNY")
        >>> lines = [OrderLine(platform_order_id=number, sku="A", quantity=Decimal(2)) for number in "12"]
        >>> whole, left_over = with_lines([order], lines)
        >>> [len(order.lines) for order in whole], [line.platform_order_id for line in left_over]
        ([1], ['2'])
    """
    sold, listed = (table_of(orders, Order).to_polars(), table_of(lines, OrderLine).to_polars())
    sold, numbered = sold.with_row_index("order"), listed.with_row_index("line")
    pairs = _pairs(sold, numbered)
    fields = [*schema_of(OrderLine)]
    held = pairs.join(numbered, on="line", maintain_order="left").group_by("order", maintain_order=True)
    own = held.agg(pl.struct(fields).alias("given"))
    whole = sold.join(own, on="order", how="left", maintain_order="left").with_columns(
        pl.coalesce("given", "lines").alias("lines")
    )
    left_over = numbered.join(pairs, on="line", how="anti", maintain_order="left")
    return Table(whole.drop("order", "given"), Order), Table(left_over.drop("line"), OrderLine)


def _pairs(orders: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Rows of orders and of the lines that they are to have, in the order of both."""
    bare = orders.filter(pl.col("lines").list.len().fill_null(0) == 0)
    places = bare.select("order", "platform_order_id", *_SCOPE, "currency")
    own = lines.select("line", "platform_order_id", "platform_sub_order_id", *_SCOPE, "currency")
    both = own.join(places, on="platform_order_id", suffix="_of_order").filter(
        (pl.col(name) == pl.col(f"{name}_of_order")).fill_null(value=True) for name in _SCOPE
    )
    one_place = pl.struct(f"{name}_of_order" for name in _SCOPE).n_unique().over("line") == 1
    same_money = (pl.col("currency") == pl.col("currency_of_order")).fill_null(value=True)
    found = both.filter(one_place, same_money).sort("order", "line")
    number = pl.col("platform_sub_order_id")
    is_first = number.is_null() | (pl.int_range(pl.len()).over("order", "platform_sub_order_id") == 0)
    return found.filter(is_first).select("order", "line")
