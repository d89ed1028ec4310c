"""A column that decides what a line means is needed: where it is gone, the file is refused by its name."""

import csv
import io
import tomllib
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

import tieout
from tieout.errors import InputError, MissingColumn, UnidentifiedFile
from tieout.model import CourierCharge
from tieout.sources import Amount, TableFormat, Tracking

GOLDENS = Path(__file__).parent.parent / "golden" / "sources"

DECISIVE = [
    ("adyen_payments_accounting", "february.csv", "TimeZone"),
    ("adyen_settlement_detail", "batch-7.csv", "TimeZone"),
    ("alipay_business_detail", "2026-07-31.csv", "服务费（元）"),
    ("alipay_business_detail", "2026-07-31.csv", "分润（元）"),
    ("amazon_settlement_v1", "90000000001.txt", "currency"),
    ("amazon_settlement_v2", "us.txt", "total-amount"),
    ("cainiao_order_fees", "fees.csv", "支付时间"),
    ("cainiao_sale_fees", "fees.csv", "支出时间"),
    ("chase_card", "card.csv", "Transaction Date"),
    ("citi_card", "card.csv", "Status"),
    ("hsbc_hk_card", "card.csv", "Transaction status"),
    ("jd_settlement", "2019.csv", "币种"),
    ("lazada_orders", "orders.csv", "refundAmount"),
    ("mercury_transactions", "account.csv", "Status"),
    ("paypal_activity", "short.csv", "TimeZone"),
    ("paypal_trr", "day.csv", "Transactional Status"),
    ("pdd_fund_detail", "overseas.csv", "收入金额（+$）"),
    ("plaid_transactions", "transactions.csv", "pending"),
    ("shopify_orders", "orders_export_1.csv", "Cancelled at"),
    ("shopify_orders", "orders_export_1.csv", "Refunded Amount"),
    ("stripe_unified_payments", "payments.csv", "Captured"),
    ("stripe_unified_payments", "payments.csv", "Mode"),
    ("taobao_orders", "ExportOrderList202605.csv", "订单状态"),
    ("taobao_orders", "ExportOrderList202605.csv", "退款金额"),
    ("tmall_global_settle", "settle_201912.csv", "Refund"),
    ("yto_branch_bill", "bill.csv", "充单"),
]


def options_of(format_name: str, file: str) -> dict[str, object]:
    path = GOLDENS / format_name / f"{file}.toml"
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


def without(format_name: str, file: str, caption: str) -> bytes:
    """A golden whose header calls one column otherwise."""
    path = GOLDENS / format_name / file
    source = tieout.read(path, **options_of(format_name, file)).source
    lines = path.read_bytes().decode(source.encoding).splitlines(keepends=True)
    cells = next(csv.reader(io.StringIO(lines[source.header_line - 1]), delimiter=source.delimiter))
    at = next(at for at, cell in enumerate(cells) if cell.strip() == caption)
    cells[at] = "tieout unknown"
    lines[source.header_line - 1] = source.delimiter.join(f'"{cell}"' for cell in cells) + "\n"
    return "".join(lines).encode(source.encoding)


@pytest.mark.parametrize(("format_name", "file", "caption"), DECISIVE)
def test_a_file_without_a_decisive_column_is_refused_by_its_name(format_name, file, caption):
    with pytest.raises(MissingColumn) as refused:
        tieout.read(without(format_name, file, caption), format=format_name, **options_of(format_name, file))

    assert caption in refused.value.missing


@pytest.mark.parametrize(("format_name", "file", "caption"), DECISIVE)
def test_what_is_gone_is_said_with_its_format_where_nobody_named_the_format(format_name, file, caption):
    with pytest.raises(InputError) as refused:
        tieout.read(without(format_name, file, caption), **options_of(format_name, file))

    assert caption in str(refused.value)
    assert format_name in str(refused.value)


def test_a_file_that_lacks_a_column_is_not_taken_for_a_poorer_format():
    data = without("taobao_orders", "ExportOrderList202605.csv", "订单状态")

    with pytest.raises(UnidentifiedFile) as refused:
        tieout.identify(data)

    assert refused.value.nearest[0] == ("taobao_orders", ("订单状态",))
    assert tieout.read(data, format="tmall_report").format == "tmall_report"


def test_a_column_that_fills_two_fields_is_missing_once():
    with pytest.raises(MissingColumn) as refused:
        tieout.read(without("dlocal_settlement", "january.csv", "GROSS_AMOUNT"), format="dlocal_settlement")

    assert refused.value.missing == ("GROSS_AMOUNT",)


def test_another_sheet_is_not_read_in_the_place_of_the_one_that_lacks_a_column():
    path = GOLDENS / "sf_monthly_bill" / "by_service.xlsx"
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for name in ("账单明细", "回单"):
            sheet = book.add_worksheet(name)
            captions = ["日期", "运单号码", "计费重量", "费用(元)", "折扣/促销", "应付金额", "结算日期"]
            cells = ["07-01", "SF1012345678901", "1", "12", "0", "12", "2026-08-05"]
            at = captions.index("应付金额") if name == "账单明细" else len(captions)
            sheet.write_row(0, 0, captions[:at] + captions[at + 1 :])
            sheet.write_row(1, 0, cells[:at] + cells[at + 1 :])

    with pytest.raises(MissingColumn, match="应付金额"):
        tieout.read(out.getvalue(), format="sf_monthly_bill")
    assert tieout.read(path).source.sheets == ("账单明细",)


def test_a_format_declares_the_columns_that_tell_which_rows_are_records():
    with pytest.raises(InputError, match="is_apart looks at '状态', which no column declares"):
        TableFormat(
            record=CourierCharge,
            currency="CNY",
            carrier="village",
            constants={"charge_type": "all_in"},
            columns=[Tracking("运单号"), Amount("金额", to="amount")],
            is_apart=lambda cell: cell("状态") == pl.lit("作废"),
        )


def test_what_stands_where_captions_should_is_shown_masked():
    """A file without a header begins with somebody's data."""
    text = "运单号,13800138001,zhang@example.com\nSF1012345678901,1,2\n".encode()

    with pytest.raises(MissingColumn) as caught:
        tieout.read(
            text,
            format="generic_table",
            record="CourierCharge",
            columns={"tracking_no": "运单号", "amount": "金额"},
            currency="CNY",
            constants={"charge_type": "all_in"},
        )

    assert "138****8001" in str(caught.value)
    assert not [word for word in ("13800138001", "zhang@") if word in str(caught.value)]
