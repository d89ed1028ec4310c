"""Pinduoduo's fund detail as a person reads it."""

from datetime import UTC, datetime

from moneyed import Money

import tieout


def test_first_last_and_oddest_line_of_the_test_rows(samples):
    batch = tieout.read(samples / "settlement/pdd_fund_detail/pdd-fund-detail-test-rows.csv")

    first, refund, clawed_back, last = batch.records

    assert "260531-662941284701219" == first.platform_order_id
    assert "sale" == first.type
    assert Money("146.92", "CNY") == first.amount
    assert datetime(2026, 5, 31, 15, 54, 45, tzinfo=UTC) == first.posted_at
    assert ("sale_refund", Money("-27.50", "CNY")) == (refund.type, refund.amount)
    assert ("adjustment", Money("-8.14", "CNY")) == (clawed_back.type, clawed_back.amount)
    assert "fee_refund" == last.type  # 0.09 of the service fee, given back with the refund
    assert Money("0.09", "CNY") == last.amount
    assert first.platform_order_id == last.platform_order_id
    assert 9 == last.provenance.line
