"""Adyen's settlement detail, compared by hand with files that were collected."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import SettlementLineType

FOLDER = "payment/adyen"


def test_a_chargeback_is_a_gross_line_and_a_fee(samples):
    chargeback, fee, transaction_fees, payout = tieout.read(
        samples / FOLDER / "settlement_detail_report_chargeback.csv"
    ).records

    assert (SettlementLineType.CHARGEBACK, Money("-1.00", "USD")) == (chargeback.type, chargeback.amount)
    assert ("4555568869855336", "92598318.0", "3", "WikimediaCOM", 2) == (
        chargeback.line_id,
        chargeback.platform_order_id,
        chargeback.settlement_id,
        chargeback.shop_id,
        chargeback.provenance.line,
    )
    assert datetime(2016, 2, 10, 18, 25, 36, tzinfo=UTC) == chargeback.posted_at
    assert (SettlementLineType.PAYMENT_FEE, Money("-2.00", "USD"), "Commission") == (
        fee.type,
        fee.amount,
        fee.description,
    )
    assert (SettlementLineType.PAYMENT_FEE, Money("-1.80", "USD")) == (transaction_fees.type, transaction_fees.amount)
    assert (SettlementLineType.WITHDRAWAL, Money("-4.03", "USD"), "TX3488899933XT") == (
        payout.type,
        payout.amount,
        payout.line_id,
    )
    assert datetime(2016, 2, 16, 5, 29, 37, tzinfo=UTC) == payout.posted_at


def test_a_payment_in_another_currency_is_settled_in_the_balances(samples):
    sale, fee, _ = tieout.read(samples / FOLDER / "settlement_detail_report_donation-ideal.csv").records

    assert (SettlementLineType.SALE, Money("5.70", "USD"), Money("-0.27", "USD")) == (
        sale.type,
        sale.amount,
        fee.amount,
    )
