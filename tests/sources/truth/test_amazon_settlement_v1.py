"""A real Amazon settlement of 2025, its records as a person reads them in the file."""

from datetime import UTC, datetime

import pytest
from moneyed import Money

import tieout


@pytest.fixture(scope="module")
def batch(samples):
    return tieout.read(samples / "settlement/amazon_settlement_v1_flat/50018020314.txt")


def said(line):
    return {
        "line": line.provenance.line,
        "settlement_id": line.settlement_id,
        "type": line.type.value,
        "order": line.platform_order_id,
        "item": line.platform_sub_order_id,
        "refund": line.refund_id,
        "posted_at": line.posted_at,
        "amount": line.amount,
        "description": line.description,
    }


def test_the_first_record_is_the_price_of_the_first_order(batch):
    assert {
        "line": 4,
        "settlement_id": "23874397121",
        "type": "sale",
        "order": "702-1101758-6751437",
        "item": "135844999381281",
        "refund": None,
        "posted_at": datetime(2025, 8, 14, 6, 23, 59, tzinfo=UTC),
        "amount": Money("35.00", "CAD"),
        "description": "Order / Principal",
    } == said(next(iter(batch.records)))


def test_a_line_with_two_amounts_is_two_records(batch):
    fee, tax = [line for line in batch.records if line.provenance.line == 16]

    assert ("ad_fee", Money("-1.16", "CAD"), "ServiceFee / Cost of Advertising") == (
        fee.type.value,
        fee.amount,
        fee.description,
    )
    assert ("ad_fee", Money("-0.14", "CAD"), "ServiceFee / Cost of Advertising / TaxAmount") == (
        tax.type.value,
        tax.amount,
        tax.description,
    )
    assert fee.posted_at == tax.posted_at == datetime(2025, 8, 13, 23, 50, 56, tzinfo=UTC)


def test_shipping_that_the_seller_gives_away_lowers_the_shipping_income(batch):
    (given,) = [line for line in batch.records if line.description == "Order / Promotion / Shipping"]

    assert ("shipping_income", Money("-6.99", "CAD")) == (given.type.value, given.amount)


def test_the_last_record_is_a_charge_of_the_sellers_card(batch):
    assert {
        "line": 17,
        "settlement_id": "23874397121",
        "type": "transfer",
        "order": None,
        "item": None,
        "refund": None,
        "posted_at": datetime(2025, 7, 31, 23, 26, 48, tzinfo=UTC),
        "amount": Money("321.69", "CAD"),
        "description": "Successful charge",
    } == said(list(batch.records)[-1])


def test_the_first_row_is_the_settlement(batch):
    (settlement,) = batch.others["Settlement"]

    assert ("23874397121", Money("-62.31", "CAD")) == (settlement.settlement_id, settlement.net)
    assert datetime(2025, 7, 31, 22, 7, 18, tzinfo=UTC) == settlement.period_start
    assert datetime(2025, 8, 14, 22, 7, 18, tzinfo=UTC) == settlement.period_end
    assert [] == list(batch.others["Payout"])
