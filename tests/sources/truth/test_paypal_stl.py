"""PayPal's settlement report, compared by hand with a file that was collected."""

from datetime import UTC, datetime

from moneyed import Money

import tieout
from tieout.model import SettlementLineType


def test_first_last_and_oddest_lines_are_as_they_stand_in_the_file(samples):
    batch = tieout.read(samples / "payment/paypal_stl/stl.csv")
    first, fee, *_, refund, fee_back, last = batch.records

    assert ("5678", "2444.1", SettlementLineType.SALE) == (first.line_id, first.platform_order_id, first.type)
    assert (Money("52.00", "AUD"), Money("-2.25", "AUD")) == (first.amount, fee.amount)
    assert datetime(2026, 1, 6, 8, 0, 30, tzinfo=UTC) == first.posted_at
    assert ("EZ782AXEUJUW8", "paypal", 3) == (first.shop_id, first.platform, first.provenance.line)
    assert SettlementLineType.PAYMENT_FEE == fee.type
    assert ("6899", SettlementLineType.SALE_REFUND, Money("-1.34", "GBP")) == (
        refund.refund_id,
        refund.type,
        refund.amount,
    )
    assert (SettlementLineType.FEE_REFUND, Money("0.47", "GBP")) == (fee_back.type, fee_back.amount)
    assert ("3MG88942N0662370U", SettlementLineType.WITHDRAWAL) == (last.line_id, last.type)
    assert (Money("-1.00", "GBP"), None, 7) == (last.amount, last.platform_order_id, last.provenance.line)


def test_yen_are_hundredths_too(samples):
    (payment,) = tieout.read(samples / "payment/paypal_trr/trr_express_checkout_donation.csv").records

    assert (Money("150", "JPY"), Money("-43", "JPY"), Money("107", "JPY")) == (payment.amount, payment.fee, payment.net)
