"""What a record says by itself, whatever a comparison makes of it: what the merchant gains by it, and what it belongs to."""

from collections.abc import Callable, Mapping

import polars as pl

from tieout import model
from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.orders import order_amounts
from tieout.reconciliations._common.sides import own
from tieout.tables import schema_of

__all__ = ["OWN", "own_exprs"]

OWN = ("cash_minor", "cash_currency", "payable_minor", "cost_minor", "clawback_minor", "fee_minor")
"""What is said of every record, null where its kind has no such amount."""
_LISTS = ("lines", "refund_ids", "settlement_ids")
_PARTS = 10**8  # quantities have eight decimals in tables
_CONTENT: Mapping[type, tuple[str, ...]] = {
    model.Order: ("platform_sub_order_id", "sku", "quantity", "unit_price_minor", "unit_cost_minor"),
    model.Shipment: ("platform_order_id", "platform_sub_order_id", "sku", "quantity"),
    model.Return: ("platform_sub_order_id", "sku", "quantity_requested", "quantity_received", "condition"),
}
"""What is handed on of the lines of a record."""


def own_exprs(frame: pl.DataFrame, record: type) -> list[pl.Expr]:
    """Expressions for the columns of `OWN`, and the lists by which a record names others, row by row.

    `cash_minor` is the record's `cash_effect`: what the merchant gains by it. A channel's transaction says its amount before the
    fee, and `fee_minor` beside it; stock says its value. `cost_minor` of an order is the cost of all its articles, null where one
    of them does not say it.

    Args:
        frame: Rows with the columns of the record. Where a leaf has taken some for lines of their own, what they would say is
            null.
        record: The record class.
    """
    said: dict[str, pl.Expr] = {"cash_currency": _currency(frame)}
    if record in _CASH and _CASH[record][0] <= set(frame.columns):
        said |= _CASH[record][1]()
    has_lines = record is model.Order and {"lines", "discounts"} <= set(frame.columns) and _holds_lines(frame)
    if has_lines and frame.height:
        amounts = order_amounts(frame)
        said |= {
            "cash_minor": pl.lit(amounts["receivable_minor"]),
            "payable_minor": pl.lit(amounts["payable_minor"]),
            "cost_minor": pl.lit(_costs(frame)),
        }
    if record is model.Refund and "clawback_minor" in frame.columns:
        said["clawback_minor"] = pl.col("clawback_minor")
    nothing = {name: pl.lit(None, dtype=pl.String if name == "cash_currency" else pl.Int64) for name in OWN}
    figures = [
        expr.cast(pl.String if name == "cash_currency" else pl.Int64).alias(name)
        for name, expr in {**nothing, **said}.items()
    ]
    wanted = schema_of(record)
    lists = [name for name in _LISTS if name in wanted and name in frame.columns and frame.schema[name] == wanted[name]]
    return [*figures, *(_listed(name, record) for name in lists if name != "lines" or record in _CONTENT)]


def _holds_lines(frame: pl.DataFrame) -> bool:
    return isinstance(frame.schema["lines"], pl.List)


def _currency(frame: pl.DataFrame) -> pl.Expr:
    """The record's own currency, where the comparison may be in another."""
    for name in (own("currency"), "currency"):
        if name in frame.columns:
            return pl.col(name)
    return pl.lit(None, dtype=pl.String)


def _listed(name: str, record: type) -> pl.Expr:
    if name != "lines":
        return pl.col(name)
    fields = [pl.element().struct.field(field) for field in _CONTENT[record]]
    return pl.col(name).list.eval(pl.struct(fields)).alias(name)


def _costs(orders: pl.DataFrame) -> pl.Series:
    """What all articles of an order cost, rounded half up once; null where an article does not say it, or there is none."""
    line = pl.element().struct
    pieces = line.field("quantity").to_physical().cast(pl.Int128)
    lists = orders.select(
        pl.col("lines").list.eval(line.field("unit_cost_minor").cast(pl.Int128) * pieces).alias("costs")
    )
    costs = pl.col("costs").list
    sums = lists.select(
        costs.sum().alias("sum"), ((costs.len() > 0) & (costs.len() == costs.drop_nulls().list.len())).alias("is_known")
    )
    return sums.select(pl.when("is_known").then(divide_half_up_expr(pl.col("sum"), _PARTS)).alias("cost")).to_series()


def _amount(sign: int) -> Callable[[], dict[str, pl.Expr]]:
    return lambda: {"cash_minor": sign * pl.col("amount_minor")}


def _stock() -> dict[str, pl.Expr]:
    pieces = pl.col("quantity").to_physical().cast(pl.Int128)
    return {"cash_minor": divide_half_up_expr(pieces * pl.col("unit_cost_minor").cast(pl.Int128), _PARTS)}


_CASH: Mapping[type, tuple[set[str], Callable[[], dict[str, pl.Expr]]]] = {
    model.Payment: ({"amount_minor"}, _amount(1)),
    model.Refund: (
        {"amount_minor", "platform_subsidy_clawback_minor"},
        lambda: {
            "cash_minor": -pl.col("amount_minor"),
            "clawback_minor": pl.col("platform_subsidy_clawback_minor"),
        },
    ),
    model.CourierCharge: ({"amount_minor"}, _amount(-1)),
    model.SettlementLine: ({"amount_minor"}, _amount(1)),
    model.Settlement: ({"net_minor"}, lambda: {"cash_minor": pl.col("net_minor")}),
    model.ChannelTransaction: (
        {"amount_minor", "fee_minor"},
        lambda: {"cash_minor": pl.col("amount_minor"), "fee_minor": pl.col("fee_minor")},
    ),
    model.Payout: ({"amount_minor"}, _amount(1)),
    model.BankTransaction: ({"amount_minor"}, _amount(1)),
    model.StockMovement: ({"quantity", "unit_cost_minor"}, _stock),
}
