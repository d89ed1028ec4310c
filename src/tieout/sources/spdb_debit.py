"""Shanghai Pudong Development Bank account statement (浦发银行交易明细).

A workbook: a row with account, kind and period, the header, one movement a row. Income and expense stand in two columns.
Times have two blanks between day and hour. All are in CNY unless the caller says otherwise.

Rules: `formats.md` 6.
"""

from typing import Final

from tieout.sources._amounts import Amount
from tieout.sources._bank import Account, Balance, Memo, Party, bank_table
from tieout.sources._times import Date

__all__ = ["FORMAT"]

FORMAT: Final = bank_table(
    timezone="Asia/Shanghai",
    currency="CNY",
    evidence="files",
    account=("账号",),
    columns=(
        Date("交易日期", to="booked_on"),
        Memo("交易类型", to="_memo_1"),
        Amount("存入金额", to="_gain"),
        Amount("取出金额", to="_loss"),
        Balance("余额"),
        Party("交易对手名称"),
        Account("交易对手账号", to="counterparty_account"),
        Memo("附言", to="_memo_2", optional=True),
    ),
    either=(("_gain_minor", "_loss_minor"),),
    ignored=("顺序号",),
)
