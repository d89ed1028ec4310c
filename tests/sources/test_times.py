"""Days and moments as files write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import InputError
from tieout.sources import Date, Moment
from tieout.sources._dates import parse_dates, parse_moments, parse_period
from tieout.sources._faults import Conventions

DAY = date(2026, 10, 3)


def dates(*texts, **more):
    return parse_dates(pl.Series(texts, dtype=pl.String), **more).to_list()


def moment(text, timezone="Asia/Shanghai", **more):
    return parse_moments(pl.Series([text]), timezone=timezone, **more)[0][0]


@pytest.mark.parametrize(
    "text",
    ["2026-10-03", "2026/10/3", "2026/10/03", "20261003", "2026.10.03", "2026年10月3日", "2026-10-03 12:30:05", "2026/10/3 12:30",
     "2026-10-03T12:30:05+08:00", "`2026-10-03", "'2026-10-03", "2026-10-03\t", "２０２６".replace("２０２６", "2026") + "-10-03", "46298", "46298.75"],
)  # fmt: skip
def test_the_usual_ways_of_a_day_are_known(text):
    assert [DAY] == dates(text)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "07/01/2026", "03.10.2026", "1,5", "12345", "999999", "x", "0020-04-01"]
)
def test_what_names_no_day_is_none(text):
    assert [None] == dates(text)


def test_a_day_without_year_gets_the_year_that_puts_it_before_the_months_end():
    texts = ("07-01", "7月1日", "12/31", "08-01")

    assert [date(2026, 7, 1), date(2026, 7, 1), date(2025, 12, 31), date(2025, 8, 1)] == dates(
        *texts, month=date(2026, 7, 1)
    )


def test_a_leap_day_of_no_leap_year_is_none():
    assert [None, date(2028, 2, 29)] == [
        *dates("02-29", month=date(2026, 3, 1)),
        *dates("02-29", month=date(2028, 3, 1)),
    ]


def test_a_given_format_is_the_only_one():
    assert [date(2026, 7, 1), None] == dates("01/07/2026", "2026-07-01", date_format="%d/%m/%Y")
    assert [date(2017, 12, 1)] == dates("Dec 1, 2017", date_format="%b %d, %Y")
    assert [None] == dates("01/04/20", date_format="%d/%m/%Y")


def test_moments_are_in_the_files_zone_unless_they_say_another():
    assert datetime(2026, 10, 3, 4, 30, 5, tzinfo=UTC) == moment("2026-10-03 12:30:05")
    assert datetime(2026, 10, 3, 12, 30, 5, tzinfo=UTC) == moment("2026-10-03T12:30:05Z")
    assert datetime(2026, 10, 3, 17, 0, 5, tzinfo=UTC) == moment("2026-10-03 12:30:05 -0430")
    assert datetime(2026, 10, 3, 4, 30, 5, 120_000, tzinfo=UTC) == moment("2026-10-03 12:30:05.12")
    assert datetime(2026, 10, 2, 16, 0, tzinfo=UTC) == moment("2026-10-03")
    assert datetime(2014, 11, 10, 8, 33, 45, tzinfo=UTC) == moment("2014-11-10 16：33：45")


def test_a_time_that_the_clock_change_skips_or_repeats_names_no_moment():
    assert [None, None] == [moment(text, "America/New_York") for text in ("2026-03-08 02:30:00", "2026-11-01 01:30:00")]


@given(st.datetimes(datetime(1992, 1, 1), datetime(2150, 12, 31)))  # noqa: DTZ001 - China had summer time until 1991
def test_any_moment_is_read_back(value):
    value = value.replace(microsecond=0)
    expected = value.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)

    assert expected == moment(value.isoformat(sep=" "))
    assert expected == moment(f"{value:%Y/}{value.month}/{value.day} {value:%H:%M:%S}")


@given(st.dates(date(1980, 1, 1), date(2079, 12, 30)))
def test_serial_numbers_are_the_days_of_a_spreadsheet(day):
    assert [day] == dates(str((day - date(1899, 12, 30)).days))


def test_times_without_zone_are_refused_when_nobody_gave_one():
    column = Moment("发货时间", to="shipped_at")

    with pytest.raises(
        InputError, match="column '发货时间' holds times without a time zone, such as '2026-07-01 08:00'"
    ):
        column.parse(pl.Series(["2026-07-01 08:00"]), Conventions(where="x.csv", currency=None))
    assert 1 == len(column.parse(pl.Series(["2026-07-01T08:00Z"]), Conventions(where="x.csv", currency=None)).values)


def test_days_without_year_are_refused_when_nobody_knows_the_month():
    with pytest.raises(InputError, match=r"x\.csv: column '日期' holds dates without a year, such as '07-01'"):
        Date("日期", to="ship_date").parse(pl.Series(["07-01"]), Conventions(where="x.csv", currency=None))


def test_a_period_is_two_days_in_order():
    assert (date(2025, 11, 1), date(2025, 11, 26)) == parse_period("20251101_20251126")
    assert None is parse_period("2026-07-31 - 2026-07-01")
    assert None is parse_period("2026-07")
