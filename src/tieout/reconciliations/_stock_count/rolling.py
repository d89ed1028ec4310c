"""Rolling the book forward: from what was counted last, by what moved since, to each count (`domain.md` 5.3).

An article's history in its warehouse is its lines on count sheets in the order of their moments. An approved line is a base: the
book is what was counted there. Each movement belongs to the first line at or after it.
"""

import attrs
import polars as pl

from tieout.reconciliations._common.sides import Side, parts_of

__all__ = ["ARTICLE", "PLACE", "SHEET", "Rolled", "roll", "streaks", "with_quantities"]

PLACE = ("book_id", "warehouse")
ARTICLE = (*PLACE, "sku")
SHEET = (*PLACE, "count_id")
REPEAT = "listed twice"
NO_LINES = "no lines"
TWICE = "twice on the sheet"
BELOW_ZERO = "counted below zero"
NOT_COUNTED = "not counted"
NO_MOMENT = "no moment"
NO_WAREHOUSE = "no warehouse"
_UNPLACED = (REPEAT, NO_MOMENT, NO_WAREHOUSE)
_ADJUSTMENTS = ("count_gain", "count_loss")
_FROM_NOTHING = "from nothing"


@attrs.frozen(kw_only=True)
class Rolled:
    """Books rolled forward.

    Attributes:
        lines: One row per line of a sheet that can be compared, in the order of each article's history: `side`, `row`,
            `article` (number of book, warehouse and SKU), `place`, `as_of`, `actual`, `stated`, `is_base`, `begins` (a book is
            rolled forward from it), `opening` and `opened_at` (the base before it; null where there is none), `moved` (since the
            line before), `start` (the book before) and `rolled`.
        moves: One row per movement, in the order of the side: `row`, `article`, `place`, `occurred_at`, `quantity`, `line_side`,
            `line_row` (the line that it is rolled into) and `why` (the reason that it is rolled into none).
        articles: Book, warehouse and SKU by `article` and `place`, those that only moved among them.
    """

    lines: pl.DataFrame = attrs.field(repr=False)
    moves: pl.DataFrame = attrs.field(repr=False)
    articles: pl.DataFrame = attrs.field(repr=False)


def with_quantities(side: Side) -> Side:
    """Lines of sheets with `stated`, `actual` (counted, or counted again) and `unfit`: why one is not compared."""
    actual = pl.coalesce("recount_quantity", "counted_quantity")
    unfit = (
        pl.when("is_repeat")
        .then(pl.lit(REPEAT))
        .when(pl.col("sku").is_null())
        .then(pl.lit(NO_LINES))
        .when(pl.len().over(*SHEET, "sku", "is_repeat") > 1)
        .then(pl.lit(TWICE))
        .when(actual < 0)
        .then(pl.lit(BELOW_ZERO))
        .when(actual.is_null())
        .then(pl.lit(NOT_COUNTED))
    )
    return side.with_columns(pl.col("book_quantity").alias("stated"), actual.alias("actual"), unfit.alias("unfit"))


def roll(counts: Side, earlier: Side, moves: Side, *, full: bool, has_moves: bool) -> Rolled:
    """Roll the book forward to each line.

    Args:
        counts: Lines with quantities.
        earlier: Lines of earlier counts with quantities; those of a count that `counts` has too are passed over.
        moves: Movements.
        full: Whether a sheet lists all that is there: an article that no sheet had before begins at nothing.
        has_moves: Whether movements are known; without any, no book can be rolled forward from an earlier count.
    """
    listed = _listed(counts, earlier)
    articles = _articles(listed, moves)
    listed = listed.join(articles, on=list(ARTICLE), how="left", nulls_equal=True)
    history = listed.filter(pl.col("unfit").is_null())
    if full and has_moves:
        history = pl.concat([history, _beginnings(listed).select(history.columns)])
    history = history.sort("article", "as_of", "count_id", "side", "row").with_row_index("line")
    history = history.with_columns(
        pl.col("line").cast(pl.Int64), (pl.col("is_base") & pl.lit(has_moves)).alias("begins")
    )
    placed = _placed(moves, articles, listed)
    into = _lines_of_moves(placed, history)
    lines = _rolled(history, into)
    return Rolled(lines=lines, moves=_explained(into, lines), articles=articles)


def _listed(counts: Side, earlier: Side) -> pl.DataFrame:
    columns = [*SHEET, "sku", "as_of", "stated", "actual", "unfit"]
    approved = (pl.col("status") == "approved").fill_null(value=False).alias("is_base")
    ours, before = (
        side.frame.select(pl.lit(side.name).alias("side"), "row", *columns, approved) for side in (counts, earlier)
    )
    return pl.concat([ours, before.join(ours.select(SHEET), on=list(SHEET), how="anti", nulls_equal=True)])


def _articles(listed: pl.DataFrame, moves: Side) -> pl.DataFrame:
    """All that was listed or moved, numbered."""
    every = pl.concat([listed.select(ARTICLE), moves.frame.select(ARTICLE)]).unique().sort(ARTICLE, nulls_last=True)
    return every.with_columns(
        pl.int_range(pl.len()).alias("article"), pl.struct(PLACE).rank("dense").cast(pl.Int64).alias("place")
    )


def _beginnings(listed: pl.DataFrame) -> pl.DataFrame:
    """A base of nothing for each article whose first sheet follows an approved one of its warehouse."""
    named = listed.filter(pl.col("unfit").ne_missing(REPEAT))
    first = named.filter(pl.col("sku").is_not_null()).group_by("article", "place").agg(pl.col("as_of").min())
    sheets = named.filter("is_base").group_by("place", "as_of").agg(pl.col("count_id").min())
    opened = first.sort("as_of").join_asof(
        sheets.sort("as_of").with_columns(pl.col("as_of").alias("opened_at")),
        on="as_of",
        by="place",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    nothing = pl.lit(0).cast(listed.schema["actual"])
    found = opened.filter(pl.col("opened_at").is_not_null()).with_columns(
        pl.col("opened_at").alias("as_of"),
        pl.lit(_FROM_NOTHING).alias("side"),
        nothing.alias("actual"),
        nothing.alias("stated"),
        pl.lit(value=True).alias("is_base"),
    )
    others = {name: kind for name, kind in listed.schema.items() if name not in found.columns}
    return found.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in others.items())


def _placed(moves: Side, articles: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Movements with their article, and why some are rolled into nothing."""
    sheets = listed.select(*PLACE, pl.col("count_id").alias("document_ref")).unique()
    frame = moves.frame.join(articles, on=list(ARTICLE), how="left", nulls_equal=True, maintain_order="left")
    own = frame.filter(pl.col("type").is_in(_ADJUSTMENTS) & pl.col("document_ref").is_not_null()).join(
        sheets, on=[*PLACE, "document_ref"], how="semi", nulls_equal=True
    )
    counted = listed["place"].unique().implode()
    why = (
        pl.when("is_repeat")
        .then(pl.lit(REPEAT))
        .when(pl.col("row").is_in(own["row"].implode()))
        .then(pl.lit("result of a count"))
        .when(pl.col("warehouse").is_null() & ~pl.col("place").is_in(counted) & pl.lit(listed.height > 0))
        .then(pl.lit(NO_WAREHOUSE))
        .when(pl.col("occurred_at").is_null())
        .then(pl.lit(NO_MOMENT))
    )
    return frame.select("row", "article", "place", "occurred_at", "quantity", why.alias("why"))


def _lines_of_moves(placed: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    """Movements with the first line of their article at or after them."""
    moments = history.unique(["article", "as_of"], keep="first", maintain_order=True)
    moments = moments.select("article", pl.col("as_of").alias("occurred_at"), "line").sort("occurred_at")
    movable = placed.filter(pl.col("why").is_null()).sort("occurred_at")
    found = movable.join_asof(moments, on="occurred_at", by="article", strategy="forward", check_sortedness=False)
    return placed.join(found.select("row", "line"), on="row", how="left", maintain_order="left")


def _rolled(history: pl.DataFrame, into: pl.DataFrame) -> pl.DataFrame:
    moved = into.filter(pl.col("line").is_not_null()).group_by("line").agg(pl.col("quantity").sum().alias("moved"))
    base = pl.when("begins").then("actual")
    since = pl.when("begins").then("as_of")
    run = pl.col("begins").shift(1, fill_value=False).cum_sum().over("article")
    return (
        history.join(moved, on="line", how="left", maintain_order="left")
        .with_columns(
            pl.col("moved").fill_null(0),
            base.shift(1).forward_fill().over("article").alias("opening"),
            since.shift(1).forward_fill().over("article").alias("opened_at"),
            run.alias("run"),
        )
        .with_columns((pl.col("opening") + pl.col("moved").cum_sum().over("article", "run")).alias("rolled"))
        .with_columns((pl.col("rolled") - pl.col("moved")).alias("start"))
        .with_columns(pl.col("opening", "moved", "rolled", "start").cast(history.schema["actual"]))
    )


def _explained(into: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Movements with the line that they are rolled into, or the reason that there is none."""
    known = lines.select(
        "line", pl.col("side").alias("line_side"), pl.col("row").alias("line_row"), "opened_at", "start"
    )
    joined = into.join(known, on="line", how="left", maintain_order="left")
    listed = lines["article"].unique().implode()
    why = (
        pl.when(pl.col("why").is_not_null())
        .then("why")
        .when(~pl.col("article").is_in(listed))
        .then(pl.lit("on no sheet"))
        .when(pl.col("line").is_null())
        .then(pl.lit("after the last count"))
        .when(pl.col("opened_at").is_null())
        .then(pl.lit("before the first count"))
        .when(pl.col("line_side") != "counts")
        .then(pl.lit("rolled into an earlier count"))
    )
    return joined.with_columns(why.alias("why"))


def streaks(lines: pl.DataFrame) -> pl.DataFrame:
    """How the last counts of each article differ from the book in one direction, or agree.

    Args:
        lines: Lines as they were rolled.

    Returns:
        `article` and its place; `counts` (how many in a row), `pieces_off` (the sum of their differences, in parts of a piece),
        `since` (the moment of the first), and `side` and `row` of the last.
    """
    off = parts_of(pl.col("actual") - pl.col("stated")).alias("off")
    counted = lines.filter(pl.col("side") != _FROM_NOTHING).sort("line").with_columns(off)
    sign = pl.col("off").sign()
    turns = (sign != sign.shift(1)).fill_null(value=True).cum_sum().over("article")
    return (
        counted.with_columns(turns.alias("streak"))
        .filter(pl.col("streak") == pl.col("streak").max().over("article"))
        .group_by("article", *PLACE, maintain_order=True)
        .agg(
            pl.len().alias("counts"),
            pl.col("off").sum().alias("pieces_off"),
            pl.col("as_of").first().alias("since"),
            pl.col("side", "row").last(),
        )
    )
