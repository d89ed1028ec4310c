"""Pieces: what documents say is to move, and what moved, by document and article.

A purchase is held to its order, or to its delivery notes where there is no order; what leaves for a transfer is to come in again;
every other movement is held to its own document.
"""

import polars as pl

from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.pieces import average_cost, in_place_of, less
from tieout.reconciliations._inbound.taking import DAMAGED, PURCHASE, SIGNS, TRANSFER

__all__ = ["KEY", "compared", "gaps_of", "valued"]

KEY = ("unit", "article")


def compared(lines: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """What is to be there and is, one row per unit and article.

    It has `family`, `ordered`, `delivered`, `good` (what moved and is sound, signed), `damaged`, `out` (of a transfer),
    `expected` (signed), `has_order`, `has_document`, `expected_on`, `issued_on`, `noted_on`, and prices and costs.

    Args:
        lines: Lines of documents that count, without invoices.
        moves: Movements that count, the damaged ones among them: `unit`, `family`, `sku`, `parts`, `reason`.
    """
    sound = lines.filter(_is_sound())
    live = (pl.col("status") != "cancelled").fill_null(value=True)
    sums = [
        sound.with_columns(pl.col("sku").alias("article"))
        .group_by(*KEY)
        .agg(
            *_said(live),
            *_priced("order", pl.col("kind") != "delivery_note"),
            *_priced("note", pl.col("kind") == "delivery_note"),
        ),
        moves.with_columns(pl.col("sku").alias("article")).group_by(*KEY).agg(*_moved()),
    ]
    keys = pl.concat([rows.select(*KEY) for rows in sums]).unique().sort(*KEY)
    for rows in sums:
        keys = keys.join(rows, on=list(KEY), how="left", maintain_order="left")
    figures = ("ordered", "delivered", "asked", "good", "damaged", "out", "came", "movements")
    filled = keys.join(_units(lines, moves), on="unit", how="left", maintain_order="left").with_columns(
        pl.col(name).fill_null(0) for name in figures
    )
    return _expected(filled)


def _is_sound() -> pl.Expr:
    """Lines that say an article and a quantity that can be; only what an assembly takes is negative."""
    may = (pl.col("parts") > 0) | ((pl.col("kind") == "assembly_order") & (pl.col("parts") != 0))
    return pl.col("sku").is_not_null() & may


def _said(live: pl.Expr) -> list[pl.Expr]:
    parts = pl.col("parts")
    sign = pl.col("family").replace_strict(SIGNS, default=1, return_dtype=pl.Int64)
    order, note = pl.col("kind") == "purchase_order", pl.col("kind") == "delivery_note"
    others = ~pl.col("family").is_in([PURCHASE, TRANSFER])
    return [
        parts.filter((order | (pl.col("family") == TRANSFER)) & live).sum().alias("ordered"),
        parts.filter(note & live).sum().alias("delivered"),
        (parts * sign).filter(others & live).sum().alias("asked"),
    ]


def _priced(name: str, where: pl.Expr) -> list[pl.Expr]:
    said = where & pl.col("price_minor").is_not_null()
    price, parts = pl.col("price_minor").filter(said), pl.col("parts").abs().filter(said)
    return [
        average_cost(price, parts).alias(f"{name}_price"),
        (price.cast(pl.Int128) * parts).sum().alias(f"{name}_worth"),
        parts.filter(price > 0).sum().alias(f"{name}_paid"),
        parts.filter(price == 0).sum().alias(f"{name}_gifts"),
        pl.col("code").filter(said).unique().alias(f"{name}_codes"),
    ]


def _moved() -> list[pl.Expr]:
    parts, sound = pl.col("parts"), pl.col("reason").is_null()
    costed = sound & (pl.col("unit_cost_minor") >= 0)
    return [
        parts.filter(sound).sum().alias("good"),
        parts.filter(pl.col("reason") == DAMAGED).sum().alias("damaged"),
        (-parts).filter(pl.col("type") == "transfer_out").sum().alias("out"),
        parts.filter(pl.col("type") == "transfer_in").sum().alias("came"),
        pl.len().cast(pl.Int64).alias("movements"),
        average_cost(pl.col("unit_cost_minor").filter(costed), parts.abs().filter(costed)).alias("own_cost"),
        pl.col("currency").filter(costed).drop_nulls().unique().alias("own_codes"),
    ]


def _units(lines: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """What each unit is: its family, which documents it has, and their days."""
    note = pl.col("kind") == "delivery_note"
    live = (pl.col("status") != "cancelled").fill_null(value=True)
    promised = pl.col("expected_on").filter(~note & live)
    of_documents = lines.group_by("unit").agg(
        pl.col("family").first(),
        (pl.col("kind") == "purchase_order").any().alias("has_order"),
        (note & live).any().alias("has_note"),
        (pl.col("status") == "closed").fill_null(value=False).filter(~note).all().alias("is_closed"),
        promised.max().alias("expected_on"),
        pl.col("issued_on").filter(~note).max().alias("issued_on"),
        pl.col("issued_on").filter(note).max().alias("noted_on"),
        (~note).any().alias("has_head"),
    )
    of_moves = moves.group_by("unit").agg(pl.col("family").first().alias("family_moved"))
    joined = of_documents.join(of_moves, on="unit", how="full", coalesce=True)
    flags = ("has_order", "has_note", "has_head")
    return joined.with_columns(
        pl.coalesce("family", "family_moved").alias("family"),
        pl.col("has_order").is_not_null().alias("has_document"),
        *(pl.col(name).fill_null(value=False) for name in flags),
        (pl.col("is_closed").fill_null(value=False) & pl.col("has_head").fill_null(value=False)).alias("is_closed"),
    ).drop("family_moved", "has_head")


def _expected(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `expected`, and `side`: 1 where pieces are to come in, -1 where they are to leave."""
    purchase = pl.when("has_order").then("ordered").otherwise("delivered")
    whole = (
        pl.when(pl.col("family") == PURCHASE)
        .then(purchase)
        .when(pl.col("family") == TRANSFER)
        .then(0)
        .otherwise("asked")
    )
    asked = rows.with_columns(whole.alias("whole"))
    side = (
        pl.when(pl.col("family") == TRANSFER)
        .then(1)
        .when(pl.col("whole") != 0)
        .then(pl.col("whole").sign())
        .otherwise(pl.col("good").sign())
    )
    asked = asked.with_columns(pl.when(side == 0).then(1).otherwise(side).cast(pl.Int64).alias("side"))
    moved = pl.max_horizontal(pl.col("side") * pl.col("good") + pl.col("damaged"), pl.lit(0))
    closed = pl.min_horizontal(pl.col("whole").abs(), moved) * pl.col("side")
    return asked.with_columns(pl.when("is_closed").then(closed).otherwise("whole").alias("expected")).drop("whole")


def valued(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `cost_minor`, the cost of one piece, and `code`, the currency of the unit; null where it has several.

    A purchase costs what its order says, else its delivery note, else its movements; everything else what its movements say.
    What its order, else its note, says exactly is `worth` (minor units x parts) of `paid` parts, and `gifts`, parts at a price
    of nothing; all are nothing where no price is said.
    """
    names = ("order", "note", "own")
    codes = rows.group_by("unit").agg(
        pl.col("family").first(),
        *(pl.col(f"{name}_codes").explode().drop_nulls().unique().sort().alias(f"{name}_codes") for name in names),
    )
    purchase = pl.col("family") == PURCHASE
    chosen = (
        pl.when(purchase & (pl.col("order_codes").list.len() > 0))
        .then("order_codes")
        .when(purchase & (pl.col("note_codes").list.len() > 0))
        .then("note_codes")
        .when(pl.col("own_codes").list.len() > 0)
        .then("own_codes")
        .otherwise("order_codes")
    )
    one = codes.with_columns(chosen.alias("codes")).select(
        "unit", pl.when(pl.col("codes").list.len() == 1).then(pl.col("codes").list.first()).alias("code")
    )
    joined = rows.join(one, on="unit", how="left", maintain_order="left")
    priced = {
        name: pl.when(
            (pl.col(f"{name}_codes").list.len() == 1) & (pl.col(f"{name}_codes").list.first() == pl.col("code"))
        ).then(f"{name}_{'cost' if name == 'own' else 'price'}")
        for name in names
    }
    cost = (
        pl.when(purchase)
        .then(pl.coalesce(priced["order"], priced["note"], priced["own"]))
        .otherwise(pl.coalesce(priced["own"], priced["order"]))
    )
    said = ("worth", "paid", "gifts")
    by_note = purchase & priced["order"].is_null() & priced["note"].is_not_null()
    exact = [pl.when(by_note).then(f"note_{what}").otherwise(f"order_{what}").fill_null(0).alias(what) for what in said]
    return joined.with_columns(cost.alias("cost_minor"), *exact).drop(
        *(f"{name}_codes" for name in names),
        "order_price",
        "note_price",
        "own_cost",
        *(f"{name}_{what}" for name in names[:2] for what in said),
    )


def gaps_of(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What does not agree, in parts that are explained one by one.

    Args:
        rows: As `valued`.

    Returns:
        One row per unit, article and `what`: `damaged` (came in and is not sound), `lost` (on a delivery note and did not come),
        `undelivered` (ordered and on no delivery note), `short`, `over`; with `parts`, signed as actual - expected. And articles
        that stand in the place of others: `unit`, `article`, `instead_of` (null for nothing), `parts`.
    """
    stands, wants = pl.col("side") * pl.col("good"), pl.col("side") * pl.col("expected")
    lacking = pl.max_horizontal(wants - stands, pl.lit(0))
    over = pl.max_horizontal(stands - wants, pl.lit(0))
    damaged = pl.min_horizontal(lacking, pl.max_horizontal(pl.col("damaged"), pl.lit(0)))
    base = rows.with_columns(damaged.alias("of_damage"), (lacking - damaged).alias("rest"), over.alias("of_over"))
    nobody_asked = (pl.col("ordered") == 0) & (pl.col("delivered") == 0) & (pl.col("expected") == 0)
    strange = pl.col("has_document") & nobody_asked & (pl.col("family") == PURCHASE)
    foreign = base.filter(strange & (pl.col("of_over") > 0)).select(*KEY, pl.col("of_over").alias("parts"))
    short = base.filter((pl.col("rest") > 0) & (pl.col("family") == PURCHASE)).select(
        *KEY, pl.col("rest").alias("parts")
    )
    fills = in_place_of(foreign, short, by=["unit"])
    beyond = less(foreign, fills, by=["unit"]).filter(pl.col("parts") > 0)
    replaced = pl.concat(
        [fills, beyond.select("unit", "article", pl.lit(None, dtype=pl.String).alias("instead_of"), "parts")]
    )
    taken = fills.group_by("unit", pl.col("instead_of").alias("article")).agg(pl.col("parts").sum().alias("filled"))
    left = base.join(taken, on=list(KEY), how="left", maintain_order="left").with_columns(
        (pl.col("rest") - pl.col("filled").fill_null(0)).alias("rest"),
        pl.when(strange).then(0).otherwise("of_over").alias("of_over"),
    )
    came = pl.max_horizontal(stands + pl.col("damaged"), pl.lit(0))
    on_note = pl.min_horizontal(pl.max_horizontal(pl.col("delivered") - came, pl.lit(0)), "rest")
    lost = pl.when(pl.col("family") == PURCHASE).then(on_note).otherwise(0)
    is_purchase = pl.col("family") == PURCHASE
    sizes = {
        "damaged": -pl.col("of_damage"),
        "lost": -lost,
        "undelivered": -pl.when(is_purchase).then(pl.col("rest") - lost).otherwise(0),
        "short": -pl.when(~is_purchase).then("rest").otherwise(0),
        "over": pl.col("of_over"),
    }
    parts = [
        left.with_columns(pl.lit(what).alias("what"), (size * pl.col("side")).alias("parts"))
        for what, size in sizes.items()
    ]
    gaps = pl.concat(parts).filter(pl.col("parts") != 0).drop("of_damage", "rest", "of_over", "filled")
    return gaps.with_columns(value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")).sort(
        *KEY, "what"
    ), replaced
