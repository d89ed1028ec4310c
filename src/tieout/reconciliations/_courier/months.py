"""Months as a whole: rebates, true-ups and shortfalls by the contract against the bills, and credits promised for later ones."""

from collections.abc import Mapping, Sequence
from datetime import date

import attrs
import polars as pl

from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._courier.expected import Rating
from tieout.tariffs import RateCard

__all__ = [
    "NO_MONTHS",
    "MonthFigures",
    "MonthTerms",
    "bill_months",
    "check_monthly",
    "month_figures",
    "month_lines",
    "monthly_types",
    "open_months",
    "settled_months",
]

_OWED: Mapping[str, pl.DataType] = {
    "type": pl.String(),
    "charge_type": pl.String(),
    "month": pl.String(),
    "on": pl.Date(),
    "expected_minor": pl.Int64(),
    "actual_minor": pl.Int64(),
    "state": pl.String(),
    "due_on": pl.Date(),
    "formula": pl.String(),
}
NO_MONTHS = pl.DataFrame(schema=dict(_OWED))
"""Nothing that months lack."""
_REBATE = "courier.rebate_missing"
_LATE = ["late", "missing"]


@attrs.frozen(kw_only=True)
class MonthTerms:
    """Which months are looked at, and when what they promise is to come.

    Attributes:
        due: When a promised credit is to be on a bill, counted from the end of the month that it is due in, by carrier.
        as_of: Day of the run.
        since: Months that end before it are done, but for those of `still_open`.
        still_open: First days of older months of which an earlier run missed something.
    """

    due: DueRules
    as_of: date
    since: date
    still_open: frozenset[date]


@attrs.frozen(kw_only=True, eq=False)
class MonthFigures:
    """What months as a whole are decided by: the figures of parts, added up, are those of the whole.

    Attributes:
        sums: What `RateCard.month_sums` makes of the parcels.
        lines: `bill_no`, `line_month` and how many lines are `charged`, for each bill and month of shipping that lines say.
        received: `bill_no`, `charge_type` and `actual_minor`, what bills have of the charge types settled by the month.
    """

    sums: pl.DataFrame
    lines: pl.DataFrame
    received: pl.DataFrame


def monthly_types(card: RateCard) -> list[str]:
    """The charge types that the contract settles by the month."""
    kinds = {"commitment": "shortfall", "volume_tiers": "rebate"}
    types = {kinds[agreement.kind] for agreement in card.agreements}
    averaged = any(tariff.prices.average for version in card.versions for tariff in version.tariffs.values())
    return sorted(types | ({"adjustment"} if averaged else set()))


def month_figures(card: RateCard, rating: Rating, lines: pl.DataFrame, *, is_whole: bool) -> MonthFigures:
    """What months as a whole are decided by, of the parcels and lines of a run or of a part of it.

    Args:
        card: The contract.
        rating: What was rated.
        lines: Lines with verdicts.
        is_whole: Whether they are all.
    """
    shipped = rating.rows.filter(~pl.col("is_voided").fill_null(value=False))
    return MonthFigures(
        sums=card.month_sums(shipped, is_whole=is_whole), lines=month_lines(lines), received=_received(card, lines)
    )


def month_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """The figures of lines that `MonthFigures` has.

    Args:
        lines: Lines with verdicts.
    """
    charged = (pl.col("amount_minor") > 0) & (pl.col("side") == "charges")
    return lines.group_by("bill_no", pl.col("ship_date").dt.month_start().alias("line_month")).agg(
        charged.sum().cast(pl.Int64).alias("charged")
    )


def bill_months(lines: pl.DataFrame, invoices: pl.DataFrame) -> pl.DataFrame:
    """The month that each bill is for: `bill_no`, `bill_month`, that of its header's last day, else that of most of its lines.

    Args:
        lines: Those of `MonthFigures`.
        invoices: Bill headers.
    """
    heads = invoices.filter(pl.col("period_end").is_not_null()).select(
        "bill_no", pl.col("period_end").dt.month_start().alias("head_month")
    )
    counted = lines.filter(pl.col("line_month").is_not_null() & (pl.col("charged") > 0))
    busiest = counted.sort("charged", "line_month", descending=[True, False]).unique(
        "bill_no", keep="first", maintain_order=True
    )
    bills = pl.concat([lines.select("bill_no"), heads.select("bill_no")]).unique()
    return (
        bills.join(heads.unique("bill_no", keep="first", maintain_order=True), on="bill_no", how="left")
        .join(busiest.select("bill_no", "line_month"), on="bill_no", how="left", nulls_equal=True)
        .select("bill_no", pl.coalesce("head_month", "line_month").alias("bill_month"))
        .sort("bill_no", nulls_last=True)
    )


def check_monthly(*, card: RateCard, figures: MonthFigures, invoices: pl.DataFrame, terms: MonthTerms) -> pl.DataFrame:
    """What the contract makes of whole months and the bills do not have: of the columns of `_OWED`.

    A month is settled when bills cover it whole, or, without bill headers, when the run is as of its last day or later. What
    `type` is null for is promised, and not late.

    Args:
        card: The contract.
        figures: What the months are decided by.
        invoices: Bill headers.
        terms: Which months are looked at.
    """
    of_bills = bill_months(figures.lines, invoices)
    months = settled_months(figures.lines, invoices, terms)
    if not months:
        return NO_MONTHS
    due = card.monthly_of(figures.sums).filter(pl.col("month").is_in(months))
    received = (
        figures.received.join(of_bills, on="bill_no", how="left", nulls_equal=True)
        .group_by("bill_month", "charge_type")
        .agg(pl.col("actual_minor").sum())
    )
    in_bill = due.filter(pl.col("settlement") == "in_bill")
    promised = due.filter(pl.col("settlement") != "in_bill")
    now = _compared(in_bill, received, _last_bills(months, invoices), has_promises=_has_promises(card))
    first = min(months)
    in_bill, received = in_bill.filter(pl.col("month") > first), received.filter(pl.col("bill_month") > first)
    later = _promised(card, promised, in_bill, received, terms)
    return pl.concat(
        [frame.select(pl.col(name).cast(dtype) for name, dtype in _OWED.items()) for frame in (now, later)]
    )


def open_months(items: pl.DataFrame, types: Sequence[str]) -> list[date]:
    """First days of the months of which an earlier run missed something.

    Args:
        items: Its open items.
        types: The charge types that the contract settles by the month.
    """
    if not {"charge_type", "tracking_no", "on"} <= set(items.columns):
        return []
    of_month = pl.col("charge_type").is_in(types) & pl.col("tracking_no").is_null()
    return items.filter(of_month)["on"].dt.month_start().drop_nulls().unique().sort().to_list()


def _has_promises(card: RateCard) -> bool:
    return any(agreement.settlement != "in_bill" for agreement in card.agreements)


def settled_months(lines: pl.DataFrame, invoices: pl.DataFrame, terms: MonthTerms) -> list[date]:
    """Months that the bills cover day by day; without headers the months that bills are for, once they are over.

    Args:
        lines: Those of `MonthFigures`.
        invoices: Bill headers.
        terms: Which months are looked at.
    """
    recent = (pl.col("month").dt.month_end() >= terms.since) | pl.col("month").is_in(sorted(terms.still_open))
    headed = invoices.filter(pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null())
    if not headed.height:
        over = bill_months(lines, invoices).select(pl.col("bill_month").alias("month")).drop_nulls().unique()
        over = over.filter(pl.col("month").dt.month_end() <= terms.as_of)
    else:
        shipped = lines.select(pl.col("line_month").alias("month")).drop_nulls().unique()
        days = headed.select(pl.date_ranges("period_start", "period_end").alias("day")).explode("day").unique()
        covered = days.group_by(pl.col("day").dt.month_start().alias("month")).len(name="days")
        whole = covered.filter(pl.col("days") == pl.col("month").dt.month_end().dt.day())
        over = whole.join(shipped, on="month", how="semi")
    return over.filter(recent)["month"].sort().to_list()


def _last_bills(months: list[date], invoices: pl.DataFrame) -> pl.DataFrame:
    """The month of the bill that settles each month: that of the last header which covers any of its days, else its own."""
    own = pl.DataFrame({"month": months}, schema={"month": pl.Date})
    heads = invoices.select("period_start", "period_end").drop_nulls()
    overlaps = own.join(heads, how="cross").filter(
        (pl.col("period_start") <= pl.col("month").dt.month_end()) & (pl.col("period_end") >= pl.col("month"))
    )
    last = overlaps.group_by("month").agg(pl.col("period_end").max().dt.month_start().alias("bill_month"))
    return own.join(last, on="month", how="left").with_columns(pl.coalesce("bill_month", "month").alias("bill_month"))


def _received(card: RateCard, lines: pl.DataFrame) -> pl.DataFrame:
    """What each bill has of these types for a month as a whole: `bill_no`, `charge_type`, `actual_minor`."""
    # A rebate may be given parcel by parcel; true-ups and shortfalls are for the bill as a whole.
    for_all = pl.col("key").is_null() | (pl.col("charge_type") == "rebate")
    ours = lines.filter(
        for_all
        & pl.col("charge_type").is_in(monthly_types(card))
        & (pl.col("currency") == card.currency)
        & (pl.col("type") == "agreed")
    )
    return ours.group_by("bill_no", "charge_type").agg(pl.col("amount_minor").sum().alias("actual_minor"))


def _compared(
    due: pl.DataFrame, received: pl.DataFrame, settled_by: pl.DataFrame, *, has_promises: bool
) -> pl.DataFrame:
    """What is due on the bill of the month itself, against that bill, by charge type."""
    named = settled_by.group_by("bill_month").agg(
        pl.col("month").min().alias("first"), pl.col("month").max().alias("last")
    )
    wanted = (
        due.join(settled_by, on="month")
        .group_by("bill_month", "charge_type")
        .agg(
            pl.col("amount_minor").sum().alias("expected_minor"),
            pl.col("formula").sort_by("month", "zone").str.join("; ").alias("formula"),
        )
    )
    both = (
        wanted.join(received, on=["bill_month", "charge_type"], how="full", coalesce=True)
        .join(named, on="bill_month")
        .with_columns(pl.col("expected_minor").fill_null(0), pl.col("actual_minor").fill_null(0))
    )
    impact = pl.col("actual_minor") - pl.col("expected_minor")
    # A credit promised for the next bill may arrive on this one from the month before.
    off = both.filter((impact != 0) & ((impact > 0) | pl.lit(value=not has_promises)))
    code = (
        pl.when(impact < 0)
        .then(pl.lit("courier.undercharged"))
        .when(pl.col("charge_type") == "rebate")
        .then(pl.lit(_REBATE))
        .otherwise(pl.lit("courier.surcharge_amount_wrong"))
    )
    first, last = (pl.col(name).dt.strftime("%Y-%m") for name in ("first", "last"))
    return off.with_columns(
        code.alias("type"),
        pl.when(first == last).then(first).otherwise(pl.concat_str([first, last], separator=" to ")).alias("month"),
        pl.col("last").dt.month_end().alias("on"),
        pl.lit(None).alias("state"),
        pl.lit(None).alias("due_on"),
    )


def _promised(
    card: RateCard, promised: pl.DataFrame, in_bill: pl.DataFrame, received: pl.DataFrame, terms: MonthTerms
) -> pl.DataFrame:
    """Credits of a month that a later bill is to give, the oldest first, less what came beyond what was due at once."""
    here = in_bill.group_by("charge_type").agg(pl.col("amount_minor").sum().alias("due_minor"))
    came = received.group_by("charge_type").agg(pl.col("actual_minor").sum().alias("came_minor"))
    pool = came.join(here, on="charge_type", how="left").select(
        "charge_type", (pl.col("due_minor").fill_null(0) - pl.col("came_minor")).clip(0).alias("pool_minor")
    )
    owed = (
        promised.group_by("charge_type", "month", "due_month")
        .agg(
            pl.col("amount_minor").sum().alias("expected_minor"),
            pl.col("formula").sort_by("zone").str.join("; ").alias("formula"),
        )
        .join(pool, on="charge_type", how="left")
        .sort("charge_type", "due_month", "month")
    )
    size = -pl.col("expected_minor")
    before = size.cum_sum().over("charge_type") - size
    covered = pl.max_horizontal(0, pl.min_horizontal(size, pl.col("pool_minor").fill_null(0) - before))
    start = pl.col("due_month").dt.month_end()
    carrier = pl.lit(card.carrier)
    return (
        owed.with_columns(
            (-covered).alias("actual_minor"), terms.due.state_expr(start, carrier, terms.as_of).alias("state")
        )
        .filter(pl.col("actual_minor") != pl.col("expected_minor"))
        .with_columns(
            pl.when(pl.col("state").is_in(_LATE)).then(pl.lit(_REBATE)).alias("type"),
            pl.col("month").dt.strftime("%Y-%m").alias("month"),
            pl.col("month").dt.month_end().alias("on"),
            terms.due.due_expr(start, carrier).alias("due_on"),
        )
    )
