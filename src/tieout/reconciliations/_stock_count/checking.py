"""Findings of counts: what explains the difference of pieces and money, and what is said beside it."""

from collections.abc import Sequence

import polars as pl

from tieout.money.profile import Allowance
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import PARTS_OF_A_PIECE, Side, parts_of, quantity_expr
from tieout.reconciliations._stock_count.rolling import (
    ARTICLE,
    BELOW_ZERO,
    NO_LINES,
    NO_MOMENT,
    NO_WAREHOUSE,
    NOT_COUNTED,
    PLACE,
    REPEAT,
    SHEET,
    TWICE,
    Rolled,
    streaks,
)

__all__ = [
    "KEYS",
    "TYPES",
    "differences",
    "doubtful_moves",
    "drifts",
    "negative_stock",
    "notes",
    "swaps",
    "unfit_lines",
    "unlisted",
]

KEYS = (*SHEET, "sku")
GAIN = "warehouse.count_gain"
LOSS = "warehouse.count_loss"
BREAK = "warehouse.stock_ledger_break"
RECOUNT = "warehouse.count_recount_needed"
SWAP = "warehouse.count_sku_swap"
NEGATIVE = "warehouse.negative_stock"
UNCOUNTED = "warehouse.count_not_counted"
LISTED_TWICE = "warehouse.count_listed_twice"
UNLISTED = "warehouse.count_not_on_sheet"
DRIFTS = "warehouse.stock_drift"
NO_COST = "data.cost_missing"
QUANTITY = "data.quantity_negative"
EMPTY = "data.count_empty"
UNPLACED = "data.movement_unplaced"
SIGN = "data.movement_sign"
TYPES = (
    GAIN,
    LOSS,
    BREAK,
    RECOUNT,
    SWAP,
    NEGATIVE,
    UNCOUNTED,
    LISTED_TWICE,
    UNLISTED,
    DRIFTS,
    NO_COST,
    QUANTITY,
    EMPTY,
    UNPLACED,
    SIGN,
)
_SHOWN_MAX = 20  # articles of a swap that are written out
_OUT = r"(_out|^count_loss)$"
_IN = r"(_in|^count_gain)$"


def differences(lines: pl.DataFrame) -> pl.DataFrame:
    """Gains and losses (counted - stated), and breaks of the ledger (stated - rolled); together they are counted - rolled.

    Args:
        lines: Compared lines with values.
    """
    counted = lines.filter(pl.col("difference") != 0).with_columns(
        pl.col("difference").alias("gap_pieces"), pl.col("difference_value").alias("impact")
    )
    kind = pl.when(pl.col("difference") > 0).then(pl.lit(GAIN)).otherwise(pl.lit(LOSS))
    broken = lines.filter(pl.col("broken") != 0).with_columns(
        pl.col("broken").alias("gap_pieces"), pl.col("broken_value").alias("impact")
    )
    book, found = _text("stated"), _text("actual")
    value_stated = pl.col("expected_value") + pl.col("broken_value")
    return pl.concat(
        [
            findings_of(
                counted,
                kind,
                keys=KEYS,
                diffs=[pl.concat_str([book, pl.lit(" -> "), found]).alias("quantity")],
                evidence=[*_counted(), "status"],
                impact=pl.col("impact"),
                expected_minor=value_stated,
                actual_minor=pl.col("actual_value"),
            ),
            findings_of(
                broken,
                BREAK,
                keys=KEYS,
                diffs=[pl.concat_str([_text("rolled"), pl.lit(" -> "), book]).alias("quantity")],
                evidence=[
                    _text("opening").alias("opening"),
                    _text("moved").alias("moved"),
                    _text("rolled").alias("rolled"),
                    book.alias("book"),
                    quantity_expr(pl.col("broken")).alias("pieces"),
                    pl.col("opened_on"),
                ],
                impact=pl.col("impact"),
                expected_minor=pl.col("expected_value"),
                actual_minor=value_stated,
            ),
        ]
    )


def notes(lines: pl.DataFrame, recount_above: Allowance) -> pl.DataFrame:
    """Differences that want a second count, and differences without a cost.

    Args:
        lines: Compared lines with values.
        recount_above: The largest difference that needs no second count, in pieces or as a share of the book.
    """
    whole = Allowance(
        units=recount_above.units * PARTS_OF_A_PIECE,
        share=recount_above.share,
        limit=None if recount_above.limit is None else recount_above.limit * PARTS_OF_A_PIECE,
    )
    large = pl.col("difference").abs() > whole.allowed_expr(parts_of(pl.col("stated")))
    again = lines.filter(large & pl.col("recount_quantity").is_null())
    costless = lines.filter(pl.col("cost_minor").is_null() & ((pl.col("difference") != 0) | (pl.col("broken") != 0)))
    return pl.concat(
        [
            findings_of(again, RECOUNT, keys=KEYS, evidence=[*_counted(), "status"], note=True),
            findings_of(costless, NO_COST, keys=KEYS, evidence=_counted(), note=True),
        ]
    )


def swaps(lines: pl.DataFrame) -> pl.DataFrame:
    """Articles of one count that are over by what others are short: labels may have been swapped.

    Args:
        lines: Compared lines with values.
    """
    apart = lines.filter(pl.col("difference") != 0).with_columns(pl.col("difference").abs().alias("size"))
    over, short = (
        pl.col("sku").filter(where).sort().head(_SHOWN_MAX).str.join(",").alias(name)
        for where, name in ((pl.col("difference") > 0, "over"), (pl.col("difference") < 0, "short"))
    )
    both = (pl.col("difference") > 0).any() & (pl.col("difference") < 0).any()
    group = [*SHEET, "size"]
    first = apart.sort("sku").group_by(group).agg(pl.col("on", *SOURCE).first())
    found = apart.group_by(group).agg(over, short, both.alias("both")).filter("both")
    found = found.join(first, on=group, how="left", nulls_equal=True).with_columns(
        quantity_expr(pl.col("size")).alias("pieces_each")
    )
    return findings_of(found, SWAP, keys=[*SHEET, "over", "short"], evidence=["pieces_each"], note=True)


def unfit_lines(counts: Side) -> pl.DataFrame:
    """Lines that are set aside because they cannot be compared.

    Args:
        counts: Lines with `aside`.
    """
    kinds = {NOT_COUNTED: UNCOUNTED, TWICE: LISTED_TWICE, BELOW_ZERO: QUANTITY, NO_LINES: EMPTY}
    found = counts.frame.filter(pl.col("aside").is_in(list(kinds))).with_columns(
        pl.col("aside").replace_strict(kinds, default=None, return_dtype=pl.String).alias("kind"),
        pl.len().over(*SHEET, "sku", "aside").alias("lines_count"),
        _text("stated").alias("book"),
        _text("actual").alias("counted"),
    )
    once = (pl.col("kind") != LISTED_TWICE) | pl.int_range(pl.len()).over(*SHEET, "sku", "kind").eq(0)
    each = found.sort(*SHEET, "sku", "stated", "actual", *SOURCE, nulls_last=True).filter(once)
    is_twice = pl.col("kind") == LISTED_TWICE
    evidence: list[str | pl.Expr] = [
        "status",
        pl.when(~is_twice).then("book").alias("book"),
        pl.when(~is_twice).then("counted").alias("counted"),
        pl.when(is_twice).then("lines_count").alias("lines"),
    ]
    return findings_of(each.drop("unit"), pl.col("kind"), keys=KEYS, evidence=evidence, note=True)


def negative_stock(lines: pl.DataFrame, rolled: Rolled, timezone: str) -> pl.DataFrame:
    """Articles whose book was below zero at a moment: at the end of a moment with movements, or as the sheet states it.

    Args:
        lines: Compared lines with values.
        rolled: Books rolled forward.
        timezone: IANA zone of the book.
    """
    moments = (
        rolled.moves.filter(pl.col("why").is_null())
        .group_by("line_row", "occurred_at")
        .agg(pl.col("quantity").sum(), pl.col("start").first())
        .sort("line_row", "occurred_at")
        .with_columns((pl.col("start") + pl.col("quantity").cum_sum().over("line_row")).alias("held"))
    )
    frozen = lines.select(
        pl.col("row").alias("line_row"), pl.col("as_of").alias("occurred_at"), pl.col("stated").alias("held")
    )
    every = pl.concat(
        [frame.select("line_row", "occurred_at", parts_of(pl.col("held")).alias("held")) for frame in (moments, frozen)]
    )
    below = (
        every.filter(pl.col("held") < 0)
        .group_by(pl.col("line_row").alias("row"))
        .agg(pl.col("held").min().alias("lowest"), pl.col("occurred_at").min().alias("since"))
    )
    found = lines.join(below, on="row", how="inner").with_columns(
        quantity_expr(pl.col("lowest")).alias("lowest"),
        pl.col("since").dt.convert_time_zone(timezone).dt.date().alias("since"),
    )
    return findings_of(found, NEGATIVE, keys=KEYS, evidence=["lowest", "since"], note=True)


def drifts(lines: pl.DataFrame, rolled: Rolled, *, counts_min: int, timezone: str) -> pl.DataFrame:
    """Articles whose last counts differ from the book in one direction (`domain.md` C17).

    Args:
        lines: Compared lines with values.
        rolled: Books rolled forward, with the lines of earlier counts.
        counts_min: How many counts in a row make a drift.
        timezone: IANA zone of the book.
    """
    long = (pl.col("counts") >= counts_min) & (pl.col("pieces_off") != 0) & (pl.col("side") == "counts")
    last = streaks(rolled.lines).filter(long)
    found = lines.join(last.select("row", "counts", "pieces_off", "since"), on="row", how="inner").with_columns(
        quantity_expr(pl.col("pieces_off")).alias("pieces_off"),
        pl.col("since").dt.convert_time_zone(timezone).dt.date().alias("since"),
    )
    return findings_of(found, DRIFTS, keys=ARTICLE, evidence=["counts", "pieces_off", "since"], note=True)


def unlisted(counts: Side, rolled: Rolled) -> pl.DataFrame:
    """Articles that the book has when a sheet was taken that should list all there is, and that are not on it.

    Args:
        counts: Lines with `on` and `aside`.
        rolled: Books rolled forward.
    """
    asked = counts.frame.filter(pl.col("aside").is_null() | pl.col("aside").is_in([NOT_COUNTED, TWICE, BELOW_ZERO]))
    first = asked.sort("as_of", "status", *SOURCE, nulls_last=True)
    sheets = first.group_by(SHEET, maintain_order=True).agg(pl.col("as_of", "on", "status", *SOURCE).first())
    places = rolled.articles.filter(pl.col("sku").is_not_null())
    wanted = sheets.join(places, on=list(PLACE), how="inner", nulls_equal=True)
    wanted = wanted.join(asked.select(*SHEET, "sku"), on=[*SHEET, "sku"], how="anti", nulls_equal=True).sort("as_of")
    known = _held(wanted, rolled)
    found = known.filter(pl.col("held") != 0).with_columns(quantity_expr(pl.col("held")).alias("book"))
    return findings_of(found, UNLISTED, keys=KEYS, evidence=["book", "status"], note=True)


def _held(wanted: pl.DataFrame, rolled: Rolled) -> pl.DataFrame:
    """Articles with `held`, what the book has of them then, in parts of a piece: the last base and all that moved since."""
    bases = rolled.lines.filter("begins").select(
        "article", "as_of", pl.col("actual").alias("base"), pl.col("as_of").alias("based_at")
    )
    moved = (
        rolled.moves.filter(
            ~pl.col("why").is_in([REPEAT, NO_MOMENT, NO_WAREHOUSE, "result of a count"]).fill_null(value=False)
        )
        .group_by("article", pl.col("occurred_at").alias("as_of"))
        .agg(pl.col("quantity").sum())
        .sort("as_of")
        .with_columns(pl.col("quantity").cum_sum().over("article").alias("sum"))
        .select("article", "as_of", "sum")
    )
    with_base = wanted.join_asof(bases.sort("as_of"), on="as_of", by="article", check_sortedness=False)
    until = with_base.join_asof(moved, on="as_of", by="article", check_sortedness=False)
    since = until.sort("based_at", nulls_last=False).join_asof(
        moved.rename({"as_of": "based_at", "sum": "sum_before"}), on="based_at", by="article", check_sortedness=False
    )
    held = pl.col("base").fill_null(0) + pl.col("sum").fill_null(0) - pl.col("sum_before").fill_null(0)
    return since.with_columns(parts_of(held).alias("held"))


def doubtful_moves(moves: Side) -> pl.DataFrame:
    """Movements that cannot be rolled, and types of movement whose sign says the opposite.

    Args:
        moves: Movements with `aside`.
    """
    reasons = {NO_MOMENT: "the moment", NO_WAREHOUSE: "the warehouse"}
    lost = moves.frame.filter(pl.col("aside").is_in(list(reasons))).with_columns(
        pl.col("aside").replace_strict(reasons, default=None, return_dtype=pl.String).alias("lacks")
    )
    wrong = (pl.col("type").str.contains(_OUT) & (pl.col("quantity") > 0)) | (
        pl.col("type").str.contains(_IN) & (pl.col("quantity") < 0)
    )
    turned = moves.frame.filter(wrong & ~pl.col("is_repeat"))
    lost, turned = (_grouped(lost, [*ARTICLE, "lacks"]), _grouped(turned, [*PLACE, "type"]))
    evidence = ["movements", "pieces_moved", "first"]
    return pl.concat(
        [
            findings_of(lost, UNPLACED, keys=[*ARTICLE, "lacks"], evidence=evidence, note=True),
            findings_of(turned, SIGN, keys=[*PLACE, "type"], evidence=evidence, note=True),
        ]
    )


def _grouped(moves: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    first = moves.sort("movement_id", *SOURCE, nulls_last=True)
    return first.group_by(by, maintain_order=True).agg(
        pl.len().alias("movements"),
        quantity_expr(pl.col("pieces").sum()).alias("pieces_moved"),
        pl.col("movement_id").first().alias("first"),
        pl.col("on").min(),
        pl.col(*SOURCE).first(),
    )


def _counted() -> list[pl.Expr]:
    return [
        _text("stated").alias("book"),
        _text("actual").alias("counted"),
        quantity_expr(pl.col("difference")).alias("pieces"),
    ]


def _text(column: str) -> pl.Expr:
    return quantity_expr(parts_of(pl.col(column)))
