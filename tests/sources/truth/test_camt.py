"""CAMT files, compared by hand."""

from datetime import date

from moneyed import Money

import tieout


def test_two_statements_of_one_account(samples):
    batch = tieout.read(samples / "bank/camt053/genkgo-camt053.v2.multi.statement.xml")
    received, paid = batch.records

    assert (Money("8.85", "EUR"), date(2014, 12, 31), date(2015, 1, 2)) == (
        received.amount,
        received.booked_on,
        received.value_on,
    )
    assert ("****6890", "Transaction Description 1", None) == (received.account, received.memo, received.counterparty)
    assert (Money("-7.00", "EUR"), "Company Name 2", "****8421", "Transaction Description 2") == (
        paid.amount,
        paid.counterparty,
        paid.counterparty_account,
        paid.memo,
    )
    assert batch.control.holds


def test_a_batch_in_another_currency_stays_one_entry(samples):
    batch = tieout.read(samples / "bank/camt054/genkgo-camt054.v8.xml")
    (order,) = batch.records

    assert (Money("-200000.00", "SEK"), date(2007, 10, 18), "ACSR160617103200001", "Order", "****6789") == (
        order.amount,
        order.booked_on,
        order.bank_ref,
        order.memo,
        order.account,
    )
    assert "entry.details" in {note.code for note in batch.notes}
