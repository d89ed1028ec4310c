"""Flows: which pieces left as they should, which are still to leave, and which should not have left.

Pieces of one article fill what is due in the order in which parcels left. Pieces that do not say what they are fill what is short
after that, and so do articles that nobody ordered: they went in the place of what is short. What is beyond is allowed by cases of
exchange and reshipping, as far as they go.
"""

import attrs
import polars as pl

from tieout.reconciliations._common.orders import value_expr

__all__ = ["Flows", "flows_of"]

_LEFT = ("left_at", "tracking_no", "carrier")
_STREAM = (*_LEFT, "sku", "sub")
_FACTS = ("order_row", "parcel_row", "tracking_no", "carrier", "left_at", "sku")


@attrs.frozen(kw_only=True)
class Flows:
    """Pieces in parts, each with the cost of its article.

    Attributes:
        expected: What should have left or is to leave: `order_row`, `key`, `ordered`, `parts`, `minor`.
        filled: What of it left: `order_row`, `key`, `parcel_row`, `parts`.
        short: What has not left: `order_row`, `key`, `sku`, `subs`, `parts`, `minor`.
        beyond: What should not have left: `order_row`, `parcel_row`, `tracking_no`, `sku`, `parts`, `minor`, `kind`.
        replaced: Articles that nobody ordered: `order_row`, `parcel_row`, `sku`, `instead_of`, `parts` beyond what was short.
        left: What left by parcel: `order_row`, `parcel_row`, `parts`, `minor`.
        allowed: Pieces that cases allowed, by order: `order_row`, `parts`, `minor`.
    """

    expected: pl.DataFrame = attrs.field(repr=False)
    filled: pl.DataFrame = attrs.field(repr=False)
    short: pl.DataFrame = attrs.field(repr=False)
    beyond: pl.DataFrame = attrs.field(repr=False)
    replaced: pl.DataFrame = attrs.field(repr=False)
    left: pl.DataFrame = attrs.field(repr=False)
    allowed: pl.DataFrame = attrs.field(repr=False)


def flows_of(
    articles: pl.DataFrame,
    lines: pl.DataFrame,
    modes: pl.DataFrame,
    cancelled: pl.DataFrame,
    allowed: pl.DataFrame,
) -> Flows:
    """Follow the pieces.

    Args:
        articles: As `order_lines`.
        lines: Parcel lines with `order_row`, `key` and `is_wrong`.
        modes: As `order_modes`.
        cancelled: As `case_orders`.
        allowed: As `case_orders`.
    """
    lines = lines.join(modes, on="order_row", how="left")
    articles = _with_those_of_no_lines(articles, lines, modes)
    lines = lines.with_columns(
        pl.when(pl.col("order_row").is_in(_bare(articles).implode())).then(pl.lit("")).otherwise("key").alias("key")
    )
    due = _due(articles, lines, modes, cancelled)
    first = lines.filter(~pl.col("is_further"))
    known = _against(_by_parcel(first.filter(pl.col("key").is_not_null())), due)
    within = known.group_by("order_row", "key").agg(pl.col("within").sum())
    short = due.join(within, on=["order_row", "key"], how="left").with_columns(
        (pl.col("due") - pl.col("within").fill_null(0)).alias("parts")
    )
    fills, strangers = _filled(first.filter(pl.col("key").is_null()), short)
    short = _less(short, fills)
    known = known.join(due.select("order_row", "key", "cost_minor"), on=["order_row", "key"], how="left")
    further = (
        lines.filter(pl.col("is_further"))
        .join(due.select("order_row", "key", "cost_minor"), on=["order_row", "key"], how="left")
        .with_columns(pl.col("parts").alias("over"), pl.lit(value=False).alias("is_again"))
    )
    columns = (*_FACTS, "key", "sub", "is_further", "is_wrong", "is_again", "over", "cost_minor")
    strange = strangers.with_columns(pl.lit(None, dtype=pl.Int64).alias("cost_minor"))
    every = pl.concat([part.select(columns) for part in (known, strange, further)])
    over = _allowed(every.filter(pl.col("over") > 0), allowed)
    beyond = _kinds(over.filter(pl.col("parts") > 0), modes, cancelled)
    accepted = over.filter(pl.col("accepted") > 0).select(
        "order_row",
        pl.col("accepted").alias("parts"),
        value_expr(pl.col("accepted"), pl.col("cost_minor")).alias("minor"),
    )
    left = pl.concat(
        [
            known.select("order_row", "parcel_row", pl.col("within").alias("parts"), "cost_minor"),
            fills.select("order_row", "parcel_row", "parts", "cost_minor"),
            over.select("order_row", "parcel_row", pl.col("accepted").alias("parts"), "cost_minor"),
            over.select("order_row", "parcel_row", "parts", "cost_minor"),
        ]
    ).with_columns(value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor"))
    return Flows(
        expected=due.select(
            "order_row",
            "key",
            "ordered",
            pl.col("due").alias("parts"),
            value_expr(pl.col("due"), pl.col("cost_minor")).alias("minor"),
        ),
        filled=pl.concat(
            [
                known.select("order_row", "key", "parcel_row", pl.col("within").alias("parts")),
                fills.select("order_row", "key", "parcel_row", "parts"),
            ]
        ).filter(pl.col("parts") > 0),
        short=short.filter(pl.col("parts") > 0).with_columns(
            value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")
        ),
        beyond=beyond,
        replaced=_replaced(fills, articles),
        left=left.group_by("order_row", "parcel_row").agg(pl.col("parts", "minor").sum()),
        allowed=accepted.group_by("order_row").agg(pl.col("parts", "minor").sum()),
    )


def _bare(articles: pl.DataFrame) -> pl.Series:
    return articles.filter("is_bare")["order_row"]


def _with_those_of_no_lines(articles: pl.DataFrame, lines: pl.DataFrame, modes: pl.DataFrame) -> pl.DataFrame:
    """Articles, and for an order that lists none one that takes whatever left."""
    bare = modes.join(articles, on="order_row", how="anti").select("order_row")
    left = lines.filter(~pl.col("is_further")).group_by("order_row").agg(pl.col("parts").sum().alias("ordered"))
    made = bare.join(left, on="order_row", how="left").select(
        "order_row",
        pl.lit("").alias("key"),
        pl.lit(None, dtype=pl.String).alias("sku"),
        pl.lit([], dtype=pl.List(pl.String)).alias("subs"),
        pl.col("ordered").fill_null(0),
        pl.lit(0, dtype=pl.Int64).alias("closed"),
        pl.lit(0, dtype=pl.Int64).alias("cost_minor"),
    )
    return pl.concat(
        [
            articles.with_columns(pl.lit(value=False).alias("is_bare")),
            made.with_columns(pl.lit(value=True).alias("is_bare")),
        ]
    )


def _due(articles: pl.DataFrame, lines: pl.DataFrame, modes: pl.DataFrame, cancelled: pl.DataFrame) -> pl.DataFrame:
    """Articles with `due`: what is asked for and neither unpaid, cancelled nor closed, and what had left before it was closed."""
    in_time = pl.col("left_at").is_null() | (pl.col("left_at") <= pl.col("until")) | pl.col("is_any_time")
    early = (
        lines.filter(~pl.col("is_further") & pl.col("key").is_not_null())
        .filter(in_time.fill_null(value=False) | (pl.col("mode") != "closed"))
        .group_by("order_row", "key")
        .agg(pl.col("parts").sum().alias("early"))
    )
    joined = (
        articles.join(modes, on="order_row")
        .join(early, on=["order_row", "key"], how="left")
        .join(cancelled, on=["order_row", "key"], how="left")
        .with_columns(pl.col("early", "cancelled").fill_null(0))
    )
    asked = pl.max_horizontal(pl.col("ordered") - pl.col("cancelled"), pl.lit(0))
    firm = pl.max_horizontal(asked - pl.col("closed"), pl.lit(0))
    if_left = pl.min_horizontal(asked, pl.max_horizontal("early", firm))
    due = (
        pl.when(pl.col("mode") == "due")
        .then(if_left)
        .when(pl.col("mode") == "unpaid")
        .then(0)
        .otherwise(pl.min_horizontal(asked, "early"))
    )
    return joined.select("order_row", "key", "sku", "subs", "ordered", "cost_minor", "is_bare", due.alias("due"))


def _by_parcel(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of one article in one parcel as one."""
    return lines.group_by("order_row", "parcel_row", "key", *_LEFT, "is_further").agg(
        pl.col("parts").sum(), pl.col("sku", "sub").drop_nulls().min(), pl.lit(value=False).alias("is_wrong")
    )


def _against(lines: pl.DataFrame, due: pl.DataFrame) -> pl.DataFrame:
    """Lines with `within` (what fills what is due), `over`, and `is_again`: all of it came after the order was full."""
    ordered = lines.sort(*_LEFT, nulls_last=False).join(
        due.select("order_row", "key", "due"), on=["order_row", "key"], how="left", maintain_order="left"
    )
    start = pl.col("parts").cum_sum().over("order_row", "key") - pl.col("parts")
    room = pl.col("due").fill_null(0) - start
    return ordered.with_columns(
        pl.max_horizontal(pl.min_horizontal(room, "parts"), pl.lit(0)).alias("within"),
        ((room <= 0) & (pl.col("due") > 0)).fill_null(value=False).alias("is_again"),
    ).with_columns((pl.col("parts") - pl.col("within")).alias("over"))


def _filled(lines: pl.DataFrame, short: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which lines without an article fill which short ones, and what of them is `over`."""
    stream = lines.sort("is_wrong", *_STREAM, nulls_last=True).with_columns(
        pl.int_range(pl.len()).alias("line"), pl.col("parts").cum_sum().over("order_row").alias("end")
    )
    wanted = (
        short.filter(pl.col("parts") > 0)
        .sort("order_row", "key")
        .with_columns(pl.col("parts").cum_sum().over("order_row").alias("wanted_end"))
        .select(
            "order_row", pl.col("key").alias("wanted"), pl.col("parts").alias("lacking"), "wanted_end", "cost_minor"
        )
    )
    overlap = pl.min_horizontal("end", "wanted_end") - pl.max_horizontal(
        pl.col("end") - pl.col("parts"), pl.col("wanted_end") - pl.col("lacking")
    )
    fills = stream.join(wanted, on="order_row").with_columns(overlap.alias("filled")).filter(pl.col("filled") > 0)
    used = fills.group_by("line").agg(pl.col("filled").sum())
    full = fills.group_by("order_row").agg(pl.lit(value=True).alias("has_filled"))
    rest = stream.join(used, on="line", how="left").join(full, on="order_row", how="left")
    strangers = rest.with_columns(
        (pl.col("parts") - pl.col("filled").fill_null(0)).alias("over"),
        pl.lit(value=False).alias("is_again"),
    )
    return fills.select(
        *_FACTS, pl.col("wanted").alias("key"), "is_wrong", pl.col("filled").alias("parts"), "cost_minor"
    ), strangers


def _less(short: pl.DataFrame, fills: pl.DataFrame) -> pl.DataFrame:
    taken = fills.group_by("order_row", "key").agg(pl.col("parts").sum().alias("taken"))
    return short.join(taken, on=["order_row", "key"], how="left").with_columns(
        (pl.col("parts") - pl.col("taken").fill_null(0)).alias("parts")
    )


def _allowed(over: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """What is over with `accepted` (as far as cases allow it) and `parts`, what no case allows."""
    in_all = allowed.group_by("order_row").agg(
        pl.col("allowed").sum(), pl.col("key").is_null().any().alias("is_any"), pl.col("key").drop_nulls().alias("keys")
    )
    joined = over.join(in_all, on="order_row", how="left")
    named = pl.col("keys").list.contains(pl.col("key")).fill_null(value=False)
    may = (pl.col("is_further") | pl.col("is_any") | named | pl.col("key").is_null()).fill_null(value=False)
    claim = pl.when(may).then("over").otherwise(0)
    stream = joined.sort(~pl.col("is_further"), *_STREAM, "key", nulls_last=True).with_columns(claim.alias("claim"))
    room = pl.col("allowed").fill_null(0) - (pl.col("claim").cum_sum().over("order_row") - pl.col("claim"))
    return stream.with_columns(
        pl.max_horizontal(pl.min_horizontal(room, "claim"), pl.lit(0)).alias("accepted")
    ).with_columns((pl.col("over") - pl.col("accepted")).alias("parts"))


def _kinds(over: pl.DataFrame, modes: pl.DataFrame, cancelled: pl.DataFrame) -> pl.DataFrame:
    """What should not have left, with its `kind` and `minor`."""
    stopped = cancelled.select("order_row", "key", pl.lit(value=True).alias("is_cancelled"))
    joined = over.join(modes.select("order_row", "mode", "until"), on="order_row", how="left").join(
        stopped, on=["order_row", "key"], how="left"
    )
    kind = (
        pl.when((pl.col("mode") == "unpaid") & pl.col("until").is_null())
        .then(pl.lit("order.shipped_unpaid"))
        .when(pl.col("is_further"))
        .then(pl.lit("aftersale.reship_without_case"))
        .when(pl.col("mode").is_in(["closed", "unpaid"]) | pl.col("is_cancelled").fill_null(value=False))
        .then(pl.lit("dispatch.closed_shipped"))
        .when("is_wrong")
        .then(pl.lit("dispatch.wrong_sku"))
        .when("is_again")
        .then(pl.lit("aftersale.duplicate_shipment"))
        .otherwise(pl.lit("dispatch.quantity_excess"))
    )
    return joined.with_columns(
        kind.alias("kind"), value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")
    ).select(*_FACTS, "sub", "key", "kind", "parts", "minor", "cost_minor")


def _replaced(fills: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Articles that went in the place of others, with the names of these."""
    names = articles.select("order_row", "key", pl.col("sku").alias("asked"))
    return (
        fills.filter("is_wrong")
        .join(names, on=["order_row", "key"], how="left")
        .group_by(_FACTS)
        .agg(pl.col("asked").unique().sort().str.join(",").alias("instead_of"), pl.col("parts").sum())
    )
