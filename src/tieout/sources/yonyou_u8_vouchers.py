"""Yonyou U8 vouchers as text (用友 U8 总账工具凭证文本).

The text that U8's ledger tool takes in and gives out: a first line `填制凭证,V800`, then a line for each entry, cells by their
position, the last ones left out where they are blank. Date, voucher word and business number together are one voucher. One side
of an entry is zero. Cells have no quotes, so a comma in a summary shifts what follows it: a line whose account is no code is
rejected. The file does not name currencies: the book's is CNY unless said otherwise, and amounts in another are read only where
the caller says which it is.

Rules: `formats.md` 7, and Yonyou's own description of the text.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._faults import CellFault
from tieout.sources._locate import Layout
from tieout.sources._measures import Count, Number
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_CAPTIONS: Final = (
    *("制单日期", "凭证类别字", "业务号", "附单据数", "摘要", "科目编码", "借方金额", "贷方金额", "数量", "外币金额"),
    *("汇率", "制单人", "结算方式编码", "票号", "票号发生日期", "部门编码", "个人编码", "客户编码", "供应商编码"),
    *("业务员", "项目编码", *(f"第 {nth} 列" for nth in range(22, 61))),
)
_ACCOUNT: Final = r"^[0-9A-Za-z][0-9A-Za-z.\-_\\/]*$"
_SHORT_YEAR: Final = r"^\d{2}-\d{1,2}-\d{1,2}$"


def _date_format(reading: Reading) -> str | None:
    """Some programs write the year with two digits, and then in all lines."""
    days = reading.cells("制单日期")
    is_short = days is not None and bool(days.str.contains(_SHORT_YEAR).fill_null(value=False).all())
    return "%y-%m-%d" if is_short else None


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The business number as one, where it is; what does not apply is written as zero."""
    return frame.with_columns(
        pl.col("_number").cast(pl.Int64, strict=False).alias("number"),
        *(pl.when(pl.col(name) != 0).then(pl.col(name)).alias(name) for name in ("quantity", "_foreign", "fx_rate")),
    )


def _refuse(reading: Reading) -> Iterator[CellFault]:
    """Lines whose cells a comma has shifted, and lines with money on both sides."""
    accounts = reading.values["account"]
    for row in (~accounts.str.contains(_ACCOUNT)).fill_null(value=False).arg_true():
        yield CellFault(
            row=row,
            column="科目编码",
            reason="value.unreadable",
            found=accounts[row],
            problem="is no code of an account: a comma in the summary may have shifted the cells",
            expected="digits and letters",
        )
    both = reading.values.select((pl.col("debit_minor") != 0) & (pl.col("credit_minor") != 0)).to_series()
    for row in both.fill_null(value=False).arg_true():
        yield CellFault(
            row=row,
            column="贷方金额",
            reason="line.contradicts_itself",
            found=None,
            problem="there is money on both sides",
            expected="one side of zero",
        )


FORMAT = voucher_format(
    [
        Date("制单日期", to="date", needed=True),
        Text("凭证类别字", to="word"),
        Key("业务号", to="_number"),
        Count("附单据数", to="attachments_count"),
        Remark("摘要", to="summary"),
        Text("科目编码", to="account", needed=True),
        Amount("借方金额", to="debit"),
        Amount("贷方金额", to="credit"),
        Number("数量", to="quantity"),
        Number("外币金额", to="_foreign"),
        Number("汇率", to="fx_rate"),
        Text("票号", to="reference"),
        Text("部门编码", to="_aux_department"),
        Text("客户编码", to="_aux_customer"),
        Text("供应商编码", to="_aux_supplier"),
        Text("项目编码", to="_aux_project"),
    ],
    VoucherRows(
        by=("_number", "date", "word"),
        title=pl.concat_str("date", pl.lit(" "), pl.col("word").fill_null(""), pl.lit("-"), "_number"),
        rows=_rows,
    ),
    refuse=_refuse,
    currency="CNY",
    evidence="test rows",
    layout=Layout(captions=_CAPTIONS, title=(r"^填制凭证$", r"^V\d+$")),
    date_format_of=_date_format,
    short_rows=True,
    either=(("debit_minor", "credit_minor"),),
    ignored=_CAPTIONS,
)
