"""After-sales: rates, reasons, how long refunds take, and what it all costs (`domain.md` C46)."""

from collections.abc import Sequence

import attrs

from tieout.reports.analyses._building import built, with_pareto
from tieout.reports.data import ReportData
from tieout.reports.metrics import DIMENSIONS, facts_of
from tieout.reports.report import Report
from tieout.reports.tabled import Layout, table

__all__ = ["AfterSalesAnalysis"]

_RATES = (
    *("after_sale_rate", "return_rate_pieces", "return_rate_amount", "refund_rate", "quality_return_rate"),
    *("exchange_case_rate", "reship_case_rate", "repair_case_rate", "complaint_rate"),
)
_CYCLE = ("refund_cycle_median", "refund_cycle_p90", "refund_platform_median", "refund_platform_p90")


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class AfterSalesAnalysis:
    """What comes back, why, how fast and at what cost.

    Attributes:
        by: Dimensions by which the rates are told apart, one section each.
        articles: How many articles are listed.
    """

    by: tuple[str, ...] = attrs.field(default=("shop", "province", "courier"), converter=_names)
    articles: int = 50

    def make(self, data: ReportData) -> Report | None:
        """The report; None where there is nothing of after-sales."""
        facts = facts_of(data)
        reasons = Layout(
            name="reasons",
            title="Reasons",
            title_zh="售后原因",
            metrics=["after_sale_cases"],
            by=["reason"],
            plot="pareto",
        )
        sections = [
            Layout(name="rates", title="Rates", title_zh="售后指标", metrics=[*_RATES, "refund_only_share"]),
            with_pareto(table(reasons, facts), "after_sale_cases"),
            Layout(
                name="kinds",
                title="Kinds of cases",
                title_zh="售后类型",
                metrics=["after_sale_cases"],
                by=["kind"],
                plot="bars",
            ),
            *(
                Layout(name=f"by_{name}", title=f"By {name}", title_zh=f"按{zh}", metrics=_RATES, by=[name])
                for name, zh in self._named()
            ),
            Layout(
                name="articles",
                title="Articles with the most cases",
                title_zh="售后最多商品",
                metrics=["after_sale_cases", "after_sale_rate", "return_rate_pieces", "quality_return_rate"],
                by=["sku"],
                sort=["-after_sale_cases"],
                limit=self.articles,
                note="A case of several articles counts at each.",
                note_zh="一张售后单含多个商品时，各商品均计一次。",
            ),
            Layout(name="cycle", title="Refund cycle", title_zh="退款周期", metrics=_CYCLE, by=["platform"]),
            Layout(
                name="cost",
                title="After-sale cost",
                title_zh="售后成本",
                metrics=["after_sale_cost", "after_sale_cost_per_order", "refunded_amount"],
                by=["shop"],
                plot="bars",
            ),
        ]
        return built(data, "after_sales", "After-sales", "售后分析", sections)

    def _named(self) -> list[tuple[str, str]]:
        return [(name, DIMENSIONS[name].title_zh) for name in self.by]
