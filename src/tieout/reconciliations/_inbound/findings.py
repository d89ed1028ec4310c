"""Findings of documents: what explains the difference of pieces, and of what is owed for them."""

import polars as pl

from tieout.reconciliations._common.due import TIMING_STATES
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.sides import quantity_expr
from tieout.reconciliations._inbound.invoices import APART
from tieout.reconciliations._inbound.pieces import KEY
from tieout.reconciliations._inbound.taking import TRANSFER

__all__ = ["DOCUMENT", "naming", "of_bills", "of_pieces", "of_skus", "without_cost"]

MISSING = "warehouse.inbound_missing"
WITHOUT = "warehouse.inbound_without_document"
QUANTITY = "warehouse.inbound_qty_mismatch"
SKU = "warehouse.inbound_sku_mismatch"
TRANSIT = "warehouse.transfer_in_transit_overdue"
SCRAP = "warehouse.scrap_without_approval"
PRICE = "warehouse.inbound_price_mismatch"
BILLED = "warehouse.inbound_invoice_mismatch"
NO_COST = "data.cost_missing"
DOCUMENT = ("supplier", "document_id")
_HOW = {
    "damaged": "came in damaged",
    "lost": "are on the delivery note and did not come in",
    "undelivered": "were ordered and not delivered",
    "short": "did not move",
    "over": "are more than the document says",
}
_HOW_ZH = {
    "damaged": "到货残损",
    "lost": "送货单有而未入库",
    "undelivered": "已订未送",
    "short": "未出入库",
    "over": "超出单据数量",
}
_FAMILIES = {
    "purchase": "purchase",
    "purchase_return": "return to the supplier",
    "transfer": "transfer",
    "scrap": "scrap",
    "assembly": "assembly",
    "other_in": "other inbound",
    "other_out": "other outbound",
}
_FAMILIES_ZH = {
    "purchase": "采购",
    "purchase_return": "采购退货",
    "transfer": "调拨",
    "scrap": "报废",
    "assembly": "组装",
    "other_in": "其他入库",
    "other_out": "其他出库",
}


def of_pieces(gaps: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Findings of gaps that are no matter of time.

    Args:
        gaps: Gaps with `state` and `due_on`.
        named: What names each unit.
    """
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    rows = gaps.filter(~waits).join(named, on="unit")
    nothing = (pl.col("good") == 0) & (pl.col("damaged") == 0)
    is_over = pl.col("what") == "over"
    kind = (
        pl.when((pl.col("family") == TRANSFER) & ~is_over)
        .then(pl.lit(TRANSIT))
        .when((pl.col("family") == "scrap") & is_over)
        .then(pl.lit(SCRAP))
        .when(~pl.col("has_document") & (pl.col("out") == 0))
        .then(pl.lit(WITHOUT))
        .when(pl.col("what").is_in(["lost", "undelivered", "short"]) & nothing)
        .then(pl.lit(MISSING))
        .otherwise(pl.lit(QUANTITY))
    )
    said = pl.when(pl.col("family") == TRANSFER).then("out").otherwise(pl.col("expected").abs())
    moved = pl.when(pl.col("family") == TRANSFER).then("came").otherwise(pl.col("side") * pl.col("good"))
    texts = [quantity_expr(said).alias("documented"), quantity_expr(moved).alias("moved")]
    return findings_of(
        rows.with_columns(pl.coalesce("state", "what").alias("factor")),
        kind,
        keys=[*_keys(), pl.col("article").alias("sku"), "what"],
        evidence=[
            *texts,
            *(quantity_expr(pl.col(name)).alias(name) for name in ("ordered", "delivered", "damaged")),
            quantity_expr(pl.col("parts").abs()).alias("pieces"),
            "state",
            "due_on",
            *_words(),
            pl.col("movement_ids").alias("movements"),
            pl.coalesce("document_id", pl.lit("-")).alias("document"),
            "suggested",
        ],
        diffs=[pl.concat_str([texts[0], pl.lit(" -> "), texts[1]]).alias("quantity")],
        impact=pl.col("minor"),
        pieces=pl.col("parts"),
        expected_minor=value_expr(pl.col("expected"), pl.col("cost_minor")),
        actual_minor=value_expr(pl.col("good"), pl.col("cost_minor")),
    )


def _keys() -> list[str | pl.Expr]:
    """A movement that names no document, or one of several, is named by itself."""
    alone = pl.col("document_id").is_null() | pl.col("suggested").is_not_null()
    return [*DOCUMENT, pl.when(alone).then("movement_ids").alias("movement_id")]


def _words() -> list[pl.Expr]:
    return [
        pl.col("what").replace(_HOW).alias("how"),
        pl.col("what").replace(_HOW_ZH).alias("how_zh"),
        pl.col("family").replace(_FAMILIES).alias("of"),
        pl.col("family").replace(_FAMILIES_ZH).alias("of_zh"),
    ]


def of_skus(replaced: pl.DataFrame, rows: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Articles that came in and are on no document: those in the place of others, and those beyond.

    Args:
        replaced: `unit`, `article`, `instead_of`, `parts`.
        rows: What was to be there and is, with costs.
        named: What names each unit.
    """
    costs = rows.select(*KEY, pl.col("cost_minor").fill_null(0))
    lacking = costs.rename({"article": "instead_of", "cost_minor": "cost_of_it"})
    every = (
        replaced.join(costs, on=list(KEY), how="left")
        .join(lacking, on=["unit", "instead_of"], how="left")
        .join(named, on="unit")
        .with_columns(
            pl.col("instead_of").fill_null("nothing").alias("asked_sku"),
            value_expr(pl.col("parts"), pl.col("cost_minor")).alias("actual_minor"),
            value_expr(pl.col("parts"), pl.col("cost_of_it")).alias("expected_minor"),
        )
    )
    beyond = pl.col("instead_of").is_null()
    place = pl.concat_str([pl.lit("in the place of "), pl.col("instead_of")])
    place_zh = pl.concat_str([pl.lit("应为 "), pl.col("instead_of")])
    return findings_of(
        every,
        SKU,
        keys=[*DOCUMENT, "asked_sku", pl.col("article").alias("sku")],
        evidence=[
            quantity_expr(pl.col("parts")).alias("pieces"),
            pl.when(beyond).then(pl.lit("which no document of it names")).otherwise(place).alias("how"),
            pl.when(beyond).then(pl.lit("单据无此商品")).otherwise(place_zh).alias("how_zh"),
        ],
        diffs=[pl.concat_str(["asked_sku", pl.lit(" -> "), "article"]).alias("sku")],
        pieces=pl.when(beyond).then("parts").otherwise(0),
    )


def of_bills(bills: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Findings of invoices: other quantities than came in, other prices than agreed, and other currencies.

    Args:
        bills: What was billed, with `agreed_minor` (at the price of the order), `quantity_minor` and `price_minor` (parts of the
            difference), `allowed`, `state`, `due_on`.
        named: What names each unit, with `invoice_ids`.
    """
    rows = bills.join(named.drop("currency"), on="unit").with_columns(
        (pl.col("unit") + APART).alias("unit"), pl.col("code").alias("currency")
    )
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    pieces = (pl.col("billed") - pl.col("received")).alias("parts")
    texts = [quantity_expr(pl.col("received")).alias("received"), quantity_expr(pl.col("billed")).alias("billed")]
    keys: list[str | pl.Expr] = [*DOCUMENT, "invoice_ids", pl.col("article").alias("sku")]
    apart = rows.with_columns(pieces).filter((pl.col("parts") != 0) & ~waits)
    dear = rows.filter(pl.col("price_minor").abs() > pl.col("allowed"))
    foreign = rows.filter("disagree").sort("unit", "article").unique("unit", keep="first", maintain_order=True)
    agreed, asked = pl.col("agreed_minor"), pl.col("amount_minor")
    return pl.concat(
        [
            findings_of(
                apart.with_columns(pl.col("state").alias("factor")),
                BILLED,
                keys=keys,
                evidence=[*texts, quantity_expr(pl.col("parts").abs()).alias("pieces"), "state", "due_on"],
                diffs=[pl.concat_str([texts[0], pl.lit(" -> "), texts[1]]).alias("quantity")],
                impact=pl.col("quantity_minor"),
                pieces=pl.col("parts"),
                expected_minor=agreed - pl.col("quantity_minor"),
                actual_minor=agreed,
            ),
            findings_of(
                dear.with_columns(agreed.alias("expected_minor"), asked.alias("actual_minor")),
                PRICE,
                keys=[*keys, pl.lit("price").alias("what")],
                evidence=[texts[1], _what("by price"), _zh("单价")],
                impact=pl.col("price_minor"),
                factor=pl.lit("price"),
            ),
            findings_of(
                foreign,
                PRICE,
                keys=[*DOCUMENT, "invoice_ids", pl.lit("currency").alias("what")],
                evidence=[
                    pl.lit("-").alias("billed"),
                    _what("by currency, so that no amount is compared"),
                    _zh("币种"),
                ],
                diffs=[
                    pl.concat_str(
                        [pl.col("goods_code").fill_null("-"), pl.lit(" -> "), pl.col("codes").list.join(",")]
                    ).alias("currency")
                ],
                note=True,
                factor=pl.lit("currency"),
            ),
        ]
    )


def _what(text: str) -> pl.Expr:
    return pl.lit(text).alias("how")


def _zh(text: str) -> pl.Expr:
    return pl.lit(text).alias("how_zh")


def without_cost(gaps: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Differences of pieces that have no cost.

    Args:
        gaps: Gaps with `state`.
        named: What names each unit.
    """
    waits = pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    rows = gaps.filter(pl.col("cost_minor").is_null() & ~waits).group_by(*KEY).agg(pl.col("parts").sum())
    every = rows.filter(pl.col("parts") != 0).join(named, on="unit")
    evidence = [quantity_expr(pl.col("parts")).alias("pieces")]
    return findings_of(every, NO_COST, keys=[*_keys(), pl.col("article").alias("sku")], evidence=evidence, note=True)


def naming(documents: pl.DataFrame, invoices: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """What names each unit: `supplier`, `document_id` (its order, else any), `invoice_ids`, `movement_ids`, `suggested`.

    Args:
        documents: Documents with `unit`.
        invoices: Invoices with `unit`.
        moves: Movements with `unit`.
    """
    note = pl.col("kind") == "delivery_note"
    parts = [
        documents.group_by("unit").agg(
            _ids("document_id", ~note).alias("heads"),
            _ids("document_id", note).alias("notes"),
            _ids("supplier").alias("of_documents"),
            pl.col("on").min().alias("issued"),
        ),
        invoices.group_by("unit").agg(
            _ids("document_id").alias("invoice_ids"),
            _ids("supplier").alias("of_invoices"),
            _ids("order_ref").alias("billed"),
        ),
        moves.group_by("unit").agg(
            _ids("document_ref").alias("moved"),
            _ids("movement_id").alias("movement_ids"),
            _ids("suggested").alias("suggested"),
            pl.col("on").min().alias("moved_on"),
        ),
    ]
    named = parts[0]
    for part in parts[1:]:
        named = named.join(part, on="unit", how="full", coalesce=True)
    names = [pl.when(pl.col(name) != "").then(name) for name in ("heads", "notes", "billed", "moved", "invoice_ids")]
    suppliers = [pl.when(pl.col(name) != "").then(name) for name in ("of_documents", "of_invoices")]
    sources = pl.concat(
        [
            rows.select("unit", pl.lit(rank).alias("rank"), *SOURCE)
            for rank, rows in enumerate((moves, documents, invoices))
        ]
    ).sort("unit", "rank", "source_file", "source_sheet", "source_line", nulls_last=True)
    first = sources.unique("unit", keep="first", maintain_order=True).drop("rank")
    return named.select(
        "unit",
        pl.coalesce(suppliers).alias("supplier"),
        pl.coalesce(names).alias("document_id"),
        "invoice_ids",
        "movement_ids",
        pl.when(pl.col("suggested") != "").then("suggested").alias("suggested"),
        pl.coalesce("moved_on", "issued").alias("on"),
    ).join(first, on="unit", how="left")


def _ids(column: str, where: pl.Expr | None = None) -> pl.Expr:
    values = pl.col(column) if where is None else pl.col(column).filter(where)
    return values.drop_nulls().unique().sort().head(20).str.join(",")
