"""Statuses: which stage a case is in on its platform and in the books, as data (`domain.md` 2.7, C43)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

import polars as pl

from tieout.errors import InputError
from tieout.model import ReturnStatus

__all__ = ["STAGES", "order_is_over_expr", "stage_expr", "status_maps"]

STAGES: Final = ("open", "done", "refused")
_DEFAULT: Final = "default"
_ORDERS: Final = "orders"


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    text = (resources.files("tieout.reconciliations._after_sales") / "statuses.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def status_maps(own: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The stage of each status by platform, with the caller's own on top; `default` holds for all others.

    Raises:
        InputError: A status or a stage is unknown.
    """
    known = {status.value for status in ReturnStatus}
    for platform, stages in own.items():
        for status, stage in stages.items():
            if status not in known or stage not in STAGES:
                raise InputError(
                    f"{platform!r} gives {status!r} the stage {stage!r}; a case has one of {', '.join(STAGES)}",
                    where="statuses_of_cases",
                )
    tables = {name: dict(table) for name, table in _tables().items() if name != _ORDERS}
    for platform, stages in own.items():
        tables[platform] = {**tables.get(platform, {}), **stages}
    return tables


def stage_expr(maps: Mapping[str, Mapping[str, str]]) -> pl.Expr:
    """The stage of a case by its `platform` and `status`; null without a status.

    Args:
        maps: Of `status_maps`.
    """
    stage = pl.col("status").replace_strict(dict(maps[_DEFAULT]), default=None, return_dtype=pl.String)
    for platform, stages in sorted(maps.items()):
        if platform != _DEFAULT:
            own = pl.col("status").replace_strict(dict(stages), default=None, return_dtype=pl.String)
            stage = pl.when(pl.col("platform") == platform).then(pl.coalesce(own, stage)).otherwise(stage)
    return stage


def order_is_over_expr() -> pl.Expr:
    """Whether an order's `status` is one that it may have once all of it is refunded."""
    return pl.col("status").is_in(list(_tables()[_ORDERS]))
