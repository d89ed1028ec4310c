"""Findings with money: what was paid and booked of refunds, against what is to be refunded."""

from typing import Final

import polars as pl

from tieout.reconciliations._after_sales import words
from tieout.reconciliations._after_sales.context import OVERDUE, REFUND, Columns, Context
from tieout.reconciliations._after_sales.refunds import AGREED, SUCCEEDED

__all__ = ["FACTS", "book_findings", "money_findings"]

_CLOSED: Final = "closed"
FACTS: Final = ("key", "case_row", "refund_row", "stage", "status", "way", "is_mixed", "amounts", "day", "case_id")
"""What a unit takes over from its refund."""
_REFERENCE: Final = pl.coalesce(
    "refund_id", "return_id", "channel_refund_id", "channel_txn_id", "line_id", "platform_order_id", pl.lit("-")
).alias("reference")
_ABSENT: Final = pl.col("actual_rows") == 0


def money_findings(context: Context) -> pl.DataFrame:
    """What channels and settlements paid of refunds."""
    units = context.units.filter(pl.col("subject") == "refund")
    over, sums = _over(context, units)
    units = units.join(sums, on="unit", how="left", maintain_order="left").with_columns(
        (pl.col("gap_minor") - pl.col("over_paid").fill_null(0)).alias("rest")
    )
    return pl.concat([over, _without_refund(context, units), _not_paid(context, units), _off(context, units)])


def _over(context: Context, units: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Refunds that should not be, or not in full: as far as they were paid they cost money, else they are to be stopped.

    Returns:
        The findings, and what they explain of each unit: `unit`, `over_paid`.
    """
    gaps = units.select("unit", pl.col("gap_minor").clip(lower_bound=0).alias("paid_over"))
    rows = context.facts.refunds.filter(pl.col("over_minor") > 0).join(gaps, on="unit", how="left")
    rows = rows.sort("unit", "over_kind", "refund_id", "row").with_columns(
        (pl.col("over_minor").cum_sum().over("unit") - pl.col("over_minor")).alias("before")
    )
    part = (pl.col("paid_over").fill_null(0) - pl.col("before")).clip(0, pl.col("over_minor"))
    rows = rows.with_columns(part.alias("part")).with_columns(
        (pl.col("stated_minor") - pl.col("over_minor")).alias("expected_minor"),
        pl.when(pl.col("part") > 0)
        .then(pl.col("stated_minor") - pl.col("over_minor") + pl.col("part"))
        .otherwise("stated_minor")
        .alias("actual_minor"),
        pl.when(pl.col("part") > 0).then(pl.lit("paid")).otherwise(pl.lit("agreed")).alias("factor"),
    )
    rows = _named(rows)
    evidence: Columns = [_REFERENCE, "stage", "case_status", pl.col("factor").alias("so_far")]
    found = [
        context.said(
            rows.filter(pl.col("part") > 0),
            pl.col("over_kind"),
            keys=REFUND,
            evidence=evidence,
            impact=pl.col("part"),
        ),
        context.said(rows.filter(pl.col("part") == 0), pl.col("over_kind"), keys=REFUND, evidence=evidence, note=True),
    ]
    again = context.facts.refunds.filter(
        pl.col("is_again") & (pl.col("over_minor") == 0) & pl.col("case_row").is_not_null()
    )
    again = _named(again).with_columns(pl.col("stated_minor").alias("actual_minor"), pl.lit("alike").alias("factor"))
    found.append(context.said(again, words.TWICE, keys=REFUND, evidence=evidence, note=True))
    return pl.concat(found), rows.group_by("unit").agg(pl.col("part").sum().alias("over_paid"))


def _named(refunds: pl.DataFrame) -> pl.DataFrame:
    """Refunds as rows of findings."""
    absent = [name for name in ("channel_txn_id", "line_id") if name not in refunds.columns]
    return refunds.with_columns(
        pl.col("day").alias("on"),
        pl.col("row").alias("refund_row"),
        pl.coalesce("return_id", "case_id").alias("return_id"),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
    )


def _without_refund(context: Context, units: pl.DataFrame) -> pl.DataFrame:
    """What was paid that no refund answers: again, or for no reason that is on record."""
    alone = units.filter((pl.col("expected_rows") == 0) & ~_ABSENT)
    paid = pl.concat(
        [
            side.compared.select("row", "unit", "key", "currency", "minor").with_columns(
                pl.lit(side.name).alias("side")
            )
            for side in (context.books.transactions, context.books.lines)
        ]
    )
    lone = alone.select("unit")
    answered = paid.join(lone, on="unit", how="anti").select("key", "currency", "minor").drop_nulls().unique()
    again = paid.join(lone, on="unit", how="semi").join(answered, on=["key", "currency", "minor"], how="semi")["unit"]
    keys = paid.group_by("unit").agg(pl.col("key").min().alias("key_paid"))
    alone = alone.join(keys, on="unit", how="left").with_columns(pl.coalesce("key", "key_paid").alias("key"))
    alone = _with_order(context, alone)
    is_again = pl.col("unit").is_in(again.implode())
    evidence: Columns = [
        _REFERENCE,
        pl.lit("nothing").alias("stage"),
        pl.lit("-").alias("case_status"),
        pl.lit("paid").alias("so_far"),
    ]
    return pl.concat(
        [
            context.said(alone.filter(is_again), words.TWICE, keys=words.KEYS, evidence=evidence),
            context.said(alone.filter(~is_again), words.NO_CASE, keys=words.KEYS, evidence=evidence),
        ]
    )


def _with_order(context: Context, units: pl.DataFrame) -> pl.DataFrame:
    """Units that name no order themselves with the number of the order that their key is."""
    sides = (context.books.orders.frame, context.facts.refunds, context.facts.cases)
    known = pl.concat([frame.select("key", pl.col("platform_order_id").alias("of_key")) for frame in sides])
    first = known.drop_nulls().unique().sort("key", "of_key").unique("key", keep="first", maintain_order=True)
    named = units.join(first, on="key", how="left", maintain_order="left")
    return named.with_columns(pl.coalesce("platform_order_id", "of_key").alias("platform_order_id")).drop("of_key")


def _not_paid(context: Context, units: pl.DataFrame) -> pl.DataFrame:
    """Refunds of which nothing was paid when it was due, or not the part of another channel."""
    waits = _ABSENT | (pl.col("is_mixed").fill_null(value=False) & (pl.col("rest") < 0))
    late = units.filter(waits & (pl.col("expected_minor") > 0) & pl.col("state").is_in(OVERDUE))
    late = late.with_columns(pl.col("state").alias("factor"))
    kind = pl.when(pl.col("stage") == AGREED).then(pl.lit(words.DELAYED)).otherwise(pl.lit(words.NOT_ARRIVED))
    evidence: Columns = [
        _REFERENCE,
        "state",
        "due_on",
        "status",
        pl.col("day").alias("since"),
        pl.col("way").alias("channel"),
    ]
    return context.said(late, kind, keys=words.KEYS, evidence=evidence, impact=pl.col("rest"))


def _off(context: Context, units: pl.DataFrame) -> pl.DataFrame:
    """Refunds that were paid with another amount."""
    both = units.filter(~_ABSENT & (pl.col("expected_rows") > 0) & (pl.col("rest").abs() > pl.col("allowed_minor")))
    part = pl.col("is_mixed").fill_null(value=False) & (pl.col("rest") < 0) & pl.col("state").is_not_null()
    both = both.filter(~part)
    paid = pl.concat(
        [side.compared.select("unit", "minor") for side in (context.books.transactions, context.books.lines)]
    )
    often = paid.group_by("unit", "minor").agg((pl.len().cast(pl.Int64) - 1).alias("times"))
    repeated = often.group_by("unit").agg((pl.col("times") * pl.col("minor")).sum().alias("repeated_minor"))
    both = both.join(repeated, on="unit", how="left", maintain_order="left")
    is_again = (pl.col("repeated_minor") == pl.col("rest")) & (pl.col("rest") > 0)
    is_open = ~pl.col("has_due")
    evidence: Columns = [
        _REFERENCE,
        "stage",
        pl.lit("-").alias("case_status"),
        pl.lit("paid").alias("so_far"),
        pl.col("status").alias("ours"),
        pl.lit("paid").alias("theirs"),
        pl.lit("the channel").alias("party"),
        pl.lit("渠道").alias("party_zh"),
        pl.col("amounts").alias("versions"),
    ]
    kind = (
        pl.when(is_again)
        .then(pl.lit(words.TWICE))
        .when(is_open)
        .then(pl.lit(words.STATUS))
        .otherwise(pl.lit(words.MISMATCH))
    )
    found = _with_factor(both.with_columns(kind.alias("type"))).with_columns(_listed("amounts"))
    return context.said(found, pl.col("type"), keys=words.KEYS, evidence=evidence, impact=pl.col("rest"))


def _with_factor(units: pl.DataFrame) -> pl.DataFrame:
    """Units with `factor`: whether the other side goes by an amount that a version of the refund said before.

    Args:
        units: Units with `type`, as their finding is called.
    """
    said = pl.col("amounts").list.contains(pl.col("actual_minor")).fill_null(value=False)
    changed = said & (pl.col("actual_minor") != pl.col("expected_minor")) & (pl.col("type") == words.MISMATCH)
    return units.with_columns(pl.when(changed).then(pl.lit(words.MIDWAY)).alias("factor"))


def _listed(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.List(pl.String)).list.join(",").alias(name)


def book_findings(context: Context) -> pl.DataFrame:
    """What the books hold of refunds."""
    units = context.units.filter(pl.col("subject") == "books")
    off = units.filter(pl.col("gap_minor").abs() > pl.col("allowed_minor"))
    theirs = context.books.erp_refunds.compared.group_by("unit").agg(pl.col("status").sort().first().alias("booked_as"))
    off = off.join(theirs, on="unit", how="left", maintain_order="left")
    is_waiting = pl.col("actual_minor") == 0
    kind = (
        pl.when(pl.col("expected_rows") == 0)
        .then(pl.lit(words.ONLY_IN_ERP))
        .when(is_waiting & _ABSENT)
        .then(pl.lit(words.NOT_IN_ERP))
        .when(is_waiting | (pl.col("expected_minor") == 0))
        .then(pl.lit(words.STATUS))
        .otherwise(pl.lit(words.MISMATCH))
    )
    off = off.filter(~is_waiting | pl.col("state").is_in(OVERDUE) | (pl.col("expected_minor") <= 0))
    off = _with_factor(off.with_columns(kind.alias("type"))).with_columns(_listed("amounts"))
    off = off.with_columns(pl.when(is_waiting).then("state").otherwise("factor").alias("factor"))
    evidence: Columns = [
        _REFERENCE,
        pl.coalesce("status", pl.lit("-")).alias("ours"),
        pl.coalesce("booked_as", pl.lit("-")).alias("theirs"),
        pl.lit("refund").alias("what"),
        pl.lit("the books").alias("party"),
        pl.lit("账簿").alias("party_zh"),
        pl.col("amounts").alias("versions"),
        "due_on",
    ]
    differ = units.join(theirs, on="unit", maintain_order="left").filter(_are_apart() & (pl.col("gap_minor") == 0))
    differ = context.overdue(differ.with_columns(_listed("amounts")), context.rules.booked, "day")
    return pl.concat(
        [
            context.said(off, pl.col("type"), keys=words.KEYS, evidence=evidence),
            context.said(differ, words.STATUS, keys=words.KEYS, evidence=evidence, note=True),
            _other_periods(context),
        ]
    )


def _are_apart() -> pl.Expr:
    """Whether one of both calls a refund closed that the other one still follows."""
    return (pl.col("status") == _CLOSED) != (pl.col("booked_as") == _CLOSED)


def _other_periods(context: Context) -> pl.DataFrame:
    """Refunds that the books hold in another month than the one in which they succeeded (`domain.md` C37, 6.2)."""
    ours = context.booked.compared.filter(pl.col("stage") == SUCCEEDED).select(
        "unit", pl.col("on").alias("refunded_on")
    )
    theirs = context.books.erp_refunds.compared.filter(pl.col("stage") == SUCCEEDED)
    theirs = theirs.select("unit", pl.col("on").alias("booked_on"))
    firsts = [frame.drop_nulls().group_by("unit").agg(pl.all().min()) for frame in (ours, theirs)]
    months = [pl.col(name).dt.truncate("1mo") for name in ("refunded_on", "booked_on")]
    both = context.units.join(firsts[0], on="unit").join(firsts[1], on="unit").filter(months[0] != months[1])
    diff = pl.concat_str([pl.col("refunded_on"), pl.lit(" -> "), pl.col("booked_on")]).alias("day")
    evidence: Columns = [_REFERENCE, "refunded_on", "booked_on"]
    return context.said(both, words.PERIOD, keys=words.KEYS, evidence=evidence, diffs=[diff], note=True)
