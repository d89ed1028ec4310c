"""Headers: the arithmetic of whole settlements, their periods, and reserves held back (`domain.md` 4.4, step 2)."""

from collections.abc import Mapping, Sequence
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

__all__ = [
    "LEFT",
    "OVERDUE",
    "RESERVED",
    "SETTLEMENT",
    "SUMS",
    "header_findings",
    "lines_of_headers",
    "outside_findings",
    "overdue_holds",
    "periods_left",
    "reserve_findings",
    "scopes_without",
    "sums_of_settlements",
]

SETTLEMENT = (*SCOPE, "settlement_id")
"""What names a settlement."""
SUMS: Mapping[str, pl.DataType] = {
    **{name: pl.String() for name in (*SETTLEMENT, "currency")},
    **{f"{name}_minor": pl.Int64() for name in ("all", "held", "released", "withdrawn")},
    "first_on": pl.Date(),
    "last_on": pl.Date(),
}
"""Columns of what the lines of each settlement sum to."""
LEFT: Mapping[str, pl.DataType] = {
    **{name: pl.String() for name in (*SETTLEMENT, "currency")},
    "first": pl.Date(),
    "last": pl.Date(),
}
"""Columns of settlements, with their currency and the days of their period."""
OVERDUE: Mapping[str, pl.DataType] = {"row": pl.Int64(), "held_minor": pl.Int64(), "state": pl.String()}
"""Columns of holds that are overdue: the line, what is still held of it, and what that is called."""
RESERVED = (*SETTLEMENT, "currency", "kind", "on", "line_id", "minor", *SOURCE, "row")
"""Columns by which movements of reserves are told from each other."""
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


def sums_of_settlements(lines: pl.DataFrame) -> pl.DataFrame:
    """What the lines of each settlement sum to, as they name it.

    Args:
        lines: All lines that are not repeats, with `kind`, `on`, `minor`.

    Returns:
        One row per settlement and currency: the scope, `settlement_id`, `currency`, `all_minor`, `held_minor`, `released_minor`,
        `withdrawn_minor`, `first_on`, `last_on`.
    """
    kind, minor = pl.col("kind"), pl.col("minor")
    return (
        lines.filter(pl.col("settlement_id").is_not_null())
        .group_by(*SETTLEMENT, "currency")
        .agg(
            minor.sum().alias("all_minor"),
            minor.filter(kind == "reserve_hold").sum().alias("held_minor"),
            minor.filter(kind == "reserve_release").sum().alias("released_minor"),
            minor.filter(kind == "withdrawal").sum().alias("withdrawn_minor"),
            pl.col("on").min().alias("first_on"),
            pl.col("on").max().alias("last_on"),
        )
    )


def scopes_without(lines: pl.DataFrame) -> pl.DataFrame:
    """The shops that have lines which name no settlement.

    Args:
        lines: All lines that are not repeats.
    """
    return lines.filter(pl.col("settlement_id").is_null()).select(SCOPE).unique()


def lines_of_headers(heads: pl.DataFrame, sums: pl.DataFrame) -> pl.DataFrame:
    """What the lines of each settlement sum to, with the header that they belong to, as `header` (its row).

    Args:
        heads: Headers with `row`.
        sums: Of `sums_of_settlements`.
    """
    named = (
        sums.select(SETTLEMENT)
        .unique()
        .sort(SETTLEMENT, nulls_last=True)
        .with_row_index("row")
        .with_columns(pl.col("row").cast(pl.Int64))
    )
    pairs = keyed_pairs(heads, named, ("settlement_id",), rule="settlement named").filter(
        pl.col("status") == "confirmed"
    )
    owned = named.join(pairs.select(pl.col("right").alias("row"), pl.col("left").alias("header")), on="row")
    return sums.join(owned.drop("row"), on=list(SETTLEMENT), nulls_equal=True)


def header_findings(heads: pl.DataFrame, sums: pl.DataFrame, nameless: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Findings of headers that do not agree with their lines, with themselves, or with the header before them.

    They are said beside the money, which is compared order by order.

    Args:
        heads: Headers that are not set aside.
        sums: Of `lines_of_headers`.
        nameless: Of `scopes_without`.
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
    silent = known.filter(pl.col("_has_lines").is_null()).join(nameless, on=list(SCOPE), how="semi", nulls_equal=True)
    return pl.concat(
        [*_arithmetic(known.filter(~pl.col("row").is_in(silent["row"].implode()))), *_chained(known, timezone)]
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
        keys=[*SETTLEMENT, pl.lit(what).alias("what")],
        evidence=[
            off.alias("off_minor"),
            pl.when(pl.col("period_end").is_not_null()).then("on").alias("period_end"),
            pl.lit(_ZH[what]).alias("what_zh"),
        ],
        note=True,
    )


def periods_left(heads: pl.DataFrame, sums: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """The settlements of which a line was booked outside their period, as the columns `LEFT`.

    Args:
        heads: Headers that are not set aside.
        sums: Of `lines_of_headers`.
        timezone: Zone of a period's days.
    """
    ends = heads.select(
        pl.col("row").alias("header"),
        local_day("period_start", timezone).alias("first"),
        local_day("period_end", timezone).alias("last"),
    )
    off = sums.join(ends, on="header").filter(
        (pl.col("first_on") < pl.col("first")) | (pl.col("last_on") > pl.col("last"))
    )
    return off.select(list(LEFT))


def outside_findings(lines: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Lines that were booked outside the period of their settlement.

    Args:
        lines: All lines that are not repeats.
        left: Of `periods_left`.
    """
    rows = lines.filter(pl.col("settlement_id").is_in(left["settlement_id"].unique().implode())).join(
        left, on=[*SETTLEMENT, "currency"], nulls_equal=True
    )
    found = rows.filter((pl.col("on") < pl.col("first")) | (pl.col("on") > pl.col("last")))
    return findings_of(
        found,
        PERIOD_OFF,
        keys=[
            *SETTLEMENT,
            "line_id",
            "platform_order_id",
            pl.col("type").alias("line_type"),
            pl.col("on").alias("booked_on"),
        ],
        evidence=[pl.col("first").alias("period_start"), pl.col("last").alias("period_end"), "amount_minor"],
        note=True,
    )


def overdue_holds(lines: pl.DataFrame, rule: DueRule, as_of: date) -> pl.DataFrame:
    """What the platform still holds back and should have released, as the columns `OVERDUE`.

    Releases go to the oldest hold first.

    Args:
        lines: All lines that are not repeats, at least those of reserves, with whatever is in `RESERVED`.
        rule: When a hold is to be released, counted from its day.
        as_of: Day of the run.
    """
    group = [*SCOPE, "currency"]
    moves = lines.filter(pl.col("kind").is_in(RESERVE))
    released = (
        moves.filter(pl.col("kind") == "reserve_release").group_by(group).agg(pl.col("minor").sum().alias("released"))
    )
    return (
        moves.filter(pl.col("kind") == "reserve_hold")
        .join(released, on=group, how="left", nulls_equal=True)
        .sort(*group, "on", "settlement_id", "line_id", "minor", *SOURCE, "row", nulls_last=True)
        .with_columns((-pl.col("minor").cum_sum().over(group) - pl.col("released").fill_null(0)).alias("open"))
        .with_columns(
            pl.min_horizontal("open", -pl.col("minor")).alias("held_minor"),
            rule.state_expr(pl.col("on"), as_of).alias("state"),
        )
        .filter((pl.col("held_minor") > 0) & pl.col("state").is_in(["late", "missing"]))
        .select(list(OVERDUE))
    )


def reserve_findings(lines: pl.DataFrame, overdue: pl.DataFrame, rule: DueRule) -> pl.DataFrame:
    """Findings of what is held back too long.

    Args:
        lines: Lines with `row`.
        overdue: Of `overdue_holds`.
        rule: When a hold is to be released, counted from its day.
    """
    holds = lines.join(overdue, on="row", maintain_order="left")
    return findings_of(
        holds.with_columns(rule.due_expr(pl.col("on")).alias("due_on"), pl.col("held_minor").alias("expected_minor")),
        RESERVE_LATE,
        keys=[*SETTLEMENT, "line_id", pl.col("on").alias("held_on")],
        evidence=["due_on", "state", "held_minor"],
        note=True,
    )
