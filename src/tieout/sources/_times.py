"""Columns of days and moments."""

import re
from types import MappingProxyType
from typing import Final

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.sources._columns import EMPTY_WORDS, Column, resolve, without
from tieout.sources._dates import (
    PLAIN_DAY,
    PLAIN_MOMENT,
    parse_dates,
    parse_moments,
    plain_days,
    plain_moments,
)
from tieout.sources._faults import CellFault, Conventions, Parsed, Unreadable

__all__ = ["Date", "Moment"]

_NO_DAY: Final = (
    r"^(?:[0\s:./年月日时分秒TZ-]*0[0\s:./年月日时分秒TZ-]*"
    r"|(?:1900[-/.年]0?1[-/.月]0?[01]日?|1899[-/.]12[-/.]3[01]|0?001[-/.]0?1[-/.]0?1)(?:[T\s]0?0:00(?::00(?:\.0+)?)?)?)$"
)
"""`formats.md` 8.5, and what spreadsheets and databases show of a moment that is zero."""
_LACKS_YEAR, _LACKS_ZONE = "date.lacks_year", "date.lacks_zone"
_IS_DAY_OF_YEAR: Final = re.compile(
    r"^(?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12][0-9]|3[01])日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?$"
)
_WHAT_ALL_LACK: Final = MappingProxyType(
    {
        _LACKS_YEAR: (
            "dates without a year, such as {!r}, and the file says no period",
            "say which month the bill is for, such as bill_month='2026-07'",
        ),
        _LACKS_ZONE: (
            "times without a time zone, such as {!r}",
            "say where they were written, such as timezone='Asia/Shanghai'",
        ),
    }
)


@attrs.frozen
class Date(Column):
    """A local day; a time of day beside it is dropped.

    Attributes:
        format: How the file writes it, in the notation of `strftime`; None for the ways that `tieout` knows.
        day_first: Separators of dates whose day stands first, such as `.` for 16.06.2026.
    """

    format: str | None = attrs.field(kw_only=True, default=None)
    day_first: str = attrs.field(kw_only=True, default="")

    @property
    def plain(self) -> str | None:
        """Pattern of days as most files write them, with or without a time."""
        return PLAIN_DAY if self.format is None else None

    def of_plain(self, cells: pl.Series, conventions: Conventions) -> pl.Series | None:
        """The days of such cells."""
        return None if conventions.date_format is not None else plain_days(cells).alias(self.name)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        given = _said(cells)
        cells = _year_first(given, self.day_first)
        date_format = self.format or conventions.date_format
        values = parse_dates(cells, month=conventions.month, date_format=date_format).alias(self.name)
        return Parsed(values=values, faults=_date_faults(self, given, values, conventions))

    def require(self, cells: pl.Series, parsed: Parsed, conventions: Conventions) -> None:
        """Refuse dates that all lack their year."""
        _require(self, cells, parsed, conventions)


@attrs.frozen
class Moment(Column):
    """A point in time, to UTC by the file's time zone.

    Attributes:
        format: How the file writes it, in the notation of `strftime`; None for the ways that `tieout` knows.
        timezone: Zone of this column, whatever is said of the file, such as for a caption that ends in UTC; None for the file's.
        day_first: Separators of dates whose day stands first, such as `.` for 16.06.2026.
        also: Captions of cells that go on, such as the time of day and the letters of the zone; for each the ways of writing it.
    """

    format: str | None = attrs.field(kw_only=True, default=None)
    timezone: str | None = attrs.field(kw_only=True, default=None)
    day_first: str = attrs.field(kw_only=True, default="")
    also: tuple[tuple[str, ...], ...] = attrs.field(kw_only=True, default=())

    @property
    def plain(self) -> str | None:
        """Pattern of moments as most files write them."""
        return PLAIN_MOMENT if self.format is None else None

    def of_plain(self, cells: pl.Series, conventions: Conventions) -> pl.Series | None:
        """The moments of such cells."""
        zone = self.timezone or conventions.timezone
        if zone is None or conventions.date_format is not None:
            return None
        return plain_moments(cells, timezone=zone).alias(self.name)

    def parse(self, cells: pl.Series, conventions: Conventions) -> Parsed:
        """Values of a column."""
        given = _said(cells)
        cells = _year_first(given, self.day_first)
        date_format = self.format or conventions.date_format
        zone = self.timezone or conventions.timezone
        values, homeless = parse_moments(cells, timezone=zone, month=conventions.month, date_format=date_format)
        values = values.alias(self.name)
        if not homeless.any():
            return Parsed(values=values, faults=_date_faults(self, given, values, conventions))
        rows = homeless.arg_true()
        faults = [
            CellFault(
                row=row,
                column=self.caption,
                reason=_LACKS_ZONE,
                found=given[row],
                problem="is a time without a time zone",
                expected="its offset, or for all timezone=..., such as 'Asia/Shanghai'",
            )
            for row in rows
        ]
        read = given.scatter(rows, None)
        return Parsed(
            values=values.scatter(rows, None), faults=[*faults, *_date_faults(self, read, values, conventions)]
        )

    def require(self, cells: pl.Series, parsed: Parsed, conventions: Conventions) -> None:
        """Refuse times that all lack their zone, or their year."""
        _require(self, cells, parsed, conventions)


def _said(cells: pl.Series) -> pl.Series:
    """The cells, null where they say nothing, or the day from which a program counts its days."""
    cells = without(cells, EMPTY_WORDS)
    is_nothing = cells.str.contains(_NO_DAY).fill_null(value=False)
    return cells.zip_with(~is_nothing, pl.Series([None], dtype=pl.String)) if is_nothing.any() else cells


def _year_first(cells: pl.Series, separators: str) -> pl.Series:
    """The dates with these separators, the year first; others as they are."""
    if not separators:
        return cells
    mark = f"[{re.escape(separators)}]"
    return cells.str.replace(rf"^(\d{{1,2}}){mark}(\d{{1,2}}){mark}(\d{{4}})", "${3}-${2}-${1}")


def _require(column: Column, cells: pl.Series, parsed: Parsed, conventions: Conventions) -> None:
    lacking = [fault for fault in parsed.faults if fault.reason in _WHAT_ALL_LACK]
    if 2 * len(lacking) <= len(cells) or parsed.values.null_count() < len(cells):
        return
    what, hint = _WHAT_ALL_LACK[lacking[0].reason]
    raise InputError(
        f"column {column.caption!r} holds {what.format(lacking[0].found)}", where=conventions.where, hint=hint
    )


def _date_faults(
    column: "Date | Moment", cells: pl.Series, values: pl.Series, conventions: Conventions
) -> list[CellFault]:
    date_format = column.format or conventions.date_format
    example = (
        f"a date like {date_format}" if date_format else "a date such as 2026-10-03, or date_format=... for another way"
    )
    may_lack_year = date_format is None and conventions.month is None

    def slowly(text: str) -> None:
        if may_lack_year and _IS_DAY_OF_YEAR.match(text):
            raise Unreadable(_LACKS_YEAR, "is a date without its year", "the year, or for all bill_month=...")
        raise Unreadable("date.unreadable", "is not a date", example)

    return resolve(column, cells, values, slowly)[1]
