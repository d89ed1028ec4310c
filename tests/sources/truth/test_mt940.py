"""Real MT940 statements: compared by hand, and every entry with what the library mt-940 finds."""

from datetime import date

import mt940
import polars as pl
import pytest
from moneyed import Money

import tieout

FOLDER = "bank/mt940"


def test_three_banks_in_one_file(samples):
    records = list(tieout.read(samples / FOLDER / "cmxl-mt940.sta").records)
    first, standing_order, pay, last = records[0], records[11], records[12], records[15]

    assert (Money("-6800.00", "DEM"), date(2013, 10, 17), "****8810") == (first.amount, first.booked_on, first.account)
    assert "999PN5477SCHECK-NR. 0000016703074" == first.memo
    assert (5, 6) == (first.provenance.line, first.provenance.line_end)
    assert (Money("-800.00", "EUR"), date(2002, 11, 2), date(2002, 11, 1)) == (
        standing_order.amount,
        standing_order.booked_on,
        standing_order.value_on,
    )
    assert ("Miete November", "MUELLER", "****4567", "55555") == (
        standing_order.memo,
        standing_order.counterparty,
        standing_order.counterparty_account,
        standing_order.bank_ref,
    )
    assert (Money("3000.00", "EUR"), "Gehalt Oktober FirmaMustermannGmbH") == (pay.amount, pay.memo)
    assert (Money("40.00", "PLN"), date(2003, 10, 20), "8327000090031791") == (
        last.amount,
        last.booked_on,
        last.bank_ref,
    )
    assert "Odsetki od lokaty nr 101000022086" == last.memo


def test_a_value_date_that_is_no_day_is_left_out(samples):
    (charge,) = tieout.read(samples / FOLDER / "self-provided-february_30.sta").records

    assert (Money("-6.00", "EUR"), date(2016, 3, 1), None) == (charge.amount, charge.booked_on, charge.value_on)
    assert "Pauschalen" == charge.memo


def test_a_balance_without_currency_is_in_the_statements(samples):
    batch = tieout.read(samples / FOLDER / "self-provided-raphaelm.sta")

    assert batch.control.holds
    assert 3 == sum(check.name.startswith("closing balance") for check in batch.control.checks)


@pytest.mark.parametrize(
    "name",
    [
        "cmxl-mt940.sta",
        "jejik-ing.sta",
        "jejik-postfinance.sta",
        "jejik-rabobank-iban.sta",
        "jejik-rabobank.sta",
        "jejik-sns.sta",
        "mBank-mt940.sta",
        "sberbank-171011_01234945.sta",
        "self-provided-february_30.sta",
        "self-provided-mt942.sta",
        "self-provided-raphaelm.sta",
    ],
)
def test_the_entries_are_those_that_the_library_finds(samples, name):
    path = samples / FOLDER / name
    if not path.exists():
        pytest.skip("that file is not among the samples here")
    theirs = [transaction.data["amount"] for transaction in mt940.parse(path.read_text("utf-8"))]
    ours = tieout.read(path).records.to_polars().select("amount_minor", pl.col("currency"))

    assert [(int(amount.amount * 100), amount.currency) for amount in theirs] == ours.rows()
