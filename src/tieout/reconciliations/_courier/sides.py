"""The two sides as columns: bill lines and parcels with comparable keys, dates and weights."""

from datetime import date

import attrs
import polars as pl

from tieout import keys
from tieout.model import CourierCharge, CourierInvoice, Return, Shipment
from tieout.tables import FrameLike, Table, table_of

__all__ = ["Sides", "build_sides"]

# A bill that names the way in the charge's type does not always fill the leg too.
_LEG_OF_TYPE = {"return_to_sender": "return", "reverse_pickup": "return", "intercept": "intercept"}
_REVERSIBLE_CREDITS = (
    "compensation",
    "void_credit",
    "service_guarantee_credit",
    "cod_remittance",
    "rebate",
    "discount",
    "adjustment",
)
"""Charge types that are credits when negative, and never the reversal of a charge of their own type."""
_ON_THE_WAY = (
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


@attrs.frozen(kw_only=True)
class Sides:
    """What a courier bill is reconciled from, as columns.

    Attributes:
        lines: Bill lines with `line` (0-based position), `key` (normalised tracking number, null when it lost digits) and
            `precision_lost`.
        parcels: Shipments with `parcel` (0-based position), `key`, `weight_g` and local dates.
        history: Lines of earlier bills, shaped like `lines`.
        returns: After-sale cases with `return_key` and `outbound_key`; None when none were given.
        invoices: Bill headers by `bill_no`.
    """

    lines: pl.DataFrame
    parcels: pl.DataFrame
    history: pl.DataFrame
    returns: pl.DataFrame | None
    invoices: pl.DataFrame


def build_sides(
    *,
    shipments: FrameLike,
    charges: FrameLike,
    returns: FrameLike,
    history: FrameLike,
    invoices: FrameLike,
    timezone: str,
    carrier: str,
) -> Sides:
    """Take whatever frames the caller has and make their keys comparable.

    Args:
        shipments: Shipments, as `tieout.tables.frame_of` takes them.
        charges: Charges of the bills under audit.
        returns: After-sale cases; None when unknown.
        history: Charges of earlier bills; None when unknown.
        invoices: Bill headers; None when unknown.
        timezone: IANA zone in which a pickup's day counts.
        carrier: Carrier of the contract; shipments with another carrier stay aside.
    """
    lines = _lines(table_of(charges, CourierCharge))
    past = _lines(table_of(history if history is not None else [], CourierCharge))
    heads = table_of(invoices if invoices is not None else [], CourierInvoice).to_polars()
    cases = None if returns is None else _returns(table_of(returns, Return))
    return Sides(
        lines=lines,
        parcels=_parcels(table_of(shipments, Shipment), timezone, carrier),
        history=past,
        returns=cases,
        invoices=heads.unique("bill_no", keep="first", maintain_order=True),
    )


def _lines(table: Table[CourierCharge]) -> pl.DataFrame:
    said = pl.col("leg").fill_null("outbound")
    leg = pl.col("charge_type").replace_strict(_LEG_OF_TYPE, default=None)
    return (
        table.to_polars()
        .with_row_index("line")
        .with_columns(
            pl.col("line").cast(pl.Int64),
            keys.exact_key_expr(pl.col("tracking_no")).alias("key"),
            pl.when(said == "outbound").then(pl.coalesce(leg, said)).otherwise(said).alias("leg"),
            precision_lost_expr(pl.col("tracking_no")).alias("precision_lost"),
            (pl.col("amount_minor") < 0).alias("is_credit"),
            pl.col("charge_type").is_in(_REVERSIBLE_CREDITS).alias("is_credit_type"),
        )
    )


def precision_lost_expr(column: pl.Expr) -> pl.Expr:
    """Whether there is a number that lost digits, as in scientific notation (`domain.md` 2.1)."""
    return keys.normalize_expr(column).is_not_null() & keys.exact_key_expr(column).is_null()


def _parcels(table: Table[Shipment], timezone: str, carrier: str) -> pl.DataFrame:
    frame = table.to_polars()

    def local(name: str) -> pl.Expr:
        return pl.col(name).dt.convert_time_zone(timezone).dt.date()

    picked = local("picked_up_at")
    code = pl.coalesce(keys.carrier_code_expr(pl.col("carrier")), "carrier")
    moved = pl.col("picked_up_at").is_not_null() | pl.col("status").is_in(_ON_THE_WAY).fill_null(value=False)
    known_stage = pl.col("status").is_not_null()
    return frame.with_row_index("parcel").with_columns(
        pl.col("parcel").cast(pl.Int64),
        # A number that lost digits must not be matched at all: it is listed instead.
        pl.when(~precision_lost_expr(pl.col("tracking_no")))
        .then(keys.normalize_expr(pl.col("tracking_no")))
        .alias("key"),
        precision_lost_expr(pl.col("tracking_no")).alias("precision_lost"),
        (code != carrier).fill_null(value=False).alias("is_other_carrier"),
        pl.coalesce("weight_scale_g", "weight_theoretical_g").alias("weight_g"),
        pl.coalesce(picked, local("shipped_at")).alias("pickup_date"),
        local("signed_at").alias("signed_date"),
        local("promised_at").alias("promised_date"),
        (pl.col("voided_at").is_not_null() | (pl.col("status") == "voided").fill_null(value=False)).alias("is_voided"),
        # A shipment file without any stage lists what was shipped: then every parcel in it has moved.
        pl.when(known_stage | pl.col("picked_up_at").is_not_null())
        .then(moved)
        .otherwise(pl.col("label_created_at").is_null() | pl.col("shipped_at").is_not_null())
        .alias("has_moved"),
    )


def _returns(table: Table[Return]) -> pl.DataFrame:
    return (
        table.to_polars()
        .with_row_index("case")
        .with_columns(
            keys.exact_key_expr(pl.col("return_tracking_no")).alias("return_key"),
            keys.exact_key_expr(pl.col("outbound_tracking_no")).alias("outbound_key"),
        )
    )


def last_day(sides: Sides) -> date | None:
    """The last day that the bills speak of: the day a run without `as_of` is as of."""
    days = [
        sides.invoices["period_end"].max() if sides.invoices.height else None,
        sides.lines["ship_date"].max() if sides.lines.height else None,
        sides.parcels["pickup_date"].max() if sides.parcels.height else None,
    ]
    known = [day for day in days if isinstance(day, date)]
    return known[0] if known else None
