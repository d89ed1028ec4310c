"""Rows of an eBay report in another program's tests, as a person reads them; their days need a zone, which the caller says."""

from datetime import UTC, datetime

import pytest
from moneyed import Money

import tieout


@pytest.fixture(scope="module")
def batch(samples):
    path = samples / "settlement/ebay_transaction_report/ebay-transaction-test-rows.csv"
    return tieout.read(path, timezone="UTC")


def test_an_order_of_several_items_adds_its_net_once(batch):
    lines = [line for line in batch.records if line.platform_order_id == "20-00000-00001"]

    assert [Money("23.26", "USD"), Money("-3.86", "USD")] == [line.amount for line in lines]
    assert {13} == {line.provenance.line for line in lines}
    assert [14] == [row.line for row in batch.control.set_apart if row.kind == "apart"]


def test_a_payout_is_a_line_and_a_payout(batch):
    (line,) = [line for line in batch.records if line.type.value == "withdrawal"]
    (payout,) = batch.others["Payout"]

    assert Money("-3666.78", "USD") == line.amount == payout.amount
    assert ("7593167856", "paid", datetime(2026, 6, 30, tzinfo=UTC)) == (
        payout.payout_id,
        payout.status.value,
        payout.initiated_at,
    )


def test_the_refund_gives_the_fees_back(batch):
    lines = list(batch.records)[-4:]

    assert ["sale_refund", "fee_refund", "fee_refund", "fee_refund"] == [line.type.value for line in lines]
    assert [Money(text, "USD") for text in ("-102.00", "0.44", "14.96", "1.03")] == [line.amount for line in lines]


def test_the_records_are_the_sum_of_all_nets(batch):
    nets = ("10", "19.4", "-0.89", "-3666.78", "-152", "-85.57")

    assert Money("0", "USD") == sum((Money(net, "USD") for net in nets), Money("0", "USD")) - sum(
        (line.amount for line in batch.records), Money("0", "USD")
    )
