"""Couriers: what parcels cost, how exact weights are, and what bills get wrong."""

import attrs

from tieout.reports.analyses._building import built, with_pareto
from tieout.reports.data import ReportData
from tieout.reports.metrics import facts_of
from tieout.reports.report import Report
from tieout.reports.tabled import Layout, table

__all__ = ["CourierAnalysis"]

_COST = ("freight", "parcels_billed", "courier_cost_per_parcel", "courier_cost_per_kg")


@attrs.frozen(kw_only=True)
class CourierAnalysis:
    """What couriers cost, and how right their bills are."""

    def make(self, data: ReportData) -> Report | None:
        """The report; None where no courier billed anything."""
        facts = facts_of(data)
        errors = Layout(
            name="errors",
            title="What bills get wrong",
            title_zh="账单差错原因",
            metrics=["exceptions_amount", "exceptions_found"],
            by=["type"],
            where={"area": "courier"},
        )
        sections = [
            Layout(
                name="couriers",
                title="By courier",
                title_zh="按快递公司",
                metrics=[*_COST, "freight_to_sales", "weight_accuracy", "mean_overweight", "billing_error_rate",
                         "billing_error_share"],
                by=["courier"],
                plot="bars",
            ),
            Layout(name="zones", title="By zone", title_zh="按计费区域", metrics=_COST, by=["courier", "zone"]),
            Layout(
                name="provinces", title="By province", title_zh="按省份", metrics=_COST, by=["province"],
                sort=["-freight_minor"], plot="bars",
            ),
            Layout(name="charges", title="By charge", title_zh="按费用项", metrics=["freight", "parcels_billed"],
                  by=["courier", "charge_type", "leg"], sort=["-freight_minor"]),
            Layout(name="shops", title="By shop", title_zh="按店铺", metrics=[*_COST, "freight_to_sales"], by=["shop"]),
            with_pareto(table(errors, facts), "exceptions_amount_minor"),
            Layout(
                name="overcharges",
                title="Overcharges found, claimed and recovered",
                title_zh="多收：发现、索赔与追回",
                metrics=["overcharge_found", "overcharge_claimed", "overcharge_recovered", "recovery_rate"],
                by=["courier"],
                plot="bars",
            ),
        ]  # fmt: skip
        if table(Layout(name="any", title="", title_zh="", metrics=["freight"]), facts) is None:
            return None
        return built(data, "courier", "Couriers", "快递分析", sections)
