"""The order of day and month in dates with both before the year, which follows the country of whoever wrote the file.

A number above 12 is a day, and one such date tells the order of the whole file. Where none does, the usual order of the program
is taken and a note says so, or the caller says `date_order`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import polars as pl

from tieout.errors import InputError
from tieout.sources._reading import Reading

__all__ = ["DATE_ORDER_OPTION", "date_order"]

DATE_ORDER_OPTION: Final[Mapping[str, str]] = MappingProxyType(
    {"date_order": "'mdy' or 'dmy', where no day above 12 tells it"}
)
"""The option of formats that use `date_order`."""

_DAY: Final = r"^(\d{1,2})([/.-])(\d{1,2})[/.-](\d{2}|\d{4})$"
_ORDERS: Final = {"mdy": "%m{0}%d{0}", "dmy": "%d{0}%m{0}"}
_MONTHS, _SHORT_YEAR = 12, 2


def date_order(usual: str, *captions: str) -> Callable[[Reading], str | None]:
    """What tells how a file writes its dates, for `TableFormat.date_format_of`.

    Of files that write the year first, or the month by its name, it says nothing.

    Args:
        usual: `mdy` or `dmy`, the order where nothing tells it.
        *captions: The ways in which the column of dates is called.
    """

    def date_format(reading: Reading) -> str | None:
        said = reading.options.own.get("date_order")
        if said is not None and said not in _ORDERS:
            raise InputError(f"date_order is 'mdy' or 'dmy', got {said!r}")
        cells = reading.cells(*captions)
        days = pl.Series([], dtype=pl.String) if cells is None else cells.drop_nulls().str.replace(r"\s.*$", "")
        days = days.filter(days.str.contains(_DAY))
        parts = days.str.extract_groups(_DAY).struct.unnest()
        if parts.is_empty():
            return None
        first, mark, second, year = parts.columns
        mark_of_file = parts[mark].mode().sort()[0]
        years = "%y" if parts.select((pl.col(year).str.len_chars() == _SHORT_YEAR).all()).item() else "%Y"
        order = said or _told_order(reading, parts[first], parts[second], usual, example=str(days[0]))
        return _ORDERS[order].format(mark_of_file) + years

    return date_format


def _told_order(reading: Reading, first: pl.Series, second: pl.Series, usual: str, *, example: str) -> str:
    """The order that a number above 12 tells; the usual one, with a note, where none does or they tell both."""
    is_day_first, is_day_second = ((numbers.cast(pl.Int64) > _MONTHS).any() for numbers in (first, second))
    if is_day_first != is_day_second:
        return "dmy" if is_day_first else "mdy"
    words = "the day" if usual == "dmy" else "the month"
    why = "tell both orders" if is_day_first else "do not tell which is the day and which the month"
    reading.note(
        "date.order_assumed",
        f"the dates, such as {example!r}, {why}: they are read with {words} first; date_order=... says otherwise",
    )
    return usual
