"""Weighing: what each unit should have and has, what it waits for, and the findings of those that differ."""

from collections.abc import Sequence
from datetime import date

import attrs
import polars as pl

from tieout.money.profile import ToleranceProfile
from tieout.reconciliations._common.due import TIMING_STATES, DueRules
from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._common.units import totals_of
from tieout.reconciliations._settlement.fees import fee_findings, fee_terms
from tieout.reconciliations._settlement.gross import gross_findings
from tieout.reconciliations._settlement.numbering import PARTS

__all__ = ["KEYS", "Weighed", "weighed_units"]

KEYS = ("book_id", "platform", "shop_id", "platform_order_id")
_FACTS = ("sale_minor", "subsidy_minor", "refund_minor", "clawback_minor", "again_minor", "gross_lines")
_GIVEN_BACK = ("refunded_minor", "taken_back_minor")


@attrs.frozen(kw_only=True)
class Weighed:
    """Units before their verdict.

    Attributes:
        units: As `judge` takes them, with `key` and `part`.
        orders: Those of orders' money, with their facts.
        findings: What does not agree about orders' money and fees.
    """

    units: pl.DataFrame = attrs.field(repr=False)
    orders: pl.DataFrame = attrs.field(repr=False)
    findings: pl.DataFrame = attrs.field(repr=False)


def weighed_units(
    sides: Sequence[Side],
    keys: pl.DataFrame,
    facts: pl.DataFrame,
    codes: Sequence[str],
    *,
    tolerances: ToleranceProfile,
    due: DueRules,
    refund_due: DueRules,
    as_of: date,
) -> Weighed:
    """Weigh the units.

    Args:
        sides: Orders, refunds, contract, lines and headers, with `unit`.
        keys: One row per order that is named anywhere.
        facts: Of `gross_facts`.
        codes: All currencies, in the order that units were numbered in.
        tolerances: What may differ.
        due: When orders are to be settled.
        refund_due: When refunds are to be among the lines.
        as_of: Day of the run.
    """
    orders, refunds, contract, lines, _ = sides
    units = _named(totals_of(sides), sides, keys, codes)
    gross = _gross(units.filter(pl.col("part") == 0), orders, refunds, facts, keys)
    gross = _stated(gross, tolerances, due, refund_due, as_of)
    terms = _fee_units(fee_terms(lines, contract, tolerances), units, gross, refund_due, as_of)
    stated = pl.concat(
        [
            gross.select("unit", "state", "due_on", "allowed_minor", pl.lit(0, dtype=pl.Int64).alias("waiting_minor")),
            terms.group_by("unit")
            .agg(
                pl.when(pl.col("waits").all()).then(pl.col("state").drop_nulls().sort().first()).alias("state"),
                pl.col("due_on").min(),
                pl.col("allowed_minor").sum(),
                pl.col("gap_minor").filter(pl.col("is_off") & pl.col("waits")).sum().alias("waiting_minor"),
            )
            .select("unit", "state", "due_on", "allowed_minor", "waiting_minor"),
        ]
    )
    units = units.join(stated, on="unit", how="left", maintain_order="left").with_columns(
        pl.col("allowed_minor").fill_null(0)
    )
    units = _sourced(units, sides)
    named = units.select("unit", *SOURCE)
    speaking = terms.filter(~pl.col("waits"))
    findings = pl.concat(
        [
            gross_findings(gross.join(named, on="unit", how="left"), KEYS),
            fee_findings(speaking.join(named, on="unit", how="left"), KEYS),
        ]
    )
    return Weighed(units=units, orders=gross, findings=findings)


def _named(totals: pl.DataFrame, sides: Sequence[Side], keys: pl.DataFrame, codes: Sequence[str]) -> pl.DataFrame:
    """Units with their order, the part of it that they are, and their day."""
    per_key = max(len(codes), 1) * PARTS
    limit = keys.height * per_key
    is_keyed = pl.col("unit") < limit
    days = pl.concat([side.frame.select("unit", "on", pl.lit(place).alias("side")) for place, side in enumerate(sides)])
    first = (
        days.drop_nulls("on")
        .group_by("unit")
        .agg(pl.col("on").filter(pl.col("side") == 0).min().alias("of_order"), pl.col("on").min())
    )
    own = totals.with_columns(
        pl.when(is_keyed).then(pl.col("unit") // per_key).alias("key"),
        pl.when(is_keyed).then(pl.col("unit") % PARTS).alias("part"),
    )
    scope = [name for name in KEYS if name != "platform_order_id"]
    alone = pl.concat(
        [
            side.frame.filter(pl.col("unit") >= limit).select(
                "unit", *(pl.col(name).alias(f"own_{name}") for name in scope)
            )
            for side in sides
        ]
    )
    named = own.join(keys.select("key", *KEYS), on="key", how="left", maintain_order="left")
    if alone.height:
        named = (
            named.join(alone, on="unit", how="left", maintain_order="left")
            .with_columns(pl.coalesce(name, f"own_{name}").alias(name) for name in scope)
            .drop(f"own_{name}" for name in scope)
        )
    return named.join(
        first.select("unit", pl.coalesce("of_order", "on").alias("on")), on="unit", how="left", maintain_order="left"
    )


def _gross(units: pl.DataFrame, orders: Side, refunds: Side, facts: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Units of orders' money with what the order, its refunds and its lines say."""
    brings = pl.col("minor")
    is_whole = brings == pl.col("receivable_minor")
    funded = pl.when(is_whole).then("funded_minor").otherwise(pl.min_horizontal("funded_minor", brings))
    sold = orders.compared.select(
        "unit",
        "due_from",
        "has_ended",
        "status",
        "receivable_minor",
        funded.alias("funded_minor"),
        (brings - funded).alias("payable_minor"),
        pl.lit(value=True).alias("has_order"),
    )
    back = refunds.compared.group_by("unit").agg(
        pl.col("amount_minor").sum().alias("refunded_minor"),
        pl.col("clawback_minor").sum().alias("taken_back_minor"),
        pl.col("on").max().alias("given_back_on"),
    )
    known = keys.filter("is_order").select("key", "is_order")
    foreign = facts.join(orders.compared.select("key", "currency"), on=["key", "currency"], how="anti")["key"].unique()
    joined = (
        units.join(sold, on="unit", how="left", maintain_order="left")
        .join(back, on="unit", how="left", maintain_order="left")
        .join(facts.drop("is_opening"), on=["key", "currency"], how="left", maintain_order="left")
        .join(known, on="key", how="left", maintain_order="left")
        .with_columns(
            pl.col("has_order", "is_order").fill_null(value=False),
            pl.col(*_FACTS, *_GIVEN_BACK, "payable_minor", "funded_minor").fill_null(0),
        )
    )
    elsewhere = pl.col("has_order") & (pl.col("gross_lines") == 0) & pl.col("key").is_in(foreign.implode())
    stranger = ~pl.col("has_order") & pl.col("is_order") & (pl.col("gross_lines") > 0)
    return joined.with_columns((elsewhere | stranger).alias("is_foreign"))


def _stated(
    units: pl.DataFrame, tolerances: ToleranceProfile, due: DueRules, refund_due: DueRules, as_of: date
) -> pl.DataFrame:
    """Units with what they may differ, and what they wait for: money to be settled, or refunds to be taken."""
    expected = pl.col("receivable_minor").fill_null(0)
    lines = pl.col("gross_lines").clip(lower_bound=1)
    units = units.with_columns(
        tolerances.allowed_expr("order", expected, currency=pl.col("currency"), lines=lines).alias("allowed_minor")
    )
    is_done = pl.col("due_from").is_not_null() | pl.col("status").is_in(["completed", "signed"]).fill_null(value=False)
    is_done = is_done | pl.col("has_ended").fill_null(value=False)
    order_state = (
        pl.when(is_done)
        .then(due.state_expr(pl.col("due_from"), pl.col("platform"), as_of))
        .otherwise(pl.lit("not_due"))
    )
    short = pl.col("has_order") & (pl.col("gap_minor") < -pl.col("allowed_minor"))
    untaken = (pl.col("refunded_minor") + pl.col("refund_minor") > 0) & (pl.col("gap_minor") > pl.col("allowed_minor"))
    back_state = refund_due.state_expr(pl.col("given_back_on"), pl.col("platform"), as_of)
    back_due = refund_due.due_expr(pl.col("given_back_on"), pl.col("platform"))
    return units.with_columns(
        order_state.alias("order_state"),
        pl.when(short).then(order_state).when(untaken).then(back_state).alias("state"),
        pl.when(untaken)
        .then(back_due)
        .when(pl.col("has_order"))
        .then(due.due_expr(pl.col("due_from"), pl.col("platform")))
        .alias("due_on"),
    )


def _fee_units(
    terms: pl.DataFrame, units: pl.DataFrame, gross: pl.DataFrame, refund_due: DueRules, as_of: date
) -> pl.DataFrame:
    """Fees with their order, and whether they only wait: for a charge until the order is due, for a return until it is."""
    ours = gross.with_columns((pl.col("unit") + 1).alias("unit")).select(
        "unit", "order_state", "refunded_on", pl.col("due_on").alias("order_due_on")
    )
    named = units.select("unit", *KEYS, "on")
    joined = terms.join(named, on="unit", how="left").join(ours, on="unit", how="left")
    is_return = pl.col("type") == "fee_refund"
    late = refund_due.state_expr(pl.col("refunded_on"), pl.col("platform"), as_of)
    state = pl.when(is_return).then(late).otherwise(pl.coalesce("order_state", pl.lit("missing")))
    due_on = (
        pl.when(is_return)
        .then(refund_due.due_expr(pl.col("refunded_on"), pl.col("platform")))
        .otherwise("order_due_on")
    )
    off = pl.col("gap_minor").abs() > pl.col("allowed_minor")
    lacks = (
        pl.when(is_return)
        .then(pl.col("gap_minor") < 0)
        .otherwise((pl.col("actual_minor") == 0) & (pl.col("gap_minor") > 0))
    )
    table = joined.with_columns(state.alias("state"), due_on.alias("due_on"), off.alias("is_off"))
    waits = lacks & pl.col("state").is_in(TIMING_STATES)
    table = table.with_columns(
        pl.when("is_off").then("state").alias("state"), pl.when("is_off").then(waits).alias("waits")
    )
    return table.with_columns(pl.col("waits").fill_null(value=True))


def _sourced(units: pl.DataFrame, sides: Sequence[Side]) -> pl.DataFrame:
    """Units that have a difference with where they were read: a line of what is there, else of what should be."""
    wanted = units.filter(pl.col("gap_minor") != 0).select("unit")
    parts = [
        side.frame.join(wanted, on="unit", how="semi").select(
            "unit", pl.lit(side.name != "lines").alias("later"), *SOURCE
        )
        for side in sides
    ]
    order = ("unit", "later", "source_file", "source_sheet", "source_line")
    first = pl.concat(parts).sort(order, nulls_last=True).unique("unit", keep="first", maintain_order=True)
    return units.join(first.drop("later"), on="unit", how="left", maintain_order="left")
