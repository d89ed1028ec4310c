"""What the books say of sales: lines of revenue and output VAT, and the events behind them (`domain.md` C27)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import polars as pl

from tieout.model import Voucher
from tieout.model.currency import to_units
from tieout.reports.data import ReportData

__all__ = ["REVENUE", "posted_events", "revenue_lines"]

REVENUE: Final = ("revenue", "other_revenue", "vat_output", "vat_small")
"""Roles of what a sale is credited to: revenue and its VAT."""
_LINES: Final = {
    "voucher_id": pl.String,
    "voucher": pl.String,
    "date": pl.Date,
    "role": pl.String,
    "booked_minor": pl.Int64,
    "currency": pl.String,
}
_POSTED: Final = {"event_id": pl.String, "voucher_id": pl.String}


def revenue_lines(data: ReportData) -> pl.DataFrame:
    """Lines of revenue and output VAT: `voucher_id`, `voucher` (its word and number), `date`, `role`, `booked_minor`, `currency`.

    Credits are positive.
    """
    lines = getattr(data.vouchers, "lines", None)
    if isinstance(lines, pl.DataFrame):
        return lines.filter(pl.col("role").is_in(REVENUE)).select(
            "voucher_id",
            pl.concat_str("word", pl.lit("-"), pl.col("number").cast(pl.String)).alias("voucher"),
            "date",
            "role",
            (pl.col("credit_minor").fill_null(0) - pl.col("debit_minor").fill_null(0)).alias("booked_minor"),
            "currency",
        )
    rows: list[dict[str, Any]] = []
    for voucher in data.vouchers:
        for line in voucher.lines:
            if line.role in REVENUE:
                amount = -line.amount  # a debit is positive
                code = amount.currency.code
                rows.append(
                    {
                        "voucher_id": voucher.voucher_id,
                        "voucher": f"{voucher.word}-{voucher.number}",
                        "date": voucher.date,
                        "role": line.role,
                        "booked_minor": to_units(amount.amount, code),
                        "currency": code,
                    }
                )
    return pl.DataFrame(rows, schema=dict(_LINES))


def posted_events(data: ReportData) -> pl.DataFrame:
    """Which event is in which voucher: `event_id`, `voucher_id`."""
    packed = getattr(data.vouchers, "packed", None)
    heads = getattr(packed, "heads", None)
    if not isinstance(heads, pl.DataFrame):
        return _of_vouchers(data.vouchers)
    others: Sequence[Voucher] = getattr(data.vouchers, "others", ())
    exploded = heads.select("voucher_id", "event_ids").explode("event_ids", empty_as_null=True)
    return pl.concat([exploded.select(pl.col("event_ids").alias("event_id"), "voucher_id"), _of_vouchers(others)])


def _of_vouchers(vouchers: Iterable[Voucher]) -> pl.DataFrame:
    rows = [(event, voucher.voucher_id) for voucher in vouchers for event in voucher.event_ids]
    return pl.DataFrame(rows, schema=dict(_POSTED), orient="row")
