"""The two sides as columns: bill lines and parcels with comparable keys, dates and weights."""

from collections.abc import Mapping
from datetime import date

import attrs
import polars as pl

from tieout import keys
from tieout.model import CourierCharge, CourierInvoice, Return, Shipment
from tieout.tables import FrameLike, Table, table_of

__all__ = ["Sides", "build_sides"]

# A bill that names the way in the charge's type does not always fill the leg too.
_LEG_OF_TYPE = {"return_to_sender": "return", "reverse_pickup": "return", "intercept": "intercept"}
_CREDITS = (
    "compensation",
    "void_credit",
    "service_guarantee_credit",
    "cod_remittance",
    "rebate",
    "discount",
    "adjustment",
)
"""Charge types that are credits of their own when negative, not charges taken back."""
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
        invoices: Bill headers by `bill_no` and currency.
        lines_so_far: Charges of earlier bills and of this one, as they were given.
        given: The two sides as they were given, `charges` and `shipments`, before anything was done to them.
    """

    given: Mapping[str, pl.DataFrame]
    lines_so_far: pl.DataFrame
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
    billed, shipped = table_of(charges, CourierCharge), table_of(shipments, Shipment)
    earlier = table_of(history if history is not None else [], CourierCharge)
    heads = _heads(table_of(invoices if invoices is not None else [], CourierInvoice))
    code = keys.carrier_code(carrier) or carrier
    lines = _lines(billed, code)
    if heads.height == 1 and lines["bill_no"].null_count() == lines.height:
        lines = lines.with_columns(pl.lit(heads["bill_no"][0]).alias("bill_no"))
    bills = lines["bill_no"].drop_nulls().unique().implode()
    return Sides(
        given={"charges": billed.to_polars(), "shipments": shipped.to_polars()},
        lines_so_far=pl.concat([earlier.to_polars(), billed.to_polars()]).unique(maintain_order=True),
        lines=lines,
        parcels=_parcels(shipped, timezone, code),
        # The bill under audit is no history of itself.
        history=_lines(earlier, code).filter(~pl.col("bill_no").is_in(bills).fill_null(value=False)),
        returns=None if returns is None else _returns(table_of(returns, Return)),
        invoices=heads,
    )


def _heads(table: Table[CourierInvoice]) -> pl.DataFrame:
    """One header per bill and currency; of several, content decides which one counts, never position."""
    heads = table.to_polars()
    return heads.sort(*heads.columns, nulls_last=True).unique(
        ["bill_no", "currency"], keep="first", maintain_order=True
    )


def _lines(table: Table[CourierCharge], carrier: str) -> pl.DataFrame:
    code = keys.carrier_code_expr(pl.col("carrier"))
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
            pl.coalesce(code, "carrier").alias("carrier"),
            (code != carrier).fill_null(value=False).alias("is_other_carrier"),
            (pl.col("amount_minor") < 0).alias("is_credit"),
            pl.col("charge_type").is_in(_CREDITS).alias("is_credit_type"),
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
    code = keys.carrier_code_expr(pl.col("carrier"))
    moved = pl.col("picked_up_at").is_not_null() | pl.col("status").is_in(_ON_THE_WAY).fill_null(value=False)
    known_stage = pl.col("status").is_not_null()
    voided = pl.col("voided_at").is_not_null() | (pl.col("status") == "voided").fill_null(value=False)
    return frame.with_row_index("parcel").with_columns(
        pl.col("parcel").cast(pl.Int64),
        # A number that lost digits must not be matched at all: it is listed instead.
        keys.exact_key_expr(pl.col("tracking_no")).alias("key"),
        precision_lost_expr(pl.col("tracking_no")).alias("precision_lost"),
        (code != carrier).fill_null(value=False).alias("is_other_carrier"),
        pl.coalesce("weight_scale_g", "weight_theoretical_g").alias("weight_g"),
        pl.coalesce(picked, local("shipped_at")).alias("pickup_date"),
        local("signed_at").alias("signed_date"),
        local("promised_at").alias("promised_date"),
        (voided & ~moved & pl.col("signed_at").is_null()).alias("is_voided"),
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
