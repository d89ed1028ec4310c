"""Late: what rows that came after a month was locked would change of it (`domain.md` 6.2, 6.4).

The locked month stays as it is: each change is a case of the next open one.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.closing.sentences import note
from tieout.model.currency import exponent, from_units
from tieout.reports import Note

__all__ = ["REREVIEW", "of_locked", "told_of_locked"]

REREVIEW: Final = "general.rereview_change"
"""Type of the cases that a casebook opens for it."""
_LOCKED: Final = pl.col("evidence").str.json_path_match("$.closed_period")


def of_locked(cases: pl.DataFrame, period: str) -> pl.DataFrame:
    """Those of some cases that are changes of a locked period and stand in another one.

    Args:
        cases: Of the type `general.rereview_change`, as `Casebook.frame` gives them.
        period: The locked period.
    """
    return cases.filter(period == _LOCKED, pl.col("period").ne_missing(period))


def told_of_locked(cases: pl.DataFrame) -> tuple[int, tuple[Note, ...]]:
    """What late rows would change of locked periods and nobody has settled yet.

    Args:
        cases: Cases of a period, as `Casebook.frame` gives them; those of other types are not looked at.

    Returns:
        How many open cases there are, and a sentence a locked period and period of the cases, with the sum of their impacts by
        currency.
    """
    found = cases.filter(pl.col("type") == REREVIEW, "is_open")
    if not found.height:
        return 0, ()
    return found.height, tuple(_sentences(found))


def _sentences(found: pl.DataFrame) -> Iterator[Note]:
    about = found.with_columns(_LOCKED.alias("locked"))
    keys = ("locked", "period")
    counts = about.group_by(keys).len().sort(keys, nulls_last=True)
    sums = about.drop_nulls("currency").group_by(*keys, "currency").agg(pl.col("impact_minor").sum()).sort("currency")
    for locked, period, count in counts.iter_rows():
        own = sums.filter(pl.col("locked").eq_missing(locked), pl.col("period").eq_missing(period))
        amounts = [
            f"{from_units(minor, code):+,.{exponent(code)}f} {code}"
            for code, minor in own.select("currency", "impact_minor").iter_rows()
        ]
        what = note("open_case" if count == 1 else "open_cases", count=count, period=period)
        sums_said = "".join(f", {amount}" for amount in amounts)
        yield note("says_otherwise", locked=locked, what=what, sums=sums_said)
