"""Lines of Etsy statements, as a person reads them; their days need a zone, which the caller says."""

from datetime import UTC, datetime

from moneyed import Money

import tieout

FOLDER = "payment/etsy_statement"


def said(line):
    return line.provenance.line, line.type.value, line.platform_order_id, line.posted_at, line.amount


def test_a_canadian_statement(samples):
    batch = tieout.read(samples / FOLDER / "etsy_statement_2026_9_cad_snippet.csv", timezone="UTC")
    first, *_, last = batch.records

    assert (2, "sale", "9001", datetime(2026, 9, 3, tzinfo=UTC), Money("76.00", "CAD")) == said(first)
    assert (8, "withdrawal", None, datetime(2026, 9, 30, tzinfo=UTC), Money("-60.00", "CAD")) == said(last)
    assert ["sale", "commission", "payment_fee", "tech_service_fee", "ad_fee", "tech_service_fee", "withdrawal"] == [
        line.type.value for line in batch.records
    ]
    assert batch.control.holds


def test_a_british_statement(samples):
    batch = tieout.read(samples / FOLDER / "etsy_statement_gbp_snippet.csv", timezone="Europe/London")

    at = datetime(2026, 7, 30, 23, tzinfo=UTC)
    assert [
        (2, "sale", "4137418052", at, Money("29.99", "GBP")),
        (2, "payment_fee", "4137418052", at, Money("-1.44", "GBP")),
        (3, "ad_fee", "4137418052", at, Money("-4.80", "GBP")),
        (4, "ad_fee", "4137418052", at, Money("-0.96", "GBP")),
    ] == [said(line) for line in batch.records]
    assert batch.control.holds
