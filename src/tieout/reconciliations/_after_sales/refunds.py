"""Refunds in their versions: which one counts, what it says is to be refunded, and since when."""

from typing import Final

import polars as pl

from tieout.model import Refund
from tieout.outcome import CarryForward
from tieout.reconciliations._common.sides import SCOPE, Role, Side, local_day, take
from tieout.reconciliations._common.versions import LISTED_TWICE, refund_order
from tieout.tables import FrameLike

__all__ = ["AGREED", "ASKED", "EARLIER", "ENDED", "SUCCEEDED", "take_refunds", "with_changes"]

SUCCEEDED: Final = "succeeded"
AGREED: Final = "agreed"
ASKED: Final = "asked"
ENDED: Final = "closed"
EARLIER: Final = "an earlier version"
_STAGES: Final = {
    "requested": ASKED,
    "approved": AGREED,
    "processing": AGREED,
    "failed": AGREED,
    "retrying": AGREED,
    "succeeded": SUCCEEDED,
    "closed": ENDED,
}
"""Stages by the status of a refund: one that failed is still owed."""
_NUMBER: Final = (*SCOPE, "refund_id")
_MOMENTS: Final = ("succeeded_at", "approved_at", "applied_at", "created_at")


def take_refunds(name: str, given: FrameLike, *, role: Role, opening: CarryForward | None, timezone: str) -> Side:
    """Refunds with `stage`, `stated_minor` (refunded, or agreed to be), `day`, `reason`, `is_latest` and `is_in_conflict`.

    The last version that succeeded counts, for such a refund is never changed; else the last one (`domain.md` 2.7, C59). Rows of
    one version are exports of different days, of which the latest counts.

    Args:
        name: Name of the side.
        given: What the caller has.
        role: What its amounts are.
        opening: What the run before carried forward.
        timezone: Zone in which days count.
    """
    identity = pl.concat_str([pl.col("refund_id"), pl.col("version").fill_null("")], separator="\x1f")
    stage = pl.col("status").replace_strict(_STAGES, return_dtype=pl.String)
    paid = pl.when(pl.col("amount_minor") != 0).then("amount_minor")
    agreed = pl.coalesce("amount_approved_minor", paid, "amount_requested_minor", "amount_minor")
    days = [local_day(moment, timezone) for moment in _MOMENTS]
    day = pl.when(stage == SUCCEEDED).then(pl.coalesce(days)).otherwise(pl.coalesce(days[1:]))
    side = take(name, Refund, given, role=role, key=SCOPE, opening=opening, identity=identity, on=day)
    frame = side.frame.with_columns(
        stage.alias("stage"),
        pl.when(stage == SUCCEEDED).then("amount_minor").otherwise(agreed).alias("stated_minor"),
        day.alias("day"),
    )
    versions = _ranked(frame)
    older = versions.filter(~pl.col("is_latest"))["row"].implode()
    earlier = versions.filter(pl.col("is_latest") & ~pl.col("is_counted"))["row"].implode()
    is_older = pl.col("row").is_in(older)
    reason = (
        pl.when("is_repeat")
        .then(pl.lit(LISTED_TWICE))
        .when(is_older | pl.col("row").is_in(earlier))
        .then(pl.lit(EARLIER))
        .when(pl.col("stated_minor") < 0)
        .then(pl.lit("less than nothing"))
    )
    frame = frame.with_columns(
        reason.alias("reason"),
        (~is_older & ~pl.col("is_repeat")).alias("is_latest"),
        pl.col("row").is_in(versions.filter("is_in_conflict")["row"].implode()).alias("is_in_conflict"),
    )
    return side.with_frame(frame.with_columns((pl.col("is_repeat") | is_older).alias("is_repeat")))


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows of refunds that stand in several rows: `row`, `is_latest` (of its version), `is_counted` (of the refund).

    They are `is_in_conflict` where they name several orders, or say two amounts in one version of one moment.
    """
    several = frame.filter(~pl.col("is_repeat")).filter(pl.len().over(_NUMBER) > 1)
    first = ("status", "amount_minor", "amount_approved_minor", "amount_requested_minor")
    others = [name for name in frame.columns if name not in {"row", "is_opening", "is_repeat", *first}]
    told = several.with_columns(
        (pl.col("stage") == SUCCEEDED).alias("is_done"),
        pl.max_horizontal(_MOMENTS).alias("latest"),
        pl.struct(*first, *others).struct.json_encode().alias("content"),
    ).with_columns(_in_conflict().alias("is_in_conflict"))
    order = [
        pl.col("is_done"),
        pl.col("latest"),
        pl.col("platform_order_id").is_not_null(),
        pl.col("content"),
        -pl.col("row"),
    ]
    of_version = told.sort(order, descending=True, nulls_last=True)
    latest = pl.int_range(pl.len()).over(*_NUMBER, "version") == 0
    of_version = of_version.with_columns(latest.alias("is_latest"))
    wanted = [pl.col("is_latest"), pl.col("is_done"), *refund_order()]
    counted = pl.int_range(pl.len()).over(_NUMBER) == 0
    return of_version.sort(wanted, descending=True, nulls_last=True).with_columns(counted.alias("is_counted"))


def _in_conflict() -> pl.Expr:
    orders = pl.col("platform_order_id").drop_nulls().n_unique().over(_NUMBER)
    money = pl.struct("stated_minor", "currency").n_unique().over(*_NUMBER, "version", "stage", "latest")
    return (orders > 1) | (money > 1).any().over(_NUMBER)


def with_changes(side: Side) -> pl.DataFrame:
    """The refunds that count, with `amounts` (all that their versions have said) and `agreed_minor` (the last agreed).

    Args:
        side: As `take_refunds` gives it.
    """
    said = ("amount_requested_minor", "amount_approved_minor", "amount_minor")
    rows = side.frame.filter("is_latest")
    every = pl.concat([rows.select(*_NUMBER, "currency", pl.col(name).alias("said")) for name in said])
    amounts = (
        every.filter(pl.col("said") > 0)
        .unique()
        .sort(*_NUMBER, "currency", "said", nulls_last=True)
        .group_by(*_NUMBER, "currency", maintain_order=True)
        .agg(pl.col("said").alias("amounts"))
    )
    counted = side.frame.filter(pl.col("reason").is_null())
    counted = counted.join(amounts, on=[*_NUMBER, "currency"], how="left", nulls_equal=True, maintain_order="left")
    counted = counted.join(_agreed_before(side.frame), on="row", how="left", maintain_order="left")
    return counted.with_columns(pl.coalesce("amount_approved_minor", "agreed_before").alias("agreed_minor"))


def _agreed_before(frame: pl.DataFrame) -> pl.DataFrame:
    """What was agreed last before each row of a refund that stands in several: `row`, `agreed_before`."""
    several = frame.filter((pl.col("reason") != LISTED_TWICE).fill_null(value=True)).filter(pl.len().over(_NUMBER) > 1)
    ordered = several.sort([*refund_order(), pl.max_horizontal(_MOMENTS), "stated_minor"], nulls_last=False)
    agreed = pl.when(pl.col("stage") == AGREED).then("stated_minor").forward_fill().over(*_NUMBER, "currency")
    return ordered.select("row", agreed.alias("agreed_before"))
