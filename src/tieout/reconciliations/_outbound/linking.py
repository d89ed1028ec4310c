"""Linking: which orders a movement of stock belongs to.

A movement says an order's number, else an after-sale case, else a parcel. Where one number stands in two shops, its parcel tells.
"""

import polars as pl

from tieout.outcome import CarryForward
from tieout.reconciliations._common.goods import NO_ORDER, number_expr
from tieout.reconciliations._common.movements import take_movements
from tieout.reconciliations._common.orders import paired_orders
from tieout.reconciliations._common.scope import uncrowded
from tieout.reconciliations._common.sides import SCOPE, Role, Side, local_day, parts_of
from tieout.reconciliations._common.units import by_links
from tieout.reconciliations._common.versions import LISTED_TWICE
from tieout.tables import FrameLike

__all__ = ["OTHER", "OUT", "moved_orders", "take_moves", "with_units"]

OUT = ("sale_out", "exchange_out", "reship_out", "repair_out")
"""Kinds of movement that go to a buyer."""
OTHER = "another kind of movement"
_PAIR = ("left", "right", "rule", "score", "status")


def take_moves(given: FrameLike, opening: CarryForward | None, timezone: str) -> Side:
    """Movements with `reason`, why one is not compared, and `parts`, what left; negative where it came back."""
    on = local_day("occurred_at", timezone)
    side = take_movements(given, opening, role=Role.ACTUAL, on=on)
    reason = pl.when("is_repeat").then(pl.lit(LISTED_TWICE)).when(~pl.col("type").is_in(OUT)).then(pl.lit(OTHER))
    return side.with_columns(reason.alias("reason"), (-parts_of(pl.col("quantity"))).alias("parts"))


def moved_orders(
    orders: pl.DataFrame, moves: pl.DataFrame, cases: pl.DataFrame, case_pairs: pl.DataFrame, held: pl.DataFrame
) -> pl.DataFrame:
    """Pairs of orders (left) and movements (right): `left`, `right`, `rule`, `score`, `status`.

    A movement that names only a parcel of several orders belongs to those of them that it holds the article of: to all of them
    together, where that does not tell them apart and they are of one shop. A number that holds a crowd of orders is no parcel's.

    Args:
        orders: Orders that count.
        moves: Movements that count.
        cases: After-sale cases that count.
        case_pairs: Orders (left) with their cases (right), confirmed.
        held: What parcels hold of orders: `order_row`, `book_id`, `tracking_no` (as `number_expr`), `sku`.
    """
    moves = moves.with_columns(number_expr("tracking_no"))
    held = uncrowded(held, ("book_id", "tracking_no"), of="order_row")
    named = moves.filter(pl.col("platform_order_id").is_not_null())
    by_number = _by_number(orders, named, held)
    rest = _without(moves, by_number)
    by_case = _by_case(rest, cases, case_pairs)
    by_parcel = _of_one_shop(_by_parcel(_without(rest, by_case), held), orders)
    every = pl.concat([by_number, by_case, by_parcel])
    return every.unique(["left", "right"], keep="first", maintain_order=True).sort("left", "right")


def _by_number(orders: pl.DataFrame, moves: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    pairs = paired_orders(orders, moves.select("row", "platform_order_id", "book_id"), rule="order named")
    numbers = moves.select(pl.col("row").alias("right"), "tracking_no")
    of_parcel = held.select(pl.col("order_row").alias("left"), "tracking_no").unique()
    told = (
        pairs.filter(pl.col("status") == "suggested")
        .join(numbers, on="right")
        .join(of_parcel, on=["left", "tracking_no"])
        .filter(pl.len().over("right") == 1)
        .select("left", "right", pl.lit(value=True).alias("is_told"))
    )
    joined = pairs.join(told, on=["left", "right"], how="left", maintain_order="left")
    decided = pl.col("right").is_in(told["right"].implode())
    return (
        joined.filter(pl.col("is_told") | ~decided)
        .with_columns(
            pl.when("is_told").then(pl.lit("confirmed")).otherwise("status").alias("status"),
            pl.when("is_told").then(1.0).otherwise("score").alias("score"),
        )
        .select(_PAIR)
    )


def _without(moves: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    sure = pairs.filter(pl.col("status") == "confirmed")["right"]
    return moves.filter(~pl.col("row").is_in(sure.implode()))


def _by_case(moves: pl.DataFrame, cases: pl.DataFrame, case_pairs: pl.DataFrame) -> pl.DataFrame:
    of_case = case_pairs.select(pl.col("left").alias("order_row"), pl.col("right").alias("row")).join(
        cases.select("row", "return_id", pl.col("book_id").alias("book_of_order")), on="row"
    )
    return _confirmed(moves, of_case.drop("row").unique(), "return_id", rule="case named").filter(
        pl.col("left").n_unique().over("right") == 1
    )


def _by_parcel(moves: pl.DataFrame, held: pl.DataFrame) -> pl.DataFrame:
    inside = held.select("order_row", pl.col("book_id").alias("book_of_order"), "tracking_no", "sku").unique()
    exact = _confirmed(moves, inside, "tracking_no", "sku", rule="parcel named")
    others = _confirmed(_without(moves, exact), inside, "tracking_no", rule="parcel named")
    return pl.concat([exact, others])


def _of_one_shop(pairs: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
    """Pairs that are sure where all orders of a movement are of one book and shop; suggestions where they are not."""
    shops = orders.select(pl.col("row").alias("left"), pl.struct(SCOPE).alias("shop"))
    several = pl.col("shop").rank("dense").n_unique().over("right") > 1
    return (
        pairs.join(shops, on="left", maintain_order="left")
        .with_columns(several.alias("several"))
        .with_columns(
            pl.when("several").then(pl.lit("suggested")).otherwise("status").alias("status"),
            pl.when("several").then(0.5).otherwise("score").alias("score"),
        )
        .select(_PAIR)
    )


def _confirmed(moves: pl.DataFrame, named: pl.DataFrame, *on: str, rule: str) -> pl.DataFrame:
    """Pairs by equal names, within one book where both say theirs."""
    joined = moves.select("row", "book_id", *on).join(named, on=list(on))
    one_book = (pl.col("book_id") == pl.col("book_of_order")).fill_null(value=True)
    return (
        joined.filter(one_book)
        .select(
            pl.col("order_row").alias("left"),
            pl.col("row").alias("right"),
            pl.lit(rule).alias("rule"),
            pl.lit(1.0).alias("score"),
            pl.lit("confirmed").alias("status"),
        )
        .unique()
        .select(_PAIR)
    )


def with_units(
    orders: Side, parcels: Side, moves: Side, taken: pl.DataFrame, links: pl.DataFrame
) -> tuple[Side, Side, Side]:
    """Sides with the unit that all records of an order share, and the `code` of its currency; null where it has several.

    Args:
        orders: Orders.
        parcels: Parcels; one of no order is set aside.
        moves: Movements.
        taken: `parcel_row` and `order_row` of each parcel of an order.
        links: Pairs of `moved_orders`.
    """
    of_parcel = taken.select(pl.col("parcel_row").alias("left"), pl.col("order_row").alias("right"))
    sure = links.filter(pl.col("status") == "confirmed")
    of_move = sure.select(pl.col("right").alias("left"), pl.col("left").alias("right"))
    (parcels, moves), orders = by_links((parcels, moves), orders, (of_parcel, of_move))
    parcels = parcels.with_columns(
        pl.when(pl.col("reason").is_null() & ~pl.col("row").is_in(of_parcel["left"].implode()))
        .then(pl.lit(NO_ORDER))
        .otherwise("reason")
        .alias("reason")
    )
    counts = pl.col("reason").is_null()
    own = moves.frame.filter(counts & pl.col("unit_cost_minor").is_not_null()).select("unit", "currency")
    first = _one_code(own, "own").join(
        _one_code(orders.frame.filter(counts).select("unit", "currency"), "order"), on="unit", how="full", coalesce=True
    )
    code = pl.when(pl.col("own_codes").fill_null(0) > 0).then("own_code").otherwise("order_code")
    codes = first.select("unit", code.alias("code"), "order_code")
    orders, parcels, moves = (
        side.with_frame(side.frame.join(codes, on="unit", how="left", maintain_order="left"))
        for side in (orders, parcels, moves)
    )
    return orders, parcels, moves


def _one_code(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    one = pl.when(pl.col("currency").n_unique() == 1).then(pl.col("currency").min())
    return (
        rows.drop_nulls("currency")
        .group_by("unit")
        .agg(one.alias(f"{name}_code"), pl.col("currency").n_unique().alias(f"{name}_codes"))
    )
