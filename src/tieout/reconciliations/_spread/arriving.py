"""Arriving: whether each record that was read came to a bucket once, under its own number, though it was read more than once.

Spark works out again what it has lost, and a frame may have other rows then: one that samples, asks a clock, or was shuffled.
What is numbered by the first reading and taken from another would be two records under one number, or none.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from tieout._spark.parts import PLACE
from tieout.errors import InputError
from tieout.reconciliations._spread.records import ORIGINS, frame_name

__all__ = ["ARRIVED", "ARRIVED_BY", "amounts_of", "arrived_of", "require_each_once"]

ARRIVED = "arrived"
"""Name of frames that say of records that came to a bucket: `side`, and figures that add up."""
ARRIVED_BY = ("side",)
_BIG = pl.Decimal(38, 0)
_FIGURES: dict[str, pl.DataType] = {
    "side": pl.String(),
    "rows": pl.Int64(),
    "numbers": _BIG,
    "squares": _BIG,
    "amounts": _BIG,
}


def amounts_of(columns: Iterable[str]) -> pl.Expr:
    """What all amounts of some records sum to, whatever they are of: another sum is of other records.

    Args:
        columns: Their columns.
    """
    names = [name for name in columns if name.endswith("_minor")]
    sums = [pl.col(name).cast(_BIG).sum() for name in names]
    return pl.sum_horizontal(sums).cast(_BIG) if sums else pl.lit(0, dtype=_BIG)


def arrived_of(rows: Mapping[tuple[str, str], pl.DataFrame]) -> pl.DataFrame:
    """What came to a bucket, as a frame of `ARRIVED`: how many rows of each side, and sums of their numbers and amounts.

    Args:
        rows: As `records.placed` gives them.
    """
    number = pl.col(PLACE).cast(pl.Int128)
    parts = [
        frame.select(
            pl.lit(side).alias("side"),
            pl.len().cast(pl.Int64).alias("rows"),
            number.sum().cast(_BIG).alias("numbers"),
            (number * number).sum().cast(_BIG).alias("squares"),
            amounts_of(frame.columns).alias("amounts"),
        )
        for (_, side), frame in rows.items()
        if frame.height
    ]
    return pl.concat([pl.DataFrame(schema=_FIGURES), *parts])


def require_each_once(came: pl.DataFrame, arrived: pl.DataFrame | None, sides: Iterable[str], *, where: str) -> None:
    """Every record came to a bucket once, with its own number: rows of a side are numbered from 0.

    Args:
        came: Of `records.CAME`, with `amounts`.
        arrived: Of `ARRIVED`, added up; None where nothing came.
        sides: Names of the sides.
        where: Whose records they are.

    Raises:
        InputError: They did not.
    """
    arrived = pl.DataFrame(schema=_FIGURES) if arrived is None else arrived
    for side in sides:
        names = [frame_name(origin, side) for origin in ORIGINS]
        given = came.filter(pl.col("name").is_in(names))
        count, amounts = (int(given[name].sum()) for name in ("rows", "amounts"))
        own = arrived.filter(pl.col("side") == side)
        found = tuple(int(own[name].sum()) for name in ("rows", "numbers", "squares", "amounts"))
        squares = (count - 1) * count * (2 * count - 1) // 6
        if found != (count, count * (count - 1) // 2, squares, amounts):
            raise InputError(
                f"{count:,} records of {side} were counted and {found[0]:,} read, not each under its own number",
                where=where,
                hint="rows of this frame move between readings: set spark.tieout.checkpoint to true, or write it down first",
            )
