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
    ("text", "utc"),
    [
        ("Dec 1, 2017 12:38:23 AM PST", datetime(2017, 12, 1, 8, 38, 23, tzinfo=UTC)),
        ("May 1, 2023 12:00:16 PM PDT", datetime(2023, 5, 1, 19, 0, 16, tzinfo=UTC)),
        ("Aug 1 2026 10:00:00 UTC", datetime(2026, 8, 1, 10, tzinfo=UTC)),
        ("31 July, 2026", datetime(2026, 7, 30, 16, tzinfo=UTC)),
        ("September 3, 2026", datetime(2026, 9, 2, 16, tzinfo=UTC)),
        ("5-Jan-2026", datetime(2026, 1, 4, 16, tzinfo=UTC)),
    ],
)
def test_a_month_may_have_its_english_name(text, utc):
    assert utc == moment(text)


@pytest.mark.parametrize(
    "text",
    ["Dec 1, 2017 13:38:23 PM PST", "Dec 1, 2017 12:38:23 AM IST", "Foo 1, 2017", "Marchy 3, 2026", "Feb 30, 2026"],
)
def test_no_month_no_hour_and_a_zone_of_two_meanings_name_no_moment(text):
    assert moment(text) is None


def test_a_column_may_have_its_own_zone_and_the_day_first():
    column = Moment("Created (UTC)", to="at", timezone="UTC", day_first=".")
    said = Conventions(where="input", currency=None, timezone="Asia/Shanghai")
    cells = pl.Series(["16.06.2026 08:14:22", "2026-06-16 08:14:22", "16/06/2026"])

    parsed = column.parse(cells, said)

    assert [datetime(2026, 6, 16, 8, 14, 22, tzinfo=UTC)] * 2 == parsed.values.to_list()[:2]
    assert [2] == [fault.row for fault in parsed.faults]


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-13-01", "07/01/2026", "03.10.2026", "1,5", "12345", "999999", "x", "0020-04-01"]
)
def test_what_names_no_day_is_none(text):
    assert [None] == dates(text)


@pytest.mark.parametrize("text", ["4629８", "46298.７5", "２026-10-03", "１0-03", "3 Oct 2026 １1:00"])
def test_digits_of_full_width_name_no_day_and_fail_nothing(text):
    assert [None] == dates(text, month=DAY)
    assert moment(text, month=DAY) is None


def test_each_way_of_writing_is_found_among_others_of_its_column():
    texts = (
        "2026-10-03 08:00:07",
        "2026/10/3 8:00",
        None,
        "20261003080007",
        "2026-10-03T08:00:07Z",
        "Oct 3, 2026",
        "x",
    )
    moments, homeless = parse_moments(pl.Series(texts), timezone="UTC")

    seconds = [None if found is None else (found - datetime(2026, 10, 3, tzinfo=UTC)).seconds for found in moments]
    assert [28_807, 28_800, None, 28_807, 28_807, 0, None] == seconds
    assert not homeless.any()


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


NOWHERE = Conventions(where="x.csv", currency=None)


def faults_of(column, *cells):
    parsed = column.parse(pl.Series(cells, dtype=pl.String), NOWHERE)
    return parsed, [(fault.row, fault.reason, fault.found) for fault in parsed.faults]


def test_a_time_without_zone_is_a_fault_of_its_line():
    parsed, faults = faults_of(Moment("发货时间", to="shipped_at"), "2026-07-01T08:00Z", "2026-07-01 08:00")

    assert [(1, "date.lacks_zone", "2026-07-01 08:00")] == faults
    assert [False, True] == parsed.values.is_null().to_list()


def test_a_day_without_year_is_a_fault_of_its_line():
    parsed, faults = faults_of(Date("日期", to="ship_date"), "2026-07-01", "07-01", "99.50")

    assert [(1, "date.lacks_year", "07-01"), (2, "date.unreadable", "99.50")] == faults
    assert [False, True, True] == parsed.values.is_null().to_list()


@pytest.mark.parametrize(("column", "cell", "problem"), [
    (Moment("发货时间", to="shipped_at"), "2026-07-01 08:00", "column '发货时间' holds times without a time zone, such as"),
    (Date("日期", to="ship_date"), "07-01", r"x\.csv: column '日期' holds dates without a year, such as '07-01'"),
])  # fmt: skip
def test_what_all_lines_lack_is_refused_once(column, cell, problem):
    cells = pl.Series([cell, cell])

    with pytest.raises(InputError, match=problem):
        column.require(cells, column.parse(cells, NOWHERE), NOWHERE)


@pytest.mark.parametrize("kind", [Date, Moment])
@pytest.mark.parametrize("cell", [
    "0", "0.00", "0.0", "00:00:00", "0000-00-00", "0000/00/00 00:00:00", "0000-00-00T00:00:00Z", "00.00.0000", "1900-01-00",
    "1900/1/0 0:00:00", "1900-01-01 00:00:00", "1899-12-31", "0001-01-01 00:00:00", "-", "--", "---",
])  # fmt: skip
def test_a_day_that_is_zero_is_none(kind, cell):
    parsed, faults = faults_of(kind("日期", to="x"), cell)

    assert [None] == parsed.values.to_list()
    assert [] == faults


@pytest.mark.parametrize("cell", ["1900-01-02", "1900-01-01 08:00:00", "10", "0.5", "2000-00-00", "0-1-1"])
def test_a_day_that_is_wrong_is_not_taken_for_none(cell):
    assert [(0, "date.unreadable", cell)] == faults_of(Date("日期", to="x"), cell)[1]


def test_a_period_is_two_days_in_order():
    assert (date(2025, 11, 1), date(2025, 11, 26)) == parse_period("20251101_20251126")
    assert None is parse_period("2026-07-31 - 2026-07-01")
    assert None is parse_period("2026-07")
