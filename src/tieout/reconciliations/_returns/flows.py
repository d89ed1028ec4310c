"""Flows: of every article of a unit, what was asked for, counted and booked, and what makes the difference.

A unit holds the cases and movements that belong together: most often one case. Its articles are compared one by one:

- what came of an article that nobody asked for, while another is short, came in the place of that: a wrong item,
- what the case counts less than it asks for is short, more is beyond; what is booked otherwise than counted is the warehouse's,
- where the case does not count, booked is compared with asked; what lacks may still be on its way.

Pieces are whole parts of a piece. Their value is what they were booked at; of pieces that are not booked it is the mean of those
that are, else what the order says that a piece cost.
"""

import attrs
import polars as pl

from tieout.money.columns import divide_half_up_expr
from tieout.reconciliations._common.orders import value_expr
from tieout.reconciliations._common.sides import Side

__all__ = ["Flows", "flows_of"]

_ARTICLE = ("unit", "sku")


@attrs.frozen(kw_only=True)
class Flows:
    """What became of the articles of units.

    Attributes:
        articles: One row per unit and article: the pieces, what of the gap each cause makes, and its value.
        expected: What each case should have brought: `case_row`, `pieces`, `minor`.
        booked: What each movement brought, by `row`: `value` at cost, `minor` as new.
        codes: The currency of each unit that has one: `unit`, `code`.
    """

    articles: pl.DataFrame = attrs.field(repr=False)
    expected: pl.DataFrame = attrs.field(repr=False)
    booked: pl.DataFrame = attrs.field(repr=False)
    codes: pl.DataFrame = attrs.field(repr=False)


def flows_of(cases: Side, moves: Side, asked: pl.DataFrame) -> Flows:
    """Follow the pieces.

    Args:
        cases: Cases with `unit`.
        moves: Movements with `unit`.
        asked: Lines of `Asked`.
    """
    ours = cases.compared.select(pl.col("row").alias("case_row"), "unit", "mode")
    asked = asked.join(ours, on="case_row")
    moved = moves.compared
    codes = _codes(asked, moved)
    wanted = _wanted(asked.join(codes, on="unit", how="left"))
    moved = _valued(moved.join(codes, on="unit", how="left", maintain_order="left"), wanted)
    articles = _with_due(_joined(wanted, moved))
    articles = _with_causes(_with_wrong(articles))
    return Flows(
        articles=articles.sort(_ARTICLE),
        expected=_by_case(articles, asked),
        booked=moved.select("row", "value", "minor", "is_other"),
        codes=codes,
    )


def _codes(asked: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """The one currency of each unit; one whose costs are of several has no money."""
    known = [
        moved.filter(pl.col("unit_cost_minor") > 0).select("unit", "currency"),
        asked.filter(pl.col("cost").is_not_null()).select("unit", pl.col("cost_currency").alias("currency")),
    ]
    return (
        pl.concat(known)
        .drop_nulls()
        .group_by("unit")
        .agg(pl.col("currency").min().alias("code"), pl.col("currency").n_unique().alias("count"))
        .filter(pl.col("count") == 1)
        .select("unit", "code")
    )


def _wanted(asked: pl.DataFrame) -> pl.DataFrame:
    return asked.group_by(_ARTICLE).agg(
        pl.col("asked").sum(),
        pl.when(pl.col("counted").is_not_null().all()).then(pl.col("counted").sum()).alias("counted"),
        pl.col("wrong").sum().alias("said_wrong"),
        pl.when(pl.col("damaged").is_not_null().all()).then(pl.col("damaged").sum()).alias("said_damaged"),
        pl.col("is_bare").any(),
        (pl.col("mode") == "may").any().alias("is_free"),
        pl.when(pl.col("code").is_not_null()).then("cost").max().alias("order_cost"),
    )


def _valued(moved: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Movements with `value`, at their cost, and `minor`, which is nothing for what cannot be sold as new."""
    own = pl.when((pl.col("unit_cost_minor") > 0) & pl.col("code").is_not_null()).then("unit_cost_minor")
    is_sound = pl.col("own").is_not_null() & (pl.col("parts") > 0)
    priced = pl.when(is_sound).then(pl.col("own").cast(pl.Int128) * pl.col("parts"))
    pieces = pl.when(is_sound).then(pl.col("parts").cast(pl.Int128)).sum().over(_ARTICLE)
    mean = pl.when(pieces > 0).then(
        divide_half_up_expr(priced.sum().over(_ARTICLE), pl.max_horizontal(pieces, pl.lit(1)))
    )
    asked = wanted.select(*_ARTICLE, "order_cost", (pl.col("asked") > 0).alias("is_asked"))
    joined = moved.with_columns(own.alias("own")).join(asked, on=_ARTICLE, how="left", maintain_order="left")
    costed = joined.with_columns(pl.coalesce(mean, pl.col("own").max().over(_ARTICLE), "order_cost").alias("cost"))
    valued = costed.with_columns(
        value_expr(pl.col("parts"), pl.coalesce("own", "cost")).alias("value"),
        # An article that nobody asked for, and that is called wrong, is what it says.
        (pl.col("is_wrong") & pl.col("is_asked").fill_null(value=False)).alias("is_other"),
    )
    return valued.with_columns(
        pl.when(pl.col("is_damaged") | pl.col("is_other")).then(0).otherwise("value").alias("minor")
    )


def _joined(wanted: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    def sums(column: str, of: str, name: str) -> pl.Expr:
        return pl.when(of).then(column).otherwise(0).sum().alias(name)

    booked = moved.group_by(_ARTICLE).agg(
        pl.col("parts").sum().alias("booked"),
        pl.col("value").sum(),
        sums("parts", "is_damaged", "damaged"),
        sums("value", "is_damaged", "damaged_value"),
        sums("parts", "is_other", "other"),
        sums("value", "is_other", "other_value"),
        pl.col("cost").max(),
        pl.col("on").min().alias("booked_on"),
        pl.col("on").max().alias("last_on"),
        pl.col("movement_id").unique().sort().head(20).str.join(",").alias("movements"),
    )
    zero = ("asked", "said_wrong", "booked", "value", "damaged", "damaged_value", "other", "other_value")
    joined = wanted.join(booked, on=_ARTICLE, how="full", coalesce=True)
    return joined.with_columns(
        pl.col(zero).fill_null(0),
        pl.col("is_bare", "is_free").fill_null(value=False),
        pl.coalesce("cost", "order_cost").alias("cost"),
    ).sort(_ARTICLE)


def _with_due(articles: pl.DataFrame) -> pl.DataFrame:
    """Articles with `due`, what is compared with what was booked.

    Whatever came is due of a case that leaves it open; pieces of which nobody says what they are may be any.
    """
    is_open = (pl.col("is_bare") | pl.col("is_free")).any().over("unit")
    due = pl.when(is_open).then(pl.max_horizontal("asked", "booked")).otherwise("asked")
    articles = articles.with_columns(due.alias("due"), is_open.alias("is_open"))
    free = pl.when(pl.col("sku") == "").then("due").otherwise(0).sum().over("unit")
    over = (
        pl.when(pl.col("sku") != "").then(pl.max_horizontal(pl.col("booked") - pl.col("due"), pl.lit(0))).otherwise(0)
    )
    taken = pl.max_horizontal(pl.min_horizontal(free - (over.cum_sum().over("unit") - over), over), pl.lit(0))
    articles = articles.with_columns(taken.alias("taken"))
    used = pl.col("taken").sum().over("unit")
    due = pl.when(pl.col("sku") == "").then(pl.col("due") - used).otherwise(pl.col("due") + pl.col("taken"))
    lacks = pl.col("due") - pl.col("booked")
    share = divide_half_up_expr(pl.col("value").cast(pl.Int128) * pl.col("due"), pl.max_horizontal("booked", pl.lit(1)))
    worth = pl.when(lacks >= 0).then(pl.col("value") + value_expr(lacks, pl.col("cost"))).otherwise(share)
    return articles.with_columns(due.alias("due")).with_columns(worth.alias("due_value"))


def _with_wrong(articles: pl.DataFrame) -> pl.DataFrame:
    """Articles with what others came in their place, and with what came in the place of others.

    It adds `replaced` (parts of it that another article came for), `came` (which), `came_value`, and of an article that came so
    `used` and `used_value`; and `wrong`, what the case calls wrong beyond that.
    """
    lacks = pl.max_horizontal(pl.col("due") - pl.col("booked"), pl.lit(0))
    short = (
        articles.filter(lacks > 0)
        .with_columns(lacks.alias("lacking"))
        .with_columns(pl.col("lacking").cum_sum().over("unit").alias("short_end"))
        .select("unit", "sku", "lacking", "short_end")
    )
    strange = (
        articles.filter((pl.col("asked") == 0) & (pl.col("booked") > pl.col("due")))
        .with_columns(
            (pl.col("booked") - pl.col("due")).alias("over"),
            (pl.col("value") - pl.col("due_value")).alias("over_value"),
        )
        .with_columns(pl.col("over").cum_sum().over("unit").alias("end"))
        .select("unit", pl.col("sku").alias("strange"), "over", "over_value", "end")
    )
    first = pl.max_horizontal(pl.col("end") - pl.col("over"), pl.col("short_end") - pl.col("lacking"))
    last = pl.min_horizontal("end", "short_end")
    both = short.join(strange, on="unit").with_columns(first.alias("first"), last.alias("last")).filter(first < last)
    begin = pl.col("end") - pl.col("over")

    def worth_up_to(place: str) -> pl.Expr:
        return divide_half_up_expr(pl.col("over_value").cast(pl.Int128) * (pl.col(place) - begin), pl.col("over"))

    both = both.with_columns(
        (pl.col("last") - pl.col("first")).alias("parts"), (worth_up_to("last") - worth_up_to("first")).alias("worth")
    )
    replaced = both.group_by(_ARTICLE).agg(
        pl.col("parts").sum().alias("replaced"),
        pl.col("worth").sum().alias("came_value"),
        pl.col("strange").unique().sort().str.join(",").alias("came"),
    )
    used = both.group_by("unit", pl.col("strange").alias("sku")).agg(
        pl.col("parts").sum().alias("used"), pl.col("worth").sum().alias("used_value")
    )
    joined = articles.join(replaced, on=_ARTICLE, how="left").join(used, on=_ARTICLE, how="left")
    joined = joined.with_columns(pl.col("replaced", "came_value", "used", "used_value").fill_null(0))
    most = pl.when(pl.col("counted").is_not_null()).then("due").otherwise(lacks)
    room = pl.max_horizontal(most - pl.col("replaced"), pl.lit(0))
    left = pl.max_horizontal(pl.col("said_wrong") - pl.col("replaced") - pl.col("other"), pl.lit(0))
    return joined.with_columns(pl.min_horizontal(left, room).alias("wrong"))


def _with_causes(articles: pl.DataFrame) -> pl.DataFrame:
    """Articles with what is left of the gap: `by_case` (came otherwise than asked), `by_stock` (booked otherwise than that).

    Where the case does not count, all of it is `by_case`. The values are `by_case_value` and `by_stock_value`; `is_settled` says
    that what was counted is booked, so that what is booked can be held against the inspection.
    """
    gone = pl.col("replaced") + pl.col("wrong")
    gone_value = value_expr(pl.col("replaced"), pl.col("cost")) + value_expr(pl.col("wrong"), pl.col("cost"))
    left_value = pl.col("value") - pl.col("due_value") + gone_value - pl.col("used_value")
    counted = pl.when((pl.col("asked") > 0) & ~pl.col("is_open")).then("counted")
    beyond = pl.max_horizontal(pl.col("due") - counted, pl.lit(0))
    still = pl.max_horizontal(counted - pl.max_horizontal(pl.col("replaced") - beyond, pl.lit(0)), pl.lit(0))
    # Pieces that are booked as the article, and called wrong by both, are counted as well.
    agreed = pl.max_horizontal(pl.min_horizontal("other", pl.col("said_wrong") - pl.col("replaced")), pl.lit(0))
    articles = articles.with_columns(
        gone.alias("gone"),
        left_value.alias("left_value"),
        (pl.col("due") - gone).alias("due_left"),
        (pl.col("booked") - pl.col("used")).alias("booked_left"),
        pl.when(counted.is_not_null()).then(still + agreed).alias("counted_left"),
    )
    is_counted = pl.col("counted_left").is_not_null()
    by_case = pl.coalesce("counted_left", "booked_left") - pl.col("due_left")
    by_stock = pl.when(is_counted).then(pl.col("booked_left") - pl.col("counted_left")).otherwise(0)
    articles = articles.with_columns(
        by_case.alias("by_case"), by_stock.alias("by_stock"), is_counted.alias("is_counted")
    )
    case_value = (
        pl.when(pl.col("by_stock") == 0).then("left_value").otherwise(value_expr(pl.col("by_case"), pl.col("cost")))
    )
    is_settled = is_counted & (pl.col("by_stock") == 0) & pl.col("said_damaged").is_not_null()
    return articles.with_columns(case_value.alias("by_case_value"), is_settled.alias("is_settled")).with_columns(
        (pl.col("left_value") - pl.col("by_case_value")).alias("by_stock_value")
    )


def _by_case(articles: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """What is due of each case: each article in the proportion in which the cases of its unit ask for it, to the last cent.

    What no case asks for by its name is the first case's of the unit.
    """
    first = asked.group_by("unit").agg(pl.col("case_row").min())
    named = asked.filter(pl.col("asked") > 0).select("unit", "sku", "case_row", "asked")
    due = articles.filter((pl.col("due") != 0) | (pl.col("due_value") != 0)).select(*_ARTICLE, "due", "due_value")
    unnamed = (
        due.join(named, on=_ARTICLE, how="anti")
        .join(first, on="unit")
        .with_columns(pl.lit(1, dtype=pl.Int64).alias("asked"))
    )
    split = pl.concat([due.join(named, on=_ARTICLE).select(unnamed.columns), unnamed]).sort(*_ARTICLE, "case_row")
    end = pl.col("asked").cum_sum().over(_ARTICLE)
    whole = pl.col("asked").sum().over(_ARTICLE)

    def share(of: str) -> pl.Expr:
        amount = pl.col(of).cast(pl.Int128)
        return divide_half_up_expr(amount * end, whole) - divide_half_up_expr(amount * (end - pl.col("asked")), whole)

    return (
        split.select("case_row", share("due").alias("pieces"), share("due_value").alias("minor"))
        .group_by("case_row")
        .agg(pl.col("pieces", "minor").sum())
    )
