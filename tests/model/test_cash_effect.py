"""What the merchant gains by a record (domain.md 2.2)."""

from datetime import date

import pytest
from moneyed import Money

from tieout.model import (
    BankTransaction,
    ChannelTransaction,
    CourierCharge,
    CourierInvoice,
    Payment,
    Payout,
    Refund,
    Settlement,
    SettlementLine,
    Shipment,
)


def cny(text):
    return Money(text, "CNY")


@pytest.mark.parametrize(
    ("record", "effect"),
    [
        (Payment(channel="alipay", amount=cny("170.00")), "170.00"),
        (Refund(refund_id="1", status="succeeded", amount=cny("80.00")), "-80.00"),
        (CourierCharge(charge_type="base", amount=cny("8.00")), "-8.00"),
        (CourierCharge(charge_type="rebate", amount=cny("-8.00")), "8.00"),
        (CourierInvoice(bill_no="1", currency="CNY", total=cny("1234.50")), "-1234.50"),
        (CourierInvoice(bill_no="1", currency="CNY"), "0"),
        (SettlementLine(type="commission", amount=cny("-9.50")), "-9.50"),
        (Settlement(settlement_id="1", currency="CNY", net=cny("178.86")), "178.86"),
        (Settlement(settlement_id="1", currency="CNY"), "0"),
        (ChannelTransaction(channel="alipay", amount=cny("100.00"), fee=cny("-0.60"), net=cny("99.40")), "99.40"),
        (ChannelTransaction(channel="alipay", amount=cny("100.00")), "100.00"),
        (Payout(payout_id="1", amount=cny("-178.86")), "-178.86"),
        (BankTransaction(booked_on=date(2026, 10, 1), amount=cny("178.86")), "178.86"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_effect_on_the_merchants_cash(record, effect):
    assert cny(effect) == record.cash_effect


@pytest.mark.parametrize(
    ("scale", "theory", "weight"), [("500", "480", "500"), (None, "480", "480"), (None, None, None), ("0", "480", "0")]
)
def test_the_scale_counts_before_theory(scale, theory, weight):
    def grams(text):
        return None if text is None else int(text)

    parcel = Shipment(tracking_no="SF1", weight_scale_g=grams(scale), weight_theoretical_g=grams(theory))

    assert grams(weight) == parcel.weight_g
