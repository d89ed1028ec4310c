"""First, last and oddest record of a real file of each platform, every field of them, typed from the file by hand.

A field that is not named here is empty. Amounts are written with their currency, moments in UTC. `syn-` is a reference that the file does
not have, made of the line itself.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import Enum

import attrs
import pytest
from moneyed import Money

import tieout

ALIPAY = {"platform": "alipay", "type": "sale", "description": "在线支付"}
TAOBAO = {
    "platform": "taobao",
    "status": "paid",
    "currency": "CNY",
    "freight_charged": "0.00 CNY",
    "tax_included": True,
}
JD = {"platform": "jd", "settlement_id": "202607090000011332601610021", "posted_at": "2026-07-09T04:08:53+00:00"}
PDD = {"platform": "pdd"}
DOUYIN = {"platform": "douyin", "posted_at": "2026-09-27T23:54:38+00:00", "line_id": "T1"}
AMAZON = {"platform": "amazon", "settlement_id": "23874397121"}
PAYPAL = {"platform": "paypal", "shop_id": "EZ782AXEUJUW8"}
ADYEN = {"platform": "adyen", "shop_id": "WikimediaCOM", "settlement_id": "3"}
CHARGEBACK = {
    "platform_order_id": "92598318.0",
    "posted_at": "2016-02-10T18:25:36+00:00",
    "line_id": "4555568869855336",
}
CAMT = {"account": "****6890", "booked_on": "2014-12-31", "value_on": "2015-01-02"}
OFX = {"account": "****6877"}
ICBC = {"account": "****5678", "bank_ref": "syn-"}

TRUTH = {
    "payment/alipay_fund_detail/rongyifu-alipay-fund-detail-20121229.csv": {
        0: (6, 6, {**ALIPAY, "line_id": "54632446537371", "platform_order_id": "3226563", "amount": "2274.00 CNY", "posted_at": "2012-12-29T13:02:06+00:00"}),
        1: (7, 7, {**ALIPAY, "line_id": "54629090595411", "platform_order_id": "3226533", "amount": "393.00 CNY", "posted_at": "2012-12-29T12:31:32+00:00"}),
        -1: (8, 8, {**ALIPAY, "line_id": "54628332402591", "platform_order_id": "3226491", "amount": "1111.00 CNY", "posted_at": "2012-12-29T12:24:45+00:00"}),
    },
    "order/taobao_order/ExportOrderList201707.csv": {
        0: (2, 2, {**TAOBAO, "platform_order_id": "35153131473293579", "goods_amount": "201.12 CNY", "created_at": "2017-07-07T16:42:32+00:00", "paid_at": "2017-07-07T16:42:39+00:00"}),
        3: (5, 5, {**TAOBAO, "platform_order_id": "13230536893603030", "goods_amount": "989.00 CNY", "created_at": "2017-07-07T11:46:26+00:00", "paid_at": "2017-07-07T11:48:31+00:00"}),
        -1: (6, 6, {**TAOBAO, "platform_order_id": "29911142123210814", "goods_amount": "236.55 CNY", "created_at": "2017-07-07T10:59:20+00:00", "paid_at": "2017-07-07T11:00:46+00:00"}),
    },
    "settlement/jd_settlement/jd-duizhang-2026-test-rows.csv": {
        0: (2, 2, {**JD, "type": "sale", "platform_order_id": "3553498017448001", "amount": "36.80 CNY", "description": "货款"}),
        5: (7, 7, {**JD, "type": "buyer_compensation", "platform_order_id": "3553498017448006", "amount": "-23.90 CNY", "description": "售后卖家赔付费"}),
        -1: (8, 8, {**JD, "type": "adjustment", "platform_order_id": "3553498017448007", "amount": "-3.92 CNY", "description": "返利框架费"}),
    },
    "settlement/pdd_fund_detail/pdd-fund-detail-test-rows.csv": {
        0: (6, 6, {**PDD, "type": "sale", "platform_order_id": "260531-662941284701219", "posted_at": "2026-05-31T15:54:45+00:00", "amount": "146.92 CNY", "description": "0010002|交易收入-订单收入"}),
        2: (8, 8, {**PDD, "type": "adjustment", "platform_order_id": "260531-662941284701221", "posted_at": "2026-05-31T15:56:00+00:00", "amount": "-8.14 CNY", "description": "0140028|其他支出-合作费追回"}),
        -1: (9, 9, {**PDD, "type": "fee_refund", "platform_order_id": "260531-662941284701219", "posted_at": "2026-05-31T15:54:45+00:00", "amount": "0.09 CNY", "description": "0030002|技术服务费-基础技术服务费"}),
    },
    "settlement/douyin_settlement/douyin-dongzhang-snippet.csv": {
        0: (2, 2, {**DOUYIN, "line_id": "T0", "type": "sale", "platform_order_id": "6917926768823643799", "platform_sub_order_id": "6917926768823643799", "posted_at": "2026-09-03T00:00:00+00:00", "amount": "10.00 CNY", "description": "订单实付应结"}),
        4: (3, 3, {**DOUYIN, "type": "sale_refund", "platform_order_id": "6917926768823643751", "platform_sub_order_id": "6917926768823643751", "amount": "-27.78 CNY", "description": "订单退款"}),
        -1: (3, 3, {**DOUYIN, "type": "tech_service_fee", "platform_order_id": "6917926768823643751", "platform_sub_order_id": "6917926768823643751", "amount": "-0.09 CNY", "description": "平台服务费"}),
    },
    "settlement/amazon_settlement_v1_flat/50018020314.txt": {
        0: (4, 4, {**AMAZON, "type": "sale", "platform_order_id": "702-1101758-6751437", "platform_sub_order_id": "135844999381281", "posted_at": "2025-08-14T06:23:59+00:00", "amount": "35.00 CAD", "description": "Order / Principal"}),
        -2: (16, 16, {**AMAZON, "type": "ad_fee", "posted_at": "2025-08-13T23:50:56+00:00", "amount": "-0.14 CAD", "description": "ServiceFee / Cost of Advertising / TaxAmount"}),
        -1: (17, 17, {**AMAZON, "type": "transfer", "posted_at": "2025-07-31T23:26:48+00:00", "amount": "321.69 CAD", "description": "Successful charge"}),
    },
    "order/shopify_orders_export/orders_export_1.masked.csv": {
        0: (2, 2, {
            "platform": "shopify", "platform_order_id": "#1411", "merchant_order_no": "c29955478388813.1", "status": "paid", "currency": "USD",
            "freight_charged": "30.00 USD", "tax_included": True, "created_at": "2022-01-11T09:32:30+00:00", "paid_at": "2022-01-11T09:32:31+00:00",
            "ship_to": {"country": "DE", "city": "Anytown"},
            "lines": [{"sku": "ENPT007BRL", "title": "Velour Wide-Leg Pant - Tanned Brown / L", "quantity": "1", "unit_price": "159.00 USD"}],
            "discounts": [{"kind": "shop_coupon", "funder": "merchant", "amount": "63.60 USD", "code": "ENVTSEEZONA40"}],
        }),
        -1: (264, 264, {
            "platform": "shopify", "platform_order_id": "#1003", "merchant_order_no": "c7752730705997.1", "status": "closed", "currency": "USD",
            "freight_charged": "20.00 USD", "created_at": "2019-05-27T08:17:46+00:00", "paid_at": "2019-05-27T08:17:47+00:00", "closed_at": "2019-05-27T08:29:07+00:00",
            "ship_to": {"country": "KR", "province": "KR-11", "city": "Anytown"}, "tax_included": True,
            "lines": [{"title": "Varsity Leggings - Indigo Navy / S", "quantity": "1", "unit_price": "72.00 USD"}],
        }),
    },
    "payment/paypal_stl/stl.csv": {
        0: (3, 3, {**PAYPAL, "type": "sale", "line_id": "5678", "platform_order_id": "2444.1", "posted_at": "2026-01-06T08:00:30+00:00", "amount": "52.00 AUD", "description": "T0006"}),
        6: (6, 6, {**PAYPAL, "type": "sale_refund", "line_id": "6899", "refund_id": "6899", "platform_order_id": "2216.15", "posted_at": "2026-01-07T07:31:39+00:00", "amount": "-1.34 GBP", "description": "T1107"}),
        -1: (7, 7, {**PAYPAL, "type": "withdrawal", "line_id": "3MG88942N0662370U", "posted_at": "2026-01-07T07:31:39+00:00", "amount": "-1.00 GBP", "description": "T0400"}),
    },
    "payment/adyen/settlement_detail_report_chargeback.csv": {
        0: (2, 2, {**ADYEN, **CHARGEBACK, "type": "chargeback", "amount": "-1.00 USD", "description": "Chargeback"}),
        1: (2, 2, {**ADYEN, **CHARGEBACK, "type": "payment_fee", "amount": "-2.00 USD", "description": "Commission"}),
        -1: (4, 4, {**ADYEN, "type": "withdrawal", "line_id": "TX3488899933XT", "posted_at": "2016-02-16T05:29:37+00:00", "amount": "-4.03 USD", "description": "MerchantPayout"}),
    },
    "bank/mt940/cmxl-mt940.sta": {
        0: (5, 6, {"account": "****8810", "booked_on": "2013-10-17", "value_on": "2013-10-17", "amount": "-6800.00 DEM", "bank_ref": "syn-", "memo": "999PN5477SCHECK-NR. 0000016703074"}),
        11: (36, 37, {"account": "****4567", "booked_on": "2002-11-02", "value_on": "2002-11-01", "amount": "-800.00 EUR", "bank_ref": "55555", "counterparty": "MUELLER", "counterparty_account": "****4567", "memo": "Miete November"}),
        -1: (70, 72, {"account": "****6101", "booked_on": "2003-10-20", "value_on": "2003-10-20", "amount": "40.00 PLN", "bank_ref": "8327000090031791", "memo": "Odsetki od lokaty nr 101000022086"}),
    },
    "bank/camt053/genkgo-camt053.v2.multi.statement.xml": {
        0: (66, 110, {**CAMT, "bank_ref": "syn-", "amount": "8.85 EUR", "memo": "Transaction Description 1"}),
        -1: (145, 189, {**CAMT, "bank_ref": "syn-", "amount": "-7.00 EUR", "counterparty": "Company Name 2", "counterparty_account": "****8421", "memo": "Transaction Description 2"}),
    },
    "bank/ofx/checking.ofx": {
        0: (46, 53, {**OFX, "booked_on": "2011-03-31", "amount": "0.01 USD", "bank_ref": "0000486", "counterparty": "DIVIDEND EARNED FOR PERIOD OF 03", "memo": "DIVIDEND EARNED FOR PERIOD OF 03/01/2011 THROUGH 03/31/2011 ANNUAL PERCENTAGE YIELD EARNED IS 0.05%"}),
        1: (54, 61, {**OFX, "booked_on": "2011-04-05", "amount": "-34.51 USD", "bank_ref": "0000487", "counterparty": "AUTOMATIC WITHDRAWAL, ELECTRIC BILL", "memo": "AUTOMATIC WITHDRAWAL, ELECTRIC BILL WEB(S )"}),
        -1: (62, 70, {**OFX, "booked_on": "2011-04-07", "amount": "-25.00 USD", "bank_ref": "0000488", "counterparty": "RETURNED CHECK FEE, CHECK # 319", "memo": "RETURNED CHECK FEE, CHECK # 319 FOR $45.33 ON 04/07/11"}),
    },
    "bank/icbc_csv/deg-icbc-credit.csv": {
        0: (8, 8, {**ICBC, "booked_on": "2023-04-22", "amount": "-0.01 CNY", "balance_after": "-6086.11 CNY", "memo": "银联在线支付 XX旗舰店"}),
        5: (13, 13, {**ICBC, "booked_on": "2023-04-25", "amount": "4621.01 CNY", "balance_after": "-1971.63 CNY", "memo": "人民币自动转帐还款 XX分行银行卡中心"}),
        -1: (16, 16, {**ICBC, "booked_on": "2023-03-20", "amount": "-29.45 CNY", "balance_after": "-16042.73 CNY", "memo": "******************** 广东联合电子收费股份"}),
    },
}  # fmt: skip
CASES = [(path, at) for path, records in TRUTH.items() for at in records]


def told(value):
    """What a record holds, as a person would write it down; nothing for what is empty."""
    if isinstance(value, Money):
        return f"{value.amount} {value.currency.code}"
    if isinstance(value, (Enum, datetime, date)):
        return value.value if isinstance(value, Enum) else value.isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, tuple):
        return [told(item) for item in value]
    if attrs.has(type(value)):
        fields = {field.name: told(getattr(value, field.name)) for field in attrs.fields(type(value))}
        return {name: said for name, said in fields.items() if said and name != "provenance"}
    return "syn-" if isinstance(value, str) and value.startswith("syn-") else value


@pytest.mark.parametrize(("path", "at"), CASES, ids=[f"{path.rpartition('/')[2]} {at}" for path, at in CASES])
def test_a_record_holds_what_a_person_reads_on_its_lines(path, at, samples):
    records = tieout.read(samples / path).records
    record = list(records)[at]
    first, last, expected = TRUTH[path][at]

    assert expected == told(record)
    assert (first, last) == (record.provenance.line, record.provenance.line_end or record.provenance.line)
