"""Documents: which movements and vouchers make the difference between an account and its ledger, and why."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import polars as pl

from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.due import TIMING_STATES, DueRules
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._ledger_tieout.words import (
    EARLIER_OR_LATER,
    NOT_BOOKED,
    OTHER_AMOUNT,
    REFUND_LATER,
    TWICE,
    UNSUPPORTED,
)

__all__ = ["document_findings", "documents_of"]

_DOCUMENT: Final = ["at_book", "place", "currency", "refers_to"]
_PLACE: Final = ["at_book", "place", "currency"]


def documents_of(
    units: pl.DataFrame,
    movements: Side,
    journal: Side,
    *,
    due: DueRules,
    transit_kinds: Sequence[str],
    as_of: date,
) -> pl.DataFrame:
    """The documents that the two sides of a unit have differently by its day.

    Args:
        units: `unit`, `at_book`, `place`, `currency`, `as_of`, `role` of what both sides state.
        movements: Movements of the ledgers.
        journal: Lines of vouchers.
        due: How long a movement may wait for its voucher, by role.
        transit_kinds: Kinds of movement that are under way until they are booked on the other side.
        as_of: Day of the run.

    Returns:
        One row per unit and document: `unit`, `refers_to`, `gap` (booked - moved), `fault` (null for what is a matter of time),
        `state`, `is_cleared` (under way by the unit's day, and booked since), `happened_on`, `booked_on`, and the source.
    """
    moved = movements.compared.select(
        *_DOCUMENT,
        "on",
        pl.col("minor").alias("moved"),
        pl.lit(0, dtype=pl.Int64).alias("booked"),
        "kind",
        pl.lit(None, dtype=pl.String).alias("voucher_id"),
        *SOURCE,
    )
    booked = journal.compared.select(
        *_DOCUMENT,
        "on",
        pl.lit(0, dtype=pl.Int64).alias("moved"),
        pl.col("minor").alias("booked"),
        pl.lit(None, dtype=pl.String).alias("kind"),
        "voucher_id",
        *SOURCE,
    )
    if not (moved.height and booked.height):
        return _summed(pl.concat([moved, booked]).clear(), units.clear(), due, transit_kinds, as_of)
    return _summed(pl.concat([moved, booked]), units, due, transit_kinds, as_of)


def _summed(
    rows: pl.DataFrame, units: pl.DataFrame, due: DueRules, transit_kinds: Sequence[str], as_of: date
) -> pl.DataFrame:
    joined = rows.join(units.select("unit", *_PLACE, "as_of", "role"), on=_PLACE)
    by_then = pl.col("on") <= pl.col("as_of")
    is_voucher = pl.col("voucher_id").is_not_null()
    order = ["unit", "refers_to", "on", "voucher_id", "source_file", "source_line"]
    sums = (
        joined.sort(order, nulls_last=True)
        .group_by("unit", "refers_to", "as_of", "role", maintain_order=True)
        .agg(
            pl.col("moved").filter(by_then).sum(),
            pl.col("booked").filter(by_then).sum(),
            pl.col("moved").sum().alias("moved_ever"),
            pl.col("booked").sum().alias("booked_ever"),
            pl.col("on").filter(~is_voucher).min().alias("happened_on"),
            pl.col("on").filter(is_voucher).min().alias("first_booked_on"),
            pl.col("on").filter(is_voucher).max().alias("booked_on"),
            pl.col("voucher_id").drop_nulls().unique(maintain_order=True).head(5).str.join(",").alias("vouchers"),
            pl.col("voucher_id").drop_nulls().n_unique().alias("times"),
            pl.col("kind").drop_nulls().sort().first(),
            pl.struct(SOURCE).first().alias("source"),
        )
        .unnest("source")
    )
    sums = sums.with_columns((pl.col("booked") - pl.col("moved")).alias("gap")).filter(pl.col("gap") != 0)
    ever, posted = pl.col("moved_ever"), pl.col("booked_ever")
    state = due.state_expr(pl.col("happened_on"), pl.col("role"), as_of)
    on_time = pl.col("booked_on") < due.late_expr(pl.col("happened_on"), pl.col("role"))
    under_way = pl.col("kind").is_in(list(transit_kinds)).fill_null(value=False) & on_time.fill_null(value=False)
    is_unbooked = pl.col("first_booked_on").is_null()
    waits = is_unbooked & pl.col("happened_on").is_not_null() & state.is_in(TIMING_STATES)
    several = (pl.col("times") > 1) & (posted % ever == 0) & (posted // ever > 1)
    is_refund = (pl.col("kind") == "refund").fill_null(value=False)
    other_day = pl.when(is_refund).then(pl.lit(REFUND_LATER)).otherwise(pl.lit(EARLIER_OR_LATER))
    fault = (
        pl.when(pl.col("happened_on").is_null())
        .then(pl.lit(UNSUPPORTED))
        .when(waits)
        .then(None)
        .when(is_unbooked)
        .then(pl.lit(NOT_BOOKED))
        .when((ever == posted) & under_way)
        .then(None)
        .when(ever == posted)
        .then(other_day)
        .when(several.fill_null(value=False))
        .then(pl.lit(TWICE))
        .otherwise(pl.lit(OTHER_AMOUNT))
    )
    return sums.with_columns(
        fault.alias("fault"),
        pl.when(waits).then(state).otherwise(pl.lit("in_transit")).alias("state"),
        (~is_unbooked).alias("is_cleared"),
    )


def document_findings(
    documents: pl.DataFrame, units: pl.DataFrame, keys: Sequence[str], *, note: bool = False
) -> pl.DataFrame:
    """Findings of documents.

    Args:
        documents: Of `documents_of`, with `since`, the day of a balance since which they are amiss.
        units: Units with their keys.
        keys: Columns that name a unit.
        note: Whether they are said beside the money.
    """
    named = units.select("unit", *(name for name in keys if name not in {"as_of", "role"}), "currency", "on")
    found = documents.filter(pl.col("fault").is_not_null()).join(named, on="unit")
    codes = found["currency"].drop_nulls().unique().sort().to_list()
    found = found.with_columns(
        pl.col("moved").alias("expected_minor"), pl.col("booked").alias("actual_minor"), pl.col("since").alias("as_of")
    )
    evidence: list[str | pl.Expr] = [
        "happened_on",
        "booked_on",
        "vouchers",
        "times",
        pl.col("kind").alias("movement_kind"),
        amount_text_expr(pl.col("gap"), pl.col("currency"), codes).alias("apart"),
    ]
    return findings_of(
        found,
        pl.col("fault"),
        keys=[*keys, pl.col("refers_to").alias("document")],
        evidence=evidence,
        factor=pl.col("fault").str.split(".").list.last(),
        note=note,
    )
