"""Calendars: which days are working days, so that "three working days" means what the calendar on the wall says."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Protocol

import attrs
import holidays

from tieout.errors import CasebookError

__all__ = ["Calendar", "HolidayCalendar", "WeekCalendar"]

_SATURDAY = 5
_DAY = timedelta(days=1)
_MOVING = frozenset({"CN"})
"""Countries whose government moves working days to weekends year by year, which no rule foretells."""


class Calendar(Protocol):
    """What counts working days; anything with these three methods will do."""

    def is_working_day(self, day: date) -> bool:
        """Whether people work on the day."""
        ...

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after a day, which itself does not count."""
        ...

    def doubt(self, day: date) -> str | None:
        """Why the answer for a day is not certain; None where it is."""
        ...


def _add(calendar: Calendar, day: date, n: int) -> date:
    if n < 0:
        raise CasebookError(f"working days are not negative, got {n}", where="add_working_days")
    while n:
        day += _DAY
        n -= calendar.is_working_day(day)
    return day


@attrs.frozen
class WeekCalendar:
    """Monday to Friday, without holidays.

    Example:
        >>> WeekCalendar().add_working_days(date(2026, 9, 30), 3)
        datetime.date(2026, 10, 5)
    """

    def is_working_day(self, day: date) -> bool:
        """Whether it is one of Monday to Friday."""
        return day.weekday() < _SATURDAY

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after a day, which itself does not count."""
        return _add(self, day, n)

    def doubt(self, _day: date) -> str | None:
        """None: a week is certain."""
        return None


@attrs.frozen(eq=False)
class HolidayCalendar:
    """Working days of a country by the library `holidays`, with the weekends on which people work to make up for a bridge (调休).

    China tells its moved days a year ahead. In a year that the library has no such data of, the holidays of the law count and
    weekends are free; before and after the years that it knows at all, Monday to Friday count. `doubt` tells both.

    Attributes:
        country: ISO 3166 code, such as `CN`.
        subdivision: Its province or state, where the holidays differ; None for the whole country.

    Example:
        >>> HolidayCalendar("CN").add_working_days(date(2026, 9, 30), 3)
        datetime.date(2026, 10, 10)
    """

    country: str = "CN"
    subdivision: str | None = None
    _days: Any = attrs.field(init=False, repr=False)

    @_days.default
    def _of_country(self) -> Any:  # noqa: ANN401 - a dict of the library that fills itself
        try:
            return holidays.country_holidays(self.country, subdiv=self.subdivision)
        except NotImplementedError as cause:
            place = "/".join(filter(None, (self.country, self.subdivision)))
            raise CasebookError(f"the library holidays knows no {place}", where="HolidayCalendar") from cause

    def is_working_day(self, day: date) -> bool:
        """Whether people work on the day."""
        if not self._is_known(day):
            return day.weekday() < _SATURDAY
        return bool(self._days.is_working_day(day))

    def add_working_days(self, day: date, n: int) -> date:
        """The n-th working day after a day, which itself does not count."""
        return _add(self, day, n)

    def doubt(self, day: date) -> str | None:
        """Why the answer for a day is not certain; None where it is.

        Example:
            >>> print(HolidayCalendar("CN").doubt(date(2026, 10, 10)))
            None
            >>> HolidayCalendar("CN").doubt(date(2150, 1, 4))
            'holidays of 2150 are not known for CN: Monday to Friday count'
        """
        if not self._is_known(day):
            return f"holidays of {day.year} are not known for {self.country}: Monday to Friday count"
        if self.country in _MOVING and not any(self._moved(day.year)):
            return f"moved working days of {day.year} are not known for {self.country}: holidays of the law count alone"
        return None

    def _is_known(self, day: date) -> bool:
        return bool(self._days.start_year <= day.year <= self._days.end_year)

    def _moved(self, year: int) -> Iterator[date]:
        self._days.get(date(year, 1, 1))  # it fills itself by the year that is asked for
        return (day for day in self._days.weekend_workdays if day.year == year)
