"""Analyses: builders of reports from metrics, each a frozen attrs class with `make(data)`."""

from tieout.reports.analyses.after_sales import AfterSalesAnalysis
from tieout.reports.analyses.couriers import CourierAnalysis
from tieout.reports.analyses.exceptions import ExceptionAnalysis
from tieout.reports.analyses.matching import MatchRates
from tieout.reports.analyses.overview import Overview, TrendReport
from tieout.reports.analyses.sales import PromotionAnalysis
from tieout.reports.analyses.settlements import SettlementAnalysis
from tieout.reports.analyses.stock import StockAnalysis

__all__ = [
    "AfterSalesAnalysis",
    "CourierAnalysis",
    "ExceptionAnalysis",
    "MatchRates",
    "Overview",
    "PromotionAnalysis",
    "SettlementAnalysis",
    "StockAnalysis",
    "TrendReport",
]
