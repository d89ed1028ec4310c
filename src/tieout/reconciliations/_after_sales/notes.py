"""Findings of refunds beside their money: slow ones, ones without a case, and what should have come back with them."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.reconciliations._after_sales import words
from tieout.reconciliations._after_sales.context import CASE, REFUND, Columns, Context
from tieout.reconciliations._after_sales.refunds import AGREED, SUCCEEDED
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.sides import local_day

__all__ = ["refund_notes"]

_COMMISSION: Final = "commission"
_RETURNED: Final = "fee_refund"


def refund_notes(context: Context) -> pl.DataFrame:
    """What is said of refunds without money of its own."""
    refunds = context.facts.refunds.with_columns(
        pl.col("day").alias("on"),
        pl.col("row").alias("refund_row"),
        pl.coalesce("return_id", "case_id").alias("return_id"),
    )
    return pl.concat(
        [
            _slow(context, refunds),
            _changed(context, refunds),
            _differing(context, refunds),
            _without_case(context, refunds),
            _with_refund(context, refunds),
            _records(context, refunds),
        ]
    )


def _slow(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds that succeeded later than they may after they were agreed (`domain.md` C61)."""
    agreed = local_day("approved_at", context.timezone)
    rows = refunds.filter(pl.col("stage") == SUCCEEDED).with_columns(agreed.alias("since"))
    late = rows.filter(pl.col("day") >= context.rules.agreed.late_expr(pl.col("since"), pl.col("platform")))
    late = late.with_columns(
        pl.col("stated_minor").alias("actual_minor"),
        pl.lit("late").alias("state"),
        pl.lit(words.PAID_LATE).alias("factor"),
    )
    due = context.rules.agreed.due_expr(pl.col("since"), pl.col("platform")).alias("due_on")
    days = (pl.col("day") - pl.col("since")).dt.total_days().alias("days")
    evidence: Columns = [
        pl.col("refund_id").alias("reference"),
        "since",
        "state",
        due,
        "status",
        pl.col("way").alias("channel"),
        days,
    ]
    return context.said(late, words.DELAYED, keys=REFUND, evidence=evidence, note=True)


def _changed(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds that succeeded with another amount than was agreed last."""
    off = refunds.filter(
        (pl.col("stage") == SUCCEEDED) & (pl.col("agreed_minor") != pl.col("amount_minor"))
    ).with_columns(
        pl.col("agreed_minor").alias("expected_minor"),
        pl.col("amount_minor").alias("actual_minor"),
        pl.lit(words.MIDWAY).alias("factor"),
    )
    return context.said(
        off,
        words.MISMATCH,
        keys=[pl.lit("platform").alias("subject"), *REFUND],
        evidence=_stated("the platform itself", "平台成功金额"),
        note=True,
    )


def _stated(party: str, zh: str) -> Columns:
    return [
        pl.col("refund_id").alias("reference"),
        pl.lit(party).alias("party"),
        pl.lit(zh).alias("party_zh"),
        pl.col("amounts").cast(pl.List(pl.String)).list.join(",").alias("versions"),
    ]


def _differing(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds of which a bill and the settlement say different sums; the bill counts."""
    both = refunds.join(context.paired.differing, on="row").with_columns(
        pl.col("billed_minor").alias("expected_minor"), pl.col("settled_minor").alias("actual_minor")
    )
    return context.said(
        both,
        words.MISMATCH,
        keys=[pl.lit("settlement").alias("subject"), *REFUND],
        evidence=_stated("the settlement, which the channel contradicts", "结算单（与渠道账单不符）"),
        note=True,
    )


def _without_case(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds of the platform that no case asks for."""
    alone = refunds.filter(pl.col("case_row").is_null() & pl.col("stage").is_in([SUCCEEDED, AGREED]))
    if "returns" not in context.books.has:
        alone = alone.clear()
    alone = alone.with_columns(pl.col("stated_minor").alias("actual_minor"))
    return context.said(
        alone,
        words.NO_CASE,
        keys=REFUND,
        evidence=[pl.col("refund_id").alias("reference"), "stage"],
        note=True,
    )


_STATED_BACK: Final = {"points": "points_returned_minor", "coupons": "coupons_returned_minor"}
"""What a refund states that it gave back beside money."""
_USED: Final = {"points": ("points",), "coupons": ("shop_coupon", "platform_coupon", "influencer_coupon")}
"""The discounts of an order that are such."""
_KEPT: Final = {"points": words.POINTS, "coupons": words.COUPONS}


def _used(kinds: Sequence[str]) -> pl.Expr:
    """What an order used of some kinds of discount."""
    discount = pl.element().struct
    amount = pl.when(discount.field("kind").cast(pl.String).is_in(list(kinds))).then(discount.field("amount_minor"))
    return pl.col("discounts").list.eval(amount).list.sum()


def _with_refund(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Orders of which all is refunded, and points, coupons or commission did not come back, where the records say so."""
    paid = refunds.filter((pl.col("stage") == SUCCEEDED) & (pl.col("case").fill_null("") != "compensation"))
    sums = paid.group_by("key", "currency").agg(
        pl.col("stated_minor").sum().alias("refunded_minor"),
        *(pl.col(back).sum().alias(f"{kind}_back") for kind, back in _STATED_BACK.items()),
        *(pl.col(back).is_not_null().any().alias(f"says_{kind}") for kind, back in _STATED_BACK.items()),
        pl.col("limit_minor").max(),
        pl.col("day").max().alias("refunded_on"),
        pl.col("refund_id").sort().first(),
        pl.col("unit").sort_by("refund_id").first(),
        pl.col("row").sort_by("refund_id").first().alias("refund_row"),
    )
    whole = sums.filter(pl.col("refunded_minor") >= pl.col("limit_minor"))
    orders = context.books.orders.frame.filter(pl.col("reason").is_null()).select(
        "key", "currency", *CASE[:-1], "on", *(_used(kinds).alias(f"{kind}_used") for kind, kinds in _USED.items())
    )
    both = orders.join(whole, on=["key", "currency"]).with_columns(pl.lit(None, dtype=pl.Int64).alias("case_row"))
    less = {
        kind: both.filter(pl.col(f"says_{kind}") & (pl.col(f"{kind}_back") < pl.col(f"{kind}_used"))).with_columns(
            pl.col(f"{kind}_used").alias("expected_minor"), pl.col(f"{kind}_back").alias("actual_minor")
        )
        for kind in _USED
    }
    lines = context.books.lines.frame.filter(~pl.col("is_repeat"))
    fees = lines.group_by("key", "currency").agg(
        pl.col("amount_minor")
        .filter((pl.col("type") == _COMMISSION) & (pl.col("amount_minor") < 0))
        .sum()
        .alias("charged"),
        pl.col("amount_minor")
        .filter((pl.col("type") == _RETURNED) | ((pl.col("type") == _COMMISSION) & (pl.col("amount_minor") > 0)))
        .sum()
        .alias("returned"),
    )
    back = both.filter(pl.col("platform").is_in(list(context.rules.commission_back))).join(fees, on=["key", "currency"])
    kept = context.overdue(
        back.filter(pl.col("returned") < -pl.col("charged")), context.rules.commission, "refunded_on"
    )
    kept = kept.with_columns((-pl.col("charged")).alias("expected_minor"), pl.col("returned").alias("actual_minor"))
    keys = [*CASE[:-1]]
    return pl.concat(
        [
            *(
                context.said(rows, _KEPT[kind], keys=keys, evidence=["refunded_on"], note=True)
                for kind, rows in less.items()
            ),
            context.said(kept, words.COMMISSION, keys=keys, evidence=["refunded_on", "due_on"], note=True),
        ]
    )


def _records(context: Context, refunds: pl.DataFrame) -> pl.DataFrame:
    """Records that name an order that is not there, that contradict each other, and amounts below zero."""
    known = context.books.orders.frame["key"].unique().implode()
    cases = context.facts.cases.with_columns(pl.col("row").alias("case_row"))
    strange = pl.col("platform_order_id").is_not_null() & ~pl.col("key").is_in(known).fill_null(value=False)
    absent = [frame.filter(strange) if "orders" in context.books.has else frame.clear() for frame in (refunds, cases)]
    sides = (context.books.refunds, context.books.erp_refunds)
    said = pl.concat(
        [
            side.frame.select(
                pl.lit(side.name).alias("side"),
                *REFUND,
                "unit",
                "currency",
                "on",
                "reason",
                "is_in_conflict",
                *SOURCE,
                pl.col("stated_minor").alias("actual_minor"),
            )
            for side in sides
        ]
    )
    negative = said.filter(pl.col("reason") == "less than nothing")
    differing = said.filter(pl.col("is_in_conflict") & pl.col("reason").is_null())
    return pl.concat(
        [
            context.said(absent[0], words.ABSENT_ORDER, keys=REFUND, note=True),
            context.said(absent[1], words.ABSENT_ORDER, keys=CASE, note=True),
            context.said(
                negative,
                words.NEGATIVE,
                keys=["side", *REFUND],
                evidence=[pl.col("refund_id").alias("reference")],
                note=True,
            ),
            context.said(differing, words.CONFLICT, keys=["side", *REFUND], note=True),
        ]
    )
