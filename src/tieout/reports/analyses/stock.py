"""Stock: how far the book is what was counted, and how fast returns get back into it."""

import attrs

from tieout.reports.analyses._building import built
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.tabled import Layout

__all__ = ["StockAnalysis"]

_COUNTED = ("stock_accuracy", "shrinkage", "shrinkage_rate")


@attrs.frozen(kw_only=True)
class StockAnalysis:
    """Accuracy, shrinkage and restocking.

    Attributes:
        articles: How many articles are listed.
    """

    articles: int = 100

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing was counted or taken back."""
        return built(
            data,
            "stock",
            "Stock",
            "库存分析",
            [
                Layout(name="warehouses", title="By warehouse", title_zh="按仓库", metrics=_COUNTED, by=["warehouse"]),
                Layout(
                    name="articles",
                    title="Articles that lost most",
                    title_zh="损耗最多商品",
                    metrics=_COUNTED,
                    by=["sku"],
                    sort=["-shrinkage_minor"],
                    limit=self.articles,
                    plot="bars",
                ),
                Layout(
                    name="restocking",
                    title="Restocking of returns",
                    title_zh="退货入库",
                    metrics=["restock_lag", "not_restocked"],
                    by=["warehouse"],
                ),
            ],
        )
