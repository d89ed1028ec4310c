"""The real files that were collected: read whole, figures counted by other means."""

import csv
from decimal import Decimal

import attrs
import pytest

import tieout
from tieout.errors import UnidentifiedFile
from tieout.model import BankTransaction, ChannelTransaction, CourierCharge

INDIA = "courier/cointab_india"


def test_the_indian_invoice_is_read_whole(samples):
    path = samples / INDIA / "Courier_Company-Invoice.csv"
    batch = tieout.read(
        path,
        format="generic_table",
        record=CourierCharge,
        currency="INR",
        weight_unit="kg",
        constants={"charge_type": "all_in"},
        columns={
            "tracking_no": "AWB Code",
            "order_id": "Order ID",
            "billed_weight_g": "Charged Weight",
            "origin.postcode": "Warehouse Pincode",
            "dest.postcode": "Customer Pincode",
            "zone_billed": "Zone",
            "leg": "Type of Shipment",
            "amount": "Billing Amount (Rs.)",
        },
        values={"leg": {"Forward charges": "outbound", "Forward and RTO charges": "round_trip"}},
    )
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))

    assert 124 == len(lines) == len(batch.records)
    assert sum(Decimal(line["Billing Amount (Rs.)"]) for line in lines) == sum(
        charge.amount.amount for charge in batch.records
    )
    assert sum(Decimal(line["Charged Weight"]) for line in lines) * 1000 == sum(
        charge.billed_weight_g for charge in batch.records
    )
    assert 15 == sum(charge.leg == "round_trip" for charge in batch.records)
    assert batch.control.holds


def test_tables_without_a_record_are_read_into_classes_of_ones_own(samples):
    @attrs.frozen(kw_only=True)
    class Article:
        sku: str
        weight_g: Decimal

    @attrs.frozen(kw_only=True)
    class ChargeName:
        description: str
        english: str
        chinese: str

    articles = tieout.read(
        samples / INDIA / "Company_X-SKU_Master.csv",
        format="generic_table",
        record=Article,
        weight_unit="g",
        columns={"sku": "SKU", "weight_g": "Weight (g)"},
    )
    lines = tieout.read(
        samples / INDIA / "Company_X-Order_Report.csv",
        format="generic_table",
        record="ShipmentLine",
        columns={"platform_order_id": "ExternOrderNo", "sku": "SKU", "quantity": "Order Qty"},
    )
    names = tieout.read(
        samples / "courier" / "ups_billing_csv" / "kenzorei-ups-charge-code-map.csv",
        format="generic_table",
        record=ChargeName,
        columns={"description": "Charge Description", "english": "Charge_Cate_EN", "chinese": "Charge_Cate_CN"},
    )

    assert [(66, 0), (393, 0), (108, 0)] == [
        (len(batch.records), len(batch.rejects)) for batch in (articles, lines, names)
    ]
    assert Article(sku="8904223815682", weight_g=Decimal("210.00000000")) == articles.records[0]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        (
            "order",
            {
                "created_at": "支付时间",
                "description": "费用项",
                "amount": "支付金额",
                "order_id": "交易订单号",
                "tracking_no": "运单号",
            },
        ),
        ("sale", {"created_at": "支出时间", "amount": "支出金额", "description": "费用项"}),
        (
            "sku",
            {"created_at": "支付时间", "amount": "支付金额", "description": "增值服务类型", "quantity": "实际操作数量"},
        ),
    ],
)
def test_the_templates_of_cainiao_have_their_columns_and_no_lines(samples, name, columns):
    batch = tieout.read(
        samples / "courier" / "cainiao" / f"shopex-cainiao-{name}-template.xls",
        format="generic_table",
        record=CourierCharge,
        currency="CNY",
        timezone="Asia/Shanghai",
        constants={"charge_type": "other"},
        columns=columns,
    )

    assert (0, 0, 1, True) == (len(batch.records), len(batch.rejects), batch.source.line_count, batch.control.holds)


def test_real_footers_preambles_and_guards_are_known(samples):
    common = {"format": "generic_table", "record": ChannelTransaction, "currency": "CNY", "timezone": "Asia/Shanghai"}
    alipay = tieout.read(
        samples / "payment" / "alipay_fund_detail" / "rongyifu-alipay-fund-detail-20121229.csv",
        **common,
        constants={"channel": "alipay"},
        columns={
            "channel_txn_id": "账务流水号",
            "occurred_at": "发生时间",
            "amount": "收入金额（+元）",
            "balance_after": "账户余额（元）",
        },
        required=["channel_txn_id"],
    )
    wechat = tieout.read(
        samples / "payment" / "wechat_merchant_trade" / "wxjava-bill-all-2019.csv",
        **common,
        constants={"channel": "wechat_pay"},
        columns={"channel_txn_id": "微信订单号", "occurred_at": "交易时间", "amount": "应结订单金额"},
        end="总交易单数",
    )

    assert ("gb18030", 5, 3, 0) == (
        alipay.source.encoding,
        alipay.source.header_line,
        len(alipay.records),
        len(alipay.rejects),
    )
    assert ["preamble"] * 4 + ["footer"] * 4 == [row.kind for row in alipay.control.set_apart]
    assert "54632446537371" == alipay.records[0].channel_txn_id
    assert (1, 0, ["section", "section"]) == (
        len(wechat.records),
        len(wechat.rejects),
        [row.kind for row in wechat.control.set_apart],
    )
    assert Decimal("6.00") == wechat.records[0].amount.amount


def test_a_real_bank_statement_ties_out_by_its_own_total(samples):
    batch = tieout.read(
        samples / "bank" / "ccb_xls" / "daoru-ccb-hqmx.xls",
        format="generic_table",
        record=BankTransaction,
        currency="CNY",
        constants={"account": "ccb"},
        columns={"booked_on": "交易日期", "amount": "交易金额", "balance_after": "账户余额"},
    )

    assert (5, 0, 4) == (len(batch.records), len(batch.rejects), batch.source.header_line)


def test_no_collected_file_is_taken_for_a_format_that_it_is_not(samples):
    found = {}
    for path in sorted(
        path for path in samples.rglob("*") if path.is_file() and path.suffix in {".csv", ".xls", ".xlsx", ".txt"}
    ):
        try:
            found[path.name] = tieout.identify(path)
        except UnidentifiedFile:
            continue

    assert {} == {
        name: format_name
        for name, format_name in found.items()
        if format_name in {"sf_monthly_bill", "jd_logistics_bill"}
    }
