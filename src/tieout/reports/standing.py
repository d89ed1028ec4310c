"""How each order stands with what platforms owe for it, from the outcomes of `settlement` (`domain.md` C25, C26, section 9)."""

from typing import Final

import polars as pl

from tieout.outcome import Outcome
from tieout.reports.cells import SOURCE
from tieout.reports.data import ReportData
from tieout.reports.spans import Span
from tieout.reports.versions import in_order

__all__ = ["BUCKETS", "causes_of", "local_day", "outstanding", "standing_orders"]

_SETTLED_BEFORE: Final = "settled before"
_ABSORBED: Final = "within tolerance"
_KEPT: Final = (
    *("row", "unit", "platform", "shop_id", "platform_order_id", "order_status", "on", "due_on", "currency"),
    *("receivable_minor", "refunded_minor", "settled_minor", "open_minor", "status", "verdict"),
)
BUCKETS: Final = (
    ("not_due_minor", "not due", "Not due", "未到期"),
    ("days_0_7_minor", "0-7", "0-7 days", "0-7天"),
    ("days_8_15_minor", "8-15", "8-15 days", "8-15天"),
    ("days_16_30_minor", "16-30", "16-30 days", "16-30天"),
    ("days_31_60_minor", "31-60", "31-60 days", "31-60天"),
    ("days_61_90_minor", "61-90", "61-90 days", "61-90天"),
    ("days_90_plus_minor", "90+", "Over 90 days", "90天以上"),
)
"""Ages of what is open: column, label, and titles in both languages."""
_TELLING: Final = ("verdict", "on", "due_on", "receivable_minor", "refunded_minor", "settled_minor", "open_minor")
"""What orders of one number differ by, where they do not say where they stand."""
_LAST_DAYS: Final = (7, 15, 30, 60, 90)
_WAITING: Final = ("unsettled", "partially_settled")


def local_day(moment: pl.Expr, timezone: str) -> pl.Expr:
    """The business day of a moment."""
    return moment.dt.convert_time_zone(timezone).dt.date()


def _bucket(days: pl.Expr) -> pl.Expr:
    labels = [label for _, label, *_ in BUCKETS]
    found = pl.lit(labels[-1])
    for last, label in reversed(list(zip(_LAST_DAYS, labels[1:-1], strict=True))):
        found = pl.when(days <= last).then(pl.lit(label)).otherwise(found)
    return pl.when(days.is_null() | (days < 0)).then(pl.lit(labels[0])).otherwise(found)


def _settlements(data: ReportData) -> list[Outcome]:
    return [one for one in data.outcomes_of("settlement") if set(_KEPT) <= set(one.lines.columns)]


def standing_orders(data: ReportData, *, with_causes: bool = False) -> pl.DataFrame | None:
    """One row an order that a settlement was looked for, as it stands at the end of the as-of day; None without any.

    Beside the columns of the outcome's lines: `days_past` (days since the expected day, below zero before it; null where none is
    known), `bucket`, `is_waiting` (something is to come), `is_unreceived` (it should have come, by more than the tolerance),
    `due_minor` and `due_settled_minor` (what is due of it by now, and settled of that), and where the order stands. Orders that
    were settled in an earlier period, or set aside, have no status.

    Args:
        data: The period.
        with_causes: Add `cause`, `owner`, `next_step` and `next_step_zh` of what was found about the order.
    """
    name = f"standing orders, {'with' if with_causes else 'without'} causes"
    if name not in data.derived:
        data.derived[name] = _stood(data, with_causes=with_causes)
    stood: pl.DataFrame | None = data.derived[name]
    return stood


def _stood(data: ReportData, *, with_causes: bool) -> pl.DataFrame | None:
    parts = []
    for one in _settlements(data):
        rows = one.lines.select(_KEPT)
        rows = _placed(rows, one.records.get("orders"))
        if with_causes:
            rows = rows.join(causes_of(one), on="unit", how="left", maintain_order="left")
        parts.append(rows)
    if not parts:
        return None
    orders = pl.concat(parts, how="vertical_relaxed").drop("row", "unit")
    is_past = (pl.col("verdict") == _SETTLED_BEFORE).fill_null(value=False)
    orders = orders.with_columns(pl.when(~is_past).then("status").alias("status"))
    days = (pl.lit(data.as_of) - pl.col("due_on")).dt.total_days()
    waits = pl.col("status").is_in(_WAITING).fill_null(value=False) & (pl.col("open_minor") > 0).fill_null(value=False)
    is_due = (pl.col("due_on") <= data.as_of).fill_null(value=False) & pl.col("status").is_not_null()
    late = (days > 0).fill_null(value=False) & (pl.col("verdict") != _ABSORBED).fill_null(value=True)
    return (
        orders.with_columns(
            days.alias("days_past"),
            pl.when(waits).then(_bucket(days)).alias("bucket"),
            waits.alias("is_waiting"),
            (waits & late).alias("is_unreceived"),
            pl.when(is_due).then(pl.col("receivable_minor") - pl.col("refunded_minor")).otherwise(0).alias("due_minor"),
            pl.when(is_due).then("settled_minor").otherwise(0).alias("due_settled_minor"),
        )
        .with_columns(pl.col("receivable_minor", "open_minor", "due_minor", "due_settled_minor").fill_null(0))
        .sort(*SOURCE, "platform", "shop_id", "platform_order_id", "currency", *_TELLING, nulls_last=True)
    )


def _placed(rows: pl.DataFrame, records: pl.DataFrame | None) -> pl.DataFrame:
    """Rows of orders with where they stand in files."""
    if records is None or not {"row", *SOURCE} <= set(records.columns):
        return rows.with_columns(
            pl.lit(None, dtype=pl.String).alias(SOURCE[0]), pl.lit(None, dtype=pl.Int64).alias(SOURCE[1])
        )
    return rows.join(records.select("row", *SOURCE), on="row", how="left", maintain_order="left")


def causes_of(outcome: Outcome) -> pl.DataFrame:
    """For each unit what was found about it that weighs most: `unit`, `cause`, `owner`, `next_step`, `next_step_zh`."""
    found = outcome.discrepancies.to_polars().select(
        "discrepancy_id", pl.col("type").alias("cause"), "owner", "next_step", "next_step_zh", "impact_minor"
    )
    units = outcome.explains.select("discrepancy_id", "unit").unique()
    return (
        units.join(found, on="discrepancy_id")
        .sort(pl.col("impact_minor").abs(), "discrepancy_id", descending=[True, False], nulls_last=True)
        .unique("unit", keep="first", maintain_order=True)
        .select("unit", "cause", "owner", "next_step", "next_step_zh")
    )


_GROSS: Final = (
    *("sale", "shipping_income", "tax_collected", "platform_subsidy", "influencer_subsidy", "gov_subsidy"),
    *("sale_refund", "subsidy_clawback"),
)


def outstanding(data: ReportData) -> pl.DataFrame | None:
    """What was outstanding in a period, for days sales outstanding: one row a movement; None without records.

    Columns: `platform`, `shop_id`, `currency`, `minor_days` (an amount times the days of the period that it was outstanding;
    below zero where it was settled), `sales_minor` (what was sold in the period, less its refunds) and where it stands. The sum
    of `minor_days` over that of `sales_minor` is the average outstanding over the sales of a day. A sale begins to be
    outstanding when it leaves, else when it is paid.
    """
    if "outstanding" not in data.derived:
        data.derived["outstanding"] = _outstanding(data)
    held: pl.DataFrame | None = data.derived["outstanding"]
    return held


def _outstanding(data: ReportData) -> pl.DataFrame | None:
    span = Span.parse(data.period)
    sides = (
        ("orders", 1, ("shipped_at", "paid_at")),
        ("refunds", 1, ("succeeded_at",)),
        ("lines", -1, ("posted_at",)),
    )
    parts = []
    for one in _settlements(data):
        for side, sign, moments in sides:
            records = one.records.get(side)
            if records is None or "is_compared" not in records.columns:
                continue
            kept = records.filter(pl.col("is_compared") & ~pl.col("is_repeat"))
            if side == "lines":
                kept = kept.filter(pl.col("type").is_in(_GROSS) & (pl.col("verdict") != _SETTLED_BEFORE))
            day = pl.coalesce(
                *(local_day(pl.col(name), data.timezone) for name in moments if name in kept.columns), pl.col("on")
            )
            left = (pl.lit(span.last) - day).dt.total_days() + 1
            within = (day >= span.first) & (day <= span.last)
            parts.append(
                kept.select(
                    "platform",
                    "shop_id",
                    "currency",
                    (sign * pl.col("amount_minor") * left.clip(0, span.days)).fill_null(0).alias("minor_days"),
                    (pl.when(within).then("amount_minor").otherwise(0) if sign > 0 else pl.lit(0, dtype=pl.Int64))
                    .fill_null(0)
                    .alias("sales_minor"),
                    *SOURCE,
                )
            )
    return in_order(pl.concat(parts, how="vertical_relaxed")) if parts else None
