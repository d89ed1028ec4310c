"""Opening balances of statements: what the statements of the period before closed with."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tieout.errors import ReportError
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.statements.accounts import MOVEMENTS, Layout

__all__ = ["closings", "once", "opening_rows"]

_METRIC: Final = "closing_minor"


def opening_rows(data: ReportData, layout: Layout, given: pl.DataFrame | None) -> pl.DataFrame:
    """Opening balances as movements; empty where nothing says any.

    Args:
        data: The period; its `earlier` figures are taken where none are given.
        layout: Whose accounts.
        given: The `account` frame of the statement before, or a frame with its key columns and `closing_minor`; None to look
            among the earlier figures.

    Raises:
        ReportError: What is given lacks a column.
    """
    balances = given if given is not None else _earlier(data, layout)
    schema = {**dict.fromkeys(layout.names, pl.String), **MOVEMENTS}
    if balances is None:
        return pl.DataFrame(schema=schema)
    missing = sorted({*layout.key, _METRIC} - set(balances.columns))
    if missing:
        raise ReportError(f"opening balances lack {', '.join(missing)}", where=f"statements_{layout.kind}")
    amount = pl.col(_METRIC).cast(pl.Int64)
    said = {
        "item": pl.lit("opening"),
        "item_title": pl.lit("Opening balance"),
        "item_title_zh": pl.lit("期初余额"),
        "opening_minor": amount,
        "increase_minor": pl.lit(0),
        "decrease_minor": pl.lit(0),
        "closing_minor": amount,
        "currency": pl.col("currency"),
    }
    return balances.filter(pl.col(_METRIC) != 0).select(
        said.get(name, pl.col(name) if name in layout.names else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in schema.items()
    )


def once(
    data: ReportData, layout: Layout, opening: pl.DataFrame | None, make: Callable[[ReportData], Report | None]
) -> Report | None:
    """A statement that several reports are made of, made once.

    Args:
        data: The period, which keeps it.
        layout: Whose accounts.
        opening: Opening balances that were handed in; a statement with them is not kept.
        make: What makes it.
    """
    name = f"statements_{layout.kind}"
    if opening is not None:
        return make(data)
    if name not in data.derived:
        data.derived[name] = make(data)
    made: Report | None = data.derived[name]
    return made


def _earlier(data: ReportData, layout: Layout) -> pl.DataFrame | None:
    """What the figures of the latest earlier period say, as `closings` gave them."""
    figures = data.earlier
    if figures is None or not {"period", "metric", "value", *layout.key} <= set(figures.columns):
        return None
    told = figures.filter((pl.col("metric") == f"statements_{layout.kind}") & (pl.col("period") < data.period))
    if not told.height:
        return None
    return told.filter(pl.col("period") == pl.col("period").max()).select(
        *layout.key, pl.col("value").cast(pl.Int64).alias(_METRIC)
    )


def closings(report: Report, period: str) -> pl.DataFrame:
    """What a statement closed with, as figures that the next period's statement opens with.

    Args:
        report: A statement, such as `statements_courier`.
        period: Its period.

    Returns:
        `period`, `metric` (the report's name), `value` (whole minor units), and the columns that say whose account it is.
    """
    account = report.section("account")
    return account.frame.select(
        pl.lit(period).alias("period"),
        pl.lit(report.name).alias("metric"),
        pl.col(_METRIC).alias("value"),
        *account.key,
    )
