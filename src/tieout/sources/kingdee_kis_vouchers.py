"""Kingdee KIS vouchers of 18 columns (金蝶 KIS 凭证导入表).

The sheet from which KIS takes in vouchers: a row for each entry, with the date, word and number of its voucher. One dimension
stands beside an entry, with its kind, code and name. The side that does not apply is blank, and so is the amount in the original
currency where that is the book's.

Rules: `formats.md` 7. No real file was at hand: the captions come from programs that write them.
"""

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._chinese_books import BOOK_CURRENCY, original_currency_expr, without_blanks
from tieout.sources._measures import Count, Number
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Remark, Text

__all__ = ["FORMAT"]


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    frame = without_blanks(frame, numbers=("quantity", "unit_price", "_foreign"))
    return frame.with_columns(original_currency_expr("_currency_name").alias("foreign_amount_currency"))


FORMAT = voucher_format(
    [
        Date("日期", to="date", needed=True),
        Text("凭证字", to="word"),
        Count("凭证号", to="number", needed=True),
        Count("附单据数", to="attachments_count"),
        Remark("摘要", to="summary"),
        Text("科目编码", to="account", needed=True),
        Text("科目名称", to="account_name"),
        Amount("借方金额", to="debit"),
        Amount("贷方金额", to="credit"),
        Text("币别", to="_currency_name"),
        Number("汇率", to="fx_rate"),
        Number("原币金额", to="_foreign"),
        Number("数量", to="quantity", optional=True),
        Number("单价", to="unit_price", optional=True),
        Text("核算类别", to="_dimension_1"),
        Remark("核算编码", to="_member_1"),
    ],
    VoucherRows(by=("number", "period", "word"), rows=_rows),
    currency=BOOK_CURRENCY,
    evidence="columns only",
    either=(("debit_minor", "credit_minor"),),
    ignored=("核算名称", "制单人"),
)
