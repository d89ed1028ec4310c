"""What is owed and did not come: of parcels, of months and of accepted claims, as one table with its units."""

from collections.abc import Mapping

import polars as pl

from tieout.reconciliations._courier.parcels import ParcelFindings

__all__ = ["owed_rows"]

_COLUMNS: Mapping[str, pl.DataType] = {
    "unit": pl.Int64(),
    "line": pl.Int64(),
    "type": pl.String(),
    "expected_minor": pl.Int64(),
    "actual_minor": pl.Int64(),
    "gap_minor": pl.Int64(),
    "currency": pl.String(),
    "carrier": pl.String(),
    "tracking": pl.String(),
    "charge_type": pl.String(),
    "ship_date": pl.Date(),
    "month": pl.String(),
    "bill_no": pl.String(),
    "claim": pl.String(),
    "parcel": pl.Int64(),
    "on": pl.Date(),
    "due_on": pl.Date(),
    "state": pl.String(),
    "detail": pl.String(),
    "formula": pl.String(),
    "parcel_status": pl.String(),
    "source_format": pl.String(),
    "source_file": pl.String(),
    "source_sheet": pl.String(),
    "source_sha256": pl.String(),
    "source_line": pl.Int64(),
}
_ORDER = ("parcel", "charge_type", "type", "month", "bill_no", "claim", "currency")
_LATE = ["late", "missing"]


def owed_rows(
    checked: ParcelFindings,
    months: pl.DataFrame,
    claims: pl.DataFrame,
    parcels: pl.DataFrame,
    *,
    currency: str,
    carrier: str,
    start: int,
) -> pl.DataFrame:
    """Everything that is to come: amounts are signed as the courier's claim, so that a credit is negative.

    Args:
        checked: What parcels lack.
        months: What months lack.
        claims: Promised credits that did not come.
        parcels: Parcels with `unit`, in which their freight is compared.
        currency: The contract's currency.
        carrier: The contract's carrier.
        start: First number of a unit that nothing else has.

    Returns:
        One row each with its `unit`, `type` (null while it is a matter of time), `gap_minor` (actual - expected), and what names
        it. A row of freight has its parcel's unit, one with `line` that of a bill line.
    """
    freight = checked.unbilled.with_columns(
        pl.when(pl.col("state").is_in(_LATE)).then(pl.lit("courier.unbilled")).alias("type"),
        pl.lit(0, dtype=pl.Int64).alias("actual_minor"),
        pl.lit("base").alias("charge_type"),
        is_freight=pl.lit(value=True),
    )
    of_parcels = pl.concat([checked.owed, freight], how="diagonal").join(
        parcels.select("parcel", "unit", "carrier", "tracking", "ship_date", "parcel_status", "on", "^source_.*$"),
        on="parcel",
        how="left",
        maintain_order="left",
    )
    of_parcels = of_parcels.with_columns(
        pl.when(pl.col("is_freight").fill_null(value=False)).then("unit").alias("unit")
    )
    parts = [
        _shaped(of_parcels, currency=pl.lit(currency)),
        _shaped(months, currency=pl.lit(currency), carrier=pl.lit(carrier)),
        _shaped(claims, carrier=pl.lit(carrier), unit=pl.col("line")),
    ]
    every = pl.concat(parts).sort(*_ORDER, nulls_last=True)
    alone = pl.int_range(pl.len()) + start
    return every.with_columns(
        pl.coalesce("unit", alone).alias("unit"), (pl.col("actual_minor") - pl.col("expected_minor")).alias("gap_minor")
    )


def _shaped(rows: pl.DataFrame, **columns: pl.Expr) -> pl.DataFrame:
    made = {**{name: pl.col(name) for name in rows.columns}, **columns}
    return rows.select(made.get(name, pl.lit(None)).cast(dtype).alias(name) for name, dtype in _COLUMNS.items())
