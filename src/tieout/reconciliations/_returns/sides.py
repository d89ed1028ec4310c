"""The sides: which cases, movements, parcels and charges are about goods that come back, and which are set aside and why."""

from collections.abc import Sequence

import polars as pl

from tieout.model import CourierCharge, Order, Return, ReturnStatus, Shipment, ShipmentStatus
from tieout.outcome import CarryForward
from tieout.reconciliations._common.goods import number_expr
from tieout.reconciliations._common.movements import take_movements
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, local_day, take
from tieout.reconciliations._common.versions import LISTED_TWICE, latest
from tieout.reconciliations._returns.words import BACK, CHARGE_KEY, ELSEWHERE, SOLD
from tieout.tables import FrameLike

__all__ = ["DEAD", "take_cases", "take_charges", "take_moves", "take_orders", "take_parcels"]

_CANCELLED = "case cancelled"
_REFUSED = "case refused"
DEAD = (_CANCELLED, _REFUSED)
"""Reasons for which a case asks for nothing; goods that come all the same are nobody's."""
_CASE = (*SCOPE, "return_id")
_MOMENTS = ("received_at", "returned_at", "approved_at", "applied_at", "closed_at", "created_at")
"""Moments of a case, the one whose day it is of first."""
_PARCEL = ("book_id", "shop_id", "carrier", "tracking_no")
_LABELS = ("label_created_at", "voided_at", "shipped_at", "picked_up_at", "signed_at")
_IN = {"return_in": "return", "exchange_in": "exchange", "repair_in": "repair"}
_TURNED = ("rejected", "intercepting", "returning", "returned", "lost")
_LEGS = ("return", "intercept", "round_trip")
_CHARGES = ("intercept", "return_to_sender", "reverse_pickup")


def take_cases(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Cases with `mode`, `way`, `is_received`, and `aside` for those that ask for nothing.

    Modes (`domain.md` 5.1, Inbound): `must` for goods that have to come back, `may` where nobody says yet or it does not matter,
    `none` for goods that must not. Ways are those of movements: `return`, `exchange`, `repair`.
    """
    day = first_day(_MOMENTS, timezone)
    side = latest(
        take("returns", Return, given, role=Role.EXPECTED, key=_CASE, opening=opening, on=day),
        _CASE,
        _MOMENTS[:-1],
        stages=tuple(ReturnStatus),
    )
    line = pl.element().struct
    inspected = line.field("condition").is_not_null() & (line.field("condition") != "missing")
    counted = pl.col("lines").list.eval((line.field("quantity_received") > 0).fill_null(value=False) | inspected)
    received = (
        pl.col("received_at").is_not_null()
        | counted.list.any().fill_null(value=False)
        | pl.col("status").is_in(["received", "inspected", "repairing", "repaired"]).fill_null(value=False)
    )
    on_way = pl.col("returned_at").is_not_null() | (pl.col("status") == "in_return_transit").fill_null(value=False)
    open_ = pl.col("status").is_in(["appealed", "platform_judged"]).fill_null(value=False) & ~received & ~on_way
    mode = (
        pl.when((pl.col("stage") == "before_shipment").fill_null(value=False))
        .then(pl.lit("none"))
        .when(pl.col("kind").is_in(BACK))
        .then(pl.when(open_).then(pl.lit("may")).otherwise(pl.lit("must")))
        .when(pl.col("kind") == "compensation")
        .then(pl.lit("may"))
        .otherwise(pl.lit("none"))
    )
    refused = (pl.col("status") == "rejected").fill_null(value=False) & ~received
    return _aside(side.weighed(on=day), pl.col("reason")).with_columns(
        pl.when(pl.col("aside").is_not_null())
        .then("aside")
        .when((pl.col("status") == "cancelled").fill_null(value=False))
        .then(pl.lit(_CANCELLED))
        .when(refused)
        .then(pl.lit(_REFUSED))
        .alias("aside"),
        mode.alias("mode"),
        received.alias("is_received"),
        on_way.alias("is_on_way"),
        pl.when(pl.col("kind").is_in(["exchange", "repair"])).then("kind").otherwise(pl.lit("return")).alias("way"),
    )


def take_moves(given: FrameLike, opening: CarryForward | None, timezone: str, sellable: Sequence[str]) -> Side:
    """Movements with `parts`, `way`, `is_damaged`, `is_wrong` and `number`; those of no return are set aside.

    Args:
        given: Movements of stock.
        opening: What the run before carried forward.
        timezone: Zone of the book.
        sellable: Conditions of goods that can be sold as new.
    """
    on = local_day("occurred_at", timezone)
    side = take_movements(given, opening, role=Role.ACTUAL, on=on)
    condition = pl.col("condition")
    side = side.weighed(on=on, pieces=pl.col("quantity"), currency="currency")
    return (
        _aside(side, pl.when("is_repeat").then(pl.lit(LISTED_TWICE)))
        .put_aside(ELSEWHERE, ~pl.col("type").is_in(list(_IN)))
        .put_aside("nothing came", (condition == "missing").fill_null(value=False))
        .with_columns(
            pl.col("pieces").alias("parts"),
            pl.col("type").replace_strict(_IN, default=None, return_dtype=pl.String).alias("way"),
            (condition.is_not_null() & ~condition.is_in([*sellable, "wrong"])).alias("is_damaged"),
            (condition == "wrong").fill_null(value=False).alias("is_wrong"),
            number_expr("tracking_no").alias("number"),
        )
    )


def take_parcels(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Parcels that come back, with `number`, `sent_on`, `arrived_on`, `has_arrived` and `is_lost`."""
    sent = first_day(("picked_up_at", "shipped_at", "label_created_at"), timezone)
    signed = local_day("signed_at", timezone)
    on = pl.coalesce(signed, sent, local_day("created_at", timezone))
    side = take("shipments", Shipment, given, role=Role.EVIDENCE, key=_PARCEL, opening=opening, on=on)
    side = latest(side, _PARCEL, _LABELS, stages=tuple(ShipmentStatus))
    back = pl.col("direction") == "return"
    status = pl.col("status").fill_null("")
    unsaid = pl.col("status").is_null() & pl.col("signed_at").is_not_null()
    arrived = pl.when(back).then(status.is_in(["signed", "returned"]) | unsaid).otherwise(status == "returned")
    weighed = _aside(side.weighed(on=on), pl.col("reason"))
    return (
        weighed.put_aside("label voided", (status == "voided") | pl.col("voided_at").is_not_null())
        .put_aside(ELSEWHERE, ~(back | status.is_in(_TURNED)))
        .with_columns(
            number_expr("tracking_no").alias("number"),
            # A parcel that turned back was sent out on its first day, not back.
            pl.when(back).then(sent).alias("sent_on"),
            pl.when(arrived).then(signed).alias("arrived_on"),
            arrived.alias("has_arrived"),
            (status == "lost").alias("is_lost"),
        )
    )


def take_charges(given: FrameLike, opening: CarryForward | None) -> Side:
    """Charges of couriers for ways back, with `number`."""
    on = pl.col("ship_date")
    side = take("charges", CourierCharge, given, role=Role.EVIDENCE, key=CHARGE_KEY, opening=opening, on=on)
    ways_back = (pl.col("leg").is_in(_LEGS) | pl.col("charge_type").is_in(_CHARGES)).fill_null(value=False)
    return (
        _aside(side.weighed(on=on), pl.when("is_repeat").then(pl.lit(LISTED_TWICE)))
        .put_aside(ELSEWHERE, ~ways_back)
        .put_aside("names no parcel", pl.col("tracking_no").is_null())
        .with_columns(number_expr("tracking_no").alias("number"))
    )


def take_orders(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Orders, which say what was sold and what it cost; none is compared."""
    key = (*SCOPE, "platform_order_id")
    moments = ("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at")
    on = first_day(("paid_at", "created_at"), timezone)
    side = latest(take("orders", Order, given, role=Role.EVIDENCE, key=key, opening=opening, on=on), key, moments)
    return _aside(side.weighed(on=on), pl.coalesce("reason", pl.lit(SOLD)))


def _aside(side: Side, reason: pl.Expr) -> Side:
    return side.with_columns(reason.cast(pl.String).alias("aside"))
