"""Couriers: what a parcel costs, how exact the weights are, and what bills get wrong."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, distinct, total

__all__ = ["METRICS"]

_COMPARED = pl.col("is_compared")
_FOUND = _COMPARED & pl.col("is_found")
_COURIER = pl.col("type").str.starts_with("courier.")
_OVER = _COURIER & (pl.col("impact_minor") > 0) & ~pl.col("is_waived") & pl.col("claimable")
_OF_PARCELS = pl.col("parcel").is_not_null()
_freight = total("charges", "net_minor")

METRICS = (
    Metric(
        name="freight",
        title="Freight",
        title_zh="快递费（不含税）",
        formula="charges of couriers without VAT, credits taken off; as charged where neither bill nor contract says the rate",
        of=_freight,
        unit="money",
        better="less",
    ),
    Metric(
        name="parcels_billed",
        title="Parcels billed",
        title_zh="计费包裹数",
        formula="distinct parcels on the bills",
        of=distinct("charges", "parcel", _OF_PARCELS),
        unit="count",
    ),
    Metric(
        name="courier_cost_per_parcel",
        title="Courier cost per parcel",
        title_zh="单票快递成本",
        formula="freight without VAT / parcels billed",
        of=_freight,
        per=distinct("charges", "parcel", _OF_PARCELS),
        unit="money",
        better="less",
        note="By zone it is the cost per parcel of each zone.",
    ),
    Metric(
        name="courier_cost_per_kg",
        title="Courier cost per kg",
        title_zh="每公斤快递成本",
        formula="freight without VAT / billed kilograms",
        of=_freight,
        per=total("charges", "billed_g"),
        unit="money",
        better="less",
        scale=1000,
    ),
    Metric(
        name="freight_to_sales",
        title="Freight to sales",
        title_zh="快递费占净收入比",
        formula="freight without VAT / net revenue (what shipped orders are to bring less refunds)",
        of=_freight,
        per=(
            total("orders", "receivable_minor", pl.col("is_shipped"), on="shipped_on"),
            total("refunds", "amount_minor").minus().where_there(),
        ),
        unit="share",
        better="less",
        note="Revenue is taken with VAT: what of it is tax, the vouchers say.",
    ),
    Metric(
        name="weight_accuracy",
        title="Weight accuracy",
        title_zh="重量准确率",
        formula="parcels with |billed - ours| <= 3 % of ours / parcels weighed by both",
        of=count("weights", pl.col("is_accurate")),
        per=count("weights"),
        unit="share",
        better="more",
    ),
    Metric(
        name="mean_overweight",
        title="Mean overweight",
        title_zh="平均超计重量",
        formula="sum of billed - ours / parcels where billed is more",
        of=total("weights", "over_g", pl.col("over_g") > 0),
        per=count("weights", pl.col("over_g") > 0),
        unit="kg",
        better="less",
    ),
    Metric(
        name="billing_error_rate",
        title="Billing error rate (lines)",
        title_zh="账单差错率（行数）",
        formula="bill lines with a discrepancy / bill lines",
        of=count("bill_lines", _FOUND),
        per=count("bill_lines", _COMPARED),
        unit="share",
        better="less",
    ),
    Metric(
        name="billing_error_share",
        title="Billing error rate (amount)",
        title_zh="账单差错率（金额）",
        formula="sum of |billed - expected| of lines with a discrepancy / sum billed",
        of=total("bill_lines", "difference_size_minor", _FOUND),
        per=total("bill_lines", "billed_minor", _COMPARED),
        unit="share",
        better="less",
    ),
    Metric(
        name="overcharge_found",
        title="Overcharge found",
        title_zh="发现多收",
        formula="sum of impacts above 0 that couriers owe",
        of=total("findings", "impact_minor", _OVER),
        unit="money",
        better="less",
    ),
    Metric(
        name="overcharge_claimed",
        title="Overcharge claimed",
        title_zh="已索赔",
        formula="sum of claims that were sent",
        of=total("claims", "claimed_minor"),
        unit="money",
    ),
    Metric(
        name="overcharge_recovered",
        title="Overcharge recovered",
        title_zh="已追回",
        formula="sum of credits on the claims that were sent in the period",
        of=total("claims", "credited_minor"),
        unit="money",
        better="more",
    ),
    Metric(
        name="recovery_rate",
        title="Recovery rate",
        title_zh="索赔回收率",
        formula="recovered / claimed",
        of=total("claims", "credited_minor"),
        per=total("claims", "claimed_minor"),
        unit="share",
        better="more",
    ),
)
