"""What is said beside the pieces of documents: batches, days, warehouses, months, and records that lack something."""

from datetime import date

import polars as pl

from tieout.reconciliations._common.due import DueRules
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import parts_of, quantity_expr
from tieout.reconciliations._inbound.findings import DOCUMENT
from tieout.reconciliations._inbound.taking import PURCHASE, TRANSFER

__all__ = [
    "absent",
    "batches",
    "contradicted",
    "days",
    "lines_aside",
    "months",
    "never_billed",
    "of_transfers",
    "warehouses",
]

BATCH = "warehouse.inbound_batch_mismatch"
DATE = "warehouse.inbound_date_mismatch"
WAREHOUSE = "warehouse.inbound_warehouse_mismatch"
ORDERED = "warehouse.transfer_order_mismatch"
PERIOD = "warehouse.period_mismatch"
EMPTY = "data.document_empty"
ABSENT = "data.document_missing"
NO_PRICE = "data.amount_missing"
NOT_POSITIVE = "data.quantity_not_positive"
CONFLICT = "data.document_conflict"
NOT_BILLED = "warehouse.inbound_not_billed"


def batches(lines: pl.DataFrame, moves: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Batches that came in and are not those of the documents.

    Args:
        lines: Lines of documents that count.
        moves: Movements that count, with `article`.
        named: What names each unit.
    """
    note = (pl.col("kind") == "delivery_note").any().over("unit", "sku")
    said = lines.filter(pl.col("batch").is_not_null() & (pl.col("parts") > 0))
    said = said.filter(~note | (pl.col("kind") == "delivery_note")).rename({"sku": "article"})
    came = moves.filter(pl.col("batch").is_not_null() & (pl.col("parts") > 0))
    by = ["unit", "article"]
    both = _batched(said, by, "said").join(_batched(came, by, "came"), on=by)
    is_other = (pl.col("said_names") != pl.col("came_names")) | (
        (pl.col("said_parts") == pl.col("came_parts")) & (pl.col("said") != pl.col("came"))
    )
    found = both.filter(is_other).join(named, on="unit")
    return findings_of(
        found,
        BATCH,
        keys=[*DOCUMENT, pl.col("article").alias("sku")],
        evidence=[pl.col("said").alias("documented"), pl.col("came").alias("received")],
        diffs=[pl.concat_str(["said", pl.lit(" -> "), "came"]).alias("batch")],
        note=True,
    )


def _batched(rows: pl.DataFrame, by: list[str], name: str) -> pl.DataFrame:
    each = rows.group_by(*by, "batch").agg(pl.col("parts").sum()).sort(*by, "batch")
    text = pl.concat_str([pl.col("batch"), pl.lit(": "), quantity_expr(pl.col("parts"))])
    return each.group_by(by, maintain_order=True).agg(
        text.str.join(", ").alias(name),
        pl.col("batch").str.join(", ").alias(f"{name}_names"),
        pl.col("parts").sum().alias(f"{name}_parts"),
    )


def days(units: pl.DataFrame, moves: pl.DataFrame, named: pl.DataFrame, delivered: DueRules) -> pl.DataFrame:
    """Goods that moved before the document that orders them, or later than was promised.

    Args:
        units: `unit`, `issued_on`, `noted_on`, `expected_on`.
        moves: Movements that count.
        named: What names each unit.
        delivered: When goods are late, counted from the day that was promised.
    """
    dated = (
        moves.filter(pl.col("on").is_not_null())
        .join(units, on="unit")
        .join(named.select("unit", "supplier"), on="unit")
    )
    late = delivered.late_expr(pl.col("expected_on"), pl.col("supplier"))
    parts = [
        dated.filter(pl.col("on") < pl.col("issued_on")).select(
            "unit", pl.lit("early").alias("what"), pl.col("issued_on").alias("said_on"), pl.col("on").alias("moved_on")
        ),
        dated.filter(pl.col("on") >= late).select(
            "unit", pl.lit("late").alias("what"), pl.col("expected_on").alias("said_on"), pl.col("on").alias("moved_on")
        ),
    ]
    apart = (pl.col("moved_on") - pl.col("said_on")).abs()
    worst = pl.concat(parts).sort("unit", "what", apart, descending=[False, False, True])
    found = worst.unique(["unit", "what"], keep="first", maintain_order=True).join(named.drop("on"), on="unit")
    return findings_of(
        found.with_columns(pl.col("moved_on").alias("on"), pl.col("what").alias("factor")),
        DATE,
        keys=[*DOCUMENT, "what"],
        evidence=[
            "said_on",
            "moved_on",
            pl.col("what")
            .replace({"early": "before its own date", "late": "after the day that was promised"})
            .alias("how"),
            pl.col("what").replace({"early": "早于单据日期", "late": "晚于约定日期"}).alias("how_zh"),
        ],
        note=True,
    )


def warehouses(documents: pl.DataFrame, moves: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Goods that moved in another warehouse than their documents name.

    Args:
        documents: Documents that count, with `unit`.
        moves: Movements that count.
        named: What names each unit.
    """
    arriving = documents.filter(pl.col("family") == TRANSFER).select(
        "unit", pl.col("to_warehouse").alias("said"), is_in=True
    )
    leaving = documents.filter(pl.col("family") == TRANSFER).select(
        "unit", pl.col("warehouse").alias("said"), is_in=False
    )
    others = documents.filter(pl.col("family") != TRANSFER).select(
        "unit", pl.col("warehouse").alias("said"), is_in=pl.lit(None, dtype=pl.Boolean)
    )
    said = (
        pl.concat([arriving, leaving, others])
        .drop_nulls("said")
        .group_by("unit", "is_in")
        .agg(pl.col("said").unique().sort())
    )
    is_in = pl.when(pl.col("family") == TRANSFER).then(pl.col("type") == "transfer_in")
    moved = moves.filter(pl.col("warehouse").is_not_null()).with_columns(is_in.alias("is_in"))
    apart = (
        moved.join(said, on=["unit", "is_in"], nulls_equal=True)
        .filter(~pl.col("said").list.contains(pl.col("warehouse")))
        .group_by(
            "unit", "article", pl.col("said").list.join(",").alias("named"), pl.col("warehouse").alias("moved_in")
        )
        .agg(pl.col("parts").sum())
        .join(named, on="unit")
    )
    return findings_of(
        apart,
        WAREHOUSE,
        keys=[*DOCUMENT, pl.col("article").alias("sku"), "named", "moved_in"],
        evidence=[quantity_expr(pl.col("parts").abs()).alias("pieces")],
        diffs=[pl.concat_str(["named", pl.lit(" -> "), "moved_in"]).alias("warehouse")],
        note=True,
    )


def of_transfers(rows: pl.DataFrame, named: pl.DataFrame, received: DueRules, as_of: date) -> pl.DataFrame:
    """Transfers of which another quantity left than their order says.

    Args:
        rows: What was to be there and is.
        named: What names each unit.
        received: When goods are to have moved, counted from the day of the order.
        as_of: Day of the run.
    """
    start = pl.coalesce("expected_on", "issued_on")
    none = pl.lit(None, dtype=pl.String)
    overdue = received.state_expr(start, none, as_of).is_in(["late", "missing"])
    apart = (pl.col("family") == TRANSFER) & pl.col("has_document") & (pl.col("ordered") != pl.col("out"))
    found = rows.filter(apart & ((pl.col("out") > pl.col("ordered")) | overdue)).join(named, on="unit")
    texts = [quantity_expr(pl.col("ordered")).alias("documented"), quantity_expr(pl.col("out")).alias("moved")]
    return findings_of(
        found,
        ORDERED,
        keys=[*DOCUMENT, pl.col("article").alias("sku")],
        evidence=texts,
        diffs=[pl.concat_str([texts[0], pl.lit(" -> "), texts[1]]).alias("quantity")],
        note=True,
    )


def months(documents: pl.DataFrame, moves: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Goods of a delivery note that were booked in another month than it (`domain.md` 6.2).

    Args:
        documents: Documents that count, with `unit`.
        moves: Movements that count, with `minor`.
        named: What names each unit.
    """
    month = pl.col("on").dt.strftime("%Y-%m")
    notes = documents.filter((pl.col("kind") == "delivery_note") & pl.col("issued_on").is_not_null())
    came = notes.group_by("unit").agg(
        pl.col("issued_on").dt.strftime("%Y-%m").unique().alias("months"),
        pl.col("issued_on").unique().sort().alias("noted"),
    )
    dated = moves.filter((pl.col("family") == PURCHASE) & pl.col("on").is_not_null()).join(came, on="unit")
    apart = (
        dated.filter(~pl.col("months").list.contains(month))
        .explode("noted")
        .with_columns((pl.col("on") - pl.col("noted")).abs().alias("far"))
    )
    nearest = apart.sort("row", "far", "noted").unique("row", keep="first", maintain_order=True)
    found = (
        nearest.group_by("unit", pl.col("noted").alias("noted_on"), month.alias("booked_in"))
        .agg(pl.col("parts", "minor").sum(), pl.col("on").min().alias("booked_on"))
        .join(named.drop("on"), on="unit")
    )
    what = pl.concat_str([pl.lit("the delivery of "), pl.col("document_id")]).alias("what")
    return findings_of(
        found.with_columns(pl.col("booked_on").alias("on")),
        PERIOD,
        keys=[*DOCUMENT, "noted_on", "booked_in"],
        evidence=[
            quantity_expr(pl.col("parts")).alias("pieces"),
            what,
            pl.concat_str([pl.lit("到货 "), pl.col("document_id")]).alias("what_zh"),
            pl.col("noted_on").alias("happened_on"),
            "booked_on",
            pl.col("minor").alias("cost_minor"),
        ],
        note=True,
    )


def lines_aside(side: pl.DataFrame, name: str) -> pl.DataFrame:
    """Documents without lines, lines of no piece or of fewer, and lines of an invoice without a price.

    Args:
        side: Documents that count, with `unit` and `on`.
        name: What the side is called.
    """
    line = pl.col("lines").struct
    every = side.explode("lines", empty_as_null=True).with_columns(
        line.field("sku").alias("sku"),
        line.field("quantity").alias("quantity"),
        line.field("unit_price_minor").alias("price"),
    )
    keys = ["kind", *DOCUMENT]
    taken = (pl.col("kind") == "assembly_order") & (pl.col("quantity") < 0)
    empty = every.filter(pl.col("sku").is_null())
    credits_ = (pl.col("kind") == "supplier_invoice") & (
        (pl.col("quantity") < 0) | (pl.col("price") < 0).fill_null(value=False)
    )
    none = every.filter((pl.col("quantity") <= 0) & ~taken & ~credits_).with_columns(
        quantity_expr(parts_of(pl.col("quantity"))).alias("quantity")
    )
    costless = every.filter(
        (pl.col("kind") == "supplier_invoice") & pl.col("price").is_null() & pl.col("sku").is_not_null()
    )
    said = pl.lit(name).alias("side")
    return pl.concat(
        [
            findings_of(empty, EMPTY, keys=keys, note=True),
            findings_of(none, NOT_POSITIVE, keys=[said, *keys, "sku", "quantity"], note=True),
            findings_of(costless, NO_PRICE, keys=[*keys, "sku"], note=True),
        ]
    )


def contradicted(sides: list[pl.DataFrame]) -> pl.DataFrame:
    """Records of documents that differ from the one that counts, and are as late.

    Args:
        sides: Documents and invoices, those that do not count among them, with `unit`, `on` and `is_tied`.
    """
    columns = ["unit", "on", "kind", *DOCUMENT, *SOURCE]
    rows = pl.concat([side.filter("is_tied").select(columns) for side in sides])
    return findings_of(rows, CONFLICT, keys=["kind", *DOCUMENT], note=True)


def absent(sides: list[pl.DataFrame]) -> pl.DataFrame:
    """Delivery notes and invoices that name an order which is not there.

    Args:
        sides: Documents that count, with `unit`, `on` and `is_absent`.
    """
    columns = ["unit", "on", "kind", *DOCUMENT, "order_ref", *SOURCE]
    rows = pl.concat([side.filter("is_absent").select(columns) for side in sides])
    return findings_of(rows, ABSENT, keys=["kind", *DOCUMENT, "order_ref"], note=True)


def never_billed(
    open_: pl.DataFrame, moves: pl.DataFrame, named: pl.DataFrame, invoiced: DueRules, as_of: date
) -> pl.DataFrame:
    """Purchases that came in long ago, and of which nothing was billed: they stay accrued until they are.

    Args:
        open_: What came in of them, with `minor`.
        moves: Movements that count.
        named: What names each unit.
        invoiced: When goods that came in are to be billed.
        as_of: Day of the run.
    """
    came = moves.filter(pl.col("family") == PURCHASE).group_by("unit").agg(pl.col("on").max().alias("came_on"))
    worth = open_.group_by("unit").agg(
        pl.col("minor").sum().alias("cost_minor"), pl.col("code").first().alias("currency")
    )
    rows = worth.join(came, on="unit").join(named.drop("currency", strict=False), on="unit")
    start, source = pl.col("came_on"), pl.col("supplier")
    old = rows.filter(start.is_not_null() & (invoiced.state_expr(start, source, as_of) == "missing"))
    evidence: list[str | pl.Expr] = ["came_on", invoiced.due_expr(start, source).alias("due_on"), "cost_minor"]
    return findings_of(old, NOT_BILLED, keys=[*DOCUMENT], evidence=evidence, note=True)
