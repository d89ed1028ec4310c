"""Bill-side checks: the header against its lines, and the period that it is for."""

import polars as pl

from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._courier.columns import attached

__all__ = ["figures", "header_findings", "headers", "period_marks"]


def figures(lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines of each bill make, of the columns `FIGURES`: sums of parts are the figures of the whole.

    Args:
        lines: Lines, those of remittances among them.
    """
    return lines.group_by("bill_no", "currency").agg(
        pl.col("amount_minor").sum().alias("lines_minor"),
        pl.len().cast(pl.Int64).alias("lines_found"),
        pl.col("key").drop_nulls().n_unique().cast(pl.Int64).alias("parcels_found"),
    )


def headers(made: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Bill headers with what their lines make, and `gap_minor`: what a header asks for beyond its lines and its own adjustments.

    Args:
        made: As `figures` gives it.
        invoices: Bill headers.
    """
    return (
        invoices.join(made, on=["bill_no", "currency"], how="left", maintain_order="left")
        .with_columns(pl.col("lines_minor").fill_null(0) + pl.col("adjustments_minor").fill_null(0))
        .with_columns((pl.col("total_minor") - pl.col("lines_minor")).fill_null(0).alias("gap_minor"))
    )


def header_findings(heads: pl.DataFrame) -> pl.DataFrame:
    """Bills whose header is not the sum or the count of their lines.

    The impact is no claim: a line may be missing on our side.

    Args:
        heads: As `headers` gives them, with `unit`.
    """
    counted = (pl.col("lines") != pl.col("lines_found")) | (pl.col("parcels") != pl.col("parcels_found"))
    summed = pl.col("gap_minor") != 0
    off = heads.filter(summed | counted.fill_null(value=False)).with_columns(
        # Without a total, or with the right one, only the counts are off, and no money is.
        pl.when(summed).then("total_minor").otherwise("lines_minor").alias("actual_minor"),
        pl.col("lines_minor").alias("expected_minor"),
    )
    kind = pl.when(summed).then(pl.lit("courier.bill_total_mismatch")).otherwise(pl.lit("courier.bill_count_mismatch"))
    reason = (
        pl.when(summed)
        .then(pl.lit("the bill's total is not the sum of its lines"))
        .otherwise(pl.lit("the bill counts other lines or parcels than it lists"))
    )
    counts = ("lines", "lines_found", "parcels", "parcels_found")
    found = findings_of(
        off,
        kind,
        keys=["bill_no", "carrier"],
        evidence=[pl.col(name).cast(pl.String) for name in counts],
        impact=pl.col("gap_minor"),
        stated=reason,
        claimable=pl.lit(value=False),
    )
    return found.with_columns((pl.col("type") == "courier.bill_count_mismatch").alias("is_note"))


def period_marks(lines: pl.DataFrame, invoices: pl.DataFrame, *, window_days: int) -> pl.DataFrame:
    """Lines with `is_other_period`: shipped after the bill's period, or longer before it than couriers take to bill.

    Args:
        lines: Lines with `bill_no` and `ship_date`.
        invoices: Bill headers.
        window_days: Days before the period's start that are still usual (`domain.md` 6.1).
    """
    periods = invoices.select("bill_no", "period_start", "period_end").unique(
        "bill_no", keep="first", maintain_order=True
    )
    shipped = pl.col("ship_date")
    early = shipped < pl.col("period_start") - pl.duration(days=window_days)
    late = shipped > pl.col("period_end")
    return (
        attached(lines, periods, on="bill_no")
        .with_columns((early | late).fill_null(value=False).alias("is_other_period"))
        .drop("period_start", "period_end")
    )
