"""Settlements: what platforms take against what the contract says, and how far they have paid."""

import attrs

from tieout.reports.analyses._building import built, ranked, with_pareto
from tieout.reports.data import ReportData
from tieout.reports.metrics import facts_of
from tieout.reports.metrics.facts.settlements import FEE_TYPES
from tieout.reports.report import Report
from tieout.reports.standing import BUCKETS
from tieout.reports.tabled import Layout, table

__all__ = ["SettlementAnalysis"]

_RATES = (
    "settled_receivable",
    "platform_fees",
    "take_rate",
    "rated_take_rate",
    "contract_take_rate",
    "fees_over_contract",
)


@attrs.frozen(kw_only=True)
class SettlementAnalysis:
    """What platforms take, by shop and by fee, and how collections stand."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where nothing was settled."""
        fees = Layout(
            name="fees",
            title="Fees by type",
            title_zh="费用构成",
            metrics=["platform_fees"],
            by=["platform", "line_type"],
            where={"line_type": FEE_TYPES},
        )
        ageing = Layout(
            name="ageing",
            title="Outstanding by days past the expected day",
            title_zh="未回款账龄",
            metrics=["outstanding", "unreceived_orders"],
            by=["age"],
            where={"collection": ["unsettled", "partially_settled"]},
            plot="ageing",
        )
        return built(
            data,
            "settlement",
            "Settlements",
            "结算分析",
            [
                Layout(
                    name="take_rates", title="Take rates", title_zh="综合费率", metrics=_RATES, by=["shop"], plot="bars"
                ),
                with_pareto(table(fees, facts_of(data)), "platform_fees_minor"),
                Layout(
                    name="collection",
                    title="Collection",
                    title_zh="回款",
                    metrics=["outstanding", "unreceived", "unreceived_orders", "collection_rate", "dso"],
                    by=["shop"],
                ),
                ranked(table(ageing, facts_of(data)), "age", [label for _, label, *_ in BUCKETS]),
            ],
        )
