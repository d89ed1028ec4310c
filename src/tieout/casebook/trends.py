"""Trends: how many cases opened, ended and were open, from the spans in which each was open."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

import polars as pl

from tieout.casebook.calendars import Calendar
from tieout.errors import CasebookError
from tieout.outcome import amount_text_expr

__all__ = ["Every", "trend_of"]

Every = Literal["day", "week", "month", "quarter", "year"]
_EVERY = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}
_MOMENT = "%Y-%m-%dT%H:%M:%S%.6fZ"
_DAY = timedelta(days=1)


def trend_of(
    spans: pl.DataFrame,
    *,
    by: Every,
    split: tuple[str, ...],
    since: date | None,
    until: date,
    timezone: str,
    calendar: Calendar,
) -> pl.DataFrame:
    """One row for each period, split and currency.

    Args:
        spans: `opened_at`, `closed_at` (text in UTC, null while open), `due_on` (text), `currency`, `impact_minor` and the split.
        by: How long a period is.
        split: Columns to tell apart.
        since: First day; the first on which a case opened when None.
        until: Last day.
        timezone: Where a day begins.
        calendar: Working days, for ages.

    Raises:
        CasebookError: The period is none.
    """
    given: object = by
    if not isinstance(given, str) or given not in _EVERY:
        raise CasebookError(f"one of {', '.join(get_args(Every))} is needed, got {given!r:.60}", where="by")
    dated = spans.with_columns(
        *(_day_of(name, timezone) for name in ("opened_at", "closed_at")),
        pl.col("due_on").str.to_date("%Y-%m-%d"),
        pl.col("impact_minor").abs().alias("minor"),
    ).filter(pl.col("opened_at") <= until)
    key = [*split, "currency"]
    first = since or dated["opened_at"].min()
    if not isinstance(first, date) or first > until:
        return _shaped(dated.select(key).clear(), key)
    ages = _ages(calendar, min(first, _first(dated, first)), until)
    parts = [_period(dated, key, start, end, ages) for start, end in _periods(first, until, by)]
    return _shaped(pl.concat(parts), key)


def _day_of(name: str, timezone: str) -> pl.Expr:
    return pl.col(name).str.to_datetime(_MOMENT, time_zone="UTC").dt.convert_time_zone(timezone).dt.date()


def _first(dated: pl.DataFrame, otherwise: date) -> date:
    found = dated["opened_at"].min()
    return found if isinstance(found, date) else otherwise


def _periods(first: date, until: date, by: Every) -> Iterator[tuple[date, date]]:
    """First and last day of each period; the last one ends where the frame does."""
    starts: list[date] = (
        pl.select(pl.date_range(pl.lit(first).dt.truncate(_EVERY[by]), until, interval=_EVERY[by], eager=False))
        .to_series()
        .to_list()
    )
    for start, after in zip(starts, [*starts[1:], until + _DAY], strict=True):
        yield start, after - _DAY


def _ages(calendar: Calendar, first: date, until: date) -> pl.DataFrame:
    """Working days up to each day, so that two of them give an age."""
    days = [first + timedelta(days=number) for number in range((until - first).days + 1)]
    frame = pl.DataFrame({"day": days, "worked": [calendar.is_working_day(day) for day in days]})
    return frame.with_columns(pl.col("worked").cum_sum().cast(pl.Int64))


def _period(dated: pl.DataFrame, key: list[str], start: date, end: date, ages: pl.DataFrame) -> pl.DataFrame:
    opened = pl.col("opened_at").is_between(start, end)
    resolved = pl.col("closed_at").is_between(start, end).fill_null(value=False)
    is_open = (pl.col("opened_at") <= end) & (pl.col("closed_at").is_null() | (pl.col("closed_at") > end))
    at_end = ages.filter(pl.col("day") == end)["worked"].item()
    aged = dated.join(ages, left_on="opened_at", right_on="day", how="left")
    return (
        aged.filter(opened | resolved | is_open)
        .group_by(key)
        .agg(
            opened.sum().cast(pl.Int64).alias("opened"),
            resolved.sum().cast(pl.Int64).alias("resolved"),
            is_open.sum().cast(pl.Int64).alias("open"),
            (is_open & (pl.col("due_on") < end).fill_null(value=False)).sum().cast(pl.Int64).alias("overdue"),
            *(
                pl.col("minor").filter(which).sum().cast(pl.Int64).alias(f"{name}_minor")
                for name, which in (("opened", opened), ("resolved", resolved), ("open", is_open))
            ),
            (at_end - pl.col("worked").filter(is_open)).median().cast(pl.Float64).alias("median_age_days"),
        )
        .select(pl.lit(start).alias("start"), pl.lit(end).alias("end"), pl.all())
    )


def _shaped(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    counts = ("opened", "resolved", "open", "overdue", "opened_minor", "resolved_minor", "open_minor")
    wanted = {
        "start": pl.Date(),
        "end": pl.Date(),
        **{name: frame.schema[name] for name in key},
        **dict.fromkeys(counts, pl.Int64()),
        "median_age_days": pl.Float64(),
    }
    made = [
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in wanted.items()
    ]
    codes = frame["currency"].drop_nulls().unique().sort().to_list()
    text = amount_text_expr(pl.col("open_minor"), pl.col("currency"), codes).alias("open_amount")
    return frame.select(made).with_columns(text).sort("start", *key, nulls_last=True)
