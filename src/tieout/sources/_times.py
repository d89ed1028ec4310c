"""Columns of days and moments."""

import re

import attrs
import polars as pl

from tieout.errors import InputError
from tieout.sources._columns import EMPTY_WORDS, Column, resolve, without
from tieout.sources._dates import (
    LACKS_YEAR,
    PLAIN_DAY,
    PLAIN_MOMENT,
    parse_dates,
    parse_moments,
    plain_days,
    plain_moments,
)
from tieout.sources._faults import CellFault, Conventions, Parsed, Unreadable

__all__ = ["Date", "Moment"]


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
        given = without(cells, EMPTY_WORDS)
        cells = _year_first(given, self.day_first)
        date_format = self.format or conventions.date_format
        _require_year(self, cells, conventions, date_format)
        values = parse_dates(cells, month=conventions.month, date_format=date_format).alias(self.name)
        return Parsed(values=values, faults=_date_faults(self, given, values, date_format))


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
        given = without(cells, EMPTY_WORDS)
        cells = _year_first(given, self.day_first)
        date_format = self.format or conventions.date_format
        _require_year(self, cells, conventions, date_format)
        zone = self.timezone or conventions.timezone
        values, homeless = parse_moments(cells, timezone=zone, month=conventions.month, date_format=date_format)
        if homeless.any():
            raise InputError(
                f"column {self.caption!r} holds times without a time zone, such as {cells.filter(homeless)[0]!r}",
                where=conventions.where,
                hint="say where they were written, such as timezone='Asia/Shanghai'",
            )
        values = values.alias(self.name)
        return Parsed(values=values, faults=_date_faults(self, given, values, date_format))


def _year_first(cells: pl.Series, separators: str) -> pl.Series:
    """The dates with these separators, the year first; others as they are."""
    if not separators:
        return cells
    mark = f"[{re.escape(separators)}]"
    return cells.str.replace(rf"^(\d{{1,2}}){mark}(\d{{1,2}}){mark}(\d{{4}})", "${3}-${2}-${1}")


def _require_year(column: Column, cells: pl.Series, conventions: Conventions, date_format: str | None) -> None:
    if conventions.month is not None or date_format is not None:
        return
    lacking = cells.filter(cells.str.contains(LACKS_YEAR).fill_null(value=False))
    if len(lacking):
        raise InputError(
            f"column {column.caption!r} holds dates without a year, such as {lacking[0]!r}, and the file says no period",
            where=conventions.where,
            hint="say which month the bill is for, such as bill_month='2026-07'",
        )


def _date_faults(column: Column, cells: pl.Series, values: pl.Series, date_format: str | None) -> list[CellFault]:
    example = (
        f"a date like {date_format}" if date_format else "a date such as 2026-10-03, or date_format=... for another way"
    )

    def slowly(_: str) -> None:
        raise Unreadable("date.unreadable", "is not a date", example)

    return resolve(column, cells, values, slowly)[1]
