"""Taking: the sides of after-sales, and which order each record belongs to."""

from typing import Final

import attrs
import polars as pl

from tieout.model import Order, Return, SettlementLine
from tieout.outcome import CarryForward
from tieout.reconciliations._after_sales.refunds import take_refunds
from tieout.reconciliations._common.channel_bills import transactions_side
from tieout.reconciliations._common.channel_words import REFUND
from tieout.reconciliations._common.goods import DAYS_OF_PARCELS, take_parcels
from tieout.reconciliations._common.movements import take_movements
from tieout.reconciliations._common.order_keys import of_orders, with_orders_named
from tieout.reconciliations._common.orders import order_amounts, says_its_price
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, take
from tieout.reconciliations._common.versions import latest
from tieout.tables import FrameLike

__all__ = ["LOOKED_UP", "NOT_A_REFUND", "Books", "Given", "books_of"]

LOOKED_UP: Final = "looked up"
"""Why orders, parcels and movements are not compared: they say what cases and refunds should be."""
NOT_A_REFUND: Final = "not a refund"
_ORDER: Final = (*SCOPE, "platform_order_id")
_CASE: Final = (*SCOPE, "return_id")
_LINE: Final = (*SCOPE, "line_id", "type")
_CASE_MOMENTS: Final = ("applied_at", "approved_at", "returned_at", "received_at", "closed_at")
_ORDER_MOMENTS: Final = ("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at")
_DAYS: Final = {
    "returns": ("applied_at", "approved_at", "created_at", "received_at", "closed_at"),
    "erp_returns": ("applied_at", "approved_at", "created_at", "received_at", "closed_at"),
    "orders": _ORDER_MOMENTS,
    "erp_orders": _ORDER_MOMENTS,
    "lines": ("posted_at",),
    "movements": ("occurred_at", "created_at"),
    "shipments": DAYS_OF_PARCELS,
}
"""Moments by side, the first known of which is a row's day."""
_REFUND_LINES: Final = ("sale_refund", "buyer_compensation")
_NO_CHANNEL: Final = ("cod", "points")


@attrs.frozen(kw_only=True)
class Given:
    """What a caller gave; None for a side that was not."""

    refunds: FrameLike
    returns: FrameLike
    transactions: FrameLike
    lines: FrameLike
    erp_refunds: FrameLike
    erp_returns: FrameLike
    orders: FrameLike
    erp_orders: FrameLike
    shipments: FrameLike
    movements: FrameLike


@attrs.frozen(kw_only=True)
class Books:
    """The sides, each with `key`, the number of the order that a row belongs to, and which of them are there at all.

    Attributes:
        refunds: Of the platform, with what `take_refunds` adds.
        transactions: Rows of channel bills; payments and other movements are set aside.
        lines: Settlement lines; all but refunds are set aside.
        erp_refunds: As the books hold them.
        returns: Cases of the platform.
        erp_returns: Cases as the books hold them.
        orders: Orders with `payable_minor`, `limit_minor` (the most that may be refunded), `channel`, `is_mixed`.
        erp_orders: Orders as the books hold them.
        shipments: Parcels.
        movements: Movements of stock.
        has: Sides that were given, or carried in.
    """

    refunds: Side
    transactions: Side
    lines: Side
    erp_refunds: Side
    returns: Side
    erp_returns: Side
    orders: Side
    erp_orders: Side
    shipments: Side
    movements: Side
    has: frozenset[str]

    @property
    def has_paid(self) -> bool:
        """Whether anything says what was paid."""
        return bool({"transactions", "lines"} & self.has)


def books_of(
    given: Given, *, opening: CarryForward | None, timezone: str, kinds: dict[str, str], statuses: dict[str, str]
) -> Books:
    """Take what the caller has.

    Args:
        given: The sides.
        opening: What the run before carried forward.
        timezone: Zone in which days count.
        kinds: The caller's own meanings of a bill's types.
        statuses: The same of its statuses.
    """
    refunds = take_refunds("refunds", given.refunds, role=Role.EXPECTED, opening=opening, timezone=timezone)
    booked = take_refunds("erp_refunds", given.erp_refunds, role=Role.ACTUAL, opening=opening, timezone=timezone)
    bills = transactions_side(
        [] if given.transactions is None else given.transactions,
        opening=opening,
        timezone=timezone,
        kinds=kinds,
        statuses=statuses,
    )
    days = {side: first_day(columns, timezone) for side, columns in _DAYS.items()}

    def taken(name: str, record: type, key: tuple[str, ...], role: Role = Role.EVIDENCE) -> Side:
        return take(name, record, getattr(given, name), role=role, key=key, opening=opening, on=days[name])

    parcels = attrs.evolve(take_parcels(given.shipments, opening, timezone), role=Role.EVIDENCE)
    sides = {
        "refunds": refunds,
        "transactions": bills,
        "lines": taken("lines", SettlementLine, _LINE, Role.ACTUAL),
        "erp_refunds": booked,
        "returns": latest(taken("returns", Return, _CASE), _CASE, _CASE_MOMENTS),
        "erp_returns": latest(taken("erp_returns", Return, _CASE), _CASE, _CASE_MOMENTS),
        "orders": latest(taken("orders", Order, _ORDER), _ORDER, _ORDER_MOMENTS),
        "erp_orders": latest(taken("erp_orders", Order, _ORDER), _ORDER, _ORDER_MOMENTS),
        "shipments": parcels,
        "movements": take_movements(given.movements, opening, role=Role.EVIDENCE, on=days["movements"]),
    }
    has = {name for name, side in sides.items() if getattr(given, name) is not None or side.carried}
    sides = _weighed(_priced(_keyed(sides)), days)
    return Books(**sides, has=frozenset(has))


def _keyed(sides: dict[str, Side]) -> dict[str, Side]:
    """Sides with `key`: orders first, for they say their shop; what names no known order has a key of its own.

    Bills of channels say an order's number in their own way, and get their keys with their refunds. A parcel of several orders
    belongs to all of them, and gets none here.
    """
    lines = with_orders_named(sides["lines"].frame, sides["refunds"].frame)
    sides = {**sides, "lines": sides["lines"].with_frame(lines)}
    named = ("refunds", "returns", "erp_refunds", "erp_returns", "erp_orders", "lines")
    known, _ = of_orders(sides["orders"].frame, [_scoped(sides[name].frame) for name in ("refunds", "returns")])
    moved = _scoped(sides["movements"].frame)
    _, frames = of_orders(known, [sides["orders"].frame, *(_scoped(sides[name].frame) for name in named), moved])
    keyed = {name: sides[name].with_frame(frame) for name, frame in zip(("orders", *named), frames[1:-1], strict=True)}
    extra = [name for name in SCOPE if name not in sides["movements"].frame.columns]
    return {**sides, **keyed, "movements": sides["movements"].with_frame(frames[-1].drop(extra))}


def _scoped(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame with all columns of the scope, unknown where the record has none."""
    absent = [pl.lit(None, dtype=pl.String).alias(name) for name in SCOPE if name not in frame.columns]
    return frame.with_columns(absent)


def _priced(sides: dict[str, Side]) -> dict[str, Side]:
    """Orders with what was paid for them, by which channel, and the most that may be refunded; of a presale first the deposit."""
    orders = sides["orders"].frame
    payments = pl.col("payments").list.eval(pl.element().struct.field("amount_minor")).list.sum()
    channels = pl.col("payments").list.eval(pl.element().struct.field("channel")).list.unique().list.sort()
    money = channels.list.set_difference(list(_NO_CHANNEL)).list.sort()
    of_deposit = pl.element().struct.field("phase") == "deposit"
    is_begun = (payments > 0) & pl.col("payments").list.eval(of_deposit.fill_null(value=False)).list.all()
    amounts = order_amounts(orders).select(pl.when(says_its_price(orders)).then("payable_minor").alias("payable_minor"))
    priced = orders.hstack(amounts).with_columns(
        pl.max_horizontal(pl.when(~is_begun).then("payable_minor"), pl.when(payments > 0).then(payments)).alias(
            "limit_minor"
        ),
        pl.when(money.list.contains("card")).then(pl.lit("card")).otherwise(money.list.first()).alias("paid_by"),
        (money.list.len() > 1).fill_null(value=False).alias("is_mixed"),
    )
    return {**sides, "orders": sides["orders"].with_frame(priced)}


def _weighed(sides: dict[str, Side], days: dict[str, pl.Expr]) -> dict[str, Side]:
    """Sides with their days; amounts are magnitudes: what goes back to the buyer is positive."""
    looked_up = {
        name: sides[name].weighed(on=days[name]) for name in ("orders", "erp_orders", "movements", "shipments")
    }
    made = {
        name: side.put_aside("listed twice", pl.col("is_repeat")).put_aside(LOOKED_UP, pl.lit(value=True))
        for name, side in looked_up.items()
    }
    for name in ("returns", "erp_returns"):
        side = sides[name].weighed(on=days[name])
        made[name] = side.with_columns(pl.col("reason").alias("aside"))
    lines = sides["lines"].weighed(on=days["lines"], minor=-pl.col("amount_minor"))
    made["lines"] = lines.put_aside("listed twice", pl.col("is_repeat")).put_aside(
        NOT_A_REFUND, ~pl.col("type").is_in(_REFUND_LINES)
    )
    bills = _turned(sides["transactions"]).put_aside(NOT_A_REFUND, pl.col("kind") != REFUND)
    return {**sides, **made, "transactions": bills}


def _turned(side: Side) -> Side:
    """Rows of bills as magnitudes of refunds."""
    totals = {code: -total for code, total in side.totals.items()}
    return attrs.evolve(side, frame=side.frame.with_columns(-pl.col("minor")), totals=totals)
