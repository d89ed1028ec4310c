"""Runs: how much reconciliations match by themselves, and what tolerances take for nothing."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, total

__all__ = ["METRICS"]

METRICS = (
    Metric(
        name="match_rate",
        title="Match rate",
        title_zh="匹配率",
        formula="compared lines that have a counterpart / compared lines",
        of=count("compared", pl.col("is_matched")),
        per=count("compared"),
        unit="share",
        better="more",
    ),
    Metric(
        name="auto_match_rate",
        title="Automatic match rate",
        title_zh="自动匹配率",
        formula="compared lines that a rule matched, no person / compared lines",
        of=count("compared", pl.col("is_auto")),
        per=count("compared"),
        unit="share",
        better="more",
    ),
    Metric(
        name="first_pass_yield",
        title="First-pass yield",
        title_zh="一次通过率",
        formula="runs without a manual link / runs",
        of=count("runs", pl.col("is_first_pass")),
        per=count("runs"),
        unit="share",
        better="more",
    ),
    Metric(
        name="tolerance_absorbed",
        title="Absorbed by tolerances",
        title_zh="容差吸收金额",
        formula="sum of |differences| that a tolerance took for nothing",
        of=total("absorbed", "size_minor"),
        unit="money",
        better="less",
    ),
    Metric(
        name="tolerance_net",
        title="Absorbed by tolerances, net",
        title_zh="容差吸收净额",
        formula="sum of differences that a tolerance took for nothing, actual - expected",
        of=total("absorbed", "gap_minor"),
        unit="money",
    ),
)
