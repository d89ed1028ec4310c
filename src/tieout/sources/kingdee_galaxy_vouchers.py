"""Kingdee Cloud Galaxy vouchers (金蝶云星空凭证引入表).

The sheet `凭证#单据头(FBillHead)`, as the program gives it out and takes it in: technical names in the first row, captions in the
second, then a row for each entry. What a voucher says as a whole stands on its first row alone. Each dimension has a column for
its code and one for its name; which dimension a column is, the row of captions says, for every company defines its own.

Rules: `formats.md` 7. No real file was at hand: the names come from programs that write them.
"""

from collections.abc import Callable, Mapping
from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._chinese_books import BOOK_CURRENCY, original_currency_expr, without_blanks
from tieout.sources._measures import Count, Number
from tieout.sources._reading import Reading
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_FLEX: Final = (*(f"FFLEX{nth}" for nth in range(4, 31)), *(f"FF1000{nth:02}" for nth in range(1, 31)))
_BANK_ACCOUNT: Final = "FFLEX15"
_READ: Final = tuple(name for name in _FLEX if name != _BANK_ACCOUNT)
_CAPTION: Final = r"^\*?\s*(?:[(（][^)）]*[)）])?\s*(.*?)(?:#.*)?$"


def _is_caption(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    return cell("FACCOUNTID").str.contains("科目").fill_null(value=False)


def _dimensions(reading: Reading) -> Mapping[str, str]:
    """What the row of captions calls the columns: `(分录)费用项目#编码` is 费用项目."""
    found = {}
    for name in _READ:
        said = reading.apart(f"FDetailID#{name}").str.extract(_CAPTION, 1).drop_nulls()
        if len(said) and said[0]:
            found[name] = said[0]
    return found


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    frame = without_blanks(frame, numbers=("quantity", "unit_price", "_foreign"))
    return frame.with_columns(
        pl.coalesce("_word_name", "_word_code").alias("word"),
        original_currency_expr("_currency_name", "_currency_code").alias("foreign_amount_currency"),
    )


_TITLE: Final = pl.concat_str(
    "_book", pl.lit(" "), "period", pl.lit(" "), pl.col("word").fill_null(""), pl.lit("-"), "number"
)

FORMAT = voucher_format(
    [
        Key("FBillHead(GL_VOUCHER)", to="_bill", needed=False),
        Key("FAccountBookID", to="_book", needed=True),
        Date("FDate", to="date", needed=True),
        Date("FBUSDATE", to="business_date", optional=True),
        Count("FYEAR", to="_year"),
        Count("FPERIOD", to="_month"),
        Text("FVOUCHERGROUPID", to="_word_code"),
        Text("FVOUCHERGROUPID#Name", to="_word_name", optional=True),
        Count("FVOUCHERGROUPNO", to="number", needed=True),
        Count("FATTACHMENTS", to="attachments_count", optional=True),
        Remark("FEXPLANATION", to="summary"),
        Text("FACCOUNTID", to="account", needed=True),
        Text("FACCOUNTID#Name", to="account_name", optional=True),
        *(Remark(f"FDetailID#{name}", to=f"_member_{name}", optional=True) for name in _READ),
        Text("FCURRENCYID", to="_currency_code"),
        Text("FCURRENCYID#Name", to="_currency_name", optional=True),
        Number("FEXCHANGERATE", to="fx_rate", optional=True),
        Text("FUnitId", to="unit", optional=True),
        Number("FPrice", to="unit_price", optional=True),
        Number("FQty", to="quantity", optional=True),
        Number("FAMOUNTFOR", to="_foreign"),
        Amount("FDEBIT", to="debit"),
        Amount("FCREDIT", to="credit"),
        Text("FBUSNO", to="reference", optional=True),
    ],
    VoucherRows(by=("_record",), title=_TITLE, rows=_rows, dimensions=_dimensions),
    headed=(
        *("_bill", "_book", "date", "business_date", "_year", "_month", "_word_code", "_word_name", "number"),
        "attachments_count",
    ),
    currency=BOOK_CURRENCY,
    evidence="columns only",
    sheets=("凭证#单据头(FBillHead)",),
    either=(("debit_minor", "credit_minor"),),
    is_apart=_is_caption,
    ignored=(
        *("FAccountBookID#Name", "FISADJUSTVOUCHER", "FACCBOOKORGID", "FACCBOOKORGID#Name", "FSourceBillKey"),
        *("FSourceBillKey#Name", "FIMPORTVERSION", "*Split*1", "FEntity", "FEXCHANGERATETYPE"),
        *("FEXCHANGERATETYPE#Name", "FUnitId#Name", "FSettleTypeID", "FSettleTypeID#Name", "FSETTLENO"),
        *("FEXPORTENTRYID", f"FDetailID#{_BANK_ACCOUNT}", *(f"FDetailID#{name}#Name" for name in _FLEX)),
    ),
)
