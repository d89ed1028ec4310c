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
from tieout.reports.bridges import Reconciliations
from tieout.reports.cash import CashCalendar
from tieout.reports.collection import Collection, Unreceived
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.sales import SalesComparison
from tieout.reports.stages import FilesReport, ProofReport, StageView
from tieout.reports.statements import ChannelStatement, CourierStatement, PeriodStatement, ShopStatement, apart

__all__ = ["BUILDERS", "Builder", "standard", "statements"]


class Builder(Protocol):
    """What makes a report: a frozen attrs class whose fields are its parameters."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where the data do not allow it."""


BUILDERS: tuple[Builder, ...] = (
    Overview(),
    StageView(),
    ProofReport(),
    Reconciliations(),
    ExceptionAnalysis(),
    Collection(),
    Unreceived(),
    PeriodStatement(),
    CourierStatement(),
    ShopStatement(),
    ChannelStatement(),
    SalesComparison(),
    AfterSalesAnalysis(),
    CourierAnalysis(),
    SettlementAnalysis(),
    PromotionAnalysis(),
    StockAnalysis(),
    MatchRates(),
    TrendReport(),
    CashCalendar(),
    FilesReport(),
)
"""All of them, in order."""


def standard(data: ReportData) -> tuple[Report, ...]:
    """The reports that the data of a period allow, in order."""
    made = (builder.make(data) for builder in BUILDERS)
    return tuple(report for report in made if report is not None)


def statements(data: ReportData) -> tuple[Report, ...]:
    """A statement of each courier, shop and channel by itself, as it is sent and signed, such as `statement_courier_zto`."""
    builders = (CourierStatement(), ShopStatement(), ChannelStatement())
    return tuple(report for builder in builders for report in apart(builder.make(data)))
