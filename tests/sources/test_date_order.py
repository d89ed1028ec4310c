"""Which of two numbers before the year is the day."""

import pytest

import tieout
from tieout.errors import InputError


def journal(*days, **options):
    text = "JournalNo,JournalDate,AccountName,Debits,Credits\n" + "".join(f"{day},{day},Cash,0,0\n" for day in days)
    return tieout.read(text.encode(), format="qbo_journal", constants={"currency": "USD"}, **options)


def dates(batch):
    return [line.date.isoformat() for line in batch.records]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["05/09/2026", "30/09/2026"], ["2026-09-05", "2026-09-30"]),
        (["05/09/2026", "09/30/2026"], ["2026-05-09", "2026-09-30"]),
        (["5-9-26", "30-9-26"], ["2026-09-05", "2026-09-30"]),
        (["2026-09-05"], ["2026-09-05"]),
        (["05 Sep 2026"], ["2026-09-05"]),
    ],
)
def test_a_day_above_12_tells_the_order_of_the_file(days, expected):
    batch = journal(*days)

    assert expected == dates(batch)
    assert not batch.notes


def test_an_order_that_nothing_tells_is_the_programs_and_is_noted():
    batch = journal("05/09/2026")

    assert ["2026-05-09"] == dates(batch)
    assert ["date.order_assumed"] == [note.code for note in batch.notes]


def test_dates_that_tell_both_orders_are_read_the_usual_way_and_the_others_refused():
    batch = journal("30/09/2026", "09/30/2026")

    assert ["2026-09-30"] == dates(batch)
    assert ["date.unreadable"] == [reject.reason for reject in batch.rejects]
    assert ["date.order_assumed"] == [note.code for note in batch.notes]


def test_the_caller_may_say_the_order():
    batch = journal("05/09/2026", date_order="dmy")

    assert ["2026-09-05"] == dates(batch)
    assert not batch.notes


def test_another_word_for_the_order_is_refused():
    with pytest.raises(InputError, match="date_order is 'mdy' or 'dmy', got 'ymd'"):
        journal("05/09/2026", date_order="ymd")
