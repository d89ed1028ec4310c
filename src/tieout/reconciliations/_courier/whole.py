"""What a part of a run is told of the whole, where the records are too many for one machine and each part has some of them."""

from typing import TYPE_CHECKING

import attrs
import polars as pl

from tieout.reconciliations._courier.editions import no_editions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from tieout.reconciliations._courier.months import MonthFigures

__all__ = ["FIGURES", "FOUND", "LOST", "Whole"]

FOUND: dict[str, pl.DataType] = {
    "key": pl.String(),
    "own": pl.String(),
    "rule": pl.String(),
    "score": pl.Float64(),
    "status": pl.String(),
}
"""Columns of pairs: `key` is a billed number, `own` that of a parcel."""
LOST: dict[str, pl.DataType] = {"tracking_no": pl.String(), "prefix": pl.String()}
"""Columns of our own numbers that were cut short, with the digits that are left."""
FIGURES: dict[str, pl.DataType] = {
    "bill_no": pl.String(),
    "currency": pl.String(),
    "lines_minor": pl.Int64(),
    "lines_found": pl.Int64(),
    "parcels_found": pl.Int64(),
}
"""Columns of what the lines of each bill make."""


def _no_names() -> pl.Series:
    return pl.Series("bill_no", [], dtype=pl.String)


def _no_months() -> pl.Series:
    return pl.Series("month", [], dtype=pl.Date)


def _none(columns: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(schema=columns)


@attrs.frozen(kw_only=True, eq=False)
class Whole:
    """What the run as a whole knows and a part of it cannot.

    Records that have to do with each other are in one part: the lines of a number, its parcel, its cases, and what a damaged
    number was found to be. The bill headers are known in every part and are compared in one of their own, which has no lines.

    Attributes:
        is_unnumbered: Whether no charge that was given says its bill.
        bills: Bills under audit.
        bills_anew: Bills of the history that was given.
        found: Pairs of numbers that are not equal, of `FOUND`.
        lost: Of `LOST`.
        whole_bills: Bills whose header is not settled, or is recent: their lines are carried together.
        open_months: First days of months of which something is missing.
        figures: For the part of the headers what the lines of each bill make, of `FIGURES`; None for a part of lines.
        kept_bills: For the part of the headers the bills of which lines are carried.
        months: For the part of the headers what months as a whole are decided by; None where they are not decided.
        still_open: First days of months of which an earlier run missed something.
        replaced: Editions of bills that another takes the place of, of `EDITIONS`.
        bills_here: Bills that were given and are of the period that the opening opens, or later.
    """

    is_unnumbered: bool = False
    bills: pl.Series = attrs.field(factory=_no_names)
    bills_anew: pl.Series = attrs.field(factory=_no_names)
    found: pl.DataFrame = attrs.field(factory=lambda: _none(FOUND))
    lost: pl.DataFrame = attrs.field(factory=lambda: _none(LOST))
    whole_bills: pl.Series = attrs.field(factory=_no_names)
    open_months: pl.Series = attrs.field(factory=_no_months)
    figures: pl.DataFrame | None = None
    kept_bills: pl.Series = attrs.field(factory=_no_names)
    months: "MonthFigures | None" = None
    still_open: "Sequence[date]" = ()
    replaced: pl.DataFrame = attrs.field(factory=no_editions)
    bills_here: pl.Series = attrs.field(factory=_no_names)

    @property
    def has_headers(self) -> bool:
        """Whether this is the part that compares the bill headers."""
        return self.figures is not None
