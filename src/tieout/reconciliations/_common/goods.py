"""Goods on their way: which orders, parcels and cases count, and which are set aside for what reason."""

from collections.abc import Sequence

import attrs
import polars as pl

from tieout.model import Order, Return, Shipment
from tieout.outcome import CarryForward
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import SCOPE, Role, Side, first_day, parts_of, quantity_expr, take
from tieout.reconciliations._common.versions import latest
from tieout.tables import FrameLike

__all__ = [
    "DONE",
    "FURTHER",
    "NO_ORDER",
    "ON_THE_WAY",
    "WAITS",
    "cases_of_orders",
    "counted",
    "not_positive",
    "number_expr",
    "numbered_expr",
    "take_cases",
    "take_orders",
    "take_parcels",
]

_VOIDED = "label voided"
WAITS = "not left yet"
"""Reason of parcels that have a label only."""
_ELSEWHERE = "not sent to a buyer"
NO_ORDER = "its order is not there"
DONE = (_VOIDED, _ELSEWHERE)
"""Reasons after which nothing is expected of a parcel."""
FURTHER = ("exchange", "reship")
"""Directions of parcels that go to a buyer beyond the order."""
ON_THE_WAY = (
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "signed",
    "rejected",
    "intercepting",
    "returning",
    "returned",
    "lost",
    "damaged",
    "compensated",
)
"""Statuses of parcels that a courier has, or has had."""
_ORDER = (*SCOPE, "platform_order_id")
_PARCEL = ("book_id", "shop_id", "carrier", "tracking_no")
_CASE = (*SCOPE, "return_id")
_LEFT_AT = ("shipped_at", "picked_up_at", "signed_at")
DAYS_OF_ORDERS = ("paid_at", "created_at", "shipped_at")
"""Moments of an order, the first known of which is its day."""
DAYS_OF_PARCELS = ("left_at", "label_created_at", "created_at")
"""Those of a parcel that was taken."""
DAYS_OF_CASES = ("applied_at", "approved_at", "created_at")
"""Those of an after-sale case."""


def take_orders(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Orders with `reason`, why one does not count, or null."""
    on = first_day(DAYS_OF_ORDERS, timezone)
    side = take("orders", Order, given, role=Role.EXPECTED, key=_ORDER, opening=opening, on=on)
    moments = ("created_at", "paid_at", "shipped_at", "signed_at", "completed_at", "closed_at")
    return latest(side, _ORDER, moments)


def take_parcels(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Parcels with `reason`, and `left_at`, when they left; null where a parcel left at a time that nobody says.

    What the run before carried of a parcel gives way to what is read of it anew. Parcels without a number are told apart by what
    they hold.
    """
    articles = _articles().alias("articles")
    held = pl.when(numbered_expr()).then(pl.lit("")).otherwise(_articles())
    on = first_day((*_LEFT_AT, "label_created_at", "created_at"), timezone)
    side = take("shipments", Shipment, given, role=Role.ACTUAL, key=_PARCEL, opening=opening, identity=held, on=on)
    side = latest(side.with_columns(articles), (*_PARCEL, "articles"), ("label_created_at", "voided_at", *_LEFT_AT))
    no_moment = pl.all_horizontal(pl.col(name).is_null() for name in _LEFT_AT)
    only_label = (pl.col("status") == "label_created") | (
        pl.col("status").is_null() & pl.col("label_created_at").is_not_null()
    )
    reason = (
        pl.when(pl.col("reason").is_not_null())
        .then("reason")
        .when(pl.col("direction").is_in(["return", "transfer"]))
        .then(pl.lit(_ELSEWHERE))
        .when((pl.col("status") == "voided") | pl.col("voided_at").is_not_null())
        .then(pl.lit(_VOIDED))
        .when(no_moment & only_label.fill_null(value=False))
        .then(pl.lit(WAITS))
    )
    return side.with_columns(reason.alias("reason"), pl.coalesce(*_LEFT_AT).alias("left_at"))


def numbered_expr(column: str = "tracking_no") -> pl.Expr:
    """Whether a parcel left under a number: one with a digit other than zero."""
    return pl.col(column).str.contains(r"[1-9]")


def number_expr(column: str) -> pl.Expr:
    """A parcel's number as it is compared, without spaces and in capitals (`domain.md` 2.1); null for what is no number."""
    return (
        pl.when(numbered_expr(column)).then(pl.col(column).str.replace_all(r"\s", "").str.to_uppercase()).alias(column)
    )


def _articles() -> pl.Expr:
    """What a parcel holds, without how much of it."""
    line = pl.element().struct
    names = [line.field(name).fill_null("") for name in ("platform_order_id", "platform_sub_order_id", "sku")]
    each = pl.col("lines").list.eval(pl.concat_str(names, separator="\x1f"))
    return each.list.sort().list.join("\x1e")


def take_cases(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """After-sale cases with `reason`."""
    on = first_day(DAYS_OF_CASES, timezone)
    side = take("returns", Return, given, role=Role.EVIDENCE, key=_CASE, opening=opening, on=on)
    return latest(side, _CASE, ("applied_at", "approved_at", "returned_at", "received_at", "closed_at"))


def not_positive(sides: Sequence[tuple[Side, Sequence[str]]]) -> pl.DataFrame:
    """Lines of no piece or of fewer, which ask for nothing and hold nothing."""
    line = pl.col("lines").struct
    parts = []
    for side, keys in sides:
        rows = (
            side.compared.select("unit", "on", "currency", *keys, *SOURCE, "lines")
            .explode("lines")
            .filter(line.field("quantity") <= 0)
            .with_columns(
                line.field("platform_sub_order_id").alias("sub"),
                line.field("sku").alias("sku"),
                quantity_expr(parts_of(line.field("quantity"))).alias("quantity"),
            )
        )
        record = pl.lit(side.name).alias("side")
        parts.append(
            findings_of(rows, "data.quantity_not_positive", keys=[record, *keys, "sub", "sku", "quantity"], note=True)
        )
    return pl.concat(parts)


def cases_of_orders(cases: Side, orders: Side, pairs: pl.DataFrame) -> Side:
    """Cases with the unit of their order; one whose order is not there says nothing of parcels."""
    of_case = (
        pairs.join(orders.frame.select(pl.col("row").alias("left"), "unit"), on="left")
        .select(pl.col("right").alias("row"), "unit")
        .unique("row", keep="first", maintain_order=True)
    )
    frame = cases.frame.join(of_case, on="row", how="left", maintain_order="left")
    reason = pl.when(pl.col("reason").is_null() & pl.col("unit").is_null()).then(pl.lit(NO_ORDER)).otherwise("reason")
    return cases.with_frame(frame.with_columns(reason.alias("reason")))


def counted(side: Side, sums: pl.DataFrame, *, on: pl.Expr, currency: pl.Expr) -> Side:
    """The side with its day, pieces and cost by row."""
    frame = side.frame.join(sums, on="row", how="left", maintain_order="left").with_columns(
        currency.alias("code_of_unit")
    )
    weighed = side.with_frame(frame).weighed(on=on, minor=pl.col("minor").fill_null(0), currency="code_of_unit")
    frame = weighed.frame.with_columns(pl.col("parts").fill_null(0).alias("pieces"), pl.col("reason").alias("aside"))
    return attrs.evolve(weighed, frame=frame, pieces=int(frame["pieces"].sum()))
