"""Taking documents and movements: which count, and which hang together.

A delivery note and an invoice belong to the purchase order that they name, an invoice to the delivery note, the return or the
invoice that it names, and a movement to the document that it names. What names the same absent document hangs together too.
What goes back to a supplier is a unit of its own, tied to the purchase that its document or its movement names.
"""

import polars as pl

from tieout.matching._components import roots_of
from tieout.model import StockDocument
from tieout.outcome import CarryForward
from tieout.reconciliations._common.movements import take_movements
from tieout.reconciliations._common.sides import Role, Side, local_day, parts_of, take
from tieout.reconciliations._common.versions import LISTED_TWICE, latest
from tieout.tables import FrameLike, table_of

__all__ = [
    "DAMAGED",
    "OTHER",
    "PURCHASE",
    "RETURN",
    "SIGNS",
    "TRANSFER",
    "lines_of",
    "take_documents",
    "take_moves",
    "with_units",
]

PURCHASE = "purchase"
TRANSFER = "transfer"
RETURN = "purchase_return"
_FAMILIES = {
    "purchase_order": PURCHASE,
    "delivery_note": PURCHASE,
    "supplier_invoice": PURCHASE,
    "purchase_return": RETURN,
    "transfer_order": TRANSFER,
    "scrap_approval": "scrap",
    "assembly_order": "assembly",
    "other_in": "other_in",
    "other_out": "other_out",
}
_MOVES = {
    "purchase_in": PURCHASE,
    "purchase_return_out": RETURN,
    "transfer_out": TRANSFER,
    "transfer_in": TRANSFER,
    "scrap_out": "scrap",
    "assemble_out": "assembly",
    "assemble_in": "assembly",
    "other_in": "other_in",
    "other_out": "other_out",
}
SIGNS = {RETURN: -1, "scrap": -1, "other_out": -1}
"""Families whose documents say as a positive quantity what leaves."""
DAYS_OF_DOCUMENTS = ("issued_on", "expected_on")
"""Days of a document, the first known of which is its own."""
_INVOICE = "supplier_invoice"
_NOTE = "delivery_note"
_DOCUMENT = ("book_id", "kind", "document_id")
_UNSOUND = ("B", "C", "missing", "wrong")
OTHER = "another kind of movement"
DAMAGED = "came in damaged"
"""Reason of pieces of a purchase that came in and are not as they should be."""


def take_documents(given: FrameLike, opening: CarryForward | None) -> tuple[Side, Side]:
    """Documents, and the suppliers' invoices among them, each with `reason`, why one does not count, and `family`."""
    every = table_of(given if given is not None else [], StockDocument).to_polars()
    is_invoice = pl.col("kind") == _INVOICE
    sides = []
    for name, rows, role in (
        ("documents", every.filter(~is_invoice), Role.EXPECTED),
        ("invoices", every.filter(is_invoice), Role.ACTUAL),
    ):
        supplier = pl.col("supplier").fill_null("")
        on = pl.coalesce(DAYS_OF_DOCUMENTS)
        side = take(name, StockDocument, rows, role=role, key=_DOCUMENT, opening=opening, identity=supplier, on=on)
        side = latest(side, (*_DOCUMENT, "supplier"), DAYS_OF_DOCUMENTS)
        family = pl.col("kind").replace_strict(_FAMILIES, return_dtype=pl.String)
        sides.append(side.with_columns(family.alias("family")))
    return sides[0], sides[1]


def take_moves(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Movements with `reason`, `family`, and `parts`, what moved: in is positive."""
    on = local_day("occurred_at", timezone)
    side = take_movements(given, opening, role=Role.ACTUAL, on=on)
    family = pl.col("type").replace_strict(_MOVES, default=None, return_dtype=pl.String)
    unsound = (family == PURCHASE) & pl.col("condition").is_in(_UNSOUND).fill_null(value=False)
    reason = (
        pl.when("is_repeat")
        .then(pl.lit(LISTED_TWICE))
        .when(family.is_null())
        .then(pl.lit(OTHER))
        .when(unsound)
        .then(pl.lit(DAMAGED))
    )
    return side.with_columns(
        reason.alias("reason"), family.alias("family"), parts_of(pl.col("quantity")).alias("parts")
    )


def with_units(documents: Side, invoices: Side, moves: Side) -> tuple[Side, Side, Side]:
    """The sides with `unit`: documents and movements that hang together share one.

    Documents gain `is_absent`: they name one that is not there; movements `suggested`: the suppliers of whose delivery notes they
    may be; all of them `purchase`: the unit of the purchase of which a return is, null where none or several are named.
    """
    counts = pl.col("reason").is_null()
    starts = (0, documents.frame.height, documents.frame.height + invoices.frame.height)
    docs, bills = (
        side.frame.filter(counts).with_columns((pl.col("row") + start).alias("node"))
        for side, start in zip((documents, invoices), starts, strict=False)
    )
    moved = moves.frame.filter(counts | (pl.col("reason") == DAMAGED)).with_columns(
        (pl.col("row") + starts[2]).alias("node"), pl.lit(None, dtype=pl.String).alias("supplier")
    )
    notes = docs.filter(pl.col("kind") == _NOTE)
    heads = docs.filter(pl.col("kind") != _NOTE).select("node", "book_id", _name("document_id"))
    refs = docs.select("node", "book_id", _name("order_ref")).drop_nulls("name")
    said = pl.concat([heads, refs])
    own = [rows.select("node", "book_id", _of_supplier(what)) for what, rows in (("note", notes), ("invoice", bills))]
    known = said.select("book_id", "name").unique()
    is_back = pl.col("kind") == RETURN
    theirs = _targets([("note", notes), ("return", docs.filter(is_back)), ("invoice", bills)])
    billed = _linked(_naming(bills, "order_ref"), known, theirs)
    meant = _linked(_naming(moved, "document_ref"), known, theirs.filter(pl.col("rank") == 0))
    back, names_of_back = _returned(docs.filter(is_back), moved, known, theirs, starts[2] + moves.frame.height)
    columns = said.columns
    edges = pl.concat([said, *own, billed.select(columns), meant.select(columns), names_of_back.select(columns)])
    edges = edges.drop_nulls("name")
    ids = edges.select(pl.col("node"), pl.struct("book_id", "name").rank("dense").cast(pl.Int64).alias("id"))
    rooted = ids.with_columns(roots_of(ids["node"], ids["id"]).cast(pl.Int64).alias("root"))
    roots = rooted.select("node", "root").unique("node", keep="first", maintain_order=True)
    present = heads.select("book_id", "name").unique()
    of_orders = docs.filter(~is_back).select("node", "book_id", _name("order_ref")).drop_nulls("name")
    wanted = [of_orders, *(rows.filter(~pl.col("is_known")).select(columns) for rows in (billed, back))]
    lost = pl.concat(wanted).drop_nulls("name").join(present, on=["book_id", "name"], how="anti", nulls_equal=True)
    documents, invoices, moves = (
        _rooted(side, start, roots, lost, meant)
        for side, start in zip((documents, invoices, moves), starts, strict=True)
    )
    ties = _ties(roots, names_of_back)
    documents, invoices, moves = (
        side.with_frame(side.frame.join(ties, on="unit", how="left", maintain_order="left"))
        for side in (documents, invoices, moves)
    )
    return documents, invoices, moves


def _returned(
    returns: pl.DataFrame, moved: pl.DataFrame, known: pl.DataFrame, theirs: pl.DataFrame, height: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What returns to suppliers name: the documents as `_linked`; and the names of all of them by nodes beyond all others.

    A return hangs together with the purchase in money only, so its purchase is told by nodes that are of no record (`of` has
    the record's own).

    Args:
        returns: Documents of returns.
        moved: Movements that count; those of returns that name no document of one may name the purchase itself.
        known: Names that orders have or are called by.
        theirs: As `_targets`.
        height: How many nodes there are.
    """
    others = theirs.filter(pl.col("rank") != 1)
    docs = _linked(_naming(returns, "order_ref", PURCHASE), known, others)
    own = returns.select("node", "book_id", _of_supplier("return"))
    listed = returns.select("book_id", pl.col("document_id").alias("document_ref")).unique()
    alone = moved.filter(pl.col("family") == RETURN).join(
        listed, on=["book_id", "document_ref"], how="anti", nulls_equal=True
    )
    moves = _linked(_naming(alone, "document_ref", PURCHASE), known, others)
    names = pl.concat([rows.select("node", "book_id", "name") for rows in (docs, own, moves)]).drop_nulls("name")
    return docs, names.with_columns(pl.col("node").alias("of"), (pl.col("node") + height).alias("node"))


def _ties(roots: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Units of returns with the one `purchase` of which they are."""
    height = pl.col("node") - pl.col("of")
    beyond = names.select("of", "node", height.alias("height")).unique()
    told = beyond.join(roots, on="node").filter(pl.col("root") < pl.col("height"))
    units = roots.select(pl.col("node").alias("of"), pl.col("root").alias("unit"))
    each = told.join(units, on="of").group_by("unit").agg(pl.col("root").unique().alias("purchases"))
    return each.filter(pl.col("purchases").list.len() == 1).select(
        "unit", pl.col("purchases").list.first().alias("purchase")
    )


def _naming(rows: pl.DataFrame, column: str, family: str | None = None) -> pl.DataFrame:
    """Rows with the `number` of what they name, a document of their own family or of another."""
    kind = pl.col("family") if family is None else pl.lit(family).alias("family")
    return rows.select("node", "book_id", kind, "supplier", number=column)


def _targets(documents: list[tuple[str, pl.DataFrame]]) -> pl.DataFrame:
    """Documents that are meant by their number and their supplier, where no order has it: a lower `rank` goes before."""
    return pl.concat(
        [
            rows.select(
                pl.col("node").alias("target"),
                "book_id",
                pl.col("document_id").alias("number"),
                pl.col("supplier").alias("of"),
                _of_supplier(what).alias("note"),
                pl.lit(rank).alias("rank"),
            )
            for rank, (what, rows) in enumerate(documents)
        ]
    )


def _name(column: str) -> pl.Expr:
    return pl.concat_str(["family", column], separator="\x1f").alias("name")


def _of_supplier(what: str) -> pl.Expr:
    parts = [pl.lit(what), pl.col("supplier").fill_null(""), pl.col("document_id")]
    return pl.concat_str(parts, separator="\x1f").alias("name")


def _linked(rows: pl.DataFrame, known: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Rows with the `name` of what their `number` means: an order of that number, else one of `theirs`, else the number itself.

    `is_known` says that it is one of `theirs`; `suggested` has the suppliers, where documents of several have the number.
    """
    named = rows.with_columns(_name("number"))
    is_known = named.join(known, on=["book_id", "name"], how="semi", nulls_equal=True)["node"].implode()
    open_ = named.filter((pl.col("family") == PURCHASE) & ~pl.col("node").is_in(is_known))
    fits = (pl.col("supplier") == pl.col("of")).fill_null(value=True)
    found = (
        open_.drop("name")
        .join(theirs, on=["book_id", "number"], nulls_equal=True)
        .filter(fits & pl.col("number").is_not_null() & (pl.col("target") != pl.col("node")))
        .filter(pl.col("rank") == pl.col("rank").min().over("node"))
        .group_by("node")
        .agg(
            pl.col("note").unique().sort(),
            pl.col("of").drop_nulls().unique().sort().head(20).str.join(",").alias("suggested"),
        )
    )
    one = pl.col("note").list.len() == 1
    told = found.select(
        "node",
        pl.when(one).then(pl.col("note").list.first()).alias("note"),
        pl.when(~one).then("suggested").alias("suggested"),
    )
    joined = named.join(told, on="node", how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(pl.col("suggested").is_not_null()).then(None).otherwise(pl.coalesce("note", "name")).alias("name"),
        pl.col("note").is_not_null().alias("is_known"),
    )


def _rooted(side: Side, start: int, roots: pl.DataFrame, lost: pl.DataFrame, meant: pl.DataFrame) -> Side:
    node = pl.col("row") + start
    frame = side.frame.with_columns(node.alias("node")).join(roots, on="node", how="left", maintain_order="left")
    frame = frame.join(meant.select("node", "suggested"), on="node", how="left", maintain_order="left")
    return side.with_frame(
        frame.with_columns(
            pl.coalesce("root", "node").cast(pl.Int64).alias("unit"),
            pl.col("node").is_in(lost["node"].implode()).alias("is_absent"),
        ).drop("node", "root")
    )


def lines_of(side: Side) -> pl.DataFrame:
    """The lines of documents that count: `row`, `unit`, facts of the document, `sku`, `batch`, `parts`, `price_minor`, `code`.

    A document without lines gives one without a SKU. Lines of no piece are among them; those of fewer than none too.

    Args:
        side: Documents with `unit`.
    """
    line = pl.col("lines").struct
    kept = (
        "row",
        "unit",
        "book_id",
        "family",
        "kind",
        "document_id",
        "supplier",
        "status",
        "warehouse",
        "to_warehouse",
        "issued_on",
    )
    return (
        side.frame.filter(pl.col("reason").is_null())
        .select(*kept, "expected_on", pl.col("currency").alias("document_code"), "lines")
        .explode("lines", empty_as_null=True)
        .select(
            *kept,
            "expected_on",
            line.field("sku").alias("sku"),
            line.field("batch").alias("batch"),
            parts_of(line.field("quantity")).alias("parts"),
            line.field("unit_price_minor").alias("price_minor"),
            pl.coalesce(line.field("currency"), "document_code").alias("code"),
            line.field("tax_rate").alias("rate"),
        )
    )
