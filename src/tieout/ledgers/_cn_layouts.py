"""Layouts: the columns of the workbooks that Chinese bookkeeping programs take vouchers from, as data (`domain.md` 8)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import attrs

__all__ = ["LAYOUTS", "Layout"]


@attrs.frozen(kw_only=True)
class Layout:
    """What the workbook of one program looks like.

    Attributes:
        title: The program's name.
        columns: What stands in a column, by its caption, in order; an empty text for a column that stays blank.
        sheet: Name of the sheet; `{period}` becomes such as `2026年第10期` when all vouchers are of one.
        date_format: How dates are written, as `strftime` takes it.
        currencies: What the program calls a currency, by its ISO 4217 code; any other is called by that code.
    """

    title: str
    columns: Mapping[str, str]
    sheet: str = "凭证"
    date_format: str = "%Y-%m-%d"
    currencies: Mapping[str, str] = MappingProxyType({"CNY": "RMB"})


_COMMON: Final = {
    "日期": "date",
    "凭证字": "word",
    "凭证号": "number",
    "附件数": "attachments",
    "分录序号": "line_no",
    "摘要": "summary",
    "科目编码": "account",
    "科目名称": "account_name",
    "借方金额": "debit",
    "贷方金额": "credit",
    "客户": "aux.customer",
    "供应商": "aux.supplier",
    "部门": "aux.department",
    "职员": "aux.employee",
    "项目": "aux.project",
    "存货": "aux.sku",
    "币别": "currency",
    "汇率": "fx_rate",
    "原币金额": "foreign_amount",
    "数量": "quantity",
    "单价": "unit_price",
    "制单人": "preparer",
}

_JINGDOUYUN: Final = {
    "日期": "date",
    "凭证字": "word",
    "凭证号": "number",
    "附件数": "attachments",
    "分录序号": "line_no",
    "摘要": "summary",
    "科目代码": "account",
    "科目名称": "account_name",
    "借方金额": "debit",
    "贷方金额": "credit",
    "客户": "aux.customer",
    "供应商": "aux.supplier",
    "职员": "aux.employee",
    "项目": "aux.project",
    "部门": "aux.department",
    "存货": "aux.sku",
    "自定义辅助核算类别": "",
    "自定义辅助核算编码": "",
    "自定义辅助核算类别1": "",
    "自定义辅助核算编码1": "",
    "数量": "quantity",
    "单价": "unit_price",
    "原币金额": "foreign_amount",
    "币别": "currency",
    "汇率": "fx_rate",
}

LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "generic": Layout(title="通用", columns=_COMMON),
        "haokuaiji": Layout(title="好会计", columns=_COMMON),
        "jingdouyun": Layout(title="精斗云", columns=_JINGDOUYUN, sheet="凭证列表#{period}"),
        "ningmengyun": Layout(
            title="柠檬云",
            columns={
                caption: "name" if content == "number" else content
                for caption, content in _COMMON.items()
                if content != "word"
            },
        ),
    }
)
"""The layouts by name. 精斗云: 25 columns as programs write them that fill its template. The others: the columns of the domain
specification, which no official template has confirmed; 柠檬云 takes word and number as one (`记-5`), by its own help."""
