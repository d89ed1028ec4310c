"""Pairs of refunds with what was paid and booked of them: by number, then within an order by amount, then as sums."""

from collections.abc import Sequence
from typing import Final

import attrs
import polars as pl

from tieout.keys import IdKind, extract_expr
from tieout.matching._components import roots_of
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.channel_numbers import named_rows, with_group_of_payment
from tieout.reconciliations._common.scope import PAIRS, keyed_pairs, unpaired
from tieout.reconciliations._common.sides import Side

__all__ = ["SEEN", "Paired", "paired"]

SEEN: Final = "seen in another bill"
_NO_DIFFERENCES: Final = pl.DataFrame(schema=dict.fromkeys(("row", "billed_minor", "settled_minor"), pl.Int64))
_NUMBERS: Final = ("refund_id", "channel_refund_id", "channel_txn_id", "line_id", "settlement_id")
_COMPENSATION: Final = "buyer_compensation"


@attrs.frozen(kw_only=True)
class Paired:
    """Refunds with rows of bills, settlement lines, and refunds of the books.

    Attributes:
        transactions: Rows of bills with `key`.
        lines: Settlement lines; those that bills have too are set aside, with compensations that no refund explains.
        bill_pairs: Rows of refunds and of bills.
        line_pairs: Rows of refunds and of settlement lines.
        book_pairs: Rows of refunds and of the books' refunds.
        differing: Refunds of which bills and lines say different sums: `row`, `billed_minor`, `settled_minor`.
    """

    transactions: Side
    lines: Side
    bill_pairs: pl.DataFrame = attrs.field(repr=False)
    line_pairs: pl.DataFrame = attrs.field(repr=False)
    book_pairs: pl.DataFrame = attrs.field(repr=False)
    differing: pl.DataFrame = attrs.field(repr=False)


def paired(books: Books, refunds: pl.DataFrame) -> Paired:
    """Pair refunds with all that says they were paid or booked.

    Args:
        books: The sides.
        refunds: Refunds that are compared, with `key` and `stated_minor`.
    """
    bills = _with_order(books)
    lines = books.lines
    by_number = _by_number(refunds, bills.compared)
    by_id = keyed_pairs(refunds, lines.compared, ("refund_id", "currency"), rule="refund's number")
    bill_pairs = _paired(refunds, bills.compared, by_number, elsewhere=_in_full(refunds, by_id, lines.compared))
    of_sales = lines.compared.filter(pl.col("type") != _COMPENSATION)
    billed = _in_full(refunds, bill_pairs, bills.compared)
    line_pairs = _paired(refunds, lines.compared, by_id, sums=of_sales, elsewhere=billed)
    alone = ~pl.col("row").is_in(_sure(line_pairs)["right"].implode())
    lines = lines.put_aside("compensation without a refund", (pl.col("type") == _COMPENSATION) & alone)
    lines, line_pairs, differing = _once(refunds, bills, lines, bill_pairs, line_pairs)
    booked = books.erp_refunds.frame.filter(pl.col("reason").is_null()).with_columns(
        pl.col("stated_minor").alias("minor"), pl.col("day").alias("on")
    )
    nowhere = pl.Series(dtype=pl.Int64)
    book_pairs = _paired(refunds, booked, _booked_by_number(refunds, booked), elsewhere=nowhere)
    return Paired(
        transactions=bills,
        lines=lines,
        bill_pairs=bill_pairs,
        line_pairs=line_pairs,
        book_pairs=book_pairs,
        differing=differing,
    )


def _in_full(refunds: pl.DataFrame, pairs: pl.DataFrame, others: pl.DataFrame) -> pl.Series:
    """The refunds that their pairs pay in full."""
    paid = _paid(pairs, others).join(refunds.select("row", "stated_minor"), on="row")
    return paid.filter(pl.col("paid") == pl.col("stated_minor"))["row"]


def _sure(pairs: pl.DataFrame) -> pl.DataFrame:
    return pairs.filter(pl.col("status") == "confirmed")


def _with_order(books: Books) -> Side:
    """Rows of bills with `key`: by the order's number that they say, else by that of another row of the same payment."""
    orders = books.orders.frame.filter(pl.col("key").is_not_null()).with_columns(pl.col("key").alias("row"))
    refunds = books.refunds.frame.filter(pl.col("key").is_not_null()).with_columns(pl.col("key").alias("row"))
    names = pl.concat(
        [
            named_rows(orders, pl.col("merchant_order_no"), pl.col("platform_order_id")),
            named_rows(refunds, pl.col("platform_order_id")),
        ]
    ).unique(maintain_order=True)
    bills = books.transactions
    sent = pl.col("merchant_order_no")
    theirs = named_rows(bills.frame.filter(~pl.col("is_repeat")), sent, extract_expr(sent, IdKind.ORDER))
    links = _sure(keyed_pairs(names, theirs, ("name",), rule="order number"))
    once = links.select("left", "right").unique().filter(pl.len().over("right") == 1)
    keys = once.select(pl.col("right").alias("row"), pl.col("left").alias("group"))
    frame = bills.frame.join(keys, on="row", how="left", maintain_order="left")
    return bills.with_frame(with_group_of_payment(frame).rename({"group": "key"}))


def _by_number(refunds: pl.DataFrame, bills: pl.DataFrame) -> pl.DataFrame:
    """Refunds with the rows of bills that have their number, or the channel's."""
    left = _named(refunds, pl.col("channel_refund_id"), pl.col("refund_id"))
    right = _named(bills, pl.col("channel_refund_id"))
    pairs = keyed_pairs(left, right, ("name", "currency"), rule="refund's number")
    return pairs.unique(["left", "right"], maintain_order=True)


def _booked_by_number(refunds: pl.DataFrame, booked: pl.DataFrame) -> pl.DataFrame:
    own = keyed_pairs(refunds, booked, ("refund_id", "currency"), rule="refund's number")
    left, right = (unpaired(frame, _sure(own), side) for frame, side in ((refunds, "left"), (booked, "right")))
    return pl.concat([own, keyed_pairs(left, right, ("channel_refund_id", "currency"), rule="channel's number")])


def _named(frame: pl.DataFrame, *names: pl.Expr) -> pl.DataFrame:
    return named_rows(frame, *names).join(frame.select("row", "currency"), on="row", how="left", maintain_order="left")


def _paired(
    refunds: pl.DataFrame,
    others: pl.DataFrame,
    by_number: pl.DataFrame,
    *,
    sums: pl.DataFrame | None = None,
    elsewhere: pl.Series,
) -> pl.DataFrame:
    """All pairs: by number, then of one amount within an order, then what is left of the order.

    Args:
        refunds: Refunds with `key` and `stated_minor`.
        others: What was paid or booked, with `key` and `minor`.
        by_number: Pairs by number.
        sums: Those of `others` that may make up a sum; None for all.
        elsewhere: Refunds that are paid in full by what is not among `others`.
    """
    if not others.height or not refunds.height:
        return by_number
    again = ["key", "currency", "minor"]
    stated = refunds.with_columns(pl.col("stated_minor").alias("minor")).select(
        "row", "key", "currency", "minor", "day", "refund_id", (pl.col("stage") != "closed").alias("is_open")
    )
    ours = unpaired(stated, _sure(by_number), "left").filter(pl.col("key").is_not_null())
    theirs = unpaired(others, _sure(by_number), "right").filter(pl.col("key").is_not_null())
    first = _nth(ours, again, ["is_open", "day", "refund_id", "row"], descending=[True, False, False, False])
    second = _nth(_named_paid(theirs), again, ["on", "name", "row"], descending=[False] * 3)
    same = first.join(second, on=[*again, "nth"], suffix="_right")
    pairs = pl.concat([by_number, _pairs(same, "same order and amount")])
    rest = unpaired(theirs, pairs, "right")
    if sums is not None:
        rest = rest.join(sums.select("row"), on="row", how="semi")
    stated = stated.with_columns(pl.col("row").is_in(elsewhere.implode()).alias("is_elsewhere"))
    return pl.concat([pairs, _sums(stated, others, pairs, rest)])


def _sums(refunds: pl.DataFrame, others: pl.DataFrame, pairs: pl.DataFrame, rest: pl.DataFrame) -> pl.DataFrame:
    """What is left of an order with its refunds that nothing answers, or with the one that wants just as much more.

    Of refunds that nothing answers here, those that are paid in full elsewhere take part where that comes nearer to what is left.
    """
    order = ["key", "currency"]
    answered = _sure(pairs).join(others.select(pl.col("row").alias("right"), "minor"), on="right")
    paid = answered.group_by(pl.col("left").alias("row")).agg(pl.col("minor").sum().alias("paid"))
    open_ = (
        refunds.filter("is_open")
        .join(paid, on="row", how="left")
        .with_columns((pl.col("minor") - pl.col("paid").fill_null(0)).alias("lacks"))
    )
    left_over = rest.with_columns(pl.col("minor").sum().over(order).alias("left_over"))
    nothing = open_.filter(pl.col("paid").is_null() & pl.col("key").is_not_null())
    whole = nothing.join(left_over, on=order, suffix="_right")
    here = ~pl.col("is_elsewhere")
    wanted = nothing.group_by(order).agg(
        pl.col("minor").sum().alias("of_all"),
        pl.col("minor").filter(here).sum().alias("of_here"),
        here.any().alias("some"),
    )
    far = [(pl.col("left_over") - pl.col(name)).abs() for name in ("of_here", "of_all")]
    whole = whole.join(wanted, on=order).filter(here | ~pl.col("some") | (far[0] >= far[1]))
    short = open_.filter(pl.col("paid").is_not_null() & (pl.col("lacks") > 0)).join(nothing, on=order, how="anti")
    part = short.join(left_over, on=order, suffix="_right").filter(pl.col("lacks") == pl.col("left_over"))
    part = part.filter(pl.col("row").n_unique().over(order) == 1)
    return pl.concat([_pairs(whole, "same order"), _pairs(part, "the rest of a refund")])


def _nth(frame: pl.DataFrame, key: Sequence[str], order: list[str], *, descending: list[bool]) -> pl.DataFrame:
    ordered = frame.sort([*key, *order], descending=[False] * len(key) + descending, nulls_last=True)
    return ordered.with_columns(pl.int_range(pl.len()).over(key).alias("nth"))


def _pairs(joined: pl.DataFrame, rule: str) -> pl.DataFrame:
    found = joined.select(
        pl.col("row").alias("left"),
        pl.col("row_right").alias("right"),
        pl.lit(rule).alias("rule"),
        pl.lit(1.0).alias("score"),
        pl.lit("confirmed").alias("status"),
    )
    return found.sort("left", "right").select(pl.col(name).cast(dtype) for name, dtype in PAIRS.items())


def _once(
    refunds: pl.DataFrame, bills: Side, lines: Side, bill_pairs: pl.DataFrame, line_pairs: pl.DataFrame
) -> tuple[Side, pl.DataFrame, pl.DataFrame]:
    """Settlement lines of what bills have too are set aside, unless both together make up the refund.

    Returns:
        The lines, their pairs that stay, and the refunds of which both say different sums.
    """
    if not lines.compared.height or not bills.compared.height:
        return lines, line_pairs, _NO_DIFFERENCES
    groups = _groups(bill_pairs, line_pairs)
    billed = _of_groups(groups, _with_minor(bill_pairs, bills.compared), "billed_minor")
    settled = _of_groups(groups, _with_minor(line_pairs, lines.compared), "settled_minor")
    stated = refunds.select(
        pl.col("row").alias("left"), pl.col("row").alias("right"), pl.col("stated_minor").alias("minor")
    )
    both = billed.join(settled, on="group").join(_of_groups(groups, stated, "stated_minor"), on="group")
    parts = (pl.col("billed_minor") < pl.col("stated_minor")) & (
        pl.col("billed_minor") + pl.col("settled_minor") == pl.col("stated_minor")
    )
    named = refunds.select("row", "refund_id").join(groups, on="row").sort("group", "refund_id", "row")
    twice = named.join(both.filter(~parts), on="group", maintain_order="left")
    seen = _sure(line_pairs).filter(pl.col("left").is_in(twice["row"].implode()))["right"]
    again = _alike(bills, lines, bill_pairs, line_pairs)
    lines = lines.put_aside(SEEN, pl.col("row").is_in(pl.concat([seen, again]).implode()))
    stays = line_pairs.filter(~pl.col("right").is_in(seen.implode()))
    first = twice.unique("group", keep="first", maintain_order=True)
    differing = first.filter(pl.col("billed_minor") != pl.col("settled_minor"))
    return lines, stays, differing.select("row", "billed_minor", "settled_minor")


def _groups(*pairs: pl.DataFrame) -> pl.DataFrame:
    """Refunds with the `group` of those that one row of a bill, or of a settlement, pays together: `row`, `group`."""
    edges = pl.concat(
        [_sure(one).select("left", pl.col("right") * len(pairs) + place) for place, one in enumerate(pairs)]
    )
    return edges.select(pl.col("left").alias("row"), roots_of(edges["left"], edges["right"]).alias("group")).unique()


def _of_groups(groups: pl.DataFrame, rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """What the rows of each group (`left`, `right`, `minor`) sum to, each counted once: `group` and the sum."""
    once = rows.join(groups, left_on="left", right_on="row").unique(["group", "right"])
    return once.group_by("group").agg(pl.col("minor").sum().alias(name))


def _with_minor(pairs: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return _sure(pairs).join(others.select(pl.col("row").alias("right"), "minor"), on="right")


def _paid(pairs: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return _with_minor(pairs, others).group_by(pl.col("left").alias("row")).agg(pl.col("minor").sum().alias("paid"))


def _named_paid(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `name`, all the numbers that they have, by which equal amounts of one day are in an order."""
    known = [pl.col(name).fill_null("") for name in _NUMBERS if name in rows.columns]
    return rows.with_columns(pl.concat_str(known, separator="\x1f").alias("name"))


def _alike(bills: Side, lines: Side, bill_pairs: pl.DataFrame, line_pairs: pl.DataFrame) -> pl.Series:
    """Lines that no refund answers and that a bill has in the same order and amount, as often as there."""
    again = ["key", "currency", "minor"]
    first = unpaired(bills.compared, _sure(bill_pairs), "right").filter(pl.col("key").is_not_null())
    second = unpaired(lines.compared, _sure(line_pairs), "right").filter(pl.col("key").is_not_null())
    order = ["on", "name", "row"]
    counted = [_nth(_named_paid(frame), again, order, descending=[False] * 3) for frame in (second, first)]
    return counted[0].join(counted[1], on=[*again, "nth"], how="semi")["row"]
