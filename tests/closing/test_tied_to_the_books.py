"""Balances that came as records: a close ties them to what the records of the period come to."""

import attrs
import pytest
from moneyed import Money

from closing.shop import clean_tables, config
from tieout.closing import close_tables


@pytest.fixture(scope="module")
def couriers(tmp_path_factory):
    """A month of couriers alone, closed, and the balances that its own vouchers come to."""
    tables = {name: clean_tables()[name] for name in ("Shipment", "CourierCharge", "CourierInvoice")}
    told = config(tmp_path_factory.mktemp("couriers"))
    return tables, told, close_tables(tables, told).balance.carried()


def tied(couriers, off):
    """A close with the balances of the books, that of what couriers are owed being off."""
    tables, told, balances = couriers
    rows = [
        attrs.evolve(one, amount=one.amount + off, credit=one.credit - off) if one.account == "2202.01" else one
        for one in balances
    ]
    return close_tables({**tables, "AccountBalance": rows}, told)


def test_books_that_hold_what_the_records_come_to_tie_out(couriers):
    found = tied(couriers, Money(0, "CNY"))

    assert "ledger_tieout" in {one.reconciliation for one in found.outcomes}
    assert ("balances of the books that differ", 0) in found.stage("tie_outs").counts
    assert (0, ()) == (found.exit_code, found.failures)


def test_what_the_books_have_beside_the_records_is_a_discrepancy_and_no_failed_check(couriers):
    found = tied(couriers, Money("7.00", "CNY"))
    (tie_out,) = [one for one in found.outcomes if one.reconciliation == "ledger_tieout"]

    assert ["ledger.balance_mismatch"] == [one.type for one in tie_out.discrepancies]
    assert {"14.00"} == {f"{one.impact.amount}" for one in tie_out.discrepancies}  # 7.00 for each of the two couriers
    assert "attention" == found.stage("tie_outs").status
    assert (1, ()) == (found.exit_code, found.failures)
