"""Records in one order, each as it was said last, whatever order they came in."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.reports.cells import SOURCE

__all__ = ["in_order", "last_refunds", "latest", "newest_cases"]

_CASE_KEY: Final = ("book_id", "platform", "shop_id", "return_id")
_CASE_NEW: Final = ("closed_at", "received_at", "returned_at", "approved_at", "applied_at")
_REFUND_KEY: Final = ("book_id", "platform", "shop_id", "refund_id")
_REFUND_NEW: Final = ("nth", "version", "succeeded_at", "approved_at", "applied_at")


def in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows as their files have them: by file and line, and where these do not tell them apart by all they say.

    Rows that are so already, as those of a close that were read file by file, are given back as they are.

    Args:
        rows: With `source_file` and `source_line`; without them they stay as they are.
    """
    if not set(SOURCE) <= set(rows.columns) or _is_in_order(rows):
        return rows
    rest = [name for name, dtype in rows.schema.items() if name not in SOURCE and not dtype.is_nested()]
    return rows.sort(*SOURCE, *rest, nulls_last=True, maintain_order=True)


def _is_in_order(rows: pl.DataFrame) -> bool:
    file, line = (pl.col(name) for name in SOURCE)
    is_next = (file > file.shift()) | ((file == file.shift()) & (line >= line.shift()))
    steps = rows.select(is_next.fill_null(value=False).alias("is_next"))["is_next"]
    return bool(steps[1:].all()) and rows.select(pl.any_horizontal(pl.col(*SOURCE).is_null()).any()).item() is not True


def latest(frame: pl.DataFrame, key: Sequence[str], by: Sequence[str]) -> pl.DataFrame:
    """One row for each key: what is newest, whatever order the rows came in; rows without a number are all kept.

    Args:
        frame: Records.
        key: Columns that name one thing, the number last.
        by: Columns by which the newest comes last.
    """
    number = key[-1]
    if not frame.filter(pl.col(number).is_not_null()).select(key).is_duplicated().any():
        return frame
    place = [name for name in SOURCE if name in frame.columns]
    ordered = frame.sort(*by, *place, nulls_last=False, maintain_order=True)
    alone = ordered.filter(pl.col(number).is_null())
    named = ordered.filter(pl.col(number).is_not_null()).unique(key, keep="last", maintain_order=True)
    return pl.concat([named, alone])


def newest_cases(cases: pl.DataFrame) -> pl.DataFrame:
    """After-sale cases, each as it was said last.

    Args:
        cases: The columns of `Return`.
    """
    return latest(cases, _CASE_KEY, _CASE_NEW)


def last_refunds(refunds: pl.DataFrame) -> pl.DataFrame:
    """Of each refund its last version, the only one that counts (`domain.md` C59); versions that are numbers count as numbers.

    Args:
        refunds: The columns of `Refund`.
    """
    if not refunds.select(_REFUND_KEY).is_duplicated().any():
        return refunds
    number = pl.col("version").str.extract(r"^(\d{1,18})$", 1).cast(pl.Int64)
    return latest(refunds.with_columns(number.alias("nth")), _REFUND_KEY, _REFUND_NEW).drop("nth")
