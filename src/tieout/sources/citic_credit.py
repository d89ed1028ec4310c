"""China CITIC Bank credit card statement (中信银行信用卡账单明细).

A workbook: a title (`本期账单明细(人民币)`), the header, one movement a row, newest first; one file a card. Expenses are
positive, payments and refunds negative. 结算金额 is what the card is charged, in 结算币种; 交易金额 may be in another
currency.

Rules: `formats.md` 6, columns of public parsers; no file was seen.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Memo, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="columns only",
    columns=(
        Date("入账日期", to="booked_on"),
        Memo("交易描述", to="memo"),
        Account(("卡末四位", "卡号末四位", "卡号后四位")),
        Currency(("结算币种", "记账币种", "入账币种")),
        Amount(("结算金额", "记账金额", "入账金额"), to="amount", negate=True),
    ),
    ignored=("交易日期", "交易币种", "交易金额"),
)
