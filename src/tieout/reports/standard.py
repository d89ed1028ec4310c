"""The standard reports of a close, in the order in which people read them."""

from typing import Protocol

from tieout.reports.analyses import (
    AfterSalesAnalysis,
    CourierAnalysis,
    ExceptionAnalysis,
    MatchRates,
    Overview,
    PromotionAnalysis,
    SettlementAnalysis,
    StockAnalysis,
    TrendReport,
)
from tieout.reports.data import ReportData
from tieout.reports.report import Report

__all__ = ["BUILDERS", "Builder", "standard"]


class Builder(Protocol):
    """What makes a report: a frozen attrs class whose fields are its parameters."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where the data do not allow it."""


BUILDERS: tuple[Builder, ...] = (
    Overview(),
    ExceptionAnalysis(),
    AfterSalesAnalysis(),
    CourierAnalysis(),
    SettlementAnalysis(),
    PromotionAnalysis(),
    StockAnalysis(),
    MatchRates(),
    TrendReport(),
)
"""All of them, in order."""


def standard(data: ReportData) -> tuple[Report, ...]:
    """The reports that the data of a period allow, in order."""
    made = (builder.make(data) for builder in BUILDERS)
    return tuple(report for report in made if report is not None)
