"""After-sales: how much comes back, why, how fast, and what it costs."""

import polars as pl

from tieout.reports.metrics.metric import Metric, count, median, p90, total

__all__ = ["METRICS"]

_SHIPPED = pl.col("is_shipped")
_REAL = pl.col("is_real")
_KIND = pl.col("kind")
_REFUNDS = ("refund_only", "return_refund", "intercept", "rejected", "price_adjust", "lost")
_BACK = ("return", "intercept", "round_trip")
_RTS = ("return_to_sender", "intercept", "reverse_pickup")
# domain.md section 9 says "quality reasons" and names none: these words of platforms speak of the goods themselves.
_QUALITY_WORDS = (
    "(?i)质量|破损|损坏|瑕疵|故障|错发|发错|漏发|假冒|变质|过期|描述不符"
    "|quality|defect|damage|broken|faulty|wrong.?item|not.?as.?described"
)
_QUALITY = pl.col("reason").str.contains(_QUALITY_WORDS)
_shipped_orders = count("orders", _SHIPPED, on="shipped_on")
_shipped_pieces = total("lines", "quantity", _SHIPPED, on="shipped_on")


def _rate(kind: str, title: str, title_zh: str) -> Metric:
    return Metric(
        name=f"{kind}_case_rate",
        title=title,
        title_zh=title_zh,
        formula=f"cases of {kind} that were not cancelled / shipped orders",
        of=count("returns", _REAL & (kind == _KIND)),
        per=_shipped_orders,
        unit="share",
        better="less",
    )


METRICS = (
    Metric(
        name="after_sale_rate",
        title="After-sale rate",
        title_zh="售后率",
        formula="distinct orders with one or more cases that were not cancelled / orders shipped in the period (cohort)",
        of=count("orders", _SHIPPED & pl.col("has_case"), on="shipped_on"),
        per=_shipped_orders,
        unit="share",
        better="less",
    ),
    Metric(
        name="return_rate_pieces",
        title="Return rate (pieces)",
        title_zh="退货率（件数）",
        formula="returned pieces / shipped pieces",
        of=total("return_lines", "received", _REAL, on="received_on"),
        per=_shipped_pieces,
        unit="share",
        better="less",
    ),
    Metric(
        name="return_rate_amount",
        title="Return rate (amount)",
        title_zh="退货率（金额）",
        formula="refunded goods / net sales (what shipped orders are to bring)",
        of=total("refunds", "goods_minor"),
        per=total("orders", "receivable_minor", _SHIPPED, on="shipped_on"),
        unit="share",
        better="less",
    ),
    Metric(
        name="refund_rate",
        title="Refund rate",
        title_zh="退款率",
        formula="refunds that succeeded / what the orders of the period are to bring",
        of=total("refunds", "amount_minor"),
        per=total("orders", "receivable_minor", ~pl.col("is_idle")),
        unit="share",
        better="less",
    ),
    Metric(
        name="refunded_amount",
        title="Refunded",
        title_zh="退款金额",
        formula="refunds that succeeded, in their last version",
        of=total("refunds", "amount_minor"),
        unit="money",
        better="less",
    ),
    Metric(
        name="refund_only_share",
        title="Refund-only share",
        title_zh="仅退款占比",
        formula="cases of refund_only / cases with a refund",
        of=count("returns", _REAL & (_KIND == "refund_only")),
        per=count("returns", _REAL & _KIND.is_in(_REFUNDS)),
        unit="share",
        better="less",
    ),
    Metric(
        name="after_sale_cases",
        title="After-sale cases",
        title_zh="售后单数",
        formula="cases that were not cancelled",
        of=count("returns", _REAL),
        unit="count",
        better="less",
    ),
    Metric(
        name="quality_return_rate",
        title="Quality return rate",
        title_zh="质量退货率",
        formula="pieces asked to be taken back for reasons of quality / shipped pieces",
        of=total("return_lines", "requested", _REAL & _QUALITY & _KIND.is_in(["return_refund", "exchange", "repair"])),
        per=_shipped_pieces,
        unit="share",
        better="less",
    ),
    Metric(
        name="refund_cycle_median",
        title="Refund cycle, median",
        title_zh="退款周期（中位数）",
        formula="median of succeeded - applied: the middle refund, of two middle ones their mean",
        of=median("refunds", "cycle_seconds"),
        unit="days",
        better="less",
    ),
    Metric(
        name="refund_cycle_p90",
        title="Refund cycle, nine of ten",
        title_zh="退款周期（P90）",
        formula="smallest succeeded - applied that at least 90 % of the refunds do not exceed",
        of=p90("refunds", "cycle_seconds"),
        unit="days",
        better="less",
    ),
    Metric(
        name="refund_platform_median",
        title="Platform's part of the refund cycle, median",
        title_zh="平台退款时长（中位数）",
        formula="median of succeeded - approved",
        of=median("refunds", "platform_seconds"),
        unit="days",
        better="less",
    ),
    Metric(
        name="refund_platform_p90",
        title="Platform's part of the refund cycle, nine of ten",
        title_zh="平台退款时长（P90）",
        formula="smallest succeeded - approved that at least 90 % of the refunds do not exceed",
        of=p90("refunds", "platform_seconds"),
        unit="days",
        better="less",
    ),
    Metric(
        name="complaint_rate",
        title="Complaint rate",
        title_zh="投诉率",
        formula="complaints / orders",
        of=count("complaints"),
        per=count("orders", ~pl.col("is_idle")),
        unit="share",
        better="less",
    ),
    _rate("exchange", "Exchange rate", "换货率"),
    _rate("reship", "Reship rate", "补发率"),
    _rate("repair", "Repair rate", "维修率"),
    Metric(
        name="after_sale_cost",
        title="After-sale cost",
        title_zh="售后成本",
        formula="freight of returns, to sender and of reshipping + goods sent again or scrapped at cost + compensation"
        " - what couriers credit for losses",
        of=(
            total(
                "charges",
                "net_minor",
                (pl.col("leg").is_in([*_BACK, "reship"]) | pl.col("charge_type").is_in(_RTS))
                & (pl.col("charge_type") != "compensation"),
            ),
            total("charges", "net_minor", pl.col("charge_type") == "compensation"),
            total("movements", "cost_minor", pl.col("type").is_in(["reship_out", "scrap_out"])).where_there(),
            total("returns", "compensation_minor", _REAL).where_there(),
        ),
        unit="money",
        better="less",
    ),
    Metric(
        name="after_sale_cost_per_order",
        title="After-sale cost per order",
        title_zh="单均售后成本",
        formula="(return freight + RTS + loss + reship cost + repair + compensation - recoveries) / shipped orders",
        of=(
            total(
                "charges",
                "net_minor",
                (pl.col("leg").is_in([*_BACK, "reship"]) | pl.col("charge_type").is_in(_RTS))
                & (pl.col("charge_type") != "compensation"),
            ),
            total("charges", "net_minor", pl.col("charge_type") == "compensation"),
            total("movements", "cost_minor", pl.col("type").is_in(["reship_out", "scrap_out"])).where_there(),
            total("returns", "compensation_minor", _REAL).where_there(),
        ),
        per=_shipped_orders,
        unit="money",
        better="less",
    ),
    Metric(
        name="restock_lag",
        title="Restock lag, median",
        title_zh="退货入库时长（中位数）",
        formula="median of (movement into stock - received)",
        of=median("restocks", "lag_seconds"),
        unit="days",
        better="less",
    ),
    Metric(
        name="not_restocked",
        title="Received and not restocked",
        title_zh="已收货未入库件数",
        formula="pieces received - pieces moved into stock, of cases where that is more than 0",
        of=total("restocks", "waiting"),
        unit="pieces",
        better="less",
    ),
)
