"""Naming units: the identifiers, day and source by which people find what was compared."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.sides import Role, Side

__all__ = ["named_units"]

_SHOWN_MAX = 20  # ids of a unit that are written out; a payout of thousands of lines is named by its own number


def named_units(totals: pl.DataFrame, sides: Sequence[Side], keys: Sequence[str]) -> pl.DataFrame:
    """Units with their identifiers, their day and where they were read.

    Several values of one identifier are joined by a comma, in the order of their names. The day is the first one of what should
    be there, else of what is there; the source is that of what is there, else of what should be.

    Args:
        totals: One row per unit.
        sides: Sides with `unit`, those that should be there before those that are.
        keys: Columns of any of the sides.
    """
    named = totals
    for key in keys:
        having = [side.frame.select("unit", key) for side in sides if key in side.frame.columns]
        values = pl.concat(having).drop_nulls().unique().sort("unit", key)
        joined = values.group_by("unit", maintain_order=True).agg(pl.col(key).head(_SHOWN_MAX).str.join(","))
        named = named.join(joined, on="unit", how="left", maintain_order="left")
    return named.join(_days(sides), on="unit", how="left", maintain_order="left").join(
        _sources(sides), on="unit", how="left", maintain_order="left"
    )


def _days(sides: Sequence[Side]) -> pl.DataFrame:
    parts = [side.frame.select("unit", "on", pl.lit(side.role is not Role.EXPECTED).alias("later")) for side in sides]
    return (
        pl.concat(parts).drop_nulls("on").sort("unit", "later", "on").unique("unit", keep="first").select("unit", "on")
    )


def _sources(sides: Sequence[Side]) -> pl.DataFrame:
    parts = [side.frame.select("unit", pl.lit(side.role is not Role.ACTUAL).alias("later"), *SOURCE) for side in sides]
    order = ("unit", "later", "source_file", "source_sheet", "source_line")
    return pl.concat(parts).sort(order, nulls_last=True).unique("unit", keep="first").select("unit", *SOURCE)
