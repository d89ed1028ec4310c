"""Yonyou NC vouchers (用友 NC 凭证导入表).

The sheet from which NC takes in vouchers: a row of hints, then the header, of which the first cell lists the technical names of
all columns, then a row for each entry with all that its voucher says. Amounts stand in the original currency and in the book's.
A dimension is written `code:kind`, with `~` for none. Below an empty row follows a table of cash flows, which is not read.

Rules: `formats.md` 7. No real file was at hand: the captions come from programs that write them.
"""

from collections.abc import Callable
from typing import Final

import polars as pl

from tieout.sources._amounts import Amount
from tieout.sources._chinese_books import BOOK_CURRENCY, original_currency_expr, without_blanks
from tieout.sources._measures import Count, Number
from tieout.sources._times import Date
from tieout.sources._vouchers import VoucherRows, voucher_format
from tieout.sources._words import Key, Remark, Text

__all__ = ["FORMAT"]

_DIMENSIONS: Final = range(1, 10)
_BANK_ACCOUNT: Final = "银行账[户号]"
_PAIR: Final = r"^(.*?)\s*[:：]\s*([^:：]*)$"
_HEAD: Final = (
    *("null_$head", "main_m_pk_accountingbook", "main_m_pk_vouchertype", "main_m_num", "main_m_attachment"),
    *("main_pk_prepared", "main_m_prepareddate", "m_explanation", "m_accsubjcode", "m_pk_currtype", "m_debitamount"),
    *("m_localdebitamount", "m_groupdebitamount", "m_globaldebitamount", "unitname", "m_price", "m_debitquantity"),
    *("m_creditquantity", "m_creditamount", "m_localcreditamount", "m_groupcreditamount", "m_globalcreditamount"),
    *("m_checkno", "m_checkdate", "verifyno", "verifydate", "m_bankaccount", "billtype", "m_checkstyle"),
)
_TAXES: Final = (
    *("vat_pk_vatcountry", "vat_pk_receivecountry", "vat_businesscode", "vat_pk_clientvatcode"),
    *("vat_pk_suppliervatcode", "vat_pk_taxcode", "vat_direction", "vat_moneyamount"),
)
_RATES: Final = ("m_excrate2", "excrate3", "excrate4", *(f"ass_{nth}" for nth in _DIMENSIONS))
_SHORT: Final = (
    *(*_HEAD[:4], *_HEAD[5:12], "m_creditamount", "m_localcreditamount"),
    *(f"ass_{nth}" for nth in range(1, 6)),
)
_FIRST_CELLS: Final = tuple(map(",".join, ((*_HEAD, *_TAXES, *_RATES), (*_HEAD, *_RATES), _SHORT)))


def _of(caption: str, technical: str, *, is_starred: bool = False) -> tuple[str, ...]:
    """The ways in which a column is written."""
    return (f"* {caption}", caption, technical) if is_starred else (caption, f"* {caption}", technical)


def _is_caption(cell: Callable[[str], pl.Expr]) -> pl.Expr:
    """The row of captions below a row of technical names."""
    return cell("m_accsubjcode").str.contains("科目").fill_null(value=False)


def _rows(frame: pl.DataFrame) -> pl.DataFrame:
    """The number, the side that is filled, and the dimensions each by itself, but for accounts with banks."""
    sides = ("_foreign_debit", "_foreign_credit", "_debit_quantity", "_credit_quantity")
    items = {nth: pl.col(f"_item_{nth}") for nth in _DIMENSIONS}
    kinds = {nth: item.str.extract(_PAIR, 2) for nth, item in items.items()}
    codes = {nth: pl.coalesce(item.str.extract(_PAIR, 1), item) for nth, item in items.items()}
    is_read = {nth: (codes[nth] != "~") & ~kinds[nth].fill_null("").str.contains(_BANK_ACCOUNT) for nth in items}
    return without_blanks(frame, numbers=(*sides, "unit_price", "fx_rate")).with_columns(
        pl.col("_number").cast(pl.Int64, strict=False).alias("number"),
        original_currency_expr("_currency_name").alias("foreign_amount_currency"),
        pl.coalesce("_foreign_debit", "_foreign_credit").alias("_foreign"),
        pl.coalesce("_debit_quantity", "_credit_quantity").alias("quantity"),
        *(kind.alias(f"_dimension_{nth}") for nth, kind in kinds.items()),
        *(pl.when(is_read[nth]).then(code).alias(f"_member_{nth}") for nth, code in codes.items()),
    )


FORMAT = voucher_format(
    [
        Key(_of("核算账簿", "main_m_pk_accountingbook", is_starred=True), to="_book"),
        Text(_of("凭证类别编码", "main_m_pk_vouchertype", is_starred=True), to="word"),
        Key(_of("凭证号", "main_m_num", is_starred=True), to="_number"),
        Count(_of("附单据数", "main_m_attachment"), to="attachments_count", optional=True),
        Date(_of("制单日期", "main_m_prepareddate", is_starred=True), to="date", needed=True),
        Remark(_of("摘要", "m_explanation", is_starred=True), to="summary"),
        Text(_of("科目编码", "m_accsubjcode", is_starred=True), to="account", needed=True),
        Text(_of("币种", "m_pk_currtype", is_starred=True), to="_currency_name"),
        Number(_of("原币借方金额", "m_debitamount", is_starred=True), to="_foreign_debit"),
        Amount(_of("本币借方金额", "m_localdebitamount", is_starred=True), to="debit"),
        Text(_of("业务单元编码", "unitname"), to="_aux_business_unit", optional=True),
        Number(_of("单价", "m_price"), to="unit_price", optional=True),
        Number(_of("借方数量", "m_debitquantity"), to="_debit_quantity", optional=True),
        Number(_of("贷方数量", "m_creditquantity"), to="_credit_quantity", optional=True),
        Number(_of("原币贷方金额", "m_creditamount", is_starred=True), to="_foreign_credit"),
        Amount(_of("本币贷方金额", "m_localcreditamount", is_starred=True), to="credit"),
        Text(_of("结算号", "m_checkno"), to="reference", optional=True),
        Date(_of("业务日期", "verifydate"), to="business_date", optional=True),
        Number(_of("组织本币汇率", "m_excrate2"), to="fx_rate", optional=True),
        *(Remark(_of(f"辅助核算{nth}", f"ass_{nth}"), to=f"_item_{nth}", optional=True) for nth in _DIMENSIONS),
    ],
    VoucherRows(
        by=("_number", "_book", "word", "date"),
        title=pl.concat_str(
            "_book", pl.lit(" "), "period", pl.lit(" "), pl.col("word").fill_null(""), pl.lit("-"), "_number"
        ),
        rows=_rows,
    ),
    currency=BOOK_CURRENCY,
    evidence="columns only",
    ends=(r'^"?cashflow,m_flag',),
    either=(("debit_minor", "credit_minor"),),
    is_apart=_is_caption,
    ignored=(
        *_FIRST_CELLS,
        *(
            "* 制单人编码",
            "集团本币借方金额",
            "全局本币借方金额",
            "集团本币贷方金额",
            "全局本币贷方金额",
            "结算日期",
            "核销号",
        ),
        *(
            "银行账户",
            "票据类型",
            "结算方式",
            "报税国家",
            "收货国",
            "交易代码",
            "客户VAT注册码",
            "供应商VAT注册码",
            "税码",
        ),
        *("VAT方向", "计税金额", "集团本币汇率", "全局本币汇率", *_HEAD, *_TAXES, "excrate3", "excrate4"),
    ),
)
