"""Originals: which lines of an order each refund takes back, how much of each, and what was taken back of it before."""

from typing import Final

import polars as pl

from tieout.money.columns import allocated, divide_half_up_expr
from tieout.reconciliations._after_sales.refunds import SUCCEEDED
from tieout.reconciliations._after_sales.taking import Books
from tieout.reconciliations._common.goods import FURTHER
from tieout.reconciliations._common.sales import receivable_expr, sale_days, sale_lines, signed_parcels

__all__ = ["AMOUNTS", "DAYS", "taken_back"]

AMOUNTS: Final = ("subsidy_minor", "tax_minor", "original_minor", "taken_before_minor")
DAYS: Final = ("shipped_on", "signed_on", "completed_on")
_ROW: Final = ["row"]
_LINE: Final = ["key", "place"]


def taken_back(
    books: Books, refunds: pl.DataFrame, cases: pl.DataFrame, parcels: pl.DataFrame, timezone: str
) -> pl.DataFrame:
    """The parts of refunds: one for each line of the order that a refund takes back, which sum to it exactly.

    A refund takes back the line that it names, else those that its case names, else all; several in proportion to what is left of
    them, by largest remainder. What the named lines have not left is taken from the others. What is beyond the whole order, or
    of an order that is not there, is a part without a line. Refunds of an order go by the day on which they succeeded, and those
    that are agreed only after them.

    Args:
        books: The sides.
        refunds: Refunds with `row`, `key`, `currency`, `stage`, `day`, `case_row`, `total_minor` and `clawback_minor` (in it).
        cases: The cases that count.
        parcels: Of `parcels_of`.
        timezone: Zone in which days count.

    Returns:
        `row` of the refund, `part` (1-based), `line`, `tax_rate`, `amount_minor` and `AMOUNTS`, null where they say nothing; of
        the order `receivable`, `DAYS` and `is_new` (whether the run was given it).
    """
    orders = books.orders.frame.filter(pl.col("reason").is_null() & pl.col("key").is_not_null())
    orders = orders.unique("key", keep="first", maintain_order=True)
    facts = _facts(orders, books, parcels, timezone)
    keys = orders.select(pl.col("row").alias("order_row"), "key", "currency")
    lines = sale_lines(orders).join(keys, on="order_row")
    ranked = refunds.join(keys.select("key", "currency"), on=["key", "currency"], how="semi")
    ranked = ranked.sort(pl.col("stage") != SUCCEEDED, "day", "refund_id", "row", nulls_last=True)
    ranked = ranked.with_columns(pl.int_range(pl.len()).over("key").alias("rank"))
    parts = _parts(ranked, lines, _named(ranked, cases, lines))
    whole = refunds.select(*_ROW, "key", "total_minor", "clawback_minor")
    sums = parts.group_by(_ROW).agg(pl.col("amount_minor").sum().alias("taken"))
    rest = whole.join(sums, on=_ROW, how="left").with_columns(
        (pl.col("total_minor") - pl.col("taken").fill_null(0)).alias("amount_minor")
    )
    rest = rest.filter(pl.col("amount_minor") != 0).select(*_ROW, "amount_minor")
    every = pl.concat([parts, rest], how="diagonal").sort("row", "place", nulls_last=True)
    every = every.join(whole, on=_ROW, how="left", maintain_order="left")
    every = every.join(lines.drop("pieces", "currency"), on=_LINE, how="left", maintain_order="left")
    before, gross = pl.col("taken_before_minor"), pl.col("gross_minor")
    return every.join(facts, on="key", how="left", maintain_order="left").select(
        *_ROW,
        (pl.int_range(pl.len()).over(_ROW) + 1).alias("part"),
        "line",
        "tax_rate",
        "amount_minor",
        pl.when(pl.col("clawback_minor") != 0)
        .then(allocated(every, "clawback_minor", "amount_minor", over=_ROW))
        .alias("subsidy_minor"),
        (_taxed(before + pl.col("amount_minor"), gross) - _taxed(before, gross)).alias("tax_minor"),
        gross.alias("original_minor"),
        pl.when(before != 0).then(before).alias("taken_before_minor"),
        "receivable",
        *DAYS,
        pl.col("is_new").fill_null(value=False),
    )


def _taxed(until: pl.Expr, gross: pl.Expr) -> pl.Expr:
    """The stated tax of so much of a line; null where it states none."""
    return divide_half_up_expr(pl.col("tax_minor").cast(pl.Int128) * until, gross.clip(lower_bound=1))


def _facts(orders: pl.DataFrame, books: Books, parcels: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """What is known of orders by `key`: who owes their money, when they were shipped, signed and completed."""
    sent = parcels.filter(pl.col("key").is_not_null() & ~pl.col("direction").is_in(FURTHER))
    keyed = orders.select("key", pl.col("row").alias("order_row"))
    held = sent.select("key", "parcel_row").join(keyed, on="key")
    days = sale_days(orders, signed_parcels(books.shipments.frame, held, timezone), timezone)
    news = orders.select(
        pl.col("row").alias("order_row"), "key", receivable_expr(), (~pl.col("is_opening")).alias("is_new")
    )
    return news.join(days, on="order_row").drop("order_row")


def _named(refunds: pl.DataFrame, cases: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """The lines that refunds name, themselves or by their case: `row`, `place`."""
    own = refunds.filter(pl.col("platform_sub_order_id").is_not_null())
    of_cases = cases.select(
        pl.col("row").alias("case_row"), pl.col("platform_sub_order_id").alias("sub_of_case"), "lines"
    ).explode("lines", empty_as_null=True)
    line = pl.col("lines").struct
    by_case = refunds.filter(pl.col("platform_sub_order_id").is_null()).join(of_cases, on="case_row")
    none = pl.lit(None, dtype=pl.String).alias("sku")
    names = pl.concat(
        [
            own.select("row", "key", pl.col("platform_sub_order_id").alias("sub"), none),
            by_case.select(
                "row",
                "key",
                pl.coalesce(line.field("platform_sub_order_id"), "sub_of_case").alias("sub"),
                line.field("sku").alias("sku"),
            ),
        ]
    )
    of_order = lines.select("key", "place", "sub", "article")
    by_sub = names.drop_nulls("sub").join(of_order, on=["key", "sub"])
    by_sku = names.filter(pl.col("sub").is_null()).join(of_order, left_on=["key", "sku"], right_on=["key", "article"])
    return pl.concat([by_sub.select("row", "place"), by_sku.select("row", "place")]).unique()


def _parts(refunds: pl.DataFrame, lines: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """What each refund takes of each line, the first refunds of all orders first: what they leave is what the next ones find."""
    left = lines.select(*_LINE, pl.col("gross_minor").clip(lower_bound=0).alias("left"), pl.lit(0).alias("taken"))
    left = left.cast({"taken": pl.Int64})
    named = named.with_columns(pl.lit(value=True).alias("is_named"))
    columns = ("row", "place", "amount_minor", "taken_before_minor")
    parts = [pl.DataFrame(schema=dict.fromkeys(columns, pl.Int64()))]
    for (_,), now in refunds.group_by("rank", maintain_order=True) if refunds.height else ():
        rows = now.select(*_ROW, "key", "total_minor").join(left, on="key").sort("row", "place")
        rows = rows.join(named, on=["row", "place"], how="left", maintain_order="left")
        own = pl.col("is_named").fill_null(value=False)
        rows = rows.with_columns((own | ~own.any().over(_ROW)).alias("is_own"))
        rows = _taken(rows, pl.col("is_own"), pl.col("total_minor"), "first")
        rows = _taken(rows, ~pl.col("is_own"), pl.col("total_minor") - pl.col("first").sum().over(_ROW), "second")
        rows = rows.with_columns((pl.col("first") + pl.col("second")).alias("amount_minor"))
        parts.append(
            rows.filter(pl.col("amount_minor") > 0).select(
                *_ROW, "place", "amount_minor", pl.col("taken").alias("taken_before_minor")
            )
        )
        left = left.join(rows.select(*_LINE, "amount_minor"), on=_LINE, how="left").select(
            *_LINE,
            pl.col("left") - pl.col("amount_minor").fill_null(0),
            pl.col("taken") + pl.col("amount_minor").fill_null(0),
        )
    return pl.concat(parts)


def _taken(rows: pl.DataFrame, which: pl.Expr, total: pl.Expr, name: str) -> pl.DataFrame:
    """The rows with what of an amount is taken from each of some lines, as far as they go."""
    weighed = rows.with_columns(pl.when(which).then("left").otherwise(0).alias("weight"))
    weighed = weighed.with_columns(pl.min_horizontal(total, pl.col("weight").sum().over(_ROW)).alias("share"))
    part = allocated(weighed, "share", "weight", over=_ROW).fill_null(0)
    return weighed.with_columns(part.alias(name)).drop("weight", "share")
