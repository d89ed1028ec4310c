"""Facts: which case each refund belongs to, what each case needs, and how much of a refund should not be."""

from typing import Final

import attrs
import polars as pl

from tieout.reconciliations._after_sales import words
from tieout.reconciliations._after_sales.matrix import matrix_frame, row_expr
from tieout.reconciliations._after_sales.refunds import AGREED, ENDED, SUCCEEDED, with_changes
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.scope import keyed_pairs

__all__ = ["REFUSED", "Facts", "facts_of"]

REFUSED: Final = ("rejected", "cancelled")
"""Statuses of cases in which the buyer gets nothing."""
_UNSHIPPED: Final = ("created", "paid", "closed")
_SENT: Final = ("partially_shipped", "shipped", "signed", "completed", "rejected")
_COMPENSATION: Final = "compensation"
_QUALITY: Final = "return_quality"


@attrs.frozen(kw_only=True)
class Facts:
    """What is known before anything is compared.

    Attributes:
        refunds: The refunds that count, with `amounts`, `key`, `case_row`, what their case is, `over_minor` (how much
            of what they state should not be refunded), `over_kind` (why) and `is_again`.
        cases: The cases that count, with `key`, `case` (their row of the matrix), its needs, `refunded_minor`, `refund_rows`.
    """

    refunds: pl.DataFrame = attrs.field(repr=False)
    cases: pl.DataFrame = attrs.field(repr=False)


def facts_of(books: Books, parcels: pl.DataFrame) -> Facts:
    """Link refunds to cases and judge both by the matrix.

    Args:
        books: The sides.
        parcels: Parcels that went to buyers, with `key`.
    """
    refunds = with_changes(books.refunds)
    cases = books.returns.frame.filter(pl.col("reason").is_null())
    links = _links(refunds, cases)
    refunds = refunds.join(links, on="row", how="left", maintain_order="left")
    refunds, cases = _with_keys(refunds, cases)
    orders = _orders(books, parcels)
    cases = _judged(cases, refunds, orders, _sub_limits(orders))
    of_case = cases.select(
        pl.col("row").alias("case_row"),
        pl.col("return_id").alias("case_id"),
        "case",
        pl.col("status").alias("case_status"),
        pl.col("kind").alias("case_kind"),
        "needs_refund",
    )
    refunds = refunds.join(of_case, on="case_row", how="left", maintain_order="left")
    charged = pl.col("freight_charged_minor").fill_null(0).alias("charged_minor")
    of_order = orders.select("key", "currency", "limit_minor", "paid_by", "is_mixed", charged)
    refunds = refunds.join(of_order, on=["key", "currency"], how="left", maintain_order="left")
    refunds = refunds.with_columns(pl.coalesce("channel", "paid_by").alias("way"))
    return Facts(refunds=_with_over(refunds, _sub_limits(orders)), cases=cases)


def _links(refunds: pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    """Refunds with their case: by its number, by theirs in it, by one number for both, else as the only ones of an order.

    Returns:
        `row` of the refund and `case_row`.
    """
    by_number = keyed_pairs(refunds, cases, ("return_id",), rule="case named")
    named = cases.explode("refund_ids").with_columns(pl.col("refund_ids").alias("refund_id"))
    by_case = keyed_pairs(refunds, named, ("refund_id",), rule="refund named")
    nameless = refunds.filter(pl.col("return_id").is_null())
    merged = keyed_pairs(
        nameless, cases.with_columns(pl.col("return_id").alias("refund_id")), ("refund_id",), rule="both"
    )
    every = pl.concat(
        [pairs.with_columns(pl.lit(rank).alias("rank")) for rank, pairs in enumerate((by_number, by_case, merged))]
    )
    names = cases.select(pl.col("row").alias("right"), "return_id")
    sure = every.filter(pl.col("status") == "confirmed").join(names, on="right")
    first = sure.sort("left", "rank", "return_id", "right").unique("left", keep="first", maintain_order=True)
    linked = first.select(pl.col("left").alias("row"), pl.col("right").alias("case_row"))
    lone = _only(nameless.join(linked, on="row", how="anti"), over=pl.col("stage") == ENDED)
    free = cases.filter(~pl.col("row").is_in(linked["case_row"].implode()))
    free = _only(free, over=pl.col("status").is_in(REFUSED))
    alone = lone.join(free, on="key", suffix="_case").filter(_same_article())
    return pl.concat([linked, alone.select("row", pl.col("row_case").alias("case_row"))])


def _only(frame: pl.DataFrame, *, over: pl.Expr) -> pl.DataFrame:
    """Rows that are alone in their order; beside one that still stands, those that came to nothing do not count."""
    named = frame.filter(pl.col("key").is_not_null())
    named = named.select("row", "key", "platform_sub_order_id", over.fill_null(value=False).alias("is_over"))
    standing = named.filter(~pl.col("is_over").all().over("key") & ~pl.col("is_over"))
    ended = named.filter(pl.col("is_over").all().over("key"))
    return pl.concat([standing, ended]).drop("is_over").filter(pl.len().over("key") == 1)


def _same_article() -> pl.Expr:
    ours, theirs = pl.col("platform_sub_order_id"), pl.col("platform_sub_order_id_case")
    return ours.is_null() | theirs.is_null() | (ours == theirs)


def _with_keys(refunds: pl.DataFrame, cases: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Refunds that name no order have that of their case, and the other way round."""
    of_case = cases.select(pl.col("row").alias("case_row"), pl.col("key").alias("of_case"))
    refunds = refunds.join(of_case, on="case_row", how="left", maintain_order="left")
    refunds = refunds.with_columns(pl.coalesce("key", "of_case").alias("key")).drop("of_case")
    linked = refunds.filter(pl.col("case_row").is_not_null())
    of_refunds = linked.group_by(pl.col("case_row").alias("row")).agg(pl.col("key").min().alias("of_refund"))
    cases = cases.join(of_refunds, on="row", how="left", maintain_order="left")
    return refunds, cases.with_columns(pl.coalesce("key", "of_refund").alias("key")).drop("of_refund")


def _orders(books: Books, parcels: pl.DataFrame) -> pl.DataFrame:
    """Orders that count, one row each, with `is_sent` (by their own word) and `is_unshipped` (by no record at all)."""
    orders = books.orders.frame.filter(pl.col("reason").is_null() & pl.col("key").is_not_null())
    said = pl.any_horizontal(pl.col(name).is_not_null() for name in ("shipped_at", "signed_at", "completed_at"))
    left = pl.concat([parcels.select("key"), books.movements.frame.filter(pl.col("type") == "sale_out").select("key")])
    is_seen = pl.col("key").is_in(left["key"].drop_nulls().unique().implode())
    return (
        orders.unique("key", keep="first", maintain_order=True)
        .with_columns((said | pl.col("status").is_in(_SENT).fill_null(value=False)).alias("is_sent"))
        .with_columns(
            (~pl.col("is_sent") & ~is_seen & pl.col("status").is_in(_UNSHIPPED).fill_null(value=False)).alias(
                "is_unshipped"
            )
        )
    )


def _sub_limits(orders: pl.DataFrame) -> pl.DataFrame:
    """The most that may be refunded of each order line: what was paid for all articles of it, and the order's freight and tax."""
    line = pl.col("lines").struct
    on_top = pl.sum_horizontal("freight_charged_minor", "added_tax_minor").alias("on_top")
    lines = orders.select("key", "currency", on_top, "lines").explode("lines")
    known = lines.select(
        "key",
        "currency",
        line.field("platform_sub_order_id").alias("platform_sub_order_id"),
        line.field("line_paid_minor").alias("paid"),
        "on_top",
    )
    of_line = known.drop_nulls("platform_sub_order_id").group_by("key", "currency", "platform_sub_order_id")
    sums = of_line.agg((pl.col("paid").sum() + pl.col("on_top").max()).alias("sub_limit"), pl.col("paid").has_nulls())
    return sums.filter(~pl.col("paid")).drop("paid")


def _judged(cases: pl.DataFrame, refunds: pl.DataFrame, orders: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Cases with their row of the matrix."""
    counted = refunds.filter(pl.col("case_row").is_not_null() & pl.col("stage").is_in([SUCCEEDED, AGREED]))
    sums = counted.group_by(pl.col("case_row").alias("row")).agg(
        pl.col("stated_minor").sum().alias("refunded_minor"),
        pl.col("currency").min().alias("refund_currency"),
        pl.col("row").min().alias("refund_row"),
        pl.col("refund_id").sort().first().alias("refund_id"),
        (pl.col("stage") == SUCCEEDED).any().alias("has_succeeded"),
        pl.col("day").filter(pl.col("stage") == SUCCEEDED).min().alias("succeeded_on"),
        pl.len().alias("refunds"),
    )
    facts = orders.select(
        "key",
        "is_cod",
        "is_sent",
        "is_unshipped",
        pl.col("limit_minor").alias("order_limit"),
        pl.col("currency").alias("order_currency"),
        "signed_at",
        "completed_at",
        pl.lit(value=True).alias("has_order"),
    )
    subs = limits.select("key", "platform_sub_order_id", "sub_limit")
    joined = (
        cases.join(sums, on="row", how="left", maintain_order="left")
        .join(facts, on="key", how="left", maintain_order="left")
        .join(subs, on=["key", "platform_sub_order_id"], how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("sub_limit", "order_limit").alias("limit_minor"),
            pl.col("refunded_minor", "refunds").fill_null(0),
            pl.col("has_order", "has_succeeded", "is_cod", "is_sent", "is_unshipped").fill_null(value=False),
        )
    )
    return joined.with_columns(row_expr().alias("case")).join(
        matrix_frame(), on="case", how="left", maintain_order="left"
    )


def _with_over(refunds: pl.DataFrame, limits: pl.DataFrame) -> pl.DataFrame:
    """Refunds with `over_minor`, `over_kind` and `is_again`.

    Nothing is to be refunded where the case was refused or needs no refund; of an order and of its lines not more than was paid,
    compensations aside, and the way back of goods of bad quality (`domain.md` 5.1). Of refunds that are alike the later one is
    what is too much, and of others what is not paid yet.
    """
    counts = pl.col("stage").is_in([SUCCEEDED, AGREED])
    whole = (
        pl.when(~counts)
        .then(None)
        .when(pl.col("case_status").is_in(REFUSED))
        .then(pl.lit(words.REFUSED))
        .when(pl.col("needs_refund") == "must_not")
        .then(pl.lit(words.UNEXPECTED))
    )
    frame = refunds.with_columns(whole.alias("whole"))
    limited = frame.filter(counts & pl.col("whole").is_null() & (pl.col("case") != _COMPENSATION).fill_null(value=True))
    alike = ["key", "platform_sub_order_id", "case_row", "stated_minor", "currency", "channel"]
    limited = limited.sort("day", "refund_id", "row", nulls_last=True).with_columns(
        ((pl.int_range(pl.len()).over(alike) > 0) & pl.col("key").is_not_null()).alias("is_again")
    )
    limited = limited.join(limits, on=["key", "currency", "platform_sub_order_id"], how="left", maintain_order="left")
    limited = limited.sort("is_again", pl.col("stage") != SUCCEEDED, maintain_order=True)
    way_back = (pl.col("freight_minor").fill_null(0) - pl.col("charged_minor")).clip(0, pl.col("stated_minor"))
    is_on_top = (pl.col("case") == _QUALITY).fill_null(value=False)
    on_top = pl.when(is_on_top).then(way_back).otherwise(0).fill_null(0)
    limited = limited.with_columns((pl.col("stated_minor") - on_top).alias("sold_minor"))
    over_line = _beyond("sold_minor", "sub_limit", ["key", "currency", "platform_sub_order_id"])
    limited = limited.with_columns(over_line.alias("over_line"))
    limited = limited.with_columns((pl.col("sold_minor") - pl.col("over_line")).alias("rest_minor"))
    over_order = _beyond("rest_minor", "limit_minor", ["key", "currency"])
    found = limited.select("row", "is_again", (pl.col("over_line") + over_order).alias("beyond"))
    beyond = pl.when(pl.col("whole").is_not_null()).then("stated_minor").otherwise(pl.col("beyond").fill_null(0))
    kind = pl.when("is_again").then(pl.lit(words.TWICE)).otherwise(pl.lit(words.EXCEEDS))
    joined = frame.join(found, on="row", how="left", maintain_order="left").with_columns(
        pl.col("is_again").fill_null(value=False), beyond.alias("over_minor")
    )
    stated = pl.when(pl.col("over_minor") > 0).then(pl.coalesce("whole", kind))
    return joined.with_columns(stated.alias("over_kind")).drop("whole", "beyond")


def _beyond(amount: str, limit: str, group: list[str]) -> pl.Expr:
    """How much of each row lies beyond the limit of its group, in the order of the rows; nothing where no limit is known."""
    after = pl.col(amount).cum_sum().over(group) - pl.col(limit)
    return after.clip(0, pl.col(amount)).fill_null(0)
