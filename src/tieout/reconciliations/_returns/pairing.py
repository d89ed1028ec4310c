"""Pairing: which movement, parcel and charge is of which case, and which might be.

A movement belongs to the case that it names; else to those whose parcel it came in, by number; else to those of the order that it
names. Of several cases those of the same way and article come first. What is left over is only ever suggested.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from tieout.matching import Fuzzy, Matcher, Near, Rule, Same
from tieout.reconciliations._common.goods import number_expr
from tieout.reconciliations._common.scope import PAIRS, keyed_pairs, matched_rows, uncrowded, unpaired
from tieout.reconciliations._common.sides import SCOPE, Side
from tieout.reconciliations._returns.sides import DEAD

__all__ = [
    "called_off",
    "case_articles",
    "pair_charges",
    "pair_moves",
    "pair_parcels",
    "same_sender",
    "suggest",
    "waiting_cases",
    "with_senders",
]

_RECYCLED = timedelta(days=180)
"""Couriers give a number again after a year or two (`domain.md` 2.1): so far apart, it is another parcel."""
_CASE = ("row", *SCOPE, "return_id", "platform_order_id", "mode", "way", "sku", "on")


def case_articles(cases: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Cases with one row for each article that they want back.

    Args:
        cases: Cases that count.
        asked: Lines of `Asked`.
    """
    articles = asked.select(pl.col("case_row").alias("row"), pl.when(pl.col("sku") != "").then("sku").alias("sku"))
    return cases.join(articles, on="row", how="left", maintain_order="left")


def with_senders(
    articles: pl.DataFrame, moves: pl.DataFrame, parcels: pl.DataFrame, orders: pl.DataFrame, of_case: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Cases and movements with `sender`: the pseudonym of the buyer of a case's order, and of who sent a movement's parcel.

    Args:
        articles: Of `case_articles`.
        moves: Movements of goods that come back.
        parcels: Parcels that come back.
        orders: Orders.
        of_case: `case_row`, `order_row`.
    """
    buyers = of_case.join(orders.select(pl.col("row").alias("order_row"), "buyer_ref"), on="order_row")
    buyers = buyers.group_by(pl.col("case_row").alias("row")).agg(pl.col("buyer_ref").min().alias("sender"))
    place = ["book_id", "number"]
    senders = (
        parcels.filter(pl.col("number").is_not_null())
        .group_by(place)
        .agg(pl.when(pl.col("sender_ref").n_unique() == 1).then(pl.col("sender_ref").first()).alias("sender"))
    )
    return (
        articles.join(buyers, on="row", how="left", maintain_order="left"),
        moves.join(senders, on=place, how="left", nulls_equal=True, maintain_order="left"),
    )


def case_numbers(articles: pl.DataFrame) -> pl.DataFrame:
    """Cases with each number of a parcel that they name, in `number`: of the way back, and of what turned back on its way.

    A number that a crowd of cases names is no parcel's.
    """
    turned = pl.col("kind").is_in(["intercept", "rejected", "refund_only", "lost"])
    numbers = [number_expr("return_tracking_no"), pl.when(turned).then(number_expr("outbound_tracking_no"))]
    named = (
        articles.with_columns(pl.concat_list(numbers).alias("number"))
        .explode("number")
        .filter(pl.col("number").is_not_null())
    )
    return uncrowded(named, ("book_id", "number"), of="row")


def pair_parcels(articles: pl.DataFrame, parcels: pl.DataFrame) -> pl.DataFrame:
    """Cases with their parcels: by number, else by the orders that a parcel says it holds.

    Args:
        articles: Of `case_articles`.
        parcels: Parcels that come back.
    """
    by_number = _near(keyed_pairs(case_numbers(articles), parcels, ("number",), rule="same parcel"), articles, parcels)
    both = by_number.join(articles.select(pl.col("row").alias("left"), "return_carrier").unique(), on="left").join(
        parcels.select(pl.col("row").alias("right"), "carrier"), on="right"
    )
    other = (pl.col("return_carrier") != pl.col("carrier")).fill_null(value=False)
    by_number = both.filter(~other).select(*PAIRS).unique(maintain_order=True)
    line = pl.col("lines").struct
    rest = unpaired(parcels, _sure(by_number), "right").filter(pl.col("direction") == "return")
    held = (
        rest.explode("lines")
        .filter(pl.col("lines").is_not_null())
        .with_columns(line.field("platform_order_id").alias("platform_order_id"), line.field("sku").alias("sku"))
    )
    by_order = _narrowing(articles, held, ("platform_order_id",), rule="order in the parcel")
    return _settled([by_number, by_order])


def pair_charges(
    articles: pl.DataFrame, charges: pl.DataFrame, parcels: pl.DataFrame, parcel_pairs: pl.DataFrame
) -> pl.DataFrame:
    """Cases with charges for their way back: by number, or by that of a parcel that is theirs.

    Args:
        articles: Of `case_articles`.
        charges: Charges for ways back.
        parcels: Parcels that come back.
        parcel_pairs: Of `pair_parcels`.
    """
    numbers = _numbers(articles, parcels, parcel_pairs)
    return _settled([_near(keyed_pairs(numbers, charges, ("number",), rule="same parcel"), numbers, charges)])


def pair_moves(
    articles: pl.DataFrame, moves: pl.DataFrame, parcels: pl.DataFrame, parcel_pairs: pl.DataFrame
) -> pl.DataFrame:
    """Cases with the movements that are theirs.

    Args:
        articles: Of `case_articles`.
        moves: Movements of goods that come back.
        parcels: Parcels that come back.
        parcel_pairs: Of `pair_parcels`.
    """
    numbers = _numbers(articles, parcels, parcel_pairs)
    documents = moves.with_columns(pl.col("document_ref").alias("return_id"))
    rules: Sequence[tuple[pl.DataFrame, pl.DataFrame, tuple[str, ...], str]] = (
        (articles, moves, ("return_id", "platform_order_id"), "case and order named"),
        (articles, moves, ("return_id",), "case named"),
        (articles, documents, ("return_id",), "document of the case"),
        (numbers, moves, ("number",), "same parcel"),
        (articles, moves, ("platform_order_id",), "order named"),
    )
    found: list[pl.DataFrame] = []
    for ours, theirs, key, rule in rules:
        left = unpaired(theirs, _sure(pl.concat([*found, _none()])), "right")
        pairs = _narrowing(ours, left, key, rule=rule)
        found.append(_near(pairs, articles, moves) if key == ("number",) else pairs)
    return _settled(found)


def _numbers(articles: pl.DataFrame, parcels: pl.DataFrame, parcel_pairs: pl.DataFrame) -> pl.DataFrame:
    """Cases with all numbers that are theirs: those they name, and those of parcels that were found to be theirs."""
    own = case_numbers(articles).select(*_CASE, "number")
    theirs = (
        _sure(parcel_pairs)
        .join(parcels.select(pl.col("row").alias("right"), "number"), on="right")
        .select(pl.col("left").alias("row"), "number")
    )
    found = articles.select(_CASE).join(theirs, on="row").select(*_CASE, "number")
    return pl.concat([own, found]).unique(maintain_order=True)


def _narrowing(cases: pl.DataFrame, rows: pl.DataFrame, key: Sequence[str], *, rule: str) -> pl.DataFrame:
    """Pairs by a key: with cases whose goods must come back, of the same way and article, first, and with all of the key last."""
    found: list[pl.DataFrame] = []
    left = rows.filter(pl.all_horizontal(pl.col(name).is_not_null() for name in key))
    must = cases.filter(pl.col("mode") == "must")
    steps = ((must, ("way", "sku")), (must, ("sku",)), (cases, ("sku",)), (must, ("way",)), (must, ()), (cases, ()))
    for ours, further in steps:
        if left.height and set(further) <= {*rows.columns}:
            each = ours.unique(["row", *key, *further], maintain_order=True)
            pairs = keyed_pairs(each, left, (*key, *further), rule=rule)
            is_by_order = "platform_order_id" in key or "platform_order_id" not in rows.columns
            found.append(pairs if is_by_order else _of_one_order(pairs, each, left))
            left = unpaired(left, _sure(found[-1]), "right")
    return _settled(found)


def _of_one_order(pairs: pl.DataFrame, cases: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs by another key than the order: only suggested where both sides name an order, and not the same."""
    ours, theirs = (
        side.select(pl.col("row").alias(name), pl.col("platform_order_id").alias(f"{name}_order")).unique()
        for side, name in ((cases, "left"), (rows, "right"))
    )
    both = pairs.join(ours, on="left").join(theirs, on="right")
    differ = (pl.col("left_order") != pl.col("right_order")).fill_null(value=False)
    return both.with_columns(
        pl.when(differ).then(pl.lit("suggested")).otherwise("status").alias("status"),
        pl.when(differ).then(0.5).otherwise("score").alias("score"),
    ).select(*PAIRS)


def _near(pairs: pl.DataFrame, cases: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Pairs by a courier's number whose days do not say that it is another parcel's."""
    dated = pairs.join(
        cases.select(pl.col("row").alias("left"), pl.col("on").alias("asked_on")).unique("left"), on="left"
    ).join(rows.select(pl.col("row").alias("right"), pl.col("on").alias("came_on")), on="right")
    far = (pl.col("came_on") - pl.col("asked_on")).abs() > _RECYCLED
    return dated.filter(~far.fill_null(value=False)).select(*PAIRS)


def suggest(cases: Side, articles: pl.DataFrame, moves: pl.DataFrame, pairs: pl.DataFrame, days: int) -> pl.DataFrame:
    """Suggestions for movements that are nobody's.

    In this order: cases that were called off, a number one digit apart, a sender who is the buyer, the same article.

    Args:
        cases: All cases.
        articles: Of `case_articles`, with `sender`.
        moves: Movements of goods that come back, with `sender`.
        pairs: What was found so far.
        days: Most days from the day of a case to that of the goods, where only the article speaks for it.
    """
    left = unpaired(moves, pairs, "right")
    if not left.height:
        return _none()
    found = called_off(cases, left)
    waits = waiting_cases(articles, pairs)
    left = unpaired(left, found, "right")
    book = pl.format("book {}", pl.col("book_id").fill_null("")).alias("book")
    damaged = Matcher(
        [Rule("number one digit apart", on=[Fuzzy("number", edits=1)], given=[Near("on", days=days), Same("book")])]
    )
    ours = case_numbers(waits).unique(["row", "number"], keep="first", maintain_order=True)
    numbered = matched_rows(
        damaged,
        ours.select(pl.int_range(pl.len()).alias("row"), "number", "on", book),
        left.filter(pl.col("number").is_not_null()).select("row", "number", "on", book),
    )
    numbered = numbered.with_columns(pl.col("left").replace_strict(dict(enumerate(ours["row"])), return_dtype=pl.Int64))
    left = unpaired(left, numbered, "right")
    sent = same_sender(waits, left)
    left = unpaired(left, sent, "right")
    every = pl.concat([found, numbered, sent, _same_article(waits, left, days)])
    return every.with_columns(
        pl.lit("suggested").alias("status"), pl.min_horizontal("score", pl.lit(0.5)).alias("score")
    )


def waiting_cases(articles: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Cases of which goods must come back and none did.

    Args:
        articles: Of `case_articles`.
        pairs: Cases with movements.
    """
    none = articles.join(_sure(pairs).select(pl.col("left").alias("row")), on="row", how="anti")
    return none.filter(pl.col("mode") == "must")


def same_sender(waits: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Suggestions of cases whose buyer is who sent the goods, for the same article where the rows say one.

    Args:
        waits: Of `waiting_cases`, with `sender`, the buyer's pseudonym.
        rows: Rows of another side, with `sender`.
    """
    known = waits.filter(pl.col("sender").is_not_null())
    found = _narrowing(uncrowded(known, ("book_id", "sender"), of="row"), rows, ("sender",), rule="same sender")
    return found.with_columns(pl.lit("suggested").alias("status"), pl.lit(0.4).alias("score"))


def called_off(cases: Side, rows: pl.DataFrame) -> pl.DataFrame:
    """Suggestions of cases that were cancelled or refused, for rows that name them, their parcel or their order.

    Args:
        cases: All cases.
        rows: Rows of another side, with `number`.
    """
    dead = cases.frame.filter(pl.col("aside").is_in(DEAD))
    if not dead.height or not rows.height:
        return _none()
    named = [
        keyed_pairs(ours, rows, (key,), rule="case that was called off")
        for ours, key in ((dead, "return_id"), (case_numbers(dead), "number"), (dead, "platform_order_id"))
        if key in rows.columns
    ]
    found = pl.concat([_none(), *named]).unique(["left", "right"], keep="first", maintain_order=True)
    return found.with_columns(pl.lit("suggested").alias("status"), pl.lit(0.5).alias("score"))


def _same_article(waits: pl.DataFrame, moves: pl.DataFrame, days: int) -> pl.DataFrame:
    """The nearest case before that waits for the same article, where but one does."""
    ours = (
        waits.filter(pl.col("sku").is_not_null() & pl.col("on").is_not_null())
        .group_by(pl.col("book_id").fill_null(""), "sku", "on")
        .agg(pl.col("row").unique())
        .filter(pl.col("row").list.len() == 1)
        .select("book_id", "sku", "on", pl.col("row").list.first().alias("left"))
        .sort("on")
    )
    theirs = (
        moves.filter(pl.col("on").is_not_null())
        .select("row", pl.col("book_id").fill_null(""), "sku", "on")
        .sort("on", "row")
    )
    near = theirs.join_asof(
        ours,
        on="on",
        by=["book_id", "sku"],
        strategy="backward",
        tolerance=timedelta(days=days),
        check_sortedness=False,
    )
    return near.filter(pl.col("left").is_not_null()).select(
        pl.col("left").cast(pl.Int64),
        pl.col("row").alias("right"),
        pl.lit("same article").alias("rule"),
        pl.lit(0.3).alias("score"),
        pl.lit("suggested").alias("status"),
    )


def _sure(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter(pl.col("status") == "confirmed")


def _settled(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Pairs without those that were suggested before another rule was sure, and each once."""
    every = pl.concat([_none(), *found])
    sure = _sure(every)
    open_ = every.filter((pl.col("status") != "confirmed") & ~pl.col("right").is_in(sure["right"].implode()))
    kept = pl.concat([sure, open_])
    return kept.unique(["left", "right"], keep="first", maintain_order=True).sort("left", "right")


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=dict(PAIRS))
