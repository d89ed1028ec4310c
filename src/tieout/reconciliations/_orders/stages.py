"""Stages: how far an order has come, in words that a platform and an ERP share (`domain.md` 2.7)."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import polars as pl

from tieout.reconciliations._common.sides import Side, local_day

__all__ = ["in_chinese_expr", "is_expected_expr", "stages"]

_STAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "created": "unpaid",
        "paid": "to ship",
        "partially_shipped": "to ship",
        "shipped": "shipped",
        "signed": "shipped",
        "completed": "shipped",
        "rejected": "closed",
        "closed": "closed",
    }
)
"""Stage of each status: what a merchant has to do about the order, which both systems must know alike."""
_ZH: Final[Mapping[str, str]] = MappingProxyType(
    {"unpaid": "未付款", "to ship": "待发货", "shipped": "已发货", "closed": "已关闭"}
)
_ORDER: Final = tuple(_ZH)
_PAID: Final = ("paid", "partially_shipped", "shipped", "signed", "completed")


def is_expected_expr() -> pl.Expr:
    """Whether an order is to be in the ERP: it was paid, or is cash on delivery and not closed, or does not say its status."""
    open_ = pl.col("closed_at").is_null() & (pl.col("status") != "closed").fill_null(value=True)
    return (
        pl.col("paid_at").is_not_null()
        | pl.col("status").is_in(_PAID).fill_null(value=False)
        | (open_ & (pl.col("is_cod").fill_null(value=False) | pl.col("status").is_null()))
    )


def in_chinese_expr(stage: str) -> pl.Expr:
    """A stage for Chinese sentences, as `<stage>_zh`.

    Args:
        stage: Column of the stage.
    """
    return pl.col(stage).replace_strict(dict(_ZH), default=None, return_dtype=pl.String).alias(f"{stage}_zh")


def stages(sides: tuple[Side, Side], moments: Sequence[str], timezone: str) -> pl.DataFrame:
    """How far each unit has come on both sides.

    Args:
        sides: The platform's orders and the ERP's, with `unit`.
        moments: Columns of moments.
        timezone: Zone of a day.

    Returns:
        `unit`, `stage`, `status`, `erp_stage`, `erp_status` (of several parts the one that is least far), `touched_on` (the day
        of the last moment that either side knows).
    """
    ours, theirs = (_of_side(side, moments, timezone) for side in sides)
    both = ours.join(
        theirs.rename({"stage": "erp_stage", "status": "erp_status"}), on="unit", how="full", coalesce=True
    )
    return both.with_columns(pl.max_horizontal("touched_on", "touched_on_right").alias("touched_on")).drop(
        "touched_on_right"
    )


def _of_side(side: Side, moments: Sequence[str], timezone: str) -> pl.DataFrame:
    status = pl.col("status").cast(pl.String)
    rank = status.replace_strict(
        {code: _ORDER.index(stage) for code, stage in _STAGES.items()}, default=None, return_dtype=pl.Int8
    )
    rows = side.compared.select(
        "unit",
        status.alias("status"),
        rank.alias("rank"),
        pl.max_horizontal(local_day(name, timezone) for name in moments).alias("touched_on"),
    )
    least = (
        rows.sort("unit", "rank", "status", nulls_last=True)
        .unique("unit", keep="first", maintain_order=True)
        .select(
            "unit", "status", status.replace_strict(dict(_STAGES), default=None, return_dtype=pl.String).alias("stage")
        )
    )
    last = rows.group_by("unit").agg(pl.col("touched_on").max())
    return least.join(last, on="unit", maintain_order="left")
