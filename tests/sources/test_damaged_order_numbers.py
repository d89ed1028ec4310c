"""An order's number that lost digits costs its line, wherever a file has it: it would match no order, or another one."""

from pathlib import Path

import pytest

import tieout

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"
NUMBERS = [
    ("adyen_payments_accounting", "february.csv", "merchant_order_no"),
    ("adyen_settlement_detail", "batch-7.csv", "platform_order_id"),
    ("braintree_settlement_batch", "batch.txt", "merchant_order_no"),
    ("checkoutcom_settlement_breakdown", "may.csv", "platform_order_id"),
    ("dlocal_report", "february.csv", "merchant_order_no"),
    ("dlocal_settlement", "january.csv", "platform_order_id"),
    ("gr4vy_transactions", "february.csv", "merchant_order_no"),
    ("trustly_funding", "march.csv", "platform_order_id"),
    ("trustly_reconciliation", "march.csv", "merchant_order_no"),
    ("ups_billing_data", "two_invoices.csv", "order_id"),
]


@pytest.mark.parametrize(("leaf", "file", "column"), NUMBERS, ids=[leaf for leaf, *_ in NUMBERS])
def test_a_line_whose_order_number_lost_digits_is_a_reject(leaf, file, column):
    data = (GOLDENS / leaf / file).read_bytes()
    whole = tieout.read(data, format=leaf)
    numbers = whole.records.to_polars()[column].drop_nulls()
    number = next(number for number in numbers if number.encode() in data)

    harmed = tieout.read(data.replace(number.encode(), b"4.20260514000001E+15"), format=leaf)

    assert "data.id_precision_lost" in {reject.reason for reject in harmed.rejects}
    assert "4.20260514000001E+15" not in harmed.records.to_polars()[column].to_list()


def test_of_alipay_a_base_order_that_lost_digits_is_a_reject_too():
    header = "账务流水号,业务流水号,商户订单号,发生时间,收入金额（+元）,支出金额（-元）,业务类型,业务基础订单号\n"
    lines = "A01,,,2026-05-01 10:00:00,1.00,,交易付款,4.20260514000001E+15\nA02,,,2026-05-01 10:00:01,1.00,,交易付款,4202605140000012345\n"

    batch = tieout.read((header + lines).encode("gb18030"), format="alipay_fund_detail")

    assert ["data.id_precision_lost"] == [reject.reason for reject in batch.rejects]
    assert ["4202605140000012345"] == [line.platform_order_id for line in batch.records]
