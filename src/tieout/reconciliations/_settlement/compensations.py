"""Compensations: which lines of what buyers got on top are refunds that are known, and which only the settlement knows.

Some platforms take every refund as one; others take what buyers are paid on top of their refunds in lines of their own. Either
way the refund record is what says that the money went, and the line that it was taken.
"""

from typing import Final

import polars as pl

from tieout.reconciliations._settlement.words import REFUND

__all__ = ["COMPENSATION", "explained_refunds", "with_known"]

COMPENSATION: Final = "buyer_compensation"
_ORDER: Final = ["key", "currency"]
_NAME: Final = ["key", "refund_id"]
_SAME: Final = [*_ORDER, "minor"]
_TURN: Final = [*_SAME, "turn"]


def explained_refunds(lines: pl.DataFrame, refunds: pl.DataFrame, changed: pl.Series) -> pl.DataFrame:
    """Lines of compensations with the refunds that they pay: by its number, else of the same order and amount, each once.

    Refunds that lines name, and as many of an amount as lines of refunds take, are not paid by others.

    Args:
        lines: Lines with `key` and `kind`.
        refunds: Refunds with `key` and `is_earlier`.
        changed: Rows of refunds that were carried in and have changed since.

    Returns:
        `row` of the line, `refund_row`, `is_news` (whether the refund is new to the run).
    """
    keyed = pl.col("key").is_not_null() & ~pl.col("is_repeat")
    counts = keyed & (pl.col("status") == "succeeded") & ~pl.col("is_earlier")
    paid = refunds.filter(counts).select(
        pl.col("row").alias("refund_row"),
        *_NAME,
        "currency",
        pl.col("amount_minor").alias("minor"),
        (~pl.col("is_opening") | pl.col("row").is_in(changed.implode())).alias("is_news"),
        pl.coalesce("succeeded_at", "approved_at", "applied_at", "created_at").alias("at"),
    )
    paid = paid.sort(*_NAME, "minor", "at", "refund_row", nulls_last=True).unique(_NAME, keep="first")
    said = pl.col("kind").cast(pl.String)
    taken = lines.filter(keyed & said.is_in([COMPENSATION, *REFUND])).select(
        "row",
        *_NAME,
        "currency",
        (-pl.col("amount_minor")).alias("minor"),
        (said == COMPENSATION).alias("is_extra_pay"),
        "posted_at",
        "line_id",
    )
    named = taken.join(paid.select(*_NAME, "refund_row", "is_news"), on=_NAME)
    free = paid.join(named, on="refund_row", how="anti").sort(*_SAME, "at", "refund_id", nulls_last=True)
    nameless = taken.join(named, on="row", how="anti").sort(*_SAME, "is_extra_pay", "posted_at", "line_id", "row")
    by_turn = _in_turn(nameless).join(_in_turn(free).select(*_TURN, "refund_row", "is_news"), on=_TURN)
    columns = ("row", "refund_row", "is_news")
    return pl.concat([part.filter("is_extra_pay").select(columns) for part in (named, by_turn)])


def _in_turn(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `turn`: the first, second, ... of an order and amount."""
    return rows.with_columns(pl.int_range(pl.len()).over(_SAME).alias("turn"))


def with_known(lines: pl.DataFrame, explained: pl.DataFrame, changed: pl.Series) -> pl.DataFrame:
    """Lines whose `kind` is a refund's where they pay one, with `is_news`: they are given, have changed, or pay one that is news.

    Args:
        lines: Lines with `kind`.
        explained: Of `explained_refunds`.
        changed: Rows of lines that were carried in and have changed since.
    """
    news = explained.group_by("row").agg(pl.col("is_news").any())
    found = lines.join(news, on="row", how="left", maintain_order="left")
    (refund,) = REFUND
    kind = pl.when(pl.col("is_news").is_not_null()).then(pl.lit(refund, dtype=lines.schema["kind"])).otherwise("kind")
    # Without a day and a settlement a line is booked on the day of the run: it would be booked twice.
    is_dated = pl.col("posted_at").is_not_null() | pl.col("settlement_id").is_not_null()
    has_changed = pl.col("row").is_in(changed.implode()) & is_dated
    is_news = ~pl.col("is_opening") | pl.col("is_news").fill_null(value=False) | has_changed
    return found.with_columns(kind.alias("kind"), is_news.alias("is_news"))
