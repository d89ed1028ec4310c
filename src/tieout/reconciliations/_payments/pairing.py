"""Pairs of what was paid with what the channel has: by the channel's number, else within an order by amount, else as sums."""

from typing import Final

import polars as pl

from tieout.keys import IdKind, damaged_rows, extract_expr
from tieout.matching import Damaged, Gate, Matcher, Near, Rule, Same
from tieout.matching._components import roots_of
from tieout.reconciliations._common.channel_numbers import named_rows, with_group_of_payment
from tieout.reconciliations._common.channel_words import DONE, PAYMENT, REFUND
from tieout.reconciliations._common.scope import PAIRS, keyed_pairs, matched_rows, unpaired
from tieout.reconciliations._common.sides import SCOPE, Side

__all__ = ["damaged_ids", "given_back", "links_of", "paired", "suggestions", "with_groups"]

_ORDER_NAMES: Final = ("merchant_order_no", "platform_order_id")


def links_of(orders: Side, payments: Side, refunds: Side, transactions: Side) -> pl.DataFrame:
    """Rows of bills with the orders whose number they name: `left` (order, or a payment or refund without one), `right`.

    Rows of `left` count orders first, then payments, then refunds.
    """
    held = orders.frame.filter(~pl.col("is_repeat"))
    names = [named_rows(held, *map(pl.col, _ORDER_NAMES))]
    of_orders = payments.frame.filter(pl.col("order_row").is_not_null() & pl.col("merchant_order_no").is_not_null())
    names.append(named_rows(of_orders.with_columns(pl.col("order_row").alias("row")), pl.col("merchant_order_no")))
    offset = orders.frame.height
    alone = payments.frame.filter(pl.col("order_row").is_null()).with_columns(pl.col("row") + offset)
    names.append(named_rows(alone, *map(pl.col, _ORDER_NAMES)))
    lone = refunds.frame.filter(pl.col("order_row").is_null())
    lone = lone.with_columns(pl.col("row") + offset + payments.frame.height)
    names.append(named_rows(lone, pl.col("platform_order_id")))
    every = pl.concat([frame.select("row", *SCOPE, "name") for frame in names]).unique(maintain_order=True)
    sent = pl.col("merchant_order_no")
    theirs = named_rows(transactions.frame.filter(~pl.col("is_repeat")), sent, extract_expr(sent, IdKind.ORDER))
    return keyed_pairs(every, theirs, ("name",), rule="order number").unique(["left", "right"], maintain_order=True)


def paired_by_number(payments: Side, transactions: Side) -> pl.DataFrame:
    """Payments with the rows of bills that have their channel's number."""
    left = _named_pairs(payments.compared, pl.col("channel_txn_id"))
    right = _named_pairs(transactions.compared.filter(pl.col("kind") == PAYMENT), pl.col("channel_txn_id"))
    return keyed_pairs(left, right, ("name", "currency"), rule="channel's number")


def refunded_by_number(refunds: Side, transactions: Side) -> pl.DataFrame:
    """Refunds with the rows of bills that have their number."""
    left = _named_pairs(refunds.compared, pl.col("channel_refund_id"), pl.col("refund_id"))
    right = _named_pairs(transactions.compared.filter(pl.col("kind") == REFUND), pl.col("channel_refund_id"))
    return keyed_pairs(left, right, ("name", "currency"), rule="refund's number").unique(
        ["left", "right"], maintain_order=True
    )


def _named_pairs(frame: pl.DataFrame, *names: pl.Expr) -> pl.DataFrame:
    return named_rows(frame, *names).join(frame.select("row", "currency"), on="row", how="left", maintain_order="left")


def with_groups(
    orders: Side, payments: Side, refunds: Side, transactions: Side, links: pl.DataFrame, by_number: pl.DataFrame
) -> tuple[Side, Side, Side]:
    """Sides with `group`: what hangs together by an order, so that amounts may be compared within it.

    Args:
        orders: Orders.
        payments: Payments with `order_row`.
        refunds: Refunds with `order_row`.
        transactions: Rows of bills.
        links: As `links_of` gives them.
        by_number: Payments with rows of bills, by the channel's number.
    """
    offset = orders.frame.height
    holder = pl.coalesce("order_row", pl.col("row") + offset).alias("holder")
    payments = payments.with_columns(holder)
    of_payments = by_number.join(payments.frame.select(pl.col("row").alias("left"), "holder"), on="left")
    sure = pl.concat(
        [
            links.filter(pl.col("status") == "confirmed").select("left", "right"),
            of_payments.filter(pl.col("status") == "confirmed").select(pl.col("holder").alias("left"), "right"),
        ]
    )
    roots = sure.with_columns(roots_of(sure["left"], sure["right"]).alias("root"))
    of_left = roots.select(pl.col("left").alias("holder"), "root").unique(maintain_order=True)
    of_right = roots.select(pl.col("right").alias("row"), pl.col("root").alias("group")).unique(maintain_order=True)
    group = pl.coalesce("root", "holder").alias("group")
    payments = payments.with_frame(
        payments.frame.join(of_left, on="holder", how="left", maintain_order="left").with_columns(group).drop("root")
    )
    held = refunds.frame.with_columns(
        pl.coalesce("order_row", pl.col("row") + offset + payments.frame.height).alias("holder")
    )
    refunds = refunds.with_frame(
        held.join(of_left, on="holder", how="left", maintain_order="left").with_columns(group).drop("root")
    )
    frame = transactions.frame.join(of_right, on="row", how="left", maintain_order="left")
    return payments, refunds, transactions.with_frame(with_group_of_payment(frame))


def paired(left: pl.DataFrame, right: pl.DataFrame, by_number: pl.DataFrame) -> pl.DataFrame:
    """All pairs: by number, then of one amount within a group, then what is left of a group as sums.

    Args:
        left: Payments or refunds with `group`, their `number` at the channel, and `told_by`, what else tells two of them apart.
        right: The same of rows of bills of their kind; those `is_given_back` are taken last,
            and our refunds know of those with `is_refund_known`.
        by_number: Pairs by number.
    """
    pairs = pl.concat([by_number, _split_movements(left, right, by_number)])
    kept = right.filter(~pl.col("is_given_back"))
    pairs = pl.concat([pairs, _of_one_amount(left, kept, pairs)])
    pairs = pl.concat([pairs, _of_one_sum(left, kept, pairs)])
    pairs = pl.concat([pairs, _of_one_amount(left, right, pairs)])
    ours, theirs = _nameless(left, pairs), _open(right, pairs, "right")
    return pl.concat([pairs, _of_one_order(ours, _rest_of_orders(ours, theirs))])


def _nameless(left: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """What is open of ours and names no number: what names one is another movement than a row with another number."""
    return _open(left, pairs, "left").filter(pl.col("number").is_null())


def _of_one_amount(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of what is open, of one amount within a group."""
    key = ["group", "currency", "minor"]
    ours, theirs = (_nth(_open(rows, pairs, side), key) for rows, side in ((left, "left"), (right, "right")))
    return _pairs(ours.join(theirs, on=[*key, "nth"], suffix="_right"), "same order and amount")


def _of_one_order(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of each with each of one group."""
    return _pairs(ours.join(theirs, on=["group", "currency"], suffix="_right"), "same order")


def _of_one_sum(left: pl.DataFrame, right: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of what is open, where all of a group comes to the same on both sides."""
    ours, theirs = _nameless(left, pairs), _open(right, pairs, "right")
    key, total = ["group", "currency"], pl.col("minor").sum()
    even = ours.group_by(key).agg(total).join(theirs.group_by(key).agg(total), on=[*key, "minor"])
    return _of_one_order(ours.join(even.select(key), on=key, how="semi"), theirs)


def _split_movements(left: pl.DataFrame, right: pl.DataFrame, by_number: pl.DataFrame) -> pl.DataFrame:
    """Pairs of what has its number and comes to more there, with all that is open of its group, where just that is lacking.

    A payment by two channels is given back by both, and our record names the number of one (`domain.md` 2.5).
    """
    sure = by_number.filter(pl.col("status") == "confirmed")
    single = sure.filter((pl.len().over("left") == 1) & (pl.len().over("right") == 1)).select("left", "right")
    ours = single.join(left.rename({"row": "left"}), on="left").join(
        right.select(pl.col("row").alias("right"), pl.col("minor").alias("theirs")), on="right"
    )
    short = ours.with_columns(row=pl.col("left"), minor=pl.col("minor") - pl.col("theirs")).filter(pl.col("minor") != 0)
    key = ["group", "currency"]
    short = short.filter(pl.len().over(key) == 1).join(_open(left, sure, "left"), on=key, how="anti")
    theirs = (
        _open(right, sure, "right").filter(~pl.col("is_given_back")).with_columns(total=pl.col("minor").sum().over(key))
    )
    whole = theirs.join(short.select(*key, total="minor"), on=[*key, "total"], how="semi")
    return _of_one_order(short, whole)


def _rest_of_orders(nameless: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """What rows of bills stand for the rest of an order, and whether what was given back is among them.

    A part of an order that its buyer got back was paid for it; what was paid by mistake and given back was not. The sum that is
    right tells; where none is, our own refund says that it was a part, and without one the sum that is nearer.
    """
    order = ["group", "currency"]
    due = nameless.group_by(order).agg(pl.col("minor").sum().alias("due"))
    is_back = pl.col("is_given_back")
    every, kept = (rows.sum().over(order) for rows in (pl.col("minor"), pl.when(is_back).then(0).otherwise("minor")))
    of_all, of_kept = ((pl.col("due") - rows).abs() for rows in (every, kept))
    is_ours = (is_back & pl.col("is_refund_known")).any().over(order)
    is_part = (of_kept != 0) & ((of_all == 0) | is_ours | (of_all < of_kept))
    return theirs.join(due, on=order, how="left", maintain_order="left").filter(~is_back | is_part).drop("due")


def _open(frame: pl.DataFrame, pairs: pl.DataFrame, side: str) -> pl.DataFrame:
    confirmed = pairs.filter(pl.col("status") == "confirmed")
    return unpaired(frame, confirmed, side).filter(pl.col("group").is_not_null())


def _nth(frame: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """Rows with their place among those of one key, whatever order they came in."""
    is_alone = pl.len().over(key) == 1
    several = frame.filter(~is_alone).sort(*key, "on", "number", "told_by", "row", nulls_last=True)
    return pl.concat([frame.filter(is_alone), several]).with_columns(pl.int_range(pl.len()).over(key).alias("nth"))


def _pairs(joined: pl.DataFrame, rule: str) -> pl.DataFrame:
    return joined.select(
        pl.col("row").alias("left"),
        pl.col("row_right").alias("right"),
        pl.lit(rule).alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    ).sort("left", "right")


def given_back(transactions: Side) -> pl.DataFrame:
    """Payments on the bill that the channel gave back in full: `row` of the payment and `refund_row` of each refund."""
    key = ["book_id", "channel", "channel_txn_id", "currency"]
    rows = transactions.compared.filter(pl.col("channel_txn_id").is_not_null() & (pl.col("outcome") == DONE))
    paid = rows.filter(pl.col("kind") == PAYMENT).filter(pl.len().over(key) == 1)
    back = rows.filter(pl.col("kind") == REFUND).with_columns(pl.col("minor").sum().over(key).alias("back"))
    both = paid.join(back, on=key, nulls_equal=True, suffix="_refund").filter(pl.col("minor") + pl.col("back") == 0)
    return both.select("row", pl.col("row_refund").alias("refund_row"))


def suggestions(payments: Side, transactions: Side, pairs: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Pairs for a person to judge: ids that lost digits, lone equal amounts within a day, orders of one number in two shops."""
    sure = pairs.filter(pl.col("status") == "confirmed")
    left = unpaired(payments.compared, sure, "left")
    right = unpaired(transactions.compared.filter(pl.col("kind") == PAYMENT), sure, "right")
    doubtful = links.filter(pl.col("status") == "suggested").join(
        payments.frame.select(pl.col("row").alias("payment"), pl.col("holder").alias("left")), on="left"
    )
    shops = doubtful.select(pl.col("payment").alias("left"), *(name for name in PAIRS if name != "left"))
    open_ = shops.filter(pl.col("left").is_in(left["row"].implode()) & pl.col("right").is_in(right["row"].implode()))
    every = pl.concat([open_, _by_damage(left, right), _lone_amounts(left, right)])
    return every.with_columns(pl.lit("suggested").alias("status")).unique(
        ["left", "right"], keep="first", maintain_order=True
    )


def _by_damage(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    found = []
    for name in ("channel_txn_id", "merchant_order_no"):
        ours = left.filter(pl.col(name).is_not_null())
        theirs = right.filter(pl.col(name).is_not_null())
        if damaged_rows(ours[name]).height or damaged_rows(theirs[name]).height:
            gates: list[Gate] = [Near("minor", by=0), Near("on", days=1), Same("currency")]
            matcher = Matcher([Rule("digits lost", on=[Damaged(name)], given=gates)])
            frames = [side.select("row", name, "minor", "on", "currency") for side in (ours, theirs)]
            found.append(matched_rows(matcher, *frames).filter(pl.col("rule") == "digits lost"))
    return pl.concat([pl.DataFrame(schema=dict(PAIRS)), *found])


def _lone_amounts(left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    key = ["book_id", "currency", "minor"]
    ours, theirs = (side.filter((pl.len().over(key) == 1) & (pl.col("minor") != 0)) for side in (left, right))
    joined = ours.join(theirs, on=key, nulls_equal=True, suffix="_right")
    near = joined.filter((pl.col("on_right") - pl.col("on")).dt.total_days().abs() <= 1)
    return _pairs(near, "same amount and day").with_columns(pl.lit(0.5).alias("score"))


def damaged_ids(side: Side, names: tuple[str, ...]) -> pl.DataFrame:
    """Rows whose identifier certainly lost digits, with the `column` and what is left of it as `lost`."""
    found = []
    for name in names:
        known = side.frame.filter(pl.col(name).is_not_null() & ~pl.col("is_repeat"))
        rows = damaged_rows(known[name]).filter(pl.col("kind").is_in(["scientific", "undecodable"]))
        found.append(known[rows["row"]].with_columns(pl.lit(name).alias("column"), pl.col(name).alias("lost")))
    return pl.concat(found)
