"""Bill-side checks: the header against its lines, and what the contract settles by the month."""

from datetime import date

import polars as pl

from tieout.reconciliations._common.findings import as_json
from tieout.reconciliations._courier.expected import Rating
from tieout.reconciliations._courier.findings import FINDING_COLUMNS
from tieout.tariffs import RateCard

__all__ = ["check_invoices", "check_monthly", "monthly_types", "period_marks"]


def check_invoices(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """Bills whose header is not the sum or the count of their lines, in the common shape of findings.

    The impact is what the header asks for beyond its lines and its own adjustments. It is no claim: a line may be
    missing on our side.
    """
    sums = lines.group_by("bill_no", "currency").agg(
        pl.col("amount_minor").sum().alias("lines_minor"),
        pl.len().cast(pl.Int64).alias("lines_found"),
        pl.col("key").drop_nulls().n_unique().cast(pl.Int64).alias("parcels_found"),
    )
    counted = (pl.col("lines") != pl.col("lines_found")) | (pl.col("parcels") != pl.col("parcels_found"))
    summed = (pl.col("total_minor") != pl.col("lines_minor")).fill_null(value=False)
    off = (
        invoices.join(sums, on=["bill_no", "currency"], how="left")
        .with_columns(pl.col("lines_minor").fill_null(0) + pl.col("adjustments_minor").fill_null(0))
        .filter(summed | counted.fill_null(value=False))
        # Without a total, or with the right one, only the counts are off, and no money is.
        .with_columns(
            pl.when(summed).then("total_minor").otherwise("lines_minor").alias("total_minor"),
            pl.when(summed)
            .then(pl.lit("courier.bill_total_mismatch"))
            .otherwise(pl.lit("courier.bill_count_mismatch"))
            .alias("type"),
        )
    )
    return off.select(
        "type",
        pl.col("lines_minor").alias("expected_minor"),
        pl.col("total_minor").alias("actual_minor"),
        (pl.col("total_minor") - pl.col("lines_minor")).alias("impact_minor"),
        "currency",
        pl.lit(value=False).alias("claimable"),
        pl.lit(None, dtype=pl.String).alias("factor"),
        pl.lit([], dtype=pl.List(pl.String)).alias("secondary"),
        as_json("bill_no", "carrier").alias("keys"),
        as_json(*(pl.col(name).cast(pl.String) for name in ("lines", "lines_found", "parcels", "parcels_found"))).alias(
            "evidence"
        ),
        pl.when(pl.col("type") == "courier.bill_total_mismatch")
        .then(pl.lit("the bill's total is not the sum of its lines"))
        .otherwise(pl.lit("the bill counts other lines or parcels than it lists"))
        .alias("reason"),
        pl.lit(None, dtype=pl.Date).alias("due_on"),
        *(pl.col(name) for name in FINDING_COLUMNS if name.startswith("source_")),
    ).select(*FINDING_COLUMNS)


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
        lines.join(periods, on="bill_no", how="left", maintain_order="left")
        .with_columns((early | late).fill_null(value=False).alias("is_other_period"))
        .drop("period_start", "period_end")
    )


def monthly_types(card: RateCard) -> list[str]:
    """The charge types that the contract settles by the month."""
    kinds = {"commitment": "shortfall", "volume_tiers": "rebate"}
    types = {kinds[agreement.kind] for agreement in card.agreements}
    averaged = any(tariff.prices.average for version in card.versions for tariff in version.tariffs.values())
    return sorted(types | ({"adjustment"} if averaged else set()))


def check_monthly(
    *, card: RateCard, rating: Rating, lines: pl.DataFrame, invoices: pl.DataFrame, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rebates, true-ups and shortfalls of whole months: findings in the common shape, and credits promised for later.

    A month is settled when a bill covers it whole, or, without bill headers, when the run is as of its last day or later.

    Args:
        card: The contract.
        rating: What was rated.
        lines: Lines with verdicts.
        invoices: Bill headers.
        as_of: Day of the run.

    Returns:
        Findings, and promises: `what`, `tracking_no`, `pickup_date`, `amount_minor`, `currency`, `due_on`.
    """
    months = _whole_months(lines, invoices, as_of)
    if not monthly_types(card) or not months:
        return _no_findings(), _no_promises()
    shipped = rating.rows.filter(~pl.col("is_voided").fill_null(value=False))
    due = card.monthly(shipped).filter(pl.col("month").is_in(months))
    now = due.filter(pl.col("settlement") == "in_bill")
    later = due.filter(pl.col("settlement") != "in_bill")
    promises = later.select(
        pl.concat_str([pl.lit("promised "), pl.col("charge_type")]).alias("what"),
        pl.lit(None, dtype=pl.String).alias("tracking_no"),
        pl.col("month").alias("pickup_date"),
        "amount_minor",
        pl.lit(card.currency).alias("currency"),
        pl.col("due_month").alias("due_on"),
    )
    return _compare_months(card, now, lines, months), promises


def _whole_months(lines: pl.DataFrame, invoices: pl.DataFrame, as_of: date) -> list[date]:
    """Months that the bills cover day by day; without headers the month of most lines, once it is over."""
    shipped = lines.filter(pl.col("ship_date").is_not_null()).group_by(
        pl.col("ship_date").dt.month_start().alias("month")
    )
    months = shipped.len().sort("len", "month", descending=[True, False])
    headed = invoices.filter(pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null())
    if not headed.height:
        return months.head(1).filter(pl.col("month").dt.month_end() <= as_of)["month"].to_list()
    days = headed.select(pl.date_ranges("period_start", "period_end").alias("day")).explode("day").unique()
    covered = days.group_by(pl.col("day").dt.month_start().alias("month")).len(name="days")
    whole = covered.filter(pl.col("days") == pl.col("month").dt.month_end().dt.day())
    return whole.join(months, on="month", how="semi")["month"].sort().to_list()


def _compare_months(card: RateCard, due: pl.DataFrame, lines: pl.DataFrame, months: list[date]) -> pl.DataFrame:
    """Expected lines of the months against those on the bill, by charge type."""
    # A rebate may be given parcel by parcel; true-ups and shortfalls are for the bill as a whole.
    for_all = pl.col("key").is_null() | (pl.col("charge_type") == "rebate")
    ours = lines.filter(
        for_all
        & pl.col("charge_type").is_in(monthly_types(card))
        & (pl.col("currency") == card.currency)
        & (pl.col("type") == "agreed")
    )
    billed = ours.group_by("charge_type").agg(pl.col("amount_minor").sum().alias("actual_minor"))
    wanted = due.group_by("charge_type").agg(
        pl.col("amount_minor").sum().alias("expected_minor"),
        pl.col("formula").sort_by("month", "zone").str.join("; ").alias("formula"),
    )
    both = wanted.join(billed, on="charge_type", how="full", coalesce=True).with_columns(
        pl.col("expected_minor").fill_null(0), pl.col("actual_minor").fill_null(0)
    )
    # A credit promised for the next bill may arrive on this one from the month before.
    promised = [agreement for agreement in card.agreements if agreement.settlement != "in_bill"]
    impact = pl.col("actual_minor") - pl.col("expected_minor")
    both = both.filter((impact > 0) | pl.lit(value=not promised))
    code = (
        pl.when(impact < 0)
        .then(pl.lit("courier.undercharged"))
        .when(pl.col("charge_type") == "rebate")
        .then(pl.lit("courier.rebate_missing"))
        .otherwise(pl.lit("courier.surcharge_amount_wrong"))
    )
    month = f"{months[0]:%Y-%m}" if len(months) == 1 else f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}"
    keys = as_json(pl.lit(card.carrier).alias("carrier"), "charge_type", pl.lit(month).alias("month"))
    return (
        both.filter(impact != 0)
        .with_columns(
            code.alias("type"),
            impact.alias("impact_minor"),
            pl.lit(card.currency).alias("currency"),
            (impact > 0).alias("claimable"),
            keys.alias("keys"),
            as_json("formula").alias("evidence"),
            pl.format("the contract makes the month's {} another amount than the bill", "charge_type").alias("reason"),
        )
        .select(
            *(
                pl.col(name) if name in _COMPARED else pl.lit(None, dtype=_FINDING_TYPES[name]).alias(name)
                for name in FINDING_COLUMNS
            )
        )
        .with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("secondary"))
    )


_COMPARED = (
    "type",
    "expected_minor",
    "actual_minor",
    "impact_minor",
    "currency",
    "claimable",
    "keys",
    "evidence",
    "reason",
)
_FINDING_TYPES: dict[str, pl.DataType] = {
    **{name: pl.String() for name in FINDING_COLUMNS},
    **{name: pl.Int64() for name in ("expected_minor", "actual_minor", "impact_minor", "source_line")},
    "claimable": pl.Boolean(),
    "secondary": pl.List(pl.String()),
    "due_on": pl.Date(),
}


def _no_findings() -> pl.DataFrame:
    return pl.DataFrame(schema={name: _FINDING_TYPES[name] for name in FINDING_COLUMNS})


def _no_promises() -> pl.DataFrame:
    schema = {"what": pl.String, "tracking_no": pl.String, "pickup_date": pl.Date, "amount_minor": pl.Int64}
    return pl.DataFrame(schema={**schema, "currency": pl.String, "due_on": pl.Date})
