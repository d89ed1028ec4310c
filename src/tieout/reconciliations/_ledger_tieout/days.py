"""Days: which of the days of a balance counts, and since when what does not agree has stood.

A balance is what stands at the end of a day. What the run before carried of an earlier day is no balance beside that of a later
one: it tells how much of the later difference stood already.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tieout.reconciliations._common.sides import Side
from tieout.reconciliations._ledger_tieout.taking import AT
from tieout.reconciliations._ledger_tieout.words import CUT_OFF_TYPES

__all__ = ["EARLIER_DAY", "cut_off_notes", "earlier_units", "parts_by_day", "with_since"]

EARLIER_DAY: Final = "an earlier day"
_OF: Final = [*AT, "currency"]


def earlier_units(sides: Sequence[Side]) -> pl.Series:
    """The units of days that were carried in, where a later day of the same is compared.

    Args:
        sides: Balances with `unit`, of the period.
    """
    rows = pl.concat([side.compared.select("unit", *_OF, "as_of", "is_opening") for side in sides])
    is_earlier = pl.col("as_of") < pl.col("as_of").max().over(_OF)
    units = rows.with_columns(is_earlier.alias("is_earlier")).group_by("unit")
    told = units.agg(pl.col("is_earlier").all(), pl.col("is_opening").any())
    return told.filter(pl.col("is_earlier") & pl.col("is_opening"))["unit"].sort()


def _histories(units: pl.DataFrame) -> pl.DataFrame:
    """The last day of each place with the carried days before it, in their order.

    Returns:
        The units with `last`, the unit of the last day, and `back`, how many days come after theirs.
    """
    is_last = ~pl.col("is_earlier") & (pl.col("as_of") == pl.col("as_of").max().over(_OF))
    last = units.filter(is_last).select(*_OF, pl.col("unit").alias("last"))
    days = units.filter(pl.col("is_earlier") | is_last).join(last, on=_OF)
    return days.sort("last", "as_of").with_columns(
        pl.int_range(pl.len() - 1, -1, -1, dtype=pl.Int64).over("last").alias("back")
    )


def parts_by_day(units: pl.DataFrame, whole: Sequence[str]) -> pl.DataFrame:
    """What no document explains, by the day since which it has stood.

    What has stood since a day is the smallest that the difference has been since, less what stood before it. A day on which it
    was of the other sign, of another type or within the tolerance had none of it. A part within the tolerance is none of its own.

    Args:
        units: One row per place and day: `unit`, `as_of`, `is_earlier`, `rest` (the difference), `kind` (its type), `is_off` and
            `allowed_minor`.
        whole: Types that are not taken apart: of them the first day counts.

    Returns:
        `unit`, `since` and `part`, which sums to `rest`; rows for the days that count and are off.
    """
    days = _histories(units)
    same = (
        pl.col("is_off").last().over("last") & pl.col("is_off") & (pl.col("kind") == pl.col("kind").last().over("last"))
    )
    rest, now = pl.col("rest"), pl.col("rest").last().over("last")
    height = pl.when(pl.col("kind").is_in(list(whole))).then(now.abs()).otherwise((rest * now.sign()).clip(0))
    stood = pl.when(same).then(height).otherwise(0).cum_min(reverse=True).over("last")
    parts = days.with_columns(stood.alias("stood"), now.sign().alias("sign")).with_columns(
        (pl.col("stood") - pl.col("stood").shift(1, fill_value=0).over("last")).alias("part"),
        pl.col("allowed_minor").last().over("last").alias("allowed"),
    )
    parts = parts.filter(pl.col("part") > 0).with_columns(
        (pl.col("part") > pl.col("allowed")).cast(pl.Int64).cum_sum().over("last").alias("nth")
    )
    taken = (
        parts.with_columns(pl.col("nth").clip(1))
        .group_by(pl.col("last").alias("unit"), "nth")
        .agg(pl.col("as_of").min().alias("since"), (pl.col("part") * pl.col("sign")).sum().alias("part"))
        .drop("nth")
    )
    others = units.filter(~pl.col("is_earlier") & pl.col("is_off") & ~pl.col("unit").is_in(days["last"].implode()))
    return pl.concat([taken, others.select("unit", pl.col("as_of").alias("since"), pl.col("rest").alias("part"))]).sort(
        "unit", "since"
    )


def with_since(documents: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Documents of the days that count, with `since`: the first of the days up to theirs on each of which they are amiss.

    Args:
        documents: Of `documents_of`, of all days.
        units: One row per place and day: `unit`, `as_of`, `is_earlier`.
    """
    days = _histories(units).select("unit", "last", "back", pl.col("as_of").alias("since"))
    of = ["last", "refers_to"]
    amiss = documents.select("unit", "refers_to").join(days, on="unit").sort(*of, "back")
    unbroken = amiss.filter(pl.col("back") == pl.int_range(pl.len()).over(of))
    first = unbroken.group_by(pl.col("last").alias("unit"), "refers_to").agg(pl.col("since").min())
    counted = documents.join(units.filter(~pl.col("is_earlier")).select("unit"), on="unit", how="semi")
    return counted.join(first, on=["unit", "refers_to"], how="left", maintain_order="left").with_columns(
        pl.coalesce("since", "as_of")
    )


def cut_off_notes(documents: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Documents that the day before the last one had differently, and that make no difference now: booked on another day.

    Args:
        documents: Of `documents_of`, of all days.
        units: One row per place and day: `unit`, `as_of`, `is_earlier` and `is_given` (of which something is read now).

    Returns:
        The documents with `since`, the day before, and as `unit` that of the last day.
    """
    days = _histories(units)
    is_asked = (pl.col("back") == 1) & pl.col("is_given").last().over("last")
    before = days.filter(is_asked).select("unit", "last", pl.col("as_of").alias("since"))
    past = documents.filter(pl.col("fault").is_in(list(CUT_OFF_TYPES))).join(before, on="unit").drop("unit")
    past = past.rename({"last": "unit"})
    return past.join(documents.select("unit", "refers_to"), on=["unit", "refers_to"], how="anti", maintain_order="left")
