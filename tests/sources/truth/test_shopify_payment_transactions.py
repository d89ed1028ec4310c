"""An excerpt of a real Shopify Payments export of 2025, its records as a person reads them in the file."""

from datetime import UTC, datetime

import pytest
from moneyed import Money

import tieout


@pytest.fixture(scope="module")
def lines(samples):
    folder = samples / "payment/shopify_payments_transactions"
    return list(tieout.read(folder / "pirani-excerpt-payment_transactions_export_1.csv").records)


def said(line):
    return (
        line.provenance.line,
        line.settlement_id,
        line.type.value,
        line.platform_order_id,
        line.posted_at,
        line.amount,
        line.description,
    )


def test_the_first_line_is_a_refund_without_fee(lines):
    at = datetime(2025, 11, 5, 17, 1, 9, tzinfo=UTC)

    assert (2, "2025-11-07", "sale_refund", "#40476", at, Money("-30.05", "USD"), "refund") == said(lines[0])


def test_shop_cash_is_a_subsidy_with_a_fee(lines):
    at = datetime(2025, 11, 5, 5, 5, 48, tzinfo=UTC)

    assert [
        (4, "2025-11-07", "platform_subsidy", "#40539", at, Money("15.00", "USD"), "shop_cash_credit"),
        (4, "2025-11-07", "payment_fee", "#40539", at, Money("-0.37", "USD"), "shop_cash_credit / Fee"),
    ] == [said(line) for line in lines if line.provenance.line == 4]


def test_the_last_line_is_a_charge_and_its_fee(lines):
    at = datetime(2025, 11, 4, 16, 34, 38, tzinfo=UTC)

    assert [
        (11, "2025-11-07", "sale", "#40476", at, Money("30.05", "USD"), "charge"),
        (11, "2025-11-07", "payment_fee", "#40476", at, Money("-1.10", "USD"), "charge / Fee"),
    ] == [said(line) for line in lines[-2:]]
