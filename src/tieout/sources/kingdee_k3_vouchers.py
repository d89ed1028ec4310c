"""Kingdee K3 and KIS vouchers, standard format (金蝶 K3/KIS 标准格式凭证).

The sheet that K3 and the professional KIS give out and take in as their standard format: a row for each entry, with all that its
voucher says. A second sheet, `t_Schema`, describes the columns. The amount in the original currency is positive on both sides.
What does not apply is `*`, `none` or zero. Dimensions stand in one cell, as kind, code and name parted by `---`.

Rules: `formats.md` 7. No real file was at hand: the captions come from programs that write them.
"""

from typing import Final

import polars as pl

from tieout.model import VoucherStatus
from tieout.sources._amounts import Amount
from tieout.sources._chinese_books import BOOK_CURRENCY, original_currency_expr, without_blanks
from tieout.sources._measures import Count, Number
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Flag, Remark, Text

__all__ = ["FORMAT"]

_DIMENSIONS: Final = range(1, 5)
_NEXT: Final = r"\s*(?:\|\||[;；\n])\s*"


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The currency by its code or name, the dimensions each by itself, and whether the voucher is posted."""
    frame = without_blanks(
        frame, words=("unit", "reference", "cash_flow_item", "_items"), numbers=("quantity", "unit_price")
    )
    items = pl.col("_items").str.replace_all(_NEXT, "\n").str.split("\n")
    parts = {nth: items.list.get(nth - 1, null_on_oob=True).str.splitn("---", 3).struct for nth in _DIMENSIONS}
    return frame.with_columns(
        original_currency_expr("_currency_code", "_currency_name").alias("foreign_amount_currency"),
        pl.when(pl.col("_is_posted")).then(pl.lit(VoucherStatus.POSTED.value)).alias("status"),
        *(part.field("field_0").alias(f"_dimension_{nth}") for nth, part in parts.items()),
        *(part.field("field_1").alias(f"_member_{nth}") for nth, part in parts.items()),
    )


FORMAT = voucher_format(
    [
        Date("凭证日期", to="date", needed=True),
        Count("会计年度", to="_year"),
        Count("会计期间", to="_month"),
        Text("凭证字", to="word"),
        Count("凭证号", to="number", needed=True),
        Text("科目代码", to="account", needed=True),
        Text("科目名称", to="account_name"),
        Text("币别代码", to="_currency_code"),
        Text("币别名称", to="_currency_name", optional=True),
        Number("原币金额", to="_foreign"),
        Amount("借方", to="debit"),
        Amount("贷方", to="credit"),
        Remark("凭证摘要", to="summary"),
        Number("数量", to="quantity", optional=True),
        Text("数量单位", to="unit", optional=True),
        Number("单价", to="unit_price", optional=True),
        Remark("参考信息", to="reference", optional=True),
        Date("业务日期", to="business_date", optional=True),
        Count("附件数", to="attachments_count", optional=True),
        Number("汇率", to="fx_rate", optional=True),
        Remark("核算项目", to="_items", optional=True),
        Flag("过账", to="_is_posted", optional=True),
        Text("现金流量", to="cash_flow_item", optional=True),
    ],
    VoucherRows(by=("number", "_year", "_month", "word"), rows=_rows),
    currency=BOOK_CURRENCY,
    evidence="columns only",
    either=(("debit_minor", "credit_minor"),),
    ignored=(
        *("制单", "审核", "核准", "出纳", "经办", "结算方式", "结算号", "往来业务编号", "往来业务", "序号", "系统模块"),
        *("业务描述", "汇率类型", "分录序号", "机制凭证"),
    ),
)
