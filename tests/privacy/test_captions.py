"""Captions of real exports: which are personal and which only look so."""

import pytest

from tieout.privacy import PII_HEADERS, PiiClass, is_personal

PERSONAL = [
    ("收件人", PiiClass.NAME),
    ("收货人姓名", PiiClass.NAME),
    ("客户姓名", PiiClass.NAME),
    ("对方公司名称", PiiClass.NAME),  # SF's monthly bill: of a private receiver it is the name
    ("Shipping Name", PiiClass.NAME),
    ("对方账户名", PiiClass.NAME),
    ("对手信息", PiiClass.NAME),
    ("操作人", PiiClass.NAME),
    ("操作员", PiiClass.NAME),
    ("资金变更提交申请人", PiiClass.NAME),
    ("发票抬头", PiiClass.NAME),  # of a private buyer it is the name
    ("Member Name", PiiClass.NAME),
    ("Name On Card", PiiClass.NAME),
    ("billing_details_last_name", PiiClass.NAME),
    ("billing_details_email_address", PiiClass.HANDLE),
    ("User Mail", PiiClass.HANDLE),
    ("商家退货地址", PiiClass.ADDRESS),
    ("receiver_name", PiiClass.NAME),
    ("收件人电话", PiiClass.PHONE),
    ("收件人手机号", PiiClass.PHONE),
    ("收件人手机号（必填）", PiiClass.PHONE),
    ("联系电话 ", PiiClass.PHONE),
    ("Billing Phone", PiiClass.PHONE),
    ("shippingPhone2", PiiClass.PHONE),
    ("收货地址 ", PiiClass.ADDRESS),
    ("客户地址", PiiClass.ADDRESS),
    ("详细地址", PiiClass.ADDRESS),
    ("Ship Address1", PiiClass.ADDRESS),
    ("买家会员名", PiiClass.HANDLE),
    ("下单帐号", PiiClass.HANDLE),
    ("Customer Email", PiiClass.HANDLE),
    ("Username (Pembeli)", PiiClass.HANDLE),
    ("买家支付宝账号", PiiClass.BANK_ACCOUNT),
    ("对方账号", PiiClass.BANK_ACCOUNT),
    ("身份证号码", PiiClass.ID_NUMBER),
    ("nationalRegistrationNumber", PiiClass.ID_NUMBER),
    ("买家留言", PiiClass.FREE_TEXT),
]


@pytest.mark.parametrize(("caption", "pii"), PERSONAL)
def test_personal_columns_have_a_class(caption, pii):
    assert pii is is_personal(caption)


@pytest.mark.parametrize(
    "caption",
    [
        "Name",  # Shopify's order number
        "客户名称",  # on a courier's bill, the merchant
        "收件城市",
        "收件省份",
        "收货区",
        "shippingCity",
        "Shipping Company",
        "shippingProvider",
        "ship-postal-code",
        "买家实付",
        "买家应付货款",
        "确认收货时间",
        "收件人工号",
        "运单号码",
        "商品名称",
        "备注",
        "Bill to Account Number",
        "商户号",
        "",
        "()",
    ],
)
def test_columns_that_only_look_personal_have_none(caption):
    assert is_personal(caption) is None


def test_every_caption_of_the_table_is_found_as_it_stands():
    assert all(is_personal(caption) is pii for caption, pii in PII_HEADERS.items())


def test_every_class_has_captions():
    assert set(PiiClass) == set(PII_HEADERS.values())
