"""Promotions: what reductions cost, who bears them, and what articles leave."""

import attrs

from tieout.reports.analyses._building import built
from tieout.reports.data import ReportData
from tieout.reports.report import Report
from tieout.reports.tabled import Layout

__all__ = ["PromotionAnalysis"]


@attrs.frozen(kw_only=True)
class PromotionAnalysis:
    """What promotions cost and what articles leave.

    Attributes:
        articles: How many articles are listed.
    """

    articles: int = 100

    def make(self, data: ReportData) -> Report | None:
        """The report; None where there are no orders."""
        return built(
            data,
            "promotion",
            "Promotions and contribution",
            "促销与贡献分析",
            [
                Layout(
                    name="shops",
                    title="By shop",
                    title_zh="按店铺",
                    metrics=["gross_sales", "sales", "promotion_cost"],
                    by=["shop"],
                    plot="bars",
                ),
                Layout(
                    name="kinds",
                    title="By kind of reduction",
                    title_zh="按优惠类型",
                    metrics=["promotion_amount", "platform_funded_share"],
                    by=["discount_kind"],
                    sort=["-promotion_amount_minor"],
                    plot="bars",
                ),
                Layout(
                    name="articles",
                    title="What articles leave",
                    title_zh="单品贡献",
                    metrics=["contribution", "contribution_rate"],
                    by=["sku"],
                    sort=["-contribution_minor"],
                    limit=self.articles,
                    plot="bars",
                ),
            ],
        )
