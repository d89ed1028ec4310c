"""Pieces: what should have left the stock for each order and article, and what did.

Parcels that say what they hold tell what left; where none does, the order's own lines tell, as far as the platform says that it
was shipped. Movements are compared with that, by article; where a line says none, by the whole order.
"""

import attrs
import polars as pl

from tieout.matching._components import roots_of
from tieout.reconciliations._common.articles import SHIPPED
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.pieces import average_cost
from tieout.reconciliations._common.sides import parts_of

__all__ = ["KEY", "Pieces", "articles_of_parcels", "asked_for", "groups_of", "pieces_of", "valued"]

KEY = ("group", "article")
_WHOLE = ""


@attrs.frozen(kw_only=True)
class Pieces:
    """Pieces in parts, by group of orders and article.

    Attributes:
        compared: `group`, `article`, `ordered`, `held` (what parcels that left hold), `expected`, `moved`, `most` (what the order
            asks for), `by_parcels` (whether parcels tell what is expected), `is_bare` (an order that lists no articles, of which
            something should have left) and `is_open` (whether anything of it may leave).
        held: What parcels hold: `order_row`, `group`, `article`, `parcel_row`, `parts`, `is_waiting`.
        moved: What left: `move_row`, `group`, `article`, `parts`.
    """

    compared: pl.DataFrame = attrs.field(repr=False)
    held: pl.DataFrame = attrs.field(repr=False)
    moved: pl.DataFrame = attrs.field(repr=False)


def groups_of(orders: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Orders with the `group` that they are compared in: their own, unless a movement may belong to several of them.

    Args:
        orders: Orders with `row`.
        links: Orders (left) and their movements (right).
    """
    shared = links.filter(pl.col("left").n_unique().over("right") > 1)
    roots = shared.select(pl.col("left").alias("order_row"), roots_of(shared["left"], shared["right"]).alias("group"))
    of_order = roots.unique("order_row", keep="first", maintain_order=True)
    return (
        orders.select(pl.col("row").alias("order_row"))
        .join(of_order, on="order_row", how="left", maintain_order="left")
        .with_columns(pl.coalesce("group", "order_row").cast(pl.Int64).alias("group"))
    )


def articles_of_parcels(lines: pl.DataFrame, articles: pl.DataFrame) -> pl.DataFrame:
    """Parcel lines with `article`: their SKU, else that of the order's line that they are; null where neither says one.

    Args:
        lines: Parcel lines with `order_row` and the `key` of the order's article.
        articles: As `order_lines`.
    """
    of_key = articles.select("order_row", "key", pl.col("sku").alias("sku_of_key"))
    joined = lines.join(of_key, on=["order_row", "key"], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("sku", "sku_of_key").alias("article")).drop("sku_of_key")


def pieces_of(
    lines: pl.DataFrame,
    moves: pl.DataFrame,
    asked: pl.DataFrame,
    groups: pl.DataFrame,
    allowed: pl.DataFrame,
) -> Pieces:
    """Compare pieces.

    Args:
        lines: Parcel lines with `order_row`, `article`, `parts`, `is_waiting`.
        moves: `move_row`, `order_row` (any of its orders), `article`, `parts`.
        asked: What orders ask for, as `asked_for`.
        groups: As `groups_of`.
        allowed: Pieces that cases allow beyond what was ordered: `order_row`, `allowed`.
    """
    held = lines.filter(pl.col("parts") > 0).join(groups, on="order_row")
    moved = moves.join(groups, on="order_row").drop("order_row")
    wanted = asked.join(groups, on="order_row")
    basis = _basis(groups, held, wanted)
    held, moved, wanted = (_named(rows, basis) for rows in (held, moved, wanted))
    sums = _sums(held, moved, wanted).join(basis, on="group", how="left")
    over = allowed.join(groups, on="order_row").group_by("group").agg(pl.col("allowed").sum())
    something = pl.sum_horizontal("held", "labelled", "movements", "ordered") > 0
    rows = sums.filter(something | pl.col("is_bare")).join(over, on="group", how="left")
    return Pieces(compared=_expected(rows), held=held, moved=moved)


def _basis(groups: pl.DataFrame, held: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """How each group is compared: `by_parcels`, `is_whole` (not by article), `is_bare`, `is_open`."""
    told = held.filter(~pl.col("is_waiting")).group_by("group").agg(pl.col("article").is_null().any().alias("no_sku"))
    listed = wanted.group_by("group").agg(
        (pl.col("article").is_null() & (pl.col("ordered") > 0)).any().alias("no_sku_listed"),
        (pl.col("ordered") > 0).any().alias("is_listed"),
        pl.col("is_open").any(),
        pl.col("is_shipped").any(),
    )
    joined = groups.select("group").unique().join(told, on="group", how="left").join(listed, on="group", how="left")
    flags = ("is_listed", "is_open", "is_shipped", "no_sku_listed")
    by_parcels = pl.col("no_sku").is_not_null()
    return (
        joined.with_columns(by_parcels.alias("by_parcels"), *(pl.col(name).fill_null(value=False) for name in flags))
        .with_columns((~pl.col("by_parcels") & ~pl.col("is_listed")).alias("is_bare"))
        .select(
            "group",
            "by_parcels",
            "is_open",
            "is_bare",
            (pl.col("is_bare") & pl.col("is_shipped")).alias("is_bare_shipped"),
            pl.when("by_parcels").then("no_sku").otherwise("no_sku_listed").alias("is_whole"),
        )
    )


def _named(rows: pl.DataFrame, basis: pl.DataFrame) -> pl.DataFrame:
    """Rows with the article that they are compared by: none where their group is compared as a whole."""
    whole = basis.select("group", pl.col("is_whole") | pl.col("is_bare"))
    joined = rows.join(whole, on="group", how="left", maintain_order="left")
    article = pl.when("is_whole").then(pl.lit(_WHOLE)).otherwise(pl.col("article").fill_null(_WHOLE))
    return joined.with_columns(article.alias("article")).drop("is_whole")


def _sums(held: pl.DataFrame, moved: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    waits = pl.col("is_waiting")
    parts = [
        held.group_by(*KEY).agg(
            pl.col("parts").filter(~waits).sum().alias("held"), pl.col("parts").filter(waits).sum().alias("labelled")
        ),
        moved.group_by(*KEY).agg(pl.col("parts").sum().alias("moved"), pl.len().alias("movements")),
        wanted.group_by(*KEY).agg(
            pl.col("ordered", "least", "most").sum(),
            average_cost(pl.col("cost_minor"), pl.col("ordered")).alias("order_cost"),
        ),
    ]
    keys = pl.concat([part.select(*KEY) for part in parts]).unique().sort(*KEY)
    for part in parts:
        keys = keys.join(part, on=list(KEY), how="left", maintain_order="left")
    figures = ("held", "labelled", "moved", "movements", "ordered", "least", "most")
    return keys.with_columns(pl.col(name).fill_null(0).cast(pl.Int64) for name in figures)


def _expected(sums: pl.DataFrame) -> pl.DataFrame:
    moved = pl.col("moved")
    least = pl.when("by_parcels").then("held").otherwise("least")
    most = pl.when("by_parcels").then(pl.col("held") + pl.col("labelled")).otherwise("most")
    bare = pl.when("is_open").then(pl.max_horizontal(moved, pl.lit(0))).otherwise(0)
    within = pl.min_horizontal(pl.max_horizontal(moved, least), pl.max_horizontal(least, most))
    expected = sums.with_columns(pl.when("is_bare").then(bare).otherwise(within).alias("expected")).sort(*KEY)
    over = pl.when("by_parcels").then(0).otherwise(pl.max_horizontal(moved - pl.col("expected"), pl.lit(0)))
    expected = expected.with_columns(over.alias("over"))
    room = pl.col("allowed").fill_null(0) - (pl.col("over").cum_sum().over("group") - pl.col("over"))
    accepted = pl.max_horizontal(pl.min_horizontal(room, "over"), pl.lit(0))
    return expected.with_columns((pl.col("expected") + accepted).alias("expected")).drop("over", "allowed")


def asked_for(
    articles: pl.DataFrame, orders: pl.DataFrame, modes: pl.DataFrame, cancelled: pl.DataFrame, moved: pl.Series
) -> pl.DataFrame:
    """What orders ask for: `order_row`, `article`, `ordered`, `least` and `most` (what must and may have left), `cost_minor`.

    Of an order that was shipped in part the lines that say so must have left, and the others may; where none says so, and nothing
    left, all of it must.
    An order that lists no articles gives one row of none. `is_shipped` says that the platform has it as shipped, `is_open` that
    anything of it may leave.

    Args:
        articles: As `order_lines`.
        orders: Orders with `row` and `shipped_at`.
        modes: As `order_modes`.
        cancelled: As `case_orders`.
        moved: Orders of which something left.
    """
    sent = _shipped_lines(orders)
    told = pl.concat([moved, sent["order_row"]]).implode()
    left = orders.select(
        pl.col("row").alias("order_row"),
        pl.col("shipped_at").is_not_null().alias("has_left"),
        ((pl.col("status") == "partially_shipped") & pl.col("row").is_in(told))
        .fill_null(value=False)
        .alias("is_in_part"),
    )
    stated = modes.join(left, on="order_row").select(
        "order_row",
        "is_in_part",
        (pl.col("is_shipped") | pl.col("has_left") | pl.col("is_in_part")).alias("is_shipped"),
        (pl.col("is_shipped") | pl.col("has_left") | pl.col("mode").is_in(["due", "unknown"])).alias("is_open"),
    )
    rows = (
        stated.join(articles, on="order_row", how="left")
        .join(cancelled, on=["order_row", "key"], how="left")
        .join(sent, on=["order_row", "key"], how="left")
        .with_columns(pl.col("ordered", "closed", "cancelled", "sent").fill_null(0))
    )
    asked = pl.max_horizontal(pl.col("ordered") - pl.col("cancelled"), pl.lit(0))
    firm = pl.max_horizontal(asked - pl.col("closed"), pl.lit(0))
    return rows.select(
        "order_row",
        pl.col("sku").alias("article"),
        "ordered",
        pl.when("is_in_part")
        .then(pl.min_horizontal(firm, "sent"))
        .when("is_shipped")
        .then(firm)
        .otherwise(0)
        .alias("least"),
        pl.when("is_open").then(asked).otherwise(0).alias("most"),
        "cost_minor",
        "is_shipped",
        "is_open",
    )


def _shipped_lines(orders: pl.DataFrame) -> pl.DataFrame:
    """The parts of articles whose own lines say that they were shipped: `order_row`, `key`, `sent`."""
    line = pl.col("lines").struct
    return (
        orders.filter((pl.col("status") == "partially_shipped").fill_null(value=False))
        .select(pl.col("row").alias("order_row"), "lines")
        .explode("lines")
        .filter(line.field("status").is_in(SHIPPED).fill_null(value=False))
        .group_by(
            "order_row",
            pl.coalesce(line.field("sku"), line.field("platform_sub_order_id"), pl.lit("")).alias("key"),
        )
        .agg(parts_of(line.field("quantity")).clip(lower_bound=0).sum().alias("sent"))
    )


def valued(pieces: Pieces, moves: pl.DataFrame, codes: pl.DataFrame) -> Pieces:
    """Pieces with `cost_minor`, the cost of one piece, and `minor` of what is held and what moved.

    The cost is what the movements of the article say, on average; else what the order says.

    Args:
        pieces: Pieces.
        moves: Movements with `row`, `unit_cost_minor` and `currency`.
        codes: `group`, `code` (the currency of its money, null where it has several), `order_code`.
    """
    said = moves.select(
        pl.col("row").alias("move_row"), "unit_cost_minor", pl.col("currency").alias("move_code")
    ).filter(pl.col("unit_cost_minor") >= 0)
    own = (
        pieces.moved.join(said, on="move_row")
        .join(codes, on="group")
        .filter((pl.col("move_code") == pl.col("code")) & (pl.col("parts") > 0))
        .group_by(*KEY)
        .agg(average_cost(pl.col("unit_cost_minor"), pl.col("parts")).alias("own_cost"))
    )
    priced = pieces.compared.join(own, on=list(KEY), how="left", maintain_order="left").join(
        codes, on="group", how="left", maintain_order="left"
    )
    ordered = pl.when(pl.col("order_code") == pl.col("code")).then("order_cost")
    compared = priced.with_columns(
        pl.when(pl.col("code").is_not_null()).then(pl.coalesce("own_cost", ordered)).alias("cost_minor")
    ).drop("own_cost", "order_code", "order_cost")
    costs = compared.select(*KEY, "cost_minor")
    worth = value_expr(pl.col("parts"), pl.col("cost_minor")).alias("minor")
    held, moved = (
        rows.join(costs, on=list(KEY), how="left", maintain_order="left").with_columns(worth)
        for rows in (pieces.held, pieces.moved)
    )
    return Pieces(compared=compared, held=held, moved=moved)
