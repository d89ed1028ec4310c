"""The example of Mercado Pago's documentation, its records as a person reads them in the file."""

from datetime import UTC, datetime

import pytest
from moneyed import Money

import tieout


@pytest.fixture(scope="module")
def batch(samples):
    path = samples / "payment/mercadopago_release/mpdoc-release-report.csv"
    return tieout.read(path, constants={"currency": "ARS"})


def test_the_first_record_is_a_withdrawal_and_its_fee(batch):
    gross, fee, *_ = batch.records

    assert ("withdrawal", Money("-813360.45", "ARS"), 3) == (gross.type.value, gross.amount, gross.provenance.line)
    assert ("payment_fee", Money("-3.00", "ARS"), 3) == (fee.type.value, fee.amount, fee.provenance.line)
    assert datetime(2018, 4, 17, 19, 7, 53, tzinfo=UTC) == gross.posted_at


def test_the_last_record_is_a_payment_without_fee(batch):
    *_, last = batch.records

    assert ("sale", Money("850.00", "ARS"), 7) == (last.type.value, last.amount, last.provenance.line)
    assert datetime(2018, 4, 17, 19, 38, 40, tzinfo=UTC) == last.posted_at


def test_the_movements_are_the_sum_of_credits_less_debits(batch):
    expected = Money("225.96", "ARS") + Money("124.32", "ARS") + Money("820.14", "ARS") + Money("850.00", "ARS")

    assert expected - Money("813363.45", "ARS") == sum(line.amount for line in batch.records)
    assert 9 == len(batch.records)
    assert batch.control.holds
