"""GB/T 24589.1, read by lxml."""

from decimal import Decimal

from lxml import etree


def read_back(files):
    (content,) = files
    return [
        (row.findtext("科目编号"), Decimal(row.findtext("借方本币金额")) - Decimal(row.findtext("贷方本币金额")))
        for row in etree.fromstring(content).iter("记账凭证")
    ]
