"""Exceptions: how many there are, how old they grow, how they end, and which come back."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, total

__all__ = ["METRICS"]

_OPEN = pl.col("is_open")
_CLOSED = ~pl.col("is_open")

METRICS = (
    Metric(
        name="exceptions_found",
        title="Discrepancies",
        title_zh="差异数",
        formula="discrepancies of the period that no tolerance took",
        of=count("findings", ~pl.col("is_waived")),
        unit="count",
        better="less",
    ),
    Metric(
        name="exceptions_amount",
        title="Amount of discrepancies",
        title_zh="差异金额",
        formula="sum of |impact| of the discrepancies of the period that no tolerance took",
        of=total("findings", "size_minor", ~pl.col("is_waived")),
        unit="money",
        better="less",
    ),
    Metric(
        name="exceptions_open",
        title="Open",
        title_zh="未结差异数",
        formula="discrepancies that somebody has to work on, on the as-of day",
        of=count("findings", _OPEN, standing=True),
        unit="count",
        better="less",
    ),
    Metric(
        name="exceptions_open_amount",
        title="Amount open",
        title_zh="未结差异金额",
        formula="sum of |impact| of the discrepancies that are open",
        of=total("findings", "size_minor", _OPEN, standing=True),
        unit="money",
        better="less",
    ),
    Metric(
        name="exceptions_opened",
        title="Opened",
        title_zh="新增案件数",
        formula="cases opened in the period",
        of=count("cases"),
        unit="count",
        better="less",
    ),
    Metric(
        name="exceptions_closed",
        title="Closed",
        title_zh="结案数",
        formula="cases closed in the period",
        of=count("cases", _CLOSED, on="closed_on"),
        unit="count",
        better="more",
    ),
    Metric(
        name="sla_hit_rate",
        title="Closed in time",
        title_zh="SLA 达成率",
        formula="cases closed by their due day / cases closed",
        of=count("cases", _CLOSED & pl.col("is_in_time"), on="closed_on"),
        per=count("cases", _CLOSED, on="closed_on"),
        unit="share",
        better="more",
        note="Due days are counted in working days by the casebook.",
    ),
    Metric(
        name="mean_age",
        title="Mean age of open cases",
        title_zh="未结案件平均账龄",
        formula="sum of calendar days since open cases were opened / open cases",
        of=total("cases", "age_days", _OPEN, standing=True),
        per=count("cases", _OPEN, standing=True),
        unit="days",
        better="less",
    ),
    Metric(
        name="recurrence",
        title="Recurring",
        title_zh="重复发生差异数",
        formula="discrepancies of a type, entity and cause of which there are 3 or more within 30 days",
        of=count("findings", pl.col("is_recurring") & ~pl.col("is_waived")),
        unit="count",
        better="less",
    ),
    Metric(
        name="write_off_amount",
        title="Written off",
        title_zh="核销金额",
        formula="sum of |impact| of the cases closed as written_off",
        of=total("cases", "size_minor", pl.col("resolution") == "written_off", on="closed_on"),
        unit="money",
        better="less",
    ),
    Metric(
        name="cut_off_error",
        title="Cut-off error",
        title_zh="跨期差错率",
        formula="sum of |amounts| booked in another period than they belong to / sum of |amounts| compared",
        of=total("other_period", "size_minor"),
        per=total("compared", "size_minor"),
        unit="share",
        better="less",
    ),
)
