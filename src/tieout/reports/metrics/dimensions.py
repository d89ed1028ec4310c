"""Dimensions: what figures can be told apart by, with the words for people."""

from collections.abc import Mapping

import attrs

__all__ = ["DIMENSIONS", "PERIOD", "Dimension"]

PERIOD = "period"


@attrs.frozen
class Dimension:
    """Something that figures are told apart by.

    Attributes:
        name: What programs call it, which is the column's name too.
        title: Heading in English.
        title_zh: Heading in Chinese.
    """

    name: str
    title: str
    title_zh: str


_ALL = (
    Dimension(PERIOD, "Period", "期间"),
    Dimension("platform", "Platform", "平台"),
    Dimension("shop", "Shop", "店铺"),
    Dimension("sku", "SKU", "商家编码"),
    Dimension("category", "Category", "类目"),
    Dimension("province", "Province", "省份"),
    Dimension("courier", "Courier", "快递公司"),
    Dimension("warehouse", "Warehouse", "仓库"),
    Dimension("zone", "Zone", "计费区域"),
    Dimension("leg", "Leg", "段"),
    Dimension("charge_type", "Charge", "费用项"),
    Dimension("reason", "Reason", "原因"),
    Dimension("kind", "Kind", "售后类型"),
    Dimension("stage", "Stage", "售后阶段"),
    Dimension("responsible", "Responsible", "责任方"),
    Dimension("line_type", "Line", "结算项目"),
    Dimension("discount_kind", "Discount", "优惠类型"),
    Dimension("age", "Days late", "账龄"),
    Dimension("days_open", "Days open", "未结天数"),
    Dimension("collection", "Collection", "回款状态"),
    Dimension("type", "Type", "差异类型"),
    Dimension("area", "Area", "差异类别"),
    Dimension("severity", "Severity", "严重程度"),
    Dimension("owner", "Owner", "责任岗位"),
    Dimension("entity", "Whom it is about", "对象"),
    Dimension("cause", "Cause", "根因"),
    Dimension("resolution", "Resolution", "处理结果"),
    Dimension("reconciliation", "Reconciliation", "对账"),
    Dimension("rule", "Rule", "匹配规则"),
)
DIMENSIONS: Mapping[str, Dimension] = {one.name: one for one in _ALL}
"""All dimensions by name."""
