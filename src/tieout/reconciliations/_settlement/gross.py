"""The money of orders: what is settled and taken back against what they are to bring, and why the two differ."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.due import TIMING_STATES
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._settlement.words import (
    CLAWBACK,
    CURRENCY,
    GROSS,
    MISMATCH,
    MISSING,
    NO_REFUND,
    NO_SUBSIDY,
    REFUND,
    REFUND_TWICE,
    SALE,
    SUBSIDY,
    SUBSIDY_OFF,
    UNKNOWN_ORDER,
)

__all__ = ["explained", "gross_facts", "gross_findings"]

_PARTS = {"sale_minor": SALE, "subsidy_minor": SUBSIDY, "refund_minor": REFUND, "clawback_minor": CLAWBACK}
_SAID = ("sale_minor", "subsidy_minor", "refund_minor", "clawback_minor", "payable_minor", "funded_minor")


def gross_facts(lines: pl.DataFrame) -> pl.DataFrame:
    """What is settled of each order, by what it is.

    Args:
        lines: The compared lines, with `key`, `kind`, `is_extra`.

    Returns:
        `key`, `currency`, `sale_minor`, `subsidy_minor`, `refund_minor`, `clawback_minor`, `again_minor` (refunds that are booked
        again), `gross_lines`, `settled_on`, `refunded_on`, `is_opening`.
    """
    rows = lines.filter(pl.col("kind").is_in(GROSS) & pl.col("key").is_not_null())
    kind, minor = pl.col("kind"), pl.col("minor")
    amounts = rows.select(
        "key",
        "currency",
        "on",
        "is_opening",
        *(pl.when(kind.is_in(kinds)).then(minor).otherwise(0).alias(name) for name, kinds in _PARTS.items()),
        pl.when(kind.is_in(REFUND) & pl.col("is_extra")).then(minor).otherwise(0).alias("again_minor"),
        pl.when(kind.is_in(REFUND)).then("on").alias("refunded_on"),
    )
    return amounts.group_by("key", "currency").agg(
        pl.col(*_PARTS, "again_minor").sum(),
        pl.len().cast(pl.Int64).alias("gross_lines"),
        pl.col("on").max().alias("settled_on"),
        pl.col("refunded_on").max(),
        pl.col("is_opening").all(),
    )


def explained(units: pl.DataFrame) -> pl.DataFrame:
    """Units of orders with what explains their difference: `sale_off`, `subsidy_off`, `refund_off`, `clawback_off`, `again_off`.

    Platforms put the same money in different lines: funding may stand inside the sale, and a sale may come less what was refunded
    before. Where the sum of two parts agrees, neither is wrong. Where it is not plain which part is wrong, it is the sale.

    Args:
        units: With the facts of `gross_facts`, `payable_minor`, `funded_minor`, `refunded_minor` and `taken_back_minor` (what the
            refund records say, positive), `allowed_minor`.
    """
    allowed = pl.col("allowed_minor")
    off = units.with_columns(
        (pl.col("sale_minor") - pl.col("payable_minor")).alias("sale_off"),
        (pl.col("subsidy_minor") - pl.col("funded_minor")).alias("subsidy_off"),
        (pl.col("refund_minor") + pl.col("refunded_minor")).alias("refund_off"),
        (pl.col("clawback_minor") + pl.col("taken_back_minor")).alias("clawback_off"),
    )
    sale, subsidy, refund, clawback = (pl.col(f"{name}_off") for name in ("sale", "subsidy", "refund", "clawback"))
    no_funding_lines, no_refund_lines = pl.col("subsidy_minor") == 0, pl.col("refund_minor") == 0
    netted = no_refund_lines & (sale.abs() > allowed) & ((sale + refund).abs() <= allowed)
    off = _merged(off, netted, refund)
    off = _merged(off, no_funding_lines & (sale.abs() > allowed), subsidy)
    off = _merged(off, no_refund_lines & (sale < -allowed) & (refund > allowed), refund)
    # What is taken back beside a refund that is missing is missing with it.
    with_refund = (pl.col("clawback_minor") == 0) & (refund > allowed)
    off = off.with_columns(
        pl.when(with_refund).then(refund + clawback).otherwise(refund).alias("refund_off"),
        pl.when(with_refund).then(0).otherwise(clawback).alias("clawback_off"),
    )
    again = pl.when(refund < -allowed).then(pl.max_horizontal(refund, "again_minor")).otherwise(0)
    return off.with_columns(again.alias("again_off")).with_columns(
        (sale + pl.when(refund < -allowed).then(refund - pl.col("again_off")).otherwise(0)).alias("sale_off"),
        pl.when(refund < -allowed).then(0).otherwise(refund).alias("refund_off"),
    )


def _merged(units: pl.DataFrame, where: pl.Expr, other: pl.Expr) -> pl.DataFrame:
    """Units in which a part counts as part of the sale."""
    name = other.meta.output_name()
    return units.with_columns(
        pl.when(where).then(pl.col("sale_off") + other).otherwise("sale_off").alias("sale_off"),
        pl.when(where).then(0).otherwise(other).alias(name),
    )


def gross_findings(units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Findings of the money of orders.

    Args:
        units: Units of orders' money that have a difference, with `is_order`, `has_order`, `gross_lines`, `is_foreign` (the
            order's other records are in another currency), `state`, what `explained` adds, and the keys.
        keys: Columns that name an order.
    """
    gap, allowed = pl.col("gap_minor"), pl.col("allowed_minor")
    due = ~pl.col("state").is_in(TIMING_STATES).fill_null(value=False)
    off = units.filter((gap.abs() > allowed) & due)
    alone = (
        pl.when(pl.col("is_foreign"))
        .then(pl.lit(CURRENCY))
        .when(~pl.col("has_order") & (pl.col("gross_lines") > 0))
        .then(pl.lit(UNKNOWN_ORDER))
        .when((pl.col("gross_lines") == 0) & (gap < 0))
        .then(pl.lit(MISSING))
        .when((pl.col("gross_lines") == 0) | ~pl.col("has_order"))
        .then(pl.lit(NO_REFUND))
    )
    off = off.with_columns(alone.alias("alone"))
    evidence = ("state", "due_on", *_SAID)
    whole = findings_of(off.filter(pl.col("alone").is_not_null()), pl.col("alone"), keys=keys, evidence=evidence)
    parts = explained(off.filter(pl.col("alone").is_null()))
    found = [whole]
    kinds = {
        "sale_off": pl.lit(MISMATCH),
        "subsidy_off": pl.when(pl.col("subsidy_minor") == 0).then(pl.lit(NO_SUBSIDY)).otherwise(pl.lit(SUBSIDY_OFF)),
        "refund_off": pl.lit(NO_REFUND),
        "clawback_off": pl.lit(SUBSIDY_OFF),
        "again_off": pl.lit(REFUND_TWICE),
    }
    for name, kind in kinds.items():
        rows = parts.filter(pl.col(name).abs() > allowed)
        found.append(findings_of(rows, kind, keys=keys, evidence=evidence, impact=pl.col(name)))
    return pl.concat(found)
