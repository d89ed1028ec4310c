"""Refunds as a side: the last version of each that came about, as money that the channel should have given back."""

from typing import Final

import polars as pl

from tieout.model import Refund
from tieout.outcome import CarryForward
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, take
from tieout.reconciliations._common.versions import refund_order
from tieout.reconciliations._payments.orders import first_orders
from tieout.tables import FrameLike

__all__ = ["refunds_side"]

_NOT_ON_BILLS: Final = ("cod", "points")


def refunds_side(given: FrameLike, orders: Side, *, opening: CarryForward | None, timezone: str) -> Side:
    """Refunds with `order_row`; `minor` is negative, as it is on the bill."""
    name = pl.concat_str([pl.col("refund_id"), pl.col("version").fill_null("")], separator="\x1f")
    on = first_day(("succeeded_at", "approved_at"), timezone)
    side = take("refunds", Refund, given, role=Role.EXPECTED, key=SCOPE, opening=opening, identity=name, on=on)
    side = side.weighed(on=on, minor=-pl.col("amount_minor"))
    side = (
        side.put_aside("listed twice", pl.col("is_repeat"))
        .put_aside("less than nothing", pl.col("minor") > 0)
        .put_aside("not successful by our record", pl.col("status") != "succeeded")
        .put_aside("not on a channel's bill", _is_elsewhere())
        .put_aside("nothing moved", pl.col("minor") == 0)
    )
    number = [*SCOPE, "refund_id"]
    valid = side.compared.sort(*number, *refund_order(), nulls_last=False)
    older = valid.filter(pl.int_range(pl.len()).over(number) < pl.len().over(number) - 1)["row"]
    side = side.put_aside("an earlier version", pl.col("row").is_in(older.implode()))
    pairs = keyed_pairs(orders.frame.filter(~pl.col("is_repeat")), side.frame, ("platform_order_id",), rule="order")
    rows = first_orders(orders.frame, pairs)
    return side.with_frame(side.frame.join(rows, on="row", how="left", maintain_order="left"))


def _is_elsewhere() -> pl.Expr:
    paid_by = pl.col("channel").is_in(_NOT_ON_BILLS).fill_null(value=False)
    return paid_by | (pl.col("funded_from") == "offline").fill_null(value=False)
