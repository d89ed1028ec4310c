"""China Guangfa Bank credit card statement (广发银行信用卡账单).

A text: the header, one movement a line, newest first. Expenses are positive, refunds and payments negative. 入账金额 is what
the card is charged, in its own currency; 交易金额 may be in another one.

Rules: `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Memo, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="files",
    columns=(
        Date("入账日期", to="booked_on"),
        Memo("交易摘要", to="memo"),
        Amount("入账金额", to="amount", negate=True),
        Currency("入账货币"),
    ),
    ignored=("交易日期", "交易金额", "交易货币"),
)
