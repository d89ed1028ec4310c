"""Matching: how much reconciliations match by themselves, and what tolerances take for nothing."""

import attrs

from tieout.reports.analyses._building import built
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.tabled import Layout

__all__ = ["MatchRates"]


@attrs.frozen(kw_only=True)
class MatchRates:
    """Match rates, first-pass yield and absorbed differences."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None without reconciliations."""
        return built(
            data,
            "matching",
            "Matching",
            "匹配分析",
            [
                Layout(
                    name="rates",
                    title="By reconciliation",
                    title_zh="按对账",
                    metrics=["match_rate", "auto_match_rate"],
                    by=["reconciliation"],
                    plot="bars",
                ),
                Layout(
                    name="tolerances",
                    title="Absorbed by tolerances",
                    title_zh="容差吸收",
                    metrics=["tolerance_absorbed", "tolerance_net"],
                    by=["reconciliation"],
                ),
                Layout(
                    name="quality",
                    title="Runs",
                    title_zh="对账运行",
                    metrics=["first_pass_yield", "cut_off_error"],
                ),
            ],
        )
