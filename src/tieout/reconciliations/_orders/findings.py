"""Findings: orders that the ERP lacks, has too many of, or has otherwise than the platform."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import polars as pl

from tieout.outcome import amount_text_expr
from tieout.reconciliations._common.findings import findings_of
from tieout.reconciliations._common.scope import keyed_pairs, suggested_ids
from tieout.reconciliations._common.sides import Side, parts_of, quantity_expr
from tieout.reconciliations._orders.stages import in_chinese_expr

__all__ = ["FINDINGS", "MISMATCH", "NO_AMOUNT", "findings"]

_MISSING: Final = "order.missing_in_erp"
_EXTRA: Final = "order.extra_in_erp"
MISMATCH: Final = "order.erp_amount_mismatch"
_CURRENCY: Final = "order.erp_currency_mismatch"
_STATUS: Final = "order.erp_status_conflict"
_LINES: Final = "order.erp_lines_differ"
_PERIOD: Final = "order.erp_period_mismatch"
_AMOUNTLESS: Final = "data.amount_missing"
_NEGATIVE: Final = "data.amount_negative"
_TWO_RECORDS: Final = "data.order_conflict"
FINDINGS: Final = (
    _MISSING,
    _EXTRA,
    MISMATCH,
    _CURRENCY,
    _STATUS,
    _LINES,
    _PERIOD,
    _AMOUNTLESS,
    _NEGATIVE,
    _TWO_RECORDS,
)

NO_AMOUNT: Final = "no amount stated"
_AMOUNTS: Final = ("goods", "payable", "funded", "receivable")
_BOTH: Final = (pl.col("expected_rows") > 0) & (pl.col("actual_rows") > 0)


def findings(
    sides: tuple[Side, Side],
    units: pl.DataFrame,
    pairs: pl.DataFrame,
    *,
    keys: Sequence[str],
    as_of: date,
    lag_days: int,
    here: pl.Expr,
) -> pl.DataFrame:
    """All findings of a run.

    Args:
        sides: The platform's orders and the ERP's, with `unit` and `aside`.
        units: With `state`, `due_on`, `allowed_minor` and the stages of both sides.
        pairs: Pairs with `status`.
        keys: Columns of units that name an order.
        as_of: Day of the run.
        lag_days: Days in which the ERP may still say an earlier stage.
        here: Whether a record is of the period.
    """
    return pl.concat(
        [
            _alone(sides, units, pairs, keys),
            _amounts(sides, units, keys),
            _statuses(units, keys, as_of - timedelta(days=lag_days)),
            _articles(sides, units, keys),
            _months(sides, units, keys),
            _records(sides, keys, here),
        ]
    )


def _alone(sides: tuple[Side, Side], units: pl.DataFrame, pairs: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Orders that only one side has, or that both have in different currencies."""
    left, right = sides
    others = keyed_pairs(left.compared, right.compared, ("platform_order_id",), rule="order number")
    sure = others.filter(pl.col("status") == "confirmed")
    foreign = pl.concat(
        [
            side.frame.join(sure.select(pl.col(of).alias("row")), on="row", how="semi")["unit"]
            for side, of in ((left, "left"), (right, "right"))
        ]
    ).unique()
    hints = (
        pl.concat(
            [
                left.frame.select("row", "unit").join(suggested_ids(right.frame, pairs, "right", "shop_id"), on="row"),
                right.frame.select("row", "unit").join(suggested_ids(left.frame, pairs, "left", "shop_id"), on="row"),
            ]
        )
        .sort("unit", "suggested")
        .unique("unit", keep="first", maintain_order=True)
    )
    alone = units.filter(~_BOTH).join(hints.select("unit", "suggested"), on="unit", how="left", maintain_order="left")
    kind = (
        pl.when(pl.col("unit").is_in(foreign.implode()))
        .then(pl.lit(_CURRENCY))
        .when(pl.col("expected_rows") == 0)
        .then(pl.lit(_EXTRA))
        .when(pl.col("state").is_in(["late", "missing"]))
        .then(pl.lit(_MISSING))
    )
    found = alone.with_columns(kind.alias("kind"), pl.col("state").alias("factor")).filter(pl.col("kind").is_not_null())
    stage = pl.coalesce("stage", "erp_stage").alias("stage")
    return findings_of(found, pl.col("kind"), keys=keys, evidence=["state", "due_on", stage, "suggested"])


def _amounts(sides: tuple[Side, Side], units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Orders whose amounts differ by more than the tolerance, with the figure that does."""
    off = units.filter(_BOTH & ((pl.col("actual_minor") - pl.col("expected_minor")).abs() > pl.col("allowed_minor")))
    columns = [f"{name}_minor" for name in _AMOUNTS]
    ours, theirs = (side.compared.group_by("unit").agg(pl.col(columns).sum()) for side in sides)
    both = off.join(ours, on="unit", maintain_order="left").join(
        theirs, on="unit", suffix="_erp", maintain_order="left"
    )
    codes = both["currency"].drop_nulls().unique().sort().to_list()
    diffs = [
        pl.when(pl.col(name) != pl.col(f"{name}_erp"))
        .then(pl.concat_str([_text(name, codes), pl.lit(" -> "), _text(f"{name}_erp", codes)]))
        .alias(short)
        for short, name in zip(_AMOUNTS, columns, strict=True)
    ]
    return findings_of(both, MISMATCH, keys=keys, evidence=["stage", "erp_stage"], diffs=diffs)


def _text(name: str, codes: list[str]) -> pl.Expr:
    return amount_text_expr(pl.col(name), pl.col("currency"), codes)


def _statuses(units: pl.DataFrame, keys: Sequence[str], settled_by: date) -> pl.DataFrame:
    """Orders of which the two systems have said different stages for longer than the ERP may lag."""
    known = pl.col("stage").is_not_null() & pl.col("erp_stage").is_not_null()
    old = (pl.col("touched_on") < settled_by).fill_null(value=True)
    off = units.filter(_BOTH & known & (pl.col("stage") != pl.col("erp_stage")) & old)
    diff = pl.concat_str([pl.col("status"), pl.lit(" -> "), pl.col("erp_status")]).alias("status")
    said = [name for stage in ("stage", "erp_stage") for name in (pl.col(stage), in_chinese_expr(stage))]
    return findings_of(off, _STATUS, keys=keys, evidence=[*said, "touched_on"], diffs=[diff], note=True)


def _articles(sides: tuple[Side, Side], units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Orders whose articles or pieces differ; an order that lists no article, or one without its code, says nothing of them."""
    listed = [_listed(side) for side in sides]
    known = [side.group_by("unit").agg(pl.col("sku").is_not_null().all().alias("ok")).filter("ok") for side in listed]
    silent = [
        side.compared.filter(pl.col("lines").list.len().fill_null(0) == 0)["unit"].unique().implode() for side in sides
    ]
    ours, theirs = (
        rows.join(one, on="unit", how="semi")
        .join(other, on="unit", how="semi")
        .filter(~pl.col("unit").is_in(silent[0]), ~pl.col("unit").is_in(silent[1]))
        .group_by("unit", "sku")
        .agg(pl.col("parts").sum())
        for rows, one, other in zip(listed, known, reversed(known), strict=True)
    )
    both = ours.join(theirs, on=["unit", "sku"], how="full", coalesce=True, suffix="_erp").with_columns(
        pl.col("parts", "parts_erp").fill_null(0)
    )
    off = both.filter(pl.col("parts") != pl.col("parts_erp")).sort("unit", "sku")
    text = [
        pl.col("sku"),
        pl.lit(": "),
        quantity_expr(pl.col("parts")),
        pl.lit(" -> "),
        quantity_expr(pl.col("parts_erp")),
    ]
    said = off.group_by("unit", maintain_order=True).agg(pl.concat_str(text).str.join("; ").alias("pieces_of"))
    found = units.join(said, on="unit", maintain_order="left")
    return findings_of(
        found, _LINES, keys=keys, evidence=["pieces_of"], diffs=[pl.col("pieces_of").alias("lines")], note=True
    )


def _listed(side: Side) -> pl.DataFrame:
    rows = side.compared.filter(pl.col("lines").list.len() > 0).select("unit", "lines").explode("lines")
    line = pl.col("lines").struct
    return rows.select("unit", line.field("sku").alias("sku"), parts_of(line.field("quantity")).alias("parts"))


def _months(sides: tuple[Side, Side], units: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Orders that count in another month by the ERP than by the platform (`domain.md` 6.2)."""
    ours, theirs = (side.compared.group_by("unit").agg(pl.col("recognised_on").max()) for side in sides)
    both = ours.join(theirs, on="unit", suffix="_erp").filter(
        pl.col("recognised_on").dt.month_start() != pl.col("recognised_on_erp").dt.month_start()
    )
    off = units.join(both, on="unit", maintain_order="left")
    diff = pl.concat_str([pl.col("recognised_on"), pl.lit(" -> "), pl.col("recognised_on_erp")]).alias("day")
    return findings_of(
        off, _PERIOD, keys=keys, evidence=["recognised_on", "recognised_on_erp"], diffs=[diff], note=True
    )


def _records(sides: tuple[Side, Side], keys: Sequence[str], here: pl.Expr) -> pl.DataFrame:
    """Records that cannot be compared as they are."""
    held_by = [pl.lit(side.name).alias("side") for side in sides]
    missing = [
        findings_of(
            side.frame.filter((pl.col("aside").is_null() | (pl.col("aside") == NO_AMOUNT)) & pl.col("minor").is_null()),
            _AMOUNTLESS,
            keys=[*keys, name],
            note=True,
        )
        for side, name in zip(sides, held_by, strict=True)
    ]
    negative = [
        findings_of(
            side.compared.filter(pl.col("minor") < 0),
            _NEGATIVE,
            keys=[*keys, name],
            evidence=[pl.col("platform_order_id").alias("reference")],
            note=True,
            actual_minor=pl.col("minor"),
        )
        for side, name in zip(sides, held_by, strict=True)
    ]
    tied = [
        findings_of(
            side.frame.filter(pl.col("is_tied") & here),
            _TWO_RECORDS,
            keys=[*keys, name],
            evidence=["status"],
            note=True,
        )
        for side, name in zip(sides, held_by, strict=True)
    ]
    return pl.concat([*missing, *negative, *tied])
