"""Settlements: what platforms take against what the contract says.

How far they have paid, and for how long they have not, is what the report `collection` says.
"""

import attrs

from tieout.reports.analyses._building import built, with_pareto
from tieout.reports.data import ReportData
from tieout.reports.metrics import facts_of
from tieout.reports.metrics.facts.settlements import FEE_TYPES
from tieout.reports.report import Report
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
    """What platforms take, by shop and by fee."""

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
            ],
            see=("collection", "unreceived"),
        )
