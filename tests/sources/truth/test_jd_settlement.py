"""JD's settlement of 2026 as a person reads it."""

from datetime import UTC, datetime

from moneyed import Money

import tieout


def test_first_last_and_oddest_line_of_the_test_rows(samples):
    batch = tieout.read(samples / "settlement/jd_settlement/jd-duizhang-2026-test-rows.csv")

    first, refund, shipping, *_, last = batch.records

    assert "3553498017448001" == first.platform_order_id
    assert "202607090000011332601610021" == first.settlement_id
    assert ("sale", Money("36.80", "CNY")) == (first.type, first.amount)
    assert datetime(2026, 7, 9, 4, 8, 53, tzinfo=UTC) == first.posted_at
    assert ("sale_refund", Money("-13.80", "CNY")) == (refund.type, refund.amount)
    assert ("sale_refund", Money("-6.00", "CNY")) == (shipping.type, shipping.amount)
    assert ("adjustment", Money("-3.92", "CNY")) == (last.type, last.amount)
    assert 8 == last.provenance.line
