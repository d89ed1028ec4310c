"""Which columns hold personal data, by their caption.

A caption counts when it is built of a person and a property (`收件人` + `手机号`, `shipping` + `phone`) or stands in
the list of single captions. Nothing is guessed from part of a caption: `买家实付` is an amount and `收件城市` a zone.
Bare `Name` is not personal, for Shopify's is the order number; `Shipping Company` is mostly the carrier, and `客户名称` on a
courier's bill the merchant.
"""

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType

from tieout.privacy.classes import PiiClass

__all__ = ["PII_HEADERS", "is_personal"]

_PERSONS = (
    "收件人 收货人 收件方 收方 收件 收货 寄件人 发件人 寄件方 寄方 寄件 发件 发货人 到方客户 到件方 买家 买方 顾客 客户 "
    "会员 用户 购买人 下单人 订购人 联系人 对方 商家退货联系人 退货联系人 "
    "receiver recipient consignee buyer customer shipping billing ship shipto bill billto sender shipper contact cardholder "
    "thirdparty soldto originalrecipient alternate miscellaneousaddress1 miscellaneousaddress2"
)
_PROPERTIES = {
    PiiClass.NAME: "姓名 名字 公司名称 name fullname firstname lastname contact companyname",
    PiiClass.PHONE: (
        "电话 手机 手机号 手机号码 电话号码 联系电话 联系手机 联系方式 座机 固定电话 公司电话 "
        "phone phone1 phone2 phonenumber mobile mobileno tel telephone"
    ),
    PiiClass.ADDRESS: (
        "地址 详细地址 公司地址 街道 街道地址 address address1 address2 address3 address4 address5 "
        "addressline1 addressline2 addr addr1 addr2 addr3 addr4 addr5 street"
    ),
    PiiClass.HANDLE: "昵称 旺旺 邮箱 账号名 nick nickname email emailaddress username userid openid",
    PiiClass.ID_NUMBER: "身份证 身份证号 身份证号码 证件号 证件号码 idnumber idno idcard passport",
    PiiClass.BANK_ACCOUNT: "账号 账户 银行账号 银行卡号 支付宝账号 bankaccount iban",
    PiiClass.FREE_TEXT: "留言 备注 message note notes remark comments",
}
_SINGLE = {
    PiiClass.NAME: (
        "收件人 收货人 寄件人 发件人 买家 联系人 收货联系人 到方客户名称 收件人名称 对方户名 对方名称 交易对方 交易对手 "
        "签收人 经手人 揽收员 揽件员 派件员 收派员 快递员 姓名 真实姓名 订购人 支付人 对方账户名 对手信息 "
        "操作员 操作人 资金变更提交申请人 发票抬头 "
        "buyer recipient consignee receiver billingcompany buyercompany customercompany namapenerima cardname "
        "buyerfaileddeliveryusername counterparty recipientcompany podsignaturedescription membername nameoncard "
        "billingdetailsfirstname billingdetailslastname"
    ),
    PiiClass.PHONE: (
        "电话 手机 手机号 手机号码 联系电话 联系手机 联系方式 固定电话 "
        "phone phonenumber mobile telephone notelepon buyerphonenumber"
    ),
    PiiClass.ADDRESS: (
        "收货地址 收件地址 详细地址 修改后的收货地址 街道地址 家庭住址 商家退货地址 "
        "alamatpengiriman cardaddressline1 cardaddressline2 streetaddress"
    ),
    PiiClass.HANDLE: (
        "买家会员名 会员名 买家昵称 买家旺旺 下单账号 用户标识 用户名 邮箱 电子邮箱 微信昵称 买家id 达人昵称 "
        "email emailaddress username usernamepembeli buyerusername openid usermail billingdetailsemailaddress"
    ),
    PiiClass.ID_NUMBER: "身份证 身份证号 身份证号码 证件号码 护照号 nationalregistrationnumber passportnumber",
    PiiClass.BANK_ACCOUNT: "对方账号 对方账户 银行卡号 卡号 银行账号 收款账号 付款账号 bankaccountnumber iban cardnumber "
    "ownaccount counterpartyaccount",
    PiiClass.FREE_TEXT: "用户售后说明 协商记录 customercomments catatandaripembeli buyerfaileddeliverydetail",
}


def is_personal(caption: str) -> PiiClass | None:
    """The class of personal data that a column with this caption holds; None when it holds none that we know of.

    Width, case, spaces, punctuation, what stands in brackets, and 帐 for 账 do not matter.

    >>> is_personal("收件人手机号（必填）"), is_personal("Shipping Phone"), is_personal("收件城市")
    (<PiiClass.PHONE: 'phone'>, <PiiClass.PHONE: 'phone'>, None)
    """
    plain = unicodedata.normalize("NFKC", caption).lower()
    whole, outside = _key(plain), _key(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", plain))
    return PII_HEADERS.get(outside) or PII_HEADERS.get(whole)


def _key(caption: str) -> str:
    return re.sub(r"[\W_]+", "", caption).replace("帐", "账")


def _headers() -> dict[str, PiiClass]:
    found: dict[str, PiiClass] = {}
    for pii, names in _PROPERTIES.items():
        found |= {_key(person + name): pii for person in _PERSONS.split() for name in names.split()}
    for pii, names in _SINGLE.items():
        found |= {_key(name): pii for name in names.split()}
    return found


PII_HEADERS: Mapping[str, PiiClass] = MappingProxyType(_headers())
"""Captions in lower case, without spaces and punctuation, and the class of what stands below them."""
