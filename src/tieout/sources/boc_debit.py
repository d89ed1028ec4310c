"""Bank of China account statement (中国银行交易流水明细单).

A text: a title, the header, one movement a line, newest first. Amounts are signed; a row of dashes stands for nothing. The
other side's account is masked by the bank.

Rules: `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Balance, Memo, Party, bank_table
from tieout.sources._times import Date
from tieout.sources._words import Currency

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    evidence="files",
    columns=(
        Date("记账日期", to="booked_on"),
        Currency("币别"),
        Amount("金额", to="amount"),
        Balance("余额"),
        Memo("交易名称", to="_memo_1"),
        Memo("附言", to="_memo_2"),
        Party("对方账户名"),
        Account("对方卡号/账号", to="counterparty_account"),
        Account("借记卡号", optional=True),
    ),
    ignored=("记账时间", "渠道", "网点名称", "对方开户行"),
)
