"""Naming units: the identifiers, day and source by which people find what was compared."""

from collections.abc import Sequence

import polars as pl

from tieout.reconciliations._common.findings import SOURCE
from tieout.reconciliations._common.sides import Role, Side
from tieout.tables._keys import ordered

__all__ = ["listed", "named_units"]

_LAST = ", the last"
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
    saying = [side.frame.select("unit", *(key for key in keys if key in side.frame.columns)) for side in sides]
    rows = pl.concat(saying, how="diagonal")
    bounds = [(pl.col(key).min(), pl.col(key).max().alias(f"{key}{_LAST}")) for key in keys]
    ends = rows.group_by("unit").agg(*(bound for pair in bounds for bound in pair))
    several = [
        key for key in keys if (ends[key] != ends[f"{key}{_LAST}"]).any()
    ]  # nearly every unit has one value of each
    parts = [ends.select("unit", *(key for key in keys if key not in several))]
    parts += [listed(rows, "unit", key, most=_SHOWN_MAX) for key in several]
    named = totals
    for part in (*parts, _days(sides), _sources(sides)):
        named = named.join(part, on="unit", how="left", maintain_order="left")
    return named.select(*totals.columns, *keys, "on", *SOURCE)


def listed(rows: pl.DataFrame, by: str, column: str, *, most: int | None = None) -> pl.DataFrame:
    """The different values of each group, joined by a comma in their order: one row per group that has any.

    Args:
        rows: The rows.
        by: Column of the group.
        column: Column of text.
        most: So many values are written out; None for all.
    """
    said = rows.select(by, column).drop_nulls()
    ends = said.group_by(by).agg(pl.col(column).min(), pl.col(column).max().alias("last"))
    several = ends.filter(pl.col(column) != pl.col("last"))
    if not several.height:  # nearly every group has one value
        return ends.drop("last")
    values = pl.col(column).unique().sort()
    joined = (
        said.join(several.select(by), on=by, how="semi")
        .group_by(by)
        .agg((values if most is None else values.head(most)).str.join(","))
    )
    return pl.concat([ends.filter(pl.col(column) == pl.col("last")).drop("last"), joined])


def _days(sides: Sequence[Side]) -> pl.DataFrame:
    parts = [side.frame.select("unit", "on", pl.lit(side.role is not Role.EXPECTED).alias("later")) for side in sides]
    first, other = (pl.when(later).then("on").min() for later in (~pl.col("later"), pl.col("later")))
    days = pl.concat(parts).drop_nulls("on").group_by("unit").agg(first.alias("on"), other.alias("other"))
    return days.select("unit", pl.coalesce("on", "other"))


def _sources(sides: Sequence[Side]) -> pl.DataFrame:
    parts = [side.frame.select("unit", pl.lit(side.role is not Role.ACTUAL).alias("later"), *SOURCE) for side in sides]
    rows = pl.concat(parts)
    spot = rows.select(pl.col("unit") * 2 + pl.col("later")).to_series()
    order = ordered(rows, spot, [pl.col(name) for name in ("source_file", "source_sheet", "source_line")])
    units = rows["unit"].gather(order)
    return rows.select("unit", *SOURCE)[order.filter(units.ne_missing(units.shift()))]
