"""In which order PayPal's activity download writes day and month."""

from datetime import UTC, datetime

import pytest

import tieout
from tieout.errors import InputError

HEAD = "Date,Time,TimeZone,Name,Type,Status,Currency,Amount,Receipt ID,Balance\n"


def read(*days, **options):
    rows = "".join(
        f"{day},10:00:00,{zone},x,Website Payment,Completed,USD,1.00,R{at},\n" for at, (day, zone) in enumerate(days)
    )
    return tieout.read((HEAD + rows).encode(), format="paypal_activity", **options)


def days_of(batch):
    return [f"{moment:%m-%d}" for moment in batch.records.to_polars()["occurred_at"]]


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([("03/25/2026", "UTC"), ("04/01/2026", "UTC")], ["03-25", "04-01"]),
        ([("25/03/2026", "UTC"), ("01/04/2026", "UTC")], ["03-25", "04-01"]),
        ([("02/06/2026", "EST")], ["02-06"]),
        ([("02/06/2026", "EDT")], ["06-02"]),
        ([("11/02/2026", "UTC"), ("12/01/2026", "UTC"), ("12/02/2026", "UTC")], ["11-02", "12-01", "12-02"]),
        ([("12/02/2026", "UTC"), ("12/01/2026", "UTC"), ("11/02/2026", "UTC")], ["12-02", "12-01", "11-02"]),
        ([("25.03.2026", "UTC"), ("01.04.2026", "UTC")], ["03-25", "04-01"]),
        ([("2026-03-25", "UTC")], ["03-25"]),
    ],
)
def test_the_one_order_that_fits_the_whole_file_is_taken(days, found):
    batch = read(*days)

    assert found == days_of(batch)
    assert not batch.rejects


def test_a_file_that_fits_both_orders_is_refused_until_somebody_says():
    days = [("03/04/2026", "UTC"), ("04/05/2026", "UTC")]

    with pytest.raises(InputError, match="two ways"):
        read(*days)
    assert ["04-03", "05-04"] == days_of(read(*days, dates="day_first"))
    assert ["03-04", "04-05"] == days_of(read(*days, dates="month_first"))


def test_a_file_that_fits_no_order_is_refused():
    with pytest.raises(InputError, match="two ways"):
        read(("13/13/2026", "UTC"))


def test_another_word_for_the_order_is_refused():
    with pytest.raises(InputError, match="month_first, day_first"):
        read(("03/04/2026", "UTC"), dates="us")


def test_the_zone_may_have_a_name():
    (payment,) = read(("25/07/2026", "Europe/Berlin")).records

    assert datetime(2026, 7, 25, 8, tzinfo=UTC) == payment.occurred_at


@pytest.mark.parametrize("odd", ["0.00", "1-1", "13/13/2026", "2026-07-01", "-", "01.02.2026"])
@pytest.mark.parametrize(
    "days", [("25/03/2026", "26/03/2026", "01/04/2026"), ("03/25/2026", "03/26/2026", "04/01/2026")]
)
def test_one_odd_day_neither_refuses_the_file_nor_its_other_lines(days, odd):
    batch = read(*((day, "UTC") for day in days), (odd, "UTC"))

    assert ["03-25", "03-26", "04-01"] == days_of(batch)
    assert [5] == [reject.line for reject in batch.rejects]


def test_a_day_that_tells_the_order_tells_it_even_where_the_lines_do_not_run_one_way():
    assert ["03-25", "04-01", "03-26"] == days_of(
        read(*((day, "UTC") for day in ("25/03/2026", "01/04/2026", "26/03/2026")))
    )


def test_one_odd_amount_does_not_turn_the_decimal_mark_of_all():
    rows = "".join(
        f"2026-03-25,10:00:00,UTC,x,Pay,Completed,USD,{amount},R{amount},\n" for amount in ("1.50", "2.25", "3~75")
    )
    batch = tieout.read((HEAD + rows.replace("3~75", '"3,75"')).encode(), format="paypal_activity")

    assert [150, 225] == batch.records.to_polars()["amount_minor"].to_list()
    assert [4] == [reject.line for reject in batch.rejects]
