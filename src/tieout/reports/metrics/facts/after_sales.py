"""Facts of after-sales: cases, what came back, refunds, and how fast stock knew of it."""

import polars as pl

from tieout.reports.metrics.facts._base import SOURCE, Built, FactKind, Facts, Missing, no_side
from tieout.reports.metrics.facts._orders import orders_of, shop_expr
from tieout.reports.metrics.facts.sales import with_category
from tieout.reports.versions import last_refunds, newest_cases

__all__ = ["FACTS"]

_WHERE = ("platform", "shop", "province", "courier", "warehouse")
_SAID = ("reason", "kind", "stage", "responsible")
_BACK_IN = ("return_in", "exchange_in", "repair_in")
_SECONDS = 1_000_000  # moments have microseconds


def _placed(facts: Facts, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `order` and what is known of it; platform and shop of the order where the row does not say them."""
    orders = facts.get("orders")
    known = orders if isinstance(orders, pl.DataFrame) else None
    rows = rows.with_columns(orders_of(rows, known))
    others = ("province", "courier", "warehouse")
    if known is None:
        placed = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in others)
    else:
        of_order = known.select("order", *others, pl.col("platform").alias("p"), pl.col("shop_id").alias("s"))
        placed = rows.join(of_order, on="order", how="left", maintain_order="left").with_columns(
            pl.coalesce("platform", "p").alias("platform"), pl.coalesce("shop_id", "s").alias("shop_id")
        )
    return placed.with_columns(shop_expr().alias("shop")).drop("p", "s", strict=False)


def _returns(facts: Facts) -> Built:
    given = facts.records("Return")
    if given is None:
        return no_side("after-sale cases", "售后单")
    newest = newest_cases(given)
    rows = newest.select(
        "platform",
        "shop_id",
        "return_id",
        "platform_order_id",
        "kind",
        "stage",
        pl.col("reason_code").alias("reason"),
        pl.col("responsible_party").alias("responsible"),
        (pl.col("status") != "cancelled").fill_null(value=True).alias("is_real"),
        facts.day("applied_at").alias("applied_on"),
        facts.day("received_at").alias("received_on"),
        "received_at",
        pl.col("compensation_minor"),
        "currency",
        *SOURCE,
    ).with_row_index("case")
    rows = rows.with_columns(pl.col("case").cast(pl.Int64), pl.col("currency").fill_null(facts.data.currency))
    return _placed(facts, rows)


def _return_lines(facts: Facts) -> Built:
    cases = facts.get("returns")
    given = facts.records("Return")
    if not isinstance(cases, pl.DataFrame) or given is None:
        return no_side("after-sale cases", "售后单")
    newest = newest_cases(given)
    line = pl.col("lines").struct
    rows = (
        newest.select("lines")
        .with_row_index("case")
        .with_columns(pl.col("case").cast(pl.Int64))
        .explode("lines", empty_as_null=True)
        .select(
            "case",
            line.field("sku").alias("sku"),
            line.field("quantity_requested").alias("requested"),
            line.field("quantity_received").alias("received"),
        )
    )
    of_case = cases.select(
        *_WHERE, *_SAID, "return_id", "platform_order_id", "is_real", "applied_on", "received_on", *SOURCE
    )
    table = pl.concat([rows, of_case[rows["case"]]], how="horizontal")
    return with_category(facts, table)


def _refunds(facts: Facts) -> Built:
    given = facts.records("Refund")
    if given is None:
        return no_side("refunds", "退款")
    newest = last_refunds(given)
    span = (pl.col("succeeded_at") - pl.col("applied_at")).dt.total_microseconds()
    platforms = (pl.col("succeeded_at") - pl.col("approved_at")).dt.total_microseconds()
    rows = newest.filter(pl.col("status") == "succeeded").select(
        "platform",
        "shop_id",
        "refund_id",
        "return_id",
        "platform_order_id",
        facts.day("succeeded_at").alias("refunded_on"),
        "amount_minor",
        pl.coalesce("goods_minor", pl.col("amount_minor") - pl.col("freight_minor").fill_null(0)).alias("goods_minor"),
        "currency",
        (span // _SECONDS).alias("cycle_seconds"),
        (platforms // _SECONDS).alias("platform_seconds"),
        *SOURCE,
    )
    cases = facts.get("returns")
    said = {"kind": pl.String, "reason": pl.String, "stage": pl.String, "responsible": pl.String}
    if isinstance(cases, pl.DataFrame):
        of_case = cases.filter(pl.col("return_id").is_not_null())
        key = ["platform", "shop_id", "return_id"]
        told = of_case.select(*key, *said).unique(key, keep="first", maintain_order=True)
        return _placed(facts, rows).join(told, on=key, how="left", maintain_order="left", nulls_equal=True)
    return _placed(facts, rows).with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in said.items())


def _restocks(facts: Facts) -> Built:
    """Cases whose goods were received, with the first movement that put them back."""
    cases, lines = facts.get("returns"), facts.get("return_lines")
    moves = facts.records("StockMovement")
    if not isinstance(cases, pl.DataFrame) or not isinstance(lines, pl.DataFrame):
        return no_side("after-sale cases", "售后单")
    if moves is None:
        return no_side("movements of stock", "库存流水")
    back = (
        moves.filter(pl.col("type").is_in(_BACK_IN) & pl.col("return_id").is_not_null())
        .group_by("return_id")
        .agg(pl.col("occurred_at").min().alias("moved_at"), pl.col("quantity").sum().alias("restocked"))
    )
    pieces = lines.group_by("case").agg(pl.col("received").sum().alias("received"))
    got = cases.filter(pl.col("received_at").is_not_null() & pl.col("is_real"))
    rows = got.join(pieces, on="case", how="left", maintain_order="left").join(
        back, on="return_id", how="left", maintain_order="left"
    )
    lag = (pl.col("moved_at") - pl.col("received_at")).dt.total_microseconds() // _SECONDS
    waiting = (pl.col("received").fill_null(0) - pl.col("restocked").fill_null(0)).clip(lower_bound=0)
    return rows.select(
        *_WHERE,
        *_SAID,
        "return_id",
        "received_on",
        lag.alias("lag_seconds"),
        waiting.alias("waiting"),
        *SOURCE,
    )


def _movement_costs(facts: Facts) -> Built:
    """What after-sales cost in goods: pieces that were sent again or lost, at cost."""
    moves = facts.records("StockMovement")
    if moves is None:
        return Missing("there are no movements of stock", "没有库存流水数据")
    pieces = pl.col("quantity").to_physical().cast(pl.Int128)
    whole = 10**8
    product = pieces.abs() * pl.col("unit_cost_minor").cast(pl.Int128)
    value = ((2 * product + whole) // (2 * whole)).cast(pl.Int64) * pieces.sign().cast(pl.Int64)
    rows = moves.select(
        pl.lit(None, dtype=pl.String).alias("platform"),
        pl.lit(None, dtype=pl.String).alias("shop_id"),
        "platform_order_id",
        pl.col("warehouse").alias("place"),
        "sku",
        "type",
        facts.day("occurred_at").alias("moved_on"),
        "movement_id",
        "quantity",
        value.alias("value_minor"),
        (-value).alias("cost_minor"),
        pl.col("currency").fill_null(facts.data.currency),
        *SOURCE,
    )
    placed = _placed(facts, rows).with_columns(pl.coalesce("place", "warehouse").alias("warehouse")).drop("place")
    return with_category(facts, placed)


FACTS = (
    FactKind(
        name="returns",
        title="after-sale cases",
        title_zh="售后单",
        dimensions=(*_WHERE, *_SAID),
        moments=("applied_on", "received_on"),
        ids=("return_id", "platform_order_id"),
        build=_returns,
        finer=("return_lines", "case"),
    ),
    FactKind(
        name="return_lines",
        title="articles of after-sale cases",
        title_zh="售后明细",
        dimensions=(*_WHERE, *_SAID, "sku", "category"),
        moments=("applied_on", "received_on"),
        ids=("return_id", "platform_order_id"),
        build=_return_lines,
    ),
    FactKind(
        name="refunds",
        title="refunds that succeeded, in their last version",
        title_zh="成功退款（最终版本）",
        dimensions=(*_WHERE, *_SAID),
        moments=("refunded_on",),
        ids=("refund_id", "platform_order_id"),
        build=_refunds,
    ),
    FactKind(
        name="restocks",
        title="cases whose goods were received",
        title_zh="已收货售后单",
        dimensions=(*_WHERE, *_SAID),
        moments=("received_on",),
        ids=("return_id",),
        build=_restocks,
    ),
    FactKind(
        name="movements",
        title="movements of stock",
        title_zh="库存流水",
        dimensions=(*_WHERE, "sku", "category"),
        moments=("moved_on",),
        ids=("movement_id",),
        build=_movement_costs,
    ),
)
