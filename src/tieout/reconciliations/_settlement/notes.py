"""Findings of single records: lines that nothing explains, and records that cannot be used as they are."""

import polars as pl

from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._settlement.taking import NOT_SAID, OTHER_RECORD
from tieout.reconciliations._settlement.words import (
    BALANCE,
    NEGATIVE,
    NO_AMOUNT,
    NO_ORDER,
    PENALTY,
    TWO_RECORDS,
    UNKNOWN_FEE,
    UNKNOWN_ORDER,
)

__all__ = ["line_findings", "record_notes", "stranger_notes"]

_ORDER = ("book_id", "platform", "shop_id", "platform_order_id")
_LINE = (*_ORDER, "settlement_id", "line_id", pl.col("type").alias("line_type"), pl.col("on").alias("booked_on"))


def line_findings(lines: pl.DataFrame) -> pl.DataFrame:
    """Compared lines that are a matter of their own: unknown types, penalties of no order, sales and refunds that name no order.

    Args:
        lines: Compared lines with `unit_key` and `kind`.
    """
    alone = lines.filter(pl.col("unit_key").is_null()).with_columns(
        pl.col("minor").alias("actual_minor"), pl.lit(0, dtype=pl.Int64).alias("expected_minor")
    )
    kind = (
        pl.when(pl.col("kind") == "unknown")
        .then(pl.lit(UNKNOWN_FEE))
        .when(pl.col("kind") == "penalty")
        .then(pl.lit(PENALTY))
        .otherwise(pl.lit(UNKNOWN_ORDER))
    )
    return findings_of(alone, kind, keys=_LINE, evidence=["description"])


def record_notes(orders: pl.DataFrame, refunds: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Orders and refunds that say too little, too much, or the opposite of what they may.

    Args:
        orders: Orders with `aside` and `receivable_minor`.
        refunds: Refunds with `key`.
        keys: Which orders there are.
    """
    no_order = keys.filter(~pl.col("is_order"))["key"].implode()
    fresh = ~pl.col("is_repeat")
    refund = [*_ORDER, "refund_id"]
    return pl.concat(
        [
            findings_of(orders.filter(pl.col("aside") == NOT_SAID), NO_AMOUNT, keys=_ORDER, note=True),
            findings_of(
                orders.filter(pl.col("aside") == OTHER_RECORD), TWO_RECORDS, keys=_ORDER, evidence=["status"], note=True
            ),
            findings_of(
                orders.filter(fresh & (pl.col("receivable_minor") < 0)),
                NEGATIVE,
                keys=_ORDER,
                evidence=[pl.col("platform_order_id").alias("reference")],
                note=True,
                actual_minor=pl.col("receivable_minor"),
            ),
            findings_of(
                refunds.filter(fresh & (pl.col("amount_minor") < 0)),
                NEGATIVE,
                keys=refund,
                evidence=[pl.col("refund_id").alias("reference")],
                note=True,
                actual_minor=pl.col("amount_minor"),
            ),
            findings_of(
                refunds.filter(fresh & pl.col("key").is_in(no_order)),
                NO_ORDER,
                keys=refund,
                evidence=["status"],
                note=True,
            ),
            findings_of(
                refunds.filter(pl.col("aside").is_null() & pl.col("key").is_null()).with_columns(
                    pl.col("minor").alias("expected_minor"), pl.lit(0, dtype=pl.Int64).alias("actual_minor")
                ),
                NO_ORDER,
                keys=refund,
                evidence=["status"],
            ),
        ]
    )


def stranger_notes(lines: pl.DataFrame, units: pl.DataFrame, keys: pl.DataFrame) -> pl.DataFrame:
    """Orders that only lines name, and of which no money is left to explain: their fees, or a sale that was refunded.

    Args:
        lines: Lines of the period that are not repeats, with `key`, `kind`, `minor`.
        units: Units with `key`, `part`, `gap_minor`, `allowed_minor`.
        keys: Which orders there are.
    """
    strangers = keys.filter(~pl.col("is_order"))["key"].implode()
    said = units.filter((pl.col("part") == 0) & (pl.col("gap_minor").abs() > pl.col("allowed_minor")))[
        "key"
    ].drop_nulls()
    rows = lines.filter(
        pl.col("key").is_in(strangers) & ~pl.col("key").is_in(said.implode()) & ~pl.col("kind").is_in(BALANCE)
    )
    named = rows.sort("key", "on", "source_file", "source_line", nulls_last=True).unique(
        "key", keep="first", maintain_order=True
    )
    return findings_of(named.drop("unit"), UNKNOWN_ORDER, keys=_ORDER, note=True)
