"""Sales: what was sold, what promotions cost, and what an article leaves."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, total

__all__ = ["METRICS"]

_LIVE = ~pl.col("is_idle")

METRICS = (
    Metric(
        name="orders",
        title="Orders",
        title_zh="订单数",
        formula="orders placed that were paid or not closed",
        of=count("orders", _LIVE),
        unit="count",
        better="more",
    ),
    Metric(
        name="shipped_orders",
        title="Shipped orders",
        title_zh="发货订单数",
        formula="orders that left in the period",
        of=count("orders", pl.col("is_shipped"), on="shipped_on"),
        unit="count",
        better="more",
    ),
    Metric(
        name="gross_sales",
        title="Gross sales",
        title_zh="商品总额",
        formula="price of all goods before reductions",
        of=total("orders", "goods_minor", _LIVE),
        unit="money",
        better="more",
    ),
    Metric(
        name="sales",
        title="Sales",
        title_zh="销售额（商家应收）",
        formula="sum of merchant_receivable: what buyers pay and what others fund, with VAT",
        of=total("orders", "receivable_minor", _LIVE),
        unit="money",
        better="more",
    ),
    Metric(
        name="promotion_cost",
        title="Promotion cost",
        title_zh="促销费率",
        formula="reductions that the merchant bears / gross sales",
        of=total("orders", "merchant_funded_minor", _LIVE),
        per=total("orders", "goods_minor", _LIVE),
        unit="share",
        better="less",
    ),
    Metric(
        name="promotion_amount",
        title="Reductions borne by the merchant",
        title_zh="商家承担优惠",
        formula="sum of reductions that the merchant bears",
        of=total("discounts", "merchant_funded_minor", _LIVE),
        unit="money",
        better="less",
    ),
    Metric(
        name="platform_funded_share",
        title="Funded by others",
        title_zh="平台等承担占比",
        formula="reductions that others than the merchant bear / all reductions",
        of=total("discounts", "others_funded_minor", _LIVE),
        per=total("discounts", "amount_minor", _LIVE),
        unit="share",
        better="more",
    ),
    Metric(
        name="contribution",
        title="Contribution",
        title_zh="单品贡献毛利",
        formula="revenue - cost of goods - platform fees - freight - after-sale cost",
        of=total("contribution", "left_minor"),
        unit="money",
        better="more",
        note="Amounts of an order are shared among its articles by their price; an order without a cost of goods leaves none.",
    ),
    Metric(
        name="contribution_rate",
        title="Contribution rate",
        title_zh="贡献毛利率",
        formula="contribution / revenue",
        of=total("contribution", "left_minor"),
        per=total("contribution", "revenue_minor", pl.col("left_minor").is_not_null()),
        unit="share",
        better="more",
    ),
)
