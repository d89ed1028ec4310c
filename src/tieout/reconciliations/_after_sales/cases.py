"""Findings of cases: what the matrix asks for and is not there, or is there and should not be (`domain.md` 5.1, 5.2)."""

from typing import Final

import polars as pl

from tieout.reconciliations._after_sales import words
from tieout.reconciliations._after_sales.context import CASE, Columns, Context
from tieout.reconciliations._after_sales.facts import REFUSED
from tieout.reconciliations._after_sales.matrix import missing_expr
from tieout.reconciliations._after_sales.refunds import AGREED, SUCCEEDED
from tieout.reconciliations._after_sales.statuses import order_is_over_expr, stage_expr
from tieout.reconciliations._common.goods import FURTHER, number_expr
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import local_day

__all__ = ["case_findings"]

_AWAY: Final = ("applied", "approved", "awaiting_return", "in_return_transit")
"""Statuses of cases whose goods are still with the buyer or on their way."""
_OVER: Final = ("refunded", "exchanged", "repaired")
_MUST, _MUST_NOT, _EITHER = "must", "must_not", "either"
_BOOKS: Final = (pl.lit("the books").alias("party"), pl.lit("账簿").alias("party_zh"))
_REPAID: Final = "price_difference"
_AFTERWARDS: Final = ("in_transit", "after_receipt")
_COMPENSATES: Final = "freight_compensation"


def case_findings(context: Context) -> pl.DataFrame:
    """What the cases lack, and what they should not have."""
    days = {name: local_day(f"{name}_at", context.timezone).alias(f"{name}_on") for name in ("applied", "approved")}
    cases = context.facts.cases.with_columns(
        *days.values(),
        (~pl.col("status").is_in(REFUSED)).fill_null(value=True).alias("is_live"),
        pl.col("row").alias("case_row"),
        pl.col("key").is_in(_with_free_refund(context).implode()).fill_null(value=False).alias("has_free_refund"),
    )
    return pl.concat(
        [
            _refunds(context, cases),
            _outbound(context, cases),
            _further(context, cases),
            _applications(context, cases),
            _papers(context, cases),
            _freight(context, cases),
            _in_erp(context, cases),
            _orders_in_erp(context),
            _cycles(context, cases),
        ]
    )


def _with_free_refund(context: Context) -> pl.Series:
    """Orders with a refund that counts and that no case is known of: it may be that of any case."""
    free = pl.col("case_row").is_null() & pl.col("stage").is_in([SUCCEEDED, AGREED])
    return context.facts.refunds.filter(free)["key"].drop_nulls().unique()


def _refunds(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases that are to be refunded and are not, and those that are refunded before their goods are back."""
    must = cases.filter((pl.col("needs_refund") == _MUST) & pl.col("is_live"))
    lacks = must.filter((pl.col("refunds") == 0) & ~pl.col("has_free_refund"))
    goods = pl.col("needs_inbound") == _MUST
    back = context.overdue(lacks.filter(goods & pl.col("has_inbound")), context.rules.received, "back_on")
    agreed = context.overdue(lacks.filter(~goods), context.rules.agreed, "approved_on")
    away = pl.lit(context.has_goods) | pl.col("status").is_in(_AWAY).fill_null(value=False)
    given = must.filter(goods & pl.col("has_succeeded") & ~pl.col("has_inbound") & away)
    early = context.overdue(given, context.rules.goods_back, "succeeded_on")
    early = early.with_columns(
        pl.col("refunded_minor").alias("actual_minor"), pl.col("refund_currency").alias("currency")
    )
    lost = cases.filter((pl.col("needs_refund") == _EITHER) & pl.col("is_live") & ~pl.col("has_further"))
    lost = lost.filter((pl.col("refunds") == 0) & ~pl.col("has_free_refund"))
    nothing = context.overdue(lost if context.has_goods else lost.clear(), context.rules.agreed, "approved_on")
    reference = pl.col("return_id").alias("reference")
    since, channel = pl.col("approved_on").alias("since"), pl.lit("-").alias("channel")
    approved: Columns = [reference, "case", "status", since, "state", "due_on", channel]
    return pl.concat(
        [
            context.said(back, words.NO_REFUND, keys=CASE, evidence=["case", "back_on", "due_on"], note=True),
            context.said(agreed, words.DELAYED, keys=CASE, evidence=approved, note=True),
            context.said(
                early, words.NO_RETURN, keys=CASE, evidence=["case", "refund_id", "succeeded_on", "due_on"], note=True
            ),
            context.said(nothing, words.LOST_OPEN, keys=CASE, evidence=["approved_on", "due_on"], note=True),
        ]
    )


def _outbound(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Orders that left or did not against what their case says, and goods that came back of a case that asks for none."""
    live = cases.filter(pl.col("is_live") & pl.col("key").is_not_null())
    named = context.parcels.filter(pl.col("key").is_null())["platform_order_id"].drop_nulls().unique().implode()
    maybe = pl.col("platform_order_id").is_in(named).fill_null(value=False)
    may_wait = (pl.col("case") == _REPAID) & ~pl.col("stage").is_in(_AFTERWARDS).fill_null(value=False)
    lacks = (pl.col("needs_outbound") == _MUST) & ~may_wait
    left = pl.col("has_parcel") | pl.col("is_sent") | maybe
    none = live.filter(lacks & pl.col("has_order") & ~left)
    if not context.has_goods:
        none = none.clear()
    stopped = live.filter((pl.col("needs_outbound") == _MUST_NOT) & pl.col("has_parcel") & ~pl.col("has_inbound"))
    sent = pl.concat([stopped.filter(pl.col("platform_sub_order_id").is_null()), _articles_sent(context, stopped)])
    back = cases.filter((pl.col("needs_inbound") == _MUST_NOT) & pl.col("has_inbound"))
    return pl.concat(
        [
            context.said(none, words.NO_OUTBOUND, keys=CASE, evidence=["case"], note=True),
            context.said(sent, words.OUTBOUND, keys=CASE, evidence=["case"], note=True),
            context.said(back, words.INBOUND, keys=CASE, evidence=["case", "back_on"], note=True),
        ]
    )


def _articles_sent(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases of one order line that a parcel says to hold; the rest of the order may leave."""
    line = pl.col("lines").struct
    held = context.parcels.explode("lines").filter(line.field("platform_order_id") == pl.col("platform_order_id"))
    held = held.select("key", line.field("platform_sub_order_id").alias("platform_sub_order_id")).unique()
    return cases.join(held.drop_nulls(), on=["key", "platform_sub_order_id"], how="semi", maintain_order="left")


def _further(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases of which nothing was sent instead, again or repaired, and parcels sent again that no case asks for."""
    asks = pl.col("needs_further") == _MUST
    lacks = cases.filter(asks & pl.col("is_live") & ~pl.col("has_further") & pl.lit(context.has_goods))
    exchange = context.overdue(lacks.filter(pl.col("kind") == "exchange"), context.rules.sent, "back_on")
    reship = context.overdue(lacks.filter(pl.col("kind") == "reship"), context.rules.sent, "approved_on")
    repair = context.overdue(lacks.filter(pl.col("kind") == "repair"), context.rules.repaired, "back_on")
    return pl.concat(
        [
            context.said(
                exchange,
                words.NO_EXCHANGE,
                keys=CASE,
                evidence=["back_on", "due_on", "exchange_tracking_no"],
                note=True,
            ),
            context.said(
                reship,
                words.NO_RESHIP,
                keys=CASE,
                evidence=["approved_on", "due_on", "exchange_tracking_no"],
                note=True,
            ),
            context.said(repair, words.REPAIR_LATE, keys=CASE, evidence=["back_on", "due_on"], note=True),
            _unasked(context, cases),
        ]
    )


def _unasked(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Parcels that were sent again beyond what the cases of their order ask for: those that no case names, the last first."""
    asked = cases.filter(pl.col("needs_further").is_in([_MUST, _EITHER]) & pl.col("is_live"))
    asked = asked.with_columns(number_expr("exchange_tracking_no").alias("number"))
    named = asked["number"].drop_nulls().implode()
    sent = context.parcels.filter(pl.col("direction").is_in(FURTHER) & pl.col("key").is_not_null())
    if "returns" not in context.books.has:
        sent = sent.clear()
    free = asked.join(sent.select("key", "number").unique(), on=["key", "number"], how="anti")
    allowed = free.group_by("key").agg(pl.len().alias("allowed"))
    loose = sent.filter(~pl.col("number").is_in(named).fill_null(value=False)).join(allowed, on="key", how="left")
    loose = loose.sort("key", "left_on", "tracking_no", "parcel_row", nulls_last=True)
    beyond = loose.filter(pl.int_range(pl.len()).over("key") >= pl.col("allowed").fill_null(0))
    if context.period is not None:
        here = pl.col("left_on").is_between(context.period.first, context.period.last).fill_null(value=True)
        beyond = beyond.filter(here | pl.col("is_opening"))
    line = pl.col("lines").struct.field("quantity")
    pieces = beyond.explode("lines").group_by("row").agg(line.sum().alias("pieces_sent"))
    beyond = (
        beyond.drop("currency")
        .join(pieces, on="row", how="left")
        .with_columns(pl.lit(None, dtype=pl.Int64).alias("unit"), pl.lit(None, dtype=pl.Int64).alias("case_row"))
    )
    keys = ["shop_id", "platform_order_id", "carrier", "tracking_no"]
    evidence = [pl.col("pieces_sent").cast(pl.Int64).alias("pieces")]
    return context.said(beyond, words.NO_RESHIP_CASE, keys=keys, evidence=evidence, note=True)


def _applications(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases that the buyer applied for after the days of the policy."""
    got = pl.coalesce(local_day(name, context.timezone) for name in ("signed_at", "completed_at"))
    days = pl.col("case").replace_strict(dict(context.rules.policy_days), default=None, return_dtype=pl.Int64)
    known = cases.with_columns(got.alias("got_on"), days.alias("policy_days"))
    after = (pl.col("applied_on") - pl.col("got_on")).dt.total_days()
    late = known.with_columns(after.alias("days_after")).filter(pl.col("days_after") > pl.col("policy_days"))
    return context.said(
        late, words.LATE, keys=CASE, evidence=["case", "applied_on", "got_on", "days_after", "policy_days"], note=True
    )


def _papers(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases that are over and of which something is not on file (`domain.md` C47)."""
    over = pl.col("status").is_in(_OVER).fill_null(value=False) | pl.col("has_succeeded")
    paid = context.paired.bill_pairs, context.paired.line_pairs
    rows = pl.concat([pairs.filter(pl.col("status") == "confirmed").select("left") for pairs in paid])["left"].unique()
    refunds = context.facts.refunds.filter(pl.col("row").is_in(rows.implode()))["case_row"].drop_nulls().unique()
    ended = cases.filter(over & pl.col("is_live")).with_columns(
        pl.col("has_succeeded").alias("has_refund"), pl.col("row").is_in(refunds.implode()).alias("has_paid")
    )
    lacks = ended.with_columns(missing_expr(context.rules.checklist).alias("missing")).filter(pl.col("missing") != "")
    return context.said(lacks, words.EVIDENCE, keys=CASE, evidence=["case", "missing"], note=True)


def _freight(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Returns whose way back an insurer pays, and the merchant too: as a case of its own, or inside the refund."""
    premiums = context.books.lines.frame.filter((pl.col("type") == "freight_insurance") & ~pl.col("is_repeat"))
    insured = (pl.col("freight_bearer") == "insurance").fill_null(value=False) | (
        pl.col("freight_bearer").is_null()
        & pl.col("key").is_in(premiums["key"].drop_nulls().unique().implode()).fill_null(value=False)
    )
    returns = cases.filter(insured & pl.col("is_live") & (pl.col("needs_inbound") == _MUST))
    paid = cases.filter((pl.col("kind") == _COMPENSATES) & pl.col("is_live") & (pl.col("refunded_minor") > 0))
    apart = paid.group_by("key").agg(pl.col("refunded_minor").sum().alias("apart_minor"))
    refunds = context.facts.refunds.filter((pl.col("stage") == SUCCEEDED) & (pl.col("case_kind") != _COMPENSATES))
    inside = refunds.group_by(pl.col("case_row")).agg(pl.col("freight_minor").sum().alias("inside_minor"))
    charged = context.books.orders.frame.filter(pl.col("reason").is_null()).select(
        "key", pl.col("freight_charged_minor").fill_null(0).alias("charged_minor")
    )
    charged = charged.drop_nulls("key").unique("key", keep="first", maintain_order=True)
    joined = (
        returns.join(apart, on="key", how="left")
        .join(inside, on="case_row", how="left")
        .join(charged, on="key", how="left")
    )
    beyond = (pl.col("inside_minor") - pl.col("charged_minor")).clip(lower_bound=0).fill_null(0)
    twice = joined.with_columns((pl.col("apart_minor").fill_null(0) + beyond).alias("actual_minor")).filter(
        pl.col("actual_minor") > 0
    )
    twice = twice.with_columns(
        pl.lit(0, dtype=pl.Int64).alias("expected_minor"),
        pl.coalesce("refund_currency", "order_currency").alias("currency"),
    )
    return context.said(twice, words.FREIGHT_TWICE, keys=CASE, evidence=["case", "freight_bearer"], note=True)


def _in_erp(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases that the books do not have, have alone, or call something else (`domain.md` C43)."""
    books = context.books.erp_returns.frame.filter(pl.col("reason").is_null())
    if "erp_returns" not in context.books.has:
        return context.said(cases.clear(), words.NOT_IN_ERP, keys=CASE, note=True)
    pairs = keyed_pairs(cases, books, ("return_id",), rule="case named").filter(pl.col("status") == "confirmed")
    absent = cases.filter(~pl.col("row").is_in(pairs["left"].implode()))
    absent = context.overdue(absent, context.rules.booked, "on")
    extra = books.filter(~pl.col("row").is_in(pairs["right"].implode()) & pl.lit("returns" in context.books.has))
    extra = extra.with_columns(pl.lit(None, dtype=pl.Int64).alias("case_row"))
    stage = stage_expr(context.rules.statuses)
    last = pl.max_horizontal(
        local_day(f"{name}_at", context.timezone) for name in ("closed", "received", "approved", "applied")
    )
    ours = cases.select(pl.all().exclude("stage"), stage.alias("our_stage"), last.alias("last_on"))
    theirs = books.select(pl.col("row").alias("right"), pl.col("status").alias("theirs"), stage.alias("their_stage"))
    both = ours.join(pairs.select(pl.col("left").alias("row"), "right"), on="row").join(theirs, on="right")
    differ = both.filter(pl.col("our_stage") != pl.col("their_stage"))
    differ = context.overdue(
        differ.with_columns(pl.coalesce("last_on", "on").alias("last_on")), context.rules.booked, "last_on"
    )
    subject, reference = pl.lit("case").alias("subject"), pl.col("return_id").alias("reference")
    diff = pl.concat_str([pl.col("status"), pl.lit(" -> "), pl.col("theirs")]).alias("status")
    stated: Columns = [reference, pl.col("status").alias("ours"), "theirs", *_BOOKS]
    what = pl.lit("case").alias("what")
    return pl.concat(
        [
            context.said(
                absent, words.NOT_IN_ERP, keys=[subject, *CASE], evidence=[reference, what, "due_on"], note=True
            ),
            context.said(extra, words.ONLY_IN_ERP, keys=[subject, *CASE], evidence=[reference, what], note=True),
            context.said(differ, words.STATUS, keys=[subject, *CASE], evidence=stated, diffs=[diff], note=True),
        ]
    )


def _orders_in_erp(context: Context) -> pl.DataFrame:
    """Orders of which all is refunded, and that the books still call something else than over (`domain.md` C43)."""
    paid = context.facts.refunds.filter(
        (pl.col("stage") == SUCCEEDED) & (pl.col("case").fill_null("") != "compensation")
    )
    sums = paid.group_by("key", "currency").agg(
        pl.col("stated_minor").sum().alias("refunded_minor"),
        pl.col("limit_minor").max(),
        pl.col("day").max().alias("refunded_on"),
        pl.col("row").min().alias("refund_row"),
        pl.col("unit").min(),
    )
    whole = sums.filter(pl.col("refunded_minor") >= pl.col("limit_minor"))
    orders = context.books.erp_orders.frame.filter(pl.col("reason").is_null() & ~order_is_over_expr())
    open_ = (
        orders.drop("unit")
        .join(whole, on=["key", "currency"])
        .with_columns(pl.lit(None, dtype=pl.Int64).alias("case_row"))
    )
    late = context.overdue(open_, context.rules.booked, "refunded_on")
    keys: Columns = [pl.lit("order").alias("subject"), "platform", "shop_id", "platform_order_id"]
    diff = pl.concat_str([pl.lit("refunded -> "), pl.col("status")]).alias("status")
    stated = [
        pl.col("platform_order_id").alias("reference"),
        pl.lit("refunded").alias("ours"),
        pl.col("status").alias("theirs"),
        *_BOOKS,
    ]
    return context.said(late, words.STATUS, keys=keys, evidence=stated, diffs=[diff], note=True)


def _cycles(context: Context, cases: pl.DataFrame) -> pl.DataFrame:
    """Cases whose parcels replace each other in a circle: each was sent in the place of one that was sent in its own."""
    ends = [
        cases.select("row", "book_id", pl.col(old).alias("old"), pl.col("exchange_tracking_no").alias("new"))
        for old in ("outbound_tracking_no", "return_tracking_no")
    ]
    edges = pl.concat(ends).drop_nulls(["old", "new"])
    height = -1
    while edges.height != height:  # what nothing leads to, or what leads nowhere, is in no circle
        height = edges.height
        edges = edges.join(edges, left_on=["book_id", "old"], right_on=["book_id", "new"], how="semi", nulls_equal=True)
        edges = edges.join(edges, left_on=["book_id", "new"], right_on=["book_id", "old"], how="semi", nulls_equal=True)
    found = cases.filter(pl.col("row").is_in(edges["row"].unique().implode()))
    return context.said(found, words.CYCLE, keys=CASE, evidence=["exchange_tracking_no"], note=True)
