"""Zoho Books' files of one Amazon settlement, compared by hand with what they say, and with each other."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from moneyed import Money

import tieout
from tieout.model import OrderStatus, PaymentChannel

CAD = {"constants": {"currency": "CAD"}, "timezone": "America/Toronto"}


def cad(amount):
    return Money(amount, "CAD")


@pytest.fixture
def read(samples):
    folder = samples / "erp/zoho_books"
    return lambda name: tieout.read(folder / f"adw-{name}_24288684721.csv", **CAD)


def test_the_lines_of_the_journal(read):
    lines = list(read("Journal").records)
    first, commission, both, last = lines[0], lines[4], lines[-4], lines[-1]

    assert ("24288684721", 1, date(2025, 8, 30), "2025-08", "both", "Amazon.ca Clearing") == (
        first.voucher_id,
        first.line_no,
        first.date,
        first.period,
        first.entry_type,
        first.account,
    )
    assert (None, cad("62.31"), cad("-62.31"), None) == (first.debit, first.credit, first.amount, first.reference)
    assert "Payable to Amazon; Row ID: 114 - Merchant Order ID: nan" == first.summary
    assert ("Amazon FBA Fulfillment Fees", cad("0.29"), None, "702-1278184-4976266") == (
        commission.account,
        commission.debit,
        commission.credit,
        commission.reference,
    )
    assert (cad("2389.56"), cad("1016.08"), cad("1373.48"), 152) == (
        both.debit,
        both.credit,
        both.amount,
        both.provenance.line,
    )
    assert (154, "Amazon Combined Tax Charged", cad("24.65"), 155) == (
        last.line_no,
        last.account,
        last.credit,
        last.provenance.line,
    )


def test_the_invoices_are_the_orders_that_they_invoice(read):
    orders = {order.platform_order_id: order for order in read("Invoice").records}
    first, two, without = orders["701-0590237-2315442"], orders["701-2235635-8912250"], orders["AMZN5082704"]

    assert ("AMZN2315442", OrderStatus.CREATED, datetime(2025, 8, 18, 4, tzinfo=UTC)) == (
        first.merchant_order_no,
        first.status,
        first.created_at,
    )
    assert [("SALTT30-ALLT", Decimal(1), cad("60.00"))] == [
        (line.sku, line.quantity, line.unit_price) for line in first.lines
    ]
    assert ["SALTT30-GRPF", "SALTT30-ULTA"] == [line.sku for line in two.lines]
    assert cad("120.00") == two.buyer_payable
    assert cad("15.25") == without.buyer_payable
    assert cad("0.00") == orders["CONSUMER-2025821-20216"].buyer_payable


def test_the_payments_pay_the_invoices(read):
    payments = list(read("Payment").records)
    first, last = payments[0], payments[-1]

    assert ("AMZN0001022", "701-9697901-0001022", "24288684721", cad("60.00"), PaymentChannel.OTHER) == (
        first.merchant_order_no,
        first.platform_order_id,
        first.channel_txn_id,
        first.amount,
        first.channel,
    )
    assert datetime(2025, 8, 30, 4, tzinfo=UTC) == first.paid_at
    assert ("AMZN9915433", "702-2285364-9915433", cad("60.00"), 35) == (
        last.merchant_order_no,
        last.platform_order_id,
        last.amount,
        last.provenance.line,
    )
    paid = {payment.platform_order_id: payment.amount for payment in payments}
    owed = {order.platform_order_id: order.buyer_payable for order in read("Invoice").records}
    assert paid == {number: owed[number] for number in paid}
    assert {"AMZN5082704": cad("15.25"), "CONSUMER-2025821-20216": cad("0.00")} == {
        number: amount for number, amount in owed.items() if number not in paid
    }
