"""Facts of what platforms settle: lines, what a contract makes of them, and how far each order is collected."""

import polars as pl

from tieout.model import SettlementLineType
from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, no_side
from tieout.reports.metrics.facts._orders import shop_expr
from tieout.reports.standing import outstanding, standing_orders
from tieout.reports.versions import in_order

__all__ = ["FACTS", "FEE_TYPES", "GROSS_TYPES"]

GROSS_TYPES = tuple(kind.value for kind in SettlementLineType if kind.is_gross)
"""Lines that bring or take back what the buyer and the funders pay (`domain.md` 4.2)."""
FEE_TYPES = (
    *("commission", "tech_service_fee", "influencer_commission", "affiliate", "payment_fee", "installment_fee"),
    *("points_fee", "freight_insurance", "ad_fee", "fulfilment_fee", "storage_fee", "shipping_fee", "fx_fee"),
    "fee_refund",
)
"""What a platform takes for its services, and gives back of it (`domain.md` 4.2), unlike penalties, donations, compensations."""
_TAKES_BACK = ("sale_refund", "subsidy_clawback")
_BRINGS = tuple(one for one in GROSS_TYPES if one not in _TAKES_BACK)
_SCOPE = ("platform", "shop")


def _settled(facts: Facts) -> Built:
    given = facts.records("SettlementLine")
    nested = facts.records("Settlement")
    if given is None and nested is not None:
        lines = nested.filter(pl.col("lines").list.len() > 0).select(
            "platform", "shop_id", "settlement_id", "lines", *SOURCE
        )
        if lines.height:
            given = _unnested(lines)
    if given is None:
        return no_side("settlement lines", "结算明细")
    rated = _rated(facts)
    is_fee = pl.col("type").is_in(FEE_TYPES)
    rows = given.select(
        "platform",
        "shop_id",
        shop_expr().alias("shop"),
        pl.col("type").alias("line_type"),
        "line_id",
        "platform_order_id",
        facts.day("posted_at").alias("posted_on"),
        "amount_minor",
        (-pl.col("amount_minor")).alias("fee_minor"),
        "currency",
        is_fee.alias("is_fee"),
        pl.col("type").is_in(GROSS_TYPES).alias("is_gross"),
        pl.col("type").is_in(_BRINGS).alias("is_receivable"),
        *SOURCE,
    )
    if not rated.height:
        return rows.with_columns(pl.lit(value=False).alias("is_rated"))
    return rows.join(rated, on=["platform", "line_type"], how="left", maintain_order="left").with_columns(
        pl.col("is_rated").fill_null(value=False)
    )


def _unnested(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines inside settlements as rows of their own."""
    line = pl.col("lines").struct
    own = ("line_id", "type", "platform_order_id", "posted_at", "amount_minor", "currency")
    return lines.explode("lines", empty_as_null=True).select(
        pl.coalesce(line.field("platform"), "platform").alias("platform"),
        pl.coalesce(line.field("shop_id"), "shop_id").alias("shop_id"),
        *(line.field(name).alias(name) for name in own),
        *(pl.coalesce(line.field(name), name).alias(name) for name in SOURCE),
    )


def _rated(facts: Facts) -> pl.DataFrame:
    """Fees that a contract rates, by platform, and what comes back of them."""
    contract = facts.get("contract_fees")
    if not isinstance(contract, pl.DataFrame):
        return pl.DataFrame(schema={"platform": pl.String, "line_type": pl.String, "is_rated": pl.Boolean})
    rated = contract.select("platform", "line_type").unique()
    back = rated.select("platform", pl.lit("fee_refund").alias("line_type"))
    return pl.concat([rated, back]).unique().with_columns(pl.lit(value=True).alias("is_rated"))


def _contract_fees(facts: Facts) -> Built:
    frames = [
        side for one in facts.data.outcomes_of("settlement")
        if (side := one.records.get("contract")) is not None and side.height
    ]  # fmt: skip
    if not frames:
        return no_side("contracts of platform fees", "平台费用合同")
    names = ("platform", "shop_id", "type", "platform_order_id", "on", "amount_minor", "currency", *SOURCE)
    every = pl.concat([frame.select(names) for frame in frames], how="vertical_relaxed")
    return in_order(every).select(
        "platform",
        shop_expr().alias("shop"),
        pl.col("type").alias("line_type"),
        "platform_order_id",
        pl.col("on").alias("posted_on"),
        (-pl.col("amount_minor")).alias("fee_minor"),
        "currency",
        *SOURCE,
    )


def _collection(facts: Facts) -> Built:
    """One row an order that was compared with settlement lines, as it stands on the as-of day."""
    orders = standing_orders(facts.data)
    if orders is None:
        return no_side("orders that were compared with settlements", "已与结算核对的订单")
    return orders.filter(pl.col("status").is_not_null()).select(
        "platform",
        shop_expr().alias("shop"),
        "platform_order_id",
        pl.col("status").alias("collection"),
        pl.col("on").alias("counted_on"),
        "due_on",
        pl.col("bucket").alias("age"),
        "currency",
        "open_minor",
        "due_minor",
        "due_settled_minor",
        "is_waiting",
        "is_unreceived",
        *SOURCE,
    )


def _outstanding(facts: Facts) -> Built:
    """Amounts times the days that they were outstanding, and sales: what days sales outstanding are made of."""
    rows = outstanding(facts.data)
    if rows is None:
        return no_side("orders that were compared with settlements", "已与结算核对的订单")
    return rows.select(
        "platform",
        shop_expr().alias("shop"),
        pl.lit(facts.found_on).alias("found_on"),
        "currency",
        pl.col("minor_days").alias("days_minor"),
        "sales_minor",
        *SOURCE,
    )


FACTS = (
    FactKind(
        name="settled",
        title="settlement lines",
        title_zh="结算明细行",
        dimensions=(*_SCOPE, "line_type"),
        moments=("posted_on",),
        ids=("line_id", "platform_order_id"),
        build=_settled,
    ),
    FactKind(
        name="contract_fees",
        title="fees by contract",
        title_zh="合同应收费用",
        dimensions=(*_SCOPE, "line_type"),
        moments=("posted_on",),
        ids=("platform_order_id",),
        build=_contract_fees,
    ),
    FactKind(
        name="collection",
        title="orders and what was collected of them",
        title_zh="订单回款",
        dimensions=(*_SCOPE, "collection", "age"),
        moments=("counted_on", "due_on"),
        ids=("platform_order_id",),
        build=_collection,
    ),
    FactKind(
        name="outstanding",
        title="amounts times the days that they were outstanding",
        title_zh="未回款金额 × 天数",
        dimensions=_SCOPE,
        moments=("found_on",),
        build=_outstanding,
    ),
)
