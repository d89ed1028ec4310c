"""Douyin's fund detail as a person reads it."""

from datetime import UTC, datetime

from moneyed import Money

import tieout


def test_the_two_movements_and_what_they_are_made_of(samples):
    batch = tieout.read(samples / "settlement/douyin_settlement/douyin-dongzhang-snippet.csv")

    first, *_, last = batch.records

    assert "T0" == first.line_id
    assert ("6917926768823643799", "6917926768823643799") == (first.platform_order_id, first.platform_sub_order_id)
    assert datetime(2026, 9, 3, tzinfo=UTC) == first.posted_at
    assert ("sale", Money("10.00", "CNY")) == (first.type, first.amount)
    assert [
        ("T0", "sale", "10.00"),
        ("T0", "tech_service_fee", "-1.00"),
        ("T1", "sale", "28.90"),
        ("T1", "platform_subsidy", "0.81"),
        ("T1", "sale_refund", "-27.78"),
        ("T1", "tech_service_fee", "-0.09"),
    ] == [(line.line_id, line.type, str(line.amount.amount)) for line in batch.records]
    assert datetime(2026, 9, 27, 23, 54, 38, tzinfo=UTC) == last.posted_at
