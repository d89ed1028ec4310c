"""Findings of stock that left: what explains the difference of pieces and of their cost."""

import attrs
import polars as pl

from tieout.reconciliations._common.due import TIMING_STATES
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.pieces import in_place_of, less
from tieout.reconciliations._common.sides import quantity_expr
from tieout.reconciliations._outbound.pieces import KEY, Pieces

__all__ = [
    "DUPLICATED",
    "MISSING",
    "NO_COST",
    "ORDER",
    "QUANTITY",
    "SKU",
    "STRANGER",
    "Gaps",
    "found",
    "gaps_of",
    "strangers",
]

MISSING = "warehouse.outbound_missing"
STRANGER = "warehouse.outbound_without_order"
QUANTITY = "warehouse.outbound_qty_mismatch"
SKU = "warehouse.outbound_sku_mismatch"
DUPLICATED = "warehouse.outbound_duplicated"
NO_COST = "data.cost_missing"
ORDER = ("platform", "shop_id", "platform_order_id")
_NOT_TO_LEAVE = "nothing of that order is to leave: it is not paid, or it was closed"
_SHOWN_MAX = 20  # movements of a finding that are written out


@attrs.frozen(kw_only=True)
class Gaps:
    """What does not agree, one row per group of orders and article.

    Attributes:
        rows: `group`, `article`, `expected`, `moved`, `parts` (moved - expected, without what went in the place of something
            else), `cost_minor`, and what a finding shows.
        replaced: `group`, `article`, `instead_of`, `parts`: articles that nobody asked for, in the place of others or, where
            `instead_of` is null, of nothing.
    """

    rows: pl.DataFrame = attrs.field(repr=False)
    replaced: pl.DataFrame = attrs.field(repr=False)


def gaps_of(pieces: Pieces) -> Gaps:
    """What does not agree.

    Args:
        pieces: Pieces with their costs.
    """
    gap = pl.col("moved") - pl.col("expected")
    rows = pieces.compared.with_columns(gap.alias("parts"))
    nobody_asked = (
        (pl.col("expected") == 0) & (pl.col("ordered") == 0) & (pl.col("held") == 0) & (pl.col("article") != "")
    )
    asks = (pl.col("is_open") | pl.col("by_parcels")) & ~pl.col("is_bare")
    is_strange = nobody_asked & asks
    over = rows.filter((pl.col("parts") > 0) & is_strange).select(*KEY, "parts")
    lacking = rows.filter(pl.col("parts") < 0).select(*KEY, (-pl.col("parts")).alias("parts"))
    fills = in_place_of(over, lacking, by=["group"])
    beyond = less(over, fills, by=["group"]).filter(pl.col("parts") > 0)
    replaced = pl.concat(
        [fills, beyond.select("group", "article", pl.lit(None, dtype=pl.String).alias("instead_of"), "parts")]
    )
    taken = fills.group_by("group", pl.col("instead_of").alias("article")).agg(pl.col("parts").sum().alias("filled"))
    rest = rows.join(taken, on=list(KEY), how="left", maintain_order="left").with_columns(
        pl.when((pl.col("parts") > 0) & is_strange)
        .then(0)
        .otherwise(pl.col("parts") + pl.col("filled").fill_null(0))
        .alias("parts")
    )
    return Gaps(rows=rest.drop("filled"), replaced=replaced)


def found(gaps: Gaps, groups: pl.DataFrame, pieces: Pieces, moves: pl.DataFrame) -> pl.DataFrame:
    """Findings of gaps that are no matter of time.

    Args:
        gaps: Gaps; their rows with `state` and `due_on`, where something is waited for.
        groups: `group` with what names it: `unit`, the order's keys, `on`, `currency`, source.
        pieces: Pieces.
        moves: Movements with `row`.
    """
    named = groups.drop("on", *SOURCE)
    facts = _facts(pieces, moves)
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    bare = pl.col("is_bare_shipped") & (pl.col("movements") == 0)
    open_ = gaps.rows.filter(((pl.col("parts") != 0) | bare) & ~waits)
    rows = (
        open_.join(named, on="group")
        .join(facts, on=list(KEY), how="left", maintain_order="left")
        .join(
            groups.select("group", pl.col("on").alias("ordered_on"), *(pl.col(s).alias(f"order_{s}") for s in SOURCE)),
            on="group",
        )
        .join(_repeated(pieces, moves, open_), on=list(KEY), how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("on", "ordered_on").alias("on"), *(pl.coalesce(s, f"order_{s}").alias(s) for s in SOURCE)
        )
    )
    return pl.concat([_of_quantity(rows), _of_skus(gaps.replaced, gaps.rows, named, facts), _without_cost(rows)])


def _repeated(pieces: Pieces, moves: pl.DataFrame, over: pl.DataFrame) -> pl.DataFrame:
    """Groups and articles of which as many movements are alike as explain what is too much, with these in `repeated`."""
    numbers = moves.select(pl.col("row").alias("move_row"), "movement_id", "type", "tracking_no")
    alike = (
        pieces.moved.join(numbers, on="move_row")
        .filter(pl.col("parts") > 0)
        .group_by(*KEY, "parts", "type", "tracking_no")
        .agg(pl.len().alias("times"), pl.col("movement_id").sort().head(_SHOWN_MAX).str.join(",").alias("repeated"))
        .rename({"parts": "each"})
    )
    joined = over.select(*KEY, "parts").join(alike, on=list(KEY))
    whole = (pl.col("parts") > 0) & (pl.col("parts") % pl.col("each") == 0)
    once = pl.col("parts") <= pl.col("each") * (pl.col("times").cast(pl.Int64) - 1)
    told = (
        joined.filter(whole & once)
        .sort("each", "repeated", descending=[True, False])
        .unique(list(KEY), keep="first", maintain_order=True)
    )
    return told.select(*KEY, "repeated")


def _facts(pieces: Pieces, moves: pl.DataFrame) -> pl.DataFrame:
    """What is known of the movements of each group and article."""
    told = moves.select(pl.col("row").alias("move_row"), "movement_id", "on", *SOURCE)
    first = pieces.moved.join(told, on="move_row").sort("on", "movement_id", *SOURCE, nulls_last=True)
    return first.group_by(*KEY, maintain_order=True).agg(
        pl.col("movement_id").unique().sort().head(_SHOWN_MAX).str.join(",").alias("movements_named"),
        pl.col("on", *SOURCE).first(),
    )


def _of_quantity(rows: pl.DataFrame) -> pl.DataFrame:
    kind = (
        pl.when((pl.col("parts") <= 0) & (pl.col("moved") == 0))
        .then(pl.lit(MISSING))
        .when(pl.col("repeated").is_not_null())
        .then(pl.lit(DUPLICATED))
        .when((pl.col("parts") > 0) & (pl.col("expected") == 0) & ~pl.col("by_parcels") & ~pl.col("is_open"))
        .then(pl.lit(STRANGER))
        .otherwise(pl.lit(QUANTITY))
    )
    texts = _texts()
    return findings_of(
        rows.with_columns(pl.col("state").alias("factor")),
        kind,
        keys=[*ORDER, _sku()],
        evidence=[
            *texts,
            _article().alias("article"),
            _article("全部商品").alias("article_zh"),
            quantity_expr(pl.col("parts").abs()).alias("pieces"),
            "state",
            "due_on",
            pl.coalesce("repeated", "movements_named").alias("movements"),
            pl.when("by_parcels").then(pl.lit("its parcels")).otherwise(pl.lit("its own lines")).alias("asked_by"),
            pl.when(kind == STRANGER).then("platform_order_id").alias("order"),
            pl.when(kind == STRANGER).then(pl.lit(_NOT_TO_LEAVE)).alias("why"),
        ],
        diffs=[pl.concat_str([texts[0], pl.lit(" -> "), texts[1]]).alias("quantity")],
        impact=value_expr(pl.col("parts"), pl.col("cost_minor")),
        pieces=pl.col("parts"),
        expected_minor=value_expr(pl.col("expected"), pl.col("cost_minor")),
        actual_minor=value_expr(pl.col("moved"), pl.col("cost_minor")),
    )


def _of_skus(replaced: pl.DataFrame, rows: pl.DataFrame, named: pl.DataFrame, facts: pl.DataFrame) -> pl.DataFrame:
    """Articles that nobody asked for: those in the place of others, and those beyond."""
    costs = rows.select(*KEY, pl.col("cost_minor").fill_null(0))
    lacking = costs.rename({"article": "instead_of", "cost_minor": "cost_of_it"})
    every = (
        replaced.join(costs, on=list(KEY), how="left")
        .join(lacking, on=["group", "instead_of"], how="left")
        .join(named, on="group")
        .join(facts, on=list(KEY), how="left")
        .with_columns(
            pl.col("instead_of").fill_null("nothing").alias("asked_sku"),
            value_expr(pl.col("parts"), pl.col("cost_minor")).alias("actual_minor"),
            value_expr(pl.col("parts"), pl.col("cost_of_it")).alias("expected_minor"),
        )
    )
    return findings_of(
        every,
        SKU,
        keys=[*ORDER, "asked_sku", pl.col("article").alias("sku")],
        evidence=[
            quantity_expr(pl.col("parts")).alias("pieces"),
            pl.col("movements_named").alias("movements"),
            pl.concat_str(pl.lit("应为 "), "instead_of").fill_null("无人订购").alias("instead_zh"),
        ],
        diffs=[pl.concat_str(["asked_sku", pl.lit(" -> "), "article"]).alias("sku")],
        pieces=pl.when(pl.col("instead_of").is_null()).then("parts").otherwise(0),
    )


def _without_cost(rows: pl.DataFrame) -> pl.DataFrame:
    costless = rows.filter(pl.col("cost_minor").is_null() & (pl.col("parts") != 0))
    evidence = [_article().alias("article"), quantity_expr(pl.col("parts")).alias("pieces")]
    return findings_of(costless, NO_COST, keys=[*ORDER, _article().alias("sku")], evidence=evidence, note=True)


def strangers(moves: pl.DataFrame) -> pl.DataFrame:
    """Findings of movements that belong to no order.

    Args:
        moves: Movements with `unit`, `parts`, `minor`, and `suggested`: the shops in which the number that they name stands.
    """
    number = pl.col("platform_order_id")
    why = (
        pl.when(pl.col("suggested").is_not_null())
        .then(pl.concat_str([pl.lit("that number stands in several shops: "), "suggested"]))
        .when(number.is_null())
        .then(pl.lit("it names no order and no parcel of one"))
        .otherwise(pl.lit("no such order is there"))
    )
    order = number.fill_null("-").alias("order")
    shown = moves.with_columns(pl.lit(0).alias("expected_minor"), pl.col("minor").alias("actual_minor"))
    return findings_of(
        shown,
        STRANGER,
        keys=["platform_order_id", "warehouse", "movement_id", "sku"],
        evidence=[
            order,
            pl.col("sku").alias("article"),
            pl.col("sku").alias("article_zh"),
            quantity_expr(pl.col("parts")).alias("pieces"),
            pl.col("movement_id").alias("movements"),
            why.alias("why"),
            "tracking_no",
            "suggested",
        ],
        impact=pl.col("minor"),
        pieces=pl.col("parts"),
    )


def _texts() -> tuple[pl.Expr, pl.Expr]:
    return quantity_expr(pl.col("expected")).alias("asked"), quantity_expr(pl.col("moved")).alias("moved")


def _sku() -> pl.Expr:
    return pl.when(pl.col("article") != "").then("article").alias("sku")


def _article(every: str = "all articles") -> pl.Expr:
    return pl.when(pl.col("article") != "").then("article").otherwise(pl.lit(every))
