"""Periods are calendar months."""

from datetime import date

import pytest

from tieout.errors import PostingError
from tieout.posting import Period


def test_a_period_knows_its_days_and_its_successor():
    february = Period.parse("2028-02")

    assert (date(2028, 2, 1), date(2028, 2, 29)) == (february.first_day, february.last_day)
    assert "2028-03" == str(february.next)
    assert "2027-01" == str(Period.parse("2026-12").next)


def test_periods_are_ordered_and_found_by_day():
    assert Period.of(date(2026, 9, 30)) < Period.of(date(2026, 10, 1)) < Period.of(date(2027, 1, 1))


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "2026-1", "202610", "2026/10", "", None, 202610, "2026-10-01", "２０２６-10"]
)
def test_anything_else_is_refused(text):
    with pytest.raises(PostingError, match="period: a month written like '2026-10' is needed"):
        Period.parse(text)
