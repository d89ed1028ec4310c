"""Headers: the arithmetic of whole settlements, their periods, and reserves held back (`domain.md` 4.4, step 2)."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from tieout.reconciliations._common.due import DueRule
from tieout.reconciliations._common.findings import SOURCE, findings_of
from tieout.reconciliations._common.scope import keyed_pairs
from tieout.reconciliations._common.sides import SCOPE, local_day
from tieout.reconciliations._settlement.words import (
    BALANCE_OFF,
    PERIOD_OFF,
    RESERVE,
    RESERVE_LATE,
    RESERVE_OFF,
    TOTAL_OFF,
)

__all__ = ["header_findings", "lines_of_headers", "reserve_findings"]

_ID = (*SCOPE, "settlement_id")
_ZH = {
    "net": "净额",
    "opening balance": "期初余额",
    "closing balance": "期末余额",
    "current reserve": "期末冻结",
    "previous reserve": "上期冻结",
}
"""What is compared, for Chinese sentences."""
_SAID = (
    "opening_balance_minor",
    "closing_balance_minor",
    "reserve_previous_minor",
    "reserve_current_minor",
    "net_minor",
)


def lines_of_headers(heads: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines of each settlement sum to, with the header that they belong to.

    Args:
        heads: Headers with `row`.
        lines: All lines that are not repeats, with `kind`, `on`, `minor`.

    Returns:
        One row per settlement as the lines name it, and currency: `header` (row), the scope, `settlement_id`, `currency`,
        `all_minor`, `held_minor`, `released_minor`, `withdrawn_minor`, `first_on`, `last_on`.
    """
    kind, minor = pl.col("kind"), pl.col("minor")
    sums = (
        lines.filter(pl.col("settlement_id").is_not_null())
        .group_by(*_ID, "currency")
        .agg(
            minor.sum().alias("all_minor"),
            minor.filter(kind == "reserve_hold").sum().alias("held_minor"),
            minor.filter(kind == "reserve_release").sum().alias("released_minor"),
            minor.filter(kind == "withdrawal").sum().alias("withdrawn_minor"),
            pl.col("on").min().alias("first_on"),
            pl.col("on").max().alias("last_on"),
        )
    )
    named = (
        sums.select(_ID)
        .unique()
        .sort(_ID, nulls_last=True)
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
    )
    pairs = keyed_pairs(heads, named, ("settlement_id",), rule="settlement named").filter(
        pl.col("status") == "confirmed"
    )
    owned = named.join(pairs.select(pl.col("right").alias("row"), pl.col("left").alias("header")), on="row")
    return sums.join(owned.drop("row"), on=list(_ID), nulls_equal=True)


def header_findings(heads: pl.DataFrame, sums: pl.DataFrame, lines: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Findings of headers that do not agree with their lines, with themselves, or with the header before them.

    They are said beside the money, which is compared order by order.

    Args:
        heads: Headers that are not set aside.
        sums: Of `lines_of_headers`.
        lines: All lines that are not repeats.
        timezone: Zone of a period's days.
    """
    own = sums.select(
        pl.col("header").alias("row"), "currency", *(name for name in sums.columns if name.endswith("_minor"))
    )
    totals = own.group_by("row", "currency").agg(pl.all().sum())
    totals = totals.with_columns(pl.lit(value=True).alias("_has_lines"))
    known = heads.join(totals, on=["row", "currency"], how="left", maintain_order="left").with_columns(
        pl.col("all_minor", "held_minor", "released_minor", "withdrawn_minor").fill_null(0)
    )
    # Wallets' bills name no settlement on their lines: what such a header says cannot be compared with them.
    nameless = lines.filter(pl.col("settlement_id").is_null()).select(SCOPE).unique()
    silent = known.filter(pl.col("_has_lines").is_null()).join(nameless, on=list(SCOPE), how="semi", nulls_equal=True)
    return pl.concat(
        [
            *_arithmetic(known.filter(~pl.col("row").is_in(silent["row"].implode()))),
            *_chained(known, timezone),
            _outside(heads, sums, lines, timezone),
        ]
    )


def _arithmetic(heads: pl.DataFrame) -> Sequence[pl.DataFrame]:
    held, released, moved = pl.col("held_minor"), pl.col("released_minor"), pl.col("all_minor")
    previous, current = pl.col("reserve_previous_minor"), pl.col("reserve_current_minor")
    stated = previous.is_not_null() | current.is_not_null()
    previous, current = previous.fill_null(0), current.fill_null(0)
    reserve = pl.when(stated).then(previous - current).otherwise(held + released)
    net = moved - held - released - pl.col("withdrawn_minor") + reserve
    return [
        _off(heads, TOTAL_OFF, "net", expected=net, actual=pl.col("net_minor")),
        _off(
            heads,
            BALANCE_OFF,
            "closing balance",
            expected=pl.col("opening_balance_minor") + moved,
            actual=pl.col("closing_balance_minor"),
        ),
        _off(
            heads.filter(stated & ((held != 0) | (released != 0))),
            RESERVE_OFF,
            "current reserve",
            expected=previous - held - released,
            actual=current,
        ),
    ]


def _chained(heads: pl.DataFrame, timezone: str) -> Sequence[pl.DataFrame]:
    """Each header against the one before it of the same shop and currency."""
    group = [*SCOPE, "currency"]
    day = pl.coalesce(local_day("period_start", timezone), local_day("period_end", timezone))
    ordered = (
        heads.with_columns(day.alias("from"))
        .filter(pl.col("from").is_not_null())
        .sort(*group, "from", "period_end", "settlement_id", *_SAID, nulls_last=True)
    )
    before = ordered.with_columns(
        pl.col("closing_balance_minor").shift().over(group).alias("closed_minor"),
        pl.col("reserve_current_minor").shift().over(group).alias("kept_minor"),
    )
    return [
        _off(
            before,
            BALANCE_OFF,
            "opening balance",
            expected=pl.col("closed_minor"),
            actual=pl.col("opening_balance_minor"),
        ),
        _off(
            before,
            RESERVE_OFF,
            "previous reserve",
            expected=pl.col("kept_minor"),
            actual=pl.col("reserve_previous_minor"),
        ),
    ]


def _off(heads: pl.DataFrame, kind: str, what: str, *, expected: pl.Expr, actual: pl.Expr) -> pl.DataFrame:
    found = heads.with_columns(expected.alias("expected_minor"), actual.alias("actual_minor")).filter(
        pl.col("expected_minor") != pl.col("actual_minor")
    )
    off = pl.col("actual_minor") - pl.col("expected_minor")
    return findings_of(
        found,
        kind,
        keys=[*_ID, pl.lit(what).alias("what")],
        evidence=[
            off.alias("off_minor"),
            pl.when(pl.col("period_end").is_not_null()).then("on").alias("period_end"),
            pl.lit(_ZH[what]).alias("what_zh"),
        ],
        note=True,
    )


def _outside(heads: pl.DataFrame, sums: pl.DataFrame, lines: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Lines that were booked outside the period of their settlement."""
    ends = heads.select(
        pl.col("row").alias("header"),
        local_day("period_start", timezone).alias("first"),
        local_day("period_end", timezone).alias("last"),
    )
    off = sums.join(ends, on="header").filter(
        (pl.col("first_on") < pl.col("first")) | (pl.col("last_on") > pl.col("last"))
    )
    rows = lines.filter(pl.col("settlement_id").is_in(off["settlement_id"].unique().implode())).join(
        off.select(*_ID, "currency", "first", "last"), on=[*_ID, "currency"], nulls_equal=True
    )
    found = rows.filter((pl.col("on") < pl.col("first")) | (pl.col("on") > pl.col("last")))
    return findings_of(
        found,
        PERIOD_OFF,
        keys=[
            *_ID,
            "line_id",
            "platform_order_id",
            pl.col("type").alias("line_type"),
            pl.col("on").alias("booked_on"),
        ],
        evidence=[pl.col("first").alias("period_start"), pl.col("last").alias("period_end"), "amount_minor"],
        note=True,
    )


def reserve_findings(lines: pl.DataFrame, rule: DueRule, as_of: date) -> pl.DataFrame:
    """What the platform still holds back and should have released: releases go to the oldest hold first.

    Args:
        lines: All lines that are not repeats.
        rule: When a hold is to be released, counted from its day.
        as_of: Day of the run.
    """
    group = [*SCOPE, "currency"]
    moves = lines.filter(pl.col("kind").is_in(RESERVE))
    released = (
        moves.filter(pl.col("kind") == "reserve_release").group_by(group).agg(pl.col("minor").sum().alias("released"))
    )
    holds = (
        moves.filter(pl.col("kind") == "reserve_hold")
        .join(released, on=group, how="left", nulls_equal=True)
        .sort(*group, "on", "settlement_id", "line_id", "minor", *SOURCE, nulls_last=True)
        .with_columns((-pl.col("minor").cum_sum().over(group) - pl.col("released").fill_null(0)).alias("open"))
        .with_columns(
            pl.min_horizontal("open", -pl.col("minor")).alias("held_minor"),
            rule.state_expr(pl.col("on"), as_of).alias("state"),
        )
        .filter((pl.col("held_minor") > 0) & pl.col("state").is_in(["late", "missing"]))
    )
    return findings_of(
        holds.with_columns(rule.due_expr(pl.col("on")).alias("due_on"), pl.col("held_minor").alias("expected_minor")),
        RESERVE_LATE,
        keys=[*_ID, "line_id", pl.col("on").alias("held_on")],
        evidence=["due_on", "state", "held_minor"],
        note=True,
    )
